"""Versions are judged by the whole engine, on the same searches, each held out once."""

from collections import Counter
from dataclasses import replace
from math import log2

import pytest

from recommender.ml.engine import search
from recommender.ml.memory import ClickMemory
from recommender.ml.questions import Question, question
from recommender.ml.snapshot import Snapshot
from tests import worlds
from training.ml.evaluate import (
    FREQUENT,
    MAX_INVERSE,
    RANKED,
    Change,
    Judged,
    Kept,
    Texts,
    asking,
    baselines,
    by_hash,
    change,
    evaluate,
    first,
    folds,
    judged_lessons,
    median_ms,
    slices,
    spread,
)
from training.ml.labels import Lesson

SNAPSHOT = worlds.snapshot()
ASKS = asking(SNAPSHOT)
HEIST = "thieves plan a heist"
LESSONS = [
    Lesson(f"q{n}", "heist", (105, 110), {105: 0.25} if n % 3 else {}, frozenset(), {105: 1.0}) for n in range(30)
]


def asked(
    text: str, gains: dict[int, float], query_id: str = "q", shown: tuple[int, ...] | None = None, place: int = 1
) -> Lesson:
    return Lesson(query_id, text, shown or tuple(gains), gains, frozenset(), {}, first_position=place)


def top(text: str = HEIST) -> list[int]:
    return [hit.title_id for hit in search(SNAPSHOT, text).hits]


def test_it_works() -> None:
    """The second of the list was chosen: 1/log₂3; an unanswered search scores 0."""
    one, two = top()[:2]
    (judged,) = evaluate(
        [SNAPSHOT],
        [asked(HEIST, {one: 0.25}, "a"), asked(HEIST, {two: 1.0}, "b"), asked("xyzzy", {one: 1.0}, "c")],
        ASKS,
    )
    assert judged.ndcg == {"a": pytest.approx(1), "b": pytest.approx(1 / log2(3)), "c": 0.0}
    assert judged.mean == pytest.approx((1 + 1 / log2(3)) / 3)
    assert judged.shown[HEIST] == tuple(top())


def test_credit_is_of_places_among_what_was_shown() -> None:
    """Chosen is what the version puts second, but the first was not on the page: it gets full credit."""
    one, two, three = top()[:3]
    (alone,) = evaluate([SNAPSHOT], [asked(HEIST, {two: 1.0}, shown=(two, three))], ASKS)
    assert alone.credit[HEIST] == alone.chosen[HEIST] == 1
    (both,) = evaluate([SNAPSHOT], [asked(HEIST, {two: 1.0}, shown=(two, one))], ASKS)
    assert both.credit[HEIST] == pytest.approx(both.chosen[HEIST] / log2(3))
    (missing,) = evaluate([SNAPSHOT], [asked("xyzzy", {two: 1.0}, shown=(two, one))], ASKS)
    assert (missing.credit["xyzzy"], missing.chosen["xyzzy"]) == (0, 1)


def test_a_choice_counts_with_its_inverse_chance_of_being_looked_at() -> None:
    one, two = top()[:2]
    lessons = [asked(HEIST, {two: 1.0}, shown=(one, two)), asked("space", {two: 1.0}, shown=(two,), place=40)]
    (judged,) = evaluate([SNAPSHOT], lessons, ASKS)
    assert judged.chosen == {HEIST: 2, "space": MAX_INVERSE}
    fitted = replace(lessons[0], examined={two: 0.8}, choice_weights={two: 0.1})
    assert evaluate([SNAPSHOT], [fitted], ASKS)[0].chosen[HEIST] == pytest.approx(0.1 / 0.8)


def test_searches_without_a_choice_are_answered_but_not_judged() -> None:
    (judged,) = evaluate([SNAPSHOT], [asked(HEIST, {})], ASKS)
    assert judged.shown[HEIST] == tuple(top())
    assert (judged.ndcg, judged.chosen) == ({}, {})
    assert evaluate([SNAPSHOT], [], ASKS) == [Judged()]
    assert Judged().mean == 0


def test_a_text_is_asked_once_whoever_answers() -> None:
    texts: list[str] = []

    def counting(text: str) -> Question:
        texts.append(text)
        return ASKS(text)

    evaluate([SNAPSHOT, SNAPSHOT], [asked(HEIST, {105: 1.0}, str(n)) for n in range(5)], counting)
    assert texts == [HEIST]


def test_a_change_is_a_mean_of_choices_and_its_interval() -> None:
    """Half the weight loses .5, half gains .1; over two texts the interval is from one to the other."""
    candidate = Judged(credit={"a": 1.0, "b": 2.2}, chosen={"a": 2.0, "b": 2.0})
    champion = Judged(credit={"a": 2.0, "b": 2.0}, chosen={"a": 2.0, "b": 2.0})
    both, one = change(candidate, champion, 7), change(candidate, champion, 3, {"b", "c"})
    assert (both.n, one.n) == (7, 3)
    assert [both.mean, both.low, both.high] == pytest.approx([-0.2, -0.5, 0.1])
    assert [one.mean, one.low, one.high] == pytest.approx([0.1, 0.1, 0.1])
    assert change(candidate, champion, 0, set()) == Change(0)
    assert change(Judged(), Judged(), 0) == Change(0)


def test_more_texts_give_a_closer_interval() -> None:
    def low(n: int) -> float:
        texts = [str(k) for k in range(n)]
        gained = {text: 1.0 + 0.2 * (-1) ** k for k, text in enumerate(texts)}
        return change(
            Judged(credit=gained, chosen=dict.fromkeys(texts, 1.0)), Judged(credit=dict.fromkeys(texts, 1.0)), n
        ).low

    assert low(10) < low(100) < low(1_000) < 0


def test_two_folds_add_up() -> None:
    one = Judged({"a": 1.0}, {"t": (1,)}, {"t": 1.0}, {"t": 2.0})
    other = Judged({"b": 0.0}, {"t": (2,), "u": (3,)}, {"t": 0.0, "u": 1.0}, {"t": 1.0, "u": 1.0})
    both = one.plus(other)
    assert both.ndcg == {"a": 1.0, "b": 0.0}
    assert (both.credit, both.chosen) == ({"t": 1.0, "u": 1.0}, {"t": 3.0, "u": 1.0})


def test_questions_are_kept_while_they_fit() -> None:
    texts: list[str] = []

    def counting(text: str) -> Question:
        texts.append(text)
        return question(SNAPSHOT.index, SNAPSHOT.encoder, text)

    n_bytes = 8 * len(SNAPSHOT.index)
    kept = Kept(counting, at_most_bytes=2 * n_bytes)
    for _ in range(2):
        for text in ("heist", "space", "paris"):
            assert first(SNAPSHOT, kept(text)) == top(text)
    assert texts == ["heist", "space", "paris", "paris"]
    nothing = Kept(counting, at_most_bytes=0)
    nothing("heist")
    nothing("heist")
    assert texts[4:] == ["heist", "heist"]


def test_questions_of_texts_are_asked_when_looked_at() -> None:
    texts = Texts(["heist", "space"], ASKS)
    assert len(texts) == 2
    assert [asked.text for asked in texts] == ["heist", "space"]
    assert [asked.text for asked in texts[1:]] == ["space"]


def test_slices_follow_what_the_champion_remembers() -> None:
    vectors = SNAPSHOT.encoder.encode(["heist", "space"])
    memory = ClickMemory.empty(384).merged(
        ["heist", "space"],
        vectors,
        [("heist", 1, 3.0, FREQUENT / 2), ("heist", 2, 3.0, FREQUENT / 2), ("space", 1, 3.0, 0.5)],
        fade=1,
    )
    window = [asked(text, {101: 1.0}, text) for text in ("space", "heist", "paris")]
    found = {name: [lesson.text for lesson in of] for name, of in slices(memory, window).items()}
    assert found == {"frequent": ["heist"], "rare": ["space"], "never seen": ["paris"]}
    assert len(slices(ClickMemory.empty(384), window)["never seen"]) == 3


def test_gini_is_worked_by_hand() -> None:
    """Of four titles one is shown four times: 3/4. Each once: 0. One shown thrice, one once, of two: 1/4."""
    pool = [[1, 2, 3, 4]]
    assert list(spread([[1], [1], [1], [1]], pool)) == pytest.approx([1, 3 / 4])
    assert list(spread([[1, 2], [3, 4]], pool)) == pytest.approx([4, 0])
    assert list(spread([[1, 2], [1], [1]], [])) == pytest.approx([2, 1 / 4])
    assert spread([], pool) == spread([], []) == (0, 0.0)


def test_both_versions_are_timed_on_every_text() -> None:
    assert all(milliseconds > 0 for milliseconds in median_ms([SNAPSHOT, SNAPSHOT], ["heist", "space"]))
    assert median_ms([SNAPSHOT], []) == [0.0]


def test_a_slower_version_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that stands still but for what a search costs: 2 ms, of the other version 5, once in a while 50."""
    clock, asked = [0.0], Counter[int]()

    def costly(snapshot: Snapshot, _text: str, **_options: int) -> None:
        asked[snapshot.version] += 1
        hiccup = 50 if asked[snapshot.version] % 3 == 1 else 0
        clock[0] += (2 if snapshot.version == SNAPSHOT.version else 5) / 1000 + hiccup / 1000

    monkeypatch.setattr("training.ml.evaluate.search", costly)
    monkeypatch.setattr("training.ml.evaluate.time.thread_time", lambda: clock[0])
    other = replace(SNAPSHOT, version=SNAPSHOT.version + 1)
    assert median_ms([SNAPSHOT, other], ["heist", "space", "paris"]) == pytest.approx([2, 5])


def test_those_with_a_choice_are_judged_the_same_in_any_order() -> None:
    chosen = judged_lessons(LESSONS, 5)
    assert len(chosen) == 5
    assert all(lesson.gains for lesson in chosen)
    assert judged_lessons(list(reversed(LESSONS)), 5) == chosen
    assert judged_lessons(LESSONS, 6)[:5] == chosen, "more judged, the same ones among them"
    assert len(judged_lessons(LESSONS, 100)) == 20
    assert len(by_hash(LESSONS, 100)) == 30


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
