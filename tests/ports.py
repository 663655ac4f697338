"""Ports for servers that tests start."""

import socket
from random import SystemRandom


def free_port() -> int:
    """One below those that the system hands out by itself: nobody draws it before the server has bound it."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
