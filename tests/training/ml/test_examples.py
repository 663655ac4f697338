"""Lessons as padded arrays, against a slate worked by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.ml.engine import search
from recommender.ml.ranking import Source
from recommender.ml.weights import FEATURES
from tests import worlds
from training.ml.examination import Examination
from training.ml.examples import Examples, build
from training.ml.labels import Lesson

SNAPSHOT = worlds.snapshot()
VECTORS = {text: SNAPSHOT.encoder.encode([text])[0] for text in ("space heist", "war")}


def lesson(**changes: Any) -> Lesson:
    plain = Lesson(
        "q1", "space heist", (101, 102, 103, 104), {103: 0.25}, frozenset(),
        {101: 1.0, 102: 1.0, 103: 1.0, 104: 0.25}, choice_weights={103: 1.0},
    )  # fmt: skip
    return replace(plain, **changes)


def built(*lessons: Lesson, exponent: float = 1.0) -> Examples:
    return build([replace(one, examination=Examination(exponent)) for one in lessons], SNAPSHOT, VECTORS)


def test_it_works() -> None:
    examples = built(lesson())
    assert examples.title_ids.tolist() == [[101, 102, 103, 104]]
    assert examples.rows.tolist() == [[0, 1, 2, 3]]
    assert examples.gains.tolist() == [[0, 0, 1, 0]]
    assert examples.mask.all()
    assert examples.weight.tolist() == [1.0]
    np.testing.assert_allclose(np.exp(examples.log_examined), [[1, 1 / 2, 1 / 3, 1 / 4]], rtol=1e-6)
    np.testing.assert_array_equal(examples.query[0], VECTORS["space heist"])


# What the engine makes of a text: a theme, a half-remembered plot, filters with and without words, an unmet filter.
SEARCHED = [
    "space heist",
    "i think it was a film from 1979 where the crew of a space freighter is hunted by a creature",
    "movies from 2010",
    "thieves movies from 2001",
    "crime movies by ridley scott",
    "war movies about a heist",
]


@pytest.mark.parametrize("text", SEARCHED)
def test_features_are_those_that_are_served(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not like ours to the eye, but to the bit: the engine itself is asked what it scored."""
    remembered = SNAPSHOT.encoder.encode(["space heist"])
    memory = SNAPSHOT.state.memory.merged(
        ["space heist"], remembered, [("space heist", title, 8.0, 3.0) for title in (104, 106)], fade=1.0
    )
    snapshot = replace(SNAPSHOT, state=replace(SNAPSHOT.state, memory=memory))
    served: list[tuple[Any, ...]] = []
    scorer = snapshot.scorer
    features_of = type(scorer).features

    def watched(self: Any, evidence: Any, recollection: Any, rows: Any, similarity: Any = None) -> np.ndarray:
        found = features_of(self, evidence, recollection, rows, similarity)
        served.append((evidence.vector, rows, found))
        return found

    monkeypatch.setattr(type(scorer), "features", watched)
    shown = tuple(hit.title_id for hit in search(snapshot, text).hits)
    assert len(shown) > 1
    ((query, rows, features),) = served
    monkeypatch.undo()
    one = lesson(text=text, shown=shown, gains={shown[-1]: 1.0}, examined=dict.fromkeys(shown, 1.0))
    examples = build([one], snapshot, {text: SNAPSHOT.encoder.encode([text])[0]})
    np.testing.assert_array_equal(examples.query[0], query)
    assert examples.title_ids[0].tolist() == list(shown)
    places = np.searchsorted(rows, examples.rows[0])
    assert rows[places].tolist() == examples.rows[0].tolist()
    np.testing.assert_array_equal(examples.features[0], features[places])
    assert not examples.features[0][:, FEATURES.index("title")].any()


def test_every_other_feature_has_something_to_teach_somewhere() -> None:
    memory = SNAPSHOT.state.memory.merged(["war"], VECTORS["space heist"][None], [("war", 102, 8.0, 3.0)], fade=1.0)
    snapshot = replace(SNAPSHOT, state=replace(SNAPSHOT.state, memory=memory))
    told = SEARCHED[1]
    lessons = [lesson(), lesson(query_id="q2", text=told, shown=(104, 101), gains={104: 1.0})]
    vectors = VECTORS | {told: SNAPSHOT.encoder.encode([told])[0]}
    examples = build(lessons, snapshot, vectors)
    seen = np.asarray(examples.features[examples.mask].any(axis=0))
    assert dict(zip(FEATURES, seen.tolist(), strict=True)) == {
        "lexical": True, "title": False, "prior": True, "memory": True, "facts": True,
        "fame": True, "classic": True, "recent": True,
    }  # fmt: skip


def test_shorter_slates_are_padded_and_the_padding_is_masked() -> None:
    examples = built(lesson(), lesson(query_id="q2", shown=(103, 105)))
    assert examples.mask.tolist() == [[True] * 4, [True, True, False, False]]
    assert examples.title_ids[1].tolist() == [103, 105, -1, -1]
    assert examples.gains[1].tolist() == [1, 0, 0, 0]
    assert not examples.features[1, 2].any()


def test_gains_share_one_slate() -> None:
    assert built(lesson(gains={101: 0.25, 103: 0.75})).gains.tolist() == [[0.25, 0, 0.75, 0]]


@pytest.mark.parametrize(
    ("changes", "exponent", "chances"),
    [
        ({}, 0.5, [1, 2**-0.5, 3**-0.5, 0.5]),
        ({}, 0.0, [1, 1, 1, 1]),
        ({"first_position": 21}, 1.0, [1 / 21, 1 / 22, 1 / 23, 1 / 24]),
        ({"shown": (101, 998, 103, 104)}, 1.0, [1, 1 / 3, 1 / 4]),  # a title that has left keeps its place
        ({"examined": {}}, 1.0, [1, 1 / 2, 1 / 3, 1 / 4]),  # counted as shown before: it was looked at all the same
    ],
)
def test_every_place_has_its_chance_of_being_seen(
    changes: dict[str, Any], exponent: float, chances: list[float]
) -> None:
    np.testing.assert_allclose(np.exp(built(lesson(**changes), exponent=exponent).log_examined), [chances], rtol=1e-6)


def test_a_busy_session_weighs_less() -> None:
    assert built(lesson(weight=0.5)).weight.tolist() == [0.5]


@pytest.mark.parametrize(
    "changes",
    [
        {"gains": {}},
        {"names_title": True},
        {"shown": (103,)},  # nothing to prefer it to
        {"shown": (103, 998, 999)},  # titles that left the catalogue
        {"gains": {999: 1.0}, "shown": (101, 102, 999)},
    ],
)
def test_a_search_that_teaches_no_preference_is_left_out(changes: dict[str, Any]) -> None:
    assert len(built(lesson(**changes))) == 0


def test_no_lessons_give_empty_arrays() -> None:
    examples = built()
    assert len(examples) == 0
    assert examples.features.shape == (0, 0, len(FEATURES))


def test_a_pinned_title_is_no_candidate_and_the_others_keep_their_places() -> None:
    examples = built(lesson(source=(4, Source.PINNED, 4, 4)))
    assert examples.title_ids.tolist() == [[101, 103, 104]]
    np.testing.assert_allclose(np.exp(examples.log_examined), [[1, 1 / 3, 1 / 4]], rtol=1e-6)
    assert not len(built(lesson(shown=(102, 103), source=(Source.PINNED, 4)))), "one title leaves no choice"
