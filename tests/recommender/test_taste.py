"""Your taste: every signal with its weight, muted, deleted, brought back; switches; what lists leave out; reset."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import signals
from catalog.models import Interaction, Signal, TasteImport, Title
from catalog.signals import Kind, Owner, Said
from recommender.presenting import undoing
from recommender.visitors import CLIENT_COOKIE

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TASTE = "/taste/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": BROWSER})
    client.get(TASTE)
    return client


@pytest.fixture
def taste(browser: Client, standing_world: list[Title]) -> dict[str, Signal]:
    """One of each kind; by kind."""
    days = datetime(2026, 1, 1, tzinfo=UTC)
    kinds = (Kind.LIKE, Kind.NOT_FOR_ME, Kind.SEEN, Kind.WATCHLIST, Kind.OPENED, Kind.RATING)
    said = [
        Said(title.pk, kind, 4.5 if kind == Kind.RATING else None, said=days - timedelta(days=n))
        for n, (title, kind) in enumerate(zip(standing_world, kinds, strict=False))
    ]
    signals.say(me(browser), *said)
    return {signal.kind: signal for signal in signals.signals_of(me(browser))}


def me(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


def lines(page: Any) -> dict[str, Any]:
    return {line.signal.kind: line for line in page.context["lines"]}


def act(browser: Client, signal: Signal, action: str, **more: Any) -> Any:
    return browser.post(reverse("signal", args=[signal.pk]), {"action": action, "next": TASTE}, **more)


def undo_from(browser: Client, text: str) -> Any:
    token = text.split('name="token" value="')[1].split('"')[0]
    return browser.post(reverse("undo"), {"token": token, "next": TASTE}, follow=True)


def rows(owner: Owner) -> list[Any]:
    return sorted(map(str, Signal.objects.filter(owner.rows).values_list()))


def test_it_works(browser: Client, taste: dict[str, Signal], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = browser.get(TASTE)
    text = page.content.decode()
    assert [line.signal.kind for line in page.context["lines"]] == [
        "like", "not_for_me", "seen", "watchlist", "opened", "rating",
    ]  # fmt: skip
    for words in (
        "Liked",
        "Not for me",
        "Looked at",
        "4.5 of 5 stars",
        "Inception",
        "counts",
        "Left out of your lists",
    ):
        assert words in text
    assert lines(page)["like"].weight > 0 > lines(page)["not_for_me"].weight


def test_an_account_has_the_same(
    standing_world: list[Title], django_user_model: Any, django_assert_max_num_queries: Any
) -> None:
    user = django_user_model.objects.create_user("anna")
    signals.say(Owner(user.pk, None), Said(standing_world[0].pk, Kind.LIKE), Said(standing_world[1].pk, Kind.SEEN))
    browser = Client(headers={"User-Agent": BROWSER})
    browser.force_login(user)
    with django_assert_max_num_queries(12):
        page = browser.get(TASTE)
    assert set(lines(page)) == {"like", "seen"}


def test_nothing_said_yet(browser: Client) -> None:
    page = browser.get(TASTE).content.decode()
    assert "Nothing yet." in page
    assert "/?pick=1" in page
    assert "Delete everything" not in page
    assert "Bring your ratings along" in page


def test_weights_fade(browser: Client, standing_world: list[Title]) -> None:
    now = timezone.now()
    signals.say(
        me(browser),
        Said(standing_world[0].pk, Kind.LIKE, said=now),
        Said(standing_world[1].pk, Kind.LIKE, said=now - timedelta(days=1000)),
    )
    newer, older = (line.weight for line in browser.get(TASTE).context["lines"])
    assert newer > 3 * older > 0


def test_kinds_are_filtered_and_paged(browser: Client, taste: dict[str, Signal]) -> None:
    assert set(lines(browser.get(TASTE, {"kind": "seen"}))) == {"seen"}
    assert len(lines(browser.get(TASTE, {"kind": "no such kind"}))) == 6
    many = Title.objects.bulk_create(Title(external_id=f"m{n}", name=f"Film {n:03}") for n in range(60))
    signals.say(me(browser), *(Said(title.pk, Kind.SEEN) for title in many))
    page = browser.get(TASTE, {"kind": "seen", "page": "2"})
    assert len(page.context["lines"]) == 11
    assert "?kind=seen&amp;page=1" in page.content.decode()


# ---- mute, delete, undo


def test_muted_it_counts_for_nothing_until_it_is_pressed_again(browser: Client, taste: dict[str, Signal]) -> None:
    answer = act(browser, taste["like"], "mute")
    assert (answer.status_code, answer["Location"]) == (302, TASTE)
    page = browser.get(TASTE)
    assert lines(page)["like"].weight == 0
    muted = re.findall(r'<button id="mute-[^>]*>\w+', page.content.decode())
    assert [button.rsplit(">")[-1] for button in muted].count("Unmute") == 1
    assert not [button for button in muted if "aria-pressed" in button]
    act(browser, taste["like"], "unmute")
    assert lines(browser.get(TASTE))["like"].weight > 0


def test_deleted_it_comes_back_as_it_was(browser: Client, taste: dict[str, Signal]) -> None:
    Signal.objects.filter(pk=taste["rating"].pk).update(is_muted=True, note="slow", joined_from=uuid4())
    before = rows(me(browser))
    page = browser.post(reverse("signal", args=[taste["rating"].pk]), {"action": "delete"}, follow=True)
    assert "(Rated) is deleted." in page.content.decode()
    assert len(rows(me(browser))) == 5
    back = undo_from(browser, page.content.decode())
    assert "It is back as it was." in back.content.decode()
    assert rows(me(browser)) == before


def test_with_scripts_a_line_is_replaced(browser: Client, taste: dict[str, Signal]) -> None:
    muted = act(browser, taste["like"], "mute", headers=HTMX).content.decode()
    assert muted.startswith("\n<li") or "<li" in muted[:60]
    assert "muted, counts for nothing" in muted
    gone = act(browser, taste["like"], "delete", headers=HTMX).content.decode()
    assert "<html" not in gone
    assert "It is back as it was." in undo_from(browser, gone).content.decode()
    assert Signal.objects.get(pk=taste["like"].pk).is_muted


def test_an_imported_signal_comes_back_without_its_import(browser: Client, taste: dict[str, Signal]) -> None:
    brought = TasteImport.objects.create(**me(browser).columns, service="imdb", file_name="x.csv")
    Signal.objects.filter(pk=taste["seen"].pk).update(imported=brought)
    gone = act(browser, taste["seen"], "delete", headers=HTMX).content.decode()
    brought.delete()
    undo_from(browser, gone)
    assert Signal.objects.get(pk=taste["seen"].pk).imported_id is None


def test_what_was_said_since_is_not_undone(
    browser: Client, taste: dict[str, Signal], standing_world: list[Title]
) -> None:
    gone = act(browser, taste["like"], "delete", headers=HTMX).content.decode()
    signals.say(me(browser), Said(standing_world[0].pk, Kind.NOT_FOR_ME))
    page = undo_from(browser, gone)
    assert "something newer" in page.content.decode()
    assert not signals.signals_of(me(browser)).filter(kind=Kind.LIKE).exists()


@pytest.mark.parametrize("action", ["mute", "unmute", "delete"])
def test_the_signals_of_others_are_not_there(browser: Client, standing_world: list[Title], action: str) -> None:
    theirs = Owner(None, uuid4())
    signals.say(theirs, Said(standing_world[0].pk, Kind.LIKE))
    before = rows(theirs)
    foreign = act(browser, signals.signals_of(theirs).get(), action)
    unknown = browser.post(reverse("signal", args=[uuid4()]), {"action": action})
    assert foreign.status_code == unknown.status_code == 404
    assert _without_ids(foreign) == _without_ids(unknown)
    assert rows(theirs) == before


def _without_ids(page: Any) -> str:
    """The page without what differs from one answer to the next: ids, nonces, tokens, and how long ago that was."""
    return re.sub(r"[0-9a-f-]{36}|(nonce|value)=\S+|updated .+? ago", "", page.content.decode())


def test_a_stale_page_is_told_so(browser: Client, taste: dict[str, Signal]) -> None:
    act(browser, taste["like"], "delete")
    twice = act(browser, taste["like"], "delete")
    assert (twice.status_code, "Nothing was changed just now." in twice.content.decode()) == (404, True)
    with_scripts = act(browser, taste["like"], "delete", headers=HTMX)
    assert (with_scripts.status_code, with_scripts["HX-Redirect"]) == (404, TASTE)
    page = browser.post(reverse("signal", args=[taste["seen"].pk]), {"action": "x"}, follow=True)
    assert "nothing was changed" in page.content.decode()
    assert len(rows(me(browser))) == 5


def test_a_token_is_of_use_to_its_owner_only(browser: Client, taste: dict[str, Signal], settings: Any) -> None:
    token = undoing.token(me(browser), [taste["like"]])
    act(browser, taste["like"], "delete")
    stranger = Client(headers={"User-Agent": BROWSER})
    stranger.get(TASTE)
    for who, text in ((stranger, token), (browser, token + "x"), (browser, ""), (browser, "é")):
        page = who.post(reverse("undo"), {"token": text}, follow=True)
        assert "can no longer be undone" in page.content.decode()
    assert not Signal.objects.filter(pk=taste["like"].pk).exists()


def test_nothing_here_goes_into_the_log(browser: Client, taste: dict[str, Signal]) -> None:
    for action in ("mute", "unmute", "delete"):
        act(browser, taste["like"], action)
    browser.post(reverse("hidden-restore"), {"title": "f2"})
    assert not Interaction.objects.exists()


# ---- left out of lists


def test_what_lists_leave_out_is_listed_and_restored(
    browser: Client, taste: dict[str, Signal], standing_world: list[Title], django_assert_max_num_queries: Any
) -> None:
    signals.say(me(browser), Said(standing_world[1].pk, Kind.SEEN))  # not for me, and seen: one title
    page = browser.get(TASTE)
    assert {signal.title.name for signal in page.context["hidden"]} == {"The Godfather", "Amélie"}
    assert page.context["n_hidden"] == 2
    with django_assert_max_num_queries(12):
        assert len(browser.get(reverse("hidden")).context["page"].object_list) == 2
    before = rows(me(browser))
    page = browser.post(reverse("hidden-restore"), {"title": "f2"}, follow=True)
    assert "Lists may show “The Godfather” again." in page.content.decode()
    said = signals.opinions(me(browser))
    assert {title_id for title_id, kinds in said.items() if kinds & {*signals.HIDDEN}} == {standing_world[2].pk}
    undo_from(browser, page.content.decode())
    assert rows(me(browser)) == before


def test_restored_twice_it_says_so(browser: Client, taste: dict[str, Signal]) -> None:
    browser.post(reverse("hidden-restore"), {"title": "f2"})
    again = browser.post(reverse("hidden-restore"), {"title": "f2"}, follow=True)
    assert "so nothing changed" in again.content.decode()
    assert browser.post(reverse("hidden-restore"), {"title": "none"}).status_code == 404


def test_many_hidden_titles_have_a_page_of_their_own(browser: Client) -> None:
    many = Title.objects.bulk_create(Title(external_id=f"m{n}", name=f"Film {n:03}") for n in range(60))
    signals.say(me(browser), *(Said(title.pk, Kind.SEEN) for title in many))
    page = browser.get(TASTE)
    assert (len(page.context["hidden"]), page.context["n_hidden"]) == (12, 60)
    assert "All 60 of them" in page.content.decode()
    assert len(browser.get(reverse("hidden"), {"page": "2"}).context["page"].object_list) == 10


# ---- wishes


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("personalise", "off", False), ("personalise", "on", True), ("learning", "off", False),
        ("strength", "0", 0.0), ("strength", "0.5", 0.5), ("strength", "2", 2.0),
    ],
)  # fmt: skip
def test_wishes_are_kept(browser: Client, field: str, value: str, kept: float) -> None:
    answer = browser.post(reverse("preferences"), {field: value})
    assert (answer.status_code, answer["Location"]) == (302, "/taste/#wishes")
    assert getattr(signals.preferences_of(me(browser)), field) == kept
    browser.post(reverse("preferences"), {field: value})
    assert getattr(signals.preferences_of(me(browser)), field) == kept, "pressed twice it is the same"


@pytest.mark.parametrize(
    "form", [{}, {"strength": "9"}, {"strength": "nan"}, {"learning": "yes"}, {"is_welcomed": "1"}]
)
def test_wishes_that_are_none_change_nothing(browser: Client, form: dict[str, str]) -> None:
    page = browser.post(reverse("preferences"), form, follow=True)
    assert "nothing was changed" in page.content.decode()
    kept = signals.preferences_of(me(browser))
    assert (kept.personalise, kept.learning, kept.strength, kept.is_welcomed) == (True, True, 1.0, False)


@pytest.mark.parametrize("form", [{"personalise": "off"}, {"strength": "0"}])
def test_switched_off_nothing_counts(browser: Client, taste: dict[str, Signal], form: dict[str, str]) -> None:
    browser.post(reverse("preferences"), form)
    page = browser.get(TASTE)
    assert {line.weight for line in page.context["lines"]} == {None}
    assert "counts for nothing while your taste is off" in page.content.decode()


def test_global_privacy_control_is_said_in_words(browser: Client, taste: dict[str, Signal]) -> None:
    page = browser.get(TASTE, headers={"Sec-GPC": "1"})
    assert "Global Privacy Control" in page.content.decode()
    assert {line.weight for line in page.context["lines"]} == {None}
    assert signals.preferences_of(me(browser)).personalise, "the switch stays as it was set"
    assert "Global Privacy Control" not in browser.get(TASTE).content.decode()


# ---- reset


def test_reset_asks_first(browser: Client, taste: dict[str, Signal]) -> None:
    TasteImport.objects.create(**me(browser).columns, service="imdb", file_name="x.csv")
    signals.set_preferences(me(browser), learning=False)
    page = browser.get(reverse("taste-reset")).content.decode()
    assert "6 things that you said of films go" in page
    assert "So does 1 import." in page
    assert len(rows(me(browser))) == 6
    page = browser.post(reverse("taste-reset"), follow=True).content.decode()
    assert "6 things that you said are deleted." in page
    assert rows(me(browser)) == []
    assert not TasteImport.objects.exists()
    assert not signals.preferences_of(me(browser)).learning, "switches stay"
    assert (
        "There was nothing to delete any more." in browser.post(reverse("taste-reset"), follow=True).content.decode()
    )


def test_reset_is_of_ones_own(browser: Client, standing_world: list[Title]) -> None:
    theirs = Owner(None, uuid4())
    signals.say(theirs, Said(standing_world[0].pk, Kind.LIKE))
    browser.post(reverse("taste-reset"))
    assert len(rows(theirs)) == 1


def test_a_robot_has_no_taste(standing_world: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    assert robot.get(TASTE).status_code == 200
    assert robot.post(reverse("preferences"), {"learning": "off"}, follow=True).status_code == 200
    assert robot.post(reverse("taste-reset")).status_code == 302
    assert robot.post(reverse("undo"), {"token": "x"}).status_code == 302


def test_hostile_names_stay_names(browser: Client) -> None:
    title = Title.objects.create(external_id="evil", name='<script>alert("x")</script>' + "é́́" * 250)
    signals.say(me(browser), Said(title.pk, Kind.SEEN))
    signal = signals.signals_of(me(browser)).get()
    pages = [browser.get(TASTE), act(browser, signal, "delete", headers=HTMX)]
    signals.say(me(browser), Said(title.pk, Kind.SEEN))
    pages.append(act(browser, signals.signals_of(me(browser)).get(), "delete", follow=True))
    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;alert" in page.content.decode()
