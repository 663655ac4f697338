"""Who may teach, what a deed is worth, and how much one session or title may say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recommender.ml.questions import MAX_QUERY_LENGTH
from training.ml.labels import Deed, Lesson, LoggedSearch, examination, lessons

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def did(action: str, title_id: int, *, who: str = "ann", after: float = 1.0, **more: Any) -> Deed:
    """after: minutes since noon."""
    return Deed(action, title_id, who, NOON + timedelta(minutes=after), **more)


def search(*deeds: Deed, query_id: str = "q1", shown: Iterable[int] = (1, 2, 3, 4, 5), **more: Any) -> LoggedSearch:
    shown = tuple(shown)
    plain = LoggedSearch(query_id, "space", "ann", "s1", NOON, shown, (1.0,) * len(shown), deeds=deeds)
    return replace(plain, **more)


def only(*searches: LoggedSearch) -> Lesson:
    (lesson,), _ = lessons(searches)
    return lesson


def test_it_works() -> None:
    """The third title was chosen: everything above it was looked at, below it 1/4 and 1/5."""
    taught, counts = lessons([search(did("click", 3), did("like", 3))])
    assert taught == [
        Lesson(
            query_id="q1",
            text="space",
            shown=(1, 2, 3, 4, 5),
            gains={3: 1.0},
            against=frozenset(),
            examined={1: 1.0, 2: 1.0, 3: 1.0, 4: 0.25, 5: 0.2},
            weight=1.0,
            choice_weights={3: 1.0},
        )
    ]
    assert {name: count for name, count in counts.items() if count} == {
        "searches": 1, "interactions": 2, "choices": 1, "used": 1, "used with a choice": 1,
    }  # fmt: skip


def test_without_searches_nothing_is_taught() -> None:
    taught, counts = lessons([])
    assert taught == []
    assert not any(counts.values())


@pytest.mark.parametrize(
    ("action", "gain"), [("click", 0.25), ("seen", 0.25), ("dwell", 0.5), ("watchlist_add", 0.75), ("like", 1.0)]
)
def test_a_deed_is_worth_what_it_took(action: str, gain: float) -> None:
    assert only(search(did(action, 2, value=60.0))).gains == {2: gain}


def test_the_strongest_deed_counts_in_whatever_order_they_came() -> None:
    deeds = did("click", 2), did("watchlist_add", 2), did("dwell", 2, value=30.0)
    assert only(search(*deeds)).gains == only(search(*reversed(deeds))).gains == {2: 0.75}


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (did("click", 2, is_robot=True), "robot"),
        (did("click", 9), "not shown"),
        (did("click", 2, who="bob"), "other client"),
        (did("click", 2, after=30.01), "too late"),
        (did("click", 2, after=-0.01), "too late"),
        (did("dwell", 2, value=9.9), "short dwell"),
        (did("dwell", 2), "short dwell"),
        (did("impression", 2), "neither choice nor refusal"),
        (did("undo", 2), "neither choice nor refusal"),
        (did("no such action", 2), "neither choice nor refusal"),
    ],
)
def test_an_ineligible_deed_is_counted_by_reason_and_teaches_nothing(deed: Deed, reason: str) -> None:
    (lesson,), counts = lessons([search(deed)])
    assert lesson.gains == {}
    assert lesson.against == frozenset()
    assert counts[f"dropped: {reason}"] == 1
    assert (counts["choices"], counts["used"], counts["used with a choice"]) == (0, 1, 0)


@pytest.mark.parametrize("deed", [did("click", 2, after=0), did("click", 2, after=30), did("dwell", 2, value=10.0)])
def test_the_limits_themselves_are_eligible(deed: Deed) -> None:
    assert only(search(deed)).gains


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_robot": True}, "robot"),
        ({"text": ""}, "nothing asked or shown"),
        ({"shown": ()}, "nothing asked or shown"),
        ({"text": "and " * 501}, "text too long"),
    ],
)
def test_an_ineligible_search_is_counted_by_reason(changes: dict[str, Any], reason: str) -> None:
    taught, counts = lessons([search(did("click", 2), **changes)])
    assert taught == []
    assert counts[f"dropped: {reason}"] == counts["searches"] == 1
    assert counts["used"] == 0


def test_the_longest_text_that_can_be_asked_again_teaches() -> None:
    assert only(search(did("click", 2), text="a" * MAX_QUERY_LENGTH)).gains


@pytest.mark.parametrize("refusal", ["not_for_me", "dislike"])
def test_a_refusal_outweighs_a_choice_of_the_same_title(refusal: str) -> None:
    (lesson,), counts = lessons([search(did("click", 2), did(refusal, 2), did("like", 3))])
    assert lesson.gains == {3: 1.0}
    assert lesson.against == {2}
    assert counts["dropped: refused as well"] == 1


def test_one_choice_per_client_title_and_day_belongs_to_the_first_search() -> None:
    first = search(did("click", 2))
    again = search(did("like", 2, after=6), query_id="q2", at=NOON + timedelta(minutes=5))
    taught, counts = lessons([again, first])  # in whatever order they are read
    assert [(lesson.query_id, lesson.gains) for lesson in taught] == [("q1", {2: 0.25}), ("q2", {})]
    assert counts["dropped: same choice that day"] == 1
    assert counts["choices"] == 1


def test_another_client_another_title_or_another_day_is_another_choice() -> None:
    tomorrow = NOON + timedelta(days=1)
    taught, counts = lessons(
        [
            search(did("click", 2)),
            search(did("click", 3), query_id="q2"),
            search(did("click", 2, who="bob"), query_id="q3", who="bob"),
            search(did("click", 2, after=1441), query_id="q4", at=tomorrow),
        ]
    )
    assert sum(bool(lesson.gains) for lesson in taught) == counts["choices"] == 4


def test_a_choice_that_an_earlier_window_counted_is_not_counted_again() -> None:
    (lesson,), counts = lessons([search(did("click", 2), did("click", 3))], earlier=[("ann", 2, date(2026, 3, 1))])
    assert lesson.gains == {3: 0.25}
    assert counts["dropped: same choice that day"] == 1
    assert only(search(did("click", 2))).gains, "earlier choices are the caller's to name"


def test_examination_falls_with_the_place_and_goes_on_over_pages() -> None:
    assert [examination(place) for place in (1, 2, 4)] == [1, 0.5, 0.25]
    assert only(search(shown=(7, 8, 9))).examined == {7: 1.0, 8: 0.5, 9: pytest.approx(1 / 3)}
    page_two = only(search(shown=(7, 8), first_position=21))
    assert page_two.examined == {7: pytest.approx(1 / 21), 8: pytest.approx(1 / 22)}
    assert page_two.first_position == 21


def test_a_refusal_shows_that_the_page_was_read_down_to_it() -> None:
    assert only(search(did("dislike", 2))).examined == {1: 1, 2: 1, 3: pytest.approx(1 / 3), 4: 0.25, 5: 0.2}


def test_a_slate_that_an_earlier_window_counted_is_not_examined_again() -> None:
    late = only(search(did("click", 3), was_learnt=True))
    assert late.examined == {}
    assert late.gains == {3: 0.25}


def test_a_session_weighs_no_more_than_ten_choices() -> None:
    """Session s1: 16 searches of one choice each, so each weighs 10/16. Session s2 is its own."""
    busy = [search(did("click", n), query_id=f"q{n:02}", shown=range(1, 17)) for n in range(1, 17)]
    quiet = search(did("click", 1, who="bob"), query_id="z", who="bob", session="s2", shown=range(1, 17))
    taught, _ = lessons([*busy, quiet])
    assert [lesson.weight for lesson in taught] == [0.625] * 16 + [1.0]
    assert sum(lesson.weight for lesson in taught[:16]) == 10


def test_a_search_without_a_choice_fills_its_session_too_and_refusals_count_as_deeds() -> None:
    idle = [search(query_id=f"q{n:02}") for n in range(18)]
    taught, _ = lessons([*idle, search(did("click", 1), did("dislike", 2), query_id="z")])
    assert {lesson.weight for lesson in taught} == {0.5}  # 18 idle ones and one of two deeds


def test_a_title_that_surges_is_held_at_the_cap() -> None:
    """30 people choose title 1 and 30 choose 1 title each: 5 % of 60 is 3, so the floor of 5 holds: 5/30."""
    crowd = [
        search(
            did("click", title, who=f"c{n}"), query_id=f"q{n:02}", who=f"c{n}", session=f"s{n}", shown=range(1, 40)
        )
        for n, title in enumerate([1] * 30 + list(range(2, 32)))
    ]
    taught, counts = lessons(crowd)
    assert counts["titles held by the surge cap"] == 1
    assert [lesson.choice_weights for lesson in taught[:30]] == [{1: pytest.approx(5 / 30)}] * 30
    assert [lesson.choice_weights for lesson in taught[30:]] == [{title: 1.0} for title in range(2, 32)]
    assert {lesson.weight for lesson in taught} == {1.0}


def test_in_a_large_window_the_cap_is_a_share() -> None:
    """60 choices of title 1 among 300: 5 % of 300 is 15, so each counts 15/60."""
    crowd = [
        search(
            did("click", title, who=f"c{n}"), query_id=f"q{n:03}", who=f"c{n}", session=f"s{n}", shown=range(1, 260)
        )
        for n, title in enumerate([1] * 60 + list(range(2, 242)))
    ]
    taught, _ = lessons(crowd)
    assert taught[0].choice_weights == {1: pytest.approx(0.25)}


def test_the_order_of_reading_does_not_matter() -> None:
    searches = [
        search(
            did("click", 1 + n % 3, after=n), query_id=f"q{n}", at=NOON + timedelta(minutes=n), who=who, session=who
        )
        for n, who in enumerate(["ann", "bob", "ann", "eve", "ann"])
    ]
    assert lessons(searches) == lessons(reversed(searches))


def test_the_name_of_a_title_stays_marked() -> None:
    assert only(search(did("click", 2), names_title=True)).names_title
