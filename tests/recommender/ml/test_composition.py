"""The words of a title that are embedded and indexed."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.composition import (
    GENRE_WORDS,
    MAX_PASSAGE_WORDS,
    MAX_PASSAGES,
    MAX_WORDS,
    PASSAGE_WORDS,
    SHORTEST_PASSAGE,
    TitleText,
    embedding_text,
    lexical_fields,
    passages,
)
from recommender.ml.lexical import LexicalIndex


def test_it_works() -> None:
    film = TitleText("Heat", genres=["Crime", "Drama"], themes=["heist"], description="A detective.", plot="Hunts.")
    assert embedding_text(film) == "Heat. Crime, Drama. heist. A detective. Hunts."


def test_without_a_synopsis_the_fields_are_put_into_words() -> None:
    film = TitleText(
        "Heat", year=1995, genres=["Crime"], themes=["heist"], countries=["US", "UK", "FR"], directors=["A", "B", "C"]
    )
    assert embedding_text(film) == "Heat. Crime film about heist from US, UK, 1995, directed by A, B."
    assert embedding_text(TitleText("Dark", kind="show")) == "Dark. series."


def test_a_synopsis_leaves_people_out_and_is_cut() -> None:
    film = TitleText("Heat", description="word " * 500, directors=["Michael Mann"], cast=["Al Pacino"])
    text = embedding_text(film)
    assert "Mann" not in text
    assert "Pacino" not in text
    assert text.count("word") == MAX_WORDS


def test_names_are_those_it_has() -> None:
    assert TitleText("A", original_name="", aliases=["B", ""]).names == ["A", "B"]


def test_a_genre_brings_the_words_people_use_for_it() -> None:
    assert TitleText("x", genres=["Comedy"]).genre_words == "funny comedic hilarious humour"
    said = TitleText("x", genres=["Sci-Fi & Fantasy"]).genre_words.split()
    assert {"futuristic", "magic"} <= set(said)
    assert TitleText("x", genres=["Unheard of"]).genre_words == ""


def test_a_genre_is_meant_by_whole_words_or_by_what_the_label_stands_for() -> None:
    words_of = {genre: TitleText("x", genres=[genre]).genre_words for genre in GENRE_WORDS}
    for label in ("TV Comedies", "Comedies", "Stand-Up Comedy"):
        assert TitleText("x", genres=[label]).genre_words == words_of["comedy"], label
    assert TitleText("x", genres=["Docuseries"]).genre_words == words_of["documentary"]
    assert "band" not in TitleText("x", genres=["Musical"]).genre_words, "no kind of Music"
    assert "band" in TitleText("x", genres=["Music & Musicals"]).genre_words
    assert TitleText("x", genres=["Drama", "Drama"]).genre_words == ""
    assert TitleText("x", genres=["Music", "Music"]).genre_words == words_of["music"]


def test_every_field_can_be_searched_and_makers_weigh_most() -> None:
    film = TitleText(
        "Alpha", original_name="Beta", aliases=["Gamma"], year=1999, description="delta", plot="epsilon",
        themes=["zeta"], genres=["Horror"], countries=["Norway"], languages=["Dutch"], directors=["Theta"],
        writers=["Iota"], cast=["Kappa"],
    )  # fmt: skip
    index = LexicalIndex.build([lexical_fields(film), lexical_fields(TitleText("Other", kind="show"))])
    said = "alpha beta gamma 1999 delta epsilon zeta horror scary norway dutch theta iota kappa film movie".split()
    for word in said:
        assert index.score(word)[0] > 0, word
    assert index.score("series")[1] > 0
    score = {word: float(index.score(word)[0]) for word in said}
    assert score["theta"] == score["zeta"] == score["horror"] > score["kappa"] > score["iota"]
    assert score["alpha"] == score["delta"], "a word of the name says no more than one of the plot"


# ---- passages


def sentence(n_words: int, first: str = "One") -> str:
    return " ".join([first, *["word"] * (n_words - 1)]) + "."


def test_a_story_is_cut_into_whole_sentences() -> None:
    one, two, three = sentence(PASSAGE_WORDS), sentence(PASSAGE_WORDS - 1, "Two"), sentence(9, "Three")
    assert passages(TitleText("x", description=f"{one} {two} {three}", plot=sentence(8, "Four"))) == [
        one, f"{two} {three}", sentence(8, "Four"),
    ]  # fmt: skip


@pytest.mark.parametrize("description", ["", "   ", "Short.", sentence(100), sentence(30) + " And more."])
def test_what_makes_only_one_passage_makes_none(description: str) -> None:
    assert passages(TitleText("x", description=description)) == []


def test_the_rest_of_a_text_joins_the_passage_before_it_only_where_it_is_short() -> None:
    begun = [sentence(PASSAGE_WORDS), sentence(PASSAGE_WORDS, "Two")]
    short, long = sentence(SHORTEST_PASSAGE - 1, "Left"), sentence(SHORTEST_PASSAGE, "Left")
    assert passages(TitleText("x", plot=" ".join([*begun, short]))) == [begun[0], f"{begun[1]} {short}"]
    assert passages(TitleText("x", plot=" ".join([*begun, long]))) == [*begun, long]


def test_a_plot_that_repeats_the_description_is_kept_once() -> None:
    text = f"{sentence(20)} {sentence(20, 'Two')}"
    assert passages(TitleText("x", description=text, plot=text)) == passages(TitleText("x", description=text))


def test_abbreviations_quotes_and_numbers_lose_nothing() -> None:
    text = (
        "Dr. T. J. Eckleburg vs. the U.S.A.? (Again!) “Never,” says Mr. Smith at 5 p.m. sharp ... "
        'and 3.14 of St. Mary\'s pupils leave. Éric returns! "Why?" asks J.R.R. Then it ends'
    )
    cut = passages(TitleText("x", description=text, plot=sentence(40)))
    assert " ".join(cut[:-1]) == text


@pytest.mark.parametrize("text", ["武士は村を守る。" * 60, "Рыцарь спасает деревню. Он умирает! " * 20, "قصة " * 300])
def test_other_scripts_are_read_too(text: str) -> None:
    cut = passages(TitleText("x", description=text, plot=sentence(20)))
    assert " ".join(cut[:-1]).split() == text.split()[:MAX_PASSAGE_WORDS]


_lengths = st.lists(st.integers(1, 40), max_size=30)  # of sentences, in words


@settings(max_examples=200)
@given(_lengths, _lengths)
def test_passages_lose_no_text_up_to_their_limits(description: list[int], plot: list[int]) -> None:
    counter = count()
    texts = [
        " ".join(" ".join(f"W{next(counter)}" for _ in range(length)) + "." for length in lengths)
        for lengths in (description, plot)
    ]
    cut = passages(TitleText("x", description=texts[0], plot=texts[1]))
    assert len(cut) != 1
    assert len(cut) <= MAX_PASSAGES
    said = [word for text in texts for word in text.split()[:MAX_PASSAGE_WORDS]]
    kept = [word for passage in cut for word in passage.split()]
    assert kept == said[: len(kept)]
    if 0 < len(cut) < MAX_PASSAGES:
        assert kept == said
    assert sum(len(passage.split()) < PASSAGE_WORDS for passage in cut) <= 2, "the last of each text"


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
def test_any_text_can_be_cut(description: str, plot: str) -> None:
    title = TitleText("x", description=description, plot=plot)
    for passage in passages(title):
        assert set(passage.split()) <= set((description + " " + plot).split())
    assert embedding_text(title)
