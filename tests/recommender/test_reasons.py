"""Why a title is shown: the loudest part speaks, and says only what is true."""

from dataclasses import replace

import pytest

from catalog.models import Signal, Title
from recommender.answers.reasons import because_in_words, facts_in_words, reason
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Hit, Source, Tier
from tests import worlds

HIT = Hit(1, Tier.SEMANTIC, 1.0, 1.0, 0.0, Source.DENSE, {})
FACETS = worlds.snapshot().index.facets
GODFATHER = 1  # the second film of the planted world: 1972, Crime and Drama, Francis Ford Coppola


def people(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        (Tier.EXACT, "Title match"),
        (Tier.PREFIX, "Starts with what you typed"),
        (Tier.TYPO, "Close to what you typed"),
        (Tier.SEMANTIC, "Similar in theme"),
    ],
)
def test_a_tier_says_how_the_title_was_named(tier: Tier, words: str) -> None:
    assert reason(replace(HIT, tier=tier)) == words


@pytest.mark.parametrize(
    ("parts", "facts", "words"),
    [
        ({"lexical": 0.5}, "", "Your words describe it"),
        ({"lexical": 0.5, "facts": 0.1}, "Year matches", "Your words describe it"),
        ({"lexical": 0.2, "facts": 0.9}, "Directed by David Lean", "Directed by David Lean"),
        ({"facts": 0.9}, "", "Similar in theme"),
        ({"lexical": 0.1}, "Year matches", "Year matches"),
    ],
)
def test_the_loudest_part_speaks(parts: dict[str, float], facts: str, words: str) -> None:
    assert reason(replace(HIT, parts=parts), facts) == words


def test_what_people_chose_before_is_said_with_their_words() -> None:
    chosen = replace(HIT, parts={"memory": 0.3, "lexical": 0.5}, witness="dream film")
    assert reason(chosen) == "Chosen by people who searched “dream film”"


def test_what_only_passes_filters_is_well_known_or_made_by_whom_was_asked_for() -> None:
    famous = replace(HIT, sources=Source.POPULAR, parts={"lexical": 0.0, "prior": 0.5})
    assert reason(famous, is_famous=True, is_narrowed=True) == "Well known"
    assert reason(famous, "With Tom Hanks", is_famous=True) == "With Tom Hanks"


def test_nothing_is_called_well_known_that_is_not() -> None:
    left = replace(HIT, sources=Source.POPULAR, parts={"lexical": 0.0, "prior": 0.2})
    assert reason(left, is_narrowed=True) == "Fits your filters"
    assert reason(left) == "The best known come first"


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (Filters(), ""),
        (Filters(directors=people("francis ford coppola")), "Directed by Francis Ford Coppola"),
        (Filters(people=people("Francis Ford Coppola"), year_min=1972, year_max=1972),
         "Directed by Francis Ford Coppola"),
        (Filters(people=people("Tom Hanks")), ""),
        (Filters(year_min=1970, year_max=1979), "Year matches"),
        (Filters(year_min=1980), ""),
        (Filters(year_max=1980, genres=people("crime")), "Year and genre match"),
        (Filters(any_genres=people("War", "Drama")), "Genre matches"),
        (Filters(runtime_max=90), ""),
        (Filters(origins=people("Italian"), year_min=1972), "Year matches"),
    ],
)  # fmt: skip
def test_facts_are_said_only_where_they_are_true(wishes: Filters, words: str) -> None:
    assert facts_in_words(FACETS, GODFATHER, wishes) == words


@pytest.mark.parametrize(
    ("parts", "sources", "facts", "words"),
    [
        ({"lexical": 0.5}, Source.LEXICAL, "", "Your words describe it"),
        ({"facts": 0.9}, Source.FACTS, "Year matches", "Year matches"),
        ({}, Source.POPULAR, "", "Well known"),
        ({}, Source.POPULAR, "Year matches", "Year matches"),
        ({}, Source.DENSE, "", "Shown by lot, to see who likes it"),
    ],
)
def test_a_title_that_was_put_there_says_so_where_nothing_else_speaks_for_it(
    parts: dict[str, float], sources: Source, facts: str, words: str
) -> None:
    assert reason(replace(HIT, parts=parts, sources=sources | Source.EXPLORED), facts, is_famous=True) == words


def test_a_seat_changes_no_reason() -> None:
    seated = replace(HIT, parts={}, sources=Source.POPULAR | Source.SEATED)
    assert reason(seated, is_famous=True) == "Well known"
    assert reason(replace(HIT, parts={}, sources=Source.DENSE | Source.SEATED), "") == "Similar in theme"


def test_a_name_heaped_with_marks_is_calmed_in_a_reason() -> None:
    liked = Signal(kind=Signal.Kind.LIKE, title=Title(name="Z" + "\u0301" * 40 + "algo"))
    assert because_in_words(liked) == "Because you liked Z\u0301\u0301\u0301algo"
