"""The file of German messages, as the tests read it."""

import ast
import re
import string
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MESSAGES = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES"


class Entry(NamedTuple):
    """forms: the msgid, and its plural where it has one. said: the same in German."""

    context: str
    forms: tuple[str, ...]
    said: tuple[str, ...]
    is_fuzzy: bool


def entries(text: str) -> list[Entry]:
    """Of a .po file, its header first. Reads what msgmerge writes: keywords, and strings over several lines."""
    found = []
    for block in re.split(r"\n{2,}", text.strip()):
        fields = {
            keyword: "".join(ast.literal_eval(line) for line in lines.split("\n"))
            for keyword, lines in re.findall(r'^([a-z_]+(?:\[\d\])?) (".*"(?:\n".*")*)', block, re.MULTILINE)
        }
        if "msgid" in fields:
            forms = tuple(fields[keyword] for keyword in ("msgid", "msgid_plural") if keyword in fields)
            said = tuple(words for keyword, words in fields.items() if keyword.startswith("msgstr"))
            found.append(Entry(fields.get("msgctxt", ""), forms, said, bool(re.search(r"^#,.*fuzzy", block, re.M))))
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text)) | {
        name for _, name, _, _ in string.Formatter().parse(text.replace("%", "")) if name
    }


HEADER, *MESSAGES_SAID = entries((MESSAGES / "django.po").read_text())
