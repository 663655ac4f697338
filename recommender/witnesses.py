"""Whose words may be told as the reason for a title: one's own, or those that many people search for.

A remembered query explains a title best by its own words, but words that few people searched for may say who they
are. What is popular is looked up by the thread that follows the champion, never by a request.
"""

import time
from dataclasses import dataclass, replace

from django.conf import settings

from catalog import common_searches
from recommender.ml.ranking import Hit

REFRESH_SECONDS = 300.0
N_TEXTS = 20_000
WITHHELD = ""


@dataclass(frozen=True)
class _Popular:
    texts: frozenset[str] = frozenset()
    asked_at: float = float("-inf")
    forgotten: int = 0


_popular = _Popular()


def refresh(forgotten: int) -> None:
    """Look again where it is old, or somebody was forgotten since. forgotten: `forgetting.newest`."""
    global _popular  # one reference, swapped whole
    if forgotten == _popular.forgotten and time.monotonic() - _popular.asked_at < REFRESH_SECONDS:
        return
    found = common_searches.popular_queries(settings.SUGGEST_MIN_CLIENTS, N_TEXTS)
    _popular = _Popular(frozenset(text for text, _ in found), time.monotonic(), forgotten)


def discreet(hit: Hit, own: str) -> Hit:
    """The hit with its witness withheld unless everybody may read it. own: the folded text that was searched for."""
    if not hit.witness or hit.witness == own or hit.witness in _popular.texts:
        return hit
    return replace(hit, witness=WITHHELD)
