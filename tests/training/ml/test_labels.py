"""Who may teach, what a deed is worth, and how much one session or title may say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.ml.ranking import Source
from training.ml.caps import Past
from training.ml.examination import Examination
from training.ml.labels import Deed, Lesson, LoggedSearch, lessons
from training.ml.weighing import depth_weight

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
    """The third title was chosen; what was looked at follows from the places alone."""
    taught, counts = lessons([search(did("click", 3), did("like", 3))])
    assert taught == [
        Lesson(
            query_id="q1",
            text="space",
            shown=(1, 2, 3, 4, 5),
            gains={3: 1.0},
            against=frozenset(),
            examined={1: 1.0, 2: 1 / 2, 3: 1 / 3, 4: 1 / 4, 5: 1 / 5},
            weight=1.0,
            choice_weights={3: 1.0},
            who="ann",
            session="s1",
            propensity=(1.0,) * 5,
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
        (did("click", 2, after=-0.01), "before the answer"),
        (did("click", 2, after=0), "too fast"),
        (did("click", 2, after=0.299 / 60), "too fast"),
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


@pytest.mark.parametrize(
    "deed", [did("click", 2, after=0.3 / 60), did("click", 2, after=30), did("dwell", 2, value=10.0)]
)
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


@pytest.mark.parametrize(
    ("said", "taken_back"),
    [("like", "undo"), ("seen", "undo"), ("not_for_me", "undo"), ("dislike", "undo"),
     ("watchlist_add", "watchlist_remove")],
)  # fmt: skip
def test_what_was_taken_back_teaches_neither_for_nor_against(said: str, taken_back: str) -> None:
    taught, counts = lessons([search(did(said, 2), did(taken_back, 2, after=2), did("click", 4))])
    assert (taught[0].gains, taught[0].against) == ({4: 0.25}, frozenset())
    assert (counts["dropped: taken back"], counts["dropped: neither choice nor refusal"]) == (1, 1)


def test_what_is_said_again_after_it_was_taken_back_counts() -> None:
    assert only(search(did("like", 2), did("undo", 2, after=2), did("like", 2, after=3))).gains == {2: 1.0}


def test_taking_back_an_opinion_leaves_what_was_done() -> None:
    """Whoever refuses by mistake has opened the title all the same."""
    assert only(search(did("click", 2), did("not_for_me", 2, after=2), did("undo", 2, after=3))).gains == {2: 0.25}
    assert only(search(did("like", 2), did("watchlist_remove", 2, after=2))).gains == {2: 1.0}


def test_it_is_taken_back_on_whatever_page_by_the_same_client_only() -> None:
    first = search(did("like", 2), did("like", 3))
    second = search(did("undo", 2, after=9), did("undo", 3, who="bob", after=9), query_id="q2")
    taught, counts = lessons([second, first])
    assert {lesson.query_id: lesson.gains for lesson in taught if lesson.gains} == {"q1": {3: 1.0}}
    assert counts["dropped: taken back"] == 1


def test_a_robot_takes_nothing_back() -> None:
    assert only(search(did("like", 2), did("undo", 2, after=2, is_robot=True))).gains == {2: 1.0}


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
    assert [Examination()(place) for place in (1, 2, 4)] == [1, 0.5, 0.25]
    assert only(search(shown=(7, 8, 9))).examined == {7: 1.0, 8: 0.5, 9: pytest.approx(1 / 3)}
    page_two = only(search(shown=(7, 8), first_position=21))
    assert page_two.examined == {
        title: pytest.approx(Examination()(k) * depth_weight(k)) for title, k in [(7, 21), (8, 22)]
    }
    assert page_two.first_position == page_two.place(7) == 21


def test_a_first_page_counts_in_full_and_what_is_below_ever_less() -> None:
    """(20/40)^4 = 1/16."""
    assert [depth_weight(place) for place in (1, 20, 40, 60, 61)] == [1, 1, 1 / 16, pytest.approx(1 / 81), 0]
    choice = only(search(did("click", 1), shown=(1,), first_position=40))
    assert (choice.choice_weights, choice.weight) == ({1: 1 / 16}, 1 / 256)


def test_a_choice_from_too_far_down_is_dropped_and_may_be_made_again_further_up() -> None:
    deep = search(did("click", 1), first_position=61)
    near = search(did("click", 1, after=6), query_id="q2", at=NOON + timedelta(minutes=5))
    taught, counts = lessons([deep, near])
    assert [lesson.gains for lesson in taught] == [{}, {1: 0.25}]
    assert counts["dropped: too far down"] == 1


def test_a_choice_or_a_refusal_does_not_change_what_was_looked_at() -> None:
    assert (
        only(search(did("dislike", 2))).examined == only(search(did("click", 5))).examined == only(search()).examined
    )


def test_the_same_client_looks_at_a_title_once_a_day_for_a_text() -> None:
    later, tomorrow = NOON + timedelta(hours=1), NOON + timedelta(days=1)
    taught, _ = lessons(
        [
            search(),
            search(query_id="q2", at=later, shown=(1, 6)),
            search(query_id="q3", at=later, text="war", shown=(1,)),
            search(query_id="q4", at=later, who="bob", shown=(1,)),
            search(query_id="q5", at=tomorrow, shown=(1,)),
        ]
    )
    assert [set(lesson.examined) for lesson in taught] == [{1, 2, 3, 4, 5}, {6}, {1}, {1}, {1}]


def test_a_double_click_counts_once_even_over_midnight() -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    before = search(at=midnight - timedelta(minutes=5))
    first = replace(did("click", 2), at=midnight - timedelta(seconds=10))
    for seconds, dropped in ((10, 1), (20, 1), (21, 0)):
        second = replace(did("click", 2), at=midnight + timedelta(seconds=seconds))
        taught, counts = lessons([replace(before, deeds=(first, second))])
        assert counts["dropped: double click"] == dropped
        assert taught[0].gains == {2: 0.25}
    other_page = replace(before, query_id="q2", deeds=(replace(did("click", 2), at=midnight + timedelta(seconds=9)),))
    taught, counts = lessons([replace(before, deeds=(first,)), other_page])
    assert counts["dropped: double click"] == 1
    assert counts["choices"] == 1


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


def test_a_session_is_heard_thirty_times() -> None:
    pages = [search(did("click", n), query_id=f"q{n:02}", shown=range(1, 41)) for n in range(1, 36)]
    taught, counts = lessons(pages)
    assert sum(bool(lesson.gains) for lesson in taught) == 30
    assert counts["dropped: busy session"] == 5
    assert sum(sum(lesson.choice_weights.values()) for lesson in taught) <= 10


def test_a_client_with_many_sessions_weighs_as_much_as_one() -> None:
    pages = [search(did("click", n), query_id=f"q{n:02}", session=f"s{n}", shown=range(1, 41)) for n in range(1, 21)]
    taught, _ = lessons(pages)
    assert [lesson.weight for lesson in taught] == [0.5] * 20


def crowd(titles: Iterable[int], *, place: int = 1, queries: int = 1) -> list[LoggedSearch]:
    """Each title chosen at that place by a client of its own, on pages of 20; the queries in turn."""
    return [
        search(
            did("click", title, who=f"c{n}"), query_id=f"q{n:03}", who=f"c{n}", session=f"s{n}",
            text=f"space {n % queries}", shown=(*range(1001, 1000 + place), title, *range(1100, 1120 - place)),
        )
        for n, title in enumerate(titles)
    ]  # fmt: skip


def test_a_title_that_many_look_at_first_and_choose_is_not_held() -> None:
    taught, counts = lessons(crowd([1] * 300))
    assert {lesson.choice_weights[1] for lesson in taught} == {1.0}
    assert [lesson.weight for lesson in taught] == [pytest.approx((10 / 300) ** 2)] * 300  # for the titles beside it
    assert (counts["pairs held"], counts["titles held by the surge cap"], counts["titles that surged"]) == (0, 0, 0)


def test_a_title_that_surges_where_few_look_is_held_at_the_cap() -> None:
    """60 people choose what stands tenth, for 20 queries: looked at 60/10 times, and 10 more are believed."""
    taught, counts = lessons([*crowd([1] * 60, place=10, queries=20)])
    assert (counts["titles held by the surge cap"], counts["titles that surged"]) == (1, 1)
    assert [lesson.choice_weights for lesson in taught] == [{1: pytest.approx(16 / 60)}] * 60
    assert [lesson.weight for lesson in taught] == [pytest.approx((10 / 60) ** 2)] * 60


def test_in_a_large_window_the_cap_is_a_share() -> None:
    """Of 240 choices of other titles 3 × 2 % are believed beyond looks: 14.4, and 60/10 looks."""
    others = [replace(page, query_id=f"o{page.query_id}") for page in crowd(range(2, 242))]
    taught, _ = lessons([*crowd([1] * 60, place=10, queries=20), *others])
    assert taught[-1].choice_weights == {1: pytest.approx(20.4 / 60)}


def test_what_was_chosen_before_raises_the_cap_of_the_famous_and_uses_up_the_floor_of_the_others() -> None:
    """Of 800 + 200 imagined choices title 1 had (40 + 4)/1000, so 3 × .044 × 40; title 2 but 4/1000, as nobody saw
    what was chosen.
    """
    trailing = {1: Past(40.0, 0.0), 2: Past(0.0, 10.0), 3: Past(750.0, 0.0)}
    others = [replace(page, query_id=f"o{page.query_id}") for page in crowd(range(4, 44))]
    known, _ = lessons([*crowd([1] * 60, place=10, queries=20), *others], trailing=trailing)
    assert known[-1].choice_weights == {1: pytest.approx((6 + 3 * 0.044 * 40) / 60)}
    again, _ = lessons([*crowd([2] * 60, place=10, queries=20), *others], trailing=trailing)
    assert again[-1].choice_weights == {2: pytest.approx((6 + 3 * 0.004 * 40) / 60)}


def test_a_small_site_is_heard_in_full() -> None:
    """25 searches for one thing, five people choose the same title at place 8: nothing is held."""
    shown = tuple(range(1, 21))
    pages = [
        search(*([did("click", 8, who=f"c{n}")] if n % 5 == 0 else []), query_id=f"q{n:02}", who=f"c{n}",
               session=f"c{n}", shown=shown)
        for n in range(25)
    ]  # fmt: skip
    taught, counts = lessons(pages)
    assert [lesson.choice_weights for lesson in taught if lesson.gains] == [{8: 1.0}] * 5
    assert (counts["pairs held"], counts["titles held by the surge cap"]) == (0, 0)


def test_a_pair_is_held_at_three_more_than_looked_at_it() -> None:
    """Nine clients choose what stands tenth: looked at nine times 1/10, so 3.9 of 9 count."""
    pages = [
        search(did("click", 10, who=f"c{n}"), query_id=f"q{n}", who=f"c{n}", session=f"c{n}", shown=range(1, 21))
        for n in range(9)
    ]
    taught, counts = lessons(pages)
    assert counts["pairs held"] == 1
    assert taught[0].choice_weights == {10: pytest.approx(3.9 / 9)}


@pytest.mark.parametrize("refusal", ["not_for_me", "dislike"])
def test_a_title_is_refused_by_few_more_than_chose_it(refusal: str) -> None:
    """40 refuse what two chose: 3 + 2 of 40 count."""
    pages = crowd([1] * 2) + [
        replace(page, query_id=f"r{n}", who=f"r{n}", session=f"r{n}", deeds=(did(refusal, 1, who=f"r{n}"),))
        for n, page in enumerate(crowd([1] * 40))
    ]
    taught, counts = lessons(pages)
    assert [lesson.refusal_weights for lesson in taught if lesson.against] == [{1: pytest.approx(5 / 40)}] * 40
    assert counts["titles refused in a surge"] == 1
    assert taught[-1].weight == pytest.approx((5 / 40) ** 2)  # nor are its looks doubt


def test_a_held_title_keeps_some_weight_for_ever() -> None:
    """A weight of nothing would divide by nothing in the trainer."""
    taught, _ = lessons(crowd([1] * 5, place=20), trailing={1: Past(0.0, 500.0)})
    assert 0 < taught[0].weight < 0.1


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


@pytest.mark.parametrize(("action", "gains"), [("like", {2: 1.0}), ("seen", {2: 0.25}), ("not_for_me", {})])
def test_what_is_done_twice_on_a_page_counts_once_and_is_counted(action: str, gains: dict[int, float]) -> None:
    at_once = did(action, 2), did(action, 2, after=1.01), did(action, 2, after=2)
    (lesson,), counts = lessons([search(*at_once)])
    assert lesson.gains == gains
    assert counts["dropped: done before on that page"] == 2
    assert counts["interactions"] == 3


def test_a_slow_second_click_on_a_page_is_counted_as_well() -> None:
    _, counts = lessons([search(did("click", 2), did("click", 2, after=1.1), did("click", 2, after=2))])
    assert counts["dropped: double click"] == 1
    assert counts["dropped: done before on that page"] == 1


def test_two_things_done_to_a_title_are_no_repetition() -> None:
    _, counts = lessons([search(did("click", 2), did("dwell", 2, value=1.0), did("dwell", 2, value=20.0))])
    assert {reason for reason in counts if reason.startswith("dropped")} == {"dropped: short dwell"}


def test_what_an_editor_pinned_teaches_nothing_and_keeps_its_place() -> None:
    """Chosen, refused or passed over: title 2 says nothing, and title 3 is still the third."""
    pinned = (4, Source.PINNED, 4, 4 | Source.PINNED, 4)
    deeds = did("click", 2), did("not_for_me", 4), did("like", 3), did("click", 9)
    (lesson,), counts = lessons([search(*deeds, source=pinned)])
    assert lesson.shown == (1, 2, 3, 4, 5)
    assert lesson.gains == {3: 1.0}
    assert lesson.against == frozenset()
    assert lesson.examined == {1: 1.0, 3: 1 / 3, 5: 1 / 5}
    assert lesson.pinned == {2, 4}
    assert counts["dropped: pinned"] == 2
    assert counts["dropped: not shown"] == 1, "as ever"
    assert lessons([search(*deeds)])[0][0].gains == {2: 0.25, 3: 1.0}, "without an editor"


def test_a_title_that_was_chosen_where_it_was_pinned_may_be_chosen_again_where_it_is_not() -> None:
    first = search(did("click", 2), source=(4, Source.PINNED, 4, 4, 4))
    second = search(did("click", 2, after=1.2), query_id="q2", at=NOON + timedelta(minutes=1))
    (one, two), counts = lessons([first, second])
    assert (one.gains, two.gains) == ({}, {2: 0.25})
    assert not counts["dropped: same choice that day"] + counts["dropped: double click"]
    assert two.examined == {2: 1 / 2}, "it had not been looked at"
