"""A training run as a story: lease, window, lessons, fit, judge, register, promote.

Everything that counts is committed in one transaction at the end. Killed anywhere before it, a run
leaves the champion, the log and the watermark exactly as they were.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from numpy.typing import NDArray

from catalog.models import Title
from recommender import registry
from recommender.encoders import embedding_fingerprint, encoder
from recommender.indexing import current_index
from recommender.ml.engine import Snapshot
from recommender.ml.weights import ModelState
from recommender.models import Checkpoint
from training import dataset, lease
from training.ml.config import GatePolicy, TrainConfig
from training.ml.finetune import Candidate, fine_tune
from training.ml.golden import golden_set
from training.ml.labels import Lesson, lessons
from training.models import TrainingRequest, TrainingRun

logger = logging.getLogger(__name__)

SAY_EVERY_SECONDS = 1.0
Spoil = Callable[[Sequence[Lesson]], Sequence[Lesson]]


class Stopped(RuntimeError):
    """The run gave up between two steps: out of time, or the lease went to somebody else."""


def run_fine_tuning(trigger: str, *, spoil: Spoil | None = None) -> TrainingRun | None:
    """Learn from what is new. None if another process is at it; else the run, whatever its end.

    spoil: for drills, changes the lessons before training; they are judged by the true ones.
    """
    with lease.acquire(lease.TRAINING) as held:
        if held is None:
            return None
        _bury_the_dead()
        run = TrainingRun.objects.create(trigger=trigger, holder=held.holder)
        TrainingRequest.objects.filter(answered_by=None).update(answered_by=run)
        try:
            _work(run, held, spoil)
        except Exception as error:
            logger.exception("run %s failed", run.pk)
            _finish(run, TrainingRun.Status.FAILED, error=f"{type(error).__name__}: {error}")
        run.refresh_from_db()
        return run


def _work(run: TrainingRun, held: lease.Held, spoil: Spoil | None) -> None:
    parent = registry.champion()
    if parent is None or parent.encoder_fingerprint != embedding_fingerprint():
        raise RuntimeError("no version fits the encoder in use; run: manage.py prepare_model")
    bounds = dataset.window_after(parent.wm_to)
    config = TrainConfig(learning_rate=settings.LEARNING_RATE)
    run.parent_version, run.wm_from, run.wm_to = parent.version, bounds.wm_from, bounds.wm_to
    run.config = asdict(config)
    run.save(update_fields=["parent_version", "wm_from", "wm_to", "config"])

    searches = dataset.read_window(bounds)
    fresh, counts = lessons(searches, earlier=dataset.earlier_choices(bounds, searches))
    replay, _ = lessons(dataset.read_before(bounds.wm_from, int(config.replay * max(len(fresh), 100))))
    run.counts = dict(counts)
    run.save(update_fields=["counts"])
    if not any(lesson.gains or lesson.against for lesson in fresh):
        _finish(run, TrainingRun.Status.NOTHING_NEW)
        return

    champion, version_zero = _snapshots(parent)
    genres: dict[int, list[str]] = {}
    for title_id, genre in Title.objects.published().values_list("pk", "genres__name"):
        genres.setdefault(title_id, []).extend([genre] if genre else [])
    candidate = fine_tune(
        champion,
        version_zero,
        spoil(fresh) if spoil else fresh,
        replay,
        _vectors([*fresh, *replay]),
        golden_set(champion, genres),
        config,
        GatePolicy(),
        judge_by=fresh if spoil else None,
        on_step=_reporter(run, held),
    )
    _conclude(run, held, parent, bounds, candidate, n_searches=len(fresh))


def _conclude(
    run: TrainingRun,
    held: lease.Held,
    parent: Checkpoint,
    bounds: dataset.WindowBounds,
    candidate: Candidate,
    *,
    n_searches: int,
) -> None:
    """Checkpoint, chunks, watermark, verdict and promotion, or nothing of it."""
    promotes = candidate.verdict.promotes
    learnt_before = int(parent.window.get("n_searches", 0))
    window = registry.Window(
        bounds.wm_from,
        bounds.wm_to,
        {"n_searches": learnt_before + n_searches, "counts": run.counts, "run": run.pk},
    )
    with transaction.atomic():
        if not held.confirm():
            raise Stopped("the lease was lost before the result could be stored")
        pinned = Checkpoint.objects.select_for_update().get(pk=parent.pk).pinned
        checkpoint = registry.register(
            candidate.state,
            parent=parent,
            encoder_fingerprint=parent.encoder_fingerprint,
            window=window,
            status=Checkpoint.Status.CANDIDATE if promotes else Checkpoint.Status.REJECTED,
            config=run.config,
            metrics=candidate.metrics,
            verdict={"promotes": promotes, "conditions": candidate.verdict.as_json()},
        )
        if promotes and not pinned:
            registry.promote(checkpoint, over=parent, reason="passed every condition of the gate", actor="training")
        status = (
            TrainingRun.Status.REFUSED
            if not promotes
            else TrainingRun.Status.HELD
            if pinned
            else TrainingRun.Status.PROMOTED
        )
        run.candidate_version = checkpoint.version
        run.evaluation, run.verdict = candidate.metrics, candidate.verdict.as_json()
        run.save(update_fields=["candidate_version", "evaluation", "verdict"])
        _finish(run, status)


def _snapshots(parent: Checkpoint) -> tuple[Snapshot, Snapshot]:
    """The champion, and the untrained hybrid on the same catalogue."""
    index, text_encoder = current_index(), encoder()
    champion = Snapshot(parent.version, index, registry.load(parent), text_encoder)
    untrained = ModelState.untrained(champion.state.weights.config, champion.state.memory.config)
    return champion, Snapshot(0, index, untrained, text_encoder)


def _vectors(taught: Sequence[Lesson]) -> dict[str, NDArray[np.float32]]:
    """Each distinct text encoded by itself, as serving does: a batch would pad and round differently."""
    texts = sorted({lesson.text for lesson in taught})
    return {text: encoder().encode([text])[0] for text in texts}


def _reporter(run: TrainingRun, held: lease.Held) -> Callable[[str, int, int, float], None]:
    """Keeps the run's progress on its row, and stops the run when it must not go on."""
    deadline = time.monotonic() + settings.LEARN_DEADLINE_SECONDS
    said = 0.0

    def on_step(stage: str, step: int, of: int, loss: float) -> None:
        nonlocal said
        now = time.monotonic()
        if held.lost.is_set():
            raise Stopped("the lease was lost")
        if now > deadline:
            raise Stopped(f"out of time after {settings.LEARN_DEADLINE_SECONDS:.0f} s, in {stage} at step {step}")
        if now - said >= SAY_EVERY_SECONDS:
            said = now
            progress = {"stage": stage, "step": step, "of": of, "loss": round(loss, 5)}
            TrainingRun.objects.filter(pk=run.pk).update(progress=progress)

    return on_step


def _bury_the_dead() -> None:
    """We hold the lease, so no other run is alive: whoever still says so was killed."""
    TrainingRun.objects.filter(status=TrainingRun.Status.RUNNING).update(
        status=TrainingRun.Status.DIED, finished=Now(), error="the process was killed before it could finish"
    )


def _finish(run: TrainingRun, status: str, *, error: str = "") -> None:
    TrainingRun.objects.filter(pk=run.pk).update(status=status, finished=Now(), error=error)
