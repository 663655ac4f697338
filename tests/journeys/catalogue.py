"""The films that a site of the journeys imports."""

import csv
from pathlib import Path

FILMS = Path(__file__).with_name("films.csv")
ODD_NAMES = [
    "<script>alert(1)</script><b>bold", "שלום עולם", "مرحبا بالعالم", "Z̷̢̛a̶l̸g̴o̵ " * 6, "W" * 300, "🎬🍿" * 40,
]  # fmt: skip
DECADES = (1950, 1960, 1970, 1980, 1990, 2000, 2010)


def write_films(path: Path) -> Path:
    """The usual films (j01, …), as many again of the sea (s0, …), and names that break pages (o0, …)."""
    with FILMS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    for n in range(42):
        year = str(DECADES[n % 7] + n % 9)
        plot = f"A captain and a crew of {n + 3} sail the wide ocean in a storm and look for treasure number {n}."
        rows.append([f"s{n}", f"The Sea {n}", "movie", year, "Adventure", "Ann Sailor", plot, str(700 - n)])
    for n, name in enumerate(ODD_NAMES):
        rows.append([f"o{n}", name, "movie", "2001", "Fantasy", "Nobody", "Something odd happens to a name.", "5"])
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return path
