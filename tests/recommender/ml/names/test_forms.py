"""The forms of a name: what people type for it, told apart by how literal it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.names.forms import MAX_LETTERS, Kind, forms_of_names, forms_of_query, word_ends, words_of


def kinds(*names: str) -> dict[str, Kind]:
    return {key: form.kind for key, form in forms_of_names(names).items()}


def test_it_works() -> None:
    assert kinds("The Godfather: Part II") == {
        "thegodfatherpartii": Kind.NAME,
        "godfatherpartii": Kind.NAME,
        "thegodfatherpart2": Kind.NAME_READ,
        "godfatherpart2": Kind.NAME_READ,
        "thegodfather2": Kind.NAME_READ,
        "godfather2": Kind.NAME_READ,
        "thegodfather": Kind.MAIN,
        "godfather": Kind.MAIN,
    }


@pytest.mark.parametrize(
    ("name", "typed", "kind"),
    [
        ("Star Wars: Episode V - The Empire Strikes Back", "starwars5", Kind.MAIN),
        ("Star Wars: Episode V - The Empire Strikes Back", "starwars", Kind.MAIN),
        ("Star Wars: Episode V - The Empire Strikes Back", "empirestrikesback", Kind.SUBTITLE),
        ("Kill Bill: Vol. 2", "killbill2", Kind.NAME_READ),
        ("Dr. Strangelove or: How I Learned to Stop Worrying", "drstrangelove", Kind.MAIN),
        ("Dumb & Dumber", "dumbdumber", Kind.BARE),
        ("The Legend of Korra", "legendkorra", Kind.BARE),
        ("The King and I", "thekingandi", Kind.NAME),
        ("Se7en", "seven", Kind.NAME_READ),
        ("Ocean's Eleven", "oceans11", Kind.NAME_READ),
    ],
)
def test_a_name_has_the_form_that_people_type(name: str, typed: str, kind: Kind) -> None:
    assert kinds(name)[typed] == kind


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Up in the Air", "upair2"),
        ("To Live", "live"),  # one word would be left
        ("Part Two", "2"),  # a marker that is the name
        ("Alien: Covenant", "covenant"),  # a subtitle of one word names too much
        ("X-Men", "men"),  # no dash between words
        ("10:04", "10"),
    ],
)
def test_a_name_has_no_form_that_means_something_else(name: str, typed: str) -> None:
    assert typed not in kinds(name)


def test_an_alias_is_less_literal_than_the_name() -> None:
    found = kinds("Léon: The Professional", "Leon", "The Professional")
    assert (found["leontheprofessional"], found["theprofessional"], found["leon"]) == (
        Kind.NAME,
        Kind.ALIAS,
        Kind.ALIAS,
    )


def test_whole_names_have_no_parts() -> None:
    assert set(forms_of_names(["Ma: The Two of Us"], whole=True)) == {"mathetwoofus", "mathe2ofus"}


def test_what_stands_in_the_query_comes_first() -> None:
    found = forms_of_query("the godfather part two")
    assert next(iter(found)) == "thegodfatherpart2"
    assert found["thegodfatherparttwo"].kind == Kind.NAME
    assert found["godfather2"].kind == Kind.NAME_READ


def test_spacing_comes_back() -> None:
    words = ["the", "dark", "knight"]
    assert words_of("thedarkknight", word_ends(words)) == words
    assert words_of("a" * 70, word_ends(["a" * 70])) == ["a" * 70]


@settings(max_examples=1_000)
@given(st.text(st.characters(), max_size=30))
def test_any_name_has_forms_of_letters_only(name: str) -> None:
    forms = forms_of_names([name])
    assert bool(forms) == bool(name.strip())
    assert all(key and not any(map(str.isspace, key)) and len(key) <= MAX_LETTERS for key in forms)
    assert all("".join(form.words)[:MAX_LETTERS] == key for key, form in forms.items())
    assert all(
        words_of(key, word_ends(form.words)) == list(form.words) for key, form in forms.items() if len(key) < 60
    )
