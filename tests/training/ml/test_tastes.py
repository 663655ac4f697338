"""Tastes are own ratings where they are known, and sensible guesses elsewhere."""

import numpy as np
import pytest

from training.ml.tastes import MIDDLE, STEEPNESS, Tastes, fit_tastes


def liking_of(stars: float) -> float:
    return float(1 / (1 + np.exp(-STEEPNESS * (stars - MIDDLE))))


def rated(rows: list[tuple[int, int, float]], shape: tuple[int, int]) -> Tastes:
    people, titles, stars = zip(*rows, strict=True)
    return fit_tastes(np.array(people), np.array(titles), np.array(stars, np.float32), shape)


def test_it_works() -> None:
    tastes = rated([(0, 0, 5.0), (0, 1, 1.0), (1, 0, 4.0)], (2, 3))
    assert tastes.liking.shape == (2, 3)
    assert tastes.liking[0, 0] == pytest.approx(liking_of(5))
    assert tastes.liking[0, 1] == pytest.approx(liking_of(1))
    assert tastes.own.tolist() == [[True, True, False], [True, False, False]]
    np.testing.assert_allclose(tastes.mean, tastes.liking.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(tastes.mean_of_own, [(liking_of(5) + liking_of(4)) / 2, liking_of(1), 0], rtol=1e-5)


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(stars float[200, 60], known bool): two camps of people and two kinds of title, a third of it rated."""
    draw = np.random.default_rng(seed)
    camp, kind = draw.integers(0, 2, 200) * 2 - 1, draw.integers(0, 2, 60) * 2 - 1
    stars = np.clip(3.2 + 0.9 * np.outer(camp, kind) + 0.4 * draw.standard_normal((200, 60)), 0.5, 5)
    return stars, draw.random((200, 60)) < 1 / 3


def test_what_is_not_rated_is_guessed_from_those_of_the_same_taste() -> None:
    stars, known = world()
    people, titles = np.nonzero(known)
    tastes = fit_tastes(people, titles, stars[known].astype(np.float32), stars.shape)
    truth = 1 / (1 + np.exp(-STEEPNESS * (stars - MIDDLE)))
    error = np.abs(tastes.liking - truth)[~known].mean()
    by_mean = np.abs(truth[known].mean() - truth)[~known].mean()
    assert error < 0.6 * by_mean


def test_the_same_ratings_give_the_same_tastes() -> None:
    stars, known = world(1)
    people, titles = np.nonzero(known)
    one, other = (fit_tastes(people, titles, stars[known].astype(np.float32), stars.shape) for _ in range(2))
    np.testing.assert_array_equal(one.liking, other.liking)


def test_one_rating_says_little_of_a_title() -> None:
    """25 imagined ratings at the mean: a single five-star rating does not make a favourite."""
    rows = [(person, 0, 3.5) for person in range(1, 40)] + [(0, 1, 5.0)]
    tastes = rated(rows, (41, 2))
    assert tastes.liking[40, 1] < liking_of(3.8)
