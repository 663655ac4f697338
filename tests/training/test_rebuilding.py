"""After somebody was forgotten: what had learnt from them is learnt again, and is as if they had never come."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from catalog.event_log import Deed, Visitor
from catalog.models import Interaction, SearchEvent, Signal, Title
from recommender import services, serving
from recommender.accounts import leaving
from recommender.ml.weights import ModelState
from recommender.models import Checkpoint, CheckpointChunk, Forgetting
from recommender.versions import forgetting, registry, stored
from recommender.versions.version_zero import ensure_champion
from tests.recommender import every_column
from tests.training.people import choose, looked_first, search, settle, somebody
from training import audit, due
from training.ml.finetune import fine_tune
from training.ml.gate import Condition, Verdict
from training.models import TrainingRun
from training.pipeline import run_fine_tuning

Status = TrainingRun.Status
pytestmark = [pytest.mark.usefixtures("world", "lenient_gate"), pytest.mark.django_db(transaction=True)]
OWN, SHARED, CHOSEN = "zwolfkanarien crime film", "crime heist", "The A-Team"


def run() -> TrainingRun:
    done = run_fine_tuning("test")
    assert done is not None
    assert done.status != Status.FAILED, done.error
    return done


def champion() -> Checkpoint:
    found = registry.champion()
    assert found is not None
    return found


def take(visitor: Visitor, text: str, name: str) -> None:
    answer = search(text, visitor)
    (item,) = [item for item in answer.items if item.title.name == name]
    services.record([Deed(uuid4(), "click", item.title.pk, answer.query_id, item.position)], visitor)
    looked_first([answer.query_id])


def a_line_with(person: Visitor, *, n_versions: int = 2) -> list[Checkpoint]:
    """Versions that each learnt from others and from this person."""
    for _ in range(n_versions):
        choose(SHARED, CHOSEN, n_people=4)
        take(person, OWN, "The Godfather")
        choose("sci-fi", "Alien", n_people=3)
        take(person, SHARED, "Heat")
        settle()
        assert run().status == Status.PROMOTED
    return list(Checkpoint.objects.order_by("version"))


def remembered(state: ModelState) -> set[str]:
    return set(state.memory.queries)


def test_it_works() -> None:
    person = somebody()
    v0, first, second = a_line_with(person)
    serving.refresh()
    assert OWN in remembered(serving.current().state)
    assert "recommender_checkpointchunk.data" in every_column.where({OWN})
    leaving.leave(person)
    tainted = champion()
    assert tainted == second
    assert tainted.tainted is not None
    assert {row.version for row in Checkpoint.objects.filter(tainted=None)} == {0}
    assert set(CheckpointChunk.objects.values_list("checkpoint__version", flat=True)) == {0, second.version}
    serving.refresh()
    assert serving.current().version == second.version, "it serves on"
    assert OWN not in remembered(serving.current().state), "and no longer says what they searched for"
    assert SHARED in remembered(serving.current().state)
    assert due.trigger_now() == "forgetting"
    assert run().status == Status.PROMOTED
    clean = champion()
    assert (clean.parent, clean.wm_from, clean.tainted) == (v0, 0, None)
    assert {OWN, SHARED} & remembered(stored.load(clean)) == {SHARED}
    assert every_column.where({OWN, str(person.client_id), str(person.session_id)}) == set()
    assert not Forgetting.objects.exclude(digests=[]).exists()
    assert due.trigger_now() is None
    assert first.version not in CheckpointChunk.objects.values_list("checkpoint__version", flat=True)


def test_it_equals_a_version_that_never_saw_them() -> None:
    person = somebody()
    a_line_with(person, n_versions=3)
    others: dict[Any, list[Any]] = {
        model: list(model._default_manager.exclude(client_id=person.client_id))
        for model in (SearchEvent, Interaction, Signal)
    }
    with_them = champion().sha256
    leaving.leave(person)
    run()
    rebuilt = champion().sha256
    assert rebuilt != with_them
    # The others again, in a database where the person never was, learnt from in the ordinary way.
    for model in (*others, CheckpointChunk, TrainingRun, Forgetting):
        model._default_manager.all().delete()
    for version in Checkpoint.objects.order_by("-version"):
        version.delete()
    Signal.objects.bulk_create(others[Signal])
    logged: list[Any] = [*others[SearchEvent], *others[Interaction]]
    for row in sorted(logged, key=lambda row: (row.xid, row.pk)):
        row.save(force_insert=True)
    settle()
    ensure_champion()
    assert run().status == Status.PROMOTED
    assert champion().sha256 == rebuilt


def test_somebody_else_is_not_affected_by_who_never_taught() -> None:
    person = somebody()
    a_line_with(person)
    leaving.leave(Visitor(client_id=uuid4()))
    assert champion().tainted is None
    stranger = somebody()
    search("a search of tomorrow", stranger)  # after what the champion has read
    settle()
    assert leaving.leave(stranger) is not None
    assert champion().tainted is None
    assert Forgetting.objects.count() == 1


def test_a_tainted_version_does_not_come_back() -> None:
    person = somebody()
    a_line_with(person)
    leaving.leave(person)
    run()
    with pytest.raises(CommandError, match=r"v1 may not serve again: somebody .* asked to be forgotten"):
        call_command("rollback", reason="test", to=1)
    call_command("rollback", reason="test")
    assert champion().version == 0, "the last clean one before"


def test_one_may_go_back_to_a_clean_version_until_then() -> None:
    v1 = a_line_with(somebody(), n_versions=1)[1]
    person = somebody()
    a_line_with(person, n_versions=1)
    leaving.leave(person)
    registry.roll_back(to=None, reason="test", actor="tests")
    assert champion() == v1
    assert not CheckpointChunk.objects.exclude(checkpoint__tainted=None).exists()
    assert due.trigger_now() != "forgetting"


def test_a_long_log_is_learnt_again_in_steps(settings: Any) -> None:
    person = somebody()
    tainted = a_line_with(person, n_versions=3)[-1]
    settings.LEARN_EVERY_SEARCHES = settings.LEARN_AT_MOST_SEARCHES = 8
    leaving.leave(person)
    ends = []
    while champion() == tainted:
        assert due.trigger_now() == "forgetting"
        ends.append(run().status)
        assert len(ends) < 9
    assert ends == [Status.STEP] * (len(ends) - 1) + [Status.PROMOTED]
    assert len(ends) > 1
    line = [champion()]
    while line[-1].parent is not None:
        line.append(line[-1].parent)
    assert line[-1].version == 0
    assert all(version.tainted is None for version in line)
    assert not [finding for finding in audit.windows() if finding.is_wrong]


def test_what_is_refused_leaves_the_clean_version_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    person = somebody()
    a_line_with(person)
    leaving.leave(person)

    def refuse(*_arguments: Any, **_options: Any) -> Verdict:
        return Verdict((Condition("quality", passed=False, reason="worse"),))

    monkeypatch.setattr("training.ml.finetune.judge", refuse)
    assert run().status == Status.REFUSED
    clean = champion()
    assert clean.tainted is None
    assert clean.wm_to == 0
    assert not remembered(stored.load(clean))
    assert every_column.where({OWN}) == set()
    assert due.trigger_now() != "forgetting"
    monkeypatch.undo()


def test_where_nothing_is_left_version_0_serves_again() -> None:
    person = somebody()
    take(person, OWN, "The Godfather")
    take(person, SHARED, CHOSEN)
    settle()
    assert run().status == Status.PROMOTED
    leaving.leave(person)
    assert run().status == Status.NOTHING_NEW
    assert champion().tainted is None
    assert not remembered(stored.load(champion()))
    assert every_column.where({OWN}) == set()


def test_what_a_person_pinned_stays_pinned_and_learns_nothing_new() -> None:
    person = somebody()
    line = a_line_with(person)
    registry.set_pinned(line[-1], pinned=True, reason="test", actor="tests")
    choose("romance", "Amélie", n_people=3)
    leaving.leave(person)
    assert run().status == Status.PROMOTED
    clean = champion()
    assert clean.pinned
    assert clean.wm_to == line[-1].wm_to
    assert "romance" not in remembered(stored.load(clean))


def test_who_leaves_while_a_run_is_at_work_is_forgotten_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    person = somebody()
    choose(SHARED, CHOSEN, n_people=4)
    take(person, OWN, "The Godfather")
    settle()
    through = fine_tune

    def leave_meanwhile(*arguments: Any, **options: Any) -> Any:
        leaving.leave(person)
        return through(*arguments, **options)

    monkeypatch.setattr("training.pipeline.fine_tune", leave_meanwhile)
    assert run().status == Status.PROMOTED
    assert champion().tainted is not None, "it had read what they did"
    serving.refresh()
    assert OWN not in remembered(serving.current().state)
    monkeypatch.setattr("training.pipeline.fine_tune", through)
    assert due.trigger_now() == "forgetting"
    assert run().status == Status.PROMOTED
    assert champion().tainted is None
    assert every_column.where({OWN}) == set()


def test_the_evidence_says_why_rows_are_missing() -> None:
    person = somebody()
    a_line_with(person)
    leaving.leave(person)
    run()
    told = {finding.version: finding for finding in audit.windows()}
    assert not any(finding.is_wrong for finding in told.values())
    assert "asked to be forgotten" in told[2].what
    assert told[3].what.endswith("deeds")
    assert not audit.broken_versions()


def test_memories_and_lessons_of_others_stay(world: list[Title]) -> None:
    """The texts that are left out of what is served are no more than those that only they searched for."""
    person = somebody()
    a_line_with(person)
    leaving.leave(person)
    memory = stored.load(champion()).memory
    left = forgetting.without_forgotten(memory)
    assert set(memory.queries) - set(left.queries) == {OWN}
    assert len(left.title_ids) == left.starts[-1] == len(left.chosen)
    kept = list(memory.queries).index(SHARED)
    place = list(left.queries).index(SHARED)
    stretch = slice(memory.starts[kept], memory.starts[kept + 1])
    assert list(left.chosen[left.starts[place] : left.starts[place + 1]]) == list(memory.chosen[stretch])
