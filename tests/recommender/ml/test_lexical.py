"""BM25F against numbers worked by hand."""

from math import log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml import lexical
from recommender.ml.lexical import LexicalIndex
from recommender.ml.names.stemming import stem

# Three titles. Weighted lengths: 2·1 + 1·2 = 4, 2·1 + 1·0 = 2, 2·1 + 1·1 = 3; the average is 3.
CORPUS = [
    [("heist", 2.0), ("night heist", 1.0)],
    [("night", 2.0), ("", 1.0)],
    [("dream", 2.0), ("ocean", 1.0)],
]


def index() -> LexicalIndex:
    return LexicalIndex.build(CORPUS)


def built(*texts: str) -> LexicalIndex:
    return LexicalIndex.build([(text, 1.0)] for text in texts)


def test_it_works() -> None:
    """One word in one title: count 2 + 1 = 3, length norm 0.7 + 0.3·4/3 = 1.1, so 3·2 / (3 + 1·1.1).

    A text that says the word for ever would get 2, and idf cancels: 3 / 4.1.
    """
    assert index().score("heist") == pytest.approx([3 / 4.1, 0, 0])


def test_fields_add_up_before_they_saturate_and_length_holds_back() -> None:
    """ "night": count 1 of length 4 (norm 1.1), count 2 of length 2 (norm 0.7 + 0.3·2/3 = 0.9)."""
    assert index().score("night") == pytest.approx([1 / (1 + 1.1), 2 / (2 + 0.9), 0])


def test_rare_words_weigh_more_and_unknown_words_count_in_the_divisor() -> None:
    idf_dream, idf_night = log1p(2.5 / 1.5), log1p(1.5 / 2.5)
    scores = index().score("a dream a night")  # "a" is in no title
    unknown = log1p(2 * 3 + 1)
    total = idf_dream + idf_night + unknown
    assert scores[2] == pytest.approx(idf_dream * (2 / (2 + 1.0)) / total)
    assert scores[1] == pytest.approx(idf_night * (2 / (2 + 0.9)) / total)
    assert index().score("dream submarine")[2] < index().score("dream")[2] / 2, "a word more that nobody says"
    assert index().score("submarine dream periscope")[2] < index().score("dream submarine")[2]


def test_all_forms_of_a_word_are_one() -> None:
    np.testing.assert_array_equal(index().score("HEISTS heist  Heist!"), index().score("heist"))
    forms = built("robots", "a detective investigates", "nothing of the kind")
    assert forms.score("robot")[0] == forms.score("robotic")[0] > 0
    assert forms.score("investigating detectives")[1] == forms.score("detective investigates")[1] > 0
    assert forms.knows("investigation")
    assert not forms.knows("invest")


def test_a_stem_is_spelt_as_it_is_said_most_often() -> None:
    found = built("robots robot", "robots", "Dreaming dream dreaming")
    assert dict(zip(found.vocabulary, found.spellings, strict=True)) == {"robot": "robots", "dream": "dreaming"}


@given(
    st.lists(st.text("abc ", max_size=12), min_size=1, max_size=12),
    st.text("abcd ", max_size=12),
    st.lists(st.integers(0, 11), max_size=8),
)
def test_a_few_titles_score_as_they_do_among_all(texts: list[str], asked: str, some: list[int]) -> None:
    of_texts = built(*texts)
    rows = np.array([row for row in some if row < len(texts)], np.int32)
    assert of_texts.score_of(asked, rows).tolist() == of_texts.score(asked)[rows].tolist()


def test_nothing_asked_or_known_scores_zero() -> None:
    for query in ("", "…", "submarine"):
        assert not index().score(query).any()
    assert index().knows("heist")
    assert not index().knows("submarine")
    assert not index().knows("")
    assert index().knows("night heist")
    assert not index().knows("night submarine"), "every word of it"


def test_an_empty_catalogue_has_no_scores() -> None:
    empty = LexicalIndex.build([])
    assert empty.score("heist").shape == (0,)
    assert LexicalIndex.build([[], [("", 1.0)]]).score("heist").tolist() == [0, 0]
    assert LexicalIndex.build([[], [("", 1.0)]]).score_like([0, 1]).tolist() == [0, 0]


# ---- long texts


def test_a_long_text_stops_at_its_budget_and_its_rare_words_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten titles, ten postings: "kraken" and "lagoon" cost 2 + 3, the next word, which all say, 10 more."""
    corpus = ["the ark"] * 7 + ["the ark kraken lagoon", "the ark lagoon", "the ark kraken lagoon"]
    arks = built(*corpus)
    monkeypatch.setattr(lexical, "POSTINGS_PER_TITLE", 1)
    scores = arks.score("the ark with the kraken in the lagoon")
    assert np.flatnonzero(scores).tolist() == [7, 8, 9]
    assert scores[7] == scores[9] > scores[8]
    monkeypatch.setattr(lexical, "POSTINGS_PER_TITLE", 0.2)
    assert np.flatnonzero(arks.score("the ark with the kraken in the lagoon")).tolist() == [7, 9]
    monkeypatch.setattr(lexical, "POSTINGS_PER_TITLE", 10)
    assert arks.score("the ark with the kraken in the lagoon").all()


def test_the_rarest_word_is_read_even_where_it_costs_more_than_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "POSTINGS_PER_TITLE", 0)
    assert built("the ship", "the sea", "the ship").score("the ship").tolist() == pytest.approx([1 / 2, 0, 1 / 2])


def test_within_the_budget_words_that_are_left_out_count_in_no_divisor(monkeypatch: pytest.MonkeyPatch) -> None:
    ships = built(*["the ship"] * 8, "the kraken", "the lagoon")
    monkeypatch.setattr(lexical, "POSTINGS_PER_TITLE", 0.5)
    np.testing.assert_array_equal(ships.score("the ship kraken"), ships.score("kraken"))


# ---- like titles


def test_titles_that_share_rare_words_are_alike() -> None:
    corpus = [
        "a diver meets a kraken", "a diver meets a cook", "the kraken wakes up", "a cook meets a judge", "a judge",
        "a cook", "a cook meets a man",
    ]  # fmt: skip
    scores = built(*corpus).score_like([0])
    assert scores.argmax() == 0
    assert scores[2] > scores[3] > 0, "one rare word says more than two frequent ones"
    assert scores[1] > scores[3], "more words in common are more alike"
    assert ((scores >= 0) & (scores < 1)).all()


def test_like_several_titles_is_the_mean_of_like_each() -> None:
    found = index()
    one, other = found.score_like([0]), found.score_like([2])
    np.testing.assert_allclose(found.score_like([0, 2]), (one + other) / 2, rtol=1e-6)
    assert not found.score_like([]).any()


def test_only_the_rarest_words_of_a_title_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "TERMS_OF_A_TITLE", 1)
    scores = built("kraken ship", "ship", "kraken", "ship sea").score_like([0])
    assert np.flatnonzero(scores).tolist() == [0, 2]


_words = st.sampled_from("heist night dream ocean city love war ship".split())
_text = st.lists(_words, max_size=12).map(" ".join)
_corpus = st.lists(st.lists(st.tuples(_text, st.sampled_from([0.5, 1.0, 3.0])), max_size=3), max_size=6)


@settings(max_examples=100)
@given(_corpus, _text)
def test_scores_are_shares_below_one(corpus: list[list[tuple[str, float]]], query: str) -> None:
    found = LexicalIndex.build(corpus)
    scores = found.score(query)
    assert scores.shape == (len(corpus),)
    assert (scores >= 0).all()
    assert (scores < 1).all()
    # Words in order of rarity as long as two postings a title pay for them, one word in any case.
    held = [{word for text, _ in fields for word in text.split()} for fields in corpus]
    sizes = sorted(n for word in set(query.split()) if (n := sum(word in words for words in held)))
    if sum(sizes) <= 2 * len(corpus):
        assert (scores > 0).tolist() == [bool(words & set(query.split())) for words in held]


@settings(max_examples=100)
@given(_corpus)
def test_likeness_is_a_share_too_and_each_title_holds_its_own_words(corpus: list[list[tuple[str, float]]]) -> None:
    found = LexicalIndex.build(corpus)
    for row, fields in enumerate(corpus):
        scores = found.score_like([row])
        assert ((scores >= 0) & (scores < 1)).all()
        assert bool(scores[row] > 0) == any(text for text, _ in fields)
        stems = [
            found.vocabulary[int(term)] for term in found.terms[found.row_starts[row] : found.row_starts[row + 1]]
        ]
        assert stems == sorted({stem(word) for text, _ in fields for word in text.split()})
