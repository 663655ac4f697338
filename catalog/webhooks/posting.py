"""One request to a stranger: no redirects, no proxies of the environment, little patience, a look at whom we reach.

httpcore2 is what httpx2 is built on; it does nothing that is not asked of it, and lets us bring our own connections.

Whoever names an address reads what became of it. So they are told in one wording that it was not reached, whatever
the cause: which names are known inside, and who listens there, is for the log of the server.
"""

import logging
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from catalog.webhooks.addresses import may_reach

logger = logging.getLogger(__name__)

NOT_REACHED = "not reached: nobody answers there, its certificate is not valid, or it is not on the public internet"
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 20.0  # of everything after the name is looked up: one byte every nine seconds is no answer either
MAX_BODY_BYTES = 64 * 1024
NAME = "Marquee-Webhooks/1"


class NotPublic(Exception):
    """The name stands for no address that we may reach."""


@dataclass(frozen=True)
class Outcome:
    status: int | None = None  # of HTTP, where there was an answer
    error: str = ""  # why it did not arrive, in words; empty where it did


def post(url: str, body: bytes, headers: dict[str, str]) -> Outcome:
    """POST JSON and say what became of it. It arrived if the answer is 2xx and, up to MAX_BODY_BYTES, came whole."""
    headers = {
        "host": urlsplit(url).netloc,
        "content-type": "application/json",
        "user-agent": NAME,
        "connection": "close",
        **headers,
    }
    timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    status = None
    try:
        with (
            httpcore2.ConnectionPool(network_backend=_Guarded()) as pool,
            pool.stream(
                "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
            ) as answer,
        ):
            status = answer.status
            n_bytes = 0
            for piece in answer.iter_stream():
                n_bytes += len(piece)
                if n_bytes > MAX_BODY_BYTES:
                    break
    except (NotPublic, httpcore2.ConnectTimeout, httpcore2.NetworkError) as error:
        logger.info("%s was not reached: %r", urlsplit(url).netloc, error)
        return Outcome(status, NOT_REACHED)
    except httpcore2.TimeoutException:
        return Outcome(status, f"no whole answer within {READ_SECONDS:.0f} s, or {WHOLE_SECONDS:.0f} s in all")
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        logger.info("%s did not answer in HTTP: %r", urlsplit(url).netloc, error)
        return Outcome(status, "no whole answer in HTTP")
    if 200 <= status < 300:
        return Outcome(status)
    not_followed = "; redirects are not followed" if 300 <= status < 400 else ""
    return Outcome(status, f"answered {status}{not_followed}")


class _Guarded(httpcore2.NetworkBackend):
    """Connects to addresses that were looked at, by number: a name is looked up once and cannot change its mind."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"the name {host} stands for no address") from None
        reachable = [address for address in dict.fromkeys(str(row[4][0]) for row in found) if may_reach(address)]
        if not reachable:
            raise NotPublic(f"{host} is not on the public internet")
        until = time.monotonic() + WHOLE_SECONDS
        for address in reachable[:-1]:
            try:
                return _Hurried(_connect(address, port, timeout), until)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return _Hurried(_connect(reachable[-1], port, timeout), until)


def _connect(address: str, port: int, timeout: float | None) -> httpcore2.NetworkStream:
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout, socket_options=())


class _Hurried(httpcore2.NetworkStream):
    """A connection that ends at a time: its timeouts are of single reads, and drops may fall for ever."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Hurried(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
