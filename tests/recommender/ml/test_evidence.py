"""How much words, facts and fame count, by the kind of text; and what titles that are named say."""

from typing import Any

import numpy as np
import pytest

from recommender.ml import evidence as gather
from recommender.ml.composition import TitleText
from recommender.ml.evidence import FACT_WEIGHTS, FILTERED, LIKE_FAME, LIKE_WORDS, of_text, of_titles
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.likeness import likeness
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Understanding, understand
from recommender.ml.scoring import Evidence
from tests import worlds

WORLD = worlds.snapshot()
INDEX = WORLD.index
ROW_OF = {film.name: row for row, film in enumerate(worlds.FILMS)}


def vector_of(text: str) -> np.ndarray:
    return np.asarray(WORLD.encoder.encode([text])[0])


def asked(text: str, **changes: Any) -> Evidence:
    read = understand(text, IndexKnowledge(INDEX)) if not changes else Understanding(**changes)
    return of_text(INDEX, read, fold(text), vector_of(text))


def test_it_works() -> None:
    said = asked("a heist in space")
    assert said.text == "a heist in space"
    np.testing.assert_array_equal(said.about, said.vector)
    np.testing.assert_array_equal(said.lexical, INDEX.lexical.score("a heist in space"))
    assert not said.facts.any()
    assert (said.lexical_scale, said.prior_scale) == (1.0, 1.0)


def test_words_that_are_read_as_filters_are_not_searched_for_again() -> None:
    said = asked("movies from 2010 about a heist")
    np.testing.assert_array_equal(said.lexical, INDEX.lexical.score("heist"))
    assert said.text == "movies from 2010 about a heist", "the memory knows it as it was typed"


@pytest.mark.parametrize(
    ("n_words", "lexical_scale", "prior_scale"), [(1, 1.0, 1.0), (4, 1.0, 1.0), (8, 2**0.25, 0.5), (64, 2.0, 1 / 16)]
)
def test_the_longer_a_text_the_more_its_words_count_and_the_less_fame(
    n_words: int, lexical_scale: float, prior_scale: float
) -> None:
    text = " ".join(f"w{n}" for n in range(n_words))
    for query_class in ("description", "theme"):
        said = asked(text, query_class=query_class, rest=text)
        assert said.lexical_scale == pytest.approx(lexical_scale)
        assert said.prior_scale == pytest.approx(prior_scale)


def test_fame_leads_where_only_filters_are_asked_for() -> None:
    said = asked("crime movies")
    assert said.prior_scale == FILTERED
    assert not said.lexical.any()
    assert asked("the movies of Ridley Scott from 1979").prior_scale == FILTERED


def test_nothing_typed_points_nowhere_so_that_fame_alone_decides() -> None:
    said = asked("", query_class="empty")
    assert said.prior_scale == FILTERED
    assert not said.about.any()
    assert not said.vector.any()


def test_people_are_named_whatever_else_is_said() -> None:
    said = asked("w " * 16, query_class="mixed", filters=Filters(people=frozenset(["Ridley Scott"])), rest="w " * 16)
    assert said.prior_scale == 1.0


@pytest.mark.parametrize(
    ("hints", "field", "agreeing"),
    [
        ({"people": frozenset(["Ridley Scott"])}, "people", {"Alien"}),
        ({"directors": frozenset(["Michael Mann"])}, "directors", {"Heat"}),
        ({"genres": frozenset(["Romance"])}, "genres", {"Amélie", "Brief Encounter"}),
        ({"year_min": 1945, "year_max": 1945}, "year", {"Brief Encounter"}),
        ({"kind": "movie"}, "kind", set(ROW_OF)),
    ],
)
def test_what_was_said_in_passing_lifts_those_that_agree(
    hints: dict[str, Any], field: str, agreeing: set[str]
) -> None:
    said = asked("x", query_class="description", hints=Filters(**hints), rest="x")
    expected = [FACT_WEIGHTS[field] * (film.name in agreeing) for film in worlds.FILMS]
    assert said.facts == pytest.approx(expected)


def test_hints_add_up_and_one_that_weighs_nothing_is_passed_over() -> None:
    hints = Filters(people=frozenset(["Ridley Scott"]), genres=frozenset(["Horror"]), runtime_max=90)
    said = asked("x", query_class="description", hints=hints, rest="x")
    assert said.facts[ROW_OF["Alien"]] == pytest.approx(FACT_WEIGHTS["people"] + FACT_WEIGHTS["genres"])
    assert said.facts[ROW_OF["Heat"]] == 0


# ---- like titles


def test_more_like_a_title_asks_with_its_own_words_and_facts() -> None:
    row = ROW_OF["Heat"]
    said = of_titles(INDEX, [row])
    np.testing.assert_allclose(said.about, INDEX.content[row], atol=1e-6)
    np.testing.assert_array_equal(said.lexical, INDEX.lexical.score_like([row]))
    np.testing.assert_array_equal(said.facts, likeness(INDEX.facets, [row]))
    assert (said.lexical_scale, said.prior_scale) == (LIKE_WORDS, LIKE_FAME)
    assert said.text == "", "nobody typed anything, so the memory is asked by the vector alone"
    np.testing.assert_array_equal(said.vector, said.about)


def test_several_titles_are_asked_for_by_the_direction_between_them() -> None:
    one, other = ROW_OF["Heat"], ROW_OF["Gravity"]
    said = of_titles(INDEX, [one, other])
    assert np.linalg.norm(said.about) == pytest.approx(1, abs=1e-6)
    cosines = INDEX.content @ said.about
    assert cosines[one] == pytest.approx(cosines[other], abs=1e-5)
    assert set(np.argsort(-cosines)[:2].tolist()) == {one, other}
    np.testing.assert_array_equal(of_titles(INDEX, [other, one]).about, said.about)


def test_what_is_said_beside_titles_turns_the_direction_and_adds_its_words() -> None:
    row, rest = ROW_OF["Alien"], "funny"
    more = Understanding("like", hints=Filters(genres=frozenset(["Comedy"])), like=("Alien",), rest=rest)
    said = of_titles(
        INDEX, [row], text="like alien but funny", vector=vector_of("typed"), more=more, more_vector=vector_of(rest)
    )
    plain = of_titles(INDEX, [row])
    assert said.text == "like alien but funny"
    np.testing.assert_array_equal(said.vector, vector_of("typed"))
    assert said.about @ vector_of(rest) > plain.about @ vector_of(rest)
    np.testing.assert_allclose(said.lexical, plain.lexical + INDEX.lexical.score(rest), atol=1e-6)
    comedies = [FACT_WEIGHTS["genres"] * ("Comedy" in film.genres) for film in worlds.FILMS]
    np.testing.assert_allclose(said.facts - plain.facts, comedies, atol=1e-6)


def test_titles_that_are_not_embedded_point_nowhere() -> None:
    assert not gather._unit(np.zeros(4, np.float32)).any()


NAMESAKES = worlds.snapshot(
    [
        TitleText("House", directors=["Rob Zombie"], genres=["Comedy"], description="A family of killers."),
        TitleText("Corpses", directors=["Rob Zombie"], cast=["Sheri Moon Zombie"], description="More killers."),
        *(TitleText(f"Land {n}", description="A zombie wakes.", cast=["Tom Hanks"]) for n in range(5)),
    ]
).index


def test_a_name_that_is_rather_a_word_says_nothing_for_those_who_bear_it() -> None:
    """Most titles that say "zombie" mean one; all that say "hanks" mean him."""
    read = understand("zombie comedy", IndexKnowledge(NAMESAKES))
    said = of_text(NAMESAKES, read, "zombie comedy", vector_of("zombie comedy")).lexical
    assert said[0] == NAMESAKES.lexical.score("comedy")[0] > 0
    assert said[1] == 0
    assert (said[2:] == NAMESAKES.lexical.score("zombie comedy")[2:]).all()
    hanks = of_text(NAMESAKES, Understanding("theme", rest="hanks"), "hanks", vector_of("hanks")).lexical
    np.testing.assert_array_equal(hanks, NAMESAKES.lexical.score("hanks"))


def test_whoever_asks_for_people_asks_for_no_title_that_sounds_like_their_name() -> None:
    assert not asked("movies with ridley scott").about.any()
    assert asked("horror with ridley scott").about.any()


def test_with_means_before_the_camera() -> None:
    index = worlds.snapshot(
        [TitleText("Behind", directors=["Tom Hanks"]), TitleText("Before", cast=["Tom Hanks"])]
    ).index
    said = of_text(index, understand("with tom hanks", IndexKnowledge(index)), "with tom hanks", vector_of("x"))
    np.testing.assert_allclose(said.facts, [0, FACT_WEIGHTS["cast"]])
    plain = of_text(index, understand("tom hanks", IndexKnowledge(index)), "tom hanks", vector_of("x"))
    assert not plain.facts.any()


def test_a_comparative_beside_titles_is_no_word_to_look_for() -> None:
    index = worlds.snapshot(
        [
            TitleText("Amélie", description="A shy waitress in Paris."),
            TitleText("I Used to Be Darker", description="A girl runs away from a killer."),
            TitleText("Night", description="The darkest hour."),
        ]
    ).index

    def words(text: str) -> np.ndarray:
        read = understand(text, IndexKnowledge(index))
        assert read.like == ("Amélie",)
        return of_titles(
            index, [0], text=text, vector=vector_of(text), more=read, more_vector=vector_of(text)
        ).lexical

    alone = of_titles(index, [0]).lexical
    np.testing.assert_array_equal(words("films like amélie but darker"), alone)
    assert words("films like amélie but with a killer")[1] > alone[1], "no comparative: nothing is killest"


# ---- refused, and from elsewhere


def test_what_is_refused_speaks_against_titles_that_say_it_or_sound_like_it() -> None:
    said = asked("a heist")
    turned = gather.against(INDEX, said, ["crew"], vector_of("crew")[None])
    says = INDEX.lexical.score("crew") > 0
    assert says.any()
    assert (turned.lexical[says] < said.lexical[says]).all()
    np.testing.assert_array_equal(turned.lexical[~says], said.lexical[~says])
    assert turned.about @ vector_of("crew") < said.about @ vector_of("crew")
    assert turned.about @ said.about == pytest.approx(1, abs=1e-5), "what is asked for counts as before"
    assert turned.text == said.text


def test_what_only_refuses_is_about_anything_else() -> None:
    read = understand("no violence", IndexKnowledge(INDEX))
    said = of_text(INDEX, read, "no violence", np.zeros(len(INDEX.content[0]), np.float32))
    assert said.prior_scale == FILTERED
    assert not said.about.any()
    assert gather.against(INDEX, said, ["violence"], vector_of("violence")[None]).about @ vector_of("violence") < 0


def test_a_film_from_there_comes_before_one_that_was_paid_from_there() -> None:
    films = [
        TitleText("Money", genres=["Comedy"], countries=["Germany", "United States"], languages=["English"]),
        TitleText("Home", genres=["Comedy"], countries=["Germany"], languages=["German"]),
        TitleText("Abroad", genres=["Comedy"], countries=["France"], languages=["French"]),
    ]
    index = worlds.snapshot(films).index
    for text in ("german comedy", "comedies from germany"):
        said = of_text(index, understand(text, IndexKnowledge(index)), text, vector_of("x"))
        assert said.facts[1] == 0
        assert said.facts[2] < said.facts[0] < 0 or text != "german comedy"
        assert said.facts[0] < said.facts[1]
    plain = of_text(index, understand("comedy", IndexKnowledge(index)), "comedy", vector_of("x"))
    assert not plain.facts.any()
