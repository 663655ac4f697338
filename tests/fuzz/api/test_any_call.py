"""Any call that the OpenAPI document allows or forbids, by any caller, is answered as it says. `make fuzz-api`."""

import os
import sys
from typing import Any

import pytest
from django.db import connections

from recommender.api.views.documents import document
from tests.fuzz.api import running, telling, things
from tests.fuzz.api.callers import callers

N_CALLS = int(os.environ.get("FUZZ_EXAMPLES", "20000"))
ONLY = os.environ.get("FUZZ_CALLER", "")  # one of them alone


@pytest.fixture
def lasting_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection for each call would cost more than the call. `Watched` closes them."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # those of the tool are its own
@pytest.mark.django_db(transaction=True)
def test_any_call_is_answered_as_the_document_says(
    served_world: list[Any], lasting_connections: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    told = document()
    everybody = callers(served_world)
    known = things.of_everybody(served_world)
    runs = [
        running.run(told, caller, known, N_CALLS // len(everybody))
        for caller in everybody
        if ONLY in ("", caller.name)
    ]
    with capsys.disabled():
        sys.stdout.write(f"\n{telling.table(runs)}\n")
    assert not (wrongs := telling.wrongs(runs)), wrongs
