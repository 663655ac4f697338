"""Which pages of other origins may read what: those that are named, of the API alone, and never with cookies."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from reco_site.env import env_origins

SHOP = "https://shop.example"
ASKING = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture
def open_to_a_shop(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def allowed(answer: Any) -> dict[str, str]:
    return {
        name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-control")
    }


def test_it_is_off_by_default(client: Client) -> None:
    assert allowed(client.options("/api/v1/events", headers=ASKING)) == {}


@pytest.mark.usefixtures("open_to_a_shop")
def test_a_preflight_of_a_named_origin_is_answered_and_kept(client: Client) -> None:
    told = allowed(client.options("/api/v1/events", headers=ASKING))
    assert told["access-control-allow-origin"] == SHOP
    assert "content-type" in told["access-control-allow-headers"]
    assert int(told["access-control-max-age"]) >= 7_200
    assert "access-control-allow-credentials" not in told


@pytest.mark.usefixtures("open_to_a_shop")
@pytest.mark.parametrize(
    "origin", ["https://other.example", "http://shop.example", "https://shop.example.evil.example", "null"]
)
def test_other_origins_are_told_nothing(client: Client, origin: str) -> None:
    answer = client.options("/api/v1/events", headers=ASKING | {"Origin": origin})
    assert "access-control-allow-origin" not in allowed(answer)
    assert "origin" in answer["Vary"].lower()


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_a_shop")
def test_errors_and_limits_can_be_read(client: Client) -> None:
    answer = client.get("/api/v1/nothing", headers={"Origin": SHOP})
    assert answer.status_code == 404
    told = allowed(answer)
    assert told["access-control-allow-origin"] == SHOP
    exposed = {name.strip() for name in told["access-control-expose-headers"].split(",")}
    assert exposed >= {
        "X-Request-Id", "X-Model-Version", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_a_shop")
@pytest.mark.parametrize("path", ["/privacy/", "/health/live", "/admin/", "/static/recommender/site.css"])
def test_nothing_but_the_api_is_open(client: Client, path: str) -> None:
    assert allowed(client.get(path, headers={"Origin": SHOP})) == {}
    assert allowed(client.options(path, headers=ASKING)) == {}


@pytest.mark.parametrize(
    "wrong", ["https://shop.example/", "https://shop.example/films", "shop.example", "*", "null"]
)
def test_what_is_no_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", f"{SHOP}, {wrong}")
    with pytest.raises(ImproperlyConfigured, match="CORS_ALLOWED_ORIGINS"):
        env_origins("CORS_ALLOWED_ORIGINS")


def test_origins_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", f"{SHOP}, http://localhost:3000,http://[::1]:80")
    assert env_origins("CORS_ALLOWED_ORIGINS") == [SHOP, "http://localhost:3000", "http://[::1]:80"]
    monkeypatch.delenv("CORS_ALLOWED_ORIGINS")
    assert env_origins("CORS_ALLOWED_ORIGINS") == []
