"""The OpenAPI document as pages for people: all of it is there, also without scripts and in German."""

import json
import re
import shlex
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from rest_framework import serializers

from catalog.models import Title
from recommender.api.reference import marked
from recommender.api.serializers import StrictSerializer
from recommender.api.shapes import Shape
from recommender.api.views.documents import _areas, document
from tests.clients.surface import Call, operation_of, operations
from tests.recommender.test_languages import check

AREAS = [tag["name"] for tag in document()["tags"]]


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client()


def text_of(client: Client, address: str, **headers: Any) -> str:
    page = client.get(address, headers=headers)
    assert page.status_code == 200
    return str(page.content.decode())


def test_making_the_document_complains_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """It is made in the web server, whose log is the operator's."""
    GENERATOR_STATS.reset()
    document.__wrapped__()
    assert capfd.readouterr() == ("", "")
    assert not GENERATOR_STATS


@pytest.mark.django_db
def test_every_call_is_on_the_first_page_and_leads_to_its_own_place(browser: Client) -> None:
    first = text_of(browser, "/api/v1/docs/")
    places = re.findall(r'href="(/api/v1/docs/\w+/)#(\w+)"', first)
    assert sorted(name for _, name in places) == sorted(operations())
    pages = {address: text_of(browser, address) for address, _ in places}
    for address, name in places:
        _, path, operation = operations()[name]
        assert f'id="{name}"' in pages[address]
        assert unescape(path) in unescape(pages[address])
        for parameter in operation.get("parameters", ()):
            assert f">{parameter['name']}</code>" in pages[address], (name, parameter["name"])


@pytest.mark.django_db
@pytest.mark.parametrize("area", AREAS)
def test_every_shape_that_is_named_is_told(browser: Client, area: str) -> None:
    page = text_of(browser, f"/api/v1/docs/{area}/")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids)
    for shape in (one for found in _areas() if found.name == area for one in found.shapes):
        for name in document()["components"]["schemas"][shape.name].get("properties", {}):
            assert name in {field.name for field in shape.fields}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", *(f"{area}/" for area in AREAS)])
def test_the_frame_is_german(browser: Client, path: str) -> None:
    page = browser.get(f"/api/v1/docs/{path}", headers={"Accept-Language": "de", "User-Agent": "Firefox/140.0"})
    html = re.sub(r'<(\w+)([^>]*) lang="en"[^>]*>.*?</\1>', "", page.content.decode(), flags=re.DOTALL)
    html = re.sub(
        r"<pre .*?</pre>|<h2 class=\"call__name\".*?</h2>|<h3 id=\"shape.*?</h3>", "", html, flags=re.DOTALL
    )
    page.content = html.encode()
    check(page)


@pytest.mark.django_db
def test_an_area_that_is_none_is_not_found(browser: Client) -> None:
    assert browser.get("/api/v1/docs/nothing/").status_code == 404


@pytest.mark.django_db
def test_a_page_costs_few_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        browser.get("/api/v1/docs/search/")


@pytest.mark.parametrize("name", sorted(operations()))
def test_an_example_is_a_call_that_the_document_takes(name: str) -> None:
    (call,) = [call for area in _areas() for call in area.calls if call.name == name]
    words = shlex.split(call.example.replace("\\\n", " ").replace("$MARQUEE_KEY", "mq_x"))
    assert words.pop(0) == "curl"
    address = next(word for word in words if word.startswith("$MARQUEE/"))
    options = dict(pairwise(words))
    body = json.loads(options["-d"]) if "-d" in options else None
    method = options.get("-X") or ("GET" if body is None else "POST")
    assert operation_of(Call(method, address.replace("$MARQUEE", "http://x"), body)) == name
    assert ("Authorization: Bearer mq_x" in words) == ({} not in operations()[name][2]["security"])
    assert urlsplit(address).path.count("{") == 0


def test_no_shape_is_told_in_the_words_of_its_base() -> None:
    """They speak of how it is made, to those who make it."""
    told = {schema.get("description", "") for schema in document()["components"]["schemas"].values()}
    bases = {base.__doc__ for base in (Shape, StrictSerializer, serializers.Serializer)}
    assert "One event for one address." in told
    assert not told & bases


@pytest.mark.django_db
def test_who_may_call_is_told_of_every_operation() -> None:
    assert document()["servers"][0]["url"] == "/"
    rights = {f"{right.content_type.app_label}.{right.codename}" for right in _all_rights()}
    told = [operation for _, _, operation in operations().values()]
    assert {operation["x-access"] for operation in told} == {"everybody", "themselves", "signed in", "staff"}
    for operation in told:
        assert (operation.get("x-permission") in rights) == (operation["x-access"] == "staff"), operation[
            "operationId"
        ]
    assert operations()["delete_rule"][2]["x-permission"] == "recommender.delete_rule"


def _all_rights() -> list[Permission]:
    return list(Permission.objects.select_related("content_type"))


def test_code_is_marked_and_all_else_is_text() -> None:
    assert marked("`a<b>` & <i>`c`") == "<code>a&lt;b&gt;</code> &amp; &lt;i&gt;<code>c</code>"
