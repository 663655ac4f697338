"""`up` with a small cast: python small_site.py STATE_DIR PORT [database] runs it without the product."""

import signal
import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
settings.configure(
    STATE_DIR=Path(sys.argv[1]),
    BIND="127.0.0.1",
    PORT=int(sys.argv[2]),
    DATABASE_URL="" if "database" in sys.argv else "postgresql:///elsewhere",
    REDIS_URL="redis://elsewhere",
    POSTGRES_BIN="",
    ALLOWED_HOSTS=["films.example"],
    HTTPS=False,
)
django.setup()

from reco_site.management.commands import up  # noqa: E402 - settings first
from reco_site.startup import Step  # noqa: E402
from reco_site.supervisor import Program  # noqa: E402

WEB = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.headers["Host"] == "films.example" else 400)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]])
print("deaf and", grandchild.pid, flush=True)
time.sleep(600)
"""


def step() -> None:
    if "bad-step" in sys.argv:
        raise RuntimeError("the catalogue is upside down")


class Command(up.Command):
    def steps(self) -> list[Step]:
        return [Step("Small step", step)]

    def programs(self) -> list[Program]:
        named = f"{settings.STATE_DIR}/"  # so that tests find the process by its command line
        return [
            Program("web", [sys.executable, "-c", WEB, str(settings.PORT), named]),
            Program("deaf", [sys.executable, "-c", DEAF, named], grace_seconds=0.5),
        ]


signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup, which `up` would heed
Command().run_from_argv(["manage.py", "up"])
