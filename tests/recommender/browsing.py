"""People at their browsers: they sign up, look around and leave traces, through the pages."""

import re
from typing import Any
from uuid import UUID, uuid4

from django.core import mail
from django.test import Client
from django.urls import reverse

from catalog.event_log import Deed, Visitor
from catalog.models import Interaction, Preferences, SearchEvent, Signal, TasteImport, Title
from catalog.signals import Owner
from recommender import services
from recommender.visitors import CLIENT_COOKIE

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PASSWORD = "violet lantern orbit"


def another() -> Client:
    return Client(headers={"User-Agent": BROWSER})


def sign_up(browser: Client, name: str = "Anna", email: str = "", **more: str) -> Any:
    fields = {"name": name, "email": email, "new_password": PASSWORD, "again": PASSWORD}
    return browser.post(reverse("sign-up"), fields | more)


def sign_in(browser: Client, name: str = "Anna", password: str = PASSWORD, **more: str) -> Any:
    return browser.post(reverse("sign-in"), {"name": name, "password": password} | more)


def url_of(answer: Any) -> str:
    """Where a redirect leads."""
    return str(answer.url)


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def link_in_the_letter() -> str:
    (letter,) = mail.outbox
    found = re.search(r"http://testserver(\S+)", str(letter.body))
    assert found is not None
    return found.group(1)


def client_of(browser: Client) -> UUID:
    return UUID(browser.cookies[CLIENT_COOKIE].value)


def guest_of(browser: Client) -> Owner:
    return Owner(None, client_of(browser))


def history(browser: Client, *titles: Title) -> UUID:
    """Somebody searches, opens and likes; the browser's id."""
    browser.get("/search/", {"q": "godfather"})
    client_id = client_of(browser)
    event = SearchEvent.objects.filter(client_id=client_id).latest("created")
    for title in titles:
        services.record([Deed(uuid4(), "like", title.pk, event.pk, 1)], Visitor(client_id, uuid4()))
    return client_id


def state() -> dict[str, Any]:
    """All that belongs to somebody, less what only says when."""
    return {
        "searches": sorted(SearchEvent.objects.values_list("pk", "user", "client_id")),
        "deeds": sorted(Interaction.objects.values_list("pk", "user", "client_id")),
        "signals": sorted(
            Signal.objects.values_list("pk", "user", "client_id", "title", "kind", "value", "said", "imported"),
            key=str,
        ),
        "imports": sorted(TasteImport.objects.values_list("pk", "user", "client_id"), key=str),
        "preferences": sorted(
            Preferences.objects.values_list("user", "client_id", "learning", "personalise", "strength"), key=str
        ),
    }
