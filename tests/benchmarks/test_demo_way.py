import time

import numpy as np
import pytest

from benchmarks.demo_way import DemoWay, time_limit
from recommender.ml.encoder import HashingEncoder

NAMES = ["Alien", "Aliens", "Heat", "The Godfather"]


@pytest.fixture
def way():
    encoder = HashingEncoder()
    return DemoWay(NAMES, encoder.encode(NAMES), encoder)


def test_it_times_every_part(way):
    parts = way.search("alein")
    assert list(parts) == [
        "regular expression", "close matches", "encode", "network", "title ratios", "sort", "whole",
    ]  # fmt: skip
    assert parts["whole"] == pytest.approx(sum(ms for part, ms in parts.items() if part != "whole"))


def test_a_query_that_is_no_pattern_is_still_timed(way):
    assert way.search("C++ (")["whole"] > 0


def test_every_title_goes_through_the_network(way):
    scores = way._network(np.ones(384, np.float32))
    assert scores.shape == (4,)
    assert scores.dtype == np.float32


def test_what_takes_too_long_is_stopped():
    with pytest.raises(TimeoutError), time_limit(0.05):
        time.sleep(5)
    with time_limit(0.05):
        pass
    time.sleep(0.1)  # the alarm is off
