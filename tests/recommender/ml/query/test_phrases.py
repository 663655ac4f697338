"""The longest phrase wins."""

from recommender.ml.query.phrases import Phrases


def test_it_works() -> None:
    phrases = Phrases(["tv", "tv show", "hong kong action film"])
    words = "a tv show from hong kong".split()
    assert [phrases.at(words, start) for start in range(7)] == [0, 2, 0, 0, 0, 0, 0]
    assert "tv show" in phrases
    assert "show" not in phrases
