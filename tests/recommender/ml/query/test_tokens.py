"""Tokens keep their place in the raw text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.query.tokens import MAX_TOKENS, Said

any_text = st.text(st.characters(), max_size=60)


def test_it_works() -> None:
    said = Said.of("  Sci–Fi & the 80's, Amélie/Up 1.5h 18+ हिन्दी")
    assert said.line == "sci fi and the 80s , amelie , up 1.5h 18+ हिन्दी"
    assert [said.text[token.start : token.end] for token in said.tokens][:4] == ["Sci", "Fi", "&", "the"]


def test_a_stretch_of_the_line_is_found_among_the_tokens() -> None:
    said = Said.of("one two  three four")
    start = said.line.index("two three")
    assert said.tokens_of(start, start + len("two three")) == (1, 3)


def test_a_possessive_is_no_part_of_a_name() -> None:
    assert Said.of("Wes Anderson’s films").raw(0, 2) == "Wes Anderson"
    assert Said.of("TOM HANKS' FILMS").raw(0, 2) == "TOM HANKS"


def test_a_minus_excludes_only_before_a_word() -> None:
    assert Said.of("-horror").is_excluded(0)
    assert Said.of("korean -horror").is_excluded(1)
    assert not Said.of("sci-horror").is_excluded(1)
    assert not Said.of("korean - horror").is_excluded(1)


@settings(max_examples=1_000)
@given(any_text)
def test_tokens_stand_in_order_and_have_no_spaces(text: str) -> None:
    said = Said.of(text)
    end = 0
    for token in said.tokens:
        assert end <= token.start < token.end <= len(text)
        assert token.word
        assert " " not in token.word + token.stem
        end = token.end
    assert said.line.count(" ") == max(0, len(said) - 1)
    assert len(Said.of(text * 50)) <= MAX_TOKENS
