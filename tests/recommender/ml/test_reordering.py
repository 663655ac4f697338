"""Somebody else's titles in our order: every one of them comes back, however large the catalogue."""

import math

import numpy as np
import pytest

from recommender.ml import reordering, scoring, sketch
from recommender.ml.questions import question
from recommender.ml.ranking import Ranking
from recommender.ml.snapshot import Snapshot
from tests import worlds

LIBRARY = worlds.snapshot(worlds.LIBRARY)
QUERIES = ("heat", "korean drama", "heist", "like heat", "dark", "airplan", "nothing at all like this", "1984")


def by_text(snapshot: Snapshot, text: str, rows: np.ndarray) -> Ranking:
    among = np.zeros(len(snapshot.index), np.bool_)
    among[rows] = True
    return reordering.by_text(snapshot, question(snapshot.index, snapshot.encoder, text, among=among), rows)


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("some", [slice(None), slice(0, 1), slice(3, 17, 2), slice(0, 0)])
def test_every_title_comes_back_once(text: str, some: slice) -> None:
    rows = np.arange(len(LIBRARY.index))[some]
    ranking = by_text(LIBRARY, text, rows)
    assert sorted(hit.title_id for hit in ranking.hits) == sorted(LIBRARY.index.title_ids[rows].tolist())
    assert LIBRARY.index.title_ids[ranking.rows].tolist() == [hit.title_id for hit in ranking.hits]


@pytest.mark.parametrize("text", QUERIES)
def test_a_catalogue_that_is_looked_over_first_leaves_none_out(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "NEEDED_FROM", 1)
    sketched, rows = worlds.snapshot(worlds.LIBRARY), np.arange(2, 15)
    monkeypatch.setattr(scoring, "N_CANDIDATES", len(rows))
    assert len(sketched.index.sketch)
    found, plain = by_text(sketched, text, rows), by_text(LIBRARY, text, rows)
    assert found.rows.tolist() == plain.rows.tolist()
    assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in plain.hits], abs=1e-6)


def test_both_listings_of_a_work_come_back() -> None:
    listings = [row for row, name in enumerate(LIBRARY.index.names) if name == "Heat"]
    assert len(listings) == 2
    assert len(by_text(LIBRARY, "crime", np.array(listings)).hits) == 2
    assert len(reordering.by_fame(LIBRARY, np.array(listings)).hits) == 2


def test_by_taste_it_is_the_sum_of_both() -> None:
    rows = np.array([5, 2, 9])
    attention, taste = np.zeros((2, len(LIBRARY.index)), np.float32)
    attention[[2, 5]], taste[[5, 9]] = [1.0, 1.0], [-0.5, 3.0]
    ranking = reordering.by_taste(LIBRARY, rows, attention, taste)
    assert ranking.rows.tolist() == [9, 2, 5]
    assert [hit.score for hit in ranking.hits] == [3.0, 1.0, 0.5]


def test_parts_sum_to_the_score() -> None:
    rows = np.arange(len(LIBRARY.index))
    for ranking in (*(by_text(LIBRARY, text, rows) for text in QUERIES), reordering.by_fame(LIBRARY, rows)):
        for hit in ranking.hits:
            assert math.fsum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-6)
