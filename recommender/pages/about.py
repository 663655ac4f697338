"""How ranking works: the main parameters and their weight, as they are now, in the spirit of Art. 27 of the EU's
Digital Services Act. Every number is read from what serves: nothing here can fall behind the code.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Signal
from recommender import serving
from recommender.answers.explaining import PARTS
from recommender.ml import explore, seats
from recommender.ml.snapshot import Snapshot
from recommender.ml.taste import TasteConfig, weight_of_stars
from recommender.ml.weights import FEATURES, UNTRAINED
from recommender.models import Checkpoint
from recommender.services import PAGE_SIZE
from recommender.taste import personal
from recommender.versions import refusals
from recommender.visitors import asks_for_privacy, remember, visitor_of

_SIGNALS = {
    Signal.Kind.LIKE: _("Liked"),
    Signal.Kind.WATCHLIST: _("On your watchlist"),
    Signal.Kind.SEEN: _("Seen"),
    Signal.Kind.OPENED: _("Opened"),
    Signal.Kind.NOT_FOR_ME: _("Not for you"),
}
BAR_WIDTH = 100  # of the longest bar, in units of its drawing
# A cosine counts as it is; what is compared in meaning is the measure that all other weights are in.
MEANING = 1.0


class Weight(NamedTuple):
    """What the part of a score may add at most. before: the same before anything was learnt. bar: its length."""

    words: str
    now: float
    told: float
    before: float
    bar: float


class Attempt(NamedTuple):
    """The newest version that was made, whatever became of it. reasons: why it was refused, in plain words."""

    checkpoint: Checkpoint
    n_conditions: int
    reasons: list[str]
    n_used: int | None
    n_dropped: int


@never_cache
@require_safe
def how_ranking_works(request: HttpRequest) -> HttpResponse:
    snapshot = serving.current()
    visitor = visitor_of(request)
    versions = Checkpoint.objects.only("version", "status", "created", "promoted", "window", "verdict", "metrics")
    state = snapshot.state
    context = {
        "visitor": visitor,
        "asks_for_privacy": asks_for_privacy(request),
        "version": versions.filter(version=snapshot.version).first(),
        "attempt": _attempt(versions.order_by("-version").first()),
        "n_titles": len(snapshot.index),
        "n_remembered": len(state.memory.queries),
        "n_learnt_titles": len(state.weights.id_titles),
        "weights": list(_weights(snapshot)),
        "novelty": snapshot.config.novelty_weight,
        "taste": _taste(),
        "exploration": _exploration(),
        "seats": snapshot.config.seats,
        "n_first": seats.N_FIRST,
    }
    return remember(render(request, "recommender/about.html", context), visitor)


def _attempt(newest: Checkpoint | None) -> Attempt | None:
    """None where nothing has been learnt from yet."""
    if newest is None or not newest.verdict:
        return None
    conditions = newest.verdict.get("conditions", [])
    counts = newest.window.get("counts", {})
    return Attempt(
        newest,
        len(conditions),
        [refusals.sentence(str(one.get("name"))) for one in conditions if not one.get("passed")],
        counts.get("used"),
        sum(n for reason, n in counts.items() if reason.startswith("dropped")),
    )


def _weights(snapshot: Snapshot) -> Iterator[Weight]:
    """The heaviest first; those that count for nothing now and did not before are left out."""
    learnt = snapshot.state.weights
    rows = [("content", MEANING, MEANING, MEANING)]
    rows += zip(
        FEATURES, learnt.feature_weights.tolist(), learnt.told_weights.tolist(), UNTRAINED, strict=True
    )  # one row a feature
    rows.append(("taste", personal.IN_SEARCH, personal.IN_SEARCH, personal.IN_SEARCH))
    rows = [row for row in rows if any(abs(weight) >= 0.005 for weight in row[1:])]
    most = max(abs(now) for _name, now, _told, _before in rows)
    for name, now, told, before in sorted(rows, key=lambda row: -abs(row[1])):
        yield Weight(str(PARTS[name]), now, told, before, round(BAR_WIDTH * abs(now) / most, 1))


def _taste() -> dict[str, Any]:
    """What a person's signals are worth, as “Your taste” counts them too, and how they fade."""
    config = TasteConfig()
    worth = [(_SIGNALS[kind], weight) for kind, weight in personal.WEIGHTS.items()]
    worth += [(_("Rated 5 stars"), weight_of_stars(5)), (_("Rated 1 star"), weight_of_stars(1))]
    return {
        "worth": sorted(worth, key=lambda pair: -pair[1]),
        "half_life_days": round(config.half_life_days),
        "fading": round(config.fading),
        "together": config.together,
        "max_signals": config.max_signals,
        "in_search": personal.IN_SEARCH,
    }


def _exploration() -> dict[str, Any]:
    """Of a first page without title matches, as long as there is enough to fetch from below it."""
    chances = explore.chances(settings.EXPLORATION_RATE, PAGE_SIZE, 0, explore.PAGES_DEEP * PAGE_SIZE)
    stays = float(np.mean([chances[place, place] for place in range(PAGE_SIZE)]))
    rate = min(settings.EXPLORATION_RATE, explore.MAX_SHARE * PAGE_SIZE / 2)
    return {"share_of_pages": 100 * rate, "share_of_places": 100 * (1 - stays), "at_most": 100 * explore.MAX_SHARE}
