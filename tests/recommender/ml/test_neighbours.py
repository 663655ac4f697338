"""What is like a title, by rank; and that no favourite drowns another because it has many near copies."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.ml import neighbours
from recommender.ml.affinity import Affinity
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex
from recommender.ml.neighbours import Neighbours, nearest
from recommender.ml.taste import Signal, Tastes
from recommender.ml.turns import N_FIRST

N_COPIES, N_OTHERS = 40, 40
LONELY = N_COPIES  # the first of the others


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    """40 that are nearly copies of the first; 40 about another thing, each far from the next; one with no content."""
    draw = np.random.default_rng(0)
    content = np.zeros((N_COPIES + N_OTHERS + 1, 48), np.float32)
    content[:N_COPIES, 0], content[N_COPIES:-1, 1] = 1, 1
    content[:N_COPIES, 2:] = 0.05 * draw.standard_normal((N_COPIES, 46))
    content[N_COPIES:-1, 2:] = 0.15 * draw.standard_normal((N_OTHERS, 46))
    content[:-1] /= np.linalg.norm(content[:-1], axis=1, keepdims=True)
    texts = [TitleText(f"w{n}", genres=["War" if n < N_COPIES else "Music"]) for n in range(len(content) - 1)]
    return CatalogIndex.build(range(len(content)), [*texts, TitleText("nothing")], content, [100.0] * len(content))


def test_it_works(index: CatalogIndex) -> None:
    near = nearest(index, 0, 10)
    assert len(near) == 10
    assert near[0] == 0
    assert set(near.tolist()) < set(range(N_COPIES))
    assert set(nearest(index, LONELY, 10).tolist()) < set(range(LONELY, N_COPIES + N_OTHERS))


def test_what_has_nothing_in_common_is_not_near_however_few_there_are(index: CatalogIndex) -> None:
    assert set(nearest(index, 0, 1_000).tolist()) == set(range(N_COPIES))
    assert nearest(index, len(index) - 1, 10).tolist() == [len(index) - 1]


def test_the_famous_come_first_among_equals() -> None:
    content = np.ones((4, 3), np.float32) / np.sqrt(np.float32(3))
    films = CatalogIndex.build(range(4), [TitleText(name) for name in "abcd"], content, [1, 5, 500, 50])
    assert nearest(films, 0, 4).tolist() == [0, 2, 3, 1]


def test_they_are_worked_out_once_and_not_all_are_kept(index: CatalogIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def nearest_of(_index: CatalogIndex, row: int, _most: int) -> NDArray[np.intp]:
        asked.append(row)
        return np.array([row])

    monkeypatch.setattr(neighbours, "nearest", nearest_of)
    monkeypatch.setattr(neighbours, "KEPT", 2)
    known = Neighbours(index, 5)
    for row in (1, 2, 1, 3, 1, 2):
        assert known.of(row).tolist() == [row]
    assert asked == [1, 2, 3, 2]


def test_a_favourite_with_many_near_copies_does_not_drown_another(index: CatalogIndex) -> None:
    tastes = Tastes(index, Affinity.nothing())
    scores = tastes.scores(tastes.taste([Signal(0, 1.0, 0.0), Signal(LONELY, 1.0, 0.0)]))
    scores[[0, LONELY]] = -1
    first = np.argsort(-scores, kind="stable")[:N_FIRST]
    assert 3 <= int((first < N_COPIES).sum()) <= 5


def test_what_two_favourites_are_near_to_comes_before_what_one_is(index: CatalogIndex) -> None:
    tastes = Tastes(index, Affinity.nothing())
    scores = tastes.scores(tastes.taste([Signal(0, 1.0, 0.0), Signal(1, 1.0, 0.0), Signal(LONELY, 1.0, 0.0)]))
    scores[[0, 1, LONELY]] = -1
    assert int(scores.argmax()) < N_COPIES
