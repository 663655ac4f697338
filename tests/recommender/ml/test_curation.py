"""Rules and synonyms, without a database: which concern a query, where a pin stands, what words also mean."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml import scoring, sketch
from recommender.ml.composition import TitleText
from recommender.ml.curation import Curation, Rule, Synonyms, places, with_pins
from recommender.ml.engine import popular, search
from recommender.ml.explore import Exploration
from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Ranking, Source, Tier
from tests import worlds

LIBRARY = worlds.snapshot(worlds.LIBRARY)
ID_OF = {film.name: 101 + row for row, film in reversed(list(enumerate(worlds.LIBRARY)))}
HEAT_AGAIN = 117
CROWD = worlds.snapshot(
    [TitleText(f"Film {place}x", description=f"A heist of {place % 7} casinos.") for place in range(60)]
)


def pin(title: str | int, place: int, text: str = "heist", match: Any = "exact") -> Rule:
    return Rule(match, text, "pin", title if isinstance(title, int) else ID_OF[title], place=place)


def lift(title: str | int, points: float, text: str = "heist", match: Any = "exact") -> Rule:
    return Rule(match, text, "lift", title if isinstance(title, int) else ID_OF[title], points=points)


def hide(title: str | int, text: str = "heist", match: Any = "exact") -> Rule:
    return Rule(match, text, "hide", title if isinstance(title, int) else ID_OF[title])


def asked(text: str, *rules: Rule, **options: Any) -> Ranking:
    return search(LIBRARY, text, curation=Curation(rules), **options)


def names(ranking: Ranking) -> list[str]:
    return [worlds.LIBRARY[hit.title_id - 101].name for hit in ranking.hits]


def ids(ranking: Ranking) -> list[int]:
    return [hit.title_id for hit in ranking.hits]


# ---- which rules concern a query


@pytest.mark.parametrize(
    ("match", "text", "query", "concerns"),
    [
        ("exact", "sci fi", "Sci-Fi!", True),
        ("exact", "sci fi", "sci fi films", False),
        ("contains", "sci fi", "good Sci-Fi films", True),
        ("contains", "sci fi", "fi sci", False),
        ("contains", "fi", "scifi", False),  # whole words
        ("contains", "a b", "a a b", True),
        ("any", "", "whatever", True),
        ("any", "", "", True),
    ],
)
def test_which_queries_a_rule_concerns(match: Any, text: str, query: str, concerns: bool) -> None:
    curation = Curation((Rule(match, text, "hide", 1),))
    assert bool(curation.acts(fold(query)).hidden) is concerns


def test_hiding_beats_pinning_lifts_add_up_and_the_older_pin_counts() -> None:
    rules = (pin(1, 5), pin(1, 2, "", "any"), lift(2, 0.1), lift(2, 0.2, "", "any"), pin(3, 1), hide(3))
    acts = Curation(rules).acts("heist")
    assert acts.pins == ((1, 5),)
    assert (set(acts.hidden), set(acts.certain)) == ({3}, {1, 3})
    assert acts.lifts == {2: pytest.approx(0.3)}


def test_a_place_that_is_taken_is_the_next_free_one() -> None:
    assert places([(7, 2), (8, 2), (9, 3), (5, 1)]) == {7: 2, 8: 3, 9: 4, 5: 1}


@given(st.lists(st.integers(1, 25), max_size=6), st.integers(0, 20))
def test_pinned_entries_stand_at_their_places_and_the_others_keep_their_order(wished: list[int], n: int) -> None:
    pins = places(enumerate(wished, start=100))
    order = with_pins(np.arange(n), pins).tolist()
    assert [entry for entry in order if entry < 100] == list(range(n))
    assert sorted(entry for entry in order if entry >= 100) == sorted(pins)
    for entry, place in pins.items():
        higher = sum(other < place for other in pins.values())
        assert order.index(entry) == min(place - 1, n + higher)


# ---- hide


def test_a_hidden_title_is_left_out_with_its_other_listings_though_it_is_named() -> None:
    assert {ID_OF["Heat"], HEAT_AGAIN} <= set(ids(asked("heat")))
    ranking = asked("heat", hide("Heat", "heat"))
    assert not {ID_OF["Heat"], HEAT_AGAIN} & set(ids(ranking))
    assert not {ID_OF["Heat"], HEAT_AGAIN} & set(LIBRARY.index.title_ids[ranking.rows].tolist())
    assert names(asked("alien", hide("Heat", "heat"))) == names(asked("alien"))


def test_a_rule_heeds_what_a_slip_was_taken_for() -> None:
    typed, meant = asked("aliem"), asked("aliem", hide("Alien", "alien"))
    assert names(typed)[0] == "Alien"
    assert "Alien" not in names(meant)


def test_hidden_everywhere_is_a_mask_for_every_list() -> None:
    curation = Curation((hide("Heat", "", "any"), hide("Alien")))
    mask = curation.hidden_everywhere(LIBRARY.index)
    assert mask is not None
    assert set(LIBRARY.index.title_ids[mask].tolist()) == {ID_OF["Heat"], HEAT_AGAIN}
    assert "Heat" not in names(popular(LIBRARY, among=~mask))
    assert Curation((hide("Alien"),)).hidden_everywhere(LIBRARY.index) is None


# ---- lift


def test_a_lift_is_a_part_of_its_own() -> None:
    plain, lifted = asked("thieves plan a heist"), asked("thieves plan a heist", lift("Heat", 0.5, "", "any"))
    before, after = ({hit.title_id: hit for hit in ranking.hits} for ranking in (plain, lifted))
    heat = ID_OF["Heat"]
    assert ids(lifted)[0] == heat != ids(plain)[0]
    assert after[heat].parts == {**before[heat].parts, "lift": 0.5}
    assert after[heat].score == pytest.approx(before[heat].score + 0.5, abs=1e-6)
    assert after[heat].relevance == before[heat].relevance
    for hit in lifted.hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-6)


def test_no_lift_passes_a_title_that_the_text_names() -> None:
    ranking = asked("alien", lift("Gravity", 5.0, "", "any"))
    assert names(ranking)[:2] == ["Alien", "Gravity"]


def test_a_lift_reaches_a_title_that_the_first_pass_would_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "NEEDED_FROM", 0)
    monkeypatch.setattr(scoring, "N_CANDIDATES", 3)
    world = worlds.snapshot(worlds.LIBRARY)
    far = ids(search(LIBRARY, "thieves plan a heist", limit=100))[12]
    assert far not in ids(search(world, "thieves plan a heist"))
    assert ids(search(world, "thieves plan a heist", curation=Curation((lift(far, 5.0, "", "any"),))))[0] == far
    assert ids(search(world, "thieves plan a heist", curation=Curation((pin(far, 2, "", "any"),))))[1] == far


# ---- pin


@pytest.mark.parametrize("place", [1, 3, 20])
def test_a_pin_stands_at_its_place_whatever_is_found(place: int) -> None:
    ranking = search(CROWD, "heist", curation=Curation((pin(150, place),)))
    hit = ranking.hits[place - 1]
    assert hit.title_id == 150
    assert (hit.propensity, Source.PINNED in hit.sources, hit.tier) == (1.0, True, Tier.SEMANTIC)
    assert len(set(ids(ranking))) == 20
    assert [hit.title_id for hit in ranking.hits if Source.PINNED in hit.sources] == [150]


def test_a_pin_stands_above_a_name_and_shows_what_nothing_speaks_for() -> None:
    ranking = asked("alien", pin("Untold", 1, "alien"))
    assert names(ranking)[:2] == ["Untold", "Alien"]
    assert ranking.n_matches == asked("alien").n_matches
    assert names(asked("qqqqzzzz", pin("Untold", 4, "qqqqzzzz"))) == ["Untold"]  # a short list leaves no gap


def test_a_pin_passes_what_the_reader_asked_for() -> None:
    rule = pin("Alien", 1, "", "any")
    assert names(asked("heist", rule))[0] == "Alien"
    assert "Alien" not in names(asked("heist", rule, filters=Filters(year_min=1990)))
    assert "Alien" not in names(asked("heist since 1990", rule))
    mask = LIBRARY.index.title_ids == ID_OF["Alien"]
    assert "Alien" not in names(asked("heist", rule, hidden=mask))
    named = asked("alien", pin("Alien", 3, "alien"), hidden=mask)
    assert names(named)[0] == "Alien"  # by its name, which a reader who hid it may still type
    assert Source.PINNED not in named.hits[0].sources


def test_who_pins_for_exactly_this_text_knew_what_it_asks_for() -> None:
    assert names(asked("comedies since 1990", pin("Airplane!", 1, "comedies since 1990")))[0] == "Airplane!"
    assert "Airplane!" not in names(asked("comedies since 1990", pin("Airplane!", 1, "comedies", "contains")))


def test_two_pins_of_one_place_share_it_out_among_those_that_show() -> None:
    rules = (pin("Alien", 1), pin("Gravity", 1), pin("Okja", 1))
    assert names(asked("heist", *rules))[:3] == ["Alien", "Gravity", "Okja"]
    assert names(asked("heist", *rules, filters=Filters(year_min=1990)))[:2] == ["Gravity", "Okja"]


@pytest.mark.parametrize("size", [3, 7, 20])
@pytest.mark.parametrize("diversity", [0.0, 0.8])
def test_pages_neither_lose_nor_repeat_a_title(size: int, diversity: float) -> None:
    curation = Curation((pin(150, 2), pin(120, 9), pin(101, 9)))
    whole = ids(search(CROWD, "heist", limit=100, curation=curation, diversity=diversity))
    assert (whole[1], whole[8], whole[9]) == (150, 120, 101)
    seen: list[int] = []
    while page := search(CROWD, "heist", limit=size, without=seen, curation=curation, diversity=diversity).hits:
        seen += [hit.title_id for hit in page]
    assert seen == whole
    assert len(set(seen)) == 60


def test_a_pin_that_comes_between_two_pages_stands_where_it_ranks() -> None:
    whole = ids(search(CROWD, "heist", limit=100))
    late = whole[-1]
    following = search(CROWD, "heist", limit=100, without=whole[:20], curation=Curation((pin(late, 1),)))
    assert ids(following) == whole[20:]
    assert not any(Source.PINNED in hit.sources for hit in following.hits)


def test_a_page_with_a_pin_is_not_explored() -> None:
    draws = [Exploration(1.0, seed) for seed in range(40)]
    assert any(ids(search(CROWD, "heist", explore=each)) != ids(search(CROWD, "heist")) for each in draws)
    curation = Curation((pin(150, 5),))
    for each in draws:
        hits = search(CROWD, "heist", explore=each, curation=curation).hits
        assert hits == search(CROWD, "heist", curation=curation).hits
        assert {hit.propensity for hit in hits} == {1.0}


def test_an_order_of_the_readers_own_has_no_pins() -> None:
    curation = Curation((pin(1, 1), hide(2)))
    assert curation.unpinned.rules == (hide(2),)
    assert curation.unpinned.unpinned is curation.unpinned


# ---- synonyms

SCI_FI = Synonyms(("sci fi", "science fiction", "scifi"))


def test_what_words_also_mean() -> None:
    both = Curation(synonyms=(SCI_FI, Synonyms(("tearjerker", "sad drama"), is_one_way=True)))
    assert both.rewordings("a sci fi tearjerker") == ["a science fiction sad drama", "a scifi tearjerker"]
    assert both.rewordings("sad drama") == []
    assert both.rewordings("scifi") == ["sci fi", "science fiction"]
    assert both.said("sci fi tearjerker sci") == ["sci fi", "tearjerker"]


def test_the_longest_words_count_and_no_more_than_three_are_tried() -> None:
    sets = (Synonyms(("war", "battle")), Synonyms(("war film", "a", "b", "c", "d", "e")))
    assert Curation(synonyms=sets).rewordings("old war film") == ["old a", "old b", "old c"]
    assert Curation(synonyms=sets).rewordings("warfare film") == []


def test_a_word_that_nobody_writes_finds_what_it_means() -> None:
    curation = Curation(synonyms=(Synonyms(("skiffle", "astronauts in space")),))
    assert "Gravity" not in names(search(LIBRARY, "skiffle"))
    ranking = search(LIBRARY, "skiffle", curation=curation)
    assert names(ranking)[0] == "Gravity"
    assert (ranking.text, ranking.corrected_query) == ("skiffle", None)


def test_a_word_of_a_set_is_not_taken_for_a_slip() -> None:
    assert search(LIBRARY, "aliem").corrected_query == "Alien"
    curation = Curation(synonyms=(Synonyms(("aliem", "mafia family"), is_one_way=True),))
    ranking = search(LIBRARY, "aliem", curation=curation)
    assert ranking.corrected_query is None
    assert names(ranking)[0] == "The Godfather"


def test_names_and_filters_are_those_of_the_words_as_typed() -> None:
    curation = Curation(synonyms=(Synonyms(("space", "comedy since 2000")),))
    ranking = search(LIBRARY, "space", curation=curation)
    assert ranking.chips == search(LIBRARY, "space").chips == ()
    named = Curation(synonyms=(Synonyms(("creature", "heat")),))
    assert search(LIBRARY, "creature", curation=named).n_matches == 0


def test_where_no_word_of_a_set_occurs_nothing_changes() -> None:
    curation = Curation((hide("Alien"),), (SCI_FI,))
    for text in ("space", "heat", "like heat", "crime since 1990", "qqqqzzzz", ""):
        assert search(LIBRARY, text, curation=curation) == search(LIBRARY, text)
        assert ids(search(LIBRARY, text, curation=curation)) == ids(search(LIBRARY, text))
