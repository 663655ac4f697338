"""One row of the log as one UBI document.

UBI 1.3 says little of how a list came about. What we know of that stands in `query_attributes` and
`event_attributes`, where it allows anything.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from catalog.ubi.selection import Position

Document = dict[str, Any]
NO_PLACE = 0  # UBI knows no event on an object without an ordinal; ours begin at 1


def pseudonym(kind: str, value: UUID | int | str | None) -> str | None:
    """Under which name an export knows a client, session or user: 32 hex digits, the same in every export.

    Never the id itself: a client_id is what the cookie holds, so whoever has it can act as that browser. Keyed with
    SECRET_KEY, so that it cannot be found out by trying, and changes with it.
    """
    if value is None:
        return None
    key = hmac.digest(settings.SECRET_KEY.encode(), b"marquee.ubi", "sha256")
    return hmac.digest(key, f"{kind} {value}".encode(), "sha256")[:16].hex()


def query_document(row: Mapping[str, Any]) -> Document:
    """One page of results. row: as `export` reads it."""
    who = _who(row)
    return _known(
        application=_application(row["surface"]),
        query_id=str(row["id"]),
        query_response_id=str(row["id"]),
        client_id=who.pop("client_id"),
        user_query=row["raw_text"],
        timestamp=_utc(row["created"]),
        object_id_field="item_id",
        query_response_hit_ids=row["item_ids"],
        query_attributes=_known(
            search_id=str(row["search_id"]),
            **who,
            surface=row["surface"],
            query_class=row["query_class"],
            corrected_query=row["corrected_text"] or None,
            filters=json.loads(row["filters"]),
            first_position=row["first_position"],
            propensity=row["propensity"],
            source=row["source"],
            model_version=row["model_version"],
            variant=row["variant"] or None,
            latency_ms=row["latency_ms"],
            is_robot=row["is_robot"],
            may_teach=row["may_teach"],
            cursor=str(Position("queries", int(row["xid"]), row["id"])),
        ),
    )


def event_document(row: Mapping[str, Any]) -> Document:
    """One thing somebody did. What the model knew is there where the page of `query_id` showed the title."""
    return _known(
        application=_application(row["surface"]),
        action_name=row["action_name"],
        query_id=str(row["query_id"]) if row["query_id"] else None,
        **_who(row),
        timestamp=_utc(row["created"]),
        event_attributes=_known(
            object={"object_id": row["item_id"], "object_id_field": "item_id", "object_id_type": row["kind"]},
            position={"ordinal": row["place"] or row["position"] or NO_PLACE},
            event_id=str(row["id"]),
            occurred=_utc(row["occurred"]),
            value=row["value"],
            search_id=str(row["search_id"]) if row["search_id"] else None,
            propensity=row["propensity"],
            source=row["source"],
            model_version=row["model_version"],
            variant=row["variant"] or None,
            is_robot=row["is_robot"],
            may_teach=row["may_teach"],
            cursor=str(Position("events", int(row["xid"]), row["id"])),
        ),
    )


def _who(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Nobody, where the row may not teach: the log keeps no ids of them, and this holds for rows of any making."""
    return {
        f"{kind}_id": pseudonym(kind, row[f"{kind}_id"] if row["may_teach"] else None)
        for kind in ("client", "session", "user")
    }


def _application(surface: str | None) -> str:
    return f"marquee-{surface}" if surface else "marquee"


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _known(**fields: Any) -> Document:
    """Without what is not known: UBI has no null."""
    return {name: value for name, value in fields.items() if value is not None}
