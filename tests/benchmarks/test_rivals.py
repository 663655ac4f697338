from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks.learning.lambdamart import FEATURES, LambdaMart
from benchmarks.learning.rivals import DemoRecipe, NaiveFineTune, grades
from recommender.ml.content import content_vectors
from recommender.ml.encoder import HashingEncoder
from recommender.ml.engine import answer
from recommender.ml.index import CatalogIndex
from recommender.ml.questions import Question, question
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState
from tests.worlds import LIBRARY
from training.ml.labels import Deed, LoggedSearch

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = ("crew hunted space", "thieves heist casinos", "stories of love", "family crime drama")
RIVALS = (DemoRecipe, NaiveFineTune, LambdaMart)


@pytest.fixture(scope="module")
def world():
    """Version 0 of a catalogue whose title ids are its rows, and how it understands a text."""
    encoder = HashingEncoder()
    content = content_vectors(LIBRARY, encoder.encode)
    index = CatalogIndex.build(range(len(LIBRARY)), LIBRARY, content, [1.0] * len(LIBRARY))
    asked: dict[str, Question] = {}

    def question_of(text):
        return asked.setdefault(text, question(index, encoder, text))

    return Snapshot(0, index, ModelState.untrained(ModelConfig()), encoder), question_of


def search(world, text, chosen, *, number=0, actions=("click",)):
    """Somebody is shown version 0's answer and does something with one title."""
    snapshot, question_of = world
    shown = tuple(hit.title_id for hit in answer(snapshot, question_of(text), limit=20).hits)
    at = NOW + timedelta(minutes=number)
    deeds = tuple(Deed(action, chosen, "somebody", at) for action in actions)
    return LoggedSearch(str(number), text, "somebody", "session", at, shown, (1.0,) * len(shown), deeds=deeds)


def a_log(world, n=120):
    """Whatever is asked, people take what version 0 shows last."""
    snapshot, question_of = world
    last = {text: answer(snapshot, question_of(text), limit=20).hits[-1].title_id for text in ASKED}
    texts = [ASKED[number % len(ASKED)] for number in range(n)]
    return [search(world, text, last[text], number=number) for number, text in enumerate(texts)]


@pytest.mark.parametrize("rival", RIVALS)
def test_equal_logs_teach_the_same(world, rival):
    log = a_log(world)
    ranked = []
    for _ in range(2):
        learner = rival(*world)
        learner.learn(log)
        ranked.append([learner.rank(world[1](text)) for text in ASKED])
    assert ranked[0] == ranked[1]


@pytest.mark.parametrize("rival", RIVALS)
def test_a_search_for_nothing_is_answered_by_nothing_and_teaches_nothing(world, rival):
    learner = rival(*world)
    learner.learn([LoggedSearch("1", "", "somebody", "session", NOW, (1, 2), (1.0, 1.0))])
    assert learner.rank(world[1]("")) == []


@pytest.mark.parametrize("rival", [NaiveFineTune, LambdaMart])
def test_before_the_first_search_it_answers_as_version_zero(world, rival):
    snapshot, question_of = world
    for text in (*ASKED, "heat"):
        expected = [hit.title_id for hit in answer(snapshot, question_of(text), limit=20).hits]
        assert rival(*world).rank(question_of(text)) == expected


@pytest.mark.parametrize("rival", [NaiveFineTune, LambdaMart])
def test_what_everybody_takes_rises(world, rival):
    snapshot, question_of = world
    learner = rival(*world)
    log = a_log(world, 400)
    for start in range(0, 400, 25):
        learner.learn(log[start : start + 25])
    places = []
    for text in ASKED:
        last = answer(snapshot, question_of(text), limit=20).hits[-1].title_id
        places.append(learner.rank(question_of(text)).index(last))
    assert np.mean(places) < 2


def test_the_demo_ranks_every_title_and_learns_nothing(world):
    _, question_of = world
    learner = DemoRecipe(*world)
    learner.learn(a_log(world, n=600))
    assert sorted(learner.rank(question_of("heist"), 100)) == list(range(len(LIBRARY)))
    assert np.mean(learner.losses[-50:]) == pytest.approx(np.log(2), abs=0.01)
    others = DemoRecipe(*world)
    others.learn([replace(seen, deeds=()) for seen in a_log(world, n=600)])
    assert others.losses == learner.losses  # no click enters


def test_the_demo_puts_last_what_may_not_be_shown(world):
    _, question_of = world
    allowed = np.ones(len(LIBRARY), np.bool_)
    allowed[3] = False
    narrowed = replace(question_of("alien"), allowed=allowed)
    assert DemoRecipe(*world).rank(question_of("alien"), 1) == [3]
    assert DemoRecipe(*world).rank(narrowed, 100)[-1] == 3


def test_named_titles_stay_first(world):
    snapshot, question_of = world
    learner = LambdaMart(*world)
    learner.learn(a_log(world))
    learner.refit()
    named = answer(snapshot, question_of("heat"), limit=20)
    n = named.n_matches
    assert n == 2
    assert learner.rank(question_of("heat"))[:n] == [hit.title_id for hit in named.hits[:n]]


def test_a_search_is_described_by_what_was_known_before_it(world):
    snapshot, question_of = world
    learner = LambdaMart(*world)
    chosen = answer(snapshot, question_of(ASKED[0]), limit=20).hits[0].title_id
    for number in range(3):
        learner.learn([search(world, ASKED[0], chosen, number=number)])
    clicks = [slate[0, FEATURES.index("pair clicks")] for slate in learner._slates]
    shows = [slate[0, FEATURES.index("title shows")] for slate in learner._slates]
    assert clicks == [0, 1, 2]
    assert shows == [0, 1, 2]


def test_the_trees_are_fitted_again_once_the_log_has_grown(world, monkeypatch):
    fitted = []

    def refit(learner):
        fitted.append(learner._n_searches)
        learner._n_fitted = learner._n_searches

    monkeypatch.setattr(LambdaMart, "refit", refit)
    learner = LambdaMart(*world)
    log = a_log(world, n=700)
    for start in range(0, 700, 10):
        learner.learn(log[start : start + 10])
    assert fitted[:3] == [50, 100, 150]
    assert fitted[-1] - fitted[-2] == 70  # a tenth of the log, from 500 searches on


def test_grades_are_the_strongest_thing_done_and_a_refusal_is_none(world):
    assert grades(search(world, ASKED[0], 5, actions=("click", "like", "dwell"))) == {5: 4}
    assert grades(search(world, ASKED[0], 5, actions=("click",))) == {5: 1}
    assert grades(search(world, ASKED[0], 5, actions=("like", "dislike"))) == {5: 0}
