"""Versions: whole or not at all, one champion, and every change on record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Delivery, Webhook
from recommender.ml.weights import BadCheckpoint, digest, to_bytes
from recommender.models import Checkpoint, CheckpointChunk, ServingChange
from recommender.versions import registry, stored
from recommender.versions.registry import CannotPromote
from tests.recommender.versions import line_of, promoted, registered, spoil, state, statuses
from tests.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK_BYTES", 40_000)


def chunks(checkpoint: Checkpoint) -> list[CheckpointChunk]:
    return list(CheckpointChunk.objects.filter(checkpoint=checkpoint).order_by("sequence"))


def trail() -> list[tuple[str, int, int | None, str, str]]:
    """The audit trail, oldest first."""
    return list(ServingChange.objects.order_by("id").values_list("action", "version", "previous", "reason", "actor"))


def test_it_works() -> None:
    known = state(number=7)
    checkpoint = registered(number=7, window=registry.Window(3, 9, {"n_searches": 2}), metrics={"ndcg@10": 0.5})
    checkpoint.refresh_from_db()
    blob = to_bytes(known)
    assert to_bytes(stored.load(checkpoint)) == blob
    assert (checkpoint.version, checkpoint.status, checkpoint.pinned) == (0, "candidate", False)
    assert (checkpoint.sha256, checkpoint.n_bytes) == (digest(blob), len(blob))
    assert (checkpoint.wm_from, checkpoint.wm_to, checkpoint.window) == (3, 9, {"n_searches": 2})
    assert len(chunks(checkpoint)) == -(-len(blob) // 40_000) > 2
    assert b"".join(bytes(chunk.data) for chunk in chunks(checkpoint)) == blob


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_missing_chunk_is_noticed(place: int) -> None:
    checkpoint = registered()
    chunks(checkpoint)[place].delete()
    with pytest.raises(BadCheckpoint, match="sha256"):
        stored.load(checkpoint)


def test_reordered_chunks_are_noticed() -> None:
    checkpoint = registered()
    first, second = chunks(checkpoint)[:2]
    for chunk, sequence in ((first, 99), (second, 0), (first, 1)):
        CheckpointChunk.objects.filter(pk=chunk.pk).update(sequence=sequence)
    with pytest.raises(BadCheckpoint, match="sha256"):
        stored.load(checkpoint)


def test_a_flipped_bit_is_noticed() -> None:
    checkpoint = registered()
    spoil(checkpoint)
    with pytest.raises(BadCheckpoint, match="sha256"):
        stored.load(checkpoint)


def test_a_truncated_chunk_is_noticed() -> None:
    checkpoint = registered()
    last = chunks(checkpoint)[-1]
    CheckpointChunk.objects.filter(pk=last.pk).update(data=bytes(last.data)[:-1])
    with pytest.raises(BadCheckpoint, match="sha256"):
        stored.load(checkpoint)


def test_chunks_of_another_version_are_noticed() -> None:
    one, other = registered(number=1), registered(number=2)
    first, second = chunks(one), chunks(other)
    for mine, theirs in zip(first, second, strict=True):
        CheckpointChunk.objects.filter(pk=mine.pk).update(data=bytes(theirs.data))
    with pytest.raises(BadCheckpoint, match="sha256"):
        stored.load(one)
    assert to_bytes(stored.load(other)) == to_bytes(state(number=2))


def test_a_version_without_any_bytes_is_noticed() -> None:
    checkpoint = registered()
    CheckpointChunk.objects.filter(checkpoint=checkpoint).delete()
    with pytest.raises(BadCheckpoint):
        stored.load(checkpoint)


def test_a_weight_that_is_not_finite_never_loads() -> None:
    known = state()
    poisoned = replace(known, weights=replace(known.weights, attention=known.weights.attention * np.nan))
    checkpoint = registry.register(
        poisoned, parent=None, encoder_fingerprint="any", window=registry.Window(0, 0, {})
    )  # fmt: skip
    with pytest.raises(BadCheckpoint, match="not finite"):
        stored.load(checkpoint)
    with pytest.raises(CannotPromote, match="not finite"):
        registry.promote(checkpoint, over=None, reason="test", actor="tests")
    assert registry.champion() is None


def test_a_version_appears_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    write = stored.write

    def half(checkpoint: Checkpoint, blob: bytes) -> None:
        write(checkpoint, blob[: len(blob) // 2])
        raise OSError("the disk is full")

    monkeypatch.setattr(stored, "write", half)
    with pytest.raises(OSError, match="disk is full"), transaction.atomic():
        registered()
    assert not Checkpoint.objects.exists()
    assert not CheckpointChunk.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_versions_that_are_registered_at_once_get_different_numbers(at_once: Callable[..., list[Any]]) -> None:
    outcomes = at_once(*[lambda number=number: registered(number=number).version for number in range(6)])
    assert sorted(outcomes) == [0, 1, 2, 3, 4, 5]


def test_the_database_allows_one_champion_only() -> None:
    promoted()
    second = registered(number=1)
    with pytest.raises(IntegrityError, match="one_champion"), transaction.atomic():
        Checkpoint.objects.filter(pk=second.pk).update(status=Checkpoint.Status.CHAMPION)


def test_a_promotion_retires_the_champion_and_leaves_a_trace() -> None:
    before = promoted()
    after = registered(before, number=1)
    registry.promote(after, over=before, reason="better", actor="training")
    after.refresh_from_db()
    assert statuses() == {0: "retired", 1: "champion"}
    assert registry.champion() == after
    assert after.promoted is not None
    assert trail() == [("promote", 0, None, "test", "tests"), ("promote", 1, 0, "better", "training")]


@pytest.fixture
def slow_winner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who changes the champion keeps the transaction open until the other has come to the same place."""
    log = registry._log

    def is_awaited() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            return bool(cursor.fetchone()[0])

    def slow_log(*arguments: Any) -> None:
        assert eventually(is_awaited)
        log(*arguments)

    monkeypatch.setattr(registry, "_log", slow_log)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_first", [False, True])
def test_of_two_promotions_at_once_one_wins(
    at_once: Callable[..., list[Any]], request: pytest.FixtureRequest, is_first: bool
) -> None:
    over = None if is_first else promoted()
    one, other = registered(over, number=1), registered(over, number=2)
    request.getfixturevalue("slow_winner")
    outcomes = at_once(
        *[lambda c=c: registry.promote(c, over=over, reason="race", actor="tests") for c in (one, other)]
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CannotPromote", "NoneType"]
    winner = (one, other)[outcomes.index(None)]
    assert registry.champion() == winner
    assert [entry[1] for entry in trail() if entry[3] == "race"] == [winner.version]
    assert sorted(statuses().values()).count("candidate") == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_rollback_and_a_promotion_at_once_one_wins(
    at_once: Callable[..., list[Any]], request: pytest.FixtureRequest
) -> None:
    _, current = line_of(2)
    candidate = registered(current, number=2)
    request.getfixturevalue("slow_winner")
    outcomes = at_once(
        lambda: registry.promote(candidate, over=current, reason="race", actor="tests"),
        lambda: registry.roll_back(to=None, reason="race", actor="tests").version,
    )
    assert [type(outcome).__name__ for outcome in outcomes] in (
        ["NoneType", "CannotPromote"],
        ["CannotPromote", "int"],
    )
    assert sorted(statuses().values()).count("champion") == 1
    assert len([entry for entry in trail() if entry[3] == "race"]) == 1


def test_a_pinned_champion_is_not_replaced() -> None:
    champion = promoted()
    registry.set_pinned(champion, pinned=True, reason="hold", actor="tests")
    with pytest.raises(CannotPromote, match="pinned"):
        registry.promote(registered(champion, number=1), over=champion, reason="better", actor="tests")
    assert statuses() == {0: "champion", 1: "candidate"}


def test_a_champion_that_changed_meanwhile_is_not_replaced() -> None:
    before, _ = line_of(2)
    with pytest.raises(CannotPromote, match="no longer champion"):
        registry.promote(registered(before, number=2), over=before, reason="late", actor="tests")
    assert statuses() == {0: "retired", 1: "champion", 2: "candidate"}


def test_a_first_promotion_does_not_replace_anybody() -> None:
    promoted()
    with pytest.raises(CannotPromote, match="champion already"):
        registry.promote(registered(number=1), over=None, reason="again", actor="tests")


def test_a_version_that_does_not_load_is_not_promoted() -> None:
    champion = promoted()
    candidate = registered(champion, number=1)
    spoil(candidate)
    with pytest.raises(CannotPromote, match=r"v1 must not serve.*sha256"):
        registry.promote(candidate, over=champion, reason="better", actor="tests")
    assert statuses() == {0: "champion", 1: "candidate"}


def test_a_refused_version_is_not_promoted_and_the_champion_stays() -> None:
    champion = promoted()
    refused = registered(champion, number=1, status=Checkpoint.Status.REJECTED)
    with pytest.raises(CannotPromote):
        registry.promote(refused, over=champion, reason="better", actor="tests")
    assert statuses() == {0: "champion", 1: "rejected"}
    assert len(trail()) == 1


def test_a_rollback_serves_the_previous_version_and_pins_it() -> None:
    line_of(2)
    now = registry.roll_back(to=None, reason="odd results", actor="anna")
    assert (now.version, now.status, now.pinned) == (0, "champion", True)
    assert statuses() == {0: "champion", 1: "retired"}
    assert trail()[-1] == ("roll back", 0, 1, "odd results", "anna")


def test_a_second_rollback_goes_further_back() -> None:
    line_of(3)
    went = [registry.roll_back(to=None, reason="worse", actor="anna").version for _ in range(2)]
    assert went == [1, 0]
    with pytest.raises(CannotPromote, match="no earlier version"):
        registry.roll_back(to=None, reason="worse", actor="anna")


def test_a_rollback_never_returns_to_a_version_that_was_rolled_back_from() -> None:
    v0, v1, _ = line_of(3)
    registry.roll_back(to=v1, reason="v2 is bad", actor="anna")
    registry.set_pinned(v1, pinned=False, reason="go on", actor="anna")
    v3 = promoted(v1, number=3)
    spoil(v1)
    assert registry.roll_back(to=None, reason="v3 is bad too", actor="anna") == v0
    assert v3.version == 3


def test_a_rollback_skips_a_previous_version_whose_bytes_do_not_load() -> None:
    _, v1, _ = line_of(3)
    spoil(v1)
    assert registry.roll_back(to=None, reason="worse", actor="anna").version == 0


def test_a_rollback_skips_a_version_of_another_encoder() -> None:
    old = promoted(encoder_fingerprint="another encoder")
    new = promoted(old, number=1)
    with pytest.raises(CannotPromote, match="no earlier version"):
        registry.roll_back(to=None, reason="worse", actor="anna")
    assert registry.champion() == new


def test_a_rollback_away_from_a_broken_champion_works() -> None:
    _, v1 = line_of(2)
    spoil(v1)
    assert registry.roll_back(to=None, reason="broken", actor="anna").version == 0


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_rollback_without_a_reason_is_refused(reason: str) -> None:
    line_of(2)
    with pytest.raises(CannotPromote, match="reason"):
        registry.roll_back(to=None, reason=reason, actor="anna")
    assert statuses() == {0: "retired", 1: "champion"}


def test_a_rollback_without_any_version_says_so() -> None:
    with pytest.raises(CannotPromote, match="no champion"):
        registry.roll_back(to=None, reason="worse", actor="anna")


def test_a_rollback_to_the_champion_is_refused() -> None:
    champion = promoted()
    with pytest.raises(CannotPromote, match="v0 is serving already"):
        registry.roll_back(to=champion, reason="worse", actor="anna")


@pytest.mark.parametrize("status", [Checkpoint.Status.REJECTED, Checkpoint.Status.QUARANTINED])
def test_a_rollback_to_a_version_that_was_refused_is_refused(status: str) -> None:
    champion = promoted()
    with pytest.raises(CannotPromote, match=f"v1 is {status}"):
        registry.roll_back(to=registered(champion, number=1, status=status), reason="try it", actor="anna")
    assert registry.champion() == champion


def test_a_rollback_to_a_version_that_does_not_load_is_refused() -> None:
    v0, v1 = line_of(2)
    spoil(v0)
    with pytest.raises(CannotPromote, match="v0 must not serve"):
        registry.roll_back(to=v0, reason="worse", actor="anna")
    assert registry.champion() == v1


def test_a_candidate_that_was_held_can_be_served_by_hand() -> None:
    champion = promoted()
    registry.set_pinned(champion, pinned=True, reason="hold", actor="anna")
    held = registered(champion, number=1)
    assert registry.roll_back(to=held, reason="looks good", actor="anna") == held
    champion.refresh_from_db()
    assert (champion.status, champion.pinned) == ("retired", False)


def test_unpinning_lets_training_promote_again() -> None:
    v0, v1 = line_of(2)
    registry.roll_back(to=v0, reason="worse", actor="anna")
    registry.set_pinned(v0, pinned=False, reason="fixed", actor="bert")
    assert promoted(v0, number=2) == registry.champion()
    assert trail()[-2] == ("unpin", 0, None, "fixed", "bert")
    assert v1.version == 1


def test_pins_are_on_record_and_happen_once() -> None:
    champion = promoted()
    registry.set_pinned(champion, pinned=True, reason="hold", actor="anna")
    assert trail()[-1] == ("pin", 0, None, "hold", "anna")
    with pytest.raises(CannotPromote, match="v0 is not a champion that is unpinned"):
        registry.set_pinned(champion, pinned=True, reason="hold", actor="anna")
    assert len(trail()) == 2


def test_only_a_champion_can_be_pinned() -> None:
    champion = promoted()
    with pytest.raises(CannotPromote, match="v1"):
        registry.set_pinned(registered(champion, number=1), pinned=True, reason="hold", actor="anna")


def test_a_pin_without_a_reason_is_refused() -> None:
    champion = promoted()
    with pytest.raises(CannotPromote, match="reason"):
        registry.set_pinned(champion, pinned=True, reason=" ", actor="anna")
    champion.refresh_from_db()
    assert not champion.pinned


def test_strangers_are_told_of_what_serves_and_not_by_whom_or_why() -> None:
    Webhook.objects.create(
        url="https://example.com/", events=["model.promoted", "model.rolled_back"], secret="whsec_AA=="
    )
    line_of(2)
    registry.roll_back(to=None, reason="because of Bo", actor="anna")
    with pytest.raises(CannotPromote):
        registry.roll_back(to=None, reason="worse", actor="anna")
    told = Delivery.objects.order_by("created", "id").values_list("event", "data")
    assert list(told) == [
        ("model.promoted", {"version": 0, "previous": None}),
        ("model.promoted", {"version": 1, "previous": 0}),
        ("model.rolled_back", {"version": 0, "previous": 1}),
    ]
