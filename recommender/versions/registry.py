"""The versions: register, promote, roll back, pin. The only writer of checkpoints.

A version appears whole or not at all, exactly one is champion, and every change leaves a row in
the audit trail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from catalog.models import Webhook
from catalog.webhooks.outbox import announce
from recommender.ml.weights import BadCheckpoint, ModelState, digest, to_bytes
from recommender.models import Checkpoint, CheckpointChunk, ServingChange
from recommender.versions import stored

SOMEBODY = "somebody whose account was deleted"
KEEP_SERVED = 5  # versions that served and can serve again, whatever else is kept


class CannotPromote(RuntimeError):
    """The change was refused; the message says why in words for the person who asked."""


@dataclass(frozen=True)
class Window:
    """What a version learnt from: log rows with wm_from <= xid < wm_to."""

    wm_from: int
    wm_to: int
    about: dict[str, Any]


def champion() -> Checkpoint | None:
    return Checkpoint.objects.filter(status=Checkpoint.Status.CHAMPION).first()


def register(
    state: ModelState,
    *,
    parent: Checkpoint | None,
    encoder_fingerprint: str,
    window: Window,
    status: str = Checkpoint.Status.CANDIDATE,
    config: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    verdict: dict[str, Any] | None = None,
    taint: str = "",
) -> Checkpoint:
    """Store a version with its bytes in one transaction; the newest number is given under a lock.

    taint: why it is to be replaced from the start; what its parent is tainted with, it is as well.
    """
    blob = to_bytes(state)
    with transaction.atomic():
        lock()
        taint = taint or (parent.taint if parent else "")
        newest = Checkpoint.objects.aggregate(newest=Max("version"))["newest"]
        checkpoint = Checkpoint.objects.create(
            version=0 if newest is None else newest + 1,
            parent=parent,
            status=status,
            encoder_fingerprint=encoder_fingerprint,
            config=config or {},
            wm_from=window.wm_from,
            wm_to=window.wm_to,
            window=window.about,
            metrics=metrics or {},
            verdict=verdict or {},
            sha256=digest(blob),
            n_bytes=len(blob),
            tainted=Now() if taint else None,
            taint=taint,
        )
        if status != Checkpoint.Status.REJECTED:  # what may never serve keeps its reasons, not its bytes
            stored.write(checkpoint, blob)
    return checkpoint


def lock() -> None:
    """Until the transaction ends, nobody else registers or taints a version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('marquee.registry'))")


def taint(first_xid: int | None, since: datetime | None, *, reason: str) -> list[int]:
    """Mark every version that may have learnt from the log from transaction `first_xid` on, or from people's own
    choices at the time `since` or later; their numbers. None: from nothing of that kind.

    A version holds what its parent held, so all whose window ends later do, and all made later, but for those that
    started from nothing. Their bytes go at once, but for the champion's: it serves until a clean one does. Rows that
    training left in quarantine are counted as read.
    """
    holds = Q(wm_to__gt=first_xid) if first_xid is not None else Q(pk__in=[])
    if since is not None:
        holds |= Q(created__gt=since)
    with transaction.atomic():
        marked = Checkpoint.objects.filter(holds, tainted=None).exclude(parent=None)
        versions = list(marked.order_by("version").values_list("version", flat=True))
        marked.update(tainted=Now(), taint=reason)
        _drop_tainted()
    return versions


def forget_actor(name: str) -> None:
    """The audit trail goes on without the name."""
    ServingChange.objects.filter(actor=name).update(actor=SOMEBODY)


def prune(*, keep: int) -> list[int]:
    """Let the bytes of old versions go, and return their numbers; their rows, metrics and reasons stay.

    Kept are the newest `keep` versions that have bytes, the champion, version 0 (the far anchor), what
    is pinned, and the last KEEP_SERVED that served before, for rollback. A version that starts to
    serve while this runs is kept: both take its row's lock.
    """
    whole = Checkpoint.objects.filter(pruned=None).exclude(status=Checkpoint.Status.REJECTED)
    current = champion()
    kept = {0, *whole.order_by("-version").values_list("version", flat=True)[:keep]}
    if current is not None:
        kept |= {version.version for version, _ in zip(_served_before(current), range(KEEP_SERVED), strict=False)}
    with transaction.atomic():
        old = list(
            whole.filter(status__in=[Checkpoint.Status.CANDIDATE, Checkpoint.Status.RETIRED], pinned=False)
            .exclude(version__in=kept)
            .order_by("version")
            .select_for_update()
        )
        CheckpointChunk.objects.filter(checkpoint__in=old).delete()
        Checkpoint.objects.filter(pk__in=[checkpoint.pk for checkpoint in old]).update(pruned=Now())
        _drop_tainted()
    return [checkpoint.version for checkpoint in old]


def promote(checkpoint: Checkpoint, *, over: Checkpoint | None, reason: str, actor: str) -> None:
    """Make `checkpoint` champion in place of `over`: one compare-and-set.

    Raises CannotPromote if somebody else changed the champion meanwhile, the champion is pinned, or
    the version's bytes do not load. The version served before stays as it is.
    """
    _must_load(checkpoint)
    with transaction.atomic():
        if over is not None:
            retired = Checkpoint.objects.filter(pk=over.pk, status=Checkpoint.Status.CHAMPION, pinned=False)
            if not retired.update(status=Checkpoint.Status.RETIRED):
                raise CannotPromote(f"v{over.version} is no longer champion, or it is pinned")
        elif champion() is not None:
            raise CannotPromote("there is a champion already")
        promoted = Checkpoint.objects.filter(pk=checkpoint.pk, status=Checkpoint.Status.CANDIDATE, pruned=None)
        try:
            n_promoted = promoted.update(status=Checkpoint.Status.CHAMPION, promoted=Now())
        except IntegrityError as error:  # two first versions at once: the index lets one through
            raise CannotPromote("somebody else has just promoted a version") from error
        if not n_promoted:
            raise CannotPromote(f"v{checkpoint.version} is not a candidate")
        _drop_tainted()
        _log("promote", checkpoint, over, reason, actor)
        announce(Webhook.Event.PROMOTED, _versions(checkpoint, over))


def roll_back(*, to: Checkpoint | None, reason: str, actor: str) -> Checkpoint:
    """Serve an earlier version again and pin it, so that training does not undo the decision.

    Without `to`: the version served before that, so a second rollback goes further back; versions
    whose bytes no longer load, or that were made for another encoder, are skipped. Raises
    CannotPromote if there is none, or no reason was given.
    """
    if not reason.strip():
        raise CannotPromote("a rollback needs a reason")
    with transaction.atomic():
        current = Checkpoint.objects.select_for_update().filter(status=Checkpoint.Status.CHAMPION).first()
        if current is None:
            raise CannotPromote("there is no champion to roll back from")
        target = to or _previous(current)
        target = Checkpoint.objects.select_for_update().get(pk=target.pk)  # as it is now, and its bytes stay
        if target.pk == current.pk:
            raise CannotPromote(f"v{target.version} is serving already")
        if target.tainted:
            raise CannotPromote(f"v{target.version} may not serve again: {target.taint}")
        if target.status not in (Checkpoint.Status.RETIRED, Checkpoint.Status.CANDIDATE):
            raise CannotPromote(f"v{target.version} is {target.status}; it may not serve")
        _must_load(target)
        Checkpoint.objects.filter(pk=current.pk).update(status=Checkpoint.Status.RETIRED, pinned=False)
        Checkpoint.objects.filter(pk=target.pk).update(status=Checkpoint.Status.CHAMPION, pinned=True, promoted=Now())
        _drop_tainted()
        _log("roll back", target, current, reason, actor)
        announce(Webhook.Event.ROLLED_BACK, _versions(target, current))
    target.refresh_from_db()
    return target


def set_pinned(checkpoint: Checkpoint, *, pinned: bool, reason: str, actor: str) -> None:
    """Hold a champion, or let training replace it again. Raises CannotPromote without a reason."""
    if not reason.strip():
        raise CannotPromote("pinning and unpinning need a reason")
    with transaction.atomic():
        changed = Checkpoint.objects.filter(
            pk=checkpoint.pk, status=Checkpoint.Status.CHAMPION, pinned=not pinned
        ).update(pinned=pinned)
        if not changed:
            raise CannotPromote(f"v{checkpoint.version} is not a champion that is {'un' if pinned else ''}pinned")
        _log("pin" if pinned else "unpin", checkpoint, None, reason, actor)


def candidate() -> Checkpoint | None:
    """The newest version that waits to be promoted."""
    return Checkpoint.objects.filter(status=Checkpoint.Status.CANDIDATE, pruned=None).order_by("-version").first()


def previous() -> Checkpoint | None:
    """The version that a rollback without a target goes to, if its bytes are sound."""
    current = champion()
    return next(_served_before(current), None) if current else None


def _previous(current: Checkpoint) -> Checkpoint:
    """The version that served before `current` and can serve again, by the audit trail."""
    for candidate in _served_before(current):
        if _loads(candidate):
            return candidate
    raise CannotPromote("no earlier version can be served")


def _served_before(current: Checkpoint) -> Iterator[Checkpoint]:
    """Versions to go back to, the last first, whether or not their bytes are sound.

    What a promotion replaced was good enough until then; what a rollback replaced was not.
    """
    promotions = ServingChange.objects.filter(action="promote", previous__lt=current.version).order_by("-id")
    fitting = Checkpoint.objects.filter(
        status=Checkpoint.Status.RETIRED,
        encoder_fingerprint=current.encoder_fingerprint,
        pruned=None,
        tainted=None,
    )
    seen: set[int] = set()
    for change in promotions.iterator():
        assert change.previous is not None, "filtered above"
        candidate = fitting.filter(version=change.previous).exclude(version__in=seen).first()
        if candidate is not None:
            seen.add(candidate.version)
            yield candidate


def _drop_tainted() -> None:
    """No version that remembers somebody who is to be forgotten has bytes, unless it serves."""
    tainted = Checkpoint.objects.exclude(tainted=None).filter(pruned=None)
    gone = list(
        tainted.exclude(status__in=[Checkpoint.Status.CHAMPION, Checkpoint.Status.REJECTED]).select_for_update()
    )
    CheckpointChunk.objects.filter(checkpoint__in=gone).delete()
    Checkpoint.objects.filter(pk__in=[checkpoint.pk for checkpoint in gone]).update(pruned=Now())


def _loads(checkpoint: Checkpoint) -> bool:
    try:
        stored.load(checkpoint)
    except BadCheckpoint:
        return False
    return True


def _must_load(checkpoint: Checkpoint) -> None:
    try:
        stored.load(checkpoint)
    except BadCheckpoint as error:
        raise CannotPromote(f"v{checkpoint.version} must not serve: {error}") from error


def _log(action: str, checkpoint: Checkpoint, previous: Checkpoint | None, reason: str, actor: str) -> None:
    ServingChange.objects.create(
        action=action,
        version=checkpoint.version,
        previous=previous.version if previous else None,
        reason=reason,
        actor=actor,
    )


def _versions(serving: Checkpoint, previous: Checkpoint | None) -> dict[str, Any]:
    """What strangers are told: no actor, and no reason, which a person may have written."""
    return {"version": serving.version, "previous": previous.version if previous else None}
