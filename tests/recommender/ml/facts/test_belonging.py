"""How wholly a title is from where somebody asked."""

import pytest

from recommender.ml.composition import TitleText
from recommender.ml.facts.belonging import belonging
from tests import worlds

FILMS = [
    TitleText("Whole", countries=["Germany"], languages=["German"]),
    TitleText("Half", countries=["Germany", "Austria"], languages=["German"]),
    TitleText("Money", countries=["Germany", "United States"], languages=["English"]),
    TitleText("None", countries=["France"], languages=["French"]),
    TitleText("Unknown"),
    TitleText("Silent", countries=["Germany"]),
]
FACETS = worlds.snapshot(FILMS).index.facets


@pytest.mark.parametrize(
    ("origins", "countries", "expected"),
    [
        (["German"], [], [1, 0.75, 0.25, 0, 0.5, 0.75]),
        ([], ["Germany"], [1, 0.5, 0.5, 0, 0.5, 1]),
        (["German", "French"], [], [1, 0.75, 0.25, 1, 0.5, 0.75]),
        (["Nowhere"], [], [0, 0, 0, 0, 0.5, 0]),
    ],
)
def test_shares_of_countries_and_languages(origins: list[str], countries: list[str], expected: list[float]) -> None:
    assert belonging(FACETS, origins, countries) == pytest.approx(expected)
