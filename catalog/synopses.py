"""The synopses we write ourselves, and what they must be like. See docs/catalogue.md for contributors.

`synopses.csv` lays a text over films of the packaged catalogue; `landmarks.csv` brings films and
shows that it lacks, with all their facts. Both are imported like any other file.
"""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
SYNOPSES = DATA / "synopses.csv"
LANDMARKS = DATA / "landmarks.csv"

WORDS = range(25, 61)  # how long a synopsis may be
THEMES = range(4, 11)  # how many it may have
RUN = 7  # words in a row that no two texts may share
MAX_SAME_OPENING = 3  # synopses that may begin with the same three words
_STOCK = re.compile(
    r"\b(masterpiece|masterful|stunning|breathtaking|acclaimed|unforgettable|gripping|must-see|tour de force"
    r"|edge of your seat|award-winning|iconic|nothing is as it seems|will never be the same|race against time"
    r"|web of (?:lies|deceit|intrigue)|confront his past|confront her past)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Synopsis:
    external_id: str
    title: str
    year: int
    text: str
    themes: tuple[str, ...]


def read(path: Path) -> list[Synopsis]:
    """The rows of one of our two files. Raises KeyError or ValueError where it has another shape."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Synopsis(
                row["external_id"],
                row["title"],
                int(row["year"]),
                row["synopsis"],
                tuple(row["themes"].split("|")),
            )
            for row in csv.DictReader(file, strict=True)
        ]


def runs(text: str, length: int = RUN) -> Iterator[str]:
    """Every run of so many words, without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "").replace("'", "")).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", plain.decode())
    return (" ".join(words[start : start + length]) for start in range(len(words) - length + 1))


def faults(synopses: Iterable[Synopsis]) -> list[str]:
    """What is wrong, a sentence each; empty when all is well."""
    rows = list(synopses)
    told_by: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for run in runs(row.text):
            told_by[run].add(row.external_id)
    openings = Counter(next(runs(row.text, 3), "") for row in rows)
    ids = Counter(row.external_id for row in rows)
    found = [f"{external_id} is there {times} times" for external_id, times in ids.items() if times > 1]
    for row in rows:
        name = f"{row.external_id} {row.title}"
        if (n_words := len(row.text.split())) not in WORDS:
            found.append(f"{name}: {n_words} words, not {WORDS.start} to {WORDS.stop - 1}")
        if len(row.themes) not in THEMES or len(set(row.themes)) != len(row.themes):
            found.append(f"{name}: {len(row.themes)} themes, not {THEMES.start} to {THEMES.stop - 1} different ones")
        if bad := [theme for theme in row.themes if not theme or theme != theme.strip().lower() or "," in theme]:
            found.append(f"{name}: themes are lower-case words without commas, not {bad}")
        if stock := _STOCK.search(row.text):
            found.append(f"{name}: a stock phrase, “{stock[0]}”")
        if shared := next((run for run in runs(row.text) if len(told_by[run]) > 1), None):
            found.append(f"{name}: shares “{shared}” with another synopsis")
    found += [
        f"{times} synopses begin with “{opening}”" for opening, times in openings.items() if times > MAX_SAME_OPENING
    ]
    return found
