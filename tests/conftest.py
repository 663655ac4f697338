"""A throw-away PostgreSQL for each process of the test run, and the worlds that tests share."""

import os
import threading
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from reco_site import servers

if TYPE_CHECKING:  # models cannot be imported before Django is set up
    from pytest_django import DjangoDbBlocker
    from pytest_django.fixtures import Settings

    from catalog.models import Title
    from recommender.serving import _Serving

# A commit passes or fails whoever tests it, and how busy the machine is matters to none of its texts. What no run has
# met before is looked for by `make fuzz-search` and `make fuzz-api`.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[None]:
    """The embedded server in this process's state directory; nothing where DATABASE_URL names another."""
    from django.conf import settings

    if settings.DATABASE_URL:
        yield
        return
    with servers.temporary_postgres(Path(os.environ["STATE_DIR"])):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, postgres_server: None) -> None:
    """pytest-django's hook before it creates the test database: the server has to be there."""


@pytest.fixture
def served_world(db: None, tmp_path: Path, settings: "Settings") -> Iterator[list["Title"]]:
    """The planted films as rows, embedded, with version 0 serving in this process."""
    from recommender import serving
    from recommender.index import embeddings
    from recommender.index.encoders import embedding_fingerprint, encoder
    from recommender.versions.version_zero import ensure_champion
    from tests import worlds

    settings.STATE_DIR = tmp_path
    titles = worlds.plant()
    embeddings.embed_missing(encoder(), embedding_fingerprint())
    ensure_champion()
    serving._serving = serving._Serving()
    serving.refresh()
    assert serving.alarm() == ""
    yield titles
    serving._serving = serving._Serving()


@pytest.fixture
def nobody_else_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports stop before what is still open on the server; with DATABASE_URL, other test processes are on it."""
    from catalog.ubi import export

    read = export._rows
    monkeypatch.setattr(
        export, "_rows", lambda sql, parameters: read(sql.replace("snapshot_xmin", "snapshot_xmax"), parameters)
    )


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """at_once(f, g, …): all at the same time, in threads with connections of their own.

    Returns what each returned or raised, in order. Needs committed rows: django_db(transaction=True).
    """
    from django.db import connections

    def run(*claims: Callable[[], Any]) -> list[Any]:
        outcomes: list[Any] = [None] * len(claims)
        start = threading.Barrier(len(claims))

        def one(place: int, claim: Callable[[], Any]) -> None:
            try:
                start.wait(timeout=60)
                outcomes[place] = claim()
            except Exception as error:  # noqa: BLE001 - the test looks at it
                outcomes[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=pair, daemon=True) for pair in enumerate(claims)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=150)
        assert not any(thread.is_alive() for thread in threads), "a thread hangs"
        return outcomes

    return run


@pytest.fixture(scope="session", autouse=True)
def static_directory() -> None:
    """Where `collectstatic` would put files: WhiteNoise warns of its absence, and warnings are errors."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="module")
def planted_once(
    django_db_setup: None, django_db_blocker: "DjangoDbBlocker", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[tuple[list[Title], _Serving]]":
    """`served_world`, planted once for a module of tests that leave its rows as they are."""
    from django.db import transaction
    from django.test import override_settings

    from recommender import serving
    from recommender.index import embeddings
    from recommender.index.encoders import embedding_fingerprint, encoder
    from recommender.versions.version_zero import ensure_champion
    from tests import worlds

    with (
        django_db_blocker.unblock(),
        override_settings(STATE_DIR=tmp_path_factory.mktemp("state")),
        transaction.atomic(),
    ):
        titles = worlds.plant()
        embeddings.embed_missing(encoder(), embedding_fingerprint())
        ensure_champion()
        serving._serving = serving._Serving()
        serving.refresh()
        yield titles, serving._serving
        transaction.set_rollback(True)


@pytest.fixture
def standing_world(planted_once: "tuple[list[Title], _Serving]", db: None) -> "Iterator[list[Title]]":
    """The planted films, served. For modules without transaction=True: what a test changes is rolled back."""
    from recommender import serving

    titles, as_planted = planted_once
    serving._serving = copy(as_planted)
    assert serving.alarm() == ""
    yield titles
    serving._serving = serving._Serving()


@pytest.fixture(autouse=True)
def _the_language_of_the_last_request_ends() -> Iterator[None]:
    """A test client answers in this thread, so the language that it was asked in would outlive the test."""
    from django.utils import translation

    yield
    translation.deactivate()
