""" "How ranking works": every number is that of what serves now, and what the visitor switched off is off."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.test import Client
from django.utils import translation

from catalog import signals
from catalog.models import Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.ml.weights import FEATURES
from recommender.models import Checkpoint
from recommender.taste import personal
from recommender.versions import refusals
from recommender.visitors import CLIENT_COOKIE
from tests.training.ml.test_gate import GOOD, POLICY
from training.ml.gate import earns, judge

pytestmark = pytest.mark.django_db
ADDRESS = "/how-ranking-works/"
CLIENT = UUID("019a0000-0000-7000-8000-000000000001")


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (a person)"})
    client.cookies[CLIENT_COOKIE] = str(CLIENT)
    return client


def text_of(page: Any) -> str:
    assert page.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split()))


def made(version: int, status: str, *failed: str) -> None:
    """A version that training has left behind."""
    conditions = [{"name": f"c{n}", "passed": True, "reason": "all is well"} for n in range(3)]
    conditions += [{"name": why, "passed": False, "reason": why} for why in failed]
    Checkpoint.objects.create(
        version=version, status=status, encoder_fingerprint="x", wm_from=0, wm_to=9, sha256="x", n_bytes=1,
        window={"n_searches": 40, "counts": {"used": 31, "searches": 40, "dropped: robot": 7, "dropped: fast": 2}},
        verdict={"promotes": not failed, "conditions": conditions},
    )  # fmt: skip


def test_an_untrained_version_says_that_nothing_was_learnt(browser: Client) -> None:
    page = text_of(browser.get(ADDRESS))
    assert "Version 0 Serving since" in page  # the name of a number comes before it
    assert "Nothing has been learnt yet" in page
    assert "There was none yet." in page


def test_weights_are_those_that_serve(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = serving.current()
    weights = np.array(snapshot.state.weights.feature_weights)
    weights[FEATURES.index("prior")], weights[FEATURES.index("recent")] = 0.77, -0.31
    state = replace(snapshot.state, weights=replace(snapshot.state.weights, feature_weights=weights))
    before = text_of(browser.get(ADDRESS))
    assert "newer titles" not in before
    monkeypatch.setattr(serving._serving, "snapshot", replace(snapshot, state=state))
    page = text_of(browser.get(ADDRESS))
    assert "How well known it is 0.77 0.45 0.45" in page
    assert "What was learnt about newer titles −0.31 0.00 0.00" in page


def test_what_it_learnt_from_and_when_it_began_to_serve(browser: Client) -> None:
    Checkpoint.objects.filter(version=0).update(
        window={"n_searches": 1_312}, promoted=datetime(2031, 5, 4, 12, 30, tzinfo=UTC)
    )
    page = text_of(browser.get(ADDRESS))
    assert "1,312 searches" in page
    assert "4 May 2031, 12:30" in page
    assert "Nothing has been learnt yet" not in page


def test_a_refused_attempt_gives_its_reasons_in_plain_words(browser: Client) -> None:
    made(1, "rejected", "data", "diversity")
    page = text_of(browser.get(ADDRESS))
    assert (
        "It was refused for 2 reasons and never served: Too little spoke for it yet: it waits for more people’s"
        " choices. It showed too few different titles. It was taught by 31 searches."
    ) in page
    assert "Left out by rule, and counted: 9" in page
    assert "all is well" not in page


def test_every_condition_of_the_gate_has_words_of_its_own_in_both_languages() -> None:
    names = [condition.name for condition in judge(GOOD, POLICY, [earns({})]).conditions] + ["targeted lift"]
    for language in ("en", "de"):
        with translation.override(language):
            said = [refusals.sentence(name) for name in names]
            assert refusals.sentence("of an older version") not in said
            assert len(set(said)) == len(names) == 16
            assert all(words.endswith(".") for words in said)
    assert set(said).isdisjoint(refusals.sentence(name) for name in names)


def test_a_condition_that_is_no_more_has_words_too(browser: Client) -> None:
    made(1, "rejected", "of an older version <b>")
    page = browser.get(ADDRESS)
    assert "never served: It did not meet one of the conditions for serving." in text_of(page)
    assert b"older version" not in page.content


@pytest.mark.parametrize(
    ("status", "said"),
    [("candidate", "keep another version for now"), ("retired", "was taken back"), ("quarantined", "was taken back")],
)
def test_every_outcome_has_its_words(browser: Client, status: str, said: str) -> None:
    made(1, status)
    assert said in text_of(browser.get(ADDRESS))


def test_an_attempt_that_serves_says_so(browser: Client) -> None:
    Checkpoint.objects.filter(version=0).update(status="retired")
    made(1, "champion")
    assert "It met all 3 conditions for serving, and answers you now." in text_of(browser.get(ADDRESS))


def test_exploration_is_what_the_setting_says(browser: Client, settings: Any) -> None:
    settings.EXPLORATION_RATE = 0.25
    assert "on 25 % of first pages" in text_of(browser.get(ADDRESS))
    settings.EXPLORATION_RATE = 0.0
    assert (
        "on 0 % of first pages a draw lets two titles change places, or brings one up from a later page: 0.0 %"
        in (text_of(browser.get(ADDRESS)))
    )


def test_exploration_never_says_more_than_its_bound(browser: Client, settings: Any) -> None:
    settings.EXPLORATION_RATE = 1.0
    found = re.search(r": ([\d.]+) % of all places, and never more than (\d+) %", text_of(browser.get(ADDRESS)))
    assert found
    assert 0 < float(found[1]) <= float(found[2])


def test_taste_is_what_personal_ranking_uses(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "IN_SEARCH", 0.42)
    assert "adds at most 0.42 to a title" in text_of(browser.get(ADDRESS))


def test_signals_are_worth_what_your_taste_says(browser: Client) -> None:
    """Said just now, nothing has faded."""
    owner, film = Owner(None, CLIENT), Title.objects.order_by("pk").first()
    assert film is not None
    page = browser.get(ADDRESS)
    worth = {str(label): weight for label, weight in page.context["taste"]["worth"]}
    for kind, label in ((Kind.LIKE, "Liked"), (Kind.NOT_FOR_ME, "Not for you"), (Kind.SEEN, "Seen")):
        signals.reset(owner)
        signals.say(owner, Said(film.pk, kind))
        [line] = browser.get("/taste/").context["lines"]
        assert line.weight == pytest.approx(worth[label], rel=1e-3)


@pytest.mark.parametrize("switch", ["personalise", "learning"])
def test_a_switch_shows_how_it_stands(browser: Client, switch: str) -> None:
    def standing() -> list[str]:
        return re.findall(r"(?:what you see|what you do) (on|off)", text_of(browser.get(ADDRESS)))

    assert standing() == ["on", "on"]
    signals.set_preferences(Owner(None, CLIENT), **{switch: False})
    assert standing() == (["off", "on"] if switch == "personalise" else ["on", "off"])


def test_the_signal_of_a_browser_is_heard(browser: Client) -> None:
    page = text_of(browser.get(ADDRESS, headers={"Sec-GPC": "1"}))
    assert "Your taste in what you see off" in page
    assert "Your browser sends the Global Privacy Control signal" in page


def test_it_costs_few_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):  # preferences, this version, the newest, the version in the foot
        browser.get(ADDRESS)
