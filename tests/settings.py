"""Settings of the tests: ours, with a throw-away server, a fast hasher and a small encoder."""

import os
import tempfile
from pathlib import Path

# Never the developer's; each process of a run has its own, and so a server of its own: the log is read below
# the oldest open transaction of a server, and tests keep theirs open for as long as they last.
_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "") + os.environ.get("PYTEST_XDIST_WORKER", f"pid-{os.getpid()}")
os.environ["STATE_DIR"] = str(Path(tempfile.gettempdir()) / f"marquee-tests-{os.getuid()}-{_run}")
os.environ["LOG_LEVEL"] = "ERROR"

from reco_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ENCODER = "hashing"
EXPLORATION_RATE = 0.0  # rankings are compared; the tests of exploration set their own
