"""A wrong value stops the start with the variable's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from reco_site import env

ROOT = Path(__file__).resolve().parents[2]


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", " 8001 ")
    assert env.env_int("PORT", 8000) == 8001
    assert env.env_int("NO_SUCH_THING", 8000) == 8000


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "abc", "PORT='abc' is not a whole number from 1 to 65535"),
        ("PORT", "70000", "PORT='70000'"),
        ("LEARNING_RATE", "nan", "LEARNING_RATE='nan' is not a number above 0"),
        ("EXPLORATION_RATE", "1.5", "EXPLORATION_RATE='1.5' is not a share from 0 to 1"),
        ("EXPLORATION_RATE", "nan", "EXPLORATION_RATE='nan' is not a share"),
        ("HTTPS", "2", "HTTPS='2' is not one of"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='loud' is not one of DEBUG"),
        ("REDIS_URL", "localhost", "REDIS_URL='localhost' is not an address that begins with redis://"),
        ("CSRF_TRUSTED_ORIGINS", "example.org", "CSRF_TRUSTED_ORIGINS='example.org' is not a list"),
        ("DATABASE_URL", "foo", "DATABASE_URL is not a PostgreSQL address"),
        ("STATE_DIR", "/dev/null", "STATE_DIR=/dev/null is no directory to write to"),
    ],
)
def test_a_wrong_setting_is_one_sentence(variable: str, value: str, said: str) -> None:
    clean = {name: text for name, text in os.environ.items() if name not in ("STATE_DIR", "LOG_LEVEL")}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT, env={**clean, "DJANGO_SETTINGS_MODULE": "reco_site.settings", variable: value},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"A setting is wrong: {said}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "value"), [("1", True), ("no", False), ("True", True)])
def test_truth_is_a_word(monkeypatch: pytest.MonkeyPatch, text: str, *, value: bool) -> None:
    monkeypatch.setenv("DEBUG", text)
    assert env.env_bool("DEBUG", default=not value) is value


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "")
    assert env.env_bool("DEBUG", default=True) is True
    monkeypatch.setenv("THINGS", "a,b")
    with pytest.raises(ImproperlyConfigured, match="THINGS"):
        env.env_list("THINGS", [], starting_with=("c",))
