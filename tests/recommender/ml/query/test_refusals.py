"""What is refused and no filter can keep away is left out of the search, and told apart from what merely lacks it."""

import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.query.refusals import refused_said, refused_titles
from recommender.ml.query.tokens import Said
from recommender.ml.query.understanding import understand
from tests import worlds
from tests.recommender.ml.query.catalogues import FamousNames


def dropped(text: str) -> list[str]:
    said = Said.of(text)
    return [said.raw(reading.first, reading.last) for reading in refused_said(said, [False] * len(said))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zombies but not scary", "but not scary"),
        ("robots, not too long", "not too long"),
        ("robots not in space", "not in space"),
        ("heat not the 1995 one", "not the 1995 one"),
        ("robots not scary or sad", "scary"),
        ("robots, no 90s", "no 90s"),
        ("robots without gore", "without gore"),
        ("robots -gore", "gore"),
        ("robots, no jump scares please", "no jump scares"),
        ("robots no aliens", "no aliens"),
        ("not funny", "not funny"),
        ("no violence", "no violence"),
    ],
)
def test_it_is_left_out(text: str, words: str) -> None:
    assert words in dropped(text)


@pytest.mark.parametrize(
    "text",
    [
        "not from 1994", "not your average hero", "man with no name", "rebel without a plan", "no exit",
        "no way home", "a boy who does not speak", "no place to hide", "",
        "No. Any robots?", "No haven't seen it",
        "not yet", "robots, but not the first", "No I was looking for a scary one",
    ],
)  # fmt: skip
def test_it_stays(text: str) -> None:
    assert dropped(text) == []


def test_what_is_vague_is_left_out_and_speaks_against_nothing() -> None:
    read = understand("robots, not too long", FamousNames())
    assert (read.rest, read.refused, read.chips) == ("robots", (), ())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("brad pitt not american beauty", "american beauty"),
        ("robots but not lost in translation", "lost in translation"),
        ("spies except the italian job please", "italian job"),
        ("robots not scary movie", None),
        ("robots not a western", None),
        ("robots no romantic comedy", None),
        ("not american beauty", None),
    ],
)
def test_a_title_is_refused_by_its_name(text: str, title: str | None) -> None:
    said = Said.of(text)
    found = [reading.label for reading in refused_titles(said, [False] * len(said), FamousNames())]
    assert found == ([f"Not: {title}"] if title else [])


def test_what_is_refused_is_a_chip_that_can_be_taken_out() -> None:
    text = "robots not scary or sad"
    read = understand(text, FamousNames())
    assert [(chip.field, chip.value, chip.label) for chip in read.chips] == [
        ("refused", "scary", "Not: scary"),
        ("refused", "sad", "Not: sad"),
    ]
    assert read.refused == read.chips
    assert not read.filters
    assert [read.without(text, chip) for chip in read.chips] == ["robots not sad", "robots not scary"]
    assert read.sought(text) == "robots"


FILMS = [
    TitleText("Fight Club", year=1999, cast=["Brad Pitt"], description="Men fight in a cellar."),
    TitleText("Fight Club", year=1999, cast=["Brad Pitt"], description="Another listing: men fight."),
    TitleText("Seven", year=1995, cast=["Brad Pitt"], description="A killer and seven sins."),
    TitleText("Vault", description="A heist in a bank: violence."),
    TitleText("Ladder", description="A heist in a town: patience."),
    TitleText("Town No Mercy", description="A sheriff rides alone."),
    TitleText("Without Violence", year=1950, description="A preacher walks through a war."),
    TitleText("No Strings Attached", year=2011, description="Two friends in bed."),
    TitleText("No Country", year=2007, description="A hunter finds money."),
]
WORLD = worlds.snapshot(FILMS)


def named(text: str) -> list[str]:
    return [FILMS[hit.title_id - 101].name for hit in search(WORLD, text).hits]


def test_titles_that_say_what_is_refused_come_last() -> None:
    assert named("heist in a bank")[0] == "Vault"
    assert named("heist in a bank, no violence")[0] == "Ladder"


def test_a_title_that_is_refused_is_gone_in_all_its_listings() -> None:
    assert named("brad pitt not fight club") == ["Seven"]
    assert named("brad pitt").count("Fight Club") == 2


def test_a_name_to_the_letter_is_found_by_it() -> None:
    assert named("without violence")[0] == "Without Violence"
    assert named("no country")[0] == "No Country"
    assert not search(WORLD, "no strings attached (2011) for romance").chips


def test_a_name_with_a_slip_in_it_refuses_nothing() -> None:
    ranking = search(WORLD, "town no merci")
    assert (FILMS[ranking.hits[0].title_id - 101].name, ranking.chips) == ("Town No Mercy", ())
    assert [chip.label for chip in search(WORLD, "town no clowns").chips] == ["Not: clowns"]


def test_nothing_but_a_refusal_asks_for_the_others() -> None:
    ranking = search(WORLD, "no violence")
    assert [chip.label for chip in ranking.chips] == ["Not: violence"]
    order = [FILMS[hit.title_id - 101].name for hit in ranking.hits]
    assert order.index("Vault") > order.index("Ladder")
