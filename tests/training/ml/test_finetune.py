"""One fine-tuning on a planted world: what people chose comes first, and spoilt labels are refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.memory import ClickMemory
from recommender.ml.names.folding import fold
from recommender.ml.questions import Question
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState, digest, to_bytes
from tests import worlds
from training.ml import finetune
from training.ml.config import GatePolicy, TrainConfig
from training.ml.evaluate import asking
from training.ml.finetune import Candidate, fine_tune
from training.ml.gate import Condition
from training.ml.golden import golden_set
from training.ml.labels import Deed, Lesson, LoggedSearch
from training.ml.labels import lessons as from_log
from training.ml.learning import learn
from training.ml.logged_pages import LoggedPage
from training.ml.loop import FitReport, TrainingFailed
from training.ml.remember import remember

FILMS = [
    *worlds.FILMS,
    TitleText("Spare One", genres=["Crime", "Drama"], description="A lawyer defends a thief."),
    TitleText("Spare Two", genres=["Crime", "Drama"], description="A judge doubts a crew."),
    TitleText("Spare Three", genres=["Crime", "Drama"], description="A family keeps a secret."),
    TitleText("Spare Four", genres=["Crime", "Drama"], description="A champion loses a night."),
]
CHAMPION = worlds.snapshot(FILMS)
GOLDEN = golden_set(CHAMPION, {101 + row: film.genres for row, film in enumerate(FILMS)})
CHOSEN, QUERY, PARAPHRASE = 103, "mind bending space heist", "a mind bending heist"  # Amélie, of all films


def lesson(query_id: str, text: str, chosen: int | None, shown: tuple[int, ...]) -> Lesson:
    gains = {} if chosen is None else {chosen: 0.5}
    return Lesson(
        query_id, fold(text), shown, gains, frozenset(), dict.fromkeys(shown, 1.0),
        choice_weights=dict.fromkeys(gains, 1.0),
    )  # fmt: skip


def planted(n: int = 12) -> list[Lesson]:
    """People ask for a heist in space and take the one film that has nothing to do with it."""
    shown = tuple(hit.title_id for hit in search(CHAMPION, QUERY, limit=4).hits)
    assert CHOSEN not in shown
    return [lesson(f"q{n}", QUERY, CHOSEN, (*shown, CHOSEN)) for n in range(n)]


def true_lessons(n: int = 4) -> list[Lesson]:
    """People ask in a film's own words and take that film, n times each."""
    made = []
    for row, film in enumerate(worlds.FILMS):
        text = " ".join(film.description.split()[:6])
        shown = tuple(hit.title_id for hit in search(CHAMPION, text, limit=5).hits)
        assert shown[0] == 101 + row
        made += [
            lesson(f"{film.name} {k}", text, 101 + row, (*shown, 101, 102)[:6]) for k in range(n) if len(shown) > 1
        ]
    return made


def spoilt(lessons: list[Lesson]) -> list[Lesson]:
    """The same searches, but another title of each slate was taken, always the same for one query."""
    made = []
    for one in lessons:
        others = [title for title in one.shown if title not in one.gains]
        wrong = others[len(one.text) % len(others)]
        made.append(replace(one, gains={wrong: 1.0}, choice_weights={wrong: 1.0}))
    return made


def vectors(*groups: list[Lesson]) -> dict[str, np.ndarray]:
    texts = sorted({one.text for group in groups for one in group})
    return dict(zip(texts, CHAMPION.encoder.encode(texts), strict=True))


def tuned(
    fresh: list[Lesson], replay: list[Lesson] | None = None, champion: Snapshot = CHAMPION, **more: Any
) -> Candidate:
    replay = replay or []
    return fine_tune(
        champion, CHAMPION, fresh, replay, vectors(fresh, replay), GOLDEN, TrainConfig(), GatePolicy(), **more
    )


def place(state: ModelState, text: str, title_id: int = CHOSEN) -> int:
    """1-based; beyond the last where it is not found."""
    found = [hit.title_id for hit in search(replace(CHAMPION, state=state), text, limit=200).hits]
    return found.index(title_id) + 1 if title_id in found else len(FILMS) + 1


def test_it_works() -> None:
    assert place(CHAMPION.state, QUERY) > 4
    candidate = tuned(planted())
    assert place(candidate.state, QUERY) == 1
    assert place(candidate.state, PARAPHRASE) < place(CHAMPION.state, PARAPHRASE)
    assert candidate.verdict.refusals == []
    assert candidate.verdict.promotes
    ndcg = candidate.metrics["ndcg@10"]
    assert ndcg["candidate"] > ndcg["champion"] == ndcg["version_zero"]
    assert ndcg["candidate"] > ndcg["popularity"]
    assert candidate.metrics["n_judged"] == 12


def test_what_nobody_asked_about_stays_as_it_was() -> None:
    candidate = tuned(planted())
    for text in ("married strangers at a railway station", "godfather", "incepton"):
        before, after = (
            [hit.title_id for hit in search(replace(CHAMPION, state=state), text).hits[:1]]
            for state in (CHAMPION.state, candidate.state)
        )
        assert after == before


def test_spoilt_labels_judged_by_the_true_ones_are_refused() -> None:
    truth = true_lessons()
    honest = tuned(truth)
    assert honest.verdict.refusals == []
    refused = tuned(spoilt(truth), judge_by=truth)
    assert not refused.verdict.promotes
    assert any("held-out searches changed by -" in reason for reason in refused.verdict.refusals)
    ndcg = refused.metrics["ndcg@10"]
    assert ndcg["candidate"] < ndcg["champion"] - 0.05


def test_without_lessons_nothing_is_learnt_and_nothing_decided() -> None:
    candidate = tuned([])
    assert to_bytes(replace(candidate.state, optimiser={})) == to_bytes(CHAMPION.state)
    assert candidate.fit == FitReport(0, 0, 0.0, 0.0, 0.0)
    assert [c.name for c in candidate.verdict.conditions if not c.passed] == ["data"]
    assert candidate.metrics["n_judged"] == 0


def test_searches_without_an_opinion_are_neither_remembered_nor_judged() -> None:
    looked = [lesson(f"q{n}", QUERY, None, (101, 104)) for n in range(10)]
    candidate = tuned(looked)
    assert candidate.metrics["n_judged"] == 0
    assert list(candidate.state.memory.queries) == []


def test_an_empty_catalogue_is_trained_without_harm() -> None:
    empty = worlds.snapshot([])
    fresh = planted()
    candidate = fine_tune(empty, empty, fresh, [], vectors(fresh), golden_set(empty, {}), TrainConfig(), GatePolicy())
    assert candidate.fit.steps == 0
    assert list(candidate.state.memory.queries) == [QUERY]
    assert set(candidate.metrics["ndcg@10"].values()) == {0.0}


def test_the_same_inputs_give_the_same_bytes() -> None:
    def sha256() -> str:
        fresh, replay = planted(), true_lessons(1)
        state, _ = learn(CHAMPION, fresh, replay, vectors(fresh, replay), TrainConfig(batch_size=4))
        return digest(to_bytes(state))

    assert sha256() == sha256()


def test_replay_moves_the_weights_but_is_not_remembered_again() -> None:
    fresh, replay = planted(3), true_lessons(1)
    texts = vectors(fresh, replay)
    alone, _ = learn(CHAMPION, fresh, [], texts, TrainConfig())
    both, report = learn(CHAMPION, fresh, replay, texts, TrainConfig())
    assert list(both.memory.queries) == [QUERY]
    assert to_bytes(replace(both, weights=alone.weights, optimiser=alone.optimiser)) == to_bytes(alone)
    assert report.examples == len(fresh) + len(replay)
    assert not np.array_equal(both.weights.query_up, alone.weights.query_up)


def test_what_was_chosen_is_less_of_a_surprise() -> None:
    state, _ = learn(CHAMPION, planted(3), planted(12), vectors(planted()), TrainConfig())
    novelty = replace(CHAMPION, state=state).scorer.novelty
    row = CHAMPION.index.row_of_title[CHOSEN]
    assert novelty[row] < CHAMPION.scorer.novelty[row]


def test_a_choice_is_judged_by_a_model_that_has_not_seen_it() -> None:
    """One choice alone: the fold that judges it was taught nothing, so it can win nothing."""
    candidate = tuned(planted(1))
    ndcg = candidate.metrics["ndcg@10"]
    assert ndcg["candidate"] == ndcg["champion"]
    assert place(candidate.state, QUERY) < place(CHAMPION.state, QUERY), "the candidate itself has seen it"


def test_generations_build_on_one_another() -> None:
    first = tuned(planted())
    champion = replace(CHAMPION, version=1, state=first.state)
    second = tuned(true_lessons(2), replay=planted(), champion=champion)
    steps = [state.optimiser["query_up.step"].tolist() for state in (first.state, second.state)]
    assert steps == [[first.fit.steps], [first.fit.steps + second.fit.steps]]
    assert place(second.state, QUERY) == 1, "the older choice is not forgotten"
    assert len(second.state.memory) > len(first.state.memory)


def test_progress_is_reported_by_stage_and_may_stop_the_run() -> None:
    stages: list[str] = []

    def watch(stage: str, step: int, of: int, loss: float) -> None:
        stages.append(stage)
        assert step <= of
        assert np.isfinite(loss)

    tuned(planted(), on_step=watch)
    assert list(dict.fromkeys(stages)) == ["fold 1", "fold 2", "fold 3", "fit", "judging"]

    def stop(stage: str, _step: int, _of: int, _loss: float) -> None:
        if stage == "fit":
            raise TrainingFailed("the deadline has passed")

    with pytest.raises(TrainingFailed, match="deadline"):
        tuned(planted(), on_step=stop)


def test_a_candidate_that_cannot_be_read_back_is_refused() -> None:
    weights = replace(CHAMPION.state.weights, attention=np.zeros(384, np.float64))
    candidate = tuned([], champion=replace(CHAMPION, state=replace(CHAMPION.state, weights=weights)))
    assert "attention is float64[384]" in candidate.verdict.refusals[0]


def refused_by(candidate: Candidate) -> list[str]:
    return [condition.name for condition in candidate.verdict.conditions if not condition.passed]


def test_steps_a_million_times_too_long_are_refused() -> None:
    before = to_bytes(CHAMPION.state)
    config = TrainConfig(learning_rate=TrainConfig().learning_rate * 1e6)
    lessons = planted()
    candidate = fine_tune(CHAMPION, CHAMPION, lessons, [], vectors(lessons), GOLDEN, config, GatePolicy())
    assert "training" in refused_by(candidate)
    assert to_bytes(CHAMPION.state) == before


def test_a_feature_that_is_no_number_stops_the_run() -> None:
    before = to_bytes(CHAMPION.state)
    lessons = planted()
    broken = {text: np.full_like(vector, np.nan) for text, vector in vectors(lessons).items()}
    with pytest.raises(TrainingFailed, match="the loss is nan"):
        fine_tune(CHAMPION, CHAMPION, lessons, [], broken, GOLDEN, TrainConfig(), GatePolicy())
    assert to_bytes(CHAMPION.state) == before


def test_one_title_for_every_query_is_refused() -> None:
    window = [
        replace(one, shown=(*one.shown, 103), gains={103: 1.0}, choice_weights={103: 1.0})
        for one in true_lessons(1)
        if 103 not in one.shown
    ]
    assert len(window) > GatePolicy().min_crowded
    assert "concentration" in refused_by(tuned(window))


def test_all_refusals_leave_nothing_to_decide() -> None:
    window = [replace(one, gains={}, choice_weights={}, against=frozenset(one.gains)) for one in true_lessons()]
    assert refused_by(tuned(window)) == ["data"]


def test_what_is_measured_can_be_stored() -> None:
    """JSON knows neither NaN nor infinity, and a candidate that blew up is to be looked at."""
    lessons = planted()
    config = TrainConfig(learning_rate=1e30)
    with np.errstate(all="ignore"):
        candidate = fine_tune(CHAMPION, CHAMPION, lessons, [], vectors(lessons), GOLDEN, config, GatePolicy())
    assert not candidate.verdict.promotes
    stored = json.loads(json.dumps(candidate.metrics, allow_nan=False))
    assert stored["golden"]["champion"]["exact_share"] == 1.0
    assert json.loads(json.dumps(tuned(lessons).metrics, allow_nan=False))["change"]["n"] == 12
    assert json.dumps(candidate.verdict.as_json(), allow_nan=False)


def test_the_best_that_any_champion_reached_is_the_anchor() -> None:
    first = tuned(planted())
    golden = first.metrics["golden"]
    better = golden | {"candidate": golden["candidate"] | {"theme_ndcg": 1.5}}
    assert refused_by(tuned(planted(), records={4: first.metrics, 5: {"golden": better}})) == ["slow decay"]
    elsewhere = {"golden": better | {"candidate": better["candidate"] | {"asked": "another catalogue"}}}
    of_old = {"golden": {"candidate": {"theme_ndcg": 1.5, "median_ms": 1.0}}}
    assert refused_by(tuned(planted(), records={4: elsewhere, 5: of_old, 6: {}})) == []


def test_what_rises_everywhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, dict[int, int]]] = []

    def lifted(
        _candidate: Snapshot, anchor: Snapshot, questions: Any, support: Any, _policy: GatePolicy
    ) -> Condition:
        asked.append((len(questions), dict(support)))
        return Condition("targeted lift", passed=False, reason=f"it rose since version {anchor.version}")

    monkeypatch.setattr(finetune, "targeted_lift", lifted)
    candidate = tuned(planted(), replay=true_lessons(1))
    assert refused_by(candidate) == ["targeted lift"]
    tuned(planted(), support={CHOSEN: 3})
    assert asked[0][0] == 1 + len(GOLDEN.themes)
    assert asked[0][1][CHOSEN] == 12 + 1, "each lesson here is a client of its own"
    assert asked[1][1] == {CHOSEN: 3}


def test_pages_as_logged_are_judged_off_policy() -> None:
    window = planted()
    pages = {
        one.query_id: LoggedPage(one.text, one.shown, one.gains, (1.0,) * len(one.shown), session=one.query_id)
        for one in window
    }
    estimates = tuned(window, pages=pages).metrics["off_policy"]
    assert estimates["candidate"]["n"] == estimates["champion"]["n"] == 12
    assert estimates["candidate"]["snips"]["value"] > 0, "it puts the chosen one where it is seen"
    assert estimates["champion"]["snips"] is None, "it never shows what was chosen"
    assert estimates["candidate"]["why"], "twelve pages say little, and say so"
    assert tuned(window).metrics["off_policy"] == {}


def test_questions_may_be_kept_from_run_to_run() -> None:
    kept, texts = asking(CHAMPION), []

    def counting(text: str) -> Question:
        texts.append(text)
        return kept(text)

    candidate = tuned(planted(), asks=counting)
    assert candidate.metrics["ndcg@10"] == tuned(planted()).metrics["ndcg@10"]
    assert fold(QUERY) in texts


def _lift_after(n_people: int) -> float:
    """The lift of a title that so many people chose for one query, nobody anything else."""
    crowd = [
        LoggedSearch(
            f"q{n}", QUERY, f"person {n}", f"person {n}", datetime(2026, 1, 1, 12, n, tzinfo=UTC),
            (101, 102, 103), (1.0,) * 3,
            deeds=(Deed("click", 103, f"person {n}", datetime(2026, 1, 1, 12, n, 5, tzinfo=UTC)),),
        )
        for n in range(n_people)
    ]  # fmt: skip
    taught, _ = from_log(crowd)
    memory = remember(ClickMemory.empty(384), taught, vectors(taught), half_life=20_000)
    return float(dict(zip(memory.title_ids.tolist(), memory.lifts(), strict=True))[103])


def test_more_people_never_lift_less() -> None:
    """Not even where the surge cap holds them: a surge counts as fewer people, not as doubt."""
    lifts = [_lift_after(n_people) for n_people in (1, 3, 5, 10, 25, 50)]
    assert lifts[0] > 0
    assert lifts == sorted(lifts)


def test_looking_without_choosing_buries_nothing() -> None:
    """Thirty searches of which nothing came say nothing about what they showed."""
    before = [hit.title_id for hit in search(CHAMPION, QUERY).hits]
    looked = [lesson(f"q{n}", QUERY, None, (101, 104)) for n in range(30)]
    state, _ = learn(CHAMPION, looked, [], vectors(looked), TrainConfig())
    assert [hit.title_id for hit in search(replace(CHAMPION, state=state), QUERY).hits] == before
