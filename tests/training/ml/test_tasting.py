"""A table of what is chosen after what serves only if it predicts people's newest choices no worse."""

import numpy as np
import pytest

from recommender.ml.affinity import Affinity
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex
from training.ml import tasting
from training.ml.tasting import Choices, relearnt

N_TITLES, DAY = 40, 86_400.0


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    draw = np.random.default_rng(0)
    content = draw.standard_normal((N_TITLES, 16)).astype(np.float32)
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    texts = [TitleText(f"film {n}", year=2000) for n in range(N_TITLES)]
    return CatalogIndex.build(list(range(N_TITLES)), texts, content, [10.0] * N_TITLES)


def choices_of(people: list[list[int]]) -> Choices:
    rows = [
        (who, title, DAY * (10 * who + at)) for who, chosen in enumerate(people) for at, title in enumerate(chosen)
    ]
    who, titles, times = (np.array(column) for column in zip(*rows, strict=True))
    return Choices(who, titles, times.astype(np.float64), np.ones(len(rows), np.float32))


def pairs(n: int, seed: int = 0) -> list[list[int]]:
    """People who, after an even film, choose the odd one that follows it."""
    draw = np.random.default_rng(seed)
    return [[int(at) * 2, int(at) * 2 + 1] for at in draw.integers(0, N_TITLES // 2, n)]


def test_a_table_that_predicts_serves(index: CatalogIndex) -> None:
    table, report = relearnt(
        Affinity.nothing(), index, choices_of([[*a, *b] for a, b in zip(pairs(300), pairs(300, 1), strict=True)])
    )
    assert report["is_new"]
    assert report["mrr_after"] > 2 * report["mrr_before"]
    assert len(table)


def test_one_that_predicts_worse_does_not(index: CatalogIndex) -> None:
    good, _ = relearnt(
        Affinity.nothing(), index, choices_of([[*a, *b] for a, b in zip(pairs(300), pairs(300, 1), strict=True)])
    )
    draw = np.random.default_rng(2)
    noise = [[*(int(t) for t in draw.choice(N_TITLES, 6, replace=False)), *pair] for pair in pairs(60, 3)]
    reversed_last = [[*history[:-2], history[-2], history[-1]] for history in noise]
    table, report = relearnt(good, index, choices_of(reversed_last))
    assert not report["is_new"]
    assert table is good


def test_people_with_one_choice_teach_nothing_yet(index: CatalogIndex) -> None:
    old = Affinity.nothing()
    table, report = relearnt(old, index, choices_of([[n] for n in range(20)]))
    assert table is old
    assert report["n_asked"] == 0


def test_no_choices_at_all(index: CatalogIndex) -> None:
    nothing = Choices(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.float32))
    assert relearnt(Affinity.nothing(), index, nothing)[1]["n_asked"] == 0


def test_the_same_choices_give_the_same_table(index: CatalogIndex) -> None:
    said = choices_of([[*a, *b] for a, b in zip(pairs(100), pairs(100, 1), strict=True)])
    one, other = (relearnt(Affinity.nothing(), index, said)[0].to_arrays() for _ in range(2))
    for name, array in one.items():
        assert np.array_equal(array, other[name]), name


def test_only_so_many_are_asked(index: CatalogIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasting, "MAX_ASKED", 7)
    assert relearnt(Affinity.nothing(), index, choices_of(pairs(50)))[1]["n_asked"] == 7
