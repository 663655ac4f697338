"""What this process answers with: it follows the champion, and nothing broken ever takes its place."""

import logging
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection

from catalog.models import CatalogRevision, Title
from recommender import serving
from recommender.index import embeddings
from recommender.index.encoders import embedding_fingerprint, encoder
from recommender.ml import engine
from recommender.ml.index import CatalogIndex
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.ml.ranking import Tier
from recommender.models import Checkpoint
from recommender.versions import registry
from tests.recommender.versions import line_of, promoted, registered, spoil
from tests.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(tmp_path: Any, settings: Any) -> Iterator[None]:
    """A process that has just begun, with a state directory of its own."""
    settings.STATE_DIR = tmp_path
    serving._serving = serving._Serving()
    yield
    serving._serving = serving._Serving()


def champion() -> Checkpoint:
    found = registry.champion()
    assert found is not None
    return found


def test_it_works(served_world: list[Title]) -> None:
    snapshot = serving.current()
    assert (snapshot.version, len(snapshot.index)) == (0, len(served_world))
    serving.refresh()
    assert serving.current() is snapshot  # nothing changed, nothing was built


def test_it_follows_a_promotion_at_the_next_look(served_world: list[Title]) -> None:
    before = serving.current()
    promoted(champion(), number=1)
    assert serving.current() is before
    serving.refresh()
    assert serving.current().version == 1
    assert serving.current().index is before.index  # a new version costs no new catalogue
    assert serving.alarm() == ""


def test_it_follows_a_rollback(served_world: list[Title]) -> None:
    promoted(champion(), number=1)
    serving.refresh()
    registry.roll_back(to=None, reason="worse", actor="anna")
    serving.refresh()
    assert serving.current().version == 0


def test_it_keeps_the_old_version_when_the_new_champion_is_corrupt(
    served_world: list[Title], caplog: pytest.LogCaptureFixture
) -> None:
    before = serving.current()
    spoil(promoted(champion(), number=1))
    for _ in range(3):
        serving.refresh()
        assert serving.current() is before
        assert serving.alarm() == "v1 must not serve: its bytes do not match the recorded sha256"
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_the_alarm_ends_with_the_rollback(served_world: list[Title]) -> None:
    spoil(promoted(champion(), number=1))
    serving.refresh()
    assert serving.alarm() != ""
    registry.roll_back(to=None, reason="v1 is broken", actor="anna")
    serving.refresh()
    assert serving.alarm() == ""
    assert serving.current().version == 0


def test_it_recovers_when_the_bytes_are_repaired(served_world: list[Title]) -> None:
    broken = promoted(champion(), number=1)
    spoil(broken)
    serving.refresh()
    spoil(broken)  # the same bit again
    serving.refresh()
    assert (serving.current().version, serving.alarm()) == (1, "")


def test_a_version_that_loses_a_title_by_its_own_name_must_not_serve(
    served_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    promoted(champion(), number=1)
    lost = engine.similar(serving.current(), [served_world[0].pk])
    assert lost.hits
    monkeypatch.setattr(engine, "search", lambda *_arguments, **_options: lost)
    serving.refresh()
    assert serving.current().version == 0
    assert "by its own name" in serving.alarm()


def test_a_name_longer_than_any_query_stops_nothing(served_world: list[Title]) -> None:
    Title.objects.filter(pk=served_world[0].pk).update(name="Inception " * 300)
    CatalogRevision.bump()
    serving.refresh()
    assert serving.alarm() == ""
    assert len(serving.current().index.names[0]) > MAX_QUERY_LENGTH


def test_a_start_with_a_corrupt_champion_serves_its_sound_ancestor(
    started: None, caplog: pytest.LogCaptureFixture
) -> None:
    _, v1, v2 = line_of(3)
    spoil(v1)
    spoil(v2)
    for _ in range(3):
        serving.refresh()
        assert serving.current().version == 0
        assert "must not serve" in serving.alarm()
    assert serving.alarm().startswith("v2 ")
    assert 2 <= len([record for record in caplog.records if record.levelno >= logging.ERROR]) <= 3


def test_a_start_without_any_sound_version_serves_nothing(started: None) -> None:
    spoil(promoted())
    serving.refresh()
    with pytest.raises(serving.NotReady, match="v0 must not serve"):
        serving.current()


def test_a_start_never_falls_back_to_a_version_of_another_encoder(started: None) -> None:
    old = promoted(encoder_fingerprint="another encoder")
    spoil(promoted(old, number=1))
    serving.refresh()
    with pytest.raises(serving.NotReady, match="v1 must not serve"):
        serving.current()


def test_a_version_of_another_encoder_is_named_and_not_served(started: None) -> None:
    promoted(encoder_fingerprint="other-384/text-1")
    serving.refresh()
    with pytest.raises(serving.NotReady) as not_ready:
        serving.current()
    assert "other-384/text-1" in str(not_ready.value)
    assert embedding_fingerprint() in str(not_ready.value)
    assert "prepare_model" in str(not_ready.value)


def test_without_a_version_it_says_what_to_run(started: None) -> None:
    with pytest.raises(serving.NotReady, match="no version has been loaded yet"):
        serving.current()
    serving.refresh()
    with pytest.raises(serving.NotReady, match="prepare_model"):
        serving.current()


def test_a_change_of_the_catalogue_rebuilds_the_index(served_world: list[Title]) -> None:
    new = Title.objects.create(external_id="new", name="Paddington", description="A bear comes to London.")
    new.refresh_content_hash()
    embeddings.embed_missing(encoder(), embedding_fingerprint())
    Title.objects.filter(name="Alien").update(is_published=False)
    CatalogRevision.bump()
    assert new.pk not in serving.current().index.row_of_title
    serving.refresh()
    index = serving.current().index
    assert index.content[index.row_of_title[new.pk]].any()
    assert "Alien" not in list(index.names)
    assert engine.search(serving.current(), "paddington").hits[0].title_id == new.pk


def test_a_catalogue_that_cannot_be_indexed_leaves_the_old_one_serving(
    served_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = serving.current()

    def broken(*_arguments: Any) -> CatalogIndex:
        raise ValueError("no title has a name")

    CatalogRevision.bump()
    with monkeypatch.context() as patch:
        patch.setattr(CatalogIndex, "build", broken)
        serving.refresh()
        assert serving.current() is before
        assert serving.alarm() == "no title has a name"
    serving.refresh()
    assert serving.alarm() == ""
    assert serving.current() is not before


def test_a_candidate_is_not_served(served_world: list[Title]) -> None:
    registered(champion(), number=1)
    serving.refresh()
    assert serving.current().version == 0


def test_a_look_survives_a_database_that_is_away(
    served_world: list[Title], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise OperationalError("the server closed the connection")

    caplog.set_level(logging.WARNING)
    with monkeypatch.context() as patch:
        patch.setattr(registry, "champion", away)
        patch.setattr(connection, "close", lambda: None)
        serving._look()
    assert "cannot look for a newer version" in caplog.text
    assert serving.current().version == 0


@pytest.mark.django_db(transaction=True)
def test_requests_are_answered_while_versions_change(served_world: list[Title]) -> None:
    """Every answer is one version's own; nobody meets a process without one."""
    stop = threading.Event()
    seen: set[int] = set()
    failed: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                snapshot = serving.current()
                ranking = engine.search(snapshot, "heat")
                seen.add(snapshot.version)
                if ranking.hits[0].tier != Tier.EXACT:
                    failed.append(snapshot.version)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not happen
                failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    for number in range(1, 6):
        promoted(champion(), number=number)
        serving.refresh()
        assert eventually(partial(seen.__contains__, number))
    stop.set()
    asking.join()
    assert not failed
    assert seen >= {1, 2, 3, 4, 5}
