"""A training run as a story, in this process on the planted world; nothing of a run that fails remains."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from catalog.models import Interaction, SearchEvent, Title
from recommender import serving
from recommender.models import Checkpoint, CheckpointChunk, ServingChange
from recommender.versions import registry
from tests.recommender.versions import promoted, spoil
from tests.training.people import choose, place_of, search, settle
from training import dataset, lease, pipeline
from training.ml.finetune import Candidate, fine_tune
from training.ml.labels import Lesson
from training.models import Lease, TrainingRequest, TrainingRun
from training.pipeline import run_fine_tuning
from training.progress import Progress

Status = TrainingRun.Status
pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db(transaction=True)]
# What is typed, what people take, what stands first: whatever rises instead of it is worse.
TEXT, CHOSEN, FIRST = "crime heist", "The A-Team", "Ocean's Eleven"


def run(**options: Any) -> TrainingRun:
    done = run_fine_tuning("test", **options)
    assert done is not None
    assert done.finished is not None
    assert not lease.is_held(lease.TRAINING)
    return done


def champion() -> Checkpoint:
    found = registry.champion()
    assert found is not None
    return found


def everything() -> dict[str, Any]:
    """What a run that did not succeed must leave as it was."""
    return {
        "versions": list(Checkpoint.objects.order_by("version").values()),
        "bytes": [bytes(chunk.data) for chunk in CheckpointChunk.objects.order_by("checkpoint__version", "sequence")],
        "changes": list(ServingChange.objects.values()),
        "log": (SearchEvent.objects.count(), Interaction.objects.count()),
    }


def wrong_way_round(lessons: Sequence[Lesson]) -> Sequence[Lesson]:
    """Spoilt labels: everybody chose the last title of the page."""
    return [
        replace(lesson, gains={lesson.shown[-1]: 1.0}, choice_weights={lesson.shown[-1]: lesson.weight})
        for lesson in lessons
    ]


def lose_the_lease() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Lease._meta.db_table} SET holder = %s", [uuid4()])


def test_it_works(settings: Any) -> None:
    before = place_of(TEXT, CHOSEN)
    assert before > 1
    TrainingRequest.objects.create(actor="anna")
    choose(TEXT, CHOSEN, n_people=12)
    choose("sci-fi", "Alien", n_people=4)

    done = run()
    assert (done.status, done.error) == (Status.PROMOTED, "")
    assert (done.parent_version, done.candidate_version, done.trigger) == (0, 1, "test")
    assert (done.counts["searches"], done.counts["used with a choice"]) == (16, 16)
    assert all(condition["passed"] for condition in done.verdict)
    assert done.evaluation["n_judged"] == 16
    assert done.evaluation["ndcg@10"]["candidate"] > done.evaluation["ndcg@10"]["champion"]
    assert done.config["learning_rate"] == pytest.approx(settings.LEARNING_RATE)
    assert TrainingRequest.objects.get().answered_by == done

    now = champion()
    assert (now.version, now.parent.version if now.parent else None) == (1, 0)
    assert (now.wm_from, now.wm_to) == (done.wm_from, done.wm_to) == (0, now.wm_to)
    assert now.wm_to > SearchEvent.objects.latest("xid").xid
    assert (now.window["n_searches"], now.window["run"]) == (16, done.pk)
    assert now.verdict == {"promotes": True, "conditions": done.verdict}
    assert (now.metrics, now.config) == (done.evaluation, done.config)
    change = ServingChange.objects.latest("id")
    assert (change.action, change.version, change.previous, change.actor) == ("promote", 1, 0, "training")

    serving.refresh()
    assert serving.current().version == 1
    assert place_of(TEXT, CHOSEN) < before
    assert place_of("heat", "Heat") == 1  # a title by its name stays first


def test_what_each_version_would_have_earned_is_told_with_the_run(admin_client: Client) -> None:
    """Everybody clicked, so a page earned .25 as served, and more where what they took stands higher."""
    choose(TEXT, CHOSEN, n_people=60)
    done = run()
    told = done.evaluation["off_policy"]
    for name in ("candidate", "champion"):
        assert told[name]["n"] == 60, name
        for estimate in ("snips", "doubly_robust"):
            interval = told[name][estimate]
            assert interval["low"] <= interval["value"] <= interval["high"], (name, estimate)
    assert told["champion"]["snips"]["value"] == pytest.approx(0.25)
    assert told["candidate"]["snips"]["value"] > 0.25
    assert told["champion"]["why"] == ""
    assert told["candidate"]["ess"] < told["champion"]["ess"] == pytest.approx(60), (
        "what moved far leans on few looks"
    )
    (condition,) = [condition for condition in done.verdict if condition["name"] == "off-policy"]
    assert "on 60 logged ones: the candidate " in condition["reason"]
    made = Checkpoint.objects.latest("version")
    assert made.metrics["off_policy"] == told
    for page in (
        reverse("admin:training_trainingrun_change", args=[done.pk]),
        reverse("admin:recommender_checkpoint_change", args=[made.pk]),
    ):
        assert escape(condition["reason"]) in admin_client.get(page).content.decode(), page


def test_pages_are_replayed_with_the_odds_they_were_served_at(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a draw moved titles, what else could have stood there goes along; supporters are those of all time."""
    given: list[dict[str, Any]] = []

    def fine_tune_and_tell(*arguments: Any, **options: Any) -> Candidate:
        given.append(options)
        return fine_tune(*arguments, **options)

    monkeypatch.setattr(pipeline, "fine_tune", fine_tune_and_tell)
    settings.EXPLORATION_RATE = 1.0
    choose(TEXT, CHOSEN, n_people=4)
    run()
    choose(TEXT, CHOSEN, n_people=6)
    run()
    title = Title.objects.get(name=CHOSEN).pk
    assert [options["support"][title] for options in given] == [4, 10]
    assert [len(options["pages"]) for options in given] == [4, 6]
    served = {str(event.pk): event.propensity for event in SearchEvent.objects.all()}
    for options in given:
        for query_id, page in options["pages"].items():
            assert list(page.propensity) == served[query_id]
            assert bool(page.elsewhere) == (min(page.propensity) < 1)


@pytest.mark.usefixtures("lenient_gate")
def test_windows_chain_and_no_search_is_learnt_twice() -> None:
    for number, name in enumerate([CHOSEN, CHOSEN, "The Godfather"], start=1):
        choose(TEXT, name, n_people=6)
        assert run().counts["searches"] == 6, number
        serving.refresh()
    line = list(Checkpoint.objects.filter(status__in=["champion", "retired"]).order_by("version"))
    assert len(line) > 1
    for parent, child in pairwise(line):
        assert child.parent == parent
        assert child.wm_from == parent.wm_to < child.wm_to
        assert child.window["n_searches"] == parent.window.get("n_searches", 0) + 6


def test_a_click_that_comes_after_the_run_is_learnt_by_the_next() -> None:
    visitor_searches = choose(TEXT, CHOSEN, n_people=6)
    assert run().status == Status.PROMOTED
    first = SearchEvent.objects.get(pk=visitor_searches[0])
    Interaction.objects.create(
        id=uuid4(), query_id=first.pk, title_id=first.shown[0], action_name="like", client_id=first.client_id,
        occurred=first.created,
    )  # fmt: skip
    settle()
    done = run()
    assert done.counts["searches"] == 1
    assert done.counts["choices"] == 1


# ---- runs that promote nothing


def test_without_a_search_there_is_nothing_to_learn() -> None:
    before = everything()
    done = run()
    assert (done.status, done.candidate_version, done.verdict) == (Status.NOTHING_NEW, None, [])
    assert everything() == before


def test_searches_without_a_choice_wait_for_the_next_run() -> None:
    for _ in range(5):
        search(TEXT)
    settle()
    done = run()
    assert done.status == Status.NOTHING_NEW
    assert done.counts["used"] == 5
    choose(TEXT, CHOSEN, n_people=6)
    after = run()
    assert after.wm_from == done.wm_from
    assert after.counts["searches"] == 11


def test_a_candidate_with_spoilt_labels_is_refused_and_the_champion_keeps_its_bytes() -> None:
    before = champion()
    bytes_before = [bytes(chunk.data) for chunk in before.chunks.order_by("sequence")]
    choose(TEXT, FIRST, n_people=15)
    done = run(spoil=wrong_way_round)
    assert done.status == Status.REFUSED
    refusals = [condition["name"] for condition in done.verdict if not condition["passed"]]
    assert "quality" in refusals
    now = champion()
    assert (now.pk, now.sha256, now.status) == (before.pk, before.sha256, "champion")
    assert [bytes(chunk.data) for chunk in now.chunks.order_by("sequence")] == bytes_before
    refused = Checkpoint.objects.latest("version")
    assert (refused.status, refused.verdict["promotes"]) == ("rejected", False)
    assert refused.metrics["ndcg@10"]["candidate"] < refused.metrics["ndcg@10"]["champion"]
    serving.refresh()
    assert (serving.current().version, serving.alarm()) == (0, "")


def test_the_next_run_after_a_refusal_learns_from_the_whole_window() -> None:
    choose(TEXT, FIRST, n_people=8)
    refused = run(spoil=wrong_way_round)
    choose(TEXT, FIRST, n_people=4)
    done = run()
    assert refused.status == Status.REFUSED
    assert (done.wm_from, done.counts["searches"]) == (refused.wm_from, 12)
    assert done.status == Status.PROMOTED


def test_a_pinned_champion_holds_the_candidate() -> None:
    registry.set_pinned(champion(), pinned=True, reason="exams", actor="anna")
    choose(TEXT, CHOSEN, n_people=8)
    done = run()
    assert done.status == Status.HELD
    held = Checkpoint.objects.latest("version")
    assert (held.status, held.verdict["promotes"]) == ("candidate", True)
    assert (champion().version, champion().pinned) == (0, True)
    assert registry.roll_back(to=held, reason="it is good", actor="anna") == held


@pytest.mark.usefixtures("lenient_gate")
def test_after_the_pin_learning_goes_on_from_the_champion() -> None:
    registry.set_pinned(champion(), pinned=True, reason="exams", actor="anna")
    choose(TEXT, CHOSEN, n_people=8)
    held = run()
    assert held.status == Status.HELD
    registry.set_pinned(champion(), pinned=False, reason="over", actor="anna")
    choose("sci-fi", "Alien", n_people=4)
    done = run()
    assert (done.status, done.parent_version, done.wm_from) == (Status.PROMOTED, 0, held.wm_from)
    assert done.counts["searches"] == 12
    assert Checkpoint.objects.filter(version=held.candidate_version or -1, status="candidate").exists()


@pytest.mark.usefixtures("lenient_gate")
def test_a_rollback_in_the_middle_of_a_run_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The candidate was made from what has just been rolled back from: it is neither served nor kept."""

    def meanwhile(*arguments: Any, **options: Any) -> Candidate:
        candidate = fine_tune(*arguments, **options)
        registry.roll_back(to=None, reason="odd results", actor="anna")
        return candidate

    choose(TEXT, CHOSEN, n_people=8)
    assert run().status == Status.PROMOTED
    choose("sci-fi", "Alien", n_people=8)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "fine_tune", meanwhile)
        done = run()
    assert (done.status, done.blames) == (Status.FAILED, "")
    assert "v1 is no longer champion" in done.error
    assert (champion().version, champion().pinned) == (0, True)
    after = run()
    assert (after.status, after.parent_version, after.counts["searches"]) == (Status.HELD, 0, 16)
    assert (champion().version, champion().pinned) == (0, True)


def test_a_pin_in_the_middle_of_a_run_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*arguments: Any, **options: Any) -> Candidate:
        candidate = fine_tune(*arguments, **options)
        registry.set_pinned(champion(), pinned=True, reason="exams", actor="anna")
        return candidate

    monkeypatch.setattr(pipeline, "fine_tune", meanwhile)
    choose(TEXT, CHOSEN, n_people=8)
    assert run().status == Status.HELD
    assert (champion().version, champion().pinned) == (0, True)


@pytest.mark.usefixtures("lenient_gate")
def test_old_bytes_are_let_go_with_the_registration(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEEP_CHECKPOINTS = 1
    registry.set_pinned(champion(), pinned=True, reason="exams", actor="anna")
    for _ in range(3):
        choose(TEXT, CHOSEN, n_people=4)
        assert run().status == Status.HELD
    kept = Checkpoint.objects.exclude(chunks=None).order_by("version").values_list("version", flat=True)
    assert list(kept) == [0, 3]


def test_the_same_window_gives_the_same_bytes() -> None:
    registry.set_pinned(champion(), pinned=True, reason="to compare", actor="anna")
    choose(TEXT, CHOSEN, n_people=8)
    first, second = run(), run()
    assert first.candidate_version != second.candidate_version
    assert first.wm_from == second.wm_from
    digests = Checkpoint.objects.filter(version__gt=0).values_list("sha256", flat=True)
    assert len(digests) == 2
    assert len(set(digests)) == 1


# ---- runs that fail


def fails(*_arguments: Any, **_options: Any) -> Any:
    raise ValueError("no luck today")


@pytest.mark.parametrize(
    "step",
    [
        "training.pipeline.lessons", "training.pipeline.fine_tune", "training.pipeline.golden_set",
        "training.ml.learning.fit", "recommender.versions.registry.register",
        "recommender.versions.stored.write",
        "recommender.versions.registry.promote", "recommender.versions.registry._log",
    ],
)  # fmt: skip
def test_an_exception_anywhere_leaves_everything_as_it_was(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(TEXT, CHOSEN, n_people=6)
    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(step, fails)
        done = run()
    assert (done.status, done.error) == (Status.FAILED, "ValueError: no luck today")
    assert done.candidate_version is None
    assert everything() == before
    assert run().status == Status.PROMOTED


def test_a_run_that_is_out_of_time_stops_between_two_steps(settings: Any) -> None:
    choose(TEXT, CHOSEN, n_people=6)
    before = everything()
    settings.LEARN_DEADLINE_SECONDS = 1e-9
    done = run()
    assert done.status == Status.FAILED
    assert done.error == "OutOfTime: out of time after 0 s, in encoding"
    assert everything() == before


def test_the_deadline_is_checked_at_every_step(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LEARN_DEADLINE_SECONDS = 60.0
    clock = [0.0]
    monkeypatch.setattr("training.pipeline.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def late(*arguments: Any, **options: Any) -> Candidate:
        clock[0] = 61.0
        return fine_tune(*arguments, **options)

    monkeypatch.setattr(pipeline, "fine_tune", late)
    choose(TEXT, CHOSEN, n_people=6)
    done = run()
    assert (done.status, done.blames) == (Status.FAILED, "load")
    # A fold that none of the six searches fell into is not judged, so it need not be the first.
    assert re.search(r"out of time after 60 s, in fold [123] at step 1\b", done.error)


def test_a_lease_that_is_lost_stops_the_run_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.02)

    held: list[lease.Held] = []
    take = lease._take

    def noted(one: lease.Held) -> bool:
        held.append(one)
        return take(one)

    def robbed(*arguments: Any, **options: Any) -> Candidate:
        lose_the_lease()
        assert held[0].lost.wait(timeout=60)  # the next beat
        return fine_tune(*arguments, **options)

    monkeypatch.setattr(lease, "_take", noted)
    monkeypatch.setattr(pipeline, "fine_tune", robbed)
    choose(TEXT, CHOSEN, n_people=6)
    before = everything()
    done = run_fine_tuning("test")
    assert done is not None
    assert (done.status, done.error) == (Status.FAILED, "Stopped: the lease was lost")
    assert everything() == before


def test_a_lease_that_is_lost_at_the_last_moment_lets_nothing_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def robbed(*arguments: Any, **options: Any) -> Candidate:
        candidate = fine_tune(*arguments, **options)
        lose_the_lease()
        return candidate

    monkeypatch.setattr(pipeline, "fine_tune", robbed)
    choose(TEXT, CHOSEN, n_people=6)
    before = everything()
    done = run_fine_tuning("test")
    assert done is not None
    assert (done.status, done.candidate_version) == (Status.FAILED, None)
    assert done.error == "Stopped: the lease was lost before the result could be stored"
    assert everything() == before


def test_a_champion_that_changed_meanwhile_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(*arguments: Any, **options: Any) -> Candidate:
        candidate = fine_tune(*arguments, **options)
        promoted(champion(), number=1)
        return candidate

    choose(TEXT, CHOSEN, n_people=6)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "fine_tune", overtaken)
        done = run()
    assert done.status == Status.FAILED
    assert "v0 is no longer champion" in done.error
    assert list(Checkpoint.objects.order_by("version").values_list("version", flat=True)) == [0, 1]
    assert champion().version == 1


def test_a_broken_champion_is_not_learnt_from() -> None:
    spoil(champion())
    choose(TEXT, CHOSEN, n_people=6)
    done = run()
    assert done.status == Status.FAILED
    assert "BadCheckpoint: its bytes do not match" in done.error


def test_another_encoder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "embedding_fingerprint", lambda: "another encoder")
    done = run()
    assert done.status == Status.FAILED
    assert "prepare_model" in done.error


def test_a_restored_log_is_named() -> None:
    Checkpoint.objects.update(wm_to=2**62)
    done = run()
    assert done.status == Status.FAILED
    assert "RestoredLog" in done.error


# ---- alone


def test_who_does_not_get_the_lease_does_nothing() -> None:
    TrainingRequest.objects.create(actor="anna")
    choose(TEXT, CHOSEN, n_people=6)
    with lease.acquire(lease.TRAINING) as held:
        assert held is not None
        assert run_fine_tuning("test") is None
    assert not TrainingRun.objects.exists()
    assert TrainingRequest.objects.get().answered_by is None


def test_of_two_runs_at_once_one_works(at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    choose(TEXT, CHOSEN, n_people=6)
    both_tried = threading.Barrier(2)
    acquire = lease.acquire

    class Together:
        def __init__(self, *arguments: Any) -> None:
            self.context = acquire(*arguments)

        def __enter__(self) -> lease.Held | None:
            held = self.context.__enter__()
            both_tried.wait(timeout=60)
            return held

        def __exit__(self, *error: Any) -> Any:
            return self.context.__exit__(*error)

    monkeypatch.setattr(lease, "acquire", Together)
    outcomes = at_once(lambda: run_fine_tuning("one"), lambda: run_fine_tuning("other"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "TrainingRun"]
    assert TrainingRun.objects.get().status == Status.PROMOTED


def test_a_run_left_by_a_dead_process_is_buried() -> None:
    dead = TrainingRun.objects.create(trigger="searches", holder=uuid4())
    ended = TrainingRun.objects.create(trigger="searches", holder=uuid4(), status=Status.REFUSED)
    choose(TEXT, CHOSEN, n_people=6)
    assert run().status == Status.PROMOTED
    dead.refresh_from_db()
    ended.refresh_from_db()
    assert (dead.status, dead.finished is not None) == (Status.DIED, True)
    assert "ended together with its worker" in dead.error
    assert ended.status == Status.REFUSED


def test_a_run_says_how_far_it_is_where_others_can_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    write = Progress._write

    def listen(self: Progress, progress: dict[str, Any]) -> None:
        write(self, progress)
        told.append(TrainingRun.objects.get().progress)

    monkeypatch.setattr(Progress, "_write", listen)
    choose(TEXT, CHOSEN, n_people=6)
    ended = run().progress
    stages = list(dict.fromkeys(progress["stage"] for progress in told))
    assert [stage for stage in stages if "fold" not in stage] == [
        "reading", "encoding", "fitting", "fit", "judging", "storing"
    ]  # fmt: skip
    fit = next(progress for progress in told if progress["stage"] == "fit")
    assert fit["of"] >= fit["step"] == 1
    assert fit["loss"] > 0
    assert fit["seconds_left"] is None  # six choices are not steps enough
    assert (ended["stage"], ended["seconds_left"]) == ("storing", 0)
    assert set(ended["seconds"]) == set(stages)


def test_the_log_goes_on_while_a_run_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that is made in the middle of a run belongs to the next window."""

    def meanwhile(*arguments: Any, **options: Any) -> Candidate:
        choose("sci-fi", "Alien", n_people=1)
        return fine_tune(*arguments, **options)

    choose(TEXT, CHOSEN, n_people=6)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "fine_tune", meanwhile)
        done = run()
    assert done.counts["searches"] == 6
    assert (done.status, champion().version) == (Status.PROMOTED, 1)
    assert [found.text for found in dataset.read_window(dataset.window_after(champion().wm_to))] == ["sci fi"]


def test_titles_that_left_the_catalogue_stop_nothing() -> None:
    choose(TEXT, CHOSEN, n_people=6)
    with transaction.atomic():
        chosen = Title.objects.get(name=CHOSEN)
        chosen.is_published = False
        chosen.save()
        chosen.refresh_content_hash()
    assert run().status in (Status.PROMOTED, Status.REFUSED)
