"""Any text, with any filters, is answered, and what holds of one answer holds of all. `make fuzz-search`."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.places import places_of
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Ranking, Tier
from recommender.ml.reading import read
from recommender.ml.snapshot import EngineConfig
from tests import worlds

N_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20000"))
WORLD = worlds.snapshot(worlds.LIBRARY)
FILM_OF = {101 + row: film for row, film in enumerate(worlds.LIBRARY)}
PEOPLE = sorted({name for film in worlds.LIBRARY for name in (*film.directors, *film.cast)})
GENRES = sorted({genre for film in worlds.LIBRARY for genre in film.genres})
COUNTRIES = sorted({country for film in worlds.LIBRARY for country in film.countries})
LANGUAGES = sorted({language for film in worlds.LIBRARY for language in film.languages})
SAID = (
    "like not without no and or but the a in from with by starring directed under over before after between since "
    "movies films show tv series 1979 1995 70s 90s 1990s 2001-2017 90 minutes hours 2h comedy horror crime drama "
    "sci-fi rom-com korean german british french kids good best funny sad about similar to something i remember "
    "where who was saw heist thieves space crew war village & + - -- , ; : ( ) [ ] \" ' ! ? / \\ … $ % _ * "
    "\ud800 \0 \u202e שלום 七人 🦄 ﷺ \u0301"
).split()

characters = st.characters()  # of all Unicode: surrogates and NUL among them


def drawn_from(*strategies: st.SearchStrategy) -> st.SearchStrategy:
    """One of these, as often as it stands here."""
    return st.sampled_from(strategies).flatmap(lambda strategy: strategy)


any_text = st.text(characters, max_size=80)
repeated = st.builds(lambda text, n: (text * n)[:2_000], any_text, st.integers(1, 2_000))
names = st.sampled_from([name for film in worlds.LIBRARY for name in film.names] + PEOPLE)
misspelt = st.builds(
    lambda name, at, put: name[: at % len(name)] + put + name[at % len(name) + 1 :],
    names, st.integers(0, 50), st.text(st.sampled_from("aeiorst ") | characters, max_size=1),
)  # fmt: skip
named = st.builds(
    lambda before, name, behind: f"{before}{name}{behind}",
    drawn_from(st.just(""), st.sampled_from(["like ", "movies like ", "by ", "with "])),
    drawn_from(names, misspelt),
    drawn_from(st.just(""), st.sampled_from([" 1995", " (2001)", " movies", " but funny", " or Heat"]), any_text),
)
phrase = drawn_from(st.sampled_from(SAID), st.sampled_from(SAID), names, misspelt, st.text(characters, max_size=8))
asked = st.builds(
    lambda said, between: between.join(said)[:2_000],
    st.lists(phrase, min_size=1, max_size=25), st.sampled_from([" ", " ", " ", ", ", "", "  \n", "-"]),
)  # fmt: skip
text = drawn_from(asked, asked, asked, named, named, any_text, repeated)


def values(known: list[str], most: int) -> st.SearchStrategy[frozenset[str]]:
    one = st.sampled_from(known) | st.sampled_from(known).map(str.upper) | st.text(characters, max_size=12)
    none, few = st.just(frozenset[str]()), st.frozensets(st.sampled_from(known), min_size=1, max_size=2)
    return drawn_from(none, none, none, few, st.frozensets(one, max_size=most))


def number(least: int, most: int) -> st.SearchStrategy[int | None]:
    return drawn_from(st.none(), st.none(), st.none(), st.integers(least, most))


any_filters = st.builds(  # a hundred values at most, as the page and the API allow
    Filters,
    kind=st.sampled_from(["", "", "", "movie", "show", "opera"]),
    genres=values(GENRES, 10),
    any_genres=values(GENRES, 8),
    without_genres=values(GENRES, 2),
    countries=values(COUNTRIES, 10),
    languages=values(LANGUAGES, 10),
    origins=values(["Korean", "American", "British", "Soviet"], 10),
    without_origins=values(["Korean", "American", "British", "Soviet"], 10),
    maturity=values(["R", "PG", "TV-MA"], 10),
    people=values(PEOPLE, 10),
    directors=values(PEOPLE, 10),
    without_people=values(PEOPLE, 10),
    year_min=number(1880, 2100),
    year_max=number(1880, 2100),
    runtime_min=number(0, 2_000),
    runtime_max=number(0, 2_000),
)  # fmt: skip
few_filters = drawn_from(  # that leave something
    st.builds(Filters, genres=st.frozensets(st.sampled_from(GENRES), max_size=1), year_min=number(1900, 2000)),
    st.builds(Filters, any_genres=st.frozensets(st.sampled_from(GENRES), max_size=4), runtime_max=number(60, 200)),
    st.builds(Filters, without_genres=st.frozensets(st.sampled_from(GENRES), max_size=3)),
    st.builds(Filters, countries=st.frozensets(st.sampled_from(COUNTRIES), min_size=1, max_size=3)),
    st.builds(Filters, origins=st.frozensets(st.sampled_from(["Korean", "American", "British"]), min_size=1)),
    st.builds(Filters, people=st.frozensets(st.sampled_from(PEOPLE), max_size=1)),
    st.builds(Filters, without_people=st.frozensets(st.sampled_from(PEOPLE), min_size=1, max_size=2)),
)
filters = drawn_from(st.none(), st.none(), few_filters, few_filters, any_filters)


def passes(film: TitleText, wanted: Filters) -> bool:
    """Whether a title satisfies filters, read off its fields one by one: not as `facets` finds it."""

    def among(of: list[str], values: frozenset[str]) -> bool:
        return bool({fold(value) for value in of} & {fold(value) for value in values} - {""})

    def has_all(of: list[str], values: frozenset[str]) -> bool:
        return all(among(of, frozenset([value])) for value in values)

    def within(number: int | None, low: int | None, high: int | None) -> bool:
        return (low is None and high is None) or (
            bool(number) and (low or 0) <= (number or 0) <= (10**6 if high is None else high)
        )

    def comes_from(origins: frozenset[str]) -> bool:
        return any(
            among(film.countries, frozenset(countries))
            or (not film.countries and among(film.languages, frozenset(languages)))
            for countries, languages in map(places_of, origins)
        )

    people = [*film.directors, *film.writers, *film.cast]
    return (
        wanted.kind in ("", film.kind)
        and has_all(film.genres, wanted.genres)
        and (not wanted.any_genres or among(film.genres, wanted.any_genres))
        and not among(film.genres, wanted.without_genres)
        and not among(people, wanted.without_people)
        and (not wanted.countries or among(film.countries, wanted.countries))
        and (not wanted.languages or among(film.languages, wanted.languages))
        and (not wanted.maturity or among([film.maturity], wanted.maturity))
        and has_all(people, wanted.people)
        and has_all(film.directors, wanted.directors)
        and (not wanted.origins or comes_from(wanted.origins))
        and not comes_from(wanted.without_origins)
        and within(film.year, wanted.year_min, wanted.year_max)
        and within(film.runtime_minutes, wanted.runtime_min, wanted.runtime_max)
    )


def ids(ranking: Ranking) -> list[int]:
    return [hit.title_id for hit in ranking.hits]


@pytest.mark.slow
@settings(max_examples=N_EXAMPLES, derandomize=False, suppress_health_check=list(HealthCheck))
@given(text, filters, st.integers(1, 25), st.booleans())
def test_any_query_is_answered(text: str, filters: Filters | None, page_size: int, correct: bool) -> None:
    whole = search(WORLD, text, filters=filters, limit=EngineConfig().max_results, correct=correct)
    assert len(set(ids(whole))) == len(whole.hits) == whole.total
    assert WORLD.index.title_ids[whole.rows].tolist() == ids(whole)
    assert whole.quality == ("high" if whole.total else "low")
    assert whole.n_matches == sum(hit.tier > Tier.SEMANTIC for hit in whole.hits)
    assert all(hit.tier > Tier.SEMANTIC for hit in whole.hits[: whole.n_matches])
    if not correct:
        assert (whole.corrected_query, whole.text) in ((None, text), (None, ""))

    paged = [
        title_id
        for offset in range(0, whole.total + 1, page_size)
        for title_id in ids(
            search(WORLD, text, filters=filters, limit=page_size, offset=offset, correct=correct)
        )
    ]  # fmt: skip
    assert paged == ids(whole)

    for hit in whole.hits:
        assert np.isfinite(hit.score)
        assert hit.sources
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-6, rel=1e-6)
        assert filters is None or passes(FILM_OF[hit.title_id], filters)
    if whole.total:
        stated = read(WORLD.index, whole.text, correct=correct)[0].filters
        named = [hit.title_id for hit in whole.hits if hit.tier == Tier.EXACT]  # "western" is a title, too
        assert all(passes(FILM_OF[title_id], stated) for title_id in ids(whole) if title_id not in named)
    for chip in (*whole.chips, *whole.unmet):
        assert 0 <= chip.start < chip.end <= len(whole.text)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(drawn_from(few_filters, few_filters, any_filters))
def test_filters_alone_show_all_that_pass_and_nothing_else(wanted: Filters) -> None:
    shown = set(ids(search(WORLD, "", filters=wanted, limit=1_000)))
    assert shown == ({title_id for title_id, film in FILM_OF.items() if passes(film, wanted)} if wanted else set())
