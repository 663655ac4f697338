from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.learning.plots import STYLES, apart, draw

POINTS = [0, 10, 1000, 20000]
RESULTS: dict[str, Any] = {
    "points": POINTS,
    "arms": {
        "both": {
            "frequent": [0.2, 0.21, 0.3, 0.4],
            "never_seen": [0.2, 0.2, 0.21, 0.22],
            "gini": [0.7, 0.7, 0.7, 0.7],
        },
        "version 0": {"frequent": [0.2, 0.2, 0.2, 0.2], "never_seen": [0.2, 0.2, 0.2, None]},
    },
}


def texts_of(path):
    return [node.text for node in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def test_each_line_is_named_in_each_panel(tmp_path):
    quality, spread = draw(RESULTS, tmp_path)
    assert quality.name == "quality.svg"
    assert texts_of(quality).count("both") == 2  # no arm has "rare", so no panel of it
    assert texts_of(quality).count("version 0") == 2
    assert "rare themes" not in texts_of(quality)
    assert "version 0" not in texts_of(spread)


def test_the_axis_tells_the_number_of_searches(tmp_path):
    assert {"0", "10", "1k", "20k", "searches"} <= set(texts_of(draw(RESULTS, tmp_path)[0]))


def test_equal_results_give_equal_bytes(tmp_path):
    first, second = draw(RESULTS, tmp_path / "a"), draw(RESULTS, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_other_results_give_other_bytes(tmp_path):
    changed = {**RESULTS, "arms": {**RESULTS["arms"], "both": {"frequent": [0.2, 0.21, 0.3, 0.39]}}}
    assert draw(RESULTS, tmp_path / "a")[0].read_bytes() != draw(changed, tmp_path / "b")[0].read_bytes()


def test_the_files_are_small_and_show_the_page_through(tmp_path):
    arms = {
        f"arm {n}": {name: [0.1 * n] * 4 for name in ("frequent", "rare", "never_seen")} for n in range(len(STYLES))
    }
    path = draw({"points": POINTS, "arms": arms}, tmp_path)[0]
    assert path.stat().st_size < 60_000
    assert "fill: #ffffff" not in path.read_text()


def test_it_refuses_an_arm_without_a_value_for_every_point(tmp_path):
    with pytest.raises(ValueError, match="both has 3 values of frequent for 4 points"):
        draw({"points": POINTS, "arms": {"both": {"frequent": [0.2, 0.2, 0.2]}}}, tmp_path)


@pytest.mark.parametrize("heights", [[0.5, 0.5, 0.51], [1.0, 0.99, 0.2, 0.98], [0.1], []])
def test_names_keep_apart_and_inside(heights):
    moved = apart(heights, 0.06)
    assert all(upper - lower >= 0.06 - 1e-9 for lower, upper in zip(sorted(moved), sorted(moved)[1:], strict=False))
    assert all(0 <= height <= 1 for height in moved)
    assert sorted(range(len(heights)), key=lambda n: heights[n]) == sorted(range(len(moved)), key=lambda n: moved[n])


def test_names_with_room_stay_at_their_lines():
    assert apart([0.9, 0.1, 0.5], 0.06) == [0.9, 0.1, 0.5]
