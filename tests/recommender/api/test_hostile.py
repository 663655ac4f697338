"""What strangers send to break things, at every operation of the OpenAPI document: refused in words, and nothing is
written. Broken bodies, odd values in every field and parameter, and more of everything than fits.
"""

import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from catalog import bulk, signals
from catalog.signals import Kind, Owner, Said
from recommender.accounts import keys
from recommender.accounts.keys import SCOPES
from recommender.api.views.documents import document
from tests.fuzz.api import things
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
DEEP = 100_000
GIGABYTE = 2**30
BODIES: dict[str, bytes] = {
    "lists in lists": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "lists without an end": b"[" * DEEP,
    "space": b" \n",
    "NUL": b"\0",
    "NUL behind": b"{}\0",
    "half of a character": b'"\\ud800"',
    "half of a character as a name": b'{"\\ud800": 1}',
    "half of a character as bytes": b'{"x": "\xed\xa0\x80"}',
    "no UTF-8": b'{"x": "\xff"}',
    "UTF-16": '{"x": 1}'.encode("utf-16"),
    "two byte order marks": b"\xef\xbb\xbf" * 2 + b"{}",
    "a text": b'"x"',
    "a number": b"7",
    "2^63": b"9223372036854775808",
    "a number too large": b'{"x": 1e400}',
    "a number too long": b"9" * 5_000,
    "a number too long for a field": b'{"limit": -' + b"9" * 5_000 + b"}",
    "no number": b'{"x": NaN}',
    "infinity": b'{"x": -Infinity}',
    "null": b"null",
    "a list": b'["x"]',
    "an empty list": b"[]",
    "lists for names": b"[[1, 2], [3, 4]]",
    "two documents": b"{}{}",
    "the middle missing": b'{"x": ',
    "a name twice": b'{"x": 1, "x": 2}',
    "a name of NUL": b'{"\\u0000": 1}',
    "an unknown field": b'{"__proto__": {}}',
    "packed": gzip.compress(b"{}"),
    "a form": b"x=1&y=2",
}
TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "x\udfff",
    "\u202e",
    "’" * 3_000,
    "' OR 1=1 --",
    "%s{0}",
    "null",
    "../..",
    "🎬",
]
VALUES: list[Any] = [
    *TEXTS, None, True, False, 0, -1, 1, 0.5, -0.0, 2**31, 2**63, -(2**63) - 1, 10**300, 1e308, -1e308, 5e-324,
    [], {}, [[]], [None], [{}], [[["x"] * 3]], ["x"] * 2_000, ["\0", "\ud800"], [1, True], [2**63],
    {"x": 1}, {"\0": "\0"}, "2001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "00000000-0000-0000-0000-000000000000", "x" * 100_000,
]  # fmt: skip
NUMBERS = [
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "NaN",
    "Infinity",
    "-0",
    "1_0",
    "٣",
    "0x1",
    "9" * 5_000,
]


class Operation(NamedTuple):
    name: str
    method: str
    path: str
    told: dict[str, Any]

    @property
    def takes_a_body(self) -> bool:
        return "requestBody" in self.told


OPERATIONS = [
    Operation(told["operationId"], method.upper(), path, told)
    for path, methods in document()["paths"].items()
    for method, told in methods.items()
]
WITH_BODIES = [operation for operation in OPERATIONS if operation.takes_a_body]


def each_of(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=[operation.name for operation in operations])


class Caller:
    """A superuser's key with all scopes: what is refused is refused for what it is. Looks at what is written."""

    def __init__(self, user: User, values: dict[str, list[Any]]) -> None:
        secret = keys.create(user, "script", SCOPES).secret
        self.client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
        self.client.get("/api/v1/me")  # the first call of a day notes that the key was used
        self.values = values

    def url(self, operation: Operation) -> str:
        """Of something that there is."""
        return operation.path.format_map({name: quote(str(values[0])) for name, values in self.values.items()})

    def send(self, operation: Operation, body: bytes = b"", query: str = "", **extra: Any) -> Any:
        written: list[str] = []

        def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) and context["cursor"].rowcount:
                written.append(sql)
            return result

        with connection.execute_wrapper(look):
            answer = self.client.generic(
                operation.method,
                self.url(operation),
                body,
                **({"content_type": "application/json"} | extra),
                QUERY_STRING=query,
            )
        if answer.status_code >= 400:
            assert not written, f"refused with {answer.status_code}, and written: {written[0][:200]}"
        return answer

    def refuses(self, answer: Any, *statuses: int) -> None:
        assert answer.status_code in statuses, f"{answer.status_code} {answer.content[:300]!r}"
        problem(answer, answer.status_code)


def is_answered(answer: Any) -> None:
    """Whatever it was: an answer or a problem document, and never an error of ours."""
    assert answer.status_code < 500, answer.content[:300]
    if answer.status_code >= 400:
        problem(answer, answer.status_code)


@pytest.fixture
def caller(standing_world: list[Any], settings: Any) -> Caller:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    user = User.objects.create_superuser("Anna", password="violet lantern orbit")
    values = things.of_everybody(standing_world)
    signals.say(Owner(user.pk, None), Said(standing_world[0].pk, Kind.LIKE))
    values["signal_id"] = [str(signals.signals_of(Owner(user.pk, None))[0].pk)]
    values["key_id"] = [str(keys.create(user, "another", ["me:read"]).key.pk)]
    values["alias"] = ["champion"]
    return Caller(user, values)


@each_of(WITH_BODIES)
def test_broken_bodies_are_refused(caller: Caller, operation: Operation) -> None:
    for name, body in BODIES.items():
        answer = caller.send(operation, body)
        assert answer.status_code in (400, 413, 415), f"{name}: {answer.status_code} {answer.content[:300]!r}"
        problem(answer, answer.status_code)


@each_of(WITH_BODIES)
def test_other_forms_of_bodies_are_refused(caller: Caller, operation: Operation) -> None:
    for content_type in (
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "",
        "nonsense", "application/json+x", "text/json",
    ):  # fmt: skip
        caller.refuses(caller.send(operation, b'{"x": 1}', content_type=content_type), 415)
    for charset in ("bz2_codec", "nonsense", "utf-16", "rot13"):
        answer = caller.send(operation, b'{"x": 1}', content_type=f"application/json; charset={charset}")
        caller.refuses(answer, 400, 415)
    packed = gzip.compress(b"[" + b"0," * 10**6 + b"0]")
    caller.refuses(caller.send(operation, packed, headers={"Content-Encoding": "gzip"}), 400, 415)


PYTHONS = [
    "codec",
    "utf-8-sig",
    "set_int_max",
    "conversion",
    "line 1 column",
    "(char",
    "Expecting",
    "<class",
    "Error",
]


@pytest.mark.parametrize("url", ["/api/v1/search", "/api/v1/events", "/api/v1/titles:bulk", "/api/v1/keys"])
@pytest.mark.parametrize("name", BODIES)
def test_what_is_wrong_with_a_body_is_said_in_our_words(caller: Caller, name: str, url: str) -> None:
    answer = caller.client.post(url, BODIES[name], content_type="application/json")
    told = problem(answer, answer.status_code)["detail"]
    assert told.endswith(".")
    assert not any(word in told for word in PYTHONS), told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"limit": ' + b"9" * 5_000 + b"}", "The number 99999999999999999999… is too large."),
        (b'{"q": "\xff"}', "The body is not UTF-8: see its byte 8."),
        (b'{"q": "x",\n "limit" 7}', "The body is not JSON: see line 2, column 10."),
        (b'{"q": "x", "q": "y"}', "“q” stands there twice."),
        (b'{"q": NaN}', "NaN is no number of JSON."),
        (b'{"limit": ' + b"9" * 4_000 + b"}", "Ensure this value is less than or equal to 100."),
    ],
)
def test_where_it_is_wrong_is_said(caller: Caller, body: bytes, told: str) -> None:
    answer = caller.client.post("/api/v1/search", body, content_type="application/json")
    assert problem(answer, 400)["detail"] == told


def test_a_byte_order_mark_is_passed_over(caller: Caller) -> None:
    """RFC 8259, 8.1: not to be sent, and to be borne."""
    sent = b'\xef\xbb\xbf{"events": []}'
    answer = caller.client.post("/api/v1/events", sent, content_type="application/json; charset=utf-8")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)


class Untouchable:
    """A body of which nobody may read more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.n_read = most, 0

    def read(self, n: int = -1) -> bytes:
        assert 0 <= n <= self.most - self.n_read, f"{n} more bytes are read after {self.n_read:,}"
        self.n_read += n
        return b" " * n

    readline = read

    def close(self) -> None:
        pass


@each_of(WITH_BODIES)
def test_a_gigabyte_is_refused_before_it_is_read(caller: Caller, operation: Operation) -> None:
    for declared in (str(GIGABYTE), str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "9" * 30):
        most = bulk.MAX_BYTES + 2**20 if operation.name == "send_titles" else 0
        body = Untouchable(most)
        if operation.name == "send_titles" and int(declared) < bulk.MAX_BYTES:
            continue
        sent: dict[str, Any] = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": declared, "wsgi.input": body}
        caller.refuses(caller.send(operation, **sent), 413)


@each_of(WITH_BODIES)
def test_no_body_is_answered(caller: Caller, operation: Operation) -> None:
    """It is an empty object: a change of nothing is one."""
    for declared in ("0", "-1", "x", "1e3", "٣", ""):
        sent: dict[str, Any] = {
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": declared,
            "wsgi.input": BytesIO(),
        }
        is_answered(caller.send(operation, **sent))


@each_of(WITH_BODIES)
def test_any_value_in_any_field_is_answered(caller: Caller, operation: Operation) -> None:
    for field in _fields(operation):
        for value in VALUES:
            is_answered(caller.send(operation, json.dumps({field: value}).encode()))


@each_of(OPERATIONS)
def test_any_value_in_any_parameter_is_answered(caller: Caller, operation: Operation) -> None:
    parameters = [one for one in operation.told.get("parameters", ()) if one["in"] == "query"]
    for one in parameters:
        for value in (*TEXTS, *NUMBERS, "x" * 100_000, "[]", "true,false", ",,,"):
            is_answered(caller.send(operation, query=f"{one['name']}={quote(value, errors='surrogatepass')}"))
        for query in ("=", "&&", "%", "%zz", f"{one['name']}[]=1", f"{one['name']}=%ff", f"{one['name']}"):
            is_answered(caller.send(operation, query=query))


@each_of(OPERATIONS)
def test_too_many_parameters_are_refused(caller: Caller, operation: Operation) -> None:
    if operation.method != "GET":
        return
    caller.refuses(caller.send(operation, query="&".join(f"x{n}=1" for n in range(10_000))), 400)
    caller.refuses(caller.send(operation, query="&".join(["x=1"] * 10_000)), 400)
    caller.refuses(caller.send(operation, query="odd=" + "x" * 100_000), 400)


@each_of([one for one in OPERATIONS if "{" in one.path])
def test_any_id_in_an_address_is_answered(caller: Caller, operation: Operation) -> None:
    for text in (
        *TEXTS,
        *NUMBERS,
        "x" * 20_000,
        ".",
        "..",
        "a/b",
        "a\nb",
        "\n",
        "\u2028",
        "%2f",
        "?",
        "#",
        ";x=1",
        "٣",
        "0" * 100,
        "-1",
    ):
        odd = [text.encode("utf-8", "replace").decode()]
        caller.values = dict.fromkeys(caller.values, odd)
        is_answered(caller.send(operation, b"{}" if operation.takes_a_body else b""))


def _fields(operation: Operation) -> Iterator[str]:
    content = operation.told["requestBody"]["content"]["application/json"]["schema"]
    name = content.get("$ref", "").rpartition("/")[2]
    schema = document()["components"]["schemas"][name] if name else {"properties": {"titles": {}}}
    yield from schema["properties"]
