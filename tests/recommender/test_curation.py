"""Editors' rules and synonyms from a row to a page: checked, kept, followed without a restart, shown and told."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import SearchEvent, Title
from catalog.signals import Kind, Owner, Said
from recommender import curation, services, serving
from recommender.answers import explaining, hydrating
from recommender.answers.arranging import View
from recommender.ml.curation import NOTHING_SAID
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Source
from recommender.models import Rule, SynonymSet
from recommender.versions import registry

pytestmark = pytest.mark.django_db
SOMEBODY = Visitor()
FILMS = Filters(kind="movie")


def titled(name: str) -> Title:
    return Title.objects.get(name=name)


def rule(name: str, action: str, text: str = "heist", **more: Any) -> Rule:
    made = Rule(title=titled(name), action=action, match="exact" if text else "any", text=text)
    for field, value in more.items():
        setattr(made, field, value)
    return curation.save_rule(made)


def synonyms(*words: str, **more: Any) -> SynonymSet:
    return curation.save_synonyms(SynonymSet(words=list(words), **more))


def names(text: str, **options: Any) -> list[str]:
    answer = services.search(text, options.pop("visitor", SOMEBODY), surface="html", **options)
    return [item.title.name for item in answer.items]


def test_it_works(served_world: list[Title]) -> None:
    assert "Amélie" not in names("heist")[:1]
    rule("Amélie", "pin", position=1)
    assert names("heist")[0] != "Amélie"  # not before this process has looked
    serving.refresh()
    answer = services.search("heist", SOMEBODY, surface="html")
    assert answer.items[0].title.name == "Amélie"
    assert (answer.items[0].reason, answer.items[0].propensity) == ("Chosen by our editors", 1.0)
    assert "pinned" in answer.items[0].sources
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert logged.source[0] & Source.PINNED
    with translation.override("de"):
        assert answer.items[0].reason == "Von unserer Redaktion ausgesucht"


# ---- followed


def test_a_search_makes_no_query_for_it(served_world: list[Title]) -> None:
    hydrating.published([title.pk for title in served_world])
    with CaptureQueriesContext(connection) as before:
        services.search("heist", SOMEBODY, surface="html")
    for name in ("Heat", "Alien", "Gravity"):
        rule(name, "lift", points=0.1)
    synonyms("heist", "robbery")
    serving.refresh()
    with CaptureQueriesContext(connection) as after:
        services.search("heist", SOMEBODY, surface="html")
    assert len(after) == len(before)


def test_a_look_costs_one_query_and_swaps_only_what_changed(served_world: list[Title]) -> None:
    rule("Heat", "hide")
    serving.refresh()
    held, snapshot = serving.curation(), serving.current()
    with CaptureQueriesContext(connection) as looked:
        serving.refresh()
    assert serving.curation() is held
    assert len([query for query in looked if "recommender_rule" in query["sql"]]) == 1
    rule("Alien", "hide")
    serving.refresh()
    assert serving.curation() is not held
    assert serving.current() is snapshot


@pytest.mark.parametrize("change", ["edit", "switch off", "delete", "delete the title", "write past us"])
def test_whatever_happens_to_a_rule_is_noticed(served_world: list[Title], change: str) -> None:
    made = rule("Heat", "hide")
    serving.refresh()
    assert "Heat" not in names("heist")
    if change == "edit":
        made.text = "robbery"
        curation.save_rule(made)
    elif change == "switch off":
        made.is_active = False
        curation.save_rule(made)
    elif change == "delete":
        curation.delete([made])
    elif change == "delete the title":
        titled("Heat").delete()
    else:
        Rule.objects.update(text="robbery")
    serving.refresh()
    assert serving.curation().acts("heist").hidden == frozenset()


def test_dates_come_and_go_by_themselves(served_world: list[Title]) -> None:
    now = timezone.now()
    later = rule("Heat", "hide", starts=now + timedelta(hours=1))
    ended = rule("Alien", "hide", starts=now - timedelta(hours=2))
    Rule.objects.filter(pk=ended.pk).update(ends=now - timedelta(hours=1))
    ended.refresh_from_db()
    assert (curation.standing(later), curation.standing(ended)) == ("planned", "ended")
    serving.refresh()
    assert serving.curation() == NOTHING_SAID
    Rule.objects.filter(pk=later.pk).update(starts=now - timedelta(hours=1))
    serving.refresh()
    assert serving.curation().acts("heist").hidden == {titled("Heat").pk}


@pytest.mark.django_db(transaction=True)
def test_a_date_that_comes_is_noticed_though_nothing_is_written() -> None:
    """Real transactions: within one, the clock of the database stands still."""
    title = Title.objects.create(external_id="f1", name="Heat")
    soon = timezone.now() + timedelta(seconds=3)
    curation.save_rule(Rule(title=title, action="hide", match="any", starts=soon))
    before = curation.state()
    assert curation.in_force() == NOTHING_SAID
    time.sleep(max(0.0, (soon - timezone.now()).total_seconds()) + 0.2)
    assert curation.state() != before
    assert curation.in_force().acts("").hidden == {title.pk}


def test_a_broken_version_does_not_keep_editors_out(
    served_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "champion", lambda: None)
    rule("Heat", "hide")
    serving.refresh()
    assert "Heat" not in names("heist")


# ---- shown


def test_hidden_for_every_query_is_hidden_in_every_list(served_world: list[Title]) -> None:
    visitor = Visitor(client_id=uuid4())

    def at_home() -> set[str]:
        return {item.title.name for _, answer in services.home(visitor).rows for item in answer.items}

    def like_alien() -> set[str]:
        return {item.title.name for item in services.similar([titled("Alien")], visitor, limit=10).items}

    assert "Gravity" in at_home() & like_alien()
    rule("Gravity", "hide", "space")
    serving.refresh()
    assert "Gravity" in at_home() & like_alien()  # a query of its own concerns no other list
    rule("Gravity", "hide", "")
    serving.refresh()
    assert "Gravity" not in at_home() | like_alien() | set(names("gravity")) | set(names("", filters=FILMS))
    assert explaining.of_similar(titled("Gravity"), titled("Alien"), visitor) is None


def test_pages_of_one_search_show_every_title_once(served_world: list[Title]) -> None:
    alone = names("space")
    rule("Amélie", "pin", "space", position=4)
    serving.refresh()
    first = services.search("space", SOMEBODY, surface="html", limit=3)
    shown = [item.title.name for item in first.items]
    assert shown == [name for name in alone if name != "Amélie"][:3]
    assert first.next_cursor is not None
    second = services.search("space", SOMEBODY, surface="html", limit=3, cursor=first.next_cursor)
    assert (second.items[0].title.name, second.items[0].position) == ("Amélie", 4)
    while second.next_cursor:
        shown += [item.title.name for item in second.items]
        second = services.search("space", SOMEBODY, surface="html", limit=3, cursor=second.next_cursor)
    shown += [item.title.name for item in second.items]
    assert len(shown) == len(set(shown)) == first.total
    assert set(shown) == {*alone, "Amélie"}


def test_what_the_reader_hid_is_not_pinned(served_world: list[Title]) -> None:
    rule("Amélie", "pin", position=1)
    serving.refresh()
    visitor = Visitor(client_id=uuid4())
    assert names("heist", visitor=visitor)[0] == "Amélie"
    assert visitor.client_id is not None
    signals.say(Owner(None, visitor.client_id), Said(titled("Amélie").pk, Kind.NOT_FOR_ME))
    assert "Amélie" not in names("heist", visitor=visitor)


def test_a_sorted_page_has_no_pins_and_still_hides(served_world: list[Title]) -> None:
    rule("Brief Encounter", "pin", "love", position=1)
    rule("Rocky II", "hide", "love")
    serving.refresh()
    plain, newest = names("love"), names("love", view=View(sort="newest"))
    assert plain[0] == "Brief Encounter"
    assert "Rocky II" not in (*plain, *newest)
    years = [title.year or 0 for name in newest for title in Title.objects.filter(name=name)]
    assert years == sorted(years, reverse=True)


def test_parts_with_a_lift_add_up_and_are_told(served_world: list[Title]) -> None:
    rule("Gravity", "lift", "space", points=0.4)
    rule("Amélie", "pin", "space", position=2)
    serving.refresh()
    lifted = explaining.of_search(titled("Gravity"), "space", SOMEBODY, Filters(), View())
    assert lifted is not None
    assert sum(part.points for part in lifted.parts) == pytest.approx(lifted.score, abs=1e-6)
    assert [part.points for part in lifted.parts if "editors" in part.words] == [pytest.approx(0.4)]
    pinned = explaining.of_search(titled("Amélie"), "space", SOMEBODY, Filters(), View())
    assert pinned is not None
    assert (pinned.place, pinned.is_pinned, lifted.is_pinned) == (2, True, False)
    page = Client().get(reverse("why", args=[titled("Amélie").external_id]), {"q": "space"})
    assert "Our editors chose it for this search" in page.content.decode()


def test_the_log_keeps_the_text_as_it_was_typed(served_world: list[Title]) -> None:
    synonyms("skiffle", "astronauts in space")
    serving.refresh()
    answer = services.search("Skiffle", SOMEBODY, surface="html")
    assert answer.items[0].title.name == "Gravity"
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert (logged.raw_text, logged.normalised_text, logged.corrected_text) == ("Skiffle", "skiffle", "")


def test_diversity_is_logged_as_the_view_is_and_nothing_is_explored(served_world: list[Title], settings: Any) -> None:
    settings.EXPLORATION_RATE = 1.0
    view = View(diversity=0.5)
    assert view.parameters == [("diversity", "0.5")]
    assert View().parameters == []
    answer = services.search("crime", Visitor(client_id=uuid4()), surface="html", view=view)
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert logged.filters["view"] == {"diversity": "0.5"}
    assert set(logged.propensity) == {1.0}


# ---- checked


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"match": "exact", "text": " \t "}, "text"),
        ({"match": "exact", "text": "x" * 201}, "text"),
        ({"match": "sometimes"}, "match"),
        ({"action": "praise"}, "action"),
        ({"action": "pin"}, "position"),
        ({"action": "pin", "position": 21}, "position"),
        ({"action": "pin", "position": 0}, "position"),
        ({"action": "lift"}, "points"),
        ({"action": "lift", "points": 0.0}, "points"),
        ({"action": "lift", "points": float("nan")}, "points"),
        ({"action": "lift", "points": 5.1}, "points"),
        ({"starts": timezone.now(), "ends": timezone.now() - timedelta(days=1)}, "ends"),
        ({"note": "x" * 1_001}, "note"),
        ({"title": None}, "title"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_by_field(
    served_world: list[Title], fields: dict[str, Any], wrong: str
) -> None:
    made = Rule(**{"title": served_world[0], "action": "hide", "match": "exact", "text": "heist"} | fields)
    with pytest.raises(ValidationError) as refused:
        curation.save_rule(made)
    assert set(refused.value.message_dict) == {wrong}
    assert not Rule.objects.exists()


def test_a_rule_is_brought_to_its_form(served_world: list[Title]) -> None:
    made = rule("Heat", "hide", "", position=3, points=0.5, note="a\x00b ")
    made.refresh_from_db()
    assert (made.text, made.position, made.points, made.note) == ("", None, None, "a\ufffdb")
    assert rule("Heat", "hide", "  two   words ").text == "two words"


MANY = list("abcdefghijklmnopqrstu")


@pytest.mark.parametrize("words", [[], ["one"], ["Sci-Fi", "sci fi"], ["a", " ", ""], ["a", "x" * 61], MANY])
def test_what_is_no_set_of_synonyms(db: None, words: list[str]) -> None:
    with pytest.raises(ValidationError, match="words"):
        synonyms(*words)
    assert not SynonymSet.objects.exists()


def test_a_set_keeps_what_is_said_twice_once(db: None) -> None:
    assert synonyms("Sci-Fi", "science fiction", "SCI FI").words == ["Sci-Fi", "science fiction"]


def test_a_rule_outlives_its_author(served_world: list[Title], django_user_model: type[User]) -> None:
    anna = django_user_model.objects.create_user("anna")
    made = curation.save_rule(Rule(title=served_world[0], action="hide", match="any"), anna)
    assert made.author == anna
    curation.save_rule(made, django_user_model.objects.create_user("ben"))
    made.refresh_from_db()
    assert made.author == anna
    anna.delete()
    assert curation.rules().get().author is None


# ---- at the desk


@pytest.fixture
def post(admin_client: Client) -> Callable[..., Any]:
    def send(kind: str, **fields: Any) -> Any:
        return admin_client.post(reverse(f"admin:recommender_{kind}_add"), fields, follow=True)

    return send


def test_editors_write_rules_at_the_desk(served_world: list[Title], post: Callable[..., Any]) -> None:
    title = titled("Amélie")
    page = post("rule", action="pin", title=title.pk, match="exact", text="heist", position=1, is_active="on")
    assert "Every server follows within seconds." in page.content.decode()
    made = curation.rules().get()
    assert (made.author.username, made.position, made.is_active) == ("admin", 1, True)  # type: ignore[union-attr]
    for words in ("pin to 1", "“heist”", "in force"):
        assert words in page.content.decode()
    serving.refresh()
    assert names("heist")[0] == "Amélie"


def test_the_desk_says_what_is_wrong_beside_the_field(served_world: list[Title], post: Callable[..., Any]) -> None:
    page = post("rule", action="lift", title=titled("Heat").pk, match="contains", text="")
    assert set(page.context["adminform"].form.errors) == {"points", "text"}
    page = post("rule", action="hide", match="any")
    assert set(page.context["adminform"].form.errors) == {"title"}
    page = post("synonymset", words="alone")
    assert set(page.context["adminform"].form.errors) == {"words"}
    assert not Rule.objects.exists()
    assert not SynonymSet.objects.exists()


def test_editors_change_a_rule_at_the_desk(
    served_world: list[Title], post: Callable[..., Any], admin_client: Client
) -> None:
    """The form sends everything, also what it hides: a pin is not in its own way, and a hide forgets its place."""
    sent = {"title": titled("Heat").pk, "match": "exact", "text": "heist", "position": 1, "is_active": "on"}
    post("rule", action="pin", **sent)
    made = curation.rules().get()
    address = reverse("admin:recommender_rule_change", args=[made.pk])
    admin_client.post(address, sent | {"action": "pin", "note": "again"})
    assert curation.rules().get().note == "again"
    admin_client.post(address, sent | {"action": "hide", "match": "any"})
    hidden = curation.rules().get()
    assert (hidden.action, hidden.position, hidden.text) == ("hide", None, "")
    Rule.objects.update(ends=timezone.now() - timedelta(days=1))
    ended = timezone.localtime(curation.rules().get().ends)
    when = {"ends_0": f"{ended:%Y-%m-%d}", "ends_1": f"{ended:%H:%M:%S}"}
    admin_client.post(address, sent | {"action": "hide", "match": "any", "note": "over"} | when)
    assert curation.rules().get().note == "over"
    page = admin_client.post(
        address, sent | {"action": "hide", "match": "any", "ends_0": "2001-01-01", "ends_1": "0:00"}
    )
    assert set(page.context["adminform"].form.errors) == {"ends"}


@pytest.mark.parametrize("change", [{"is_active": False}, {"note": "over"}, {"position": 8}])
def test_an_ended_rule_may_be_changed_and_none_begins_ended(
    served_world: list[Title], change: dict[str, Any]
) -> None:
    over = timezone.now() - timedelta(days=1)
    with pytest.raises(ValidationError, match="ended already") as refused:
        rule("Heat", "pin", position=7, ends=over)
    assert list(refused.value.message_dict) == ["ends"]
    made = rule("Heat", "pin", position=7)
    Rule.objects.update(ends=over)
    made.refresh_from_db()
    for field, value in change.items():
        setattr(made, field, value)
    curation.save_rule(made)
    made.ends = over + timedelta(hours=1)
    with pytest.raises(ValidationError, match="ended already"):
        curation.save_rule(made)


def test_editors_change_and_delete_sets_at_the_desk(
    served_world: list[Title], post: Callable[..., Any], admin_client: Client
) -> None:
    post("synonymset", words="sci fi, science fiction\r\nscifi", is_active="on")
    made = curation.synonyms().get()
    assert made.words == ["sci fi", "science fiction", "scifi"]
    address = reverse("admin:recommender_synonymset_change", args=[made.pk])
    assert "sci fi\nscience fiction\nscifi</textarea>" in admin_client.get(address).content.decode()
    listed = admin_client.get(reverse("admin:recommender_synonymset_changelist"), {"q": "fiction"})
    assert "sci fi = science fiction = scifi" in listed.content.decode()
    admin_client.post(address, {"words": "tearjerker\nsad drama", "is_one_way": "on", "is_active": "on"})
    made.refresh_from_db()
    assert str(made) == "tearjerker → sad drama"
    admin_client.post(reverse("admin:recommender_synonymset_delete", args=[made.pk]), {"post": "yes"})
    assert not SynonymSet.objects.exists()


def test_a_pin_in_the_way_of_another_is_refused(served_world: list[Title]) -> None:
    """It would be in force by its own word, and stand nowhere."""
    one, two = served_world[:2]
    first = curation.save_rule(Rule(text="Heist", match="exact", title=one, action="pin", position=7))
    for wrong in (
        Rule(text="heist!", match="exact", title=two, action="pin", position=7),
        Rule(text="heist", match="exact", title=one, action="pin", position=3),
    ):
        with pytest.raises(ValidationError, match="of this query") as refused:
            curation.save_rule(wrong)
        assert list(refused.value.message_dict) == ["position"]
    curation.save_rule(Rule(text="heist", match="contains", title=two, action="pin", position=7))
    first.position = 8
    curation.save_rule(first)
    later = timezone.now() + timedelta(days=9)
    first.ends = later
    curation.save_rule(first)
    curation.save_rule(Rule(text="heist", match="exact", title=two, action="pin", position=8, starts=later))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_cannot_be_kept_is_refused(served_world: list[Title], text: str) -> None:
    with pytest.raises(ValidationError, match="cannot be kept"):
        curation.save_rule(Rule(text=text, match="exact", title=served_world[0], action="hide"))
    with pytest.raises(ValidationError, match="cannot be kept"):
        curation.save_synonyms(SynonymSet(words=[text, "b"]))
