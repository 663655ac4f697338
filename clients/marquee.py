"""Marquee's API in one file: copy it into your program. Standard library only, Python 3.9 or newer.

    marquee = Marquee("https://films.example.org", key="mq_…")    # or the key in MARQUEE_KEY; searching needs none
    answer = marquee.search("heist that goes wrong", genres=["Comedy", "-Horror"], client_id=person)
    marquee.send([click(answer, answer["items"][0], client_id=person)])

Answers are the JSON objects of docs/api.md; what is refused raises MarqueeError. Calls that are too many (429), or
that find the site away (503, no connection), are made again after the wait that the server asks for, but only where a
second call does no harm. One object serves many threads.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Union

Json = dict[str, Any]
Value = Union[str, float, bool, datetime, uuid.UUID, Sequence[str], None]  # noqa: UP007 - evaluated, also by 3.9

MAX_EVENTS = 1_000  # that fit in one call
MAX_BREAKS = 3  # of an export, one after the other without a line between
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds, where the server names none: doubled from try to try
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0  # seconds between looks at a task, doubled from look to look


class MarqueeError(Exception):
    """status: of HTTP; 0 where no answer came. field: of what was sent, if one is wrong. request_id: in its log.

    retry_after: seconds, where the server says when to come back.
    """

    retry_after: float | None = None

    def __init__(self, status: int, title: str, detail: str, field: str = "", request_id: str = "") -> None:
        super().__init__(f"{title}: {f'{field}: ' if field else ''}{detail}")
        self.status, self.title, self.detail, self.field, self.request_id = status, title, detail, field, request_id


def event(action: str, item_id: str, query_id: str | None = None, **more: Value) -> Json:
    """One thing somebody did, with an id of its own, so that it counts once however often it is sent.

    more: position, value (seconds, for `dwell`), client_id, session_id, timestamp.
    """
    told = {"query_id": query_id, **more}
    known = {name: _plain(value) for name, value in told.items() if value is not None}
    return {"event_id": str(uuid.uuid4()), "action_name": action, "item_id": item_id, **known}


def click(answer: Mapping[str, Any], item: Mapping[str, Any], **more: Value) -> Json:
    """Somebody chose an item of an answer."""
    return event("click", item["item_id"], answer["query_id"], position=item["position"], **more)


class Marquee:
    """The site at `address`. timeout: seconds for each try. patience: seconds that a call may wait between tries.

    Of each method, `asked` is whatever else docs/api.md names for the call: limit, cursor, client_id, filters, …
    """

    def __init__(
        self, address: str, key: str | None = None, *, timeout: float = 30.0, patience: float = 90.0
    ) -> None:
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"The address of a site begins with https:// or http://; this is {address!r}.")
        self._base = address.rstrip("/") + "/api/v1"
        self._key = _header(os.environ.get("MARQUEE_KEY", "") if key is None else key)
        self._timeout, self._patience = timeout, patience
        self._opener = urllib.request.build_opener(_NoRedirects)
        self.me, self.keys, self.runs = (Resource(self, path) for path in ("/me", "/keys", "/training-runs"))
        self.rules, self.synonyms = Resource(self, "/rules"), Resource(self, "/synonyms")
        self.webhooks, self.models = Resource(self, "/webhooks"), Resource(self, "/models")

    def search(self, q: str = "", **asked: Value) -> Json:
        return self.call("GET", "/search", {"q": q, **asked})

    def search_privately(self, q: str = "", **asked: Any) -> Json:
        """The same in a body: for what is too long for an address, or should stand in no log of addresses."""
        return self.call("POST", "/search", body={"q": q, **asked}, again=True)

    def suggest(self, q: str, **asked: Value) -> Json:
        return self.call("GET", "/suggest", {"q": q, **asked})

    def facets(self, q: str | None = None, **asked: Value) -> Json:
        return self.call("GET", "/facets", {"q": q, **asked})

    def titles(self, **asked: Value) -> Json:
        return self.call("GET", "/titles", asked)

    def title(self, item_id: str) -> Json:
        return self.call("GET", f"/titles/{_part(item_id)}")

    def similar(self, item_id: str, *, also: Sequence[str] = (), **asked: Value) -> Json:
        return self.call("GET", f"/titles/{_part(item_id)}/similar", {"also": also, **asked})

    def people(self, q: str | None = None, **asked: Value) -> Json:
        return self.call("GET", "/people", {"q": q, **asked})

    def person(self, person_id: str) -> Json:
        return self.call("GET", f"/people/{_part(person_id)}")

    def titles_of(self, person_id: str, **asked: Value) -> Json:
        return self.call("GET", f"/people/{_part(person_id)}/titles", asked)

    def recommendations(self, scenario: str = "home", **asked: Value) -> Json:
        return self.call("GET", "/recommendations", {"scenario": scenario, **asked})

    def session(self, item_ids: Sequence[str], **asked: Any) -> Json:
        """What comes after the titles that somebody just looked at, the last first."""
        return self.call("POST", "/recommendations/session", body={"item_ids": list(item_ids), **asked}, again=True)

    def rank(self, item_ids: Sequence[str], query: str | None = None, **asked: Any) -> Json:
        return self.call("POST", "/rank", body={"item_ids": list(item_ids), "query": query, **asked}, again=True)

    def send(self, events: Iterable[Json]) -> Json:
        """What people did, made by `event` and `click`, in as few calls as it takes; answered as one call is.

        If it raises, send the same events again: those that had arrived are counted as duplicates.
        """
        waiting = list(events)
        told: Json = {"accepted": 0, "duplicates": 0, "rejected": []}
        for start in range(0, len(waiting), MAX_EVENTS):
            part = self.call("POST", "/events", body={"events": waiting[start : start + MAX_EVENTS]}, again=True)
            told["accepted"] += part["accepted"]
            told["duplicates"] += part["duplicates"]
            told["rejected"] += [{**one, "index": one["index"] + start} for one in part["rejected"]]
        return told

    def each(self, ask: Callable[..., Json], *parts: Any, **asked: Any) -> Iterator[Json]:
        """The items of all pages: `for title in marquee.each(marquee.titles, genres="Comedy")`."""
        while True:
            page = ask(*parts, **asked)
            if "items" not in page or "next_cursor" not in page:
                raise TypeError("each() is for calls that answer in pages, with “items” and “next_cursor”.")
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            asked["cursor"] = page["next_cursor"]

    # For staff: with a key that has the scope

    def send_titles(self, titles: Sequence[Json]) -> Json:
        """New titles and new facts, up to 10,000, all or none. A task, for `wait_for`."""
        return self.call("POST", "/titles:bulk", body=list(titles), again=True)

    def task(self, task_id: str) -> Json:
        return self.call("GET", f"/tasks/{_part(task_id)}")

    def wait_for(self, task: Json, *, seconds: float = 600.0) -> Json:
        """The task once it has ended well; asked after in longer and longer pauses.

        Raises MarqueeError if it failed, or is at work after so many seconds.
        """
        until, pause, wait = time.monotonic() + seconds, FIRST_PAUSE, FIRST_PAUSE
        while task["ended"] is None:
            if (left := until - time.monotonic()) <= 0:
                raise MarqueeError(0, "Still at work", f"The task did not end within {seconds:g} seconds.")
            time.sleep(min(wait, left))
            pause = wait = min(pause * 2, LONGEST_PAUSE)
            try:
                task = self.task(task["task_id"])
            except MarqueeError as error:
                if error.status not in (429, 503):
                    raise
                wait = pause if error.retry_after is None else error.retry_after
        if task["status"] != "succeeded":
            raise MarqueeError(0, "The task failed", task["error"])
        return task

    def publish(self, item_id: str, *, is_published: bool | None = True) -> Json:
        """False takes a title out of search, where its history stays; None only tells whether it is there."""
        method, body = ("GET", None) if is_published is None else ("PUT", {"is_published": is_published})
        return self.call(method, f"/titles/{_part(item_id)}/publication", body=body)

    def roll_back(self, reason: str, **version: int) -> Json:
        """The version before serves again, or the one that is named, until `models.post("unpin", reason=…)`."""
        return self.models.post("rollback", reason=reason, **version)

    def train(self) -> Json:
        return self.runs.post()  # `runs.get("requests", request_id)` tells what comes of it

    def analytics(self, report: str, **asked: Value) -> Json:
        """report: overview, queries, no-results, no-clicks, titles, versions, coverage, learning."""
        return self.call("GET", f"/analytics/{_part(report)}", asked)

    def export(self, what: str, *, limit: int | None = None, **asked: Value) -> Iterator[Json]:
        """The log as UBI documents, line by line; goes on where a connection broke. what: queries or events."""
        n_breaks = 0
        while limit is None or limit > 0:
            try:
                with self._open("GET", f"/export/ubi/{_part(what)}", {**asked, "limit": limit}) as lines:
                    for line in lines:
                        if not line.endswith(b"\n"):
                            raise http.client.IncompleteRead(line)
                        document = json.loads(line)
                        yield document
                        told = document.get("query_attributes") or document["event_attributes"]
                        asked["cursor"], n_breaks = told["cursor"], 0
                        limit = None if limit is None else limit - 1
                return
            except (OSError, http.client.HTTPException) as error:
                n_breaks += 1
                if n_breaks > MAX_BREAKS:
                    raise MarqueeError(0, "The connection broke", str(error)) from error

    def call(self, method: str, path: str, query: Any = None, body: Any = None, *, again: bool = False) -> Json:
        """Any call. again: a second one does no harm, so it is made also if nobody knows what the first one did."""
        try:
            with self._open(method, path, query, body, again=again) as answer:
                said: Json = json.loads(answer.read() or b"{}")
                return said
        except (OSError, http.client.HTTPException, ValueError) as broken:
            raise MarqueeError(0, "No whole answer", str(broken)) from broken

    def _open(self, method: str, path: str, query: Any = None, body: Any = None, *, again: bool = False) -> Any:
        pairs = [(name, _text(one)) for name, value in (query or {}).items() for one in _several(value)]
        address = f"{self._base}{path}" + (f"?{urllib.parse.urlencode(pairs)}" if pairs else "")
        headers = {"Accept": "*/*", "User-Agent": "marquee-python/1", "X-Request-Id": uuid.uuid4().hex}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body, default=str).encode()
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - see __init__
        waited, next_wait = 0.0, FIRST_WAIT
        while True:
            try:
                return self._opener.open(request, timeout=self._timeout)
            except urllib.error.HTTPError as refused:
                error, wait = _problem(refused), _seconds(refused.headers.get("Retry-After"))
            except (OSError, http.client.HTTPException) as broken:
                error, wait = MarqueeError(0, "No answer", str(broken), "", headers["X-Request-Id"]), None
            # 429 is said before anything is done; what became of other calls, only a second one would tell.
            is_harmless = again or error.status == 429 or method in ("GET", "PUT")
            error.retry_after = wait
            wait = next_wait * random.uniform(0.5, 1.0) if wait is None else wait  # noqa: S311 - no secret
            if error.status not in (0, 429, 503) or not is_harmless or waited + wait > self._patience:
                raise error
            time.sleep(wait)
            waited, next_wait = waited + wait, min(next_wait * 2, LONGEST_WAIT)


class Resource:
    """An address and what lies below it: `rules.get()`, `rules.get(rule_id)`, `webhooks.post(webhook_id, "test")`."""

    def __init__(self, marquee: Marquee, path: str) -> None:
        self._marquee, self._path = marquee, path

    def get(self, *parts: object, **asked: Value) -> Json:
        return self._marquee.call("GET", self._below(parts), asked)

    def post(self, *parts: object, **fields: Any) -> Json:
        return self._marquee.call("POST", self._below(parts), body=fields or None)

    def patch(self, *parts: object, **fields: Any) -> Json:
        return self._marquee.call("PATCH", self._below(parts), body=fields)

    def delete(self, *parts: object, **fields: Any) -> Json:
        return self._marquee.call("DELETE", self._below(parts), body=fields or None)

    def _below(self, parts: Sequence[object]) -> str:
        return "/".join([self._path, *map(_part, parts)])


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key goes nowhere but to the address that it was given for."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _problem(refused: urllib.error.HTTPError) -> MarqueeError:
    with refused:
        try:
            told = json.loads(refused.read())
            words = told["title"], told["detail"], told.get("field", ""), told.get("request_id", "")
            return MarqueeError(refused.code, *words)
        except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
            moved = refused.headers.get("Location")
            detail = f"It is at {moved} now." if moved else "The answer is not one of Marquee's API."
            return MarqueeError(refused.code, str(refused.reason), detail)


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After is seconds or a date (RFC 9110, 10.2.3); None for neither."""
    try:
        if retry_after is None or retry_after.strip().isdigit():
            return None if retry_after is None else float(retry_after)
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _header(key: str) -> str:
    """The key as a header can have it. What is wrong is said without it: errors end up in logs."""
    key = key.strip()
    if not all("!" <= character <= "~" for character in key):
        raise ValueError("The key has a character that none of Marquee has: a blank, a line end or an odd letter.")
    return key


def _part(part: object) -> str:
    return urllib.parse.quote(str(part), safe="")


def _several(value: Value) -> Sequence[Any]:
    """As an address has it: lists are repeated, and what is None is left out."""
    return value if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(_plain(value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, uuid.UUID) else value
