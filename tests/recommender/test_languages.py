"""Every page in German: nothing is left in English."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from catalog import signals
from catalog.models import Person, Signal, TasteImport, Title
from catalog.signals import Kind, Owner, Said
from recommender.answers import naming
from recommender.ml.query.understanding import Chip, understand
from recommender.visitors import CLIENT_COOKIE
from tests.recommender.browsing import BROWSER, PASSWORD, another, sign_up
from tests.recommender.german_messages import MESSAGES_SAID
from tests.recommender.ml.query.catalogues import FamousNames

SHOWN = ("alt", "aria-label", "aria-valuetext", "content", "data-steps", "data-trouble", "placeholder", "title")


class Words(HTMLParser):
    """Everything that a page says to somebody, seen or read aloud, and nothing of how it is built."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL))

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [f" | {value} | " for name, value in attributes if name in SHOWN and value]

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.found).split())


def _english() -> list[tuple[str, re.Pattern[str]]]:
    """(msgid, what finds it on a page) of those with two words and more."""
    found = []
    for form in {form for entry in MESSAGES_SAID for form in entry.forms if form not in entry.said}:
        plain = " ".join(re.sub(r"<[^>]+>", "", form).replace("%%", "%").split())
        pieces = re.split(r"%\(\w+\)[sd]|\{\w+\}", plain)
        if len(re.findall(r"[A-Za-z]{2,}", " ".join(pieces))) >= 2:
            found.append((form, re.compile(r"(?<!\w)" + ".{0,90}?".join(map(re.escape, pieces)) + r"(?!\w)")))
    return found


ENGLISH = _english()


def left_in_english(html: str) -> list[str]:
    text = Words(html).text
    return [form for form, pattern in ENGLISH if pattern.search(text)]


def german(**headers: str) -> Client:
    return Client(headers={"User-Agent": BROWSER, "Accept-Language": "de-AT,de;q=0.9,en;q=0.5", **headers})


def owner_of(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


@pytest.fixture
def somebody(standing_world: list[Title]) -> Client:
    """Who has said something of every kind, searched, and brought ratings along."""
    browser = german()
    for text in ("godfather", "space crew", "heist"):
        browser.get("/search/", {"q": text})
    kinds = (Kind.LIKE, Kind.LIKE, Kind.NOT_FOR_ME, Kind.SEEN, Kind.WATCHLIST, Kind.OPENED, Kind.RATING)
    said = [
        Said(title.pk, kind, 4.5 if kind == Kind.RATING else None)
        for title, kind in zip(standing_world, kinds, strict=False)
    ]
    signals.say(owner_of(browser), *said)
    signals.mute(owner_of(browser), signals.signals_of(owner_of(browser))[0].pk, is_muted=True)
    file = (
        b"Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,The Godfather,1972,x,4.5\n,Nobody Knows It,,x,1\n,A,,x,9\n"
    )
    browser.post(reverse("taste-import"), {"file": SimpleUploadedFile("ratings.csv", file)})
    assert TasteImport.objects.filter(**owner_of(browser).columns).exists()
    return browser


@pytest.fixture
def nobody(standing_world: list[Title]) -> Client:
    return german()


@pytest.fixture
def member(standing_world: list[Title]) -> Client:
    browser = german()
    browser.get("/search/", {"q": "godfather"})
    sign_up(browser)
    return browser


def of_title(name: str, place: int = 9) -> Callable[[], str]:
    return lambda: reverse(name, args=[Title.objects.order_by("pk")[place].external_id])


ADDRESSES: dict[str, Callable[[], str]] = {
    "home": lambda: "/",
    "welcome": lambda: "/?pick=1",
    "results": lambda: "/search/?q=space+crew",
    "one title": lambda: "/search/?q=the+godfather",
    "misspelt": lambda: "/search/?q=the+godfahter",
    "arranged": lambda: "/search/?q=crime&sort=newest&surprise=4",
    "filters read": lambda: "/search/?q=movies+from+the+1970s+under+3+hours+not+horror",
    "filters asked": lambda: "/search/?genres=Drama,-War&year_min=1950&year_max=2020&runtime_min=20&kind=movie",
    "nothing": lambda: "/search/?q=zzxqy&maturity=foo&genres=Horror&year_max=1890",
    "refused": lambda: "/search/?q=x&year_min=2000&year_max=1990",
    "no number": lambda: "/search/?q=x&runtime_min=long",
    "too long": lambda: "/search/?q=" + "x" * 3000,
    "bad cursor": lambda: "/search/?q=x&cursor=x",
    "title": of_title("title"),
    "title liked": of_title("title", 0),
    "why": of_title("why"),
    "why in results": lambda: of_title("why", 1)() + "?q=crime",
    "person": lambda: reverse("person", args=[Person.objects.order_by("pk")[0].pk]),
    "genre": lambda: reverse("genre", args=["Drama"]),
    "list": lambda: "/list/",
    "list filtered": lambda: "/list/?kind=show&seen=yes",
    "taste": lambda: "/taste/",
    "taste by kind": lambda: "/taste/?kind=like",
    "hidden": lambda: "/taste/hidden/",
    "reset": lambda: "/taste/reset/",
    "how ranking works": lambda: "/how-ranking-works/",
    "sign up": lambda: "/sign-up/",
    "sign in": lambda: "/sign-in/",
    "password": lambda: "/password/",
    "password sent": lambda: "/password/sent/",
    "old letter": lambda: "/password/x/y/",
    "privacy": lambda: "/privacy/",
    "leave": lambda: "/privacy/delete/",
    "404": lambda: "/nothing/here/",
}


def check(page: Any) -> None:
    html = page.content.decode()
    assert '<html lang="de">' in html
    assert page.headers["Content-Language"] == "de"
    assert left_in_english(html) == []
    # A number is written in the reader's way, but not where a browser reads it.
    assert not re.findall(r'\b(?:value|min|max|step|width|height|x|y)="-?\d+,\d+"', html)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("who", ["somebody", "nobody"])
def test_a_page_is_german_throughout(
    standing_world: list[Title], who: str, name: str, request: pytest.FixtureRequest
) -> None:
    browser: Client = request.getfixturevalue(who)
    check(browser.get(ADDRESSES[name]()))


@pytest.mark.django_db
def test_the_report_of_an_import_is_german(somebody: Client) -> None:
    imported = TasteImport.objects.get(**owner_of(somebody).columns)
    page = somebody.get(reverse("taste-import-report", args=[imported.pk]))
    check(page)
    assert (
        "hat keine Bewertung" in Words(page.content.decode()).text or "ist keine Bewertung" in page.content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account", "password-change", "privacy", "leave", "taste", "watchlist"])
def test_the_pages_of_an_account_are_german(member: Client, name: str) -> None:
    assert User.objects.exists()
    check(member.get(reverse(name)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("sign-up", {"name": "", "new_password": "a", "again": "b"}),
        ("sign-up", {"name": "Anna", "new_password": "123", "again": "123"}),
        ("sign-in", {"name": "nobody", "password": "wrong"}),
        ("password-forgotten", {"email": "none"}),
        ("taste-import", {}),
        ("privacy-switch", {"switch": "learning", "to": "off"}),
        ("privacy-switch", {}),
        ("preferences", {"strength": "2"}),
        ("preferences", {}),
        ("taste-reset", {}),
        ("welcome", {}),
        ("undo", {"token": "forged"}),
    ],
)
def test_what_a_form_answers_is_german(nobody: Client, name: str, sent: dict[str, str]) -> None:
    nobody.get("/")
    check(nobody.post(reverse(name), sent, follow=True))


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["like", "not_for_me", "seen", "watchlist_add", "watchlist_remove"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_the_buttons_answer_is_german(
    nobody: Client, standing_world: list[Title], action: str, headers: dict[str, str]
) -> None:
    film = standing_world[0]
    sent = {"action": action, "event_id": str(uuid4()), "next": "/taste/"}
    answer = nobody.post(reverse("feedback", args=[film.external_id]), sent, headers=headers, follow=True)
    assert answer.status_code == 200
    assert left_in_english(answer.content.decode()) == []
    assert film.name in answer.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403_csrf.html", "500.html", "recommender/unavailable.html"])
def test_pages_of_trouble_are_german(template: str) -> None:
    with translation.override("de"):
        html = render_to_string(template)
    assert '<html lang="de">' in html
    assert left_in_english(html) == []


@pytest.mark.django_db
def test_the_letter_is_german(member: Client, mailoutbox: list[Any]) -> None:
    member.post(reverse("account-email"), {"email": "anna@example.org", "password": PASSWORD})
    member.post(reverse("password-forgotten"), {"email": "anna@example.org"})
    (letter,) = mailoutbox
    assert "Passwort" in letter.subject
    assert left_in_english(letter.body) == []


@pytest.mark.django_db
def test_suggestions_have_german_headings(somebody: Client) -> None:
    answer = somebody.get(reverse("api-suggest"), {"q": "the god", "grouped": "true"}).json()
    assert answer["groups"][0]["heading"] == "Titel"
    assert re.fullmatch(r"\d+ Vorschl(ag|äge)", answer["status"])


def test_what_finds_english_finds_it() -> None:
    page = "<p>Noted: you like <bdi>Heat</bdi>.</p><img alt='Find a film'>"
    assert set(left_in_english(page)) == {
        "Noted: you like {name}.",
        "Find a film",
    }


# ---- names of filters


@pytest.mark.parametrize(
    ("text", "english", "said"),
    [
        ("movies from the 1990s", ["Films", "1990s"], ["Filme", "1990er"]),
        ("horror before 1980", ["Horror", "Before 1980"], ["Horror", "Bis 1979"]),
        ("comedies under 90 minutes", ["Comedy", "Under 90 min"], ["Comedy", "Unter 90 Min."]),
        ("french films not horror", ["French", "Films", "Not horror"], ["French", "Filme", "Nicht Horror"]),
        ("horror or comedy movies", ["Horror or comedy", "Films"], ["Horror oder Comedy", "Filme"]),
    ],
)
def test_filters_that_were_read_from_the_text_have_german_names(
    text: str, english: list[str], said: list[str]
) -> None:
    chips = understand(text, FamousNames()).chips
    assert [naming.of_chip(chip) for chip in chips] == english
    with translation.override("de"):
        assert [naming.of_chip(chip) for chip in chips] == said


@pytest.mark.parametrize(
    ("chip", "said"),
    [
        (Chip("years", "2000-", "Since 2000", 0, 1), "Ab 2000"),
        (Chip("years", "1990-1993", "Early 1990s", 0, 1), "1990–1993"),
        (Chip("runtime", "80-100", "About 90 min", 0, 1), "80–100 Min."),
        (Chip("languages", "French", "In French", 0, 1), "Sprache: French"),
        (Chip("directors", "Jane Doe", "Directed by Jane Doe", 0, 1), "Regie: Jane Doe"),
        (Chip("a new field", "x", "As it was put", 0, 1), "As it was put"),
    ],
)
def test_a_chip_is_called_as_the_same_filter_of_a_form(chip: Chip, said: str) -> None:
    assert naming.of_chip(chip) == chip.label
    with translation.override("de"):
        assert naming.of_chip(chip) == said


def test_labels_of_models_wait_for_the_reader() -> None:
    with translation.override("de"):
        assert [str(label) for label in Title.Kind.labels] == ["Film", "Serie"]
        assert str(Signal.Kind.LIKE.label) == "Gefällt dir"
    assert [str(label) for label in Title.Kind.labels] == ["Film", "Show"]


# ---- choosing a language


@pytest.mark.django_db
def test_without_a_wish_pages_are_english(standing_world: list[Title]) -> None:
    for headers in ({}, {"Accept-Language": "fr"}, {"Accept-Language": "en-GB,de;q=0.5"}):
        html = Client(headers={"User-Agent": BROWSER, **headers}).get("/").content.decode()
        assert '<html lang="en">' in html
        assert "What shall we watch tonight?" in html


@pytest.mark.django_db
def test_the_foot_of_a_page_changes_the_language_and_it_stays(standing_world: list[Title]) -> None:
    browser = another()
    page = browser.get("/search/", {"q": "godfather"}).content.decode()
    form = page.split('<form class="languages"')[1].split("</form>")[0]
    assert f'action="{reverse("set_language")}"' in form
    assert re.findall(r'name="language" value="(\w+)"', form) == ["en", "de"]
    assert re.findall(r'value="(\w+)" lang="\w+" aria-current', form) == ["en"]
    back = form.split('name="next" value="')[1].split('"')[0]

    answer = browser.post(reverse("set_language"), {"language": "de", "next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/search/?q=godfather")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("de", 31_536_000, "Lax")
    for address in (back, "/", "/taste/"):
        assert '<html lang="de">' in browser.get(address).content.decode()

    browser.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert '<html lang="en">' in browser.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{"language": "xx"}, {}, {"language": "de", "next": "https://elsewhere.example/"}])
def test_what_is_no_language_or_no_page_of_ours_is_ignored(standing_world: list[Title], sent: dict[str, str]) -> None:
    answer = another().post(reverse("set_language"), sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
