"""Titles that are sent: all of a sending or nothing of it, in order, whatever dies on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import OperationalError, connections
from django.test import Client
from django.urls import reverse

from catalog import bulk, tasks
from catalog.bulk import BulkRefused, TooLarge, TooManyWaiting, enqueue, work_off
from catalog.importing import applying, staging
from catalog.importing.layouts import MARQUEE
from catalog.importing.title_fields import FIELDS
from catalog.models import BulkTask, CatalogImport, Credit, Delivery, Title, Webhook
from catalog.webhooks import managing
from reco_site import schedule
from tests import others
from tests.catalog.conftest import ImportText, everything_stored

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)  # where others have to see it
ROWS: list[dict[str, Any]] = [
    {
        "item_id": "tt1", "title": "Alpha", "year": 1990, "kind": "movie", "genres": ["Drama", "Crime"],
        "directors": "Ann One", "cast": ["Cy Three", "Di Four"], "countries": ["Korea, South"],
        "languages": "French, English", "runtime_minutes": "99", "popularity": 1234.5, "description": "About\nalpha.",
    },
    {
        "item_id": "tt2", "title": "Beta", "year": None, "kind": "show", "genres": [], "directors": None,
        "cast": "Cy Three|Eve", "countries": None, "languages": ["Italian"],
        "runtime_minutes": None, "popularity": 3, "description": "",
    },
]  # fmt: skip
AS_A_FILE = (
    "item_id,title,year,kind,genres,directors,cast,countries,languages,runtime_minutes,popularity,description\n"
    'tt1,Alpha,1990,movie,Drama|Crime,Ann One,Cy Three|Di Four,"Korea, South|",French|English,99,1234.5,'
    '"About\nalpha."\n'
    "tt2,Beta,,show,,,Cy Three|Eve,,Italian,,3,\n"
)


def titles(n: int, **facts: Any) -> list[dict[str, Any]]:
    return [{"item_id": f"tt{number}", "title": f"Film {number}"} | facts for number in range(1, n + 1)]


def ended(task: BulkTask) -> BulkTask:
    work_off()
    task.refresh_from_db()
    return task


def test_it_works() -> None:
    user = User.objects.create_user("anna")
    task = enqueue(ROWS, user)
    assert (task.status, task.n_rows, task.user, task.report) == ("enqueued", 2, user, {})
    assert not Title.objects.exists()
    assert work_off() == 1
    task.refresh_from_db()
    assert (task.status, task.error, bytes(task.payload), task.n_tries) == ("succeeded", "", b"", 1)
    assert task.started is not None
    assert task.ended is not None
    assert task.report == {
        "counts": {
            "rows": 2, "new": 2, "changed": 0, "unchanged": 0, "rejected": 0, "conflicts": 0, "duplicates": 0,
            "problems": 0, "notes": 0,
        },
        "warning": "",
        "problems": [],
    }  # fmt: skip
    alpha, beta = Title.objects.with_details().order_by("external_id")
    assert (alpha.name, alpha.year, alpha.runtime_minutes, alpha.popularity) == ("Alpha", 1990, 99, 1234.5)
    assert {genre.name for genre in alpha.genres.all()} == {"Drama", "Crime"}
    assert (alpha.countries, alpha.languages, alpha.description) == (
        ["Korea, South"],
        ["French", "English"],
        "About\nalpha.",
    )
    assert alpha.credited(Credit.Role.CAST) == ["Cy Three", "Di Four"]
    assert (beta.kind, beta.year, beta.credited(Credit.Role.CAST)) == ("show", None, ["Cy Three", "Eve"])
    assert work_off() == 0


def test_it_does_what_a_file_of_the_same_does(import_text: ImportText) -> None:
    ended(enqueue(ROWS, None))
    before = everything_stored()
    report = import_text(AS_A_FILE)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)
    after = everything_stored()
    for table in ("Title", "Genre", "Person", "Credit", "title_genres", "CatalogRevision"):
        assert after[table] == before[table]


def test_the_fields_are_those_of_a_file() -> None:
    assert MARQUEE.columns == bulk.FIELDS
    assert {name for name in bulk.FIELDS if FIELDS[bulk.FIELDS[name]].sql_type == "text[]"} == bulk.LISTS
    assert set(bulk.REQUIRED) == {name for name, field in FIELDS.items() if field.is_required}


def test_a_field_that_no_row_has_is_left_and_null_clears() -> None:
    ended(enqueue(ROWS, None))
    overlay = [{"item_id": "tt1", "title": "Alpha", "year": None}]
    task = ended(enqueue(overlay, None))
    assert task.report["counts"]["changed"] == 1
    alpha = Title.objects.get(external_id="tt1")
    assert (alpha.year, alpha.description) == (None, "About\nalpha.")
    assert alpha.credited(Credit.Role.CAST) == ["Cy Three", "Di Four"]


def test_the_same_again_changes_nothing() -> None:
    ended(enqueue(ROWS, None))
    before = list(Title.objects.values())
    again = ended(enqueue(ROWS, None))
    assert again.report["counts"]["unchanged"] == 2
    assert list(Title.objects.values()) == before


def test_troubled_rows_are_named_and_the_others_imported() -> None:
    rows = titles(5, year=2_000)
    rows[1]["year"] = 1_066
    rows[3]["item_id"] = "tt1"
    task = ended(enqueue(rows, None))
    assert task.status == "succeeded"
    assert (
        task.report["counts"] | {"rows": 5, "new": 4, "rejected": 0, "conflicts": 1, "problems": 1}
        == task.report["counts"]
    )
    assert [(told["line"], told["field"], told["level"]) for told in task.report["problems"]] == [
        (2, "year", "problem"), (4, "", "conflict"),
    ]  # fmt: skip
    assert task.report["warning"] == "1 row was left out and 1 value was left out; see the problems."
    assert "'1066' is not a whole number" in task.report["problems"][0]["reason"]
    assert Title.objects.get(external_id="tt2").year is None


def test_of_many_problems_the_first_hundred_are_kept() -> None:
    task = ended(enqueue(titles(2_300, year=7), None))
    assert task.report["counts"]["problems"] == 2_300
    assert [told["line"] for told in task.report["problems"]] == list(range(1, 101))
    assert Title.objects.count() == 2_300


def test_what_does_not_look_like_titles_changes_nothing(
    import_text: ImportText, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_text("external_id,title\ntt9,Omega\n")
    before = everything_stored()
    monkeypatch.setattr(bulk, "_fault_of_required", lambda *_: "")  # as a row of an earlier version that waited
    rows = titles(3, title="")
    rows[0]["title"] = "A good one"
    task = ended(enqueue(rows, None))
    assert task.status == "failed"
    assert "2 of 3 rows are unusable" in task.error
    assert (task.report["counts"]["rejected"], len(task.report["problems"])) == (2, 2)
    assert task.report["warning"] == "2 rows were left out; see the problems."
    assert bytes(task.payload) == b""
    assert everything_stored() == before


def test_what_breaks_changes_nothing_and_does_not_stop_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = applying.apply
    calls: list[None] = []

    def breaks_first(*arguments: Any) -> None:
        calls.append(inner(*arguments))
        if len(calls) == 1:
            raise ZeroDivisionError("oh")

    monkeypatch.setattr(applying, "apply", breaks_first)
    one, other = enqueue(titles(2), None), enqueue(titles(1, item_id="x1"), None)
    assert work_off() == 2
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, one.error) == ("failed", "It broke: ZeroDivisionError: oh")
    assert other.status == "succeeded"
    assert [title.external_id for title in Title.objects.all()] == ["x1"]


def test_the_same_while_it_waits_is_the_same_task() -> None:
    anna, bo = User.objects.create_user("anna"), User.objects.create_user("bo")
    task = enqueue(ROWS, anna)
    turned = [dict(reversed(row.items())) for row in ROWS]
    assert enqueue(turned, anna) == task
    assert enqueue(ROWS[::-1], anna) != task
    assert enqueue(ROWS, bo) != task
    ended(task)
    assert enqueue(ROWS, anna) != task


@committed
def test_the_same_twice_at_once_is_one_task(at_once: Callable[..., list[Any]]) -> None:
    user = User.objects.create_user("anna")
    found = at_once(*[lambda: enqueue(ROWS, user).pk] * 4)
    assert len(set(found)) == 1
    assert BulkTask.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "at least one row"), ({}, "at least one row"), (["tt1"], "row 1 is not an object"),
        ([*titles(1), None], "row 2 is not an object"), ([{}], "row 1: item_id is missing"),
        ([{"item_id": "a"}], "row 1: title is missing"), ([{"title": "A"}], "row 1: item_id is missing"),
        (titles(1, title=None), "row 1, title: is missing"), (titles(1, title=" "), "row 1, title: is missing"),
        (titles(1, title="\u200b"), "row 1, title: is missing"), (titles(1, title="x" * 501), "longer than 500"),
        (titles(1, item_id=None), "row 1, item_id: is missing"), (titles(1, item_id=""), "item_id: is missing"),
        ([*titles(1), *titles(1, item_id="shop/1")], "row 2, item_id: is not an id"),
        (titles(1, item_id=".."), "row 1, item_id: is not an id"),
        (titles(1, item_id="x" * 101), "item_id: is not an id"), (titles(1, item_id="é"), "item_id: is not an id"),
        ([*titles(1), *titles(1, foo=1)], "row 2: unknown fields: 'foo'"),
        (titles(1, titel="A"), "row 1: unknown fields: 'titel'. Did you mean title"),
        (titles(1, external_id="a"), "mean the same, keep one: external_id, item_id"),
        ([*titles(1), {"item_id": "a"}], "row 2 has no 'title'"),
        ([*titles(1), *titles(1, year=1)], "row 2 has 'year'"),
        (titles(1, year=True), "row 1, year: must be"), (titles(1, year=[1]), "row 1, year: must be"),
        (titles(1, year={}), "row 1, year: must be"), (titles(1, title=["A"]), "row 1, title: must be"),
        (titles(1, cast=["A", 1]), "row 1, cast: a list here is of texts"),
        (titles(1, cast=["A|B"]), "must not contain |"),
        (titles(1, title="\0"), "contains NUL"), (titles(1, title="\ud800"), "half of a character"),
        (titles(1, cast=["\udfff"]), "half of a character"), (titles(1, plot="x" * 131_073), "is longer than"),
        (titles(1, cast=["x" * 1_000] * 140), "is longer than"), (titles(1, year=10**5_000), "no number"),
        (titles(1, popularity=float("nan")), "no number"), (titles(1, popularity=float("-inf")), "no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_a_reason_and_not_kept(rows: Any, why: str) -> None:
    with pytest.raises(BulkRefused) as refused:
        enqueue(rows, None)
    assert why in str(refused.value)
    assert not BulkTask.objects.exists()


def test_there_are_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="10,001 rows"):
        enqueue(titles(10_001), None)
    with pytest.raises(TooLarge, match="8 MB"):
        enqueue(titles(85, plot="ä" * 50_000), None)
    monkeypatch.setattr(bulk, "MAX_WAITING", 1)
    enqueue(titles(1), None)
    with pytest.raises(TooManyWaiting):
        enqueue(titles(2), None)


def test_formulas_and_odd_letters_are_words() -> None:
    name = "=1+1 \u2028 “ß” 🎬 \\n"
    ended(enqueue([{"item_id": "x", "title": name, "description": "a\r\nb\u2028c"}], None))
    assert Title.objects.get().name == "=1+1 “ß” 🎬 \\n"
    assert Title.objects.get().description == "a\nb\u2028c"


@committed
def test_they_are_imported_in_the_order_they_came() -> None:
    for year in (1990, 1995, 1992):
        enqueue(titles(1, year=year), None)
    assert work_off() == 3
    assert Title.objects.get().year == 1992


@committed
def test_workers_at_once_import_each_once_and_in_order(at_once: Callable[..., list[Any]]) -> None:
    for number in range(8):
        enqueue(titles(1, year=1990 + number), None)
    shares = at_once(work_off, work_off, work_off)
    assert sum(shares) + work_off() == 8
    assert CatalogImport.objects.count() == 8
    assert Title.objects.get().year == 1997
    assert BulkTask.objects.filter(status="succeeded", n_tries=1).count() >= 6  # a claim just lost counts as begun


@committed
def test_while_somebody_works_others_go_home() -> None:
    task = enqueue(titles(1), None)
    begun = bulk._begin()
    assert begun is not None
    elsewhere = connections.create_connection("default")
    try:
        elsewhere.set_autocommit(False)
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('marquee.bulk'))")
        assert work_off() == 0
        assert not bulk._import(begun)  # begun a moment before the other was
        task.refresh_from_db()
        assert (task.status, task.n_tries) == ("processing", 1)
    finally:
        elsewhere.close()
    others.wait_until_gone()
    assert work_off() == 1
    assert not bulk._import(begun)  # it has ended meanwhile
    assert CatalogImport.objects.count() == 1


@committed
def test_a_worker_that_is_killed_leaves_the_task_to_the_next() -> None:
    """A real process, and SIGKILL in the middle of the import."""
    first, second = enqueue(titles(3), None), enqueue(titles(1, year=1999), None)
    code = (
        "import django; django.setup()\n"
        "import os, signal\n"
        "from catalog import bulk\n"
        "from catalog.importing import importer\n"
        "importer.announce = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "bulk.work_off()\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=others.environment(), timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    others.wait_until_gone()
    first.refresh_from_db()
    assert (first.status, first.n_tries) == ("processing", 1)
    assert bytes(first.payload)
    assert not Title.objects.exists()
    assert work_off() == 2
    for task in (first, second):
        task.refresh_from_db()
    assert (first.status, first.n_tries, second.n_tries) == ("succeeded", 2, 1)
    assert first.ended is not None
    assert second.ended is not None
    assert first.ended <= second.ended
    assert Title.objects.get(external_id="tt1").year == 1999


@committed
def test_a_task_that_kills_its_workers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> None:
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(staging, "begin", dies)
        task = enqueue(titles(1), None)
        for n_tries in (1, 2, 3):
            with pytest.raises(OperationalError):
                work_off()
            task.refresh_from_db()
            assert (task.status, task.n_tries) == ("processing", n_tries)
    other = enqueue(titles(1, item_id="x1"), None)
    assert work_off() == 2
    task.refresh_from_db()
    assert (task.status, bytes(task.payload)) == ("failed", b"")
    assert "begun 3 times" in task.error
    other.refresh_from_db()
    assert other.status == "succeeded"


def test_how_a_task_ended_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    managing.create(
        url="https://example.com/", events=[Webhook.Event.IMPORTED, Webhook.Event.NOT_IMPORTED], owner=None
    )
    with monkeypatch.context() as patch:
        patch.setattr(staging, "begin", lambda _: 1 / 0)
        broken = ended(enqueue(titles(1), None))
        patch.setattr(bulk, "MAX_TRIES", 0)
        refused = ended(enqueue(titles(1), None))
    assert "ZeroDivisionError" in broken.error
    assert list(Delivery.objects.order_by("id").values_list("event", "data")) == [
        ("import.failed", {"name": str(broken.pk), "reason": "It broke here."}),
        ("import.failed", {"name": str(refused.pk), "reason": refused.error}),
    ]
    Delivery.objects.all().delete()
    task = ended(enqueue(titles(2), None))
    told = Delivery.objects.get()
    assert (told.event, told.data) == (
        "import.done",
        {"name": str(task.pk), "layout": "bulk", "counts": task.report["counts"]},
    )


def test_the_doors_look_before_they_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.import_bulk, "apply_async", lambda **options: rung.append(options))
    assert tasks.look_for_bulk_tasks() == "nothing to do"
    assert rung == []
    enqueue(titles(1), None)
    assert tasks.look_for_bulk_tasks() == "1 to import"
    assert rung == [{"expires": 60}]
    assert [tasks.import_bulk(), tasks.import_bulk()] == [1, 0]
    assert tasks.look_for_bulk_tasks() == "nothing to do"
    assert schedule.task_routes[tasks.import_bulk.name] == {"queue": "heavy"}
    assert tasks.look_for_bulk_tasks.name in {entry["task"] for entry in schedule.beat_schedule.values()}


def test_taking_rows_loads_no_pandas() -> None:
    code = "import django; django.setup(); import sys; from catalog import bulk; sys.exit('pandas' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, cwd=django_settings.BASE_DIR, check=False)
    assert ran.returncode == 0


def test_the_desk_shows_tasks_and_their_reports(client: Client) -> None:
    task = ended(enqueue(titles(2, year=7), None))
    client.force_login(User.objects.create_superuser("desk"))
    assert client.get(reverse("admin:catalog_bulktask_changelist")).status_code == 200
    page = client.get(reverse("admin:catalog_bulktask_change", args=[task.pk])).content.decode()
    assert "is not a whole number" in page
