"""Nobody signs up as somebody who looks after the site."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from recommender.accounts.impersonation import looks_official
from tests.recommender.browsing import another, sign_up, text_of

pytestmark = pytest.mark.django_db
WORDS = "This name could be taken for somebody who looks after Marquee. Please choose another."


@pytest.mark.parametrize(
    "name",
    [
        "admin", "ADMIN", "Admin 2", "r00t", "rnarquee", "Marquee", "the marquee team", "MarqueeSupport", "sta\ufb00",
        "\uff41\uff44\uff4d\uff49\uff4e",  # full width
        "\u0430dmin",  # a Cyrillic a
        "\u0391DM\u0399\u039d",  # Greek capitals
        "\u0440\u043e\u043e\u0442".replace("\u0440", "\u0433"),  # all of it Cyrillic
        "\u00e1d\u00b7m\u00edn", "a.d.m.i.n", "adm1n", "adm|n", "admln", "st@ff", "official admin", "web-master",
    ],
)  # fmt: skip
def test_names_of_offices_are_refused(name: str) -> None:
    assert looks_official(name)


@pytest.mark.parametrize(
    "name",
    [
        "Anna", "Amanda Root", "Stafford", "Adminah Jones", "The Team", "marquee fan", "Bill Admin-Smith", "007",
        "\u0410\u043d\u043d\u0430", "\u0391\u03bd\u03bd\u03b1", "\u7530\u4e2d", "\U0001f3ac", "i", "...",
    ],
)  # fmt: skip
def test_names_of_people_are_not(name: str) -> None:
    assert not looks_official(name)


def test_nobody_looks_like_one_of_the_staff() -> None:
    User.objects.create_user("Paula Ray", is_staff=True)
    User.objects.create_user("Ben Ode")
    assert looks_official("P\u0430u1a R\u00e1y")
    assert not looks_official("Ben 0de"), "of others only the name itself is taken"


def test_the_form_says_so_and_keeps_what_was_typed(client: Client) -> None:
    page = sign_up(another(), "\u0410dmin", email="a@example.org")
    assert page.status_code == 422
    assert WORDS in text_of(page)
    assert "\u0410dmin" in page.content.decode()
    assert "a@example.org" in page.content.decode()
    assert not User.objects.exists()


def test_who_has_such_a_name_signs_in(client: Client) -> None:
    User.objects.create_superuser("admin", password="violet lantern orbit")
    answer = another().post("/sign-in/", {"name": "admin", "password": "violet lantern orbit"})
    assert answer.status_code == 302
