"""Orders of the last texts are kept: who asks the same gets the same, whatever page and draw."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.ml.curation import Curation, Rule
from recommender.ml.engine import RecentOrders, search
from recommender.ml.explore import Exploration
from recommender.ml.facts.filters import Filters
from recommender.ml.recent import Recent
from recommender.ml.snapshot import EngineConfig, Snapshot
from tests import worlds


@pytest.fixture(scope="module")
def world() -> Snapshot:
    return worlds.snapshot()


def test_a_kept_order_answers_as_a_new_one(world: Snapshot) -> None:
    recent: RecentOrders = Recent(10)
    asked: list[dict[str, Any]] = [
        {}, {"limit": 2, "offset": 1}, {"explore": Exploration(1.0, 7)}, {"novelty": 1.0}, {"diversity": 0.7},
        {"correct": False}, {"filters": Filters(genres=frozenset({"Crime"}))},
    ]  # fmt: skip
    for text in ("heat", "crime", "incepton", "nothing of the kind xqz", ""):
        shown = [hit.title_id for hit in search(world, text, limit=2).hits]
        for one in [*asked, {"without": shown}]:
            plain = search(world, text, **one)
            for _ in range(2):
                assert search(world, text, **one, recent=recent) == plain
                assert search(world, text, **one, recent=recent).rows.tolist() == plain.rows.tolist()


def test_nothing_is_kept_that_depends_on_a_person_or_on_pages_before(world: Snapshot) -> None:
    recent: RecentOrders = Recent(10)
    n = len(world.index)
    nobody, everything = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    first, second = (hit.title_id for hit in search(world, "crime").hits[:2])
    for one in ({"taste": np.zeros(n, np.float32)}, {"hidden": nobody}, {"among": everything}):
        search(world, "crime", recent=recent, **one)
        search(world, "crime", recent=recent)
        away = np.zeros(n, np.bool_)
        away[world.index.row_of_title[first]] = True
        assert search(world, "crime", hidden=away, recent=recent).hits[0].title_id == second
    rule = Rule("exact", "crime", "pin", second, place=1)
    pinned = Curation((rule,))
    assert search(world, "crime", curation=pinned, recent=recent).hits[0].title_id == second
    assert search(world, "crime", recent=recent).hits[0].title_id == first
    rest = search(world, "crime", curation=pinned, recent=recent, without=[first])
    assert rest == search(world, "crime", curation=pinned, without=[first])


def test_a_kept_order_is_of_one_version(world: Snapshot) -> None:
    recent: RecentOrders = Recent(10)
    search(world, "crime", recent=recent)
    few = replace(world, config=EngineConfig(max_results=1))
    assert search(few, "crime", recent=recent).total == 1
