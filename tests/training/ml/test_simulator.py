"""Simulated people do what the model of them says: look by place, choose by taste, and repeat themselves by seed."""

from dataclasses import replace

import numpy as np
import pytest

from training.ml.simulator import HOME, Habits, Intent, Page, People, Visit, World
from training.ml.tastes import Tastes

N = 20
THEME = Intent("theme", "Space  Opera", {0: 1.0, 1: 0.5})
LIKING = np.full((3, N), 0.8, np.float32)


def world(*intents: Intent, habits: Habits | None = None, liking: np.ndarray = LIKING) -> World:
    chosen = intents or (THEME,)
    return World(
        chosen,
        np.full(len(chosen), 1 / len(chosen)),
        Tastes(liking, np.ones_like(liking, np.bool_)),
        np.full(len(liking), 1 / len(liking)),
        habits or Habits(),
    )


def page(_intent: Intent, _who: str) -> Page:
    return Page(tuple(range(N)), (1.0,) * N)


def visits(people: People, n: int) -> list[Visit]:
    return [people.visit(page) for _ in range(n)]


def test_it_works() -> None:
    visit = People(world(), seed=1).visit(page)
    assert visit.intent is THEME
    assert visit.logged.text == "space opera"
    assert visit.logged.shown == tuple(range(N))
    assert visit.logged.who == f"p{visit.person}"
    assert all(deed.who == visit.logged.who and deed.at > visit.logged.at for deed in visit.logged.deeds)


def test_the_same_seed_gives_the_same_people() -> None:
    assert visits(People(world(), seed=3), 50) == visits(People(world(), seed=3), 50)
    assert visits(People(world(), seed=3), 50) != visits(People(world(), seed=4), 50)


def test_what_one_person_is_shown_changes_no_other() -> None:
    """Visits draw from streams of their own: another page for the first leaves the second as it was."""
    one, other = People(world(), seed=3), People(world(), seed=3)
    one.visit(page)
    other.visit(lambda _intent, _who: Page((), ()))
    assert one.visit(page) == other.visit(page)


@pytest.mark.parametrize("exponent", [0.5, 1.1])
def test_clicks_fall_with_the_place_as_attention_does(exponent: float) -> None:
    everywhere = Intent("theme", "anything", dict.fromkeys(range(N), 1.0))
    habits = Habits(examination=exponent, accident=0.0, opinion=0.0)
    found = visits(People(world(everywhere, habits=habits), seed=0), 4_000)
    clicks = np.bincount([deed.title_id for visit in found for deed in visit.logged.deeds], minlength=N)
    expected = 4_000 * 0.8 * np.arange(1, N + 1) ** -exponent
    assert np.abs(clicks - expected).max() < 4.5 * np.sqrt(expected.max())
    assert np.all(np.abs(clicks - expected) < 4.5 * np.sqrt(expected) + 1)


def test_what_does_not_fit_is_chosen_only_by_accident() -> None:
    def wrong(accident: float) -> float:
        people = People(world(habits=Habits(accident=accident)), seed=0)
        clicked = [deed.title_id for v in visits(people, 2_000) for deed in v.logged.deeds if deed.action == "click"]
        return sum(title > 1 for title in clicked) / len(clicked)

    assert wrong(0.0) == 0.0
    assert wrong(0.05) == pytest.approx(0.05 * 18 / 20, abs=0.02)


def test_opinions_follow_clicks_by_taste() -> None:
    liking = np.stack([np.full(N, 0.9, np.float32), np.full(N, 0.1, np.float32)])
    sure = replace(THEME, by_taste=False)
    found = visits(People(world(sure, habits=Habits(opinion=1.0), liking=liking), seed=0), 500)
    likes = {person: [] for person in (0, 1)}  # type: dict[int, list[bool]]
    for visit in found:
        likes[visit.person] += [deed.action == "like" for deed in visit.logged.deeds if deed.action != "click"]
    assert np.mean(likes[0]) == pytest.approx(0.9, abs=0.07)
    assert np.mean(likes[1]) == pytest.approx(0.1, abs=0.07)


def test_whoever_looks_for_one_title_takes_it_whether_they_like_it_or_not() -> None:
    cold = np.full((1, N), 0.01, np.float32)
    named = Intent("title", "heat", {0: 1.0}, by_taste=False)
    here = world(named, liking=cold)
    assert here.gains(named, cold[0]) == {0: 1.0}
    assert here.utility(named, cold[0], [0, 5]) == 1.0
    assert here.utility(named, cold[0], [5, 0]) == pytest.approx(2**-1.1)


def test_at_home_every_title_may_do() -> None:
    here = world(Intent(HOME, ""))
    attraction = here.attraction(here.intents[0], LIKING[0], range(N))
    np.testing.assert_allclose(attraction, 0.3 * 0.8, rtol=1e-6)


def test_utility_is_what_is_clicked_on_average() -> None:
    here = world(habits=Habits(accident=0.0, opinion=0.0))
    found = visits(People(here, seed=5), 4_000)
    clicks = sum(len(visit.logged.deeds) for visit in found) / 4_000
    assert clicks == pytest.approx(here.utility(THEME, LIKING[0], range(N)), abs=0.04)
