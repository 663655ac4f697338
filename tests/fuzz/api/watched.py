"""The site in this process, as WSGI, watched: what a call that was refused wrote, and what broke."""

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.fuzz.api.callers import Caller

WRITES = ("INSERT", "UPDATE", "DELETE")
REFUSED = (401, 403)


class Watched:
    """A WSGI application. caller: whose key is to go on working; see `Caller.restore`."""

    def __init__(self, caller: Caller) -> None:
        self.site, self.caller = WSGIHandler(), caller
        self.wrongs: list[str] = []  # what nobody who calls could see
        self.tracebacks: Counter[str] = Counter()
        self._opened: set[BaseDatabaseWrapper] = set()

    def close(self) -> None:
        """The connections of the threads that called."""
        for connection in self._opened:
            connection.close()
            connection.dec_thread_sharing()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the caller would have to unpack what is packed
        line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        statuses: list[int] = []

        def started(status: str, headers: Any, exc_info: Any = None) -> Any:
            statuses.append(int(status[:3]))
            return start_response(status, headers, exc_info)

        connection = connections["default"]
        if connection not in self._opened:
            connection.inc_thread_sharing()
            self._opened.add(connection)
        with _statements(connection) as written, self._errors():
            answer = b"".join(self.site(environ, started))
        if statuses and statuses[0] in REFUSED and written:
            self.wrongs.append(f"{line} was refused with {statuses[0]} and wrote: {written[0][:200]}")
        if "/keys" in line:
            self.caller.restore()
        return [answer]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        def keep(**_kwargs: Any) -> None:
            self.tracebacks[traceback.format_exc()] += 1

        got_request_exception.connect(keep)
        try:
            yield
        finally:
            got_request_exception.disconnect(keep)


@contextmanager
def _statements(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """The statements that write."""
    written: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.lstrip().upper().startswith(WRITES) and context["cursor"].rowcount:
            written.append(sql)
        return result

    with connection.execute_wrapper(look):
        yield written
