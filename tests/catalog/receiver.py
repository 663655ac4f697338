"""A server on loopback that receives webhooks as badly as it is told to."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier


class Receiver:
    """url: where it listens. answers: what it does to the next requests, the last one for all that follow."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = [status(204)]
        self.over = threading.Event()

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    def verify(self, secret: str) -> None:
        """Every request, as a receiver does with the specification's library. Raises WebhookVerificationError."""
        for headers, body in self.heard:
            Verifier(secret).verify(body, headers)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A sender that lost its patience is no news here."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.over = receiver.over  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def status(code: int, *, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def hangs(request: BaseHTTPRequestHandler) -> None:
    request.server.over.wait(30)  # type: ignore[attr-defined]


def drips(request: BaseHTTPRequestHandler) -> None:
    """A header that never ends, a letter at a time: no single read waits long."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not request.server.over.wait(0.05):  # type: ignore[attr-defined]
        request.wfile.write(b"z")
        request.wfile.flush()


def closes_half_way(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    _cut(request)


def closes_at_once(request: BaseHTTPRequestHandler) -> None:
    _cut(request)


def babbles(request: BaseHTTPRequestHandler) -> None:
    """Something that is no HTTP."""
    request.wfile.write(b"220 mail.example ESMTP\r\n")
    _cut(request)


def floods(request: BaseHTTPRequestHandler) -> None:
    """An answer without end. Ends when the other side has gone."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not request.server.over.is_set():  # type: ignore[attr-defined]
        request.wfile.write(b"x" * 65_536)


def _cut(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True
    request.connection.shutdown(socket.SHUT_RDWR)
