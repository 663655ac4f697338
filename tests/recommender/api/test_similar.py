"""`GET /api/v1/titles/{item_id}/similar`: like one title or several, never themselves."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog.models import SearchEvent, Title
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/titles/{}/similar"


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["item_id"] for item in answer.json()["items"]]


def test_it_works(api: Client) -> None:
    answer = api.get(URL.format("f5"), {"client_id": str(uuid4())})  # Ocean's Eleven
    assert "f10" in found(answer)[:3]  # Heat: thieves and a heist, too
    body = answer.json()
    assert (body["query"]["class"], body["query"]["user_query"]) == ("similar", "Ocean's Eleven")
    assert (body["total"], body["next_cursor"]) == (len(body["items"]), None)
    assert answer["X-Model-Version"] == "0"


def test_it_is_logged_as_a_slate_of_its_own(api: Client) -> None:
    client_id = uuid4()
    body = api.get(URL.format("f1"), {"client_id": str(client_id), "limit": "3"}).json()
    logged = SearchEvent.objects.get()
    assert (str(logged.pk), logged.surface, logged.client_id) == (body["query_id"], "similar", client_id)
    assert len(logged.shown) == len(body["items"]) == 3


def test_several_titles_are_a_taste_and_none_of_them_comes_back(api: Client) -> None:
    answer = api.get(URL.format("f4") + "?also=f10&also=f5&also=f10&also=f4")
    assert not {"f4", "f5", "f10"} & set(found(answer))


def test_a_title_is_not_like_itself(api: Client) -> None:
    assert "f1" not in found(api.get(URL.format("f1"), {"limit": "100"}))


@pytest.mark.parametrize("item_id", ["nobody", "%00", "F1", "f1%20", "%FF", "x" * 3_000])
def test_an_unknown_title_is_not_found(api: Client, item_id: str) -> None:
    problem(api.get(URL.format(item_id)), 404)


def test_an_unpublished_title_is_not_found(api: Client) -> None:
    Title.objects.filter(external_id="f1").update(is_published=False)
    problem(api.get(URL.format("f1")), 404)


@pytest.mark.parametrize("also", ["nobody", "", "\x00", "\ud7ff", "x" * 3_000])
def test_an_unknown_title_beside_it_is_named(api: Client, also: str) -> None:
    body = problem(api.get(URL.format("f1"), {"also": also}), 400)
    assert body["field"] == "also"
    missing = "The id of a title is missing: it is empty."
    assert body["detail"] == missing if not also else "No title has the id “" in body["detail"]
    assert len(body["detail"]) < 150


def test_too_many_titles_are_refused(api: Client) -> None:
    body = problem(api.get(URL.format("f1") + "?" + "&".join(f"also=x{n}" for n in range(20))), 400)
    assert (body["field"], body["detail"]) == ("also", "At most 19 titles can be added to the first; these are 20.")


@pytest.mark.parametrize("limit", ["0", "101", "ten", "9" * 5_000])
def test_a_limit_out_of_bounds_is_refused(api: Client, limit: str) -> None:
    assert problem(api.get(URL.format("f1"), {"limit": limit}), 400)["field"] == "limit"


def test_an_unknown_parameter_is_named(api: Client) -> None:
    assert problem(api.get(URL.format("f1"), {"q": "heat"}), 400)["field"] == "q"


def test_it_is_only_to_be_read(api: Client) -> None:
    problem(api.post(URL.format("f1")), 405)
