"""A running site that learns only when it is asked to, pages of another origin, and a Chromium to open them in."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.catalogue import FILMS
from tests.journeys.site import ROOT, Site, prepared
from tests.journeys.visitors import CHROMIUM, FIREFOX

MAKE_KEY = """
from django.contrib.auth.models import User
from recommender.accounts import keys
staff = User.objects.create_superuser("editor", password=None)
print(keys.create(staff, "tests", keys.SCOPES).secret)
"""


@dataclass
class Elsewhere:
    """The pages of somebody's own site. pages: path → (media type, text)."""

    port: int
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="package")
def elsewhere() -> Iterator[Elsewhere]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = there.pages.get(self.path, ("text/plain", ""))
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        there = Elsewhere(server.server_port)
        there.pages["/marquee.js"] = "text/javascript", (ROOT / "clients" / "marquee.js").read_text()
        there.pages["/favicon.ico"] = "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield there
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("log") / "up.log"
    options = {"LEARN_EVERY_SEARCHES": "5000", "CORS_ALLOWED_ORIGINS": elsewhere.origin}
    with prepared(tmp_path_factory.mktemp("site"), FILMS, log, **options) as site:
        site.start()
        yield site


@pytest.fixture(scope="package")
def key(site: Site) -> str:
    """Of somebody who may do all."""
    return site.manage("shell", "--no-imports", "-c", MAKE_KEY).split()[-1]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            # Of the whole browser: what is sent after its page was left does not know what a page says that it is,
            # and a headless browser would be a robot.
            args=["--no-sandbox", "--disable-background-networking", f"--user-agent={FIREFOX}"],
        )
        yield running
        running.close()
