"""Which part of the log the next run reads, and what becomes of a window that cannot be learnt from.

A window that fails twice is divided, its halves are tried one after the other, and a half that fails
is put into quarantine: its rows stay in the log, nothing is trained on them, and learning goes on
behind them (docs/decisions/0010). The only writer of QuarantinedWindow.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from recommender.models import Checkpoint
from recommender.versions import registry
from training import dataset
from training.dataset import Stretch, WindowBounds
from training.ml.config import GatePolicy
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun

logger = logging.getLogger(__name__)

LOADS_PER_HALVING = 3  # runs killed or out of time in a row, before the next reads half as much
MOST_IN_A_ROW = 100  # that are counted
NOT_THE_WINDOWS_FAULT = frozenset({"data", "latency"})  # conditions: more to judge by may come; the clock is noisy
Status = QuarantinedWindow.Status
PASSED = (TrainingRun.Status.PROMOTED, TrainingRun.Status.HELD)
Blames = TrainingRun.Blames


class CannotChange(RuntimeError):
    """The change was refused; the message says why in words for the person who asked."""


@dataclass(frozen=True)
class NextWindow:
    """What the next run reads. trial_of: the stretch whose fate it decides, if any.

    is_full: it holds as much as a run may read, so waiting adds nothing to it.
    """

    bounds: WindowBounds
    trial_of: QuarantinedWindow | None
    is_full: bool


def next_window(champion: Checkpoint) -> NextWindow:
    """A suspect half, else a released stretch with what is new, else what is new. Changes nothing.

    Raises RestoredLog.
    """
    everything = dataset.window_after(champion.wm_to)
    rows = list(QuarantinedWindow.objects.exclude(status=Status.CLEARED).order_by("wm_from", "id"))
    everything = replace(
        everything, skipped=_union((r.wm_from, r.wm_to) for r in rows if r.status == Status.QUARANTINED)
    )
    bounds, trial_of = everything, None
    suspects = [r for r in rows if r.status == Status.SUSPECT and r.wm_to > champion.wm_to]
    if suspects:
        trial_of = suspects[0]
        bounds = replace(bounds, wm_to=min(bounds.wm_to, trial_of.wm_to))
    elif released := _not_yet_learnt(rows, champion):
        trial_of = released[0]
        bounds = replace(bounds, added=(trial_of.wm_from, trial_of.wm_to))
    at_most = max(settings.LEARN_EVERY_SEARCHES, _at_most())
    part = dataset.cut(bounds, at_most)
    is_full = part.wm_to < bounds.wm_to and at_most == settings.LEARN_AT_MOST_SEARCHES
    return NextWindow(part, trial_of, is_full)


def again(bounds: WindowBounds, champion: Checkpoint) -> NextWindow:
    """Of what the champion's line and nobody else's had read, as much as a run may read: what is in quarantine stays
    there, and what was released and not yet learnt waits for its trial.
    """
    rows = list(QuarantinedWindow.objects.exclude(status=Status.CLEARED).order_by("wm_from", "id"))
    out = [row for row in rows if row.status == Status.QUARANTINED] + _not_yet_learnt(rows, champion)
    skipped = _union((row.wm_from, row.wm_to) for row in out)
    part = dataset.cut(replace(bounds, skipped=skipped), max(settings.LEARN_EVERY_SEARCHES, _at_most()))
    return NextWindow(part, None, is_full=False)


def before_suspects(bounds: WindowBounds) -> int:
    """The transaction id at which the first suspect begins behind `bounds.wm_from`, else its end."""
    suspects = QuarantinedWindow.objects.filter(status=Status.SUSPECT, wm_from__gte=bounds.wm_from)
    begins = suspects.order_by("wm_from").values_list("wm_from", flat=True).first()
    return bounds.wm_to if begins is None else min(bounds.wm_to, begins)


def blames(conditions: Iterable[dict[str, object]]) -> bool:
    """Does a refusal, by the gate's conditions, speak against the window? Without enough data nothing does."""
    failed = {str(condition["name"]) for condition in conditions if not condition["passed"]}
    return "data" not in failed and bool(failed - NOT_THE_WINDOWS_FAULT)


def after(run: TrainingRun, *, is_full: bool = False) -> None:
    """Draw the conclusion from a run that has ended: divide, put into quarantine, clear or wait."""
    if run.wm_from is None or run.wm_to is None:
        return  # it never knew its window
    trial = run.trial_of
    is_suspect = trial is not None and trial.status == Status.SUSPECT
    undecided = run.status == TrainingRun.Status.NOTHING_NEW or "data" in _refused_by(run)
    if run.status in PASSED:
        if trial is not None and is_suspect and run.wm_to >= trial.wm_to:
            _clear(trial)
    elif run.blames == Blames.WINDOW:
        if trial is not None:
            _put_back(run, trial, _what_went_wrong(run))
            _clear_the_other_half(trial)
        elif (earlier := _failed_before(run)) is not None:
            _divide(run, earlier)
    elif run.blames == Blames.LOAD:
        if trial is not None and not is_suspect and _at_most() < settings.LEARN_AT_MOST_SEARCHES:
            _put_back(run, trial, "it was too much for this machine")
        elif _at_most() < settings.LEARN_EVERY_SEARCHES:
            _put_aside(run, _rest(run), "every run on it was killed or ran out of time, however little it read")
    elif undecided and trial is not None and is_suspect:
        _put_back(run, trial, "it holds too few choices to be judged")
        if any(_was_found_guilty(half) for half in _other_halves(trial)):
            _clear(trial)
    elif undecided and is_full:
        _put_aside(run, _rest(run), f"it can grow no more and holds too little: {_what_went_wrong(run)}")


def put_aside(run: TrainingRun, *, reason: str, actor: str) -> QuarantinedWindow:
    """Put the window of a run into quarantine by hand, as after a rollback. Raises CannotChange."""
    champion = registry.champion()
    if not reason.strip():
        raise CannotChange("a quarantine needs a reason")
    if run.wm_from is None or run.wm_to is None or run.wm_from >= run.wm_to:
        raise CannotChange(f"run {run.pk} read nothing")
    if champion is not None and run.wm_from < champion.wm_to:
        raise CannotChange(f"v{champion.version} has learnt from it already; roll back first")
    return _put_aside(run, (run.wm_from, run.wm_to), f"{reason.strip()} ({actor})")


def release(stretch: QuarantinedWindow, *, reason: str, actor: str) -> None:
    """Let training read the stretch again, and ask for a run. Raises CannotChange."""
    if not reason.strip():
        raise CannotChange("a release needs a reason")
    with transaction.atomic():
        released = QuarantinedWindow.objects.filter(pk=stretch.pk, status=Status.QUARANTINED).update(
            status=Status.RELEASED, released=Now(), released_by=actor, release_reason=reason.strip()
        )
        if not released:
            raise CannotChange(f"stretch {stretch.pk} is not in quarantine")
        TrainingRequest.objects.create(actor=actor)


def renumber(first: int) -> list[Stretch]:
    """After a restore gave the log other transaction ids: the stretches that stay in quarantine, by the old ids.

    The caller gives their rows the ids `first`, `first` + 1 … in this order. What was released and not
    yet learnt goes back, what was suspect is read again as a whole.
    """
    champion = registry.champion()
    rows = list(QuarantinedWindow.objects.exclude(status=Status.CLEARED).order_by("wm_from", "id"))
    out = [row for row in rows if row.status == Status.QUARANTINED]
    out += _not_yet_learnt(rows, champion) if champion else []
    QuarantinedWindow.objects.filter(pk__in=[row.pk for row in rows]).update(status=Status.CLEARED)
    for xid, row in enumerate(out, start=first):
        QuarantinedWindow.objects.filter(pk=row.pk).update(status=Status.QUARANTINED, wm_from=xid, wm_to=xid + 1)
    return [(row.wm_from, row.wm_to) for row in out]


def _at_most() -> int:
    """Searches a run may read: half as many each time that several in a row were too much."""
    ended = TrainingRun.objects.exclude(status=TrainingRun.Status.RUNNING).exclude(wm_to=None)
    in_a_row = 0
    newest = QuarantinedWindow.objects.values_list("run_id", flat=True).first() or 0
    for blamed in ended.filter(pk__gt=newest).values_list("blames", flat=True)[:MOST_IN_A_ROW]:
        if blamed != Blames.LOAD:
            break
        in_a_row += 1
    return int(settings.LEARN_AT_MOST_SEARCHES) >> in_a_row // LOADS_PER_HALVING


def _failed_before(run: TrainingRun) -> TrainingRun | None:
    """The run before this one that said something about the same window, if it failed as well."""
    telling = TrainingRun.objects.filter(
        pk__lt=run.pk, wm_from=run.wm_from, skipped=run.skipped, trial_of=None
    ).exclude(status__in=[TrainingRun.Status.NOTHING_NEW, TrainingRun.Status.DIED])
    for earlier in telling:
        if earlier.blames == Blames.WINDOW:
            return earlier
        if earlier.status in PASSED:
            return None
    return None


def _divide(run: TrainingRun, earlier: TrainingRun) -> None:
    """Both windows begin alike, so what is wrong lies in the shorter one: make suspects of its halves."""
    assert run.wm_to is not None and earlier.wm_to is not None, "both knew their windows"  # noqa: PT018
    start, end = _rest(run)[0], min(run.wm_to, earlier.wm_to)
    cut, n_chosen = dataset.middle(WindowBounds(start, end, _skipped(run)))
    reason = f"runs {earlier.pk} and {run.pk} failed on it: {_what_went_wrong(run)}"
    if n_chosen < 2 * GatePolicy().min_choices or not start < cut < end:
        _put_aside(run, (start, end), f"{reason} (too small to be divided)")
        return
    for stretch in ((start, cut), (cut, end)):
        QuarantinedWindow.objects.create(
            wm_from=stretch[0], wm_to=stretch[1], status=Status.SUSPECT, reason=reason, run=run
        )
    logger.warning("the window [%s, %s) failed twice; its halves are tried by themselves", start, end)


def _put_back(run: TrainingRun, trial: QuarantinedWindow, why: str) -> None:
    QuarantinedWindow.objects.filter(pk=trial.pk).update(
        status=Status.QUARANTINED, reason=f"{trial.reason}; run {run.pk} on it alone: {why}"
    )
    _alarm((trial.wm_from, trial.wm_to), why)


def _clear(stretch: QuarantinedWindow) -> None:
    QuarantinedWindow.objects.filter(pk=stretch.pk).update(status=Status.CLEARED)


def _clear_the_other_half(guilty: QuarantinedWindow) -> None:
    """What could not be judged by itself goes free once the other half explains why both failed together."""
    for half in _other_halves(guilty).filter(status=Status.QUARANTINED):
        if not _was_found_guilty(half):
            _clear(half)


def _other_halves(half: QuarantinedWindow) -> QuerySet[QuarantinedWindow]:
    return QuarantinedWindow.objects.filter(run=half.run).exclude(run=None).exclude(pk=half.pk)


def _was_found_guilty(half: QuarantinedWindow) -> bool:
    return half.trials.filter(blames=Blames.WINDOW).exists()


def _put_aside(run: TrainingRun, stretch: Stretch, reason: str) -> QuarantinedWindow:
    _alarm(stretch, reason)
    return QuarantinedWindow.objects.create(
        wm_from=stretch[0], wm_to=stretch[1], status=Status.QUARANTINED, reason=reason, run=run
    )


def _alarm(stretch: Stretch, reason: str) -> None:
    logger.error("the log between transactions %s and %s was put into quarantine: %s", *stretch, reason)


def _rest(run: TrainingRun) -> Stretch:
    """The run's window from the first row that was not in quarantine already."""
    assert run.wm_from is not None and run.wm_to is not None, "checked by `after`"  # noqa: PT018
    return WindowBounds(run.wm_from, run.wm_to, _skipped(run)).begin(), run.wm_to


def _skipped(run: TrainingRun) -> tuple[Stretch, ...]:
    return tuple((start, end) for start, end in run.skipped)


def _refused_by(run: TrainingRun) -> set[str]:
    return {condition["name"] for condition in run.verdict if not condition["passed"]}


def _what_went_wrong(run: TrainingRun) -> str:
    refusals = [condition["reason"] for condition in run.verdict if not condition["passed"]]
    return run.error or "; ".join(refusals) or "there was no choice to learn from"


def _not_yet_learnt(rows: list[QuarantinedWindow], champion: Checkpoint) -> list[QuarantinedWindow]:
    """The released stretches that the champion's line went past without them."""
    behind = [row for row in rows if row.status == Status.RELEASED and row.wm_from < champion.wm_to]
    line = lineage(champion) if behind else []
    return [row for row in behind if not any(_learnt(version, row) for version in line)]


def _learnt(version: Checkpoint, row: QuarantinedWindow) -> bool:
    if version.window.get("added") == [row.wm_from, row.wm_to]:
        return True
    skipped = [(start, end) for start, end in version.window.get("skipped", [])]
    return version.wm_from <= row.wm_from < version.wm_to and not any(a <= row.wm_from < b for a, b in skipped)


def lineage(champion: Checkpoint) -> list[Checkpoint]:
    """The champion, its parent, its parent's parent …"""
    known = {row.pk: row for row in Checkpoint.objects.only("version", "parent_id", "wm_from", "wm_to", "window")}
    line = [known[champion.pk]]
    while (parent := line[-1].parent_id) is not None:
        line.append(known[parent])
    return line


def _union(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Sorted and disjoint."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)
