"""Which rows a visitor gets, in which order, and what may stand in them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import SearchEvent, Title
from catalog.signals import Kind, Said
from recommender import services, serving
from recommender.answers.hiding import opinions_of
from recommender.home import newest, rows
from recommender.home.rows import LEAST, N_CARDS, Row
from recommender.home.themes import THEMES
from recommender.ml import engine
from recommender.ml.affinity import Affinity
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Source
from recommender.services import searching
from recommender.taste import personal
from tests import worlds
from tests.recommender.conftest import KINDS_OF_FILMS, N_OF_EACH

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)
ANNA = Visitor(client_id=UUID(int=1))
NEWCOMERS_ROWS = ["popular", "theme", "new", "different"]


def of_kind(titles: list[Title], kind: str) -> list[Title]:
    """The films of one kind, the most famous first."""
    start = list(KINDS_OF_FILMS).index(kind) * N_OF_EACH
    return titles[start : start + N_OF_EACH]


def say(title: Title, kind: str, visitor: Visitor = ANNA, **facts: Any) -> None:
    assert visitor.owner is not None
    signals.say(visitor.owner, Said(title.pk, kind, **facts))


def plan(visitor: Visitor = ANNA, day: date = TODAY, **options: Any) -> dict[str, Row]:
    snapshot = serving.current()
    planned = rows.plan(
        snapshot,
        visitor,
        day,
        mine=personal.of(visitor, snapshot),
        hidden=opinions_of(visitor).hidden(snapshot.index),
        **options,
    )
    assert len({row.name for row in planned}) == len(planned)
    return {row.name: row for row in planned}


def shown(*planned: Row) -> list[int]:
    return [hit.title_id for row in planned for hit in row.ranking.hits]


def everything(planned: dict[str, Row]) -> list[int]:
    return shown(*planned.values())


# ---- which rows


def test_a_newcomer_gets_good_rows_at_once(full_house: list[Title]) -> None:
    planned = plan()
    assert list(planned) == NEWCOMERS_ROWS
    assert {len(row.ranking.hits) for row in planned.values()} == {N_CARDS}
    most_famous = sorted(full_house, key=lambda title: -(title.popularity or 0))
    assert shown(planned["popular"]) == [title.pk for title in most_famous[:N_CARDS]]


def test_somebody_with_likes_gets_their_own_rows_first(full_house: list[Title]) -> None:
    for title in of_kind(full_house, "vampire")[:2]:
        say(title, Kind.LIKE)
    assert list(plan()) == ["for_you", "because", "new", "theme", "different", "popular"]


def test_no_title_stands_on_the_page_twice(full_house: list[Title]) -> None:
    for title in of_kind(full_house, "space")[:3]:
        say(title, Kind.LIKE)
    services.search("courtroom drama", ANNA, surface="html")
    for day in range(10):
        ids = everything(plan(day=TODAY + timedelta(days=day)))
        assert len(ids) == len(set(ids)) > 5 * N_CARDS


def test_a_second_listing_of_a_work_is_the_same_title(
    full_house: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = serving.current().index
    popular = shown(plan()["popular"])
    work = index.facets.work.copy()
    work[index.row_of_title[popular[1]]] = work[index.row_of_title[popular[0]]]
    object.__setattr__(index.facets, "work", work)
    try:
        assert popular[1] not in everything(plan())
    finally:
        monkeypatch.undo()
        work[index.row_of_title[popular[1]]] = index.row_of_title[popular[1]]
    assert popular[1] in everything(plan())


def test_a_row_that_would_be_short_is_left_out(full_house: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan()
    free = [title.pk for title in full_house if title.pk not in shown(planned["popular"], planned["theme"])]
    monkeypatch.setattr(rows, "newest", lambda _index: free[:LEAST])
    assert len(plan()["new"].ranking.hits) == LEAST
    monkeypatch.setattr(rows, "newest", lambda _index: free[: LEAST - 1])
    assert "new" not in plan()


def test_a_catalogue_of_three_titles_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "newest", lambda _index: [])
    small = worlds.snapshot(worlds.FILMS[:3])
    planned = rows.plan(small, Visitor(), TODAY, mine=None)
    assert [(row.name, shown(row)) for row in planned] == [("popular", [101, 102, 103])]
    assert rows.plan(worlds.snapshot([]), Visitor(), TODAY, mine=None) == []


def test_what_stands_elsewhere_on_the_page_is_in_no_row(full_house: list[Title]) -> None:
    elsewhere = everything(plan())[::3]
    assert not set(elsewhere) & set(everything(plan(without=elsewhere)))


# ---- taste


@pytest.mark.parametrize("kind", [Kind.NOT_FOR_ME, Kind.SEEN])
def test_hidden_titles_are_in_no_row_whatever_the_switch_says(full_house: list[Title], kind: str) -> None:
    hidden = everything(plan())[::2]
    for title in full_house:
        if title.pk in hidden:
            say(title, kind)
    for visitor in (ANNA, Visitor(client_id=ANNA.client_id, personalise=False)):
        assert not set(hidden) & set(everything(plan(visitor)))


@pytest.mark.parametrize("kind", [Kind.LIKE, Kind.RATING, Kind.OPENED, Kind.WATCHLIST])
def test_what_somebody_knows_is_not_for_them_again(full_house: list[Title], kind: str) -> None:
    for title in of_kind(full_house, "robot")[:2]:
        say(title, Kind.LIKE)
    known = full_house[full_house.index(Title.objects.get(pk=shown(plan()["for_you"])[0]))]
    say(known, kind, value=4.5 if kind == Kind.RATING else None)
    planned = plan()
    assert known.pk not in shown(planned["for_you"], planned["because"], planned["different"])
    if kind in (Kind.LIKE, Kind.RATING):
        assert known.pk not in everything(planned)


def test_for_you_is_of_the_kind_somebody_likes(full_house: list[Title]) -> None:
    for title in of_kind(full_house, "vampire")[:3]:
        say(title, Kind.LIKE)
    vampires = {title.pk for title in of_kind(full_house, "vampire")}
    assert len(vampires & set(shown(plan()["for_you"]))) >= N_CARDS // 2


def test_every_favourite_has_a_say_and_none_fills_the_row(full_house: list[Title]) -> None:
    for kind in ("vampire", "boxing", "wedding"):
        say(of_kind(full_house, kind)[2], Kind.LIKE)
    row = plan()["for_you"]
    assert row.mine is not None
    rows_of = np.array([serving.current().index.row_of_title[title_id] for title_id in shown(row)])
    loudest = row.mine.tastes.contributions(row.mine.taste, rows_of).argmax(axis=0)
    counts = np.bincount(loudest, minlength=3)
    assert counts.min() >= 1
    assert counts.max() <= N_CARDS // 2


def test_taste_decides_for_you_even_where_everybody_chooses_something_else(
    full_house: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attention as few people make it: a third of all choices goes to three films of another kind."""
    snapshot = serving.current()
    crowd = sorted(title.pk for title in of_kind(full_house, "robot")[:3])
    seen = replace(Affinity.nothing(), attended=np.array(crowd), attention=np.full(3, 11, np.float32))
    monkeypatch.setattr(serving._serving, "snapshot", replace(snapshot, state=replace(snapshot.state, affinity=seen)))
    for title in of_kind(full_house, "vampire")[:3]:
        say(title, Kind.LIKE)
    first = shown(plan()["for_you"])
    vampires = {title.pk for title in of_kind(full_house, "vampire")}
    assert first[0] in vampires
    assert len(vampires & set(first)) >= N_CARDS // 2


def test_dislikes_alone_make_nothing_for_you(full_house: list[Title]) -> None:
    for title in full_house[:3]:
        say(title, Kind.NOT_FOR_ME)
    assert list(plan()) == ["new", "theme", "different", "popular"]


def test_because_you_liked_depends_on_what(full_house: list[Title]) -> None:
    lists = {}
    for number, kind in enumerate(("vampire", "boxing"), start=1):
        visitor, seed = Visitor(client_id=UUID(int=number)), of_kind(full_house, kind)[4]
        say(seed, Kind.LIKE, visitor)
        row = plan(visitor)["because"]
        assert row.heading == f"Because you liked \u2068{seed.name}\u2069"
        lists[kind] = set(shown(row))
        assert seed.pk not in lists[kind]
        assert row.more is not None
        assert row.more.address == f"{seed.get_absolute_url()}#similar-heading", "a search would find a namesake"
    assert len(lists["vampire"] & lists["boxing"]) < 0.3 * N_CARDS


@pytest.mark.parametrize(("kind", "value", "is_one"), [
    (Kind.RATING, 5.0, True), (Kind.RATING, 4.0, True), (Kind.RATING, 3.5, False), (Kind.OPENED, None, False),
    (Kind.WATCHLIST, None, False),
])  # fmt: skip
def test_only_a_favourite_is_a_because(full_house: list[Title], kind: str, value: float | None, is_one: bool) -> None:
    say(full_house[0], kind, value=value)
    assert ("because" in plan()) == is_one


def test_because_is_of_the_newest_favourites_and_changes_with_the_day(full_house: list[Title]) -> None:
    for place, title in enumerate(full_house[::10]):
        say(title, Kind.LIKE, said=timezone.now() - timedelta(days=place))
    days = {plan(day=TODAY + timedelta(days=day))["because"].about for day in range(20)}
    newest_names = {title.name for title in full_house[::10][: rows.N_SEEDS]}
    assert 1 < len(days) <= rows.N_SEEDS
    assert days <= newest_names


def test_who_wants_nothing_personal_gets_what_everybody_gets(full_house: list[Title]) -> None:
    for title in of_kind(full_house, "space")[:3]:
        say(title, Kind.LIKE)
    services.search("courtroom drama", ANNA, surface="html")
    assert list(plan(Visitor(client_id=ANNA.client_id, personalise=False))) == NEWCOMERS_ROWS
    assert "for_you" not in plan(Visitor(client_id=ANNA.client_id, strength=0.0))


def test_a_robot_gets_rows_and_is_remembered_by_nothing(full_house: list[Title]) -> None:
    robots = [Visitor(client_id=UUID(int=number), is_robot=True) for number in range(3)]
    pages = [everything(plan(robot)) for robot in robots]
    assert pages[0] == pages[1] == pages[2]


# ---- continue


def search(text: str, visitor: Visitor = ANNA, **options: Any) -> list[int]:
    return [item.title.pk for item in services.search(text, visitor, surface="html", **options).items]


def test_the_last_search_goes_on_with_what_was_not_opened(full_house: list[Title]) -> None:
    found = search("courtroom drama")
    say(Title.objects.get(pk=found[1]), Kind.OPENED)
    planned = plan()
    row = planned["continue"]
    assert row.heading == "Continue your search: “\u2068courtroom drama\u2069”"
    in_for_you = set(shown(planned["for_you"])) if "for_you" in planned else set()
    left = [title_id for title_id in found if title_id != found[1] and title_id not in in_for_you]
    assert shown(row) == left[:N_CARDS]
    assert row.more is not None
    assert row.more.address == "/search/?q=courtroom+drama"


def test_earlier_searches_are_links_with_their_filters(full_house: list[Title]) -> None:
    search("pirates", filters=Filters(genres=frozenset({"Action"}), year_min=1950))
    search("wedding chaos")
    search("wedding  chaos!")  # the same once more
    search("vampires")
    row = plan()["continue"]
    assert row.about == "vampires"
    assert [link.words for link in row.links] == ["\u2068wedding  chaos!\u2069", "\u2068pirates\u2069"]
    assert QueryDict(row.links[1].address.partition("?")[2]).dict() == {
        "q": "pirates", "genres": "Action", "year_min": "1950",
    }  # fmt: skip


@pytest.mark.parametrize("whose", [
    Visitor(client_id=UUID(int=2)), Visitor(client_id=ANNA.client_id, user_id=7),
    Visitor(client_id=ANNA.client_id, may_teach=False), Visitor(client_id=ANNA.client_id, is_robot=True), Visitor(),
])  # fmt: skip
def test_nobody_continues_the_search_of_another(full_house: list[Title], whose: Visitor) -> None:
    search("courtroom drama")
    assert "continue" in plan()
    assert "continue" not in plan(whose)


def test_what_an_account_searched_for_stays_with_it(full_house: list[Title], django_user_model: Any) -> None:
    signed_in = Visitor(client_id=ANNA.client_id, user_id=django_user_model.objects.create_user("anna").pk)
    search("courtroom drama", signed_in)
    assert "continue" in plan(Visitor(client_id=UUID(int=9), user_id=signed_in.user_id))
    assert "continue" not in plan()  # the same browser, signed out


def test_a_search_of_long_ago_is_over(full_house: list[Title]) -> None:
    search("courtroom drama")
    SearchEvent.objects.update(created=timezone.now() - timedelta(days=31))
    assert "continue" not in plan()


def test_searches_that_found_nothing_or_were_no_searches_are_not_continued(full_house: list[Title]) -> None:
    search("xqzzk vvrtw")
    services.similar([full_house[0]], ANNA)
    services.home(ANNA)
    assert "continue" not in plan()


# ---- chance


def test_a_page_loaded_again_is_the_same_page_and_tomorrows_is_another(full_house: list[Title]) -> None:
    assert everything(plan()) == everything(plan())
    for name in ("theme", "different"):
        drawn = {plan(day=TODAY + timedelta(days=day))[name].heading for day in range(12)}
        assert len(drawn) >= 4, name


def test_the_theme_suits_the_taste_and_something_different_does_not(full_house: list[Title]) -> None:
    for title in of_kind(full_house, "vampire")[:4]:
        say(title, Kind.LIKE)
    suits, differs = set(), set()
    for day in range(8):
        planned = plan(day=TODAY + timedelta(days=day))
        suits |= _genres(planned["theme"])
        differs |= _genres(planned["different"])
    assert {"Horror", "Fantasy"} & suits
    assert not {"Horror", "Fantasy"} & differs


def test_something_different_is_little_known_drawn_and_says_so(full_house: list[Title]) -> None:
    index = serving.current().index
    row = plan()["different"]
    assert "drawn by lot" in row.note
    odds = {hit.propensity for hit in row.ranking.hits}
    assert len(odds) == 1
    assert 1 / rows.N_DRAWN_FROM <= odds.pop() <= 1 / LEAST
    for hit in row.ranking.hits:
        assert Source.EXPLORED in hit.sources
        assert 0 < index.prior[index.row_of_title[hit.title_id]] < np.median(index.prior[index.prior > 0])


def test_what_nobody_counted_votes_of_is_not_called_little_known(full_house: list[Title]) -> None:
    index = serving.current().index
    unknown = replace(index, prior=np.zeros_like(index.prior))
    assert not rows._little_known(unknown).any()
    assert rows._little_known(index).sum() == len(index) // 2


def test_a_row_of_a_theme_has_what_the_theme_is_about(full_house: list[Title]) -> None:
    index = serving.current().index
    for day in range(8):
        row = plan(day=TODAY + timedelta(days=day))["theme"]
        theme = next(theme for theme in THEMES if theme.text == row.about)
        fits = [rows._speaks_for(index, theme, hit) for hit in row.ranking.hits]
        assert all(fits) or sum(fits) < N_CARDS, row.about


def test_every_theme_leads_to_a_search_of_its_own() -> None:
    texts = [theme.text for theme in THEMES]
    assert len(set(texts)) == len(texts) > 20
    headings = {str(theme.heading) for theme in THEMES}
    assert len(headings) == len(texts)


def _genres(row: Row) -> set[str]:
    theme = next(theme for theme in THEMES if theme.text == row.about)
    return set(theme.genres)


# ---- new


def test_new_here_is_what_was_listed_last_by_fame(full_house: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    late = [title for title in full_house if title.pk not in everything(plan())][:6]
    Title.objects.filter(pk__in=[title.pk for title in late]).update(added_on=date(2999, 1, 1))
    monkeypatch.setattr(newest, "N_NEWEST", 6)
    found = newest.newest.__wrapped__(serving.current().index)  # type: ignore[attr-defined]
    assert set(found) == {title.pk for title in late}
    monkeypatch.setattr(rows, "newest", lambda _index: found)
    by_fame = sorted(late, key=lambda title: -(title.popularity or 0))
    assert shown(plan()["new"]) == [title.pk for title in by_fame]


def test_among_titles_of_one_day_the_latest_year_is_newest(full_house: list[Title]) -> None:
    years = dict(Title.objects.values_list("pk", "year"))
    found = [years[pk] for pk in newest.newest.__wrapped__(serving.current().index)]  # type: ignore[attr-defined]
    assert found == sorted(found, key=lambda year: -(year or 0))


def test_new_here_leads_to_the_latest_years_in_order(
    full_house: list[Title], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all titles a search would put only the best known in order."""
    Title.objects.filter(pk=full_house[-1].pk).update(kind="show")
    for module in (newest, searching):
        monkeypatch.setattr(module, "MAX_DEPTH", 12)
    first = newest.latest_years_from.__wrapped__(serving.current().index)  # type: ignore[attr-defined]
    monkeypatch.setattr(rows, "latest_years_from", lambda _index: first)
    link = plan()["new"].more
    assert link is not None
    assert link.words == "The latest by year"
    assert client.get(link.address, headers={"User-Agent": "Mozilla/5.0"}).status_code == 200
    years = dict(Title.objects.values_list("pk", "year"))
    found = [years[pk] for pk in SearchEvent.objects.latest("id").shown]
    latest = sorted((year or 0 for year in years.values()), reverse=True)
    assert 4 <= len(found) < 12
    assert found == latest[: len(found)]


def test_latest_years_of_any_catalogue() -> None:
    def years_from(*years: int) -> int:
        index = worlds.snapshot().index
        facets = replace(index.facets, years=np.array(years, np.int16))
        return int(newest.latest_years_from.__wrapped__(replace(index, facets=facets)))  # type: ignore[attr-defined]

    assert years_from() == years_from(0, 0) == 0
    assert years_from(0, 1999, 1931) == 1931
    assert years_from(*[2020] * 400, *[2010] * 700) == 2011
    assert years_from(*[2020] * 1_100) == 2020


def test_it_is_looked_up_once_for_each_catalogue(full_house: list[Title], django_assert_num_queries: Any) -> None:
    index = serving.current().index
    newest.newest(index)
    with django_assert_num_queries(0):
        newest.newest(index)
    with django_assert_num_queries(1):
        newest.newest(worlds.snapshot().index)


def test_a_name_of_any_length_and_direction_stays_in_its_heading(full_house: list[Title]) -> None:
    assert rows._shortened("שלום") == "\u2068שלום\u2069"
    long = rows._shortened("x" * 300)
    assert len(long) == rows.MAX_NAME + 2
    assert long.endswith("…\u2069")


def test_popular_takes_what_is_left(full_house: list[Title]) -> None:
    say(full_house[0], Kind.LIKE)
    planned = plan()
    above = [title_id for name, row in planned.items() if name != "popular" for title_id in shown(row)]
    wanted = [hit.title_id for hit in engine.popular(serving.current(), limit=96).hits]
    left = [title_id for title_id in wanted if title_id not in above and title_id != full_house[0].pk]
    assert shown(planned["popular"]) == left[:N_CARDS]
