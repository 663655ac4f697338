"""Windows of the learning log: no row is missed, none is seen twice, whoever commits when."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender.ml.ranking import Source
from tests.training.people import looked_first, settle
from training import dataset
from training.dataset import (
    RestoredLog,
    WindowBounds,
    earlier_choices,
    read_before,
    read_window,
    supporters,
    window_after,
)
from training.ml.labels import Deed as LoggedDeed
from training.ml.labels import lessons

ALWAYS = WindowBounds(0, 2**62)


@pytest.fixture
def film(db: None) -> Title:
    return Title.objects.create(external_id="f1", name="Alien")


def log(
    text: str = "space", *, shown: tuple[int, ...] = (1, 2), surface: str = "html", visitor: Visitor | None = None,
    pinned: tuple[int, ...] = (), **facts: Any,
) -> UUID:  # fmt: skip
    served = Served(
        raw_text=text, normalised_text=text, query_class=facts.pop("query_class", "theme"), corrected_text="",
        surface=surface, model_version=0, latency_ms=1.0,
        shown=[Shown(title_id, 1.0, Source.PINNED if title_id in pinned else 4) for title_id in shown],
        search_id=uuid4(), **facts,
    )  # fmt: skip
    return event_log.record_search(served, visitor or Visitor(client_id=uuid4()))


def click(query_id: UUID | None, title: Title, visitor: Visitor | None = None, action: str = "click") -> UUID:
    event_id = uuid4()
    event_log.record_interactions([Deed(event_id, action, title.pk, query_id)], visitor or Visitor())
    return event_id


@pytest.mark.django_db(transaction=True)
def test_it_works(film: Title) -> None:
    visitor = Visitor(client_id=uuid4(), session_id=uuid4())
    query_id = log(shown=(film.pk, 77), visitor=visitor, first_position=21, query_class="title")
    click(query_id, film, visitor)
    settle()
    bounds = window_after(0)
    (search,) = read_window(bounds)
    assert (search.query_id, search.text, search.shown) == (str(query_id), "space", (film.pk, 77))
    assert (search.who, search.session) == (str(visitor.client_id), str(visitor.session_id))
    assert (search.first_position, search.names_title, search.was_learnt, search.is_robot) == (21, True, False, False)
    assert search.propensity == (1.0, 1.0)
    assert [(deed.action, deed.title_id, deed.who) for deed in search.deeds] == [
        ("click", film.pk, str(visitor.client_id))
    ]
    assert timedelta(0) <= search.deeds[0].at - search.at < timedelta(minutes=1)
    assert read_window(window_after(bounds.wm_to)) == []


@pytest.mark.django_db(transaction=True)
def test_a_window_ends_before_the_oldest_open_transaction(at_once: Callable[..., list[Any]]) -> None:
    """A row that is not yet committed is not skipped: the window stops short of it, and of all after it."""
    written, finish = threading.Event(), threading.Event()

    def slow() -> UUID:
        with transaction.atomic():
            query_id = log("late")
            written.set()
            assert finish.wait(timeout=60)
        return query_id

    def quick() -> tuple[list[str], int]:
        assert written.wait(timeout=60)
        log("early")
        bounds = window_after(0)
        texts = [search.text for search in read_window(bounds)]
        finish.set()
        return texts, bounds.wm_to

    _, (texts, wm_to) = at_once(slow, quick)
    assert texts == []
    settle()
    assert {search.text for search in read_window(window_after(wm_to))} == {"late", "early"}


@pytest.mark.django_db(transaction=True)
def test_with_many_writers_no_row_is_missed_and_none_seen_twice(film: Title) -> None:
    """Four writers, batches that commit late or roll back; a reader that cuts windows all the while.

    They write until enough windows were cut: a transaction of another test, in another database of
    this server, may hold the horizon back for a while.
    """
    n_batches, most_batches, per_batch = 40, 1_000, 8
    enough = threading.Event()
    committed: list[UUID] = []
    writing = threading.Semaphore(0)
    failures: list[Exception] = []

    def write(seed: int) -> None:
        draw = random.Random(seed)
        try:
            for number in range(most_batches):
                if number >= n_batches and enough.is_set():
                    break
                gives_up = draw.random() < 0.15
                try:
                    with transaction.atomic():
                        batch = [log(shown=(film.pk,)) for _ in range(per_batch)]
                        time.sleep(draw.random() * 0.01)
                        if gives_up:
                            raise InterruptedError
                    committed.extend(batch)
                except InterruptedError:
                    continue
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not happen
            failures.append(error)
        finally:
            connection.close()
            writing.release()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    seen: Counter[str] = Counter()
    watermark = n_windows = 0
    while any(writer.is_alive() for writer in writers):
        bounds = window_after(watermark)
        seen.update(search.query_id for search in read_window(bounds))
        n_windows += bounds.wm_to > watermark
        if n_windows > 5:
            enough.set()
        watermark = bounds.wm_to
    for writer in writers:
        writer.join()
    settle()
    seen.update(search.query_id for search in read_window(window_after(watermark)))
    assert not failures
    assert len(committed) >= 1_000
    assert n_windows > 5
    assert seen.keys() == {str(query_id) for query_id in committed}
    assert set(seen.values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_log_whose_counter_is_behind_is_noticed() -> None:
    horizon = settle()
    with pytest.raises(RestoredLog, match="restored from a dump"):
        window_after(horizon + 1_000_000)
    assert window_after(horizon).wm_from == horizon


@pytest.mark.django_db(transaction=True)
def test_a_late_click_belongs_to_the_window_it_was_made_in(film: Title) -> None:
    visitor = Visitor(client_id=uuid4())
    query_id = log(shown=(film.pk, 77), visitor=visitor)
    click(query_id, film, visitor)
    first = settle()
    click(query_id, film, visitor, "like")
    settle()
    (search,) = read_window(window_after(first))
    assert search.query_id == str(query_id)
    assert search.was_learnt
    assert [deed.action for deed in search.deeds] == ["like"]
    (before,) = read_window(WindowBounds(0, first))
    assert not before.was_learnt
    assert [deed.action for deed in before.deeds] == ["click"]


@pytest.mark.django_db(transaction=True)
def test_the_older_windows_are_there_for_replay_as_they_were(film: Title) -> None:
    visitor = Visitor(client_id=uuid4())
    query_ids = [log(f"number {number}", shown=(film.pk,), visitor=visitor) for number in range(3)]
    click(query_ids[2], film, visitor)
    watermark = settle()
    click(query_ids[2], film, visitor, "like")
    log("newer")
    settle()
    assert [search.text for search in read_before(WindowBounds(watermark, watermark), 2)] == ["number 1", "number 2"]
    replayed = read_before(WindowBounds(watermark, watermark), 10)
    assert [search.text for search in replayed] == ["number 0", "number 1", "number 2"]
    assert [deed.action for deed in replayed[2].deeds] == ["click"]
    assert not replayed[2].was_learnt
    assert read_before(WindowBounds(0, 0), 10) == []


@pytest.mark.django_db(transaction=True)
def test_a_choice_of_an_earlier_window_counts_once_that_day(film: Title) -> None:
    visitor = Visitor(client_id=uuid4())
    click(log(shown=(film.pk, 77), visitor=visitor), film, visitor)
    first = settle()
    stranger = Visitor(client_id=uuid4())
    for who in (visitor, stranger):
        click(log(shown=(film.pk, 77), visitor=who), film, who)
    looked_first(list(SearchEvent.objects.values_list("pk", flat=True)))
    settle()
    bounds = window_after(first)
    searches = read_window(bounds)
    earlier = earlier_choices(bounds, searches)
    assert earlier == {(str(visitor.client_id), film.pk, timezone.now().date())}
    found, counts = lessons(searches, earlier=earlier)
    assert counts["dropped: same choice that day"] == 1
    assert sorted(bool(lesson.gains) for lesson in found) == [False, True]
    assert earlier_choices(bounds, []) == set()


def test_supporters_are_clients_and_not_clicks(film: Title) -> None:
    """Each once, whatever they did and when; refusals, robots and clicks on no search are no support."""
    twice, once, robot, other = (Visitor(client_id=uuid4(), is_robot=n == 2) for n in range(4))
    for who, action in ((twice, "click"), (twice, "like"), (once, "click"), (robot, "click"), (other, "dislike")):
        click(log(shown=(film.pk,), visitor=who), film, who, action)
    click(None, film, Visitor(client_id=uuid4()))
    assert supporters(ALWAYS) == {film.pk: 2}
    assert supporters(WindowBounds(2**62, 2**62)) == {film.pk: 2}, "of earlier windows as well"
    assert supporters(replace(ALWAYS, wm_to=1)) == {}, "of nothing later"
    assert supporters(replace(ALWAYS, skipped=((0, 2**62),))) == {}, "of nothing in quarantine"


@pytest.mark.django_db(transaction=True)
def test_what_was_done_where_an_editor_had_pinned_a_title_was_no_choice(film: Title) -> None:
    """It supports nothing, and who chose it there may choose it that day where it stands by itself."""
    visitor = Visitor(client_id=uuid4())
    click(log(shown=(77, film.pk), pinned=(film.pk,), visitor=visitor), film, visitor)
    first = settle()
    assert supporters(ALWAYS) == {}
    click(log(shown=(77, film.pk), pinned=(77,), visitor=visitor), film, visitor)
    looked_first(list(SearchEvent.objects.values_list("pk", flat=True)))
    settle()
    bounds = window_after(first)
    searches = read_window(bounds)
    assert earlier_choices(bounds, searches) == set()
    (lesson,), _ = lessons(searches)
    assert (lesson.pinned, lesson.gains) == (frozenset({77}), {film.pk: 0.25})
    assert supporters(ALWAYS) == {film.pk: 1}


def test_what_others_chose_earlier_and_what_is_no_opinion_does_not_count(film: Title) -> None:
    visitor, stranger = Visitor(client_id=uuid4()), Visitor(client_id=uuid4())
    click(log(visitor=stranger), film, stranger)
    click(log(visitor=visitor), film, visitor, "impression")
    click(None, film, Visitor())
    (search,) = [search for search in read_window(ALWAYS) if search.who == str(visitor.client_id)]
    assert earlier_choices(WindowBounds(2**62, 2**62), [search]) == set()


def test_only_searches_with_a_query_are_learnt_from(film: Title) -> None:
    for surface in ("html", "api", "home", "similar", "suggest"):
        query_id = log(surface, surface=surface, shown=(film.pk,))
        click(query_id, film)
    assert {search.text for search in read_window(ALWAYS)} == {"html", "api"}
    assert dataset.n_searches(ALWAYS) == 2
    later = WindowBounds(SearchEvent.objects.latest("xid").xid + 1, 2**62)
    assert read_window(later) == []
    assert dataset.n_searches(later) == 0


def test_who_has_no_client_id_is_told_apart_by_the_search(film: Title) -> None:
    query_id = log(shown=(film.pk,), visitor=Visitor(session_id=uuid4()))
    click(query_id, film)
    click(query_id, film, Visitor(client_id=uuid4()))
    (search,) = read_window(ALWAYS)
    assert search.who == str(query_id)
    assert [deed.who == search.who for deed in search.deeds] == [True, False]
    assert SearchEvent.objects.get().session_id is not None
    assert search.session == str(SearchEvent.objects.get().session_id)


def test_deeds_come_in_the_order_they_were_done(film: Title) -> None:
    query_id = log(shown=(film.pk,))
    now = timezone.now()
    for minutes, action in ((3, "like"), (1, "click"), (2, "dwell")):
        event_id = click(query_id, film, action=action)
        Interaction.objects.filter(pk=event_id).update(created=now + timedelta(minutes=minutes))
    (search,) = read_window(ALWAYS)
    assert [deed.action for deed in search.deeds] == ["click", "dwell", "like"]
    assert all(isinstance(deed, LoggedDeed) for deed in search.deeds)


def test_robots_are_marked(film: Title) -> None:
    robot = Visitor(client_id=uuid4(), is_robot=True)
    click(log(shown=(film.pk,), visitor=robot), film, robot)
    (search,) = read_window(ALWAYS)
    assert search.is_robot
    assert search.deeds[0].is_robot


def test_reading_a_window_costs_the_same_however_full_it_is(
    film: Title, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(20):
        click(log(shown=(film.pk,)), film)
    with django_assert_max_num_queries(3):
        assert len(read_window(ALWAYS)) == 20
