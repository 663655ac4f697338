"""Named titles above scores, floors below them, and one listing of each work."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.memory import Recollection
from recommender.ml.ranking import Floors, Ranking, Source, distinct_works, rank
from recommender.ml.scoring import Evidence, Scores
from tests import worlds

FLOORS = Floors(dense=0.3, lexical=0.1, memory=0.02, facts=0.3)
EAST = np.array([1, 0], np.float32)


def column(values: list[float] | None, n: int) -> np.ndarray:
    return np.zeros(n, np.float32) if values is None else np.array(values, np.float32)


def ranked(
    final: list[float],
    *,
    rows: list[int] | None = None,
    named: Sequence[int] = (),
    floors: Floors | None = None,
    max_results: int = 100,
    **said: Any,
) -> tuple[list[int], list[Source]]:
    """content: of the rows; lexical, facts, lift: of the whole catalogue of ten, zero unless given."""
    at = np.arange(len(final)) if rows is None else np.array(rows)
    lift = said.get("lift", {})
    recollection = Recollection(
        np.array(list(lift), np.int64), np.array(list(lift.values()), np.float32), np.full(len(lift), -1)
    )
    evidence = Evidence("", EAST, EAST, column(said.get("lexical"), 10), column(said.get("facts"), 10))
    nothing = np.zeros(len(at), np.float32)
    scores = Scores(at, nothing, {"content": column(said.get("content"), len(at))}, recollection, nothing)
    order, sources = rank(evidence, scores, np.array(final, np.float32), list(named), floors, max_results)
    return order.tolist(), [Source(bits) for bits in sources.tolist()]


def test_it_works() -> None:
    order, sources = ranked([0.2, 0.9, 0.5], content=[0.5, 0.4, 0.1], floors=FLOORS)
    assert order == [1, 0]
    assert sources == [Source.DENSE, Source.DENSE]


def test_named_titles_come_first_in_their_own_order_whatever_the_scores() -> None:
    order, sources = ranked([-9.0, 99.0, -99.0, 5.0], named=[2, 3, 0], content=[1, 1, 0, 0], floors=FLOORS)
    assert order == [2, 3, 0, 1]
    assert sources == [Source.TITLE, Source.TITLE, Source.TITLE | Source.DENSE, Source.DENSE]


def test_named_rows_are_found_among_those_that_were_scored() -> None:
    order, _ = ranked([1, 2, 3], rows=[4, 7, 9], named=[5, 7, 10, 4])
    assert order == [1, 0, 2], "row 5 was not scored, row 10 does not exist"
    assert ranked([], rows=[], named=[5]) == ([], [])


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ({"content": [0.3, 0.29]}, Source.DENSE),
        ({"lexical": [0.1, 0.099, *[0.0] * 8]}, Source.LEXICAL),
        ({"facts": [0.3, 0.29, *[0.0] * 8]}, Source.FACTS),
        ({"lift": {0: 0.02, 1: 0.019}}, Source.MEMORY),
    ],
)
def test_each_floor_lets_through_what_reaches_it(said: dict[str, Any], source: Source) -> None:
    assert ranked([1, 2], floors=FLOORS, **said) == ([0], [source])


def test_several_may_speak_for_a_title() -> None:
    _, (sources,) = ranked([1], content=[1], lexical=[0.5] * 10, facts=[1] * 10, lift={0: 0.5}, floors=FLOORS)
    assert sources == Source.DENSE | Source.LEXICAL | Source.FACTS | Source.MEMORY


def test_without_floors_all_show_and_fame_is_the_reason() -> None:
    assert ranked([1, 3, 2]) == ([1, 2, 0], [Source.POPULAR] * 3)


def test_equal_scores_fall_by_row() -> None:
    assert ranked([1, 2, 1, 2, 1], rows=[1, 3, 5, 7, 9])[0] == [1, 3, 0, 2, 4]


def test_a_long_ranking_keeps_its_best_and_what_was_named() -> None:
    final = [float(n % 7) for n in range(10)]
    order, _ = ranked(final, named=[0], max_results=4)
    assert order[0] == 0
    assert [final[place] for place in order[1:]] == [6, 5, 4]


@settings(max_examples=100)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=10, max_size=10),
    st.lists(st.integers(0, 9), max_size=4, unique=True),
    st.integers(4, 12),
)
def test_no_score_moves_a_named_title(final: list[float], named: list[int], limit: int) -> None:
    order, sources = ranked(final, named=named, max_results=limit)
    assert order[: len(named)] == named
    assert len(set(order)) == len(order) == min(limit, 10)
    others = order[len(named) :]
    assert others == sorted(others, key=lambda place: (-np.float32(final[place]), place))
    left_out = set(range(10)) - set(order)
    assert all(final[place] <= final[others[-1]] for place in left_out if others)
    assert [Source.TITLE in source for source in sources] == [place in named for place in order]


def test_of_each_work_the_first_listing_is_kept() -> None:
    story = "A detective hunts thieves."
    films = [
        TitleText("Heat", year=1995, description=story),
        TitleText("Gravity"),
        TitleText("Heat", year=1995, description=story),
        TitleText("heat", year=1996, description="Another telling."),
    ]
    index = worlds.snapshot(films).index
    assert distinct_works(index, np.array([2, 1, 0, 3])).tolist() == [True, True, False, False]
    assert distinct_works(index, np.array([0, 2])).tolist() == [True, False]
    assert distinct_works(index, np.zeros(0, np.int64)).tolist() == []


def test_an_empty_ranking_is_of_low_quality() -> None:
    assert (Ranking("theme", []).total, Ranking("theme", []).quality) == (0, "low")
    some = Ranking("theme", [], rows=np.array([3, 1]))
    assert (some.total, some.quality) == (2, "high")
