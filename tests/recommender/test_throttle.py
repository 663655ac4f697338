"""Guessing takes ever longer, however many guess at once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from recommender.accounts import passwords, throttle
from recommender.models import Tries

pytestmark = pytest.mark.django_db(transaction=True)
PAST = "2000-01-01T00:00Z"


def test_it_works() -> None:
    assert throttle.take_sign_in("Anna", None) == 0


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = []
    for _ in range(throttle.FREE + 9):
        assert throttle.take("key") == 0
        waits.append(throttle.take("key"))
        Tries.objects.update(next_from=PAST)
    later = [wait for wait in waits if wait]
    assert later == pytest.approx([15, 30, 60, 120, 240, 480, *[throttle.LONGEST_WAIT] * (len(later) - 6)], abs=3)


def test_old_tries_are_forgotten() -> None:
    for _ in range(throttle.FREE):
        throttle.take("key")
    assert throttle.take("key")
    Tries.objects.update(last=PAST)
    assert throttle.take("key") == 0


def test_a_success_gives_the_name_all_its_tries_back_and_the_browser_one() -> None:
    for _ in range(throttle.FREE - 1):
        throttle.take_sign_in("Anna", None)
    throttle.succeeded("anna ", None)
    assert list(Tries.objects.values_list("n", flat=True)) == [throttle.FREE - 2]


def test_many_at_once_get_no_more_tries(at_once: Callable[..., list[Any]]) -> None:
    waits = sorted(at_once(*[lambda: throttle.take("key")] * 12))
    assert waits[: throttle.FREE] == [0] * throttle.FREE
    assert all(wait > 0 for wait in waits[throttle.FREE :])


def test_forgetting_leaves_no_row() -> None:
    throttle.take_sign_in("Anna", None)
    throttle.take(throttle.of_letter("anna@example.org"))
    throttle.forget(["Anna", "anna@example.org"], [])
    assert [row.key for row in Tries.objects.all()] == [throttle.of_browser(None)]


def test_strangers_who_guess_do_not_hold_up_who_is_signed_in() -> None:
    anna = User.objects.create_user("Anna", password="violet lantern orbit")
    for _ in range(throttle.FREE + 1):
        throttle.take_sign_in("Anna", uuid4())
    assert throttle.take_sign_in("Anna", uuid4()) > 0
    assert passwords.is_right(anna, "violet lantern orbit")
    assert throttle.take_sign_in("Anna", uuid4()) > 0, "nor do they get new tries by it"


def test_who_is_signed_in_may_not_guess_for_ever_either() -> None:
    anna = User.objects.create_user("Anna", password="violet lantern orbit")
    for _ in range(throttle.FREE):
        assert not passwords.is_right(anna, "wrong")
    with pytest.raises(passwords.TooManyTries) as held:
        passwords.is_right(anna, "violet lantern orbit")
    assert 0 < held.value.seconds <= throttle.LONGEST_WAIT
    throttle.forget(["Anna"], [])
    assert not Tries.objects.exists()
