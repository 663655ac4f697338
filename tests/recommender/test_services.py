"""Search as pages and API call it: ranked, filtered, hydrated, logged, page by page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from catalog.event_log import Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender import services, serving
from recommender.answers.answer import Answer
from recommender.answers.paging import BadCursor, Cursor
from recommender.ml import explore
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Source

pytestmark = pytest.mark.django_db
CRIME = Filters(genres=frozenset({"Crime"}))
STORY = "crime drama heist"  # seven of the planted films fit, none by its name


def ask(text: str = STORY, **options: Any) -> Answer:
    return services.search(text, Visitor(), surface="html", **options)


def names(*pages: Answer) -> list[str]:
    return [item.title.name for page in pages for item in page.items]


def test_it_works(standing_world: list[Title]) -> None:
    visitor = Visitor(client_id=uuid4(), session_id=uuid4())
    answer = services.search("the god father", visitor, surface="html")
    assert [item.title.name for item in answer.items][:1] == ["The Godfather"]
    assert answer.items[0].match == "exact"
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert logged.shown == [item.title.pk for item in answer.items]
    assert (logged.raw_text, logged.normalised_text) == ("the god father", "the god father")
    assert (logged.client_id, logged.model_version) == (visitor.client_id, 0)
    assert len(logged.propensity) == len(logged.source) == len(logged.shown)
    assert logged.xid > 0


def test_a_click_on_a_place_is_logged_once(standing_world: list[Title]) -> None:
    visitor = Visitor(client_id=uuid4())
    answer = services.search("incepton", visitor, surface="html")
    assert answer.corrected_query == "Inception"
    for _ in range(2):
        assert services.record_click(answer.query_id, 1, visitor) == answer.items[0].title
    assert Interaction.objects.filter(query_id=answer.query_id, action_name="click").count() == 1


@pytest.mark.parametrize("position", [0, 99, 2**40])
def test_a_click_on_a_place_that_was_not_shown_is_refused(standing_world: list[Title], position: int) -> None:
    answer = services.search("incepton", Visitor(), surface="html")
    assert services.record_click(answer.query_id, position, Visitor()) is None
    assert services.record_click(uuid4(), 1, Visitor()) is None
    assert not Interaction.objects.exists()


def test_text_that_postgres_cannot_keep_is_a_query_like_any_other(standing_world: list[Title]) -> None:
    answer = services.search("alien\x00 \ud800", Visitor(), surface="api")
    assert SearchEvent.objects.get(pk=answer.query_id).raw_text == "alien\ufffd ?"


# ---- filters


def test_filters_narrow_and_are_logged_with_what_the_text_said(standing_world: list[Title]) -> None:
    answer = ask("films from the 1970s", filters=CRIME, facets=services.FACETS)
    assert names(answer) == ["The Godfather"]
    assert SearchEvent.objects.get().filters == {
        "asked": {"genres": ["Crime"]},
        "said": [
            {"field": "kind", "value": "movie", "label": "Movies", "start": 0, "end": 5},
            {"field": "years", "value": "1970-1979", "label": "1970s", "start": 6, "end": 20},
        ],
    }
    assert answer.facets["genres"] == [("Crime", 1), ("Drama", 1)]
    assert answer.facets["years"] == [("1970s", 1)]


def test_filters_alone_are_answered_with_the_famous_titles_that_pass(standing_world: list[Title]) -> None:
    answer = ask("", filters=CRIME)
    assert names(answer) == ["The Godfather", "Ocean's Eleven", "Heat"]
    assert {item.reason for item in answer.items} == {"Well known"}
    assert SearchEvent.objects.get().raw_text == ""


def test_a_value_that_nobody_has_finds_nothing_and_is_named(standing_world: list[Title]) -> None:
    answer = ask("", filters=Filters(genres=frozenset({"Foo"}), without_genres=frozenset({"Bar"})))
    assert (answer.items, answer.quality) == ([], "low")
    assert [(warning.code, warning.parameter) for warning in answer.warnings] == [("unknown_value", "genres")] * 2
    assert "Foo" in answer.warnings[0].detail
    assert "Bar" in answer.warnings[1].detail
    assert "Drama" in answer.themes


def test_leaving_out_what_nobody_has_leaves_all_and_is_told(standing_world: list[Title]) -> None:
    answer = ask(
        "", filters=replace(CRIME, without_genres=frozenset({"Horor"}), without_people=frozenset({"Nobody"}))
    )
    assert names(answer) == names(ask("", filters=CRIME))
    assert [warning.detail for warning in answer.warnings] == [
        "No title has the genre “Horor”.", "No title has the person “Nobody”.",
    ]  # fmt: skip


def test_who_was_in_it_can_be_left_out(standing_world: list[Title]) -> None:
    answer = ask("", filters=replace(CRIME, without_people=frozenset({"michael mann"})))
    assert names(answer) == ["The Godfather", "Ocean's Eleven"]
    assert SearchEvent.objects.get().filters["asked"] == {"genres": ["Crime"], "people": ["-michael mann"]}


def test_a_person_is_the_reason_where_one_was_asked_for(standing_world: list[Title]) -> None:
    said, asked = ask("ridley scott"), ask("", filters=Filters(people=frozenset({"ridley scott"})))
    for answer in (said, asked):
        assert [item.reason for item in answer.items] == ["Directed by Ridley Scott"]
    assert said.query_class == "person"


def test_what_the_log_keeps_of_filters_is_storable(standing_world: list[Title]) -> None:
    ask("x\x00", filters=Filters(people=frozenset({"a\ufffdb"})))
    assert SearchEvent.objects.get().filters["asked"] == {"people": ["a\ufffdb"]}


def test_a_text_that_the_encoder_does_not_read_whole_is_said_to_be_cut(
    standing_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not ask().is_cut_off
    monkeypatch.setattr(serving.current().encoder, "reads", lambda text: False)
    answer = ask()
    assert answer.is_cut_off
    assert [warning.code for warning in answer.warnings] == ["encoder_truncated"]


# ---- pages


def all_pages(limit: int, between: Callable[[], None] = lambda: None, **options: Any) -> list[Answer]:
    pages = [ask(limit=limit, **options)]
    while pages[-1].next_cursor and len(pages) < 20:
        between()
        pages.append(ask(limit=limit, cursor=pages[-1].next_cursor, **options))
    return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("asked", [{}, {"text": "", "filters": Filters(year_min=1900)}], ids=["text", "browse"])
def test_pages_together_are_the_whole(standing_world: list[Title], limit: int, asked: dict[str, Any]) -> None:
    whole, pages = ask(**asked), all_pages(limit, **asked)
    assert names(*pages) == names(whole)
    assert len(whole.items) == whole.total > 5
    assert {page.total for page in pages} == {whole.total}
    assert [item.position for page in pages for item in page.items] == list(range(1, whole.total + 1))
    assert len({page.search_id for page in pages}) == 1


def test_another_version_between_pages_repeats_nothing_and_skips_nothing(
    standing_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page comes from a version that ranks the other way round."""
    ways = iter([-5.0, 5.0] * 10)

    def turn() -> None:
        snapshot = serving.current()
        weights = snapshot.state.weights
        turned = np.full_like(weights.feature_weights, next(ways))
        state = replace(snapshot.state, weights=replace(weights, feature_weights=turned))
        newer = replace(snapshot, version=snapshot.version + 1, state=state)
        monkeypatch.setattr(serving._serving, "snapshot", newer)

    whole = set(names(ask("", filters=Filters(year_min=1900))))
    pages = all_pages(3, turn, text="", filters=Filters(year_min=1900))
    shown = names(*pages)
    assert len(shown) == len(set(shown))
    assert set(shown) == whole
    assert {page.total for page in pages} == {len(whole)}
    assert len({page.model_version for page in pages}) == len(pages)


def test_a_page_loaded_again_is_the_same_page(standing_world: list[Title]) -> None:
    first, second, third = all_pages(3)
    assert names(ask(limit=3, cursor=first.next_cursor)) == names(second)
    assert names(ask(limit=3, cursor=second.next_cursor)) == names(third)
    assert names(ask(limit=3, cursor=Cursor(first.search_id, 0))) == names(first)


def test_a_page_may_be_longer_than_the_one_before(standing_world: list[Title]) -> None:
    first = ask(limit=2)
    second = ask(limit=4, cursor=first.next_cursor)
    ask(limit=1, cursor=first.next_cursor)  # another way on from the same page changes nothing
    third = ask(limit=20, cursor=second.next_cursor)
    assert names(first, second, third) == names(ask())


def test_a_title_that_leaves_meanwhile_ends_nothing(standing_world: list[Title]) -> None:
    whole = names(ask())
    Title.objects.filter(name=whole[1]).update(is_published=False)
    assert names(*all_pages(2)) == [name for name in whole if name != whole[1]]


def test_the_last_page_has_no_next_and_behind_it_is_nothing(standing_world: list[Title]) -> None:
    whole = ask()
    assert whole.next_cursor is None
    behind = ask(cursor=Cursor(whole.search_id, whole.total))
    assert (behind.items, behind.total, behind.next_cursor) == ([], whole.total, None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"text": "heat"}, "another text"),
        ({"filters": CRIME}, "other filters"),
        ({"cursor": Cursor(uuid4(), 3)}, "not known"),
    ],
)
def test_a_cursor_continues_only_its_own_search(
    standing_world: list[Title], asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadCursor, match=said):
        ask(**{"cursor": ask(limit=3).next_cursor} | asked)


def test_a_cursor_cannot_jump_ahead(standing_world: list[Title]) -> None:
    with pytest.raises(BadCursor, match="behind what its search has shown"):
        ask(cursor=Cursor(ask(limit=3).search_id, 5))


def test_a_slate_of_the_home_page_is_no_search_to_continue(standing_world: list[Title]) -> None:
    with pytest.raises(BadCursor, match="not known"):
        ask("", filters=CRIME, cursor=Cursor(services.home(Visitor()).search_id, 3))


def test_a_further_page_costs_one_more_query(
    standing_world: list[Title], django_assert_num_queries: Callable[[int], Any]
) -> None:
    ask(limit=10)  # titles are at hand then
    with django_assert_num_queries(2):
        first = ask(limit=3)
    with django_assert_num_queries(3):
        ask(limit=3, cursor=first.next_cursor)


# ---- exploration

EVERYTHING = "films"  # all ten of the planted world


@pytest.fixture
def exploring(settings: Settings) -> None:
    settings.EXPLORATION_RATE = 1.0


def explored(answer: Answer) -> list[int]:
    return [item.position for item in answer.items if "explored" in item.sources]


def first_explored(**options: Any) -> tuple[Answer, Visitor]:
    """What the first of many visitors got for whom two titles changed places."""
    for number in range(1, 50):
        visitor = Visitor(client_id=UUID(int=number))
        answer = services.search(EVERYTHING, visitor, surface="html", **options)
        if explored(answer):
            return answer, visitor
    pytest.fail("nobody was shown a swap")


@pytest.mark.usefixtures("exploring")
def test_a_swap_is_logged_with_its_odds_and_told(standing_world: list[Title]) -> None:
    answer, _ = first_explored()
    first, second = explored(answer)
    plain = names(services.search(EVERYTHING, Visitor(is_robot=True), surface="html"))
    assert len(plain) == 10
    plain[first - 1], plain[second - 1] = plain[second - 1], plain[first - 1]
    assert names(answer) == plain
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert [place for place, bits in enumerate(logged.source, 1) if bits & Source.EXPLORED] == [first, second]
    assert logged.propensity == [item.propensity for item in answer.items]
    assert logged.propensity[first - 1] == logged.propensity[second - 1] < 0.5
    assert all(0 < odds < 1 for odds in logged.propensity)


@pytest.mark.usefixtures("exploring")
def test_a_visitor_sees_the_same_page_again_and_others_see_others(standing_world: list[Title]) -> None:
    answer, visitor = first_explored()
    again = services.search(EVERYTHING, visitor, surface="html")
    assert names(again) == names(answer)
    pages = {tuple(names(ask(EVERYTHING))) for _ in range(40)}  # nobody known: each search has a draw of its own
    assert len(pages) > 1


@pytest.mark.usefixtures("exploring")
def test_robots_and_who_asked_nothing_see_the_ranking_itself(standing_world: list[Title]) -> None:
    for number in range(20):
        robot = Visitor(client_id=UUID(int=number), is_robot=True)
        person = Visitor(client_id=UUID(int=number))
        pages = [
            services.search(EVERYTHING, robot, surface="html"),
            services.search("", person, surface="html", filters=Filters(year_min=1900)),
            *(row for _, row in services.home(person).rows),
        ]
        assert [len(page.items) for page in pages] == [10, 10, 8]
        for page in pages:
            assert {item.propensity for item in page.items} == {1.0}


def test_without_a_rate_nothing_is_tried(standing_world: list[Title]) -> None:
    assert all(item.propensity == 1.0 for _ in range(20) for item in ask(EVERYTHING).items)


@pytest.mark.usefixtures("exploring")
def test_pages_join_where_a_title_came_up_from_the_next(
    standing_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore, "MIN_PLACES", 4)  # the planted world has no second page of ten
    monkeypatch.setattr(explore, "MAX_SHARE", 0.5)
    monkeypatch.setattr(explore, "FROM_PLACE", 1)
    explore._swaps.cache_clear()
    whole = set(names(ask(EVERYTHING, limit=20)))
    came_up = 0
    for _ in range(12):
        pages = all_pages(4, text=EVERYTHING)
        shown = names(*pages)
        assert len(shown) == len(set(shown))
        assert set(shown) == whole
        assert {page.total for page in pages} == {len(whole)}
        assert not any(explored(page) for page in pages[1:])
        came_up += len(explored(pages[0])) == 1
    explore._swaps.cache_clear()
    assert came_up > 0


@pytest.mark.usefixtures("exploring")
def test_going_back_to_the_first_page_shows_it_as_it_was(standing_world: list[Title]) -> None:
    for _ in range(10):
        first = ask(EVERYTHING)
        assert names(ask(EVERYTHING, cursor=Cursor(first.search_id, 0))) == names(first)


# ---- more like these


def test_titles_like_several_are_none_of_them(standing_world: list[Title]) -> None:
    seeds = [title for title in standing_world if title.name in ("Heat", "Alien")]
    answer = services.similar(seeds, Visitor(), limit=20)
    assert not {"Heat", "Alien"} & set(names(answer))
    assert answer.total == len(answer.items) > 3
    logged = SearchEvent.objects.get()
    assert (logged.surface, logged.raw_text, logged.filters) == ("similar", "Alien, Heat", {})
