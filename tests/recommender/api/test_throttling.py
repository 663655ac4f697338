"""Calls are counted: many at once get no more than the limit, and no header changes who is counted."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client

from reco_site import schedule
from recommender import tasks
from recommender.accounts import keys
from recommender.accounts.keys import SCOPES
from recommender.api import throttling
from recommender.models import Calls
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db(transaction=True)
URL, AREA = "/api/v1/people", "search"
PAST = "2000-01-01T00:00Z"
ADDRESS = "203.0.113.9"


@pytest.fixture(autouse=True)
def limit(settings: Any) -> int:
    """Of calls about anything, in a minute."""
    n = 3
    settings.API_RATES = dict.fromkeys(settings.API_RATES, n)
    settings.TRUSTED_PROXIES = 0
    return n


def call(address: str = ADDRESS, forwarded: str = "", url: str = URL, client: Client | None = None) -> Any:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return (client or Client()).get(url, headers=headers, REMOTE_ADDR=address)


def left(answer: Any) -> int:
    assert answer.status_code == 200
    return int(answer["RateLimit-Remaining"])


def a_user(name: str = "Anna") -> User:
    return User.objects.create_user(name, password="violet lantern orbit")


def by_key(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {keys.create(user, 'script', SCOPES).secret}"})


def test_it_works(limit: int) -> None:
    answers = [call() for _ in range(limit)]
    assert [left(answer) for answer in answers] == [2, 1, 0]
    assert all(answer["RateLimit-Limit"] == str(limit) for answer in answers)
    assert all(0 < int(answer["RateLimit-Reset"]) <= throttling.WINDOW for answer in answers)


def test_too_many_calls_are_told_when_to_come_back(limit: int) -> None:
    for _ in range(limit):
        call()
    answer = call()
    assert problem(answer, 429)["detail"].startswith("At most 3 such calls fit in a minute.")
    conforms(answer, "list_people")
    assert 0 < int(answer["Retry-After"]) <= throttling.WINDOW
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("3", "0")
    assert answer["RateLimit-Reset"] == answer["Retry-After"]


def test_fifty_at_once_get_no_more_than_the_limit(settings: Any, at_once: Callable[..., list[Any]]) -> None:
    settings.API_RATES = settings.API_RATES | {AREA: 20}
    answers = at_once(*[call] * 50)
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 30}
    assert sorted(left(answer) for answer in answers if answer.status_code == 200) == list(range(20))
    assert Calls.objects.get().n == 50


def test_fifty_at_once_in_a_new_minute_get_no_more_either(settings: Any, at_once: Callable[..., list[Any]]) -> None:
    settings.API_RATES = settings.API_RATES | {AREA: 20}
    call()
    Calls.objects.update(n=1_000, until=PAST)
    answers = at_once(*[call] * 50)
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 30}


def test_the_window_ends_and_does_not_move_with_every_call(limit: int) -> None:
    call()
    until = Calls.objects.get().until
    for _ in range(limit):
        call()
    assert Calls.objects.get().until == until
    Calls.objects.update(until=PAST)
    assert left(call()) == limit - 1
    assert Calls.objects.get().until > until


def test_without_a_limit_nothing_is_counted(settings: Any) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    answers = [call() for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RateLimit-Limit" in answer for answer in answers)
    assert not Calls.objects.exists()


def test_areas_are_counted_apart() -> None:
    user = a_user()
    client = by_key(user)
    assert [left(call(client=client)), left(call(client=client, url="/api/v1/me"))] == [2, 2]


def test_more_keys_are_no_more_calls() -> None:
    user = a_user()
    signed_in = Client()
    signed_in.force_login(user)
    assert [left(call(client=client)) for client in (signed_in, by_key(user), by_key(user))] == [2, 1, 0]


def test_addresses_and_accounts_are_counted_apart() -> None:
    signed_in = Client()
    signed_in.force_login(a_user("Cleo"))
    callers = [Client(), signed_in, by_key(a_user()), by_key(a_user("Ben"))]
    for expected in (2, 1, 0):
        assert [left(call(client=client)) for client in callers] == [expected] * len(callers)
    assert [call(client=client).status_code for client in callers] == [429] * len(callers)
    assert left(call("203.0.113.10")) == 2


def test_a_key_and_an_account_are_the_same_caller_at_any_address() -> None:
    client = by_key(a_user())
    assert [left(call(f"203.0.113.{n}", client=client)) for n in range(3)] == [2, 1, 0]
    assert call("203.0.113.3", client=client).status_code == 429


@pytest.mark.parametrize(
    "said", ["198.51.100.{n}", "198.51.100.{n}, 203.0.113.9", "::{n}", "unknown{n}", ",,{n}", "127.0.0.1, {n}"]
)
def test_without_a_proxy_of_ours_no_word_about_others_is_believed(limit: int, said: str) -> None:
    for n in range(limit):
        assert left(call(forwarded=said.format(n=n))) == limit - 1 - n
    answer = Client().get(
        URL,
        REMOTE_ADDR=ADDRESS,
        headers={"X-Real-IP": "198.51.100.1", "Forwarded": "for=198.51.100.1", "X-Client-IP": "198.51.100.1"},
    )
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("n_proxies", "said", "counted"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "9.9.9.9, 198.51.100.1", "198.51.100.1"),
        (2, "9.9.9.9, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "8.8.8.8,9.9.9.9 ,198.51.100.1,10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", ADDRESS),
        (3, "", ADDRESS),
        (1, "9.9.9.9, , 198.51.100.1,", "198.51.100.1"),
        (1, "[2001:db8::1]", "2001:db8::/64"),
        (1, "2001:db8:0:0:5::1", "2001:db8::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_so_many_proxies_of_ours_are_believed_and_no_more(
    settings: Any, n_proxies: int, said: str, counted: str
) -> None:
    settings.TRUSTED_PROXIES = n_proxies
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": said}
    assert throttling.address_of(request) == counted


def test_what_a_client_writes_before_our_proxy_gains_nothing(settings: Any, limit: int) -> None:
    settings.TRUSTED_PROXIES = 1
    for n in range(limit):
        assert left(call("10.0.0.1", forwarded=f"9.9.9.{n}, 198.51.100.1")) == limit - 1 - n
    assert call("10.0.0.1", forwarded="9.9.9.9, 198.51.100.1").status_code == 429
    assert left(call("10.0.0.1", forwarded="9.9.9.9, 198.51.100.2")) == limit - 1


def test_a_household_has_one_count_however_many_addresses_it_has(limit: int) -> None:
    for n in range(limit):
        assert left(call(f"2001:db8::{n}:1")) == limit - 1 - n
    assert call("2001:db8::ffff").status_code == 429
    assert left(call("2001:db8:0:1::1")) == limit - 1


def test_no_address_is_kept() -> None:
    call()
    call("2001:db8::7")
    kept = [f"{calls.key} {calls}" for calls in Calls.objects.all()]
    assert len(kept) == 2
    assert not any(part in row for row in kept for part in (ADDRESS, "203.0", "2001:", "address"))


def test_a_call_that_is_refused_counts_too() -> None:
    assert [call(url=f"{URL}?odd=1").status_code for _ in range(4)] == [400, 400, 400, 429]


def wrong_key(address: str = ADDRESS, said: str = "Bearer mq_guess", url: str = URL, **headers: str) -> Any:
    return Client().get(url, headers={"Authorization": said} | headers, REMOTE_ADDR=address)


def test_keys_that_do_not_work_are_counted_by_address_whatever_they_ask(limit: int) -> None:
    """Also where each is another one; those who come without a key, or with one that works, do not pay for it."""
    client = by_key(a_user())
    calls = [("Bearer mq_1", URL), ("Bearer nonsense", "/api/v1/me"), ("mq_2", "/api/v1/keys")]
    assert [wrong_key(said=said, url=url).status_code for said, url in calls] == [401] * limit
    refused = wrong_key(said="Bearer mq_3")
    assert problem(refused, 429)["detail"].startswith(f"At most {limit} such calls")
    conforms(refused, "list_people")
    assert 0 < int(refused["Retry-After"]) <= throttling.WINDOW
    assert "WWW-Authenticate" not in refused
    assert wrong_key("203.0.113.10").status_code == 401
    assert wrong_key(**{"X-Forwarded-For": "203.0.113.10"}).status_code == 429
    assert [left(call()), left(call(client=client))] == [limit - 1] * 2
    assert not any(ADDRESS in f"{calls.key} {calls}" for calls in Calls.objects.all())
    Calls.objects.update(until=PAST)
    assert wrong_key().status_code == 401


def test_fifty_wrong_keys_at_once_are_no_more_than_the_limit(
    settings: Any, at_once: Callable[..., list[Any]]
) -> None:
    settings.API_RATES = settings.API_RATES | {throttling.WRONG_KEYS: 20}
    answers = at_once(*[wrong_key] * 50)
    assert Counter(answer.status_code for answer in answers) == {401: 20, 429: 30}


def test_a_key_that_works_costs_no_query_more(settings: Any, django_assert_num_queries: Any) -> None:
    client = by_key(a_user())
    call(client=client)  # the first call of a day notes that the key was used
    for limited in (3, 0):
        settings.API_RATES = settings.API_RATES | {AREA: 0, throttling.WRONG_KEYS: limited}
        with django_assert_num_queries(2):  # the key, the list
            call(client=client)


def test_windows_that_are_over_are_forgotten_within_the_hour() -> None:
    call()
    Calls.objects.update(until=PAST)
    call("203.0.113.10")
    assert tasks.forget_calls() == 1
    assert Calls.objects.count() == 1
    assert tasks.forget_calls.name in {entry["task"] for entry in schedule.beat_schedule.values()}
