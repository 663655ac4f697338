"""What a text means is worked out once for each catalogue."""

import pytest

from recommender.ml import reading
from recommender.ml.index import CatalogIndex
from recommender.ml.reading import Meant, meant
from recommender.ml.recent import Recent
from tests import worlds


@pytest.fixture
def index() -> CatalogIndex:
    return worlds.snapshot().index


def test_a_text_is_read_once_for_each_catalogue(index: CatalogIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    work = reading._meant
    monkeypatch.setattr(reading, "_recent", Recent(reading.KEPT))

    def counted(index: CatalogIndex, text: str, *, correct: bool) -> Meant:
        read.append(text)
        return work(index, text, correct=correct)

    monkeypatch.setattr(reading, "_meant", counted)
    first = meant(index, "incepton")
    assert meant(index, "incepton") is first
    assert meant(index, "incepton", correct=False) is not first
    assert meant(worlds.snapshot().index, "incepton") == first
    assert read == ["incepton"] * 3
