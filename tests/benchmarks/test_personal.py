"""The benchmark of personal ranking: who is asked what, ranks, rivals, and our sums as the product's."""

import numpy as np
import pytest

from benchmarks.personal_ranking import small_site
from benchmarks.personal_ranking.histories import Case, Histories, gains, hits, new_people, next_films, ranks
from benchmarks.personal_ranking.ours import WAYS, Ours, World
from benchmarks.personal_ranking.tasks import cold_titles, next_film, ranked
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex

N_TITLES = 30
DAY = 86_400.0


@pytest.fixture(scope="module")
def histories() -> Histories:
    return histories_of(80)


def histories_of(n_people: int) -> Histories:
    """Everybody goes on to the next title, most of the time."""
    draw = np.random.default_rng(0)
    rows = []
    for person in range(n_people):
        title = int(draw.integers(N_TITLES))
        seen: set[int] = set()
        while len(seen) < 10:
            if title not in seen:
                rows.append((person, title, person * DAY + len(seen)))
                seen.add(title)
            title = (title + 1) % N_TITLES if draw.random() < 0.8 else int(draw.integers(N_TITLES))
    people, titles, times = (np.array(column) for column in zip(*rows, strict=True))
    return Histories(people, titles, times.astype(np.float64))


@pytest.fixture(scope="module")
def world(histories: Histories) -> World:
    content = np.random.default_rng(1).standard_normal((N_TITLES, 8)).astype(np.float32)
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    texts = [TitleText(f"Film {row}") for row in range(N_TITLES)]
    return World.of(CatalogIndex.build(range(N_TITLES), texts, content, list(range(N_TITLES))), histories)


def test_the_newest_film_is_held_out_and_never_trained_on(histories: Histories) -> None:
    training, cases = next_films(histories)
    assert len(training) == len(histories) - 80
    assert all(case.target not in case.known and case.moment > case.times.max() for case in cases)
    second, earlier = next_films(histories, drop=1)
    assert len(second) == len(histories) - 160
    assert [case.target for case in earlier] == [case.known[-1] for case in cases]


def test_new_people_know_the_films_before_their_newest(histories: Histories) -> None:
    asked = new_people(histories, (0, 1, 3))
    assert [case.target for case in asked[0]] == [case.target for case in asked[3]]
    assert [len(case.known) for case in (asked[0][0], asked[1][0], asked[3][0])] == [0, 1, 3]
    assert asked[3][0].known[-1] == asked[1][0].known[0]
    assert new_people(histories, (0, 10))[0] == []


def test_known_films_do_not_stand_in_the_way_and_ties_are_shared() -> None:
    case = Case(np.array([0]), np.zeros(1), 1, 1.0)
    scores = np.array([[9, 5, 5, 7, 1]], np.float32)
    assert ranks(scores, [case]).tolist() == [1.5]
    assert hits(np.array([9.5, 10.0])).tolist() == [1, 0]
    assert gains(np.array([0.0, 2.0, 10.0])).tolist() == [1, 0.5, 0]


@pytest.mark.parametrize("way", ["ours", "content only", "affinity only", "without decay"])
def test_our_matrices_say_what_the_product_says_for_one_person(world: World, histories: Histories, way: str) -> None:
    training, cases = next_films(histories)
    Ours(world, training, WAYS[way]).check(cases[:10])


def test_what_comes_next_is_found_by_whoever_looks_at_the_order(world: World) -> None:
    pytest.importorskip("implicit")
    many = histories_of(1_000)  # few would not be believed
    found = {name: hits(ranks, 1).mean() for name, ranks in next_film(world, many, drop=0, sample=200)}
    assert found["ours"] > 0.4
    assert found["ours"] > max(found["popularity"], found["EASE"], found["item-kNN"], found["implicit ALS"])
    assert found["ours"] > found["content only"]


def test_a_history_is_not_seen_before_its_day(world: World, histories: Histories) -> None:
    """The prior on the first day knows nobody, so it is what fame promises."""
    ours = Ours(world, histories)
    first = Case(np.zeros(0, np.int64), np.zeros(0), 1, 3600.0)
    assert np.argmax(ours.prior([first])[0]) == N_TITLES - 1
    assert ours.prior([first]).sum() == pytest.approx(100, rel=1e-3)


def test_cold_titles_are_ranked_among_themselves(world: World, histories: Histories) -> None:
    found = cold_titles(world, histories, drop=0)
    assert {len(values) for values in found.values()} == {len(found["ours"])}
    assert min(values.min() for values in found.values()) > 0.3  # three titles: at worst third place


def test_ranks_come_in_the_order_of_the_cases(world: World, histories: Histories) -> None:
    _, cases = next_films(histories)
    alone = [ranked(Ours(world, histories).scores, [case])[0] for case in cases[:5]]
    assert ranked(Ours(world, histories).scores, cases[:5]).tolist() == alone


GENRES = ("Sci-Fi", "Animation", "Horror", "Romance")
EACH = 40


@pytest.fixture(scope="module")
def cinema() -> CatalogIndex:
    """Films of four kinds, told apart by what they are about; the first of each kind are famous."""
    kinds = np.repeat(np.arange(len(GENRES)), EACH)
    content = np.eye(16, dtype=np.float32)[kinds]
    content += 0.3 * np.random.default_rng(2).standard_normal(content.shape).astype(np.float32)
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    texts = [TitleText(f"Film {row}", genres=[GENRES[kind]]) for row, kind in enumerate(kinds)]
    fame = [10_000 / (1 + row % EACH) for row in range(len(kinds))]
    return CatalogIndex.build(range(len(kinds)), texts, content, fame)


@pytest.mark.parametrize("n_people", small_site.CROWDS)
def test_those_who_came_first_do_not_decide_for_newcomers_of_another_taste(
    cinema: CatalogIndex, n_people: int
) -> None:
    crowd = small_site.famous_of(cinema, small_site.CROWD, small_site.FAMOUS)
    newcomers = [small_site.famous_of(cinema, genre, small_site.LOVED) for genre in small_site.NEWCOMERS]
    assert small_site.shared_places(cinema, crowd, newcomers, n_people) < 0.3


def test_of_few_people_nothing_is_believed_and_of_many_something(cinema: CatalogIndex) -> None:
    crowd = small_site.famous_of(cinema, small_site.CROWD, small_site.FAMOUS)
    assert not small_site.taught_by(cinema, crowd, small_site.TAUGHT_BY).attention.any()
    assert small_site.taught_by(cinema, crowd, 1_000).attention.max() > 1
