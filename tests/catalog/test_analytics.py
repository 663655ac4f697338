"""What the log says of the site, against the same figures counted by hand and counted slowly."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.analytics import (
    Share,
    Window,
    by_version,
    exposure,
    learning_health,
    overview,
    queries_without_click,
    queries_without_results,
    top_queries,
    top_titles,
)
from catalog.models import Interaction, SearchEvent, Title

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WEEK = Window(NOON - timedelta(days=6), NOON + timedelta(days=1))
ANNA, BEN = uuid4(), uuid4()


@pytest.fixture
def films(db: None) -> list[Title]:
    return [Title.objects.create(external_id=f"tt{n}", name=f"Film {n}", year=2000 + n) for n in range(12)]


def page(
    shown: list[Title], *, client: UUID | None = ANNA, text: str = "alien", at: datetime = NOON, **more: Any
) -> SearchEvent:
    values = {
        "search_id": uuid4(), "client_id": client, "raw_text": text, "normalised_text": text, "query_class": "title",
        "surface": "html", "model_version": 1, "latency_ms": 10.0, "shown": [film.pk for film in shown],
        "propensity": [1.0] * len(shown), "source": [1] * len(shown), "created": at,
    }  # fmt: skip
    return SearchEvent.objects.create(**values | more)


def do(film: Title, search: SearchEvent | None, action: str = "click", **more: Any) -> Interaction:
    values = {
        "id": uuid4(), "title": film, "query_id": search.pk if search else None, "action_name": action,
        "client_id": search.client_id if search else ANNA, "occurred": NOON,
        "created": (search.created if search else NOON) + timedelta(seconds=9),
    }  # fmt: skip
    return Interaction.objects.create(**values | more)


def test_it_works(films: list[Title]) -> None:
    first = page(films[:4], latency_ms=30.0)
    second = page(films[4:8], search_id=first.search_id, first_position=5, latency_ms=999.0)
    do(films[5], second, position=1)
    do(films[0], first, created=NOON + timedelta(hours=1))
    page([], client=BEN, text="nothing of that name", at=NOON - timedelta(days=1))
    found = overview(WEEK)
    assert (found.searches, found.people) == (2, 2)
    assert (found.clicked, found.without_results, found.without_click) == (
        Share.of(1, 2), Share.of(1, 2), Share.of(0, 2),
    )  # fmt: skip
    assert found.mean_first_click_position == 6, "of the first click, and by the page's word"
    assert (found.latency_ms_p50, found.latency_ms_p95) == (20, 29), "of first pages"
    assert [(day.day.day, day.searches, day.people, day.clicked.n) for day in found.days] == [
        (4, 0, 0, 0), (5, 0, 0, 0), (6, 0, 0, 0), (7, 0, 0, 0), (8, 0, 0, 0), (9, 1, 1, 0), (10, 1, 1, 1),
        (11, 0, 0, 0),
    ]  # fmt: skip


def test_an_empty_log_says_nothing_and_does_not_fail() -> None:
    found = overview(WEEK)
    assert (found.searches, found.people, found.clicked) == (0, 0, Share(0, 0, None, None, None))
    assert found.mean_first_click_position is found.latency_ms_p50 is found.latency_ms_p95 is None
    assert top_queries(WEEK) == queries_without_click(WEEK) == queries_without_results(WEEK) == []
    assert top_titles(WEEK) == []
    assert by_version(WEEK) == []
    assert (exposure(WEEK).gini, exposure(WEEK).coverage) == (None, Share.of(0, 0))
    assert (learning_health(WEEK).events, learning_health(WEEK).by_fate) == (0, {})


@pytest.mark.parametrize("count", [overview, top_queries, top_titles, by_version, exposure, learning_health])
def test_each_is_one_or_two_statements(count: Callable[[Window], object], films: list[Title]) -> None:
    page(films)
    with CaptureQueriesContext(connection) as statements:
        count(WEEK)
    asked = [each["sql"] for each in statements if "catalog_" in each["sql"]]
    assert 1 <= len(asked) <= 2


def test_robots_and_lists_that_nobody_asked_for_are_left_out(films: list[Title]) -> None:
    robot, home = page(films, is_robot=True), page(films, surface="home")
    do(films[0], robot, is_robot=True)
    do(films[0], home)
    do(films[1], page(films), is_robot=True)
    found = overview(WEEK)
    assert (found.searches, found.people, found.clicked.n) == (1, 1, 0)
    assert top_queries(WEEK, min_people=1)[0].searches == 1
    assert {film.impressions for film in top_titles(WEEK)} == {1}
    assert {film.clicked.n for film in top_titles(WEEK)} == {0}
    assert by_version(WEEK)[0].searches == 1
    assert exposure(WEEK).impressions == 10


def test_the_window_is_of_the_servers_clock_and_half_open(films: list[Title]) -> None:
    page(films, at=WEEK.since, text="first")
    page(films, at=WEEK.until, text="too late")
    page(films, at=WEEK.since - timedelta(microseconds=1), text="too early")
    assert [query.text for query in top_queries(WEEK, min_people=1)] == ["first"]
    assert overview(WEEK).searches == 1


def test_days_are_of_utc_and_end_with_the_window(films: list[Title]) -> None:
    page(films, at=datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC))
    page(films, at=datetime(2026, 3, 10, 0, 0, tzinfo=UTC))
    east = datetime(2026, 3, 11, 2, tzinfo=UTC).astimezone().tzinfo
    days = overview(Window(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC).astimezone(east))).days
    assert [(day.day.isoformat(), day.searches, day.people) for day in days] == [
        ("2026-03-09", 1, 1),
        ("2026-03-10", 1, 1),
    ]


def test_an_account_is_one_person_in_all_its_browsers(films: list[Title], django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("anna")
    for client in (ANNA, BEN, uuid4()):
        page(films, client=client, user=user)
    page(films, client=None)
    assert overview(WEEK).people == 1
    assert [(query.searches, query.people) for query in top_queries(WEEK, min_people=1)] == [(4, 1)]
    assert top_queries(WEEK, min_people=2) == []


def test_refined_is_the_same_person_asking_something_else_at_once(films: list[Title]) -> None:
    def ask(text: str, minutes: float, client: UUID | None = ANNA) -> None:
        page(films, text=text, at=NOON + timedelta(minutes=minutes), client=client)

    ask("alein", 0)  # refined
    ask("alien", 2)
    ask("alien", 3)  # the same again
    ask("heat", 20)  # refined
    ask("okja", 24)  # too long before the next
    ask("dark", 40)
    ask("heat", 0, None)
    ask("okja", 1, None)  # nobody known
    ask("alien", 2.5, BEN)
    assert overview(WEEK).refined == Share.of(2, 7)


def test_a_click_counts_where_the_page_showed_the_title(films: list[Title]) -> None:
    shown = page(films[:3])
    do(films[7], shown)
    do(films[1], None)
    assert overview(WEEK).clicked.n == by_version(WEEK)[0].clicked.n == 0
    do(films[2], shown, action="like")
    assert overview(WEEK).clicked.n == 0
    do(films[2], shown)
    assert overview(WEEK).clicked.n == by_version(WEEK)[0].clicked.n == 1


def test_no_single_persons_words_are_shown(films: list[Title]) -> None:
    people = [uuid4() for _ in range(5)]
    for client in people:
        page(films, client=client, text="heist")
        page([], client=client, text="hiest of the cetury")
    for _ in range(9):
        page(films, text="anna’s secret")
        page([], text="anna’s other secret")
    page(films, client=None, text="of nobody known")
    page(films, text="", client=ANNA, may_teach=False)
    assert [query.text for query in top_queries(WEEK)] == ["heist", "hiest of the cetury"]
    assert [query.text for query in queries_without_results(WEEK)] == ["hiest of the cetury"]
    assert [query.text for query in queries_without_click(WEEK)] == ["heist"]
    assert {query.text for query in top_queries(WEEK, min_people=1)} == {
        "anna’s secret", "anna’s other secret", "heist", "hiest of the cetury",
    }  # fmt: skip
    for refused in (0, -1):
        with pytest.raises(ValueError, match="min_people"):
            top_queries(WEEK, min_people=refused)


def test_people_of_another_list_lend_no_cover(films: list[Title]) -> None:
    """Five asked for it, but only one in vain: that one's failure is not shown."""
    for client in [uuid4() for _ in range(4)]:
        page(films, client=client)
    page([])
    assert [query.people for query in top_queries(WEEK)] == [5]
    assert queries_without_results(WEEK) == []
    assert [query.searches for query in queries_without_results(WEEK, min_people=1)] == [1]


def test_titles_in_every_order(films: list[Title]) -> None:
    first, second = page(films[:3]), page(films[1:3], client=BEN)
    do(films[1], first)
    do(films[1], first)  # the same page: one
    do(films[1], second)
    do(films[2], second)
    for n in range(3):
        do(films[0], None, action="like", client_id=uuid4())
        do(films[n], None, action=["dislike", "not_for_me", "not_for_me"][n])
    found = {film.item_id: film for film in top_titles(WEEK)}
    assert [(film.item_id, film.clicked.n) for film in top_titles(WEEK)] == [("tt1", 2), ("tt2", 1), ("tt0", 0)]
    assert [film.item_id for film in top_titles(WEEK, order="impressions", limit=2)] == ["tt1", "tt2"]
    assert top_titles(WEEK, order="likes")[0].item_id == "tt0"
    assert found["tt1"].clicked == Share.of(2, 2)
    assert (found["tt0"].likes, found["tt0"].refusals, found["tt0"].name, found["tt0"].year) == (3, 1, "Film 0", 2000)
    with pytest.raises(ValueError, match="order"):
        top_titles(WEEK, order="name; DROP TABLE")  # type: ignore[arg-type]


def test_versions_say_when_they_served(films: list[Title]) -> None:
    for version, hours in ((3, 0), (4, 1), (4, 5)):
        at = page(films, model_version=version, at=NOON + timedelta(hours=hours))
    do(films[0], at)
    newest, oldest = by_version(WEEK)
    assert (newest.version, newest.clicked) == (4, Share.of(1, 2))
    assert (newest.first_served, newest.last_served) == (NOON + timedelta(hours=1), NOON + timedelta(hours=5))
    assert (oldest.version, oldest.searches, oldest.first_served) == (3, 1, NOON)


def test_exposure_of_all_alike_and_of_one(films: list[Title]) -> None:
    for start in range(12):
        page([films[(start + n) % 12] for n in range(12)])  # the last two are below the tenth place
    alike = exposure(WEEK)
    assert (alike.impressions, alike.coverage) == (120, Share.of(12, 12))
    assert alike.gini == pytest.approx(0, abs=1e-12)
    SearchEvent.objects.all().delete()
    for _ in range(5):
        page(films[:1])
    assert exposure(WEEK).gini == pytest.approx(11 / 12)
    Title.objects.filter(pk=films[0].pk).update(is_published=False)
    hidden = exposure(WEEK)
    assert (hidden.impressions, hidden.coverage, hidden.gini) == (0, Share.of(0, 11), None)


def test_learning_health(films: list[Title]) -> None:
    shown, home = page(films[:3]), page(films[:3], surface="home")
    do(films[0], shown)
    do(films[0], shown, action="like")
    do(films[9], shown)
    do(films[0], home)
    do(films[0], None)
    do(films[0], shown, is_robot=True)
    do(films[0], shown, may_teach=False)
    do(films[0], shown, query_id=uuid4())
    do(films[0], shown, created=WEEK.until)
    runs = [
        {"searches": 5, "interactions": 4, "choices": 2, "used": 2, "dropped: robot": 1, "dropped: too late": 1},
        {"searches": 3, "interactions": 2, "choices": 1, "used": 1, "dropped: too late": 2},
    ]
    found = learning_health(WEEK, runs)
    assert (found.events, found.may_teach) == (8, 2)
    assert found.by_fate == {
        "not shown": 1, "other surface": 1, "no search named": 1, "robot": 1, "learning off": 1, "unknown search": 1,
    }  # fmt: skip
    assert (found.n_runs, found.read, found.choices, found.lessons) == (2, {"searches": 8, "interactions": 6}, 3, 3)
    assert list(found.dropped.items()) == [("too late", 3), ("robot", 1)]
    assert learning_health(WEEK).n_runs == 0


@pytest.mark.parametrize(
    ("n", "n_of", "low", "high"),
    # Made with scipy.stats.binomtest(n, n_of).proportion_ci(method="wilson").
    [(0, 10, 0.0, 0.2775327998628892), (1, 10, 0.017876213095072896, 0.4041500267952385),
     (10, 10, 0.7224672001371107, 1.0), (500, 1000, 0.4690696003681042, 0.5309303996318958)],
)  # fmt: skip
def test_wilson(n: int, n_of: int, low: float, high: float) -> None:
    share = Share.of(n, n_of)
    assert share.low == pytest.approx(low, abs=1e-9)
    assert share.high == pytest.approx(high, abs=1e-9)
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= n / n_of <= share.high <= 1


def test_shares_of_nothing_and_of_too_much() -> None:
    assert Share.of(0, 0) == Share(0, 0, None, None, None)
    for n, n_of in ((2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="no part"):
            Share.of(n, n_of)


def test_windows() -> None:
    usual = Window.of(until=NOON)
    assert usual.until - usual.since == timedelta(days=7)
    assert Window.of(NOON - timedelta(days=90), NOON).until == NOON
    assert abs(Window.of().until - datetime.now(UTC)) < timedelta(minutes=1)
    for since, until in (
        (NOON - timedelta(days=90, microseconds=1), NOON),
        (NOON, NOON),
        (NOON, NOON - timedelta(days=1)),
        (NOON.replace(tzinfo=None), NOON),
        (None, datetime.min.replace(tzinfo=UTC)),
    ):
        with pytest.raises(ValueError, match=r"days|later|zone|week"):
            Window.of(since, until)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_counted_slowly(films: list[Title], seed: int, django_user_model: Any) -> None:
    draw = random.Random(seed)
    people = [(uuid4(), None) for _ in range(6)] + [(None, None)]
    people += [(uuid4(), django_user_model.objects.create_user(f"u{n}")) for n in range(2)]
    pages: list[SearchEvent] = []
    deeds: list[Interaction] = []
    for n in range(150):
        again = pages and draw.random() < 0.2
        client, user = draw.choice(people)
        pages.append(
            page(
                draw.sample(films, draw.choice([0, 1, 4, 12])),
                client=pages[-1].client_id if again else client,
                user=pages[-1].user if again else user,
                text=pages[-1].normalised_text if again else draw.choice(["a", "b", "c", "d", ""]),
                search_id=pages[-1].search_id if again else uuid4(),
                first_position=pages[-1].first_position + 20 if again else 1,
                at=WEEK.since + timedelta(minutes=draw.random() * 60 * 24 * 6 if not again else 0, seconds=n)
                if not again else pages[-1].created + timedelta(microseconds=n + 1),
                surface=pages[-1].surface if again else draw.choice(["html", "html", "api", "home"]),
                is_robot=pages[-1].is_robot if again else draw.random() < 0.1,
                model_version=draw.randrange(3), latency_ms=draw.random() * 100,
            )
        )  # fmt: skip
        for _ in range(draw.randrange(3)):
            more = {"is_robot": draw.random() < 0.1, "created": NOON + timedelta(seconds=len(deeds))}
            deeds.append(
                do(draw.choice(films), pages[-1], draw.choice(["click", "click", "like", "not_for_me"]), **more)
            )

    asked = [each for each in pages if each.surface != "home" and not each.is_robot]
    first = sorted((each for each in asked if each.first_position == 1), key=lambda each: each.created)
    by_id = {each.pk: each for each in asked}
    good = [
        deed for deed in deeds
        if deed.action_name == "click" and not deed.is_robot and deed.query_id in by_id
        and deed.title_id in by_id[deed.query_id].shown
    ]  # fmt: skip
    place: dict[UUID, int] = {}
    for deed in good:
        assert deed.query_id
        shower = by_id[deed.query_id]
        place.setdefault(shower.search_id, shower.first_position + shower.shown.index(deed.title_id))

    def who(each: SearchEvent) -> object:
        return each.user_id or each.client_id

    found = overview(WEEK)
    assert found.searches == len(first)
    assert found.people == len({who(each) for each in first} - {None})
    assert found.clicked.n == len(place)
    assert found.without_results.n == sum(not each.shown and each.search_id not in place for each in first)
    assert found.clicked.n + found.without_results.n + found.without_click.n == len(first)
    assert found.mean_first_click_position == pytest.approx(sum(place.values()) / len(place))
    cuts = quantiles((each.latency_ms for each in first), n=100, method="inclusive")
    assert found.latency_ms_p50 == pytest.approx(cuts[49])
    assert found.latency_ms_p95 == pytest.approx(cuts[94])
    for day in found.days:
        that_day = [each for each in first if each.created.date() == day.day]
        assert (day.searches, day.people) == (len(that_day), len({who(each) for each in that_day} - {None}))
        assert day.clicked.n == sum(each.search_id in place for each in that_day)

    by_text = defaultdict(list)
    for each in first:
        if each.normalised_text:
            by_text[each.normalised_text].append(each)
    expected = {
        text: (len(of), len({who(each) for each in of} - {None}), sum(each.search_id in place for each in of))
        for text, of in by_text.items()
    }
    counted = top_queries(WEEK, min_people=1)
    assert {query.text: (query.searches, query.people, query.clicked.n) for query in counted} == expected
    assert [query.searches for query in counted] == sorted((n for n, _, _ in expected.values()), reverse=True)

    impressions = Counter(title_id for each in asked for title_id in each.shown)
    clicks = Counter(title_id for title_id, _ in {(deed.title_id, deed.query_id) for deed in good})
    likes = Counter(deed.title_id for deed in deeds if deed.action_name == "like" and not deed.is_robot)
    key = {film.external_id: film.pk for film in films}
    for title in top_titles(WEEK):
        pk = key[title.item_id]
        assert (title.impressions, title.clicked.n, title.likes) == (impressions[pk], clicks[pk], likes[pk])

    for version in by_version(WEEK):
        of_it = [each for each in first if each.model_version == version.version]
        assert (version.searches, version.clicked.n) == (len(of_it), sum(each.search_id in place for each in of_it))

    top_ten = Counter(title_id for each in first for title_id in each.shown[:10])
    x = [top_ten[film.pk] for film in films]
    pairs = sum(abs(one - other) for one in x for other in x)
    assert exposure(WEEK).gini == pytest.approx(pairs / (2 * len(x) * sum(x)))  # the definition, by pairs
    assert exposure(WEEK).coverage.n == sum(n > 0 for n in x)
