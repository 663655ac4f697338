"""After somebody was forgotten: a clean version, learnt again from the log that is left.

It starts where version 0 started and reads, window by window, what the tainted champion's line had read, so it is the
version that would be had they never been here (docs/decisions/0017). Each window is judged as any other. While there
are more, what passed waits as a candidate; the last is promoted over the champion. If one does not pass, the clean
version before it serves at once: it knows less, but nothing that it must not, and ordinary learning goes on from it.
"""

from dataclasses import replace
from typing import Any

from django.db import transaction

from recommender.ml.weights import ModelState
from recommender.models import Checkpoint
from recommender.versions import registry, stored
from training import dataset, quarantine

FOR = "rebuilds"  # in a version's `window`: the version that it is to replace
REASON = "somebody asked to be forgotten; it was learnt again without them"


def base(champion: Checkpoint) -> Checkpoint:
    """The clean version that the next window is added to: as far as it was rebuilt, else one that knows nothing."""
    clean = Checkpoint.objects.filter(
        encoder_fingerprint=champion.encoder_fingerprint, tainted=None, pruned=None
    ).exclude(status=Checkpoint.Status.REJECTED)
    started = clean.filter(status=Checkpoint.Status.CANDIDATE, window__rebuilds=champion.version)
    return started.first() or clean.filter(parent=None, wm_to=0).last() or _from_nothing(champion)


def next_window(base: Checkpoint, champion: Checkpoint) -> quarantine.NextWindow:
    """As much as a run may read of what the champion's line had read; all that is new as well, unless a person has
    pinned the champion to what it knows. Raises RestoredLog.
    """
    here = dataset.window_after(champion.wm_to)
    end = champion.wm_to if champion.pinned else quarantine.before_suspects(here)
    return quarantine.again(replace(here, wm_from=base.wm_to, wm_to=end), champion)


def is_done(bounds: dataset.WindowBounds, champion: Checkpoint) -> bool:
    """Whether a version that has read this far has read all that the champion had."""
    return bounds.wm_to >= champion.wm_to


def promote(clean: Checkpoint, champion: Checkpoint) -> None:
    """In place of the tainted champion; what a person has pinned is pinned again. Raises CannotPromote."""
    champion.refresh_from_db()
    with transaction.atomic():
        if champion.pinned:
            registry.set_pinned(champion, pinned=False, reason=REASON, actor="training")
        registry.promote(clean, over=champion, reason=REASON, actor="training")
        if champion.pinned:
            registry.set_pinned(clean, pinned=True, reason=REASON, actor="training")


def serve(base: Checkpoint, champion: Checkpoint) -> Checkpoint:
    """The clean version as far as it came, in place of the tainted champion; one that served before as a copy."""
    with transaction.atomic():
        if base.status != Checkpoint.Status.CANDIDATE:
            window = registry.Window(base.wm_to, base.wm_to, about(base, champion))
            base = registry.register(
                stored.load(base), parent=base, encoder_fingerprint=base.encoder_fingerprint, window=window
            )
        promote(base, champion)
    return base


def about(base: Checkpoint, champion: Checkpoint) -> dict[str, Any]:
    return {"n_searches": int(base.window.get("n_searches", 0)), FOR: champion.version}


def _from_nothing(champion: Checkpoint) -> Checkpoint:
    """Version 0 anew: it was made for another encoder, or the log was numbered anew since."""
    state = stored.load(champion)
    return registry.register(
        ModelState.untrained(state.weights.config, state.memory.config),
        parent=None,
        encoder_fingerprint=champion.encoder_fingerprint,
        window=registry.Window(0, 0, {}),
    )
