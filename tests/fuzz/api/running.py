"""Schemathesis over the whole document for one caller, and what it found as a table."""

import os
from collections import Counter
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from zlib import crc32

import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from tests.fuzz.api import exceptions, things
from tests.fuzz.api.callers import Caller
from tests.fuzz.api.watched import Watched

REJECTIONS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "429"]
_OF_SOCKETS = ("max_redirects", "verify", "cert", "proxies")
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SHARE_OF_KNOWN = 0.6  # of ids in addresses: of something that there is


@dataclass(frozen=True)
class Wrong:
    """check: which one failed, and how. example: a call to copy, and its answer."""

    operation: str
    check: str
    example: str = field(compare=False)


@dataclass
class Run:
    caller: Caller
    n_calls: Counter[tuple[str, str]] = field(default_factory=Counter)  # (operation, class of its status)
    wrongs: Counter[Wrong] = field(default_factory=Counter)


def _probes_work() -> AbstractContextManager[Any]:
    """Its probes without credentials hand settings of sockets on to werkzeug, which has none (4.32.5)."""
    send = WSGITransport.send

    def without(self: Any, case: Any, **kwargs: Any) -> Any:
        return send(self, case, **{name: value for name, value in kwargs.items() if name not in _OF_SOCKETS})

    return patch.object(WSGITransport, "send", without)


def run(document: dict[str, Any], caller: Caller, known: dict[str, list[str | int]], n_random: int) -> Run:
    """Calls at the edges of what the document allows, and n_random at random on top, the same for each operation.

    known: ids of things that there are, by the name of the parameter.
    """
    found, site = Run(caller), Watched(caller)
    n_operations = sum(map(len, document["paths"].values()))
    settings = _settings(caller, known | caller.own, -(-n_random // n_operations))
    schema = schemathesis.openapi.from_dict(_with_examples(document), config=schemathesis.Config.from_dict(settings))
    schema.app = site
    schema.hook(filter_failure)
    schema.hook(map_case)
    with _probes_work():
        for event in from_schema(schema).execute():
            _count(event, found, document)
    site.close()
    found.wrongs.update(Wrong("", "wrote though refused", line) for line in site.wrongs)
    for text, n in site.tracebacks.items():
        found.wrongs[Wrong("", f"raised {text.splitlines()[-1]}", text)] += n
    return found


def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
    """The tool's hook, which knows it by this name: False drops what cannot hold."""
    return not exceptions.known(failure, case, response)


def map_case(_context: Any, case: Any) -> Any:
    """The tool's hook: of calls that are to be accepted only one in ten keeps its cursor, which nobody can make up;
    the others would be refused for it, whatever else they say.
    """
    is_to_be_accepted = case.meta is not None and not case.meta.generation.mode.is_negative
    if is_to_be_accepted and crc32(repr((case.query, case.body)).encode("utf-8", "replace")) % 10:
        for part in (case.query, case.body):
            if isinstance(part, dict):
                part.pop("cursor", None)
    return case


def _with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """Rows that go together are more than chance can make."""
    told = deepcopy(document)
    for path in told["paths"].values():
        for operation in path.values():
            if operation["operationId"] == "send_titles":
                operation["requestBody"]["content"]["application/json"]["example"] = things.TITLES
    return told


def _settings(caller: Caller, known: dict[str, list[str | int]], n: int) -> dict[str, Any]:
    """Of Schemathesis, as its configuration file would have them. n: random calls of each operation."""
    known = {name: values for name, values in known.items() if values}
    often = {f"path.{name}": {"dictionary": name, "probability": SHARE_OF_KNOWN} for name in known}
    often |= {
        f"body.{path}": {"dictionary": name, "probability": SHARE_OF_KNOWN}
        for path, name in (("item_id", "item_id"), ("item_ids[*]", "item_id"), ("url", "url"), ("version", "version"))
        if name in known
    }
    return {
        "seed": SEED,
        "base-url": "http://localhost",
        "continue-on-failure": True,
        "headers": caller.headers,
        "checks": {"negative_data_rejection": {"expected-statuses": REJECTIONS}},
        "generation": {"max-examples": n, "no-shrink": True, "database": "none"},
        "phases": {"stateful": {"enabled": False}},
        "dictionaries": {name: {"values": values} for name, values in known.items()},
        "parameters": often,
    }


def _count(event: Any, found: Run, document: dict[str, Any]) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        found.wrongs[Wrong(str(getattr(event, "label", "")), "the tool stopped", str(vars(event)))] += 1
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for case_id, call in recorder.interactions.items():
        label = recorder.cases[case_id].value.operation.label
        status = call.response.status_code if call.response else 0
        found.n_calls[label, f"{status // 100}xx"] += 1
        method, _, path = label.partition(" ")
        # A probe with another method than the operation's is answered by another operation, or none.
        is_its_own = call.request.method == method
        if is_its_own and 200 <= status < 300 and not found.caller.may(path, document["paths"][path][method.lower()]):
            found.wrongs[Wrong(label, "let in", f"{status} {call.request.uri}")] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                found.wrongs[_wrong(check, recorder.label, recorder.interactions[case_id].response)] += 1


def _wrong(check: Any, label: str, response: Any) -> Wrong:
    failure = check.failure_info.failure
    answer = response.content.decode(errors="replace") if response else ""
    texts = (str(failure.message), check.failure_info.code_sample, answer)
    return Wrong(label, f"{check.name}: {failure.title}", "\n".join(text[:800] for text in texts))
