import random

import numpy as np
import pytest

from benchmarks.catalogues import Titles
from benchmarks.synthetic import QUERIES, build, sample_queries, slip
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex

REAL = [
    TitleText(
        f"The {animal} of {place}",
        year=1990 + number,
        genres=["Drama"],
        cast=[f"{animal} Smith", f"{place} Jones"],
        description=" ".join(
            f"{animal} {place} {word}" for word in "goes far away and comes home late one day".split()
        ),
    )
    for number, (animal, place) in enumerate(
        (animal, place) for animal in ("Cat", "Dog", "Owl") for place in ("Paris", "Rome", "Oslo")
    )
]
TITLES = Titles([f"tt{n}" for n in range(9)], REAL, [float(n) for n in range(9)])
CONTENT = np.eye(9, 384, dtype=np.float32)


@pytest.mark.parametrize("n", [4, 9, 25])
def test_the_index_has_the_size_asked_for(tmp_path, n, capsys):
    build(tmp_path / "index", TITLES, CONTENT, n)
    index = CatalogIndex.load(tmp_path / "index")
    assert len(index) == n
    assert (tmp_path / "index" / QUERIES).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert np.linalg.norm(index.content, axis=1) == pytest.approx(np.ones(n), abs=1e-5)
    assert f"{n:,} titles" in capsys.readouterr().out


def test_a_small_index_holds_the_most_popular_titles(tmp_path):
    build(tmp_path / "index", TITLES, CONTENT, 2)
    assert list(CatalogIndex.load(tmp_path / "index").names) == [REAL[7].name, REAL[8].name]


def test_made_up_titles_come_after_the_real_ones_and_are_the_same_each_time(tmp_path):
    for name in ("first", "second"):
        build(tmp_path / name, TITLES, CONTENT, 25)
    first, second = (list(CatalogIndex.load(tmp_path / name).names) for name in ("first", "second"))
    assert first == second
    assert first[:9] == [text.name for text in REAL]
    assert {word for name in first[9:] for word in name.split()} <= {
        word for text in REAL for word in text.name.split()
    }


def test_queries_are_of_every_kind():
    queries = sample_queries(REAL, [text.name for text in REAL], random.Random(0))
    assert list(queries) == ["titles", "typos", "themes", "descriptions", "2,000 characters"]
    assert {len(texts) for texts in queries.values()} == {200}
    assert all(8 <= len(text.split()) <= 25 for text in queries["descriptions"])


def test_a_slip_changes_little_and_never_the_first_letter():
    draw = random.Random(0)
    slips = {slip("casablanca", draw) for _ in range(200)}
    assert all(text[0] == "c" and abs(len(text) - 10) <= 1 for text in slips)
    assert len(slips) > 50
