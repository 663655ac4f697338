"""Evidence, looked at again: the chain of windows that were learnt from, and the bytes of every version."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from recommender.models import Checkpoint
from recommender.versions import stored
from training import dataset
from training.dataset import WindowBounds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """About one version. what: in words. is_wrong: it contradicts what was written down."""

    version: int
    what: str
    is_wrong: bool = False


def windows() -> Iterator[Finding]:
    """For every version that ever served, the oldest first: does its window follow its parent's, and
    does the log still hold exactly the rows that it says it read?
    """
    served = Checkpoint.objects.exclude(promoted=None).select_related("parent").order_by("version")
    for version in served.iterator():
        wrongs = [*_wrong_links(version), *_wrong_contents(version)]
        yield from (Finding(version.version, wrong, is_wrong=True) for wrong in wrongs)
        if not wrongs:
            yield Finding(version.version, _sound(version))


def broken_versions() -> list[Finding]:
    """Hash every version's bytes. A broken champion is what the next server to start would stumble over."""
    broken = []
    for version in Checkpoint.objects.order_by("version"):
        if (damage := stored.damage(version)) is None:
            continue
        broken.append(Finding(version.version, damage, is_wrong=True))
        is_champion = version.status == Checkpoint.Status.CHAMPION
        advice = "; THIS IS THE CHAMPION: roll back now (manage.py rollback)" if is_champion else ""
        logger.log(
            logging.CRITICAL if is_champion else logging.ERROR, "v%s is broken: %s%s", version.version, damage, advice
        )
    return broken


def _wrong_links(version: Checkpoint) -> Iterator[str]:
    start, end = _bounds(version)
    if start > end:
        yield f"its window ends at {end}, before it starts at {start}"
    if version.parent is not None:
        both_renumbered = "before_restore" in version.window and "before_restore" in version.parent.window
        parent_end = _bounds(version.parent)[1] if both_renumbered else version.parent.wm_to
        if parent_end != start:
            yield f"its window starts at {start}, but v{version.parent.version}'s ends at {parent_end}"
    if version.parent is None and start != 0:
        yield f"it has no parent, but its window starts at {start}"
    for a, b in version.window.get("skipped", []):
        if not a < b:
            yield f"it says that it skipped the stretch from {a} to {b}"
    if (added := version.window.get("added")) and added[1] > start:
        yield f"it says that it added the stretch from {added[0]} to {added[1]}, which is not before its window"


def _wrong_contents(version: Checkpoint) -> Iterator[str]:
    """A dump's restoring gives the log other transaction ids, so what was read before cannot be read again; and what
    was somebody's who is forgotten is gone.
    """
    written = version.window.get("contents")
    if written is None or version.tainted or "before_restore" in version.window:
        return
    skipped = tuple((a, b) for a, b in version.window.get("skipped", []))
    added = version.window.get("added")
    bounds = WindowBounds(version.wm_from, version.wm_to, skipped, (added[0], added[1]) if added else None)
    found = asdict(dataset.contents(bounds))
    for name, words in (("n_searches", "searches"), ("n_deeds", "deeds")):
        if found[name] != written[name]:
            yield f"the log holds {found[name]:,} {words} of its window, it read {written[name]:,}"
    if found["digest"] != written["digest"]:
        yield f"the rows of its window have the digest {found['digest'][:12]}…, it read {written['digest'][:12]}…"


def _bounds(version: Checkpoint) -> tuple[int, int]:
    start, end = version.window.get("before_restore", (version.wm_from, version.wm_to))
    return int(start), int(end)


def _sound(version: Checkpoint) -> str:
    start, end = _bounds(version)
    if "before_restore" in version.window:
        return f"[{start}, {end}): the bounds follow its parent's; the rows were numbered anew after a restore"
    written = version.window.get("contents")
    if version.tainted:
        return f"[{start}, {end}): the bounds follow its parent's; {version.taint}"
    if written is None:
        return f"[{start}, {end}): the bounds follow its parent's; it kept no digest of what it read"
    n_skipped = sum(1 for a, b in version.window.get("skipped", []) if a < end and b > start)
    quarantine = f", {n_skipped} stretches in quarantine left out" if n_skipped else ""
    added = ", one released stretch added" if version.window.get("added") else ""
    return f"[{start}, {end}): {written['n_searches']:,} searches, {written['n_deeds']:,} deeds{quarantine}{added}"
