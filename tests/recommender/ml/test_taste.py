"""Personal scores: exact sums over signals, fading with newer choices and age, pushed away by refusals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.affinity import Affinity
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex
from recommender.ml.taste import WEIGHTS, Signal, TasteConfig, Tastes, prior, weight_of_stars, within_taste

IDS = (10, 20, 30, 40, 50)


def catalogue() -> CatalogIndex:
    """10 and 20 are alike, 30 and 40 are alike, 50 has no content; 10 is the most famous."""
    content = np.array([[1, 0.1, 0], [1, 0.2, 0], [0, 0.1, 1], [0, 0.2, 1], [0, 0, 0]], np.float32)
    content[:4] /= np.linalg.norm(content[:4], axis=1, keepdims=True)
    texts = [TitleText(name) for name in ("One", "Two", "Three", "Four", "Five")]
    return CatalogIndex.build(IDS, texts, content, [1000, 100, 100, 10, None])


LEARNT = Affinity(  # 10 → 40 by 5 points
    title_ids=np.array([10, 40], np.int64),
    starts=np.array([0, 1, 1], np.int64),
    places=np.array([1], np.uint16),
    points=np.array([5], np.float16),
    attended=np.array([40], np.int64),
    attention=np.array([80], np.float32),
)
INDEX = catalogue()
TASTES = Tastes(INDEX, LEARNT)
NEW_SITE = Tastes(INDEX, Affinity.nothing())


def scores_of(tastes: Tastes, *signals: Signal) -> np.ndarray:
    return tastes.scores(tastes.taste(signals))


def test_it_works() -> None:
    """10 itself gains all that content counts for, what is like it nearly as much, what came after it five."""
    scores = scores_of(TASTES, Signal(10, 1.0, 0.0))
    assert scores[0] == pytest.approx(TasteConfig().content)
    assert scores[1] == pytest.approx(TasteConfig().content / (1 + 1 / TasteConfig().steep))
    assert scores[3] == pytest.approx(5)
    assert scores[2] == scores[4] == 0


def test_with_nothing_learnt_content_alone_works() -> None:
    scores = scores_of(NEW_SITE, Signal(30, 1.0, 0.0))
    assert scores[3] > 0.9 * TasteConfig().content
    assert scores[0] == scores[1] == 0


def test_what_is_like_a_title_is_looked_up_for_the_newest_alone() -> None:
    short = Tastes(INDEX, LEARNT, TasteConfig(max_alike=1))
    both = short.taste([Signal(30, 1.0, 0.0), Signal(10, 1.0, 9.0)])
    assert short.scores(both)[1] == 0 < TASTES.scores(both)[1]
    assert short.scores(both)[3] > 3  # what people chose after it still counts
    rows = np.arange(len(INDEX))
    np.testing.assert_allclose(short.contributions(both, rows).sum(axis=0), short.scores(both), atol=1e-5)


def test_no_signals_no_scores() -> None:
    taste = TASTES.taste([])
    assert len(taste) == 0
    assert not TASTES.scores(taste).any()
    assert TASTES.contributions(taste, np.array([1, 2])).shape == (0, 2)


def test_unknown_titles_and_signals_without_weight_are_left_out() -> None:
    taste = TASTES.taste([Signal(99, 1.0, 0.0), Signal(10, 0.0, 0.0), Signal(20, 1.0, 0.0)])
    assert taste.places.tolist() == [2]
    assert taste.rows.tolist() == [1]


def test_a_refusal_pushes_away_what_is_near_and_nothing_else() -> None:
    liked = [Signal(30, 1.0, 1.0), Signal(20, 1.0, 2.0)]
    before, after = scores_of(TASTES, *liked), scores_of(TASTES, *liked, Signal(10, -1.0, 0.0))
    assert after[1] < 0 < before[1]
    assert after[3] < before[3]  # what is chosen after it
    assert after[2] == pytest.approx(before[2])


def test_newer_choices_and_time_let_a_choice_fade_but_not_a_refusal() -> None:
    config = TasteConfig()
    newest = [Signal(20, 1.0, float(days)) for days in (0, 1, 2)]
    old = TASTES.taste([Signal(10, 1.0, config.half_life_days), *newest])
    assert old.pull[-1] == pytest.approx(0.5 / (1 + 3 / config.fading))
    refused = TASTES.taste([Signal(10, -1.0, 5.0), *newest])
    assert refused.push[-1] == pytest.approx(1.0, abs=0.01)
    fading = [1 / (1 + n / config.fading) for n in range(3)]
    assert refused.pull[refused.pull > 0].tolist() == pytest.approx(fading, rel=0.01)


MINUTE = 1 / 1440


@pytest.mark.parametrize("apart", [0.0, 0.2 * MINUTE])
def test_what_is_chosen_in_one_moment_counts_alike(apart: float) -> None:
    pull = TASTES.taste([Signal(title, 1.0, n * apart) for n, title in enumerate((10, 20, 30))]).pull
    assert pull.tolist() == pytest.approx([1, 1, 1], rel=1e-3)
    later = TASTES.taste([Signal(40, 1.0, 0.0), *(Signal(title, 1.0, 1.0) for title in (10, 20, 30))]).pull
    assert later[0] == 1
    assert later[1:].tolist() == pytest.approx([0.75] * 3, rel=0.01)


def test_very_many_in_one_go_count_alike_for_a_few_together() -> None:
    pull = TASTES.taste([Signal(IDS[n % 5], 1.0, 3.0) for n in range(60)]).pull
    assert len(set(pull.tolist())) == 1
    assert pull.sum() == pytest.approx(TasteConfig().together, rel=0.01)
    slowly = TASTES.taste([Signal(IDS[n % 5], 1.0, 0.05 * n * MINUTE) for n in range(10)]).pull
    assert slowly[: TasteConfig().together].tolist() == pytest.approx([1] * TasteConfig().together, rel=1e-3)
    assert slowly[-1] < 0.5


def test_what_everybody_chooses_stays_beside_taste_and_gains_with_what_was_seen() -> None:
    everybody, points = np.array([9, 0.1, 0], np.float32), np.array([0.1, 0.5, 1], np.float32)
    assert within_taste(everybody, points, 0.0, 0.5).tolist() == pytest.approx([0.5, 0.1, 0])
    assert within_taste(everybody, points, 75.0, 0.5).tolist() == pytest.approx([2, 0.1, 0])
    assert within_taste(everybody, points, 100.0, 0.5).tolist() == pytest.approx(everybody.tolist())
    assert within_taste(everybody, -points, 0.0, 0.5).tolist() == everybody.tolist()
    both = within_taste(np.tile(everybody, (2, 1)), np.stack([points, -points]), np.zeros((2, 1), np.float32), 0.5)
    assert both[0, 0] == pytest.approx(0.5)
    assert both[1, 0] == 9


def test_of_signals_of_one_age_the_last_is_the_newest() -> None:
    assert TASTES.taste([Signal(10, 1.0, 1.0), Signal(20, 1.0, 1.0)]).places.tolist() == [1, 0]


def test_more_signals_than_count_cost_the_oldest() -> None:
    few = Tastes(INDEX, LEARNT, TasteConfig(max_signals=2))
    assert few.taste([Signal(10, 1.0, 3.0), Signal(20, 1.0, 2.0), Signal(30, -1.0, 1.0)]).places.tolist() == [2, 1]


def test_an_age_in_the_future_is_now() -> None:
    assert TASTES.taste([Signal(10, 1.0, -400.0)]).pull.tolist() == [1.0]


signals = st.lists(
    st.builds(Signal, st.sampled_from(IDS), st.floats(-2, 2, width=32), st.floats(0, 2000, width=32)), max_size=12
)


@settings(max_examples=60)
@given(signals)
def test_contributions_sum_to_the_scores(given_signals: list[Signal]) -> None:
    taste = TASTES.taste(given_signals)
    rows = np.array([3, 0, 1])
    np.testing.assert_allclose(
        TASTES.contributions(taste, rows).sum(axis=0), TASTES.scores(taste)[rows], rtol=1e-4, atol=1e-4
    )


@settings(max_examples=60)
@given(signals)
def test_a_refusal_lifts_nothing_and_muted_it_takes_nothing(given_signals: list[Signal]) -> None:
    refusal = Signal(30, -1.5, 20.0)
    before, after = scores_of(TASTES, *given_signals), scores_of(TASTES, *given_signals, refusal)
    assert (after <= before + 1e-4).all()


def test_muting_a_choice_changes_the_scores() -> None:
    both = [Signal(10, 1.0, 1.0), Signal(30, 1.0, 0.0)]
    assert scores_of(TASTES, *both)[3] > scores_of(TASTES, both[1])[3]
    assert scores_of(TASTES, *both)[1] > scores_of(TASTES, both[1])[1] == 0


def test_the_prior_is_attention_and_what_fame_promises_of_the_rest() -> None:
    assert TASTES.prior.sum() == pytest.approx(100)
    assert TASTES.prior[3] >= 80
    assert np.argmax(NEW_SITE.prior) == 0
    assert NEW_SITE.prior.sum() == pytest.approx(100)
    assert NEW_SITE.prior[4] == 0


def test_where_nothing_is_famous_the_prior_is_attention_alone() -> None:
    attention = np.array([0, 30], np.float32)
    assert prior(attention, np.zeros(2, np.float32), 8.0).tolist() == [0, 30]


def test_stars_are_signed_about_indifference() -> None:
    assert weight_of_stars(5.0) == WEIGHTS["like"] == 1
    assert weight_of_stars(2.5) == 0
    assert weight_of_stars(0.5) < 0


def test_a_catalogue_without_content_still_scores_what_was_learnt() -> None:
    bare = Tastes(replace(INDEX, content=np.zeros_like(INDEX.content)), LEARNT)
    assert scores_of(bare, Signal(10, 1.0, 0.0))[1:].tolist() == [0, 0, 5, 0]
