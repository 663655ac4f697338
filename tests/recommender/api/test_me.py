"""`/api/v1/me`: what is kept of the caller, theirs to read, to change and to take back; nobody else's."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import signals
from catalog.models import Credit, Interaction, Person, Preferences, SearchEvent, Signal, TasteImport, Title
from catalog.signals import Kind, Owner, Said
from recommender.accounts import keys
from recommender.models import ApiKey, Visit
from recommender.visitors import CLIENT_COOKIE
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem
from tests.recommender.browsing import PASSWORD, another, client_of, history, sign_up

SOME_ID = UUID("0d4a9f6e-6f0c-4d5e-9a51-2f6c7f1f7d10")
pytestmark = pytest.mark.django_db
ME, SETTINGS, SIGNALS = "/api/v1/me", "/api/v1/me/settings", "/api/v1/me/signals"


def guest(client_id: UUID | None = None) -> Client:
    browser = another()
    browser.cookies[CLIENT_COOKIE] = str(client_id or uuid4())
    return browser


def holder(user: User, *scopes: str) -> Client:
    made = keys.create(user, "test", scopes or ("me:read", "me:write"))
    return Client(headers={"Authorization": f"Bearer {made.secret}"})


def send(client: Client, method: str, url: str, body: Any = None, **headers: str) -> Any:
    call = getattr(client, method)
    if method == "get":
        return call(url, headers=headers)
    return call(url, json.dumps(body or {}), content_type="application/json", headers=headers)


@pytest.fixture
def titles(standing_world: list[Title]) -> list[Title]:
    return standing_world


@pytest.fixture
def user(titles: list[Title]) -> User:
    return User.objects.create_user("Anna", password=PASSWORD)


@pytest.fixture(params=["guest", "session", "key"])
def caller(request: pytest.FixtureRequest, user: User) -> tuple[Client, Owner]:
    """Each kind of caller, and whose rows they mean."""
    if request.param == "guest":
        browser = guest()
        return browser, Owner(None, client_of(browser))
    if request.param == "key":
        return holder(user), Owner(user.pk, None)
    browser = guest()
    browser.force_login(user)
    return browser, Owner(user.pk, None)


# ---- who


def test_a_guest(titles: list[Title]) -> None:
    browser = another()
    history(browser, titles[0])
    body = conforms(browser.get(ME), "get_me")
    first = SearchEvent.objects.order_by("created").values_list("created", flat=True)[0]
    assert body.pop("since") == first.isoformat().replace("+00:00", "Z")
    assert body == {
        "who": "browser", "name": None, "n_signals": 1,
        "settings": {"personalise": True, "learning": True, "strength": 1.0},
    }  # fmt: skip


def test_a_browser_that_has_done_nothing() -> None:
    body = conforms(guest().get(ME), "get_me")
    assert (body["who"], body["since"], body["n_signals"]) == ("browser", None, 0)


def test_an_account_by_session_and_by_key(user: User, titles: list[Title]) -> None:
    signals.say(Owner(user.pk, None), Said(titles[0].pk, Kind.LIKE))
    browser = guest()
    browser.force_login(user)
    by_session, by_key = conforms(browser.get(ME), "get_me"), conforms(holder(user).get(ME), "get_me")
    assert by_session == by_key
    assert (by_key["who"], by_key["name"], by_key["n_signals"]) == ("account", "Anna", 1)


def test_a_key_stands_for_its_owner_whatever_cookies_come_along(user: User, titles: list[Title]) -> None:
    browser = guest()
    signals.say(Owner(None, client_of(browser)), Said(titles[0].pk, Kind.LIKE))
    made = keys.create(user, "test", ["me:read"])
    body = conforms(browser.get(SIGNALS, headers={"Authorization": f"Bearer {made.secret}"}), "list_signals")
    assert body["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("delete", ""), ("get", "/settings"), ("patch", "/settings"), ("get", "/signals"),
     ("post", "/signals"), ("delete", "/signals"), ("patch", f"/signals/{SOME_ID}"),
     ("delete", f"/signals/{SOME_ID}"), ("get", "/taste"), ("get", "/export")],
)  # fmt: skip
def test_nobody_has_nothing(titles: list[Title], user: User, method: str, path: str) -> None:
    assert "Authorization: Bearer mq_" in problem(send(Client(), method, ME + path), 401)["detail"]
    spoilt = another()
    spoilt.cookies[CLIENT_COOKIE] = "not an id"
    problem(send(spoilt, method, ME + path), 401)
    problem(send(holder(user, "search:read", "me:write" if method == "get" else "me:read"), method, ME + path), 403)


@pytest.mark.parametrize("path", ["", "/settings", "/taste", "/export", "/signals"])
def test_an_unknown_parameter_is_refused(titles: list[Title], path: str) -> None:
    assert problem(guest().get(ME + path, {"client_id": str(uuid4())}), 400)["field"] == "client_id"


# ---- settings


def test_settings_are_changed_one_by_one(caller: tuple[Client, Owner]) -> None:
    client, owner = caller
    assert conforms(client.get(SETTINGS), "get_settings") == {
        "personalise": True, "learning": True, "strength": 1.0,
    }  # fmt: skip
    changed = conforms(send(client, "patch", SETTINGS, {"strength": 0.5, "learning": False}), "change_settings")
    assert changed == {"personalise": True, "learning": False, "strength": 0.5}
    assert conforms(send(client, "patch", SETTINGS, {}), "change_settings") == changed
    assert conforms(client.get(SETTINGS), "get_settings") == changed
    kept = signals.preferences_of(owner)
    assert (kept.learning, kept.strength) == (False, 0.5)
    assert Preferences.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"strength": 2.1}, "strength"), ({"strength": -0.1}, "strength"), ({"strength": "1"}, "strength"),
        ({"strength": "nan"}, "strength"), ({"strength": None}, "strength"), ({"strength": 10**400}, "strength"),
        ({"strength": True}, "strength"), ({"learning": "yes"}, "learning"), ({"learning": 1}, "learning"),
        ({"learning": None}, "learning"), ({"is_welcomed": True}, "is_welcomed"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named(titles: list[Title], body: Any, field: str) -> None:
    answer = send(guest(), "patch", SETTINGS, body)
    conforms(answer, "change_settings")
    assert problem(answer, 400)["field"] == field
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"x"', "7", "null", '{"strength": NaN}', "{", ""])
def test_a_body_that_is_no_object_is_refused(titles: list[Title], body: str) -> None:
    answer = guest().patch(SETTINGS, body, content_type="application/json")
    assert answer.status_code == (200 if body == "" else 400)


# ---- signals


def test_what_was_said_stands_is_renewed_muted_and_deleted(caller: tuple[Client, Owner]) -> None:
    client, owner = caller
    said = conforms(send(client, "post", SIGNALS, {"item_id": "f1", "kind": "like"}), "say")
    assert {name: said[name] for name in ("item_id", "title", "year", "kind", "value", "note", "is_muted")} == {
        "item_id": "f1", "title": "Inception", "year": 2010, "kind": "like", "value": None, "note": "",
        "is_muted": False,
    }  # fmt: skip
    assert signals.signals_of(owner).get().pk == UUID(said["signal_id"])
    url = f"{SIGNALS}/{said['signal_id']}"
    muted = conforms(send(client, "patch", url, {"is_muted": True}), "mute_signal")
    assert muted == said | {"is_muted": True}
    assert conforms(send(client, "patch", url, {}), "mute_signal") == muted
    again = conforms(send(client, "post", SIGNALS, {"item_id": "f1", "kind": "like"}), "say")
    assert (again["signal_id"], again["is_muted"]) == (said["signal_id"], False)
    against = send(client, "post", SIGNALS, {"item_id": "f1", "kind": "not_for_me", "note": "mood"})
    assert conforms(against, "say")["note"] == "mood"
    (left,) = conforms(client.get(SIGNALS), "list_signals")["items"]
    assert left["kind"] == "not_for_me"
    gone = client.delete(f"{SIGNALS}/{left['signal_id']}")
    conforms(gone, "delete_signal")
    assert gone.status_code == 204
    assert not signals.signals_of(owner).exists()
    problem(client.delete(f"{SIGNALS}/{left['signal_id']}"), 404)
    assert not Interaction.objects.exists()


def test_a_rating_has_stars(titles: list[Title]) -> None:
    browser = guest()
    said = conforms(send(browser, "post", SIGNALS, {"item_id": "f2", "kind": "rating", "value": 4.5}), "say")
    assert said["value"] == 4.5


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"item_id": "f1"}, "kind"), ({"kind": "like"}, "item_id"), ({"item_id": "f1", "kind": "love"}, "kind"),
        ({"item_id": 1, "kind": "like"}, "item_id"), ({"item_id": "nobody", "kind": "like"}, "item_id"),
        ({"item_id": "\x00", "kind": "like"}, "item_id"), ({"item_id": "\ud800", "kind": "like"}, "item_id"),
        ({"item_id": "f9", "kind": "like"}, "item_id"), ({"item_id": "f1", "kind": "rating"}, "value"),
        ({"item_id": "f1", "kind": "rating", "value": 6}, "value"),
        ({"item_id": "f1", "kind": "like", "value": 3}, "value"),
        ({"item_id": "f1", "kind": "like", "note": "mood"}, "note"),
        ({"item_id": "f1", "kind": "not_for_me", "note": "boring"}, "note"),
        ({"item_id": "f1", "kind": "like", "is_muted": True}, "is_muted"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_named(titles: list[Title], body: Any, field: str) -> None:
    Title.objects.filter(external_id="f9").update(is_published=False)
    answer = send(guest(), "post", SIGNALS, body)
    conforms(answer, "say")
    assert problem(answer, 400)["field"] == field
    assert not Signal.objects.exists()


def test_pages_repeat_and_skip_nothing_and_new_words_do_not_disturb_them(titles: list[Title]) -> None:
    browser = guest()
    owner, moment = Owner(None, client_of(browser)), timezone.now() - timedelta(days=1)
    signals.say(owner, *(Said(title.pk, Kind.LIKE, said=moment) for title in titles[:5]))
    signals.say(owner, *(Said(title.pk, Kind.SEEN) for title in titles[:3]))
    whole = conforms(browser.get(SIGNALS), "list_signals")
    assert (whole["total"], whole["next_cursor"]) == (8, None)
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        body = conforms(browser.get(SIGNALS, {"limit": "3"} | cursor), "list_signals")
        found += body["items"]
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}
        signals.say(owner, Said(titles[8].pk, Kind.OPENED))
    assert found == whole["items"]
    liked = conforms(browser.get(SIGNALS, {"kind": "like"}), "list_signals")
    assert (liked["total"], {item["kind"] for item in liked["items"]}) == (5, {"like"})
    problem(browser.get(SIGNALS, {"kind": "like"} | cursor), 400)
    problem(browser.get(SIGNALS, {"kind": "love"}), 400)


def test_anothers_signal_looks_like_one_that_never_was(caller: tuple[Client, Owner], titles: list[Title]) -> None:
    client, _ = caller
    client.get(ME)  # a key notes its first use of a day
    stranger = Owner(None, uuid4())
    signals.say(stranger, Said(titles[0].pk, Kind.LIKE))
    theirs = str(signals.signals_of(stranger).get().pk)
    for method, body, operation in (
        ("patch", {"is_muted": True}, "mute_signal"), ("patch", {}, "mute_signal"), ("delete", None, "delete_signal"),
    ):  # fmt: skip
        answers = []
        for signal_id in (theirs, str(uuid4())):
            with CaptureQueriesContext(connection) as queries:
                answer = send(client, method, f"{SIGNALS}/{signal_id}", body, **{"X-Request-Id": "1"})
            answers.append((answer.status_code, answer.content, dict(answer.headers), len(queries)))
            conforms(answer, operation)
        for answer in answers:
            del answer[2]["RateLimit-Remaining"], answer[2]["RateLimit-Reset"]  # a second may have passed
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    kept = signals.signals_of(stranger).get()
    assert not kept.is_muted


def test_all_are_forgotten_when_told_so(caller: tuple[Client, Owner], titles: list[Title]) -> None:
    client, owner = caller
    stranger = Owner(None, uuid4())
    for each in (owner, stranger):
        signals.say(each, *(Said(title.pk, Kind.LIKE) for title in titles[:3]))
    TasteImport.objects.create(**owner.columns, service="imdb", file_name="x")
    for refused in ({}, {"confirm": False}, {"confirm": "true"}, {"confirm": True, "all": True}):
        problem(send(client, "delete", SIGNALS, refused), 400)
    assert conforms(send(client, "delete", SIGNALS, {"confirm": True}), "delete_signals") == {"deleted": 3}
    assert not signals.signals_of(owner).exists()
    assert not TasteImport.objects.exists()
    assert signals.signals_of(stranger).count() == 3


# ---- from where


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200), ({"Origin": "http://testserver"}, 200), ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200), ({"Origin": "https://elsewhere.example"}, 403), ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)  # fmt: skip
def test_another_site_changes_nothing_of_a_guests(titles: list[Title], headers: dict[str, str], status: int) -> None:
    browser = guest()
    answer = send(browser, "patch", SETTINGS, {"learning": False}, **headers)
    conforms(answer, "change_settings")
    assert answer.status_code == status
    assert Preferences.objects.exists() is (status == 200)
    assert browser.get(SETTINGS, headers=headers).status_code == 200


def test_a_session_needs_the_token_of_the_page(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    answer = send(browser, "patch", SETTINGS, {"learning": False})
    assert problem(answer, 403)["detail"] == "A call that changes something needs the page's CSRF token."
    token = str(browser.get("/privacy/").cookies["csrftoken"].value)
    assert send(browser, "patch", SETTINGS, {"learning": False}, **{"X-CSRFToken": token}).status_code == 200


def test_a_key_comes_from_anywhere(user: User) -> None:
    answer = send(holder(user), "patch", SETTINGS, {"learning": False}, Origin="https://elsewhere.example")
    assert answer.status_code == 200


# ---- taste


def test_what_taste_consists_of(caller: tuple[Client, Owner], titles: list[Title]) -> None:
    client, owner = caller
    by_name = {title.name: title for title in titles}
    heist = Title.objects.filter(name__in=["Heat", "Ocean's Eleven"])
    heist.update(themes=["heist"])
    actor = Person.objects.create(name="Somebody Else")
    Credit.objects.create(title=by_name["Heat"], person=actor, role=Credit.Role.CAST)
    signals.say(owner, Said(by_name["Heat"].pk, Kind.LIKE), Said(by_name["Ocean's Eleven"].pk, Kind.LIKE))
    signals.say(owner, Said(by_name["Amélie"].pk, Kind.NOT_FOR_ME))
    body = conforms(client.get("/api/v1/me/taste"), "get_taste")
    assert (body["is_used"], body["strength"], body["n_signals"]) == (True, 1.0, 3)
    assert body["genres"][0]["name"] == "Crime"
    assert body["genres"][0]["n_titles"] == 2
    weights = {each["name"]: each["weight"] for each in body["genres"]}
    assert weights["Crime"] > weights["Thriller"] > 0 > weights["Romance"]
    assert {each["name"] for each in body["people"]} == {"Michael Mann", "Steven Soderbergh", "Jean-Pierre Jeunet"}
    assert [(each["name"], each["n_titles"]) for each in body["themes"]] == [("heist", 2)]
    assert {each["item_id"] for each in body["strongest"]} == {"f3", "f5", "f10"}
    against = next(each for each in body["strongest"] if each["item_id"] == "f3")
    assert against["weight"] < 0


def test_taste_that_is_not_used_says_so(titles: list[Title]) -> None:
    browser = guest()
    assert conforms(browser.get("/api/v1/me/taste"), "get_taste")["is_used"] is False
    send(browser, "post", SIGNALS, {"item_id": "f1", "kind": "like"})
    assert browser.get("/api/v1/me/taste").json()["is_used"] is True
    assert browser.get("/api/v1/me/taste", headers={"Sec-GPC": "1"}).json()["is_used"] is False
    send(browser, "patch", SETTINGS, {"personalise": False})
    body = conforms(browser.get("/api/v1/me/taste"), "get_taste")
    assert (body["is_used"], body["genres"], body["strongest"]) == (False, [], [])


# ---- export and the way out


def test_the_export_is_the_pages(titles: list[Title]) -> None:
    browser = another()
    sign_up(browser)
    history(browser, titles[0])
    user = User.objects.get()
    made = keys.create(user, "my script", ["search:read"])
    answer = browser.get("/api/v1/me/export")
    body, page = conforms(answer, "export_me"), browser.get("/privacy/export/").json()
    to_the_millisecond = json.loads(re.sub(r"(T[\d:]+\.\d{3})\d{3}", r"\1", json.dumps(body)))
    assert to_the_millisecond | {"made": ""} == page | {"made": ""}
    assert answer["Content-Disposition"].startswith('attachment; filename="marquee-my-data-')
    assert answer["Cache-Control"] == "private, no-store"
    (key,) = body["api_keys"]
    assert set(key) == {"name", "prefix", "scopes", "created", "expires", "revoked", "last_used"}
    assert (key["name"], key["scopes"], key["prefix"]) == ("my script", ["search:read"], made.key.prefix)
    assert made.secret not in answer.content.decode()


def test_a_guest_leaves(titles: list[Title]) -> None:
    browser, other = another(), another()
    for each in (browser, other):
        history(each, titles[0])
    for refused in ({}, {"confirm": False}):
        assert problem(send(browser, "delete", ME, refused), 400)["field"] == "confirm"
    problem(send(browser, "delete", ME, {"confirm": True}, Origin="https://elsewhere.example"), 403)
    answer = send(browser, "delete", ME, {"confirm": True})
    assert conforms(answer, "delete_me") == {"searches": 1, "interactions": 1, "is_learnt_anew": True}
    assert answer.cookies[CLIENT_COOKIE].value == ""
    assert set(SearchEvent.objects.values_list("client_id", flat=True)) == {client_of(other)}
    assert set(Signal.objects.values_list("client_id", flat=True)) == {client_of(other)}


def test_an_account_leaves_with_its_password_its_sessions_and_its_keys(titles: list[Title]) -> None:
    browser = another()
    sign_up(browser)
    history(browser, titles[0])
    user = User.objects.get()
    script = holder(user)
    assert problem(send(browser, "delete", ME, {"confirm": True}), 400)["field"] == "password"
    wrong = send(browser, "delete", ME, {"confirm": True, "password": "wrong"})
    assert (problem(wrong, 400)["field"], User.objects.count()) == ("password", 1)
    answer = send(browser, "delete", ME, {"confirm": True, "password": PASSWORD})
    conforms(answer, "delete_me")
    assert answer.cookies["sessionid"].value == answer.cookies[CLIENT_COOKIE].value == ""
    assert not User.objects.exists()
    assert not ApiKey.objects.exists()
    assert not Visit.objects.exists()
    assert not Signal.objects.exists()
    problem(script.get(ME), 401)


def test_a_key_needs_the_password_too_and_guessing_waits(user: User) -> None:
    script = holder(user)
    problem(send(script, "delete", ME, {"confirm": True}), 400)
    last: Any = None
    for _ in range(7):
        last = send(script, "delete", ME, {"confirm": True, "password": "guess"})
        conforms(last, "delete_me")
    assert problem(last, 429)["detail"].startswith("Too many tries.")
    assert int(last["Retry-After"]) > 0
    problem(send(script, "delete", ME, {"confirm": True, "password": PASSWORD}), 429)
    assert User.objects.exists()


def test_a_key_lets_its_owner_leave(user: User) -> None:
    conforms(send(holder(user), "delete", ME, {"confirm": True, "password": PASSWORD}), "delete_me")
    assert not User.objects.exists()


def test_it_costs_few_queries(user: User, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    script = holder(user)
    script.get(ME)
    for url, most in ((ME, 4), (SETTINGS, 3), (SIGNALS, 4), ("/api/v1/me/taste", 5)):
        with django_assert_max_num_queries(most):
            assert script.get(url).status_code == 200


def test_what_is_no_number_never_reaches_the_export(titles: list[Title]) -> None:
    browser = guest()
    event = {"event_id": str(uuid4()), "action_name": "dwell", "item_id": "f1", "value": "nan"}
    answer = send(browser, "post", "/api/v1/events", {"events": [event]})
    assert [rejected["field"] for rejected in answer.json()["rejected"]] == ["value"]
    assert browser.get("/api/v1/me/export").status_code == 200
