"""The evidence, looked at again: windows that chain, logs that still hold what was read, bytes as written."""

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Interaction, SearchEvent, Title
from recommender.models import Checkpoint
from recommender.versions import registry, stored
from tests.recommender.versions import line_of, promoted, registered, spoil
from tests.training.people import choose
from training import audit, tasks
from training.pipeline import run_fine_tuning


def told(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def complaint(command: str) -> tuple[str, str]:
    """What the command printed, and the error that makes its exit code 1."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, stdout=out)
    assert error.value.returncode == 1
    return out.getvalue(), str(error.value)


# ---- windows


@pytest.fixture
def two_runs(world: list[Title], lenient_gate: None) -> list[Checkpoint]:
    for name in ("The A-Team", "The Godfather"):
        choose("crime heist", name, n_people=6)
        run = run_fine_tuning("test")
        assert run is not None
    return list(Checkpoint.objects.exclude(promoted=None).order_by("version"))


@pytest.mark.django_db(transaction=True)
def test_it_works(two_runs: list[Checkpoint]) -> None:
    said = told("audit_windows")
    assert said.count("✓") == len(two_runs) >= 2
    assert ": 6 searches, 6 deeds\n" in said
    assert said.endswith("Every window follows its parent's, and the log holds what each version read.\n")


@pytest.mark.django_db(transaction=True)
def test_a_search_that_is_missing_is_noticed(two_runs: list[Checkpoint]) -> None:
    first = SearchEvent.objects.earliest("xid")
    SearchEvent.objects.filter(pk=first.pk).delete()
    said, error = complaint("audit_windows")
    assert "✗ v1 the log holds 5 searches of its window, it read 6" in said
    assert "✗ v1 the log holds 5 deeds of its window, it read 6" in said
    assert "✗ v2" not in said
    assert error == "The chain does not hold for v1."


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_exchanged_is_noticed(two_runs: list[Checkpoint]) -> None:
    deed = Interaction.objects.order_by("xid")[0]
    Interaction.objects.filter(pk=deed.pk).update(id=uuid4())
    said, _ = complaint("audit_windows")
    assert "v1 the rows of its window have the digest" in said


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_slipped_in_is_noticed(two_runs: list[Checkpoint]) -> None:
    event = SearchEvent.objects.earliest("xid")
    SearchEvent.objects.filter(pk=event.pk).update(id=uuid4())
    event.pk = uuid4()
    event.save(force_insert=True)
    SearchEvent.objects.filter(pk=event.pk).update(xid=1)
    said, _ = complaint("audit_windows")
    assert "7 searches of its window, it read 6" in said


@pytest.mark.parametrize("change", [{"wm_from": 5}, {"wm_from": 40, "wm_to": 30}])
@pytest.mark.django_db
def test_a_window_that_does_not_follow_its_parents_is_noticed(change: dict[str, int]) -> None:
    line = line_of(2)
    assert "✗" not in told("audit_windows")
    Checkpoint.objects.filter(pk=line[1].pk).update(**change)
    said, error = complaint("audit_windows")
    assert f"✗ v1 its window starts at {change['wm_from']}, but v0's ends at 0" in said
    assert "v1" in error
    assert "v0" not in error.replace("v1", "")


@pytest.mark.django_db
def test_a_first_version_that_skips_the_beginning_is_noticed() -> None:
    promoted(window=registry.Window(7, 9, {}))
    assert "no parent, but its window starts at 7" in complaint("audit_windows")[0]


@pytest.mark.django_db
def test_impossible_stretches_are_noticed() -> None:
    v0 = promoted()
    promoted(v0, number=1, window=registry.Window(0, 50, {"skipped": [[9, 9]], "added": [1, 2]}))
    said, _ = complaint("audit_windows")
    assert "it says that it skipped the stretch from 9 to 9" in said
    assert "it says that it added the stretch from 1 to 2, which is not before its window" in said


@pytest.mark.django_db
def test_versions_that_never_served_and_those_without_a_digest_are_no_complaint() -> None:
    v0 = promoted()
    registered(v0, number=1, window=registry.Window(33, 44, {}))
    said = told("audit_windows")
    assert "v1" not in said
    assert "it kept no digest" in said


@pytest.mark.django_db
def test_after_a_restore_the_old_bounds_are_compared() -> None:
    v0 = promoted(window=registry.Window(0, 70, {"before_restore": [0, 900]}))
    about = {"before_restore": [900, 950], "contents": {"n_searches": 9, "n_deeds": 9, "digest": "of another log"}}
    v1 = promoted(v0, number=1, window=registry.Window(70, 70, about))
    promoted(v1, number=2, window=registry.Window(70, 80, {}))
    Checkpoint.objects.filter(pk=v0.pk).update(wm_from=70)
    assert told("audit_windows").count("numbered anew") == 2


# ---- bytes


@pytest.mark.django_db
def test_sound_bytes_are_no_complaint() -> None:
    line_of(3)
    registered(number=4, status=Checkpoint.Status.REJECTED)
    registry.prune(keep=1)
    assert told("check_integrity") == "Every byte that is kept is as it was written.\n"


@pytest.mark.django_db
def test_a_broken_version_is_named() -> None:
    _, v1, _ = line_of(3)
    spoil(v1)
    said, error = complaint("check_integrity")
    assert said == "✗ v1: its bytes do not match the recorded sha256\n"
    assert "1 versions are broken" in error
    assert tasks.check_integrity() == "1 versions are broken"


@pytest.mark.django_db
def test_a_broken_champion_is_loud(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    _, v1 = line_of(2)
    v1.chunks.all().delete()
    said, _ = complaint("check_integrity")
    assert "✗ v1 THE CHAMPION: 0 bytes are there" in said
    (record,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert "roll back now" in record.getMessage()


@pytest.mark.django_db
def test_a_lost_chunk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK_BYTES", 40_000)
    (v0,) = line_of(1)
    v0.chunks.latest("sequence").delete()
    (finding,) = audit.broken_versions()
    assert "bytes are there" in finding.what


def test_the_nightly_look_is_on_the_schedule() -> None:
    from reco_site import schedule

    entry: dict[str, Any] = schedule.beat_schedule["training.tasks.check_integrity"]
    assert entry["task"] == tasks.check_integrity.name
    assert schedule.task_routes[tasks.check_integrity.name] == {"queue": "heavy"}
