"""The catalogue as arrays: what is saved is what is loaded."""

from pathlib import Path

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex, fame, standing
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState
from tests import worlds


def test_it_works(tmp_path: Path) -> None:
    index = worlds.snapshot().index
    index.save(tmp_path)
    loaded = CatalogIndex.load(tmp_path)
    assert len(loaded) == len(worlds.FILMS)
    assert list(loaded.names) == [film.name for film in worlds.FILMS]
    assert loaded.row_of_title == {101 + row: row for row in range(len(worlds.FILMS))}
    assert loaded.facets.years.tolist() == [film.year for film in worlds.FILMS]


@pytest.mark.parametrize("films", [worlds.FILMS, worlds.FILMS[:1], [TitleText("\ud800")], []], ids=len)
def test_a_loaded_index_answers_like_the_built_one(films: list[TitleText], tmp_path: Path) -> None:
    built = worlds.snapshot(films)
    built.index.save(tmp_path)
    loaded = Snapshot(0, CatalogIndex.load(tmp_path), built.state, built.encoder)
    for query in ("the god father", "incepton", "a heist in space", "1979", "\ud800", "nothing of the kind"):
        assert search(loaded, query) == search(built, query)
        assert search(loaded, query).rows.tolist() == search(built, query).rows.tolist()


def test_a_loaded_index_filters_like_the_built_one(tmp_path: Path) -> None:
    index = worlds.snapshot().index
    index.save(tmp_path)
    loaded = CatalogIndex.load(tmp_path).facets
    filters = Filters(genres=frozenset(["Crime"]), directors=frozenset(["michael mann"]), year_min=1990)
    mask = loaded.mask(filters)
    assert mask is not None
    assert np.flatnonzero(mask).tolist() == [9]
    assert list(loaded.people_names) == sorted(film.directors[0] for film in worlds.FILMS)
    assert loaded.counts(None, ["genres", "years"]) == index.facets.counts(None, ["genres", "years"])


def test_the_loaded_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    worlds.snapshot().index.save(tmp_path)
    content = CatalogIndex.load(tmp_path).content
    assert isinstance(content.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        content[0, 0] = 1.0


def test_a_missing_array_is_an_error(tmp_path: Path) -> None:
    worlds.snapshot().index.save(tmp_path)
    (tmp_path / "prior.npy").unlink()
    with pytest.raises(FileNotFoundError):
        CatalogIndex.load(tmp_path)


def test_an_unknown_year_is_zero_and_content_is_kept_as_float32() -> None:
    index = CatalogIndex.build([5], [TitleText("Heat")], np.ones((1, 2), np.float64), [None])
    assert index.facets.years.tolist() == [0]
    assert index.content.dtype == np.float32
    assert len(index) == 1


def test_fame_is_the_share_of_the_largest_log() -> None:
    assert fame([0.0, 9.0, 99.0, None, -5.0]) == pytest.approx([0, 0.5, 1, 0, 0])
    assert fame([]).shape == (0,)
    assert fame([None, None]).tolist() == [0, 0]
    assert fame([0.5]) == pytest.approx([np.log(1.5)]), "a handful of votes is no fame"


def test_equal_catalogues_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        worlds.snapshot().index.save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) > 15
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes(), file


def test_a_model_of_another_dimension_is_no_part_of_it() -> None:
    """Whoever pairs them gets an error at the first search, never a wrong ranking."""
    snapshot = worlds.snapshot(state=ModelState.untrained(ModelConfig(dimension=8)))
    with pytest.raises(ValueError, match="mismatch"):
        search(snapshot, "a heist in space")


def test_standing_is_fame_and_between_equals_the_newer() -> None:
    high = standing(np.array([0.9, 0.3, 0.3], np.float32), np.array([1950, 1990, 2020], np.int16))
    assert high.dtype == np.float32
    assert np.argsort(-high).tolist() == [0, 2, 1]
    assert high == pytest.approx([0.9, 0.3, 0.3], abs=0.01)


def test_a_title_without_fame_is_a_usual_one_where_few_have_none() -> None:
    prior = np.array([*np.linspace(0.1, 1, 19), 0], np.float32)
    years = np.full(20, 2000, np.int16)
    assert 0.4 < standing(prior, years)[-1] < 0.6
    years[-1] = 2020  # newer than any whose fame is known
    assert 0.9 < standing(prior, years)[-1] < 1


def test_a_title_without_fame_is_a_lesser_one_where_many_have_none() -> None:
    prior = np.array([0.1, 0.5, 0.9, 0, 0], np.float32)
    assert standing(prior, np.full(5, 2000, np.int16))[-1] < 0.1
    assert standing(np.zeros(2, np.float32), np.array([1982, 2019], np.int16)).argmax() == 1
    assert not len(standing(np.zeros(0, np.float32), np.zeros(0, np.int16)))
