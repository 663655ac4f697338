"""The transaction id that wrote a row, as a column: what the learning window is cut by.

Ids and times are handed out before commit, so a reader that walks them skips rows that
commit late. A transaction id below `pg_snapshot_xmin` can gain no more rows
(docs/decisions/0003-window-by-transaction-id.md).
"""

from typing import Any

from django.db import models
from django.db.models import Func


class TransactionId(Func):
    """`pg_current_xact_id()`, the 64-bit id of the transaction that runs the statement."""

    function = "pg_current_xact_id"
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=TransactionIdField())


class TransactionIdField(models.Field):
    """A Postgres `xid8` column, read as an int and filled by the server."""

    description = "64-bit transaction id"

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(int(value))
