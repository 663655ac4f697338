"""Files of Letterboxd and IMDb: read, matched, imported whole or not at all, and taken back without a trace."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Interaction, SearchEvent, Signal, TasteImport, Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.taste import imports as taste_imports
from recommender.taste.importing import files, rows
from recommender.visitors import CLIENT_COOKIE

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
RATINGS = """Date,Name,Year,Letterboxd URI,Rating
2019-03-02,Inception,2010,https://boxd.it/1skk,4.5
2021-11-20,The Godfather,1972,https://boxd.it/2aHi,5
2020-01-09,Amélie,2001,https://boxd.it/29qw,2
2020-01-10,No Such Film,1999,https://boxd.it/zzzz,3
2020-01-11,Alien,1979,https://boxd.it/2awY,eleven
2020-01-12,Gravity,2013,https://boxd.it/53fA,
"""
WATCHED = """Date,Name,Year,Letterboxd URI
2019-03-02,Inception,2010,https://boxd.it/1skk
2018-05-01,Heat,1995,https://boxd.it/2bg8
"""
WATCHLIST = "Date,Name,Year,Letterboxd URI\n2022-06-01,Brief Encounter,1945,https://boxd.it/29Cy\n"
LIKES = "Date,Name,Year,Letterboxd URI\n2021-11-20,The Godfather,1972,https://boxd.it/2aHi\n"
IMDB_2024 = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt1375666,9,2024-01-05,Inception,Inception,https://www.imdb.com/title/tt1375666/,Movie,8.8,148,2010,"Action, Sci-Fi",2500000,2010-07-08,Christopher Nolan
tt0903747,10,2024-01-06,Ozymandias,Ozymandias,https://www.imdb.com/title/tt2301451/,TV Episode,10,47,2013,Drama,200000,2013-09-15,Rian Johnson
"""  # noqa: E501


def zipped(**members: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


# ---- importing


@pytest.fixture
def owner(standing_world: list[Title]) -> Owner:
    return Owner(None, uuid4())


def bring(owner: Owner, name: str, content: str | bytes, meant: str = "") -> TasteImport:
    content = content.encode() if isinstance(content, str) else content
    return taste_imports.bring(owner, serving.current().index, name, content, meant)


def said_by(owner: Owner) -> dict[tuple[str, str], float | None]:
    return {(signal.title.name, signal.kind): signal.value for signal in signals.signals_of(owner)}


pytestmark = pytest.mark.django_db


def test_it_works(owner: Owner) -> None:
    imported = bring(owner, "ratings.csv", RATINGS)
    assert said_by(owner) == {
        ("Inception", "rating"): 4.5, ("The Godfather", "rating"): 5.0, ("Amélie", "rating"): 2.0,
        ("Inception", "seen"): None, ("The Godfather", "seen"): None, ("Amélie", "seen"): None,
    }  # fmt: skip
    counts = imported.counts
    assert (counts["matched"], counts["signals"], counts["n_not_found"], counts["n_bad"]) == (3, 6, 1, 2)
    assert counts["not_found"] == [["ratings.csv", 5, "No Such Film", 1999]]
    assert {signal.said.year for signal in signals.signals_of(owner)} == {2019, 2020, 2021}, "old ratings are old"
    assert not Interaction.objects.exists()
    assert not SearchEvent.objects.exists()


def test_a_whole_export_says_each_thing_once(owner: Owner) -> None:
    inside = {"ratings.csv": RATINGS, "watched.csv": WATCHED, "watchlist.csv": WATCHLIST, "likes/films.csv": LIKES}
    imported = bring(owner, "export.zip", zipped(**inside))
    said = said_by(owner)
    assert len(said) == imported.counts["signals"] == 9
    assert {("Heat", "seen"), ("Brief Encounter", "watchlist"), ("The Godfather", "like")} <= set(said)
    assert imported.counts["kinds"] == {"rating": 3, "seen": 4, "watchlist": 1, "like": 1}


def test_what_was_said_here_stands(owner: Owner, standing_world: list[Title]) -> None:
    inception, godfather = standing_world[:2]
    signals.say(owner, Said(inception.pk, Kind.RATING, 1.0), Said(godfather.pk, Kind.NOT_FOR_ME))
    before = set(signals.signals_of(owner).values_list("pk", "value", "said"))
    inside = {"ratings.csv": RATINGS, "likes/films.csv": LIKES}
    imported = bring(owner, "export.zip", zipped(**inside))
    said = said_by(owner)
    assert said["Inception", "rating"] == 1.0
    assert ("The Godfather", "like") not in said, "it says the opposite"
    assert imported.counts["other_ratings"] == 1
    assert signals.undo_import(owner, imported.pk) == imported.counts["signals"]
    assert set(signals.signals_of(owner).values_list("pk", "value", "said")) == before


def test_undo_leaves_what_was_said_again_since(owner: Owner, standing_world: list[Title]) -> None:
    imported = bring(owner, "watched.csv", WATCHED)
    signals.say(owner, Said(standing_world[0].pk, Kind.SEEN))
    signals.undo_import(owner, imported.pk)
    assert set(said_by(owner)) == {("Inception", "seen")}
    assert not TasteImport.objects.exists()


def test_the_same_file_twice_changes_nothing(owner: Owner) -> None:
    first = bring(owner, "watched.csv", WATCHED)
    with pytest.raises(taste_imports.ImportedBefore) as again:
        bring(owner, "copy of watched.csv", WATCHED)
    assert again.value.imported == first
    assert TasteImport.objects.count() == 1


def test_the_same_file_of_somebody_else_is_theirs(owner: Owner) -> None:
    bring(owner, "watched.csv", WATCHED)
    bring(Owner(None, uuid4()), "watched.csv", WATCHED)
    assert Signal.objects.count() == 4


def test_the_id_of_imdb_finds_a_title_whatever_it_is_called(owner: Owner, standing_world: list[Title]) -> None:
    Title.objects.filter(pk=standing_world[3].pk).update(external_id="tt1375666")  # it is called Alien here
    bring(owner, "ratings.csv", IMDB_2024)
    assert said_by(owner) == {("Alien", "rating"): 4.5, ("Alien", "seen"): None}


def test_a_title_with_another_id_of_imdb_is_another_film(owner: Owner, standing_world: list[Title]) -> None:
    Title.objects.filter(pk=standing_world[0].pk).update(external_id="tt0000001")
    imported = bring(owner, "ratings.csv", IMDB_2024)
    assert (said_by(owner), imported.counts["n_not_found"]) == ({}, 2)


def test_a_film_listed_twice_counts_as_said_last(owner: Owner) -> None:
    header, first, *_ = RATINGS.splitlines()
    older = first.replace("4.5", "1").replace("2019-03-02", "2012-01-01")
    bring(owner, "ratings.csv", f"{header}\n{first}\n{older}\n")
    assert said_by(owner)["Inception", "rating"] == 4.5


def test_a_day_to_come_is_today(owner: Owner) -> None:
    bring(owner, "watched.csv", WATCHED.replace("2019-03-02", "2999-01-01"))
    assert all(signal.said <= datetime.now(UTC) for signal in signals.signals_of(owner))


def test_questions_are_answered_once(owner: Owner, standing_world: list[Title]) -> None:
    asked = bring(owner, "watched.csv", WATCHED.replace("2010", "2013").replace("1995", "1998"))
    inception, heat = taste_imports.questions(asked)
    assert (inception.name, inception.title_ids) == ("Inception", [standing_world[0].pk])
    assert not said_by(owner)
    foreign = standing_world[5].pk
    assert taste_imports.choose(owner, asked.pk, {heat.place: foreign, 99: 1}) == 0, (
        "what is not offered is not taken"
    )
    assert taste_imports.choose(owner, asked.pk, {inception.place: standing_world[0].pk}) == 1
    assert taste_imports.choose(owner, asked.pk, {inception.place: standing_world[0].pk}) == 0, "pressed twice"
    assert taste_imports.choose(owner, asked.pk, {heat.place: None}) == 0
    asked.refresh_from_db()
    assert (asked.counts["matched"], asked.counts["signals"], asked.counts["n_questions"]) == (1, 1, 0)
    [signal] = signals.signals_of(owner)
    assert (signal.title.name, signal.said.year, signal.imported_id) == ("Inception", 2019, asked.pk)
    assert taste_imports.choose(Owner(None, uuid4()), asked.pk, {0: 1}) is None


# ---- the pages


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": BROWSER})
    client.get(reverse("taste"))
    return client


def send(browser: Client, name: str, content: str | bytes, **fields: str) -> Any:
    content = content.encode() if isinstance(content, str) else content
    return browser.post(reverse("taste-import"), {"file": SimpleUploadedFile(name, content), **fields})


def me(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


def test_a_file_becomes_a_report(browser: Client, django_assert_max_num_queries: Any) -> None:
    answer = send(browser, "ratings.csv", RATINGS)
    imported = TasteImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("taste-import-report", args=[imported.pk]))
    with django_assert_max_num_queries(12):
        page = browser.get(answer["Location"]).content.decode()
    for sentence in ("What came of", "No Such Film", "row 5", "“eleven” is no rating that we know", "row 7", "Undo"):
        assert sentence in page
    assert imported.file_name in browser.get(reverse("taste")).content.decode()


def test_sent_twice_it_is_imported_once(browser: Client) -> None:
    first, second = send(browser, "ratings.csv", RATINGS), send(browser, "ratings.csv", RATINGS)
    assert first["Location"] == second["Location"]
    assert "already" in browser.get(second["Location"]).content.decode()
    assert TasteImport.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("x.csv", "a,b\n1,2\n", 422, "These columns are of no file that we know: a, b."),
        ("x.csv", "", 422, "That file is empty."),
        ("x.png", bytes(range(256)) * 4, 422, "not a table"),
        ("x.csv", b"x" * (files.MAX_BYTES + 1), 413, "larger than 5 MB"),
        ("my films.zip", zipped(**{"notes.txt": "x"}), 422, "That zip holds none of"),
        ("watched.csv", "<script>,</script>\n1,2\n", 422, "&lt;script&gt;"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_writes_nothing(
    browser: Client, name: str, content: str | bytes, status: int, sentence: str
) -> None:
    answer = send(browser, name, content, holds="seen")
    assert answer.status_code == status
    page = answer.content.decode()
    assert sentence in page
    assert '<option value="seen" selected>' in page, "what was chosen beside the file stays chosen"
    assert not TasteImport.objects.exists()
    assert not Signal.objects.exists()


def test_a_form_without_a_file_says_so(browser: Client) -> None:
    answer = browser.post(reverse("taste-import"), {"holds": "seen"})
    assert (answer.status_code, "No file was chosen" in answer.content.decode()) == (422, True)


def test_a_reload_of_the_refusal_goes_to_the_form(browser: Client) -> None:
    assert browser.get(reverse("taste-import"))["Location"] == "/taste/#import"


def test_an_upload_needs_the_token_of_its_form(standing_world: list[Title]) -> None:
    strict = Client(headers={"User-Agent": BROWSER}, enforce_csrf_checks=True)
    assert send(strict, "ratings.csv", RATINGS).status_code == 403
    page = strict.get(reverse("taste"))
    token = page.context["csrf_token"]
    assert send(strict, "ratings.csv", RATINGS, csrfmiddlewaretoken=str(token)).status_code == 302


def test_undo_takes_the_import_back(browser: Client) -> None:
    send(browser, "ratings.csv", RATINGS)
    imported = TasteImport.objects.get()
    undo = reverse("taste-import-undo", args=[imported.pk])
    page = browser.post(undo, follow=True)
    assert "6 things that it said are gone" in page.content.decode()
    assert not Signal.objects.exists()
    assert browser.post(undo).status_code == 404, "pressed twice, it is no more"


def test_questions_are_asked_and_answered_on_the_page(browser: Client, standing_world: list[Title]) -> None:
    send(browser, "watched.csv", WATCHED.replace("2010", "2013"))
    address = reverse("taste-import-report", args=[TasteImport.objects.get().pk])
    assert "Which one did you mean?" in browser.get(address).content.decode()
    page = browser.post(address, {"question-0": standing_world[0].pk}, follow=True).content.decode()
    assert "1 more film is matched." in page
    assert "Which one did you mean?" not in page
    assert ("Inception", "seen") in said_by(me(browser))
    again = browser.post(address, {"question-0": standing_world[0].pk, "question-1": "²"}, follow=True)
    assert "everything is as it was" in again.content.decode()


def test_the_imports_of_others_are_not_there(browser: Client, owner: Owner) -> None:
    theirs = bring(owner, "watched.csv", WATCHED)
    for name in ("taste-import-report", "taste-import-undo"):
        for import_id in (theirs.pk, uuid4()):
            assert browser.post(reverse(name, args=[import_id])).status_code == 404
    assert Signal.objects.count() == 2


def test_a_robot_imports_nothing(standing_world: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    assert send(robot, "ratings.csv", RATINGS).status_code == 403
    assert not TasteImport.objects.exists()


def test_the_largest_file_costs_few_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    header = RATINGS.splitlines()[0]
    lines = [f"2019-01-01,Film {n},1999,x,4" for n in range(rows.MAX_ROWS - 1)]
    content = "\n".join([header, *lines, "2019-03-02,Inception,2010,x,4.5"])
    with django_assert_max_num_queries(20):
        send(browser, "ratings.csv", content)
    counts = TasteImport.objects.get().counts
    assert (counts["matched"], counts["n_not_found"], len(counts["not_found"])) == (1, 19_999, taste_imports.KEPT)
