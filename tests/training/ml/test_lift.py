"""A title that is pushed up everywhere is seen, whatever the quality says."""

from dataclasses import replace

import numpy as np

from recommender.ml.engine import answer
from recommender.ml.memory import ClickMemory, MemoryConfig
from recommender.ml.questions import Question, question
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState
from tests import worlds
from training.ml.config import GatePolicy
from training.ml.gate import Condition
from training.ml.lift import FEW, MOST_SHARE, RANKED, targeted_lift

FILMS = [*worlds.FILMS, *(replace(film, name=f"{film.name} {n}") for n in (2, 3) for film in worlds.FILMS)]
ANCHOR = worlds.snapshot(FILMS)
TEXTS = [
    f"{first} {second}"
    for first in ("heist", "love", "war", "space", "crime", "family", "paris", "dream")
    for second in ("story", "of a man", "in the city", "with a twist", "and revenge", "at night", "drama", "mystery")
]
QUESTIONS = [question(ANCHOR.index, ANCHOR.encoder, text) for text in TEXTS]


def pushed(title: int, questions: list[Question]) -> Snapshot:
    """A version whose memory has seen the title chosen a hundred times for each question, and tells no other."""
    texts = sorted({asked.evidence.text for asked in questions if asked.evidence})
    memory = ClickMemory.empty(384, MemoryConfig(similarity_floor=0.999)).merged(
        texts, ANCHOR.encoder.encode(texts), [(text, title, 100.0, 100.0) for text in texts], fade=1.0
    )
    return replace(ANCHOR, version=1, state=replace(ANCHOR.state, memory=memory))


def outside(n: int) -> tuple[int, list[Question]]:
    """(a title, n questions that do not show it at first)."""
    for title in ANCHOR.index.title_ids.tolist():
        without = [
            q for q in QUESTIONS if title not in [hit.title_id for hit in answer(ANCHOR, q, limit=RANKED).hits]
        ]
        if len(without) >= n:
            return title, without[:n]
    raise AssertionError("every title is on every page of this world")


def judged(candidate: Snapshot, support: dict[int, int], *, questions: list[Question] = QUESTIONS) -> Condition:
    return targeted_lift(candidate, ANCHOR, questions, support, GatePolicy())


def test_it_works() -> None:
    title, questions = outside(30)
    refused = judged(pushed(title, questions), {title: 1})
    assert not refused.passed
    assert refused.name == "targeted lift"
    assert f"“{ANCHOR.index.names[ANCHOR.index.row_of_title[title]]}” entered the first ten of " in refused.reason
    assert f"with 1 clients who ever chose it, {FEW + 1} are allowed" in refused.reason


def test_the_anchor_itself_passes_and_so_does_asking_nothing() -> None:
    assert judged(ANCHOR, {}).passed
    assert judged(pushed(101, QUESTIONS), {}, questions=[]).passed


def test_a_few_questions_are_anybodys() -> None:
    title, questions = outside(FEW)
    others = [asked for asked in QUESTIONS if asked not in questions][:1]
    assert judged(pushed(title, questions), {}, questions=[*questions, *others]).passed


def test_those_who_chose_it_account_for_a_question_each() -> None:
    """It entered 20 of 400 questions: 3 % of them are anybody's, so 8 people are needed."""
    title, questions = outside(20)
    others = [asked for asked in QUESTIONS if asked not in questions]
    asked = [*questions, *(others * 20)[:380]]
    candidate = pushed(title, questions)
    assert not judged(candidate, {title: 7}, questions=asked).passed
    assert judged(candidate, {title: 8}, questions=asked).passed


def test_nobody_is_enough_for_a_large_share_of_all_questions() -> None:
    title, questions = outside(20)
    assert 20 > MOST_SHARE * len(QUESTIONS) > FEW
    refused = judged(pushed(title, questions), {title: 10**6})
    assert not refused.passed
    assert "entered the first ten of 20 of 64 questions since version 0" in refused.reason


def test_the_distance_is_to_the_anchor_and_not_to_the_champion() -> None:
    """A slow push: each step adds a few questions, which is nothing; all together are seen."""
    title, questions = outside(15)
    assert [judged(pushed(title, questions[:n]), {title: 1}).passed for n in (3, 6, 9)] == [True, True, False]


def test_losing_places_is_no_lift() -> None:
    state = ModelState.untrained(ANCHOR.state.weights.config)
    emptied = replace(
        state, weights=replace(state.weights, feature_weights=np.zeros_like(state.weights.feature_weights))
    )
    lost = replace(ANCHOR, version=2, state=emptied)
    assert judged(lost, {}, questions=QUESTIONS[:1]).passed
