"""The fit of affinities: against the same ridge written out, order, repeats, and where attention goes."""

import numpy as np
import pytest

from recommender.ml.affinity import AffinityIndex
from training.ml.affinity import SECONDS_PER_DAY, AffinityConfig, attention_shares, fit, trust

DAY = float(SECONDS_PER_DAY)
EVERYTHING = AffinityConfig(min_people=1, ridge=5.0, least_people=0)


def people_who_move_on(
    n_people: int = 60, n_titles: int = 12, length: int = 6, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everybody goes from a title to the next one in a circle, three times of four; else anywhere."""
    draw = np.random.default_rng(seed)
    rows = []
    for person in range(n_people):
        title = int(draw.integers(n_titles))
        for step in range(length):
            rows.append((person, title, person * DAY / 7 + step * 60.0))
            title = (title + 1) % n_titles if draw.random() < 0.75 else int(draw.integers(n_titles))
    people, titles, times = (np.array(column) for column in zip(*rows, strict=True))
    return people, titles + 100, times.astype(np.float64)


def as_matrix(affinity, n_titles: int = 12) -> np.ndarray:
    rows = {title + 100: title for title in range(n_titles)}
    return AffinityIndex(affinity, rows).between(np.arange(n_titles), np.arange(n_titles))


def written_out(people, titles, times, config: AffinityConfig, n_titles: int = 12) -> np.ndarray:
    """The same ridge with every lesson as a row."""
    order = np.lexsort((np.arange(len(times)), times, people))
    xs, ys = [], []
    days = np.unique(np.floor(times / DAY)) * DAY
    kept: list[tuple[int, int, float]] = []
    for person, title, moment in zip(people[order], titles[order] - 100, times[order], strict=True):
        if (person, title) not in {each[:2] for each in kept}:
            kept.append((person, title, moment))
    shares = attention_shares(np.array([k[1] for k in kept]), np.array([k[2] for k in kept]), days, n_titles, config)
    for place, (person, title, moment) in enumerate(kept):
        known = [k[1] for k in kept[:place] if k[0] == person]
        x, y = np.zeros((2, n_titles))
        for n_newer, each in enumerate(reversed(known[-config.window :])):
            x[each] = 1 / (1 + n_newer / config.fading)
        y[title] = 1
        expected = shares[np.searchsorted(days, np.floor(moment / DAY) * DAY)].astype(float)
        expected[known] = 0
        xs.append(x)
        ys.append(y - expected)
    x, y = np.array(xs), np.array(ys)
    believed = trust(len(np.unique(people)), config)
    return 100 * believed * np.linalg.solve(x.T @ x + config.ridge * np.eye(n_titles), x.T @ y)


@pytest.mark.parametrize("window", [50, 3])
def test_it_is_the_ridge_it_says(window: int) -> None:
    histories = people_who_move_on()
    config = AffinityConfig(min_people=1, ridge=5.0, window=window, least_people=0, half_people=1e-3)
    np.testing.assert_allclose(
        as_matrix(fit(*histories, config=config)), written_out(*histories, config=config), atol=0.03, rtol=2e-3
    )


def test_it_works() -> None:
    """Of all titles, the one that people move on to gains the most."""
    points = as_matrix(fit(*people_who_move_on(), config=EVERYTHING))
    assert points.argmax(axis=1).tolist() == [(title + 1) % 12 for title in range(12)]


def test_equal_histories_in_any_order_give_equal_bytes() -> None:
    people, titles, times = people_who_move_on()
    shuffled = np.random.default_rng(1).permutation(len(people))
    first, again = fit(people, titles, times), fit(people[shuffled], titles[shuffled], times[shuffled])
    assert {name: array.tobytes() for name, array in first.to_arrays().items()} == {
        name: array.tobytes() for name, array in again.to_arrays().items()
    }


def test_choosing_again_teaches_nothing_new() -> None:
    people, titles, times = people_who_move_on()
    twice = fit(np.append(people, people), np.append(titles, titles), np.append(times, times + 10 * DAY), now=1e9)
    once = fit(people, titles, times, now=1e9)
    np.testing.assert_array_equal(twice.points, once.points)
    np.testing.assert_array_equal(twice.attention, once.attention)


def test_titles_that_few_chose_get_no_row_but_attention() -> None:
    people, titles, times = people_who_move_on()
    table = fit(np.append(people, 0), np.append(titles, 999), np.append(times, 1.0))
    assert 999 not in table.title_ids
    assert 999 in table.attended
    table.check()


def test_only_the_most_chosen_and_the_largest_are_kept() -> None:
    table = fit(*people_who_move_on(), config=AffinityConfig(max_titles=7, entries=2))
    assert len(table) == 7
    assert np.diff(table.starts).tolist() == [2] * 7
    table.check()


def test_people_with_one_choice_each_teach_attention_alone() -> None:
    table = fit(np.arange(9), np.repeat([5, 6, 7], 3), np.arange(9.0), EVERYTHING)
    assert not table.points.any()
    assert table.attention.min() > 0


def test_nobody_teaches_nothing() -> None:
    assert len(fit(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))) == 0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        fit(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([np.nan]))
    with pytest.raises(ValueError, match="every choice"):
        fit(np.zeros(2, np.int64), np.zeros(1, np.int64), np.zeros(1))
    with pytest.raises(ValueError, match="nothing can be fitted"):
        AffinityConfig(ridge=0)


def test_attention_goes_where_it_went_lately_and_falls_back_on_the_longer_run() -> None:
    old, new = np.zeros(1000, np.int64), np.ones(1000, np.int64)
    titles, times = np.append(old, new), np.append(np.zeros(1000), np.full(1000, 99.0)) * DAY
    then, now, later = attention_shares(titles, times, np.array([98.0, 100.0, 4000.0]) * DAY, 2)
    assert then[1] == 0
    assert now[1] > 0.8
    assert later[1] == pytest.approx(later[0], abs=0.01)
    assert then.sum() == pytest.approx(1000 / (1000 + AffinityConfig().lean))
    assert now.sum() == pytest.approx(2000 / (2000 + AffinityConfig().lean))


def test_that_choices_are_recent_makes_them_no_more_of_them() -> None:
    titles, lean = np.zeros(105, np.int64), AffinityConfig().lean
    for days_ago in (0.01, 400.0):
        now = np.array([1000.0]) * DAY
        share = attention_shares(titles, now[0] - np.full(105, days_ago * DAY), now, 1)
        assert share.sum() == pytest.approx(105 / (105 + lean), rel=1e-3)


def test_what_few_people_did_is_believed_by_their_number_and_not_by_how_much_they_did() -> None:
    assert [trust(n) for n in (0, 35, AffinityConfig().least_people)] == [0, 0, 0]
    assert trust(AffinityConfig().least_people + 1) < 0.01
    assert 0.9 < trust(12_000) < 1
    few, many = people_who_move_on(35), people_who_move_on(35, length=12)
    for histories in (few, many):
        table = fit(*histories)
        assert len(table) == 0
        assert not table.attention.any()
    small, large = (fit(*people_who_move_on(n)).attention.sum() for n in (80, 800))
    assert 0 < 10 * small < large


def test_attention_looks_only_back() -> None:
    titles, times = np.array([0, 1]), np.array([5.0, 10.0])
    assert attention_shares(titles, times, np.array([5.0, 10.0]), 2)[:, 1].tolist() == [0, 0]
