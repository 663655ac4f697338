"""Limits of length in minutes, and ratings by age."""

import pytest

from recommender.ml.query.runtimes import ratings_said, runtimes_said
from recommender.ml.query.tokens import Said


def test_it_works() -> None:
    assert [reading.value for reading in runtimes_said(Said.of("under two hours"))] == ["-119"]
    assert [reading.value for reading in ratings_said(Said.of("rated pg-13"))] == ["PG-13"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("less than 90 min", "-89"),
        ("under 2h", "-119"),
        ("under 1h30", "-89"),
        ("under 1 hr 45", "-104"),
        ("under 1h 45m", "-104"),
        ("at most 1.5 hours", "-90"),
        ("no longer than an hour", "-60"),
        ("up to an hour and a half", "-90"),
        ("within two and a half hours", "-150"),
        ("under half an hour", "-29"),
        ("90 minutes or less", "-90"),
        ("90 minutes max", "-90"),
        ("up to 2 hours", "-120"),
        ("until 2 hours", "-120"),
        ("since 2 hours", "120-"),
        ("not over 2 hours", "-120"),
        ("over 3 hours", "181-"),
        ("longer than 100 mins", "101-"),
        ("3 hours or more", "180-"),
        ("under 1 minute", "-1"),
        ("2 hours long thriller", "110-130"),
        ("3 hours or longer", "180-"),
        ("at least 100 mins", "100-"),
        ("not under 90 minutes", "90-"),
        ("between 90 and 120 minutes", "90-120"),
        ("between 1 and 2 hours", "60-120"),
        ("90 minute comedy", "80-100"),
        ("exactly 90 minutes", "80-100"),
        ("2 hour long movies", "110-130"),
        ("about an hour and a half", "80-100"),
        ("between one hour and 100 minutes", "60-100"),
    ],
)
def test_this_is_a_length(text: str, value: str) -> None:
    assert [reading.value for reading in runtimes_said(Said.of(text))] == [value]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("under 2 hours", "Under 120 min"),
        ("up to 2 hours", "At most 120 min"),
        ("over 3 hours", "Over 180 min"),
        ("at least 3 hours", "At least 180 min"),
        ("between 1 and 2 hours", "60–120 min"),
    ],
)
def test_its_label_says_what_holds(text: str, label: str) -> None:
    assert [reading.label for reading in runtimes_said(Said.of(text))] == [label]


@pytest.mark.parametrize(
    "text",
    ["2 hours", "24 hours to live", "under 24 hours", "under 18", "over the moon", "60 min", "one hour photo",
     "in 2 hours", "a minute comedy", "about 90 minutes of terror", "not 90 minutes", "the last 90 minutes drama"],
)  # fmt: skip
def test_this_is_none(text: str) -> None:
    assert list(runtimes_said(Said.of(text))) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("r rated", "R"),
        ("rated r", "R"),
        ("PG13", "PG-13"),
        ("nc-17", "NC-17"),
        ("tv-y7", "TV-Y7"),
        ("rated 16+", "16+"),
    ],
)
def test_this_is_a_rating(text: str, value: str) -> None:
    assert [reading.value for reading in ratings_said(Said.of(text))] == [value]


@pytest.mark.parametrize("text", ["r", "g force", "pg", "13", "rated well", "tv 14s"])
def test_this_is_no_rating(text: str) -> None:
    assert list(ratings_said(Said.of(text))) == []
