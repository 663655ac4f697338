"""`GET /api/v1/people`: found by name, and what they made."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import Credit, Person, Title
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/people"


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


def names(answer: Any) -> list[str]:
    return [person["name"] for person in conforms(answer, "list_people")["items"]]


def test_it_works(api: Client) -> None:
    nolan = Person.objects.get(name="Christopher Nolan")
    assert conforms(api.get(URL, {"q": "chris"}), "list_people") == {
        "items": [
            {"person_id": str(nolan.pk), "name": "Christopher Nolan", "n_titles": 1, "url": f"/person/{nolan.pk}/"}
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize("q", ["nolan", "NOLAN", "cristopher", "christoper"])
def test_a_word_of_the_name_or_a_slip_will_do(api: Client, q: str) -> None:
    assert names(api.get(URL, {"q": q})) == ["Christopher Nolan"]


@pytest.mark.parametrize("q", ["", " ", "\x00", "xqzzk", "x" * 2_000])
def test_nothing_fits_nothing(api: Client, q: str) -> None:
    assert names(api.get(URL, {"q": q})) == []


@pytest.mark.parametrize("q", [None, "s"])
def test_pages_repeat_and_skip_nobody(api: Client, q: str | None) -> None:
    asked = {} if q is None else {"q": q}
    whole = names(api.get(URL, asked | {"limit": 100}))
    assert len(whole) == (10 if q is None else 3)  # Soderbergh, Stallone, Scott
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = conforms(api.get(URL, asked | {"limit": "2"} | cursor), "list_people")
        found += [person["name"] for person in body["items"]]
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}
    assert found == whole


def test_all_are_in_order_of_their_names(api: Client) -> None:
    assert names(api.get(URL)) == list(Person.objects.order_by("name").values_list("name", flat=True))


def test_who_made_nothing_that_is_there_is_nobody(api: Client) -> None:
    Title.objects.filter(external_id="f1").update(is_published=False)
    nolan = Person.objects.get(name="Christopher Nolan")
    assert "Christopher Nolan" not in names(api.get(URL))
    assert names(api.get(URL, {"q": "nolan"})) == []
    for path, operation in (("", "get_person"), ("/titles", "list_titles_of_person")):
        answers = [
            api.get(f"{URL}/{person_id}{path}", headers={"X-Request-Id": "1"}) for person_id in (nolan.pk, 10**6)
        ]
        conforms(answers[0], operation)
        assert problem(answers[0], 404)["detail"].replace(str(nolan.pk), str(10**6)) == answers[1].json()["detail"]


@pytest.mark.parametrize("person_id", ["0", "-1", "01", "9" * 18, "9" * 5_000, "x", "%00", "٣", "1.0"])
def test_an_odd_id_is_nobodys(api: Client, person_id: str) -> None:
    problem(api.get(f"{URL}/{person_id}"), 404)
    problem(api.get(f"{URL}/{person_id}/titles"), 404)


def test_a_person_and_what_they_made(api: Client) -> None:
    nolan, heat = Person.objects.get(name="Christopher Nolan"), Title.objects.get(external_id="f10")
    Credit.objects.create(title=heat, person=nolan, role=Credit.Role.CAST)
    Credit.objects.create(title=Title.objects.get(external_id="f1"), person=nolan, role=Credit.Role.CAST)
    body = conforms(api.get(f"{URL}/{nolan.pk}"), "get_person")
    assert body == {
        "person_id": str(nolan.pk), "name": "Christopher Nolan", "n_titles": 2, "url": f"/person/{nolan.pk}/",
        "roles": [{"role": "cast", "n_titles": 2}, {"role": "director", "n_titles": 1}],
        "first_year": 1995, "last_year": 2010,
    }  # fmt: skip

    def made(**asked: Any) -> list[str]:
        found = conforms(api.get(f"{URL}/{nolan.pk}/titles", asked), "list_titles_of_person")
        return [item["item_id"] for item in found["items"]]

    assert made() == ["f1", "f10"]
    assert made(sort="name") == ["f10", "f1"]
    assert made(role="director") == ["f1"]
    assert made(role="writer") == []
    first = api.get(f"{URL}/{nolan.pk}/titles", {"limit": 1}).json()
    assert (first["total"], made(limit=1, cursor=first["next_cursor"])) == (2, ["f10"])
    other = Person.objects.get(name="Michael Mann")
    problem(api.get(f"{URL}/{other.pk}/titles", {"cursor": first["next_cursor"]}), 400)


def test_an_unknown_parameter_is_refused(api: Client) -> None:
    assert problem(api.get(URL, {"name": "x"}), 400)["field"] == "name"
    assert problem(api.get(URL, {"limit": "101"}), 400)["field"] == "limit"
