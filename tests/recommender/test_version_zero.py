"""There is always a champion: version 0 on a fresh database, a successor when the encoder changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.index.encoders import embedding_fingerprint
from recommender.ml.encoder import HashingEncoder
from recommender.ml.memory import ClickMemory
from recommender.ml.names.folding import fold
from recommender.ml.weights import ModelState
from recommender.models import Checkpoint, ServingChange
from recommender.versions import registry, stored, version_zero
from recommender.versions.version_zero import ensure_champion
from tests.recommender.versions import promoted, spoil, state, statuses

pytestmark = pytest.mark.django_db
QUERY, TITLE = fold("space adventure"), 77


def with_memory() -> ModelState:
    known = state(number=5)
    vectors = HashingEncoder().encode([QUERY])
    memory = ClickMemory.empty(384).merged([QUERY], vectors, [(QUERY, TITLE, 3.0, 2.0)], fade=1.0)
    return replace(known, memory=memory)


@pytest.fixture
def another_encoder(monkeypatch: pytest.MonkeyPatch) -> HashingEncoder:
    """The setting ENCODER, changed: shorter vectors, another fingerprint."""
    other = HashingEncoder(dimension=32)
    monkeypatch.setattr(version_zero, "query_encoder", lambda: other)
    monkeypatch.setattr(version_zero, "dimension", lambda: other.dimension)
    monkeypatch.setattr(version_zero, "embedding_fingerprint", lambda: "hashing-32/text-1")
    return other


def old_champion(**facts: Any) -> Checkpoint:
    checkpoint = registry.register(
        with_memory(), parent=None, encoder_fingerprint=embedding_fingerprint(),
        window=registry.Window(4, 90, {}), **facts,
    )  # fmt: skip
    registry.promote(checkpoint, over=None, reason="test", actor="tests")
    checkpoint.refresh_from_db()
    return checkpoint


def test_it_works() -> None:
    checkpoint, is_new = ensure_champion()
    assert is_new
    assert registry.champion() == checkpoint
    assert (checkpoint.version, checkpoint.parent, checkpoint.wm_from, checkpoint.wm_to) == (0, None, 0, 0)
    assert checkpoint.encoder_fingerprint == embedding_fingerprint()
    weights = stored.load(checkpoint).weights
    assert not weights.query_up.any()
    assert len(weights.id_titles) == 0


def test_a_champion_that_fits_stays() -> None:
    first, _ = ensure_champion()
    assert ensure_champion() == (first, False)
    assert Checkpoint.objects.count() == 1


def test_version_zero_is_the_same_bytes_everywhere() -> None:
    first, _ = ensure_champion()
    Checkpoint.objects.all().delete()
    assert ensure_champion()[0].sha256 == first.sha256


def test_a_change_of_encoder_keeps_the_click_memory(another_encoder: HashingEncoder) -> None:
    before = old_champion()
    after, is_new = ensure_champion()
    assert is_new
    assert statuses() == {0: "retired", 1: "champion"}
    assert after.parent == before
    assert (after.wm_from, after.wm_to) == (90, 90)  # what was not learnt yet will be
    kept = stored.load(after)
    assert kept.weights.config.dimension == 32
    assert list(kept.memory.queries) == [QUERY]
    assert kept.memory.title_ids.tolist() == [TITLE]
    assert (kept.memory.examined.tolist(), kept.memory.chosen.tolist()) == ([3.0], [2.0])
    np.testing.assert_array_equal(kept.memory.vectors, another_encoder.encode([QUERY]))
    assert "encoder changed" in ServingChange.objects.latest("id").reason


def test_an_empty_memory_is_carried_over_too(another_encoder: HashingEncoder) -> None:
    promoted()
    after, _ = ensure_champion()
    assert stored.load(after).memory.vectors.shape == (0, 32)


def test_a_change_of_encoder_replaces_even_a_pinned_champion(another_encoder: HashingEncoder) -> None:
    registry.set_pinned(old_champion(), pinned=True, reason="hold", actor="anna")
    after, _ = ensure_champion()
    assert registry.champion() == after
    actions = list(ServingChange.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["promote", "pin", "unpin", "promote"]


def test_the_memory_of_a_broken_champion_is_let_go(another_encoder: HashingEncoder) -> None:
    spoil(old_champion())
    after, is_new = ensure_champion()
    assert is_new
    assert len(stored.load(after).memory) == 0


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_start_at_once_make_one_champion(at_once: Callable[..., list[Any]]) -> None:
    outcomes = at_once(ensure_champion, ensure_champion)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len({checkpoint.version for checkpoint, _ in outcomes}) == 1
    assert sorted(is_new for _, is_new in outcomes) == [False, True]
