"""The examination curve, found again in clicks of which the curve is known."""

import numpy as np
import pytest

from recommender.ml.explore import Exploration, draw
from recommender.ml.ranking import Source
from training.ml.examination import DEFAULT_EXPONENT, Examination, ExaminationTally, FirstPage, fit

DECENT = 0.05 + 0.35 * np.exp(-np.arange(60) / 6)  # what titles of each rank are worth a look


def pages(
    n: int,
    exponent: float,
    seed: int,
    *,
    rate: float = 0.5,
    accidents: float = 0.05,
    n_places: int = 20,
    attraction: float = 1.0,
) -> list[FirstPage]:
    """What n people did on explored pages: looks by place^-exponent, clicks by rank, some by accident."""
    chance = np.random.default_rng(seed)
    looks = np.arange(1, n_places + 1) ** -exponent
    seen = []
    for number in range(n):
        page = draw(Exploration(rate, 1_000_000 * seed + number), n_places, 0, 60)
        clicks = np.flatnonzero(chance.random(n_places) < attraction * DECENT[page.ranks] * looks)
        slips = chance.random(len(clicks)) < accidents
        clicked = np.zeros(n_places, np.bool_)
        clicked[np.where(slips, chance.integers(n_places, size=len(clicks)), clicks)] = True
        source = np.where(page.ranks == np.arange(n_places), Source.DENSE, Source.DENSE | Source.EXPLORED)
        seen.append(FirstPage(page.propensity.tolist(), source.tolist(), clicked.tolist()))
    return seen


def one(*, moved: tuple[int, ...] = (), clicked: int = 0, n: int = 10) -> FirstPage:
    source = [Source.EXPLORED | Source.DENSE if place in moved else Source.DENSE for place in range(n)]
    return FirstPage([0.9] * n, source, [place == clicked for place in range(n)])


@pytest.mark.parametrize(("exponent", "seed"), [(1.1, 1), (1.1, 2), (0.5, 1), (0.5, 2)])
def test_it_works(exponent: float, seed: int) -> None:
    found = fit(ExaminationTally.of(pages(20_000, exponent, seed)))
    for place in range(1, 11):
        assert found.examination(place) == pytest.approx(place**-exponent, rel=0.15)
    assert found.low < exponent < found.high
    assert found.high - found.low < 0.15


def test_the_fall_of_attraction_alone_says_nothing_of_places() -> None:
    """Without a draw the curve stays where the prior has it, however steeply clicks fall."""
    seen = pages(3_000, 0.5, 3, rate=0.0)
    assert ExaminationTally.of(seen).shows.sum() == 0
    told = ExaminationTally.of([page._replace(propensity=[0.9] * 20) for page in seen])
    assert told.clicks.sum() > 1_000
    assert fit(told, accidents=0.0).examination.exponent == pytest.approx(DEFAULT_EXPONENT, abs=1e-3)


def test_ignored_accidents_would_flatten_the_curve() -> None:
    tally = ExaminationTally.of(pages(20_000, 1.1, 4, accidents=0.15))
    known = fit(tally, accidents=0.15).examination.exponent
    assert known == pytest.approx(1.1, abs=0.08)
    assert fit(tally, accidents=0.0).examination.exponent < known - 0.03


def test_few_pages_change_little_and_none_nothing() -> None:
    nothing = fit(ExaminationTally.empty())
    assert nothing.examination.exponent == pytest.approx(DEFAULT_EXPONENT, abs=1e-3)
    assert (nothing.low, nothing.high) == pytest.approx((0.412, 1.588), abs=0.01)
    few = fit(ExaminationTally.of(pages(100, 0.2, 5)))
    assert few.examination.exponent > 0.5
    assert few.high - few.low > 0.5
    assert fit(ExaminationTally.empty(), default=Examination(0.7)).examination.exponent == pytest.approx(
        0.7, abs=1e-3
    )


def test_a_rank_is_known_by_the_place_it_changed_with() -> None:
    tally = ExaminationTally.of([one(moved=(0, 2), clicked=2), one(moved=(1,), clicked=1), one()])
    assert tally.shows[1:].sum() == tally.clicks[1:].sum() == 0  # by length, and ten is the shortest
    assert tally.shows[0, :3, :3].tolist() == [[2, 0, 1], [0, 2, 0], [1, 0, 2]]
    assert tally.shows[0, -1].tolist() == [0, 1, *[0] * 18]
    assert tally.clicks[0, :3, :3].tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert tally.clicks[0, -1].tolist() == [0, 1, *[0] * 18]
    assert fit(tally).n_moved_clicks == 2


def test_only_pages_that_a_draw_could_change_everywhere_are_counted() -> None:
    page = one()
    strange = [
        page._replace(propensity=[1.0] * 10),  # nothing could be drawn
        page._replace(source=[Source.TITLE | Source.DENSE, *[Source.DENSE] * 9]),
        one(n=9),
        one(n=21),
        one(moved=(0, 1, 2)),  # no single swap
        FirstPage([], [], []),
    ]
    assert ExaminationTally.of(strange).shows.sum() == 0
    assert ExaminationTally.of([page, one(n=20)]).shows.sum() == 30


def test_tallies_of_windows_add_up_and_fade() -> None:
    seen = pages(400, 1.1, 6)
    whole, first, second = (ExaminationTally.of(part) for part in (seen, seen[:150], seen[150:]))
    together = first.plus(second)
    np.testing.assert_array_equal(together.shows, whole.shows)
    np.testing.assert_array_equal(together.clicks, whole.clicks)
    assert fit(together) == fit(whole)
    faded = fit(whole.faded(0.5))
    assert faded.high - faded.low > fit(whole).high - fit(whole).low


def test_pages_of_all_lengths_count_though_their_titles_differ() -> None:
    """Short pages of titles that are chosen twice as often as those of long ones."""
    both = pages(6_000, 0.5, 7, n_places=10, attraction=2.0) + pages(6_000, 0.5, 8)
    found = fit(ExaminationTally.of(both))
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.2


def test_the_first_place_is_always_looked_at() -> None:
    assert Examination(0.7)(1) == 1.0
    assert Examination()(4) == 0.25
