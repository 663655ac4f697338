"""The affinity table: bound to rows, exact in its sums, and refused where it is broken."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from recommender.ml.affinity import NAMES, Affinity, AffinityIndex

# 10 → 30 by 2 points, 10 → 20 by −1, 30 → 10 by ½; title 20 has attention only beside.
TABLE = Affinity(
    title_ids=np.array([10, 20, 30], np.int64),
    starts=np.array([0, 2, 2, 3], np.int64),
    places=np.array([1, 2, 0], np.uint16),
    points=np.array([-1, 2, 0.5], np.float16),
    attended=np.array([10, 40], np.int64),
    attention=np.array([60, 30], np.float32),
)


def test_it_works() -> None:
    bound = AffinityIndex(TABLE, {10: 0, 20: 1, 30: 2, 40: 3})
    assert bound.toward(np.array([0, 2]), np.array([1, 2], np.float32)).tolist() == [1, -1, 2, 0]
    assert bound.between(np.array([0, 2]), np.array([2, 0])).tolist() == [[2, 0], [0, 0.5]]
    assert bound.attention.tolist() == [60, 0, 0, 30]


def test_titles_that_the_catalogue_lost_count_for_nothing() -> None:
    bound = AffinityIndex(TABLE, {30: 0, 10: 1})
    assert bound.toward(np.array([1]), np.ones(1, np.float32)).tolist() == [2, 0]
    assert bound.attention.tolist() == [0, 60]


def test_of_a_new_site_nothing_is_known() -> None:
    bound = AffinityIndex(Affinity.nothing(), {10: 0})
    assert bound.toward(np.zeros(0, np.int64), np.zeros(0, np.float32)).tolist() == [0]
    assert bound.between(np.zeros(0, np.int64), np.zeros(1, np.int64)).shape == (0, 1)
    assert len(Affinity.nothing()) == 0


def test_it_survives_bytes() -> None:
    again = Affinity.from_arrays(load(save(TABLE.to_arrays())))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(again, name), getattr(TABLE, name))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"points": np.array([1, np.nan, 1], np.float16)}, "not finite"),
        ({"points": np.ones(2, np.float16)}, "length"),
        ({"points": np.ones(3, np.float32)}, "expected float16"),
        ({"places": np.array([0, 3, 0], np.uint16)}, "no title"),
        ({"starts": np.array([0, 2, 2, 2], np.int64)}, "divide"),
        ({"starts": np.array([0, 2, 1, 3], np.int64)}, "no title"),
        ({"title_ids": np.array([10, 10, 30], np.int64)}, "ascending"),
        ({"attended": np.array([40, 10], np.int64)}, "ascending"),
        ({"attention": np.array([90, 30], np.float32)}, "100 percent"),
        ({"attention": np.array([-1, 30], np.float32)}, "100 percent"),
        ({"attention": np.ones((2, 1), np.float32)}, "one dimension"),
    ],
)
def test_a_broken_table_is_refused(broken: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Affinity.from_arrays(replace(TABLE, **broken).to_arrays())


def test_a_table_with_other_names_is_refused() -> None:
    arrays = TABLE.to_arrays()
    arrays["more"] = arrays.pop("places")
    with pytest.raises(ValueError, match="more"):
        Affinity.from_arrays(arrays)
