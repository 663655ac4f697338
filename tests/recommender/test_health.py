"""Is the process alive, and can it answer searches? Each reason by its name."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from catalog.models import CatalogRevision, Title
from recommender import serving
from recommender.versions import registry
from recommender.versions.version_zero import ensure_champion
from tests.recommender.versions import promoted, spoil

pytestmark = pytest.mark.django_db


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health/ready")
    return answer.status_code, answer.json()


def test_it_works(served_world: list[Title], client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert ready(client) == (
        200,
        {"status": "ready", "not_ready": {}, "alarm": "", "model_version": 0, "titles": len(served_world)},
    )
    assert "no-store" in client.get("/health/ready")["Cache-Control"]


def test_alive_without_a_version_and_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    serving._serving = serving._Serving()
    monkeypatch.setattr(connection, "cursor", None)
    assert client.get("/health/live").status_code == 200


def test_not_ready_without_a_version(client: Client) -> None:
    serving._serving = serving._Serving()
    serving.refresh()
    status, answer = ready(client)
    assert (status, answer["status"], answer["model_version"]) == (503, "not ready", None)
    assert "prepare_model" in answer["not_ready"]["model"]


def test_not_ready_without_a_catalogue(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.STATE_DIR = tmp_path
    serving._serving = serving._Serving()
    ensure_champion()
    serving.refresh()
    status, answer = ready(client)
    assert (status, answer["titles"], answer["model_version"]) == (503, 0, 0)
    assert list(answer["not_ready"]) == ["catalogue"]
    assert "import_titles" in answer["not_ready"]["catalogue"]
    serving._serving = serving._Serving()


@pytest.mark.parametrize("said", ["connection refused\n\tIs the server running?", ""])
def test_not_ready_without_a_database(
    served_world: list[Title], client: Client, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    def away() -> None:
        raise OperationalError(said)

    monkeypatch.setattr(connection, "cursor", away)
    status, answer = ready(client)
    assert status == 503
    assert answer["not_ready"] == {"database": "connection refused" if said else "OperationalError"}


def test_an_alarm_is_named_but_turns_nobody_away(served_world: list[Title], client: Client) -> None:
    spoil(promoted(registry.champion(), number=1))
    serving.refresh()
    status, answer = ready(client)
    assert (status, answer["model_version"]) == (200, 0)
    assert answer["alarm"].startswith("v1 must not serve")


def test_an_import_makes_it_ready_at_the_next_look(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.STATE_DIR = tmp_path
    serving._serving = serving._Serving()
    ensure_champion()
    serving.refresh()
    Title.objects.create(external_id="a", name="Alien").refresh_content_hash()
    assert CatalogRevision.current() == 1
    serving.refresh()
    assert ready(client)[0] == 200
    serving._serving = serving._Serving()


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_is_only_to_be_read(client: Client, address: str) -> None:
    assert client.head(address).status_code in (200, 503)
    assert client.post(address).status_code == 405
