from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.poison import Result, _mean, _what_is_wrong
from benchmarks.poisoning.attacks import DRILLS
from benchmarks.poisoning.site import Site
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState
from training.ml.labels import Deed, Lesson, LoggedSearch
from training.ml.simulator import FIRST_MOMENT

POISON = 13
REST: Any = None  # the site needs no more of its scene and catalogue here


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """One whose gate refuses every window in which somebody chose POISON."""

    def taught(self: Site, fresh: Sequence[Lesson], _support: object) -> tuple[ModelState, list[str]]:
        return self.champion.state, ["poison" for lesson in fresh if POISON in lesson.gains][:1]

    monkeypatch.setattr(Site, "_taught", taught)
    return Site(REST, "all", Snapshot(0, REST, ModelState.untrained(ModelConfig(8)), REST))


def window(day: int, *titles: int) -> list[LoggedSearch]:
    """A search for each title, by somebody else each, who chooses it."""
    found = []
    for n, title in enumerate(titles):
        at, who = FIRST_MOMENT + timedelta(days=day, minutes=n), f"p{day}-{n}"
        deeds = (Deed("click", title, who, at + timedelta(seconds=5)),)
        found.append(LoggedSearch(f"q{day}-{n}", f"text {title}", who, who, at, (title,), (1.0,), deeds=deeds))
    return found


def test_what_passes_is_learnt(site: Site) -> None:
    site.learn(window(0, 1, 2, 3, 4))
    assert (site.champion.version, site.outcome.chosen, site.outcome.quarantined) == (1, 4, 0)


def test_a_window_refused_once_is_learnt_with_the_next_or_waits(site: Site) -> None:
    site.learn(window(0, POISON, 2, 3, 4))
    assert (site.champion.version, len(site.waiting), site.outcome.chosen) == (0, 4, 0)


def test_of_a_window_refused_twice_only_the_bad_half_is_lost(site: Site) -> None:
    site.learn(window(0, POISON, 2, 3, 4))
    site.learn(window(1, 5, 6, 7, 8))
    assert site.champion.version == 2  # the good half, and what came since
    assert sorted(lesson.query_id for lesson in site.past) == ["q0-1", "q0-3", "q1-0", "q1-1", "q1-2", "q1-3"]
    assert (site.outcome.chosen, site.outcome.quarantined, site.waiting) == (8, 2, [])


def test_what_came_since_waits_if_it_is_refused_by_itself(site: Site) -> None:
    site.learn(window(0, POISON, 2, 3, 4))
    site.learn(window(1, 5, POISON, 7, 8))
    assert [search.query_id for search in site.waiting] == ["q1-0", "q1-1", "q1-2", "q1-3"]
    assert site.outcome.chosen == 4


def test_who_is_in_quarantine_was_not_heard(site: Site) -> None:
    site.learn(window(0, POISON, 2, 3, 4))
    site.learn(window(1, 5, 6, 7, 8))
    assert {who for who, _, _ in site.heard} == {"p0-1", "p0-3", "p1-0", "p1-1", "p1-2", "p1-3"}
    assert POISON not in site.support


def result(change: float, lost: float = 0.0, *, got_in: bool = False, alarms: int = 1) -> Result:
    return Result("drip", "all", change, lost, got_in, alarms, [])


def test_costs_are_judged_by_the_mean_of_the_seeds() -> None:
    assert _what_is_wrong(DRILLS["drip"], "all", [result(-0.008, 0.019), result(0.0)]) == []
    assert len(_what_is_wrong(DRILLS["drip"], "all", [result(-0.008, 0.03), result(-0.004)])) == 2


def test_one_seed_where_the_target_gets_in_or_nobody_is_told_is_too_many() -> None:
    assert _what_is_wrong(DRILLS["drip"], "all", [result(0.0), result(0.0, got_in=True)]) == ["it gets in"]
    assert _what_is_wrong(DRILLS["drip"], "all", [result(0.0), result(0.0, alarms=0)]) == ["no alarm"]


def test_the_interval_is_students() -> None:
    assert _mean([1.0, 2.0, 3.0], ".3f") == "2.000 [-0.484 to 4.484], 3 seeds"  # 4.303 · 1 / √3 either side
    assert _mean([1.0], ".3f") == "1.000"
