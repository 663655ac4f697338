"""A connection that gives up on a database that has stopped answering.

`connect_timeout` bounds only connecting, `statement_timeout` is kept by the server itself; a server
that is frozen, or a network that swallows packets, keeps neither. Web processes bound their own wait.
"""

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

PATIENCE_SECONDS = 6.0
T = TypeVar("T")


class ImpatientConnection(psycopg.Connection[Any]):
    """psycopg's connection; a query that takes more than PATIENCE_SECONDS raises OperationalError."""

    def wait(self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return super().wait(gen, interval, PATIENCE_SECONDS if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:
            self.pgconn.finish()  # whatever it may still say would answer another question
            raise psycopg.OperationalError(f"the database did not answer within {PATIENCE_SECONDS:g} s") from error
