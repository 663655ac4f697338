"""Titles that are listed twice are one work; namesakes and remakes are not."""

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.facts.works import works


def one_work(*texts: TitleText) -> bool:
    found = works(texts, np.zeros(len(texts), np.float32))
    return len(set(found.tolist())) == 1


def test_it_works() -> None:
    texts = [
        TitleText("The Kid", year=1921, directors=["Charles Chaplin"]),
        TitleText("Whiplash", year=2013),
        TitleText("The kid", year=2000, directors=["Jon Turteltaub"]),
        TitleText("Whiplash!", year=2014, directors=["Damien Chazelle"]),
    ]
    assert works(texts, np.array([0.5, 0.2, 0.9, 0.8], np.float32)).tolist() == [0, 3, 2, 3]
    assert works(texts, np.zeros(4, np.float32)).tolist() == [0, 1, 2, 1], "of equals the first row"
    assert works([], np.zeros(0, np.float32)).tolist() == []


@pytest.mark.parametrize(
    "other",
    [
        TitleText("Heidi", year=2017),
        TitleText("Heidi"),
        TitleText("Heidi", kind="show", year=2015),
        TitleText("Hedy", year=2015),
        TitleText("Heidi", year=2015, directors=["Somebody Else"]),
        TitleText("Heidi", year=2015, cast=["Somebody Else"]),
        TitleText("Heidi", year=2005, description="A girl.", directors=["Somebody Else"]),
    ],
)
def test_namesakes_are_not_the_same(other: TitleText) -> None:
    heidi = TitleText("Heidi", year=2015, description="A girl.", directors=["Alain Gsponer"], cast=["Anuk Steffen"])
    assert not one_work(heidi, other)


@pytest.mark.parametrize(
    "other",
    [
        TitleText("Heidi", year=2016),
        TitleText("HEIDI", year=2014, directors=["alain gsponer"], cast=["Somebody Else"]),
        TitleText("Heidi", year=2015, writers=["Petra Volpe"]),
        TitleText("Heidi", description="A girl."),
        TitleText("Heidi", kind="show", year=1990, description="A girl."),
    ],
)
def test_another_listing_is_the_same(other: TitleText) -> None:
    heidi = TitleText("Heidi", year=2015, description="A girl.", directors=["Alain Gsponer"], cast=["Anuk Steffen"])
    assert one_work(heidi, other)
    assert one_work(other, heidi)


def test_empty_descriptions_and_names_say_nothing() -> None:
    assert not one_work(TitleText("Heidi"), TitleText("Heidi"))
    assert not one_work(TitleText("", year=2000), TitleText(" ", year=2000))


def test_a_chain_of_years_does_not_join_its_ends() -> None:
    texts = [TitleText("Dolls", year=year) for year in (2000, 2001, 2002)]
    assert works(texts, np.array([1, 0, 0], np.float32)).tolist() == [0, 0, 2]
