"""Windows one after the other: a break between them, or another process, changes no bit."""

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.ml.engine import search
from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Source
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import UNTRAINED_FAME, ModelState, digest, from_bytes, to_bytes
from tests import worlds
from training.ml.config import TrainConfig
from training.ml.labels import Lesson
from training.ml.learning import examination_of, learn

VERSION_ZERO = worlds.snapshot()
TASTES = {"crime drama heist": 110, "love in paris": 103, "crew in space": 106, "a night of thieves": 105}
CONFIG = TrainConfig(batch_size=4)
AGAIN = """
import pickle, sys
from pathlib import Path
from recommender.ml.encoder import HashingEncoder
from recommender.ml.snapshot import Snapshot
from recommender.ml.index import CatalogIndex
from recommender.ml.weights import digest, from_bytes, to_bytes
from training.ml.learning import learn

directory = Path(sys.argv[1])
parent, *lessons = pickle.loads((directory / "lessons").read_bytes())
snapshot = Snapshot(0, CatalogIndex.load(directory), from_bytes(parent, sha256=digest(parent)), HashingEncoder())
print(digest(to_bytes(learn(snapshot, *lessons)[0])))
"""


def window(number: int, n: int = 12) -> list[Lesson]:
    """People look for something and, three times of four, take what they wanted."""
    draw, made = np.random.default_rng(number), []
    for query in range(n):
        text, wanted = list(TASTES.items())[int(draw.integers(len(TASTES)))]
        shown = tuple(dict.fromkeys([hit.title_id for hit in search(VERSION_ZERO, text, limit=6).hits] + [wanted]))
        gains = {wanted if draw.random() < 0.75 else int(draw.choice(shown)): 0.5}
        looks = {title: 1 / place for place, title in enumerate(shown, 1)}
        made.append(
            Lesson(
                f"{number}-{query}",
                fold(text),
                shown,
                gains,
                frozenset(),
                looks,
                choice_weights=dict.fromkeys(gains, 1.0),
            )
        )
    return made


def vectors(*groups: list[Lesson]) -> dict[str, np.ndarray]:
    texts = sorted({one.text for group in groups for one in group})
    return dict(zip(texts, VERSION_ZERO.encoder.encode(texts), strict=True))


def after(state: ModelState, number: int) -> ModelState:
    """The state after one more window, with the one before for replay."""
    fresh, replay = window(number), window(number - 1) if number else []
    learnt, _ = learn(replace(VERSION_ZERO, state=state), fresh, replay, vectors(fresh, replay), CONFIG)
    return learnt


def test_it_learns_what_was_chosen() -> None:
    state = VERSION_ZERO.state
    for number in range(4):
        state = after(state, number)
    for text, wanted in TASTES.items():
        before, now = (
            [hit.title_id for hit in search(replace(VERSION_ZERO, state=of), text).hits]
            for of in (VERSION_ZERO.state, state)
        )
        assert now.index(wanted) <= (before.index(wanted) if wanted in before else len(before))
        assert now[0] == wanted


def test_resumed_from_bytes_equals_uninterrupted_bit_for_bit() -> None:
    """Weights, optimiser and memory: whatever learning goes on from is in the checkpoint."""
    kept = resumed = VERSION_ZERO.state
    for number in range(5):
        blob = to_bytes(resumed)
        kept, resumed = after(kept, number), after(from_bytes(blob, sha256=digest(blob)), number)
        assert digest(to_bytes(resumed)) == digest(to_bytes(kept))
    assert len(kept.memory) == len(TASTES)


@pytest.mark.parametrize("lost", ["optimiser", "memory"])
def test_the_comparison_sees_what_is_lost(lost: str) -> None:
    state = after(VERSION_ZERO.state, 0)
    poorer = replace(state, **{lost: getattr(VERSION_ZERO.state, lost)})
    assert to_bytes(after(state, 1)) != to_bytes(after(poorer, 1))


def test_another_process_learns_the_same(tmp_path: Path) -> None:
    state = after(VERSION_ZERO.state, 0)
    fresh, replay = window(1), window(0)
    VERSION_ZERO.index.save(tmp_path)
    kept = (to_bytes(state), fresh, replay, vectors(fresh, replay), CONFIG)
    (tmp_path / "lessons").write_bytes(pickle.dumps(kept))
    root = Path(__file__).resolve().parents[3]
    other = subprocess.run(
        [sys.executable, "-c", AGAIN, str(tmp_path)], cwd=root, check=True, capture_output=True, text=True
    )
    assert other.stdout.strip() == digest(to_bytes(after(state, 1)))


def test_a_catalogue_from_files_teaches_the_same(tmp_path: Path) -> None:
    """What servers map and what was built from rows are one catalogue."""
    VERSION_ZERO.index.save(tmp_path)
    read = Snapshot(0, CatalogIndex.load(tmp_path), VERSION_ZERO.state, VERSION_ZERO.encoder)
    fresh = window(0)
    learnt = [learn(of, fresh, [], vectors(fresh), CONFIG)[0] for of in (VERSION_ZERO, read)]
    assert to_bytes(learnt[0]) == to_bytes(learnt[1])


def test_how_far_people_keep_to_fame_is_learnt() -> None:
    """Some take nothing but the most famous film, others nothing but the least."""
    index, text = VERSION_ZERO.index, "crime drama heist"
    by_fame = index.title_ids[np.argsort(index.prior)].tolist()
    vectors = {text: VERSION_ZERO.encoder.encode([text])[0]}
    found = []
    for wanted in (by_fame[0], by_fame[-1]):
        shown = (wanted, by_fame[3])
        taught = [
            Lesson(
                f"q{n}", text, shown, {wanted: 0.5}, frozenset(), dict.fromkeys(shown, 1.0),
                choice_weights={wanted: 1.0},
            )
            for n in range(40)
        ]  # fmt: skip
        state, _ = learn(VERSION_ZERO, taught, [], vectors, CONFIG)
        found.append(float(state.weights.attention_to_fame[0]))
    assert found[0] < UNTRAINED_FAME < found[1]


def test_how_attention_falls_is_learnt_from_moved_titles_and_travels_along() -> None:
    """Pages of ten on which the second and the ninth had changed places; nobody ever takes what stands ninth."""
    shown = tuple(range(101, 111))
    moved = [int(Source.EXPLORED) if place in (1, 8) else 0 for place in range(10)]
    taught = [
        Lesson(
            f"q{n}", "crime drama heist", shown, {shown[1]: 0.25}, frozenset(), dict.fromkeys(shown, 1.0),
            choice_weights={shown[1]: 1.0}, propensity=(0.9,) * 10, source=tuple(moved if n % 2 else [0] * 10),
        )
        for n in range(40)
    ]  # fmt: skip
    vectors = {"crime drama heist": VERSION_ZERO.encoder.encode(["crime drama heist"])[0]}
    assert examination_of(VERSION_ZERO.state).exponent == pytest.approx(1, abs=1e-3)
    state, _ = learn(VERSION_ZERO, taught, [], vectors, CONFIG)
    assert examination_of(state).exponent > 1.05
    again = from_bytes(to_bytes(state), sha256=digest(to_bytes(state)))
    assert examination_of(again) == examination_of(state)
    later = [replace(lesson, examined={}) for lesson in taught]  # only a late click is new: its page was counted
    state_after, _ = learn(replace(VERSION_ZERO, state=state), later, [], vectors, CONFIG)
    assert state_after.optimiser["examination.shows"].sum() < state.optimiser["examination.shows"].sum() + 1
