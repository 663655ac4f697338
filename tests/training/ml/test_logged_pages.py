"""Pages as logged: which of them can be replayed, and where else exploration could have put their titles."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.explore import Exploration, chances, draw
from training.ml.labels import Lesson
from training.ml.logged_pages import LoggedPage, elsewhere, logged_pages

EXPLORED, N_PLACES = 0.5, 10


@pytest.mark.parametrize(
    ("shown", "propensity", "others"),
    [
        ((1, 2), (1.0,), ()),
        ((1, 2), (1.0, 1.0), ({},)),
        ((1,), (1.5,), ()),
        ((1,), (np.nan,), ()),
        ((1, 1), (1, 1), ()),
    ],
)
def test_pages_that_cannot_be_are_refused(
    shown: tuple[int, ...], propensity: tuple[float, ...], others: tuple[dict[int, float], ...]
) -> None:
    with pytest.raises(ValueError, match=r"one propensity|a chance in|once"):
        LoggedPage("q", shown, {}, propensity, elsewhere=others)


# Where else exploration could have put a title.


@pytest.mark.parametrize(("n_named", "n_ranked"), [(0, 100), (0, 15), (3, 100), (0, 10)])
def test_the_log_tells_where_else_a_title_could_have_stood(n_named: int, n_ranked: int) -> None:
    """Read from propensities alone, as from the odds of the draw; of every page that can be drawn."""
    table = chances(EXPLORED, N_PLACES, n_named, n_ranked)
    for seed in range(500):
        swap = draw(Exploration(EXPLORED, seed * 2**54), N_PLACES, n_named, n_ranked)
        found = elsewhere(swap.propensity.tolist(), EXPLORED)
        for rank, places in zip(swap.ranks, found, strict=True):
            read = [places.get(place, 0.0) for place in range(1, N_PLACES + 1)]
            assert read == pytest.approx(table[rank].tolist())


def test_a_page_that_was_not_explored_stands_as_it_is() -> None:
    assert elsewhere((1.0,) * 10, EXPLORED) == ()
    assert elsewhere((), EXPLORED) == ()


def test_odds_of_another_rate_are_refused() -> None:
    swap = draw(Exploration(EXPLORED, 1), N_PLACES, 0, 100)
    with pytest.raises(ValueError, match="no swap at rate"):
        elsewhere(swap.propensity.tolist(), 0.2)


# Which lessons make pages.

SWAP = draw(Exploration(EXPLORED, 1), N_PLACES, 0, 100)
SHOWN = tuple(range(N_PLACES))
LESSON = Lesson(
    "q1", "heist", SHOWN, {3: 0.25}, frozenset(), dict.fromkeys(SHOWN, 0.5),
    propensity=tuple(SWAP.propensity.tolist()), session="s1",
)  # fmt: skip


def test_it_works() -> None:
    (page,) = logged_pages([LESSON], EXPLORED).values()
    assert (page.query, page.shown, page.gains, page.session) == ("heist", SHOWN, {3: 0.25}, "s1")
    assert (page.propensity, page.elsewhere) == (LESSON.propensity, elsewhere(LESSON.propensity, EXPLORED))


def test_a_page_without_a_session_stands_alone() -> None:
    (page,) = logged_pages([replace(LESSON, session="")], EXPLORED).values()
    assert page.session == "q1"


@pytest.mark.parametrize(
    "lesson",
    [
        replace(LESSON, examined={}),  # looked at in an earlier window; only a late choice is new
        replace(LESSON, propensity=()),  # logged before propensities were
        replace(LESSON, propensity=(1.5,) * N_PLACES),
    ],
)
def test_what_cannot_be_replayed_is_left_out(lesson: Lesson) -> None:
    assert list(logged_pages([replace(LESSON, query_id="q0"), lesson], EXPLORED)) == ["q0"]


def test_pages_of_another_rate_are_left_out() -> None:
    assert logged_pages([LESSON], 0.2) == {}
