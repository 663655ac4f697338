"""What three versions made of searches, fold by fold."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.engine import search
from recommender.ml.snapshot import Snapshot
from tests import worlds
from training.ml.evaluate import Change, asking
from training.ml.heldout import HeldOut
from training.ml.labels import Lesson
from training.ml.logged_pages import LoggedPage

SNAPSHOT = worlds.snapshot()
ASKS = asking(SNAPSHOT)
BLIND = replace(
    SNAPSHOT,
    state=replace(
        SNAPSHOT.state,
        weights=replace(
            SNAPSHOT.state.weights, feature_weights=-np.abs(SNAPSHOT.state.weights.feature_weights) - np.float32(1)
        ),
    ),
)
TEXTS = ["thieves plan a heist", "creature in space", "mafia family"]


def shown(snapshot: Snapshot, text: str) -> tuple[int, ...]:
    return tuple(hit.title_id for hit in search(snapshot, text).hits)


def lesson(n: int, *, is_chosen: bool = True) -> Lesson:
    """Somebody took the first."""
    text = TEXTS[n % len(TEXTS)]
    page = shown(SNAPSHOT, text)
    gains = {page[0]: 0.25} if is_chosen else {}
    return Lesson(f"q{n}", text, page, gains, frozenset(), {}, session=f"s{n}")


def page(one: Lesson) -> LoggedPage:
    return LoggedPage(one.text, one.shown, one.gains, (1.0,) * len(one.shown), session=one.session)


def held_out(candidate: Snapshot, lessons: list[Lesson], pages: dict[str, LoggedPage] | None = None) -> HeldOut:
    found = HeldOut(pages or {})
    for half in (lessons[::2], lessons[1::2]):
        found.judge(candidate, SNAPSHOT, SNAPSHOT, [one for one in half if one.gains], half, ASKS)
    return found


def test_it_works() -> None:
    """Everybody took the champion's first title, so any other order is a loss."""
    lessons = [lesson(n) for n in range(9)]
    same, worse = held_out(SNAPSHOT, lessons), held_out(BLIND, lessons)
    assert same.change() == Change(9)
    assert worse.change().n == 9
    assert worse.change().low <= worse.change().mean < 0
    assert worse.means()["candidate"] < worse.means()["champion"] == worse.means()["version_zero"] == 1


def test_slices_add_up_to_all_that_was_judged() -> None:
    found = held_out(BLIND, [lesson(n) for n in range(9)]).slices(SNAPSHOT)
    assert {name: change.n for name, change in found.items()} == {"frequent": 0, "rare": 0, "never seen": 9}
    assert found["never seen"].mean < 0 == found["frequent"].mean


def test_spread_is_of_distinct_texts() -> None:
    lessons = [lesson(n) for n in range(9)]
    candidate, zero = held_out(SNAPSHOT, lessons).spread()
    assert candidate == zero
    assert candidate == held_out(SNAPSHOT, lessons[:3]).spread()[0], "however often each was asked"
    assert candidate[0] == len({title for one in lessons for title in one.shown})


def test_logged_pages_are_replayed_with_and_without_a_choice() -> None:
    lessons = [lesson(n, is_chosen=n % 2 == 0) for n in range(40)]
    pages = {one.query_id: page(one) for one in lessons}
    estimates = held_out(BLIND, lessons, pages).off_policy(lambda place: 1 / place)
    ours, theirs = estimates["candidate"].snips, estimates["champion"].snips
    assert ours is not None
    assert theirs is not None
    assert estimates["champion"].n == 40
    assert theirs.value == pytest.approx(0.125), "half of the pages earned a quarter"
    assert ours.value < 0.125


def test_without_pages_nothing_is_estimated() -> None:
    lessons = [lesson(n) for n in range(4)]
    assert held_out(BLIND, lessons).off_policy(lambda place: 1 / place) == {}
    some = held_out(BLIND, lessons, {"q1": page(lessons[1])})
    assert some.off_policy(lambda place: 1 / place)["candidate"].n == 1


def test_nothing_judged() -> None:
    empty = HeldOut({})
    assert empty.change() == Change(0)
    assert empty.spread() == ((0, 0.0), (0, 0.0))
    assert set(empty.means().values()) == {0.0}
    assert empty.slices(SNAPSHOT) == dict.fromkeys(("frequent", "rare", "never seen"), Change(0))
