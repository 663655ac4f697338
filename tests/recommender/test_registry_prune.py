"""Old bytes are let go; rows, reasons and everything that may have to serve again stay."""

from collections.abc import Callable
from typing import Any

import pytest

from recommender.ml.weights import BadCheckpoint
from recommender.models import Checkpoint
from recommender.versions import registry, stored
from recommender.versions.registry import CannotPromote
from tests.recommender.versions import line_of, promoted, registered, statuses

pytestmark = pytest.mark.django_db


def whole() -> set[int]:
    """Versions whose bytes are there."""
    return set(Checkpoint.objects.exclude(chunks=None).values_list("version", flat=True))


def test_it_works() -> None:
    line = line_of(12)
    before = statuses()
    assert registry.prune(keep=2) == [1, 2, 3, 4, 5]
    # v0 the anchor, the five that served before the champion, and the newest two, of which it is one
    assert whole() == {0, 6, 7, 8, 9, 10, 11}
    assert statuses() == before
    assert registry.prune(keep=2) == []
    with pytest.raises(BadCheckpoint, match=r"let go on \d{4}-\d\d-\d\d: only the newest"):
        stored.load(line[3])
    line[3].refresh_from_db()
    assert line[3].pruned is not None
    assert line[3].sha256


def test_the_newest_are_kept_whatever_became_of_them() -> None:
    champion = line_of(1)[0]
    for number in range(1, 6):
        registered(champion, number=number)
    assert registry.prune(keep=3) == [1, 2]
    assert whole() == {0, 3, 4, 5}


def test_refused_versions_do_not_use_up_the_places() -> None:
    champion = line_of(1)[0]
    for number in range(1, 4):
        registered(champion, number=number)
    for number in range(4, 9):
        registered(champion, number=number, status=Checkpoint.Status.REJECTED)
    assert registry.prune(keep=3) == []


def test_a_champion_that_is_old_is_kept_with_those_before_it() -> None:
    line = line_of(10)
    registry.roll_back(to=line[3], reason="worse", actor="anna")
    assert registry.prune(keep=1) == [4, 5, 6, 7, 8]
    assert whole() == {0, 1, 2, 3, 9}
    assert registry.roll_back(to=None, reason="worse", actor="anna").version == 2


def test_a_rollback_skips_what_was_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KEEP_SERVED", 0)
    line = line_of(4)
    registry.prune(keep=1)
    assert whole() == {0, 3}
    with pytest.raises(CannotPromote, match=r"v2 must not serve: its bytes were let go"):
        registry.roll_back(to=line[2], reason="worse", actor="anna")
    assert registry.roll_back(to=None, reason="worse", actor="anna").version == 0


def test_a_candidate_that_was_let_go_is_not_promoted(monkeypatch: pytest.MonkeyPatch) -> None:
    champion = line_of(1)[0]
    old, _ = registered(champion, number=1), registered(champion, number=2)
    registry.prune(keep=1)
    with pytest.raises(CannotPromote, match="let go"):
        registry.promote(old, over=champion, reason="late", actor="anna")
    monkeypatch.setattr(registry, "_must_load", lambda _checkpoint: None)  # it looked a moment before
    with pytest.raises(CannotPromote, match="not a candidate"):
        registry.promote(old, over=champion, reason="late", actor="anna")
    assert registry.champion() == champion


@pytest.mark.django_db(transaction=True)
def test_a_version_that_starts_to_serve_meanwhile_keeps_its_bytes(
    at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes first: a champion has its bytes."""
    monkeypatch.setattr(registry, "KEEP_SERVED", 0)
    for _ in range(5):
        newest = registry.champion()
        old = promoted(newest, number=1)
        promoted(promoted(old, number=2), number=3)
        at_once(
            lambda: registry.prune(keep=1),
            lambda old=old: registry.roll_back(to=old, reason="race", actor="anna"),
        )
        champion = registry.champion()
        assert champion is not None
        stored.load(champion)
        if champion.pinned:
            registry.set_pinned(champion, pinned=False, reason="next", actor="anna")


def test_what_was_refused_says_so() -> None:
    refused = registered(number=1, status=Checkpoint.Status.REJECTED)
    with pytest.raises(BadCheckpoint, match="it was refused"):
        stored.load(refused)
    assert stored.damage(refused) is None
