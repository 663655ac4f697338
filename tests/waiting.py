"""Waiting for what happens elsewhere, in another thread or process."""

import time
from collections.abc import Callable


def eventually(claim: Callable[[], object], within_seconds: float = 120) -> bool:
    """Whether the claim comes true, asked again and again. The time is for a machine that has other things to do."""
    deadline = time.monotonic() + within_seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
