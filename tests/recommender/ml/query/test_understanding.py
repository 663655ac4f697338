"""A query is read into filters, hints, titles alike and a rest, whatever is typed."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender.ml.facts.filters import Filters
from recommender.ml.query.readings import filters_of
from recommender.ml.query.understanding import Chip, Understanding, understand
from tests.recommender.ml.query.catalogues import FamousNames, NoNames

any_text = st.text(st.characters(), max_size=80)  # with surrogates, controls, unassigned code points
PIECES = """
horror|comedy|korean|90s|1974|before 1980|between 1990 and 2000|(2005)|movies|tv shows|film|not|no|without|or|and|,
under 2 hours|over 90 min|with|tom hanks|meg ryan|tarantino|directed by|starring|like|inception|alien|similar to
in french|from france|made in italy|rated pg-13|for kids|kids|zombie|dark|the|best|good|-horror|us|uk|scary|space
i like|nolan's|early|late|in the 70s|70s and 80s|documentary|animated|this century|1990-99|king kong|but|family
rom-com|k-drama|tv|series|set in|what is|he|without tom hanks|starring|70ies|90 min|exactly|hate|zorblax
"""
pieces = st.sampled_from(PIECES.strip().replace("\n", "|").split("|"))
any_query = st.lists(pieces, min_size=1, max_size=9).map(" ".join)
thorough = settings(max_examples=2_000)


def test_it_works() -> None:
    text = "90s korean thriller under 2 hours, not horror"
    assert understand(text, NoNames()) == Understanding(
        query_class="theme",
        filters=Filters(
            genres=frozenset({"Thriller"}),
            without_genres=frozenset({"Horror"}),
            origins=frozenset({"Korean"}),
            year_min=1990,
            year_max=1999,
            runtime_max=119,
        ),
        chips=(
            Chip("years", "1990-1999", "1990s", 0, 3),
            Chip("origins", "Korean", "Korean", 4, 10),
            Chip("genres", "Thriller", "Thriller", 11, 19),
            Chip("runtime", "-119", "Under 120 min", 20, 33),
            Chip("without_genres", "Horror", "Not horror", 35, 45),
        ),
    )


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("directed by agnes varda", ["Directed by Agnès Varda"]),
        ("with tom hanks", ["With Tom Hanks"]),
        ("tom hanks", ["Tom Hanks"]),
        ("movies by nolan", ["Movies", "By Christopher Nolan"]),
        ("comedy or horror", ["Comedy or horror"]),
        ("no sci-fi", ["Not Sci-Fi"]),
        ("not starring nicolas cage", ["Not Nicolas Cage"]),
        ("90 min comedy", ["About 90 min", "Comedy"]),
        ("rom-com", ["Romantic comedy"]),
        ("in french", ["In French"]),
        ("not korean", ["Not Korean"]),
        ("rated pg-13", ["Rated PG-13"]),
        ("over 3 hours", ["Over 180 min"]),
        ("at least 3 hours", ["At least 180 min"]),
        ("up to 3 hours", ["At most 180 min"]),
        ("heist without violence", ["Not: violence"]),
        ("1974 tv shows", ["1974", "Shows"]),
        ("early 90s", ["Early 1990s"]),
        ("before the 80s", ["Before 1980s"]),
        ("between 1990 and 2000", ["1990–2000"]),
        ("for kids", ["Family"]),
    ],
)
def test_a_chip_is_labelled(text: str, labels: list[str]) -> None:
    assert [chip.label for chip in understand(text, FamousNames()).chips] == labels


@thorough
@given(any_text | any_query)
@example("\ud800 horror \x00 90s")
@example("((((1990))))")
@example("۱۹۹۰ films")  # digits of another script
@example("hate gore or tv")  # a kind is not refused by its bare word
@example("½ hour 1e9 ² ١٠ minutes or less")
def test_any_text_is_understood_and_chips_stand_where_they_say(text: str) -> None:
    read = understand(text, FamousNames())
    end = 0
    for chip in sorted((*read.chips, *read.repeats), key=lambda chip: chip.start):
        assert end <= chip.start < chip.end <= len(text)
        assert text[chip.start : chip.end].strip() == text[chip.start : chip.end]
        end = chip.end
    assert read.filters == filters_of((chip.field, chip.value) for chip in read.chips)
    assert len({(chip.field, chip.value) for chip in read.chips}) == len(read.chips)
    assert not (read.chips and read.query_class in ("empty", "title", "description"))
    assert (read.query_class == "empty") == (not text.strip())
    assert bool(read.like) <= (read.query_class in ("like", "description"))


@thorough  # it holds for nearly every text: see `without`
@given(any_query)
def test_a_chip_that_is_taken_out_is_gone(text: str) -> None:
    read = understand(text, FamousNames())
    for chip in read.chips:
        again = understand(read.without(text, chip), FamousNames())
        assert (chip.field, chip.value) not in [(other.field, other.value) for other in again.chips]


def test_a_chip_that_is_said_twice_is_shown_once_and_taken_out_everywhere() -> None:
    text = "horror movies, only horror"
    read = understand(text, NoNames())
    assert [chip.label for chip in read.chips] == ["Movies"]  # "only" is left, so the genre is a hint
    text = "90s thriller from the 90s"
    read = understand(text, NoNames())
    assert [chip.label for chip in read.chips] == ["1990s", "Thriller"]
    assert read.without(text, read.chips[0]) == "thriller"


def test_taking_out_a_chip_tidies_up() -> None:
    text = "korean thriller ,  under 2 hours, not horror!"
    read = understand(text, NoNames())
    assert read.without(text, read.chips[2]) == "korean thriller, not horror!"
    assert read.without(text, read.chips[3]) == "korean thriller, under 2 hours!"


@pytest.mark.parametrize(
    ("text", "lefts"),
    [
        ("comedy and horror", ["horror", "comedy"]),
        ("comedy, horror and action", ["horror and action", "comedy, action", "comedy, horror"]),
        ("starring brad pitt and tom hanks", ["starring tom hanks", "starring brad pitt"]),
        ("brad pitt & tom hanks", ["tom hanks", "brad pitt"]),
        ("comedies but no adam sandler", ["no adam sandler", "comedies"]),
        ("no horror or romance", ["no romance", "no horror"]),
        ("without meg ryan or tom hanks", ["without tom hanks", "without meg ryan"]),
        ("french and italian comedies", ["italian comedies", "french comedies", "french and italian"]),
    ],
)
def test_taking_out_one_of_a_list_leaves_no_joining_word(text: str, lefts: list[str]) -> None:
    read = understand(text, FamousNames())
    assert [read.without(text, chip) for chip in read.chips] == lefts


def test_two_kinds_or_years_do_not_empty_the_result() -> None:
    read = understand("1974 comedies 1999", NoNames())
    assert (read.filters.year_min, read.filters.year_max) == (1974, 1974)
    assert (read.hints.year_min, read.hints.year_max) == (1999, 1999)
    assert understand("movie about a tv show", NoNames()).filters == Filters(kind="movie")


def test_in_a_description_nothing_narrows() -> None:
    read = understand(
        "I think it was a korean horror movie from the 90s with tom hanks, under 2 hours", FamousNames()
    )
    assert (read.query_class, read.chips, read.filters) == ("description", (), Filters())
    assert read.hints == Filters(
        kind="movie",
        genres=frozenset({"Horror"}),
        origins=frozenset({"Korean"}),
        people=frozenset({"Tom Hanks"}),
        year_min=1990,
        year_max=1999,
    )


@pytest.mark.parametrize(
    "text",
    [
        "with and " * 250,
        "like " * 400,
        "tom hanks " * 200,
        "tomm hankz " * 180,
        "directed by somebody " * 90,
        "alien (1979) " * 150,
        "(1979) " * 280,
        "xyzzy plugh " * 166,
        "a " * 1_000,
    ],
)
def test_look_ups_are_bounded(text: str) -> None:
    knowledge = FamousNames()
    understand(text[:2_000], knowledge)
    assert knowledge.n_asked <= 300


def test_what_is_beyond_the_first_words_is_searched_but_not_read() -> None:
    text = "pianist " * 500 + "horror 90s"
    read = understand(text, NoNames())
    assert (read.query_class, read.hints, read.rest) == ("description", Filters(), text)


class NoLgbtq(NoNames):
    def has_genre(self, label: str) -> bool:
        return label != "LGBTQ"


def test_a_genre_that_no_title_has_is_a_word_like_others() -> None:
    read = understand("lgbt", NoLgbtq())
    assert (read.query_class, read.filters, read.chips, read.rest) == ("theme", Filters(), (), "lgbt")
    read = understand("lgbt romance", NoLgbtq())
    assert (read.hints, read.rest) == (Filters(genres=frozenset({"Romance"})), "lgbt romance")
    assert understand("lgbt", NoNames()).filters == Filters(genres=frozenset({"LGBTQ"}))
