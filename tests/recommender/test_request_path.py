"""What a web process loads: no torch and nothing of training, so that it starts fast and stays small."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "pandas",
    "scipy.sparse",
    "training.pipeline",
    "training.ml",
)
LOOK = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
from django.urls import resolve
for address in ("/", "/search/", "/health/ready", "/api/v1/search", "/api/v1/events", "/admin/"):
    resolve(address)
from recommender import serving, services
from recommender.pages import search
from recommender.api import views as api_views
from recommender.index.encoders import encoder
encoder().encode(["warm"])
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the modules in a process that did what a web server does before its first request."""
    environment = os.environ | {"TMPDIR": str(tmp_path_factory.mktemp("tmp"))}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::UserWarning", "-c", LOOK],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return modules


def test_it_works(loaded: list[str]) -> None:
    assert {"recommender.pages.search", "recommender.api.views", "recommender.serving", "reco_site.urls"} <= set(
        loaded
    )


@pytest.mark.parametrize("heavy", HEAVY)
def test_the_request_path_does_not_load(loaded: list[str], heavy: str) -> None:
    assert not [name for name in loaded if name == heavy or name.startswith(f"{heavy}.")]
