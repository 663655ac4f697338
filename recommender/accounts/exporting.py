"""Everything the site keeps of a person, as they may take it with them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from catalog import event_log
from catalog.event_log import Visitor
from catalog.models import HistoryJoin, Preferences, Signal, TasteImport, Title
from catalog.signals import Person
from recommender.accounts import leaving
from recommender.models import ApiKey

_KEY_DATES = ("created", "expires", "revoked", "last_used")
FORMAT = "marquee.personal-data/1"
_SEARCH = (
    "id", "search_id", "client_id", "session_id", "raw_text", "normalised_text", "filters", "query_class",
    "corrected_text", "surface", "model_version", "first_position", "shown", "created",
)  # fmt: skip
_INTERACTION = (
    "id", "query_id", "client_id", "session_id", "action_name", "position", "value", "occurred", "created",
)  # fmt: skip


def everything(visitor: Visitor, user: User | None) -> dict[str, Any]:
    """JSON-able but for UUIDs and times; empty parts where there is nothing. At most eleven queries."""
    joins = list(HistoryJoin.objects.filter(user_id=visitor.user_id)) if visitor.user_id is not None else []
    person = leaving.person_of(visitor, joins) or Person(None, frozenset())
    searches = list(event_log.searches_of(person).order_by("pk").values(*_SEARCH))
    deeds = event_log.interactions_of(person).order_by("created", "pk").select_related("title")
    names = _names({title_id for search in searches for title_id in search["shown"]})
    for search in searches:
        search["shown"] = [names.get(title_id, str(title_id)) for title_id in search["shown"]]
    return {
        "format": FORMAT,
        "made": timezone.now(),
        "account": _account(user),
        "browsers": sorted(person.client_ids),
        "preferences": [_preferences(kept) for kept in Preferences.objects.filter(person.rows)],
        "signals": [_signal(said) for said in Signal.objects.filter(person.rows).select_related("title")],
        "imports": [_import(brought) for brought in TasteImport.objects.filter(person.rows)],
        "searches": searches,
        "interactions": [
            {name: getattr(deed, name) for name in _INTERACTION} | {"title": _title(deed.title)} for deed in deeds
        ],
        "joined_histories": [_join(joined) for joined in joins],
        "api_keys": [_key(key) for key in _keys(person)],
    }


def _account(user: User | None) -> dict[str, Any] | None:
    """The password is kept as a hash that says nothing, so it is left out."""
    if user is None:
        return None
    return {
        "name": user.get_username(),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_staff": user.is_staff,
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
    }


def _preferences(kept: Preferences) -> dict[str, Any]:
    names = ("client_id", "personalise", "learning", "strength", "is_welcomed", "created")
    return {name: getattr(kept, name) for name in names}


def _signal(said: Signal) -> dict[str, Any]:
    names = ("kind", "value", "note", "is_muted", "said", "client_id", "imported_id", "joined_from")
    return {"title": _title(said.title)} | {name: getattr(said, name) for name in names}


def _import(brought: TasteImport) -> dict[str, Any]:
    return {name: getattr(brought, name) for name in ("id", "service", "file_name", "counts", "created")}


def _join(joined: HistoryJoin) -> dict[str, Any]:
    return {name: getattr(joined, name) for name in ("client_id", "created", "undone", "counts")}


def _keys(person: Person) -> Iterable[ApiKey]:
    return ApiKey.objects.filter(user_id=person.user_id) if person.user_id is not None else ()


def _key(key: ApiKey) -> dict[str, Any]:
    """The key itself is not kept, and its digest says nothing."""
    return {name: getattr(key, name) for name in ("name", "prefix", "scopes", *_KEY_DATES)}


def _title(title: Title) -> dict[str, Any]:
    return {"id": title.external_id, "name": title.name, "year": title.year}


def _names(title_ids: set[int]) -> dict[int, str]:
    return dict(Title.objects.filter(pk__in=title_ids).values_list("pk", "external_id"))
