"""The file of German messages: whole, certain, compiled, and no message behind the code."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recommender.german_messages import HEADER, MESSAGES, MESSAGES_SAID, ROOT, entries, placeholders

SOURCES = ("catalog", "reco_site", "recommender", "training", "templates")


def test_it_reads_the_messages() -> None:
    assert len(MESSAGES_SAID) > 600
    assert {len(entry.forms) for entry in MESSAGES_SAID} == {1, 2}
    assert any(entry.context for entry in MESSAGES_SAID)


def test_every_message_is_translated_and_certain() -> None:
    for entry in MESSAGES_SAID:
        assert len(entry.said) == len(entry.forms), entry
        assert all(words.strip() for words in entry.said), entry
        assert not entry.is_fuzzy, entry


def test_every_placeholder_of_a_message_is_in_its_translation() -> None:
    for entry in MESSAGES_SAID:
        for form, words in zip(entry.forms, entry.said, strict=True):
            assert placeholders(words) == placeholders(form), entry


def test_markup_of_a_message_is_in_its_translation() -> None:
    for entry in MESSAGES_SAID:
        for form, words in zip(entry.forms, entry.said, strict=True):
            tags = re.compile(r"</?\w+")
            assert sorted(tags.findall(words)) == sorted(tags.findall(form)), entry


def test_what_is_compiled_is_what_is_written() -> None:
    written: dict[Any, str] = {}
    for entry in [HEADER, *MESSAGES_SAID]:
        key = f"{entry.context}\x04{entry.forms[0]}" if entry.context else entry.forms[0]
        if len(entry.forms) == 1:
            written[key] = entry.said[0]
        else:
            written |= {(key, place): words for place, words in enumerate(entry.said)}
    with (MESSAGES / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert compiled == written, "run: make translations"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="GNU gettext is not installed")
def test_no_message_is_new_or_gone(tmp_path: Path) -> None:
    for name in SOURCES:  # a copy, since what looks for messages writes beside the templates
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "*.mo"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "makemessages", "--locale=de", "--no-location", "--no-obsolete"]
    environment = os.environ | {"STATE_DIR": str(tmp_path / "state"), "DJANGO_SETTINGS_MODULE": "reco_site.settings"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    _, *made = entries((tmp_path / MESSAGES.relative_to(ROOT) / "django.po").read_text())
    now, written = ({(entry.context, entry.forms) for entry in found} for found in (made, MESSAGES_SAID))
    assert now == written, "run: make translations, and translate what is new"


def test_scripts_have_no_words_of_their_own() -> None:
    """They come from the page, in its language."""
    scripts = list((ROOT / "recommender" / "static" / "recommender").glob("*.js"))
    assert scripts
    for script in scripts:
        code = re.sub(r"(^|\s)//.*", "", script.read_text())
        assert not re.findall(r"""["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]""", code), script.name
