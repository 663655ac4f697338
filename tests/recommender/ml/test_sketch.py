"""The short form of the content: near enough for a first look, and none where none is needed."""

import numpy as np
import pytest

from recommender.ml import sketch
from recommender.ml.sketch import Sketch
from tests.worlds import crowded


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a small catalogue gets a sketch."""
    monkeypatch.setattr(sketch, "NEEDED_FROM", 1)


@pytest.mark.usefixtures("needed")
def test_it_works() -> None:
    content = crowded(300)
    short = Sketch.build(content)
    assert (len(short), short.vectors.shape, short.axes.shape) == (300, (300, sketch.N_AXES), (384, sketch.N_AXES))
    near, exact = short.compare(content[7]), content @ content[7]
    assert np.corrcoef(near, exact)[0, 1] > 0.9
    assert short.vectors.dtype == short.axes.dtype == short.compare(content[7]).dtype == np.float32


@pytest.mark.usefixtures("needed")
def test_its_axes_are_at_right_angles_and_of_unit_length() -> None:
    axes = Sketch.build(crowded(300)).axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(sketch.N_AXES), atol=1e-5)


@pytest.mark.usefixtures("needed")
def test_no_other_axes_keep_more() -> None:
    """The principal ones against as many random ones."""
    content = crowded(300)
    kept = np.square(Sketch.build(content).vectors).sum()
    draw = np.random.default_rng(5)
    for _ in range(20):
        other = np.linalg.qr(draw.standard_normal((384, sketch.N_AXES)))[0]
        assert np.square(content @ other).sum() < kept <= np.square(content).sum() * (1 + 1e-5)


@pytest.mark.usefixtures("needed")
def test_with_as_many_axes_as_dimensions_nothing_is_lost() -> None:
    content = crowded(50, dimension=16)
    short = Sketch.build(content)
    assert short.axes.shape == (16, 16)
    np.testing.assert_allclose(short.compare(content[3]), content @ content[3], atol=1e-5)


@pytest.mark.usefixtures("needed")
def test_axes_fitted_to_a_sample_serve_the_others_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "_SAMPLE", 250)
    content = crowded(1_000)
    short = Sketch.build(content)
    assert len(short) == 1_000
    others = np.arange(1_000) % 4 > 0  # the sample is every fourth
    error = short.compare(content[0]) - content @ content[0]
    assert np.abs(error[others]).max() < 0.1


@pytest.mark.usefixtures("needed")
def test_titles_that_are_not_embedded_stay_at_zero() -> None:
    content = crowded(40)
    content[5] = 0
    assert Sketch.build(content).compare(content[0])[5] == 0


@pytest.mark.parametrize("n", [0, 1, 500])
def test_a_small_catalogue_has_none(n: int) -> None:
    assert len(Sketch.build(crowded(500)[:n])) == 0


def test_the_same_content_gives_the_same_bytes(needed: None) -> None:
    one, other = (Sketch.build(crowded(200)) for _ in range(2))
    assert one.axes.tobytes() + one.vectors.tobytes() == other.axes.tobytes() + other.vectors.tobytes()
