"""A training run as a story: lease, window, lessons, fit, judge, register, promote.

Everything that counts is committed in one transaction at the end. Killed anywhere before it, a run
leaves the champion, the log and the watermark exactly as they were. What a run that ended badly says
about its window is concluded in `quarantine`.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from numpy.typing import NDArray

from catalog.models import Title
from recommender.index.encoders import embedding_fingerprint, query_encoder
from recommender.index.on_disk import current_index
from recommender.ml.encoder import CachedEncoder
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState
from recommender.models import Checkpoint
from recommender.versions import forgetting, registry, stored
from training import dataset, due, lease, quarantine, rebuilding, tastes
from training.ml.config import GatePolicy, TrainConfig
from training.ml.finetune import Candidate, fine_tune
from training.ml.golden import golden_set
from training.ml.labels import Lesson, lessons
from training.ml.learning import examination_of
from training.ml.logged_pages import logged_pages
from training.ml.remember import trailing_choices
from training.models import TrainingRequest, TrainingRun
from training.progress import Progress
from training.runs import bury_the_dead, finish

logger = logging.getLogger(__name__)

Spoil = Callable[[Sequence[Lesson]], Sequence[Lesson]]

# Broken by the machine or by the code, whatever the window holds.
NOT_THE_WINDOWS_FAULT = (
    DatabaseError, InterfaceError, OSError, MemoryError, ImportError, NameError, AttributeError, TypeError,
)  # fmt: skip


class Stopped(RuntimeError):
    """The run gave up between two steps: the lease went to somebody else."""


class OutOfTime(Stopped):
    """The run took longer than it may."""


class WindowFailed(RuntimeError):
    """Training broke on what the window holds: a loss that is not finite, a value nobody expected."""


def run_fine_tuning(
    trigger: str, *, spoil: Spoil | None = None, holder: UUID | None = None, only_if_due: bool = False
) -> TrainingRun | None:
    """Learn from what is new. None if another process is at it; else the run, whatever its end.

    spoil: for drills, changes the lessons before training; they are judged by the true ones. holder:
    whom the lease is to name. only_if_due: None as well if nothing is due any more, decided under the
    lease, so that of many that were rung for the same reason one works.
    """
    with lease.acquire(lease.TRAINING, holder) as held:
        if held is None or (only_if_due and due.reason_to_learn() is None):
            return None
        bury_the_dead()
        run = TrainingRun.objects.create(trigger=trigger, holder=held.holder)
        TrainingRequest.objects.filter(answered_by=None).update(answered_by=run)
        try:
            _work(run, held, spoil)
        except Exception as error:
            logger.exception("run %s failed", run.pk)
            run.blames = _blames(error)
            finish(run, TrainingRun.Status.FAILED, error=_in_words(error))
        run.refresh_from_db()
        return run


def _work(run: TrainingRun, held: lease.Held, spoil: Spoil | None) -> None:
    config = TrainConfig(learning_rate=settings.LEARNING_RATE)
    progress = Progress(run, config.folds)
    progress.tell("reading")
    serving = registry.champion()
    if serving is None or serving.encoder_fingerprint != embedding_fingerprint():
        raise RuntimeError("no version fits the encoder in use; run: manage.py prepare_model")
    heeded = forgetting.newest()
    replaces = serving if serving.tainted else None
    parent = rebuilding.base(serving) if replaces else serving
    window = rebuilding.next_window(parent, serving) if replaces else quarantine.next_window(serving)
    bounds = window.bounds
    run.parent_version, run.wm_from, run.wm_to = parent.version, bounds.wm_from, bounds.wm_to
    run.skipped, run.trial_of = [list(stretch) for stretch in bounds.skipped], window.trial_of
    run.config = asdict(config)
    run.save(update_fields=["parent_version", "wm_from", "wm_to", "skipped", "trial_of", "config"])

    champion, version_zero = _snapshots(parent)
    with _blaming_the_window():
        searches = dataset.read_window(bounds)
        trailing = trailing_choices(champion.state.memory)
        attention = examination_of(champion.state)
        fresh, counts = lessons(
            searches,
            earlier=dataset.earlier_choices(bounds, searches),
            trailing=trailing,
            examination=attention,
        )
        older = dataset.read_before(bounds, int(config.replay * max(len(fresh), 100)))
        replay, _ = lessons(older, examination=attention)
    run.counts = dict(counts)
    run.save(update_fields=["counts"])
    if not any(lesson.gains or lesson.against for lesson in fresh):
        if replaces:
            with transaction.atomic():
                if not held.confirm():
                    raise Stopped("the lease was lost before the result could be stored")
                rebuilding.serve(parent, replaces)
                forgetting.settle()
        finish(run, TrainingRun.Status.NOTHING_NEW, is_full=window.is_full)
        return

    genres: dict[int, list[str]] = {}
    for title_id, genre in Title.objects.published().values_list("pk", "genres__name"):
        genres.setdefault(title_id, []).extend([genre] if genre else [])
    go_on = _stopper(held)
    with _blaming_the_window():
        progress.tell("encoding")
        vectors = _vectors([*fresh, *replay], champion, go_on)
        progress.tell("fitting")
        candidate = fine_tune(
            champion,
            version_zero,
            spoil(fresh) if spoil else fresh,
            replay,
            vectors,
            golden_set(champion, genres),
            config,
            GatePolicy(),
            judge_by=fresh if spoil else None,
            on_step=_reporter(progress, go_on),
            records=_records(),
            support=dataset.supporters(bounds),
            pages=logged_pages(fresh, settings.EXPLORATION_RATE),
            looks=attention,
        )
    progress.tell("storing")
    affinity, taste = tastes.next_affinity(champion.state.affinity, parent.metrics.get("taste", {}), champion.index)
    candidate = replace(
        candidate, state=replace(candidate.state, affinity=affinity), metrics=candidate.metrics | {"taste": taste}
    )
    _conclude(run, held, parent, window, candidate, n_searches=len(fresh), replaces=replaces, heeded=heeded)
    progress.end()


def _conclude(
    run: TrainingRun,
    held: lease.Held,
    parent: Checkpoint,
    window: quarantine.NextWindow,
    candidate: Candidate,
    *,
    n_searches: int,
    replaces: Checkpoint | None,
    heeded: int,
) -> None:
    """Checkpoint, chunks, watermark, verdict and promotion, or nothing of it.

    replaces: the tainted champion, where the run rebuilds. heeded: the last forgetting before the log was read.
    """
    bounds, promotes = window.bounds, candidate.verdict.promotes
    contents = dataset.contents(bounds)
    about = {
        "n_searches": int(parent.window.get("n_searches", 0)) + n_searches,
        "counts": run.counts,
        "run": run.pk,
        "skipped": run.skipped,
        **({"added": list(bounds.added)} if bounds.added else {}),
        "contents": asdict(contents),
        **({rebuilding.FOR: replaces.version} if replaces else {}),
    }
    with transaction.atomic():
        if not held.confirm():
            raise Stopped("the lease was lost before the result could be stored")
        pinned = Checkpoint.objects.select_for_update().get(pk=parent.pk).pinned
        registry.lock()
        left_meanwhile = forgetting.concerns(bounds.wm_to, since=heeded)
        checkpoint = registry.register(
            candidate.state,
            parent=parent,
            encoder_fingerprint=parent.encoder_fingerprint,
            window=registry.Window(bounds.wm_from, bounds.wm_to, about),
            status=Checkpoint.Status.CANDIDATE if promotes else Checkpoint.Status.REJECTED,
            config=run.config,
            metrics=candidate.metrics,
            verdict={"promotes": promotes, "conditions": candidate.verdict.as_json()},
            taint=forgetting.REASON if left_meanwhile else "",
        )
        if replaces:
            status = _conclude_rebuilding(checkpoint, parent, replaces, bounds, promotes=promotes)
        elif promotes and not pinned:
            registry.promote(checkpoint, over=parent, reason="passed every condition of the gate", actor="training")
        forgetting.settle()
        registry.prune(keep=settings.KEEP_CHECKPOINTS)
        if not replaces:
            status = (
                TrainingRun.Status.REFUSED
                if not promotes
                else TrainingRun.Status.HELD
                if pinned
                else TrainingRun.Status.PROMOTED
            )
        run.candidate_version = checkpoint.version
        run.evaluation, run.verdict = candidate.metrics, candidate.verdict.as_json()
        if not promotes and not replaces and quarantine.blames(run.verdict):
            run.blames = TrainingRun.Blames.WINDOW
        finish(run, status, is_full=window.is_full)


def _conclude_rebuilding(
    checkpoint: Checkpoint,
    parent: Checkpoint,
    replaces: Checkpoint,
    bounds: dataset.WindowBounds,
    *,
    promotes: bool,
) -> str:
    """What became of the run: a window of many learnt again, the tainted champion replaced, or the rest given up."""
    if not promotes:
        rebuilding.serve(parent, replaces)
        return TrainingRun.Status.REFUSED
    if not rebuilding.is_done(bounds, replaces):
        return TrainingRun.Status.STEP
    rebuilding.promote(checkpoint, replaces)
    return TrainingRun.Status.PROMOTED


def _snapshots(parent: Checkpoint) -> tuple[Snapshot, Snapshot]:
    """The champion, and the untrained hybrid on the same catalogue."""
    index, text_encoder = current_index(), CachedEncoder(query_encoder())
    champion = Snapshot(parent.version, index, stored.load(parent), text_encoder)
    untrained = ModelState.untrained(champion.state.weights.config, champion.state.memory.config)
    return champion, Snapshot(0, index, untrained, text_encoder)


def _records() -> dict[int, dict[str, Any]]:
    """What was measured of each version that became champion: the anchors of the gate."""
    served = Checkpoint.objects.exclude(promoted=None).exclude(metrics__golden=None)
    return {version: {"golden": golden} for version, golden in served.values_list("version", "metrics__golden")}


def _vectors(
    taught: Sequence[Lesson], champion: Snapshot, go_on: Callable[[str], None]
) -> dict[str, NDArray[np.float32]]:
    """Each distinct text encoded by itself, as serving does: a batch would pad and round differently.

    The memory has the vectors of what was asked before, by the same encoder.
    """
    memory = champion.state.memory
    vectors = {}
    known = {text: row for row, text in enumerate(memory.queries)}
    for text in sorted({lesson.text for lesson in taught}):
        go_on("encoding")
        row = known.get(text)
        vectors[text] = champion.encoder.encode([text])[0] if row is None else memory.vectors[row]
    return vectors


def _stopper(held: lease.Held) -> Callable[[str], None]:
    """Raises Stopped, between two steps, when the run must not go on."""
    deadline = time.monotonic() + settings.LEARN_DEADLINE_SECONDS

    def go_on(where: str) -> None:
        if held.lost.is_set():
            raise Stopped("the lease was lost")
        if time.monotonic() > deadline:
            raise OutOfTime(f"out of time after {settings.LEARN_DEADLINE_SECONDS:.0f} s, in {where}")

    return go_on


def _reporter(progress: Progress, go_on: Callable[[str], None]) -> Callable[[str, int, int, float], None]:
    def on_step(stage: str, step: int, of: int, loss: float) -> None:
        go_on(f"{stage} at step {step}")
        progress.tell(stage, step, of, loss)

    return on_step


@contextmanager
def _blaming_the_window() -> Iterator[None]:
    try:
        yield
    except (Stopped, *NOT_THE_WINDOWS_FAULT):
        raise
    except Exception as error:
        raise WindowFailed(_in_words(error)) from error


def _blames(error: Exception) -> str:
    if isinstance(error, WindowFailed):
        return TrainingRun.Blames.WINDOW
    return TrainingRun.Blames.LOAD if isinstance(error, (OutOfTime, MemoryError)) else ""


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, WindowFailed) else f"{type(error).__name__}: {error}"
