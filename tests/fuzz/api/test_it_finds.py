"""`make fuzz-api` finds what it is there to find: each of these breaks something, and is caught."""

from copy import deepcopy
from typing import Any

import pytest

from catalog import signals
from recommender.api import parsers
from recommender.api.access import Declared
from recommender.api.views import me
from recommender.api.views.documents import document
from tests.fuzz.api import running
from tests.fuzz.api.callers import callers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("default")]
SETTINGS, RULES = "/api/v1/me/settings", "/api/v1/rules"


@pytest.fixture(autouse=True)
def without_limits(settings: Any) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)


def found(name: str, path: str, told: dict[str, Any] | None = None) -> str:
    told = told or document()
    caller = next(one for one in callers([]) if one.name == name)
    run = running.run(told | {"paths": {path: told["paths"][path]}}, caller, {}, 10)
    assert run.n_calls
    return "\n".join(f"{one.operation} {one.check}" for one in run.wrongs)


@pytest.mark.parametrize("name", ["nobody", "browser", "all scopes", "read-only key", "not staff"])
def test_it_works(name: str) -> None:
    assert found(name, SETTINGS) == ""


@pytest.mark.parametrize("name", ["nobody", "browser", "not staff"])
def test_a_permission_that_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Declared, "has_permission", lambda *_: True)
    assert f"GET {RULES} let in" in found(name, RULES)


def test_a_scope_that_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.api.access.Access.scope", lambda *_: "me:read")
    assert f"PATCH {SETTINGS} let in" in found("read-only key", SETTINGS, deepcopy(document()))


def test_a_key_that_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Declared, "has_permission", lambda *_: True)
    assert f"GET {RULES} ignored_auth" in found("all scopes", RULES)


def test_something_written_before_the_caller_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def written_first(self: me.MyView, request: Any) -> None:
        if request.user is not None:
            signals.set_preferences(signals.Owner(request.user.pk, None), learning=False)
        super(me.MyView, self).check_permissions(request)

    monkeypatch.setattr(me.MyView, "check_permissions", written_first)
    assert "wrote though refused" in found("read-only key", SETTINGS)


def test_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_pairs: Any) -> Any:
        raise KeyError("odd")

    monkeypatch.setattr(parsers, "_once", broken)
    wrongs = found("all scopes", SETTINGS)
    assert "raised KeyError: 'odd'" in wrongs
    assert f"PATCH {SETTINGS} not_a_server_error" in wrongs


def test_an_answer_of_another_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(me, "_settings_json", lambda _: {"personalise": "yes"})
    assert f"GET {SETTINGS} response_schema_conformance" in found("all scopes", SETTINGS)


def test_what_is_taken_though_the_document_forbids_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.api.serializers.StrictSerializer.is_valid", lambda *_args, **_kwargs: True)
    monkeypatch.setattr("recommender.api.serializers.StrictSerializer.validated_data", {}, raising=False)
    assert f"PATCH {SETTINGS} negative_data_rejection" in found("all scopes", SETTINGS)


def test_what_is_refused_though_the_document_allows_it() -> None:
    told = deepcopy(document())
    del told["components"]["schemas"]["PatchedSettingsInRequest"]["properties"]["strength"]["maximum"]
    assert f"PATCH {SETTINGS} positive_data_acceptance" in found("all scopes", SETTINGS, told)
