"""Which part of the log is exported, and from where an export goes on."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self, get_args
from uuid import UUID

Kind = Literal["queries", "events"]


class BadPosition(ValueError):
    """Not a position of an export; says so in words for whoever sent it."""


class Position(NamedTuple):
    """Behind which row of which export to go on. In the order of transactions, as training reads: of events the ids
    are made by clients and their clocks are anybody's, so that in another order new rows would come to stand before
    a position.
    """

    kind: Kind
    xid: int
    row_id: UUID

    def __str__(self) -> str:
        return f"{self.kind}.{self.xid}.{self.row_id.hex}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadPosition."""
        if not (parts := re.fullmatch(r"([a-z]+)\.([0-9]{1,19})\.([0-9a-f]{32})", text)):
            raise BadPosition("Not a position of an export; send the cursor of the last line that arrived whole.")
        kind = next((kind for kind in get_args(Kind) if kind == parts[1]), None)
        if kind is None:
            raise BadPosition(f"A cursor goes on with {' or '.join(get_args(Kind))}, not with “{parts[1][:20]}”.")
        return cls(kind, int(parts[2]), UUID(parts[3]))

    @classmethod
    def start(cls, kind: Kind) -> Self:
        """Before the first row."""
        return cls(kind, 0, UUID(int=0))


@dataclass(frozen=True)
class Selection:
    """Rows with since <= created < until by the server's clock, behind `after`, at most `limit` of them.

    None: no bound. Raises ValueError in words for times without a zone, and where the end is not after the start.
    """

    since: datetime | None = None
    until: datetime | None = None
    after: Position | None = None
    with_robots: bool = False
    limit: int | None = None

    def __post_init__(self) -> None:
        if any(time is not None and time.tzinfo is None for time in (self.since, self.until)):
            raise ValueError("A time needs its zone, such as 2026-01-31T00:00:00Z.")
        if self.since and self.until and self.since >= self.until:
            raise ValueError("“until” must be later than “since”.")
        if self.limit is not None and self.limit < 1:
            raise ValueError("“limit” must be at least 1.")

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "since": self.since or "-infinity",
            "until": self.until or "infinity",
            "with_robots": self.with_robots,
        }
