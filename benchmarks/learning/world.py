"""The world of the simulation: the films whose themes people tagged, who rated them, and what they type.

Only the films of the theme pool are in the catalogue, because only of them it is known which theme fits.
"""

import gzip
from collections.abc import Iterable, Iterator
from csv import DictReader
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogues import SHARED, Titles
from benchmarks.quality.metrics import Query
from benchmarks.quality.queries import QuerySets
from training.ml.simulator import HOME, Habits, Intent, World
from training.ml.tastes import Tastes, fit_tastes

MIX = {"theme": 0.45, "title": 0.2, "typo": 0.1, "plot": 0.1, "person": 0.1, HOME: 0.05}
N_FREQUENT, SHARE_UNSEEN = 30, 0.2  # themes; the most asked ones, and those that nobody types
MIN_RATINGS = 20  # of a person who takes part
MIN_FILMS = 3  # of a person whose name is typed
N_NAMES = 300
TOP_GAIN = 7.0  # of a theme: 2³ − 1


@dataclass(frozen=True)
class Cast:
    """The world, and what its learners are judged by, in the order of the catalogue's rows."""

    world: World
    frequent: list[Intent]
    rare: list[Intent]
    never_seen: list[Intent]
    facts: list[Intent]  # asked for measuring only

    def of_kind(self, kind: str, at_most: int) -> list[Intent]:
        """Every k-th intent of a kind, so that the same ones are asked at every point."""
        found = [intent for intent in (*self.world.intents, *self.facts) if intent.kind == kind]
        return found[:: max(1, len(found) // at_most)][:at_most]


def pool_of(titles: Titles) -> Titles:
    """The films of the theme pool, as a catalogue of their own."""
    with gzip.open(SHARED / "queries" / "theme_pool.csv.gz", "rt", encoding="utf-8") as file:
        wanted = {row["item_id"] for row in DictReader(file)}
    rows = [row for row, external_id in enumerate(titles.ids) if external_id in wanted]
    return Titles(
        [titles.ids[row] for row in rows],
        [titles.texts[row] for row in rows],
        [titles.popularity[row] for row in rows],
    )


def cast(titles: Titles, *, split: str = "dev", habits: Habits | None = None, seed: int = 0) -> Cast:
    """titles: what `pool_of` gave. Raises FileNotFoundError where the shared data is absent."""
    rows = {external_id: row for row, external_id in enumerate(titles.ids)}
    sets = QuerySets(SHARED / "queries", split, rows)
    draw = np.random.default_rng(seed)
    themes = [_intent("theme", query) for kind in ("single", "pair") for query in sets.themes(kind)]
    themes = [themes[place] for place in draw.permutation(len(themes))]
    n_unseen = round(SHARE_UNSEEN * len(themes))
    never_seen, typed = themes[:n_unseen], themes[n_unseen:]
    groups: dict[str, list[Intent]] = {
        "theme": typed,
        "title": [_intent("title", query, by_taste=False) for query in sets.titles()],
        "typo": [_intent("typo", query, by_taste=False) for query in sets.typos()],
        "plot": [_intent("plot", query, by_taste=False) for query in sets.plot_headlines() if query.text.strip()],
        "person": list(_people_names(titles)),
        HOME: [Intent(HOME, "")],
    }
    intents, chances = [], []
    for kind, members in groups.items():
        share = _zipf(len(members)) if kind == "theme" else np.full(len(members), 1 / len(members))
        intents += members
        chances += (MIX[kind] * share).tolist()
    tastes, activity = _tastes(rows)
    world = World(intents, np.array(chances) / sum(chances), tastes, activity, habits or Habits())
    facts = [_intent("fact", query, by_taste=False) for query in sets.facts()]
    return Cast(world, typed[:N_FREQUENT], typed[N_FREQUENT:], never_seen, facts)


def _intent(kind: str, query: Query, *, by_taste: bool = True) -> Intent:
    top = TOP_GAIN if by_taste else max(query.gains.values())
    return Intent(kind, query.text, {row: gain / top for row, gain in query.gains.items()}, by_taste)


def _people_names(titles: Titles) -> Iterator[Intent]:
    """The people with most films here; their films are what is looked for."""
    films: dict[str, set[int]] = {}
    for row, text in enumerate(titles.texts):
        for name in {*text.directors, *text.cast}:
            films.setdefault(name, set()).add(row)
    known = sorted((name for name, of in films.items() if len(of) >= MIN_FILMS), key=lambda n: (-len(films[n]), n))
    for name in known[:N_NAMES]:
        yield Intent("person", name, dict.fromkeys(sorted(films[name]), 1.0))


def _zipf(n: int) -> NDArray[np.float64]:
    """The k-th most asked of n queries has a share in proportion to 1/k."""
    share = 1 / np.arange(1, n + 1)
    return np.asarray(share / share.sum())


def _tastes(rows: dict[str, int]) -> tuple[Tastes, NDArray[np.float64]]:
    """(tastes, activity): everybody with enough ratings, as active here as they were in rating, within reason."""
    people: dict[str, list[tuple[int, float]]] = {}
    for person, film, stars in _ratings():
        if film in rows:
            people.setdefault(person, []).append((rows[film], stars))
    known = [of for _, of in sorted(people.items()) if len(of) >= MIN_RATINGS]
    who = np.repeat(np.arange(len(known)), [len(of) for of in known])
    what = np.array([row for of in known for row, _ in of], np.int64)
    given = np.array([rating for of in known for _, rating in of], np.float32)
    activity = np.sqrt([len(of) for of in known])
    return fit_tastes(who, what, given, (len(known), len(rows))), activity / activity.sum()


def _ratings() -> Iterable[tuple[str, str, float]]:
    for file in sorted((SHARED / "ratings").glob("ratings_*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for row in DictReader(lines):
                yield row["user_id"], row["item_id"], max(0.5, float(row["rating"]))
