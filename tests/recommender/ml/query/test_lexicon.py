"""The lexicon speaks the labels of the vocabulary."""

from recommender.ml.facts.vocabulary import genres_of, places_of
from recommender.ml.query import lexicon


def test_every_genre_is_a_label() -> None:
    for genre in lexicon.GENRES.values():
        for label in genre.values:
            assert label in genres_of(label)


def test_every_origin_means_some_place() -> None:
    for origin in lexicon.ORIGIN_STEMS.values():
        assert any(places_of(origin.title()))


def test_no_word_is_two_things() -> None:
    tables = [set(lexicon.GENRES), set(lexicon.KINDS), set(lexicon.ORIGIN_STEMS), set(lexicon.FIXED)]
    assert sum(map(len, tables)) == len(set.union(*tables))
    assert not lexicon.FILLERS & lexicon.SOFT
