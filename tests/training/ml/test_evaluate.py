"""Versions are judged by the whole engine, on the same searches, each held out once."""

from math import log2

import pytest

from recommender.ml.engine import search
from tests import worlds
from training.ml.evaluate import RANKED, Judged, baselines, evaluate, folds, judged_lessons
from training.ml.labels import Lesson

SNAPSHOT = worlds.snapshot()
LESSONS = [
    Lesson(f"q{n}", "heist", (105, 110), {105: 0.25} if n % 3 else {}, frozenset(), {105: 1.0}) for n in range(30)
]


def asked(text: str, gains: dict[int, float], query_id: str = "q") -> Lesson:
    return Lesson(query_id, text, tuple(gains), gains, frozenset(), {})


def test_it_works() -> None:
    """The second of the list was chosen: 1/log₂3; an unanswered search scores 0."""
    first, second = [hit.title_id for hit in search(SNAPSHOT, "thieves plan a heist").hits][:2]
    judged = evaluate(
        SNAPSHOT,
        [
            asked("thieves plan a heist", {first: 0.25}, "a"),
            asked("thieves plan a heist", {second: 1.0}, "b"),
            asked("xyzzy plugh", {first: 1.0}, "c"),
        ],
    )
    assert judged.ndcg == {"a": pytest.approx(1), "b": pytest.approx(1 / log2(3)), "c": 0.0}
    assert judged.mean == pytest.approx((1 + 1 / log2(3)) / 3)


def test_nothing_judged_has_mean_zero() -> None:
    assert evaluate(SNAPSHOT, []).mean == 0
    assert Judged({}).differences(Judged({})) == []


def test_differences_are_paired_by_query() -> None:
    one, other = Judged({"b": 0.5, "a": 1.0, "x": 0.3}), Judged({"a": 0.25, "b": 0.75, "y": 0.9})
    assert one.differences(other) == [0.75, -0.25]
    assert other.differences(one) == [-0.75, 0.25]


def test_those_with_a_choice_are_judged_the_same_in_any_order() -> None:
    chosen = judged_lessons(LESSONS, 5)
    assert len(chosen) == 5
    assert all(lesson.gains for lesson in chosen)
    assert judged_lessons(list(reversed(LESSONS)), 5) == chosen
    assert judged_lessons(LESSONS, 6)[:5] == chosen, "more judged, the same ones among them"
    assert len(judged_lessons(LESSONS, 100)) == 20


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_every_lesson_is_held_out_once_and_never_taught_then(n_folds: int) -> None:
    pairs = folds(LESSONS, n_folds)
    assert len(pairs) == n_folds
    held_out = [lesson.query_id for _, asked in pairs for lesson in asked]
    assert sorted(held_out) == sorted(lesson.query_id for lesson in LESSONS)
    for taught, asked_ in pairs:
        assert {lesson.query_id for lesson in taught}.isdisjoint(lesson.query_id for lesson in asked_)
        assert len(taught) + len(asked_) == len(LESSONS)
        assert len(asked_) > 0


def test_a_lesson_stays_in_its_fold_when_others_come() -> None:
    before, after = (folds(lessons, 3) for lessons in (LESSONS[:10], LESSONS))
    for (_, few), (_, many) in zip(before, after, strict=True):
        assert {lesson.query_id for lesson in few} <= {lesson.query_id for lesson in many}


def test_baselines_are_the_most_famous_and_random_ones() -> None:
    """The catalogue has ten titles and ten are shown, so every choice is found; the most famous first."""
    assert len(SNAPSHOT.index) == RANKED
    found = baselines(SNAPSHOT, [asked("a", {101: 1.0}), asked("b", {103: 1.0})])
    assert found["popularity"] == pytest.approx((1 + 1 / log2(4)) / 2)
    assert 1 / log2(11) <= found["random"] <= 1
    assert baselines(SNAPSHOT, [asked("a", {101: 1.0})]) == baselines(SNAPSHOT, [asked("a", {101: 1.0})])


def test_there_is_no_baseline_without_searches_or_titles() -> None:
    assert baselines(SNAPSHOT, []) == {"random": 0.0, "popularity": 0.0}
    assert baselines(worlds.snapshot([]), [asked("a", {101: 1.0})]) == {"random": 0.0, "popularity": 0.0}
