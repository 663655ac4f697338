"""Genres said in other languages."""

import pytest

from recommender.ml.query.foreign import in_english


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("película de terror", "horror"), ("comedia romántica", "comedy romance"), ("dessin animé", "animation"),
        ("Zeitreise", "time travel"), ("korku filmi", "horror"), ("фильм ужасов", "horror"),
        ("ужасы про зомби", "horror zombie"), ("ταινία τρόμου", "horror"), ("فيلم رعب", "horror"),
        ("סרט אימה", "horror"), ("डरावनी फिल्म", "horror"), ("恐怖片", "horror"), ("恋愛映画", "romance"),
        ("공포 영화", "horror"), ("로맨틱 코미디", "romance comedy"),
    ],
)  # fmt: skip
def test_a_genre_is_understood(said: str, meant: str) -> None:
    assert in_english(said) == meant


@pytest.mark.parametrize(
    "text",
    ["", "film", "romantic drama", "horror", "zombies", "la la land", "das boot", "amor eterno",
     "恐怖分子", "\ud800", "the war", "der untergang des hauses usher und noch viel mehr davon"],
)  # fmt: skip
def test_what_is_no_genre_in_another_language_is_left_alone(text: str) -> None:
    assert in_english(text) is None
