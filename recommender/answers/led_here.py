"""Which searches led many people to a title. What fewer searched for may say who they are, so it is not shown."""

import threading
import time
from collections import defaultdict

from django.conf import settings

from catalog import common_searches

REFRESH_SECONDS = 300
MAX_SHOWN = 6  # of a title


class _Read:
    """What this process knows, at most REFRESH_SECONDS old: one reading for all titles."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.searches: dict[int, list[str]] = {}
        self.asked_at = float("-inf")


_process = _Read()


def searches_for(title_id: int) -> list[str]:
    """Folded texts, what led most people here first. A query every REFRESH_SECONDS."""
    with _process.lock:
        if time.monotonic() - _process.asked_at > REFRESH_SECONDS:
            _process.searches = _read(settings.SUGGEST_MIN_CLIENTS)
            _process.asked_at = time.monotonic()
        return _process.searches.get(title_id, [])[:MAX_SHOWN]


def _read(min_clients: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for title_id, text in common_searches.texts_that_led(min_clients):
        found[title_id].append(text)
    return dict(found)
