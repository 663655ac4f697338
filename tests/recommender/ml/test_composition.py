"""The words of a title that are embedded and indexed."""

from recommender.ml.composition import MAX_WORDS, TitleText, embedding_text, lexical_fields
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


def test_every_field_can_be_searched_and_the_name_weighs_most() -> None:
    film = TitleText(
        "Alpha", original_name="Beta", aliases=["Gamma"], year=1999, description="delta", plot="epsilon",
        themes=["zeta"], genres=["Horror"], countries=["Norway"], languages=["Dutch"], directors=["Theta"],
        writers=["Iota"], cast=["Kappa"],
    )  # fmt: skip
    index = LexicalIndex.build([lexical_fields(film), lexical_fields(TitleText("Other", kind="show"))])
    for (
        word
    ) in "alpha beta gamma 1999 delta epsilon zeta horror scary norway dutch theta iota kappa film movie".split():
        assert index.score(word)[0] > 0, word
    assert index.score("series")[1] > 0
    assert index.score("alpha")[0] > index.score("zeta")[0] > index.score("delta")[0] > index.score("iota")[0]
