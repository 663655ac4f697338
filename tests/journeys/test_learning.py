"""The main story through the real processes: import, search, click, learn, serve, restart, survive."""

import json
import os
import signal
import sys
import time
from typing import Any

import pytest

from tests.journeys.site import Site, place_of, processes_of

pytestmark = [pytest.mark.journey, pytest.mark.encoder]

QUERY = "heist that goes wrong"
PARAPHRASE = "a heist gone badly wrong"
NEW = "gangsters and crime families"  # of which nothing is remembered that could outweigh a spoilt window
OTHERS = ["space adventure", "romantic drama", "scary hotel in winter"]
SPOIL = """
import json, random
from dataclasses import replace
from training.pipeline import run_fine_tuning
def shuffled(lessons):
    draw = random.Random(0)
    spoilt = []
    for lesson in lessons:
        titles = [title for title in lesson.shown if title not in lesson.gains]
        moved = {draw.choice(titles[:5]): gain for gain in lesson.gains.values()}
        spoilt.append(replace(lesson, gains=moved, choice_weights={title: lesson.weight for title in moved}))
    return spoilt
run = run_fine_tuning("drill: shuffled labels", spoil=shuffled)
print(json.dumps([run.status, run.candidate_version, [c["name"] for c in run.verdict if not c["passed"]]]))
"""


def _people_choose(site: Site, text: str, item_id: str, *, n_people: int, crowd: str) -> Any:
    """So many different people search and take the same title; returns the first answer."""
    people = [f"{crowd}-{number}" for number in range(n_people)]
    answers = [site.search(text, who) for who in people]
    time.sleep(0.35)  # nobody reads a page in less, so faster clicks teach nothing
    for who, answer in zip(people, answers, strict=True):
        item = next(item for item in answer["items"] if item["item_id"] == item_id)
        site.click(answer, item, who)
    return answers[0]


def test_it_learns_is_judged_and_survives(learning_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site = learning_site
    figures = _it_learns_what_people_choose_and_keeps_it(site)
    _a_candidate_with_shuffled_labels_is_refused(site)
    _a_trainer_killed_in_the_middle_of_a_run_loses_nothing(site)
    assert site.stop() == 0
    with capsys.disabled():
        sys.stdout.write(f"\n[journey] {figures}\n")


def _it_learns_what_people_choose_and_keeps_it(site: Site) -> str:
    first_start = site.start()
    assert site.versions() == {0}
    chosen = "j08"  # A Fish Called Wanda: a right answer that version 0 puts far down
    assert 3 < place_of(site.search(QUERY), chosen) < 999
    paraphrased = place_of(site.search(PARAPHRASE), chosen)

    for text in OTHERS:
        _people_choose(site, text, site.search(text)["items"][0]["item_id"], n_people=3, crowd=text)
    _people_choose(site, QUERY, chosen, n_people=10, crowd="heist")
    learnt_after = site.wait_for(
        lambda: min(version or 0 for version in site.versions()) >= 1,
        seconds=120, what="newer version in every web process",
    )  # fmt: skip

    assert place_of(site.search(QUERY), chosen) == 1
    assert place_of(site.search(PARAPHRASE), chosen) < paraphrased
    assert site.search("The Shining")["items"][0]["item_id"] == "j26"
    ranking = [item["item_id"] for item in site.search(QUERY)["items"]]

    assert site.stop() == 0
    assert processes_of(site.state_dir) == {}
    second_start = site.start()
    assert min(version or 0 for version in site.versions()) >= 1
    assert [item["item_id"] for item in site.search(QUERY)["items"]] == ranking
    return (
        f"first start {first_start:.1f} s, second {second_start:.1f} s,"
        f" last click to all web processes serving {learnt_after:.1f} s"
    )


def _a_candidate_with_shuffled_labels_is_refused(site: Site) -> None:
    version = site.health()["model_version"]
    best = site.search(NEW)["items"][0]["item_id"]
    _people_choose(site, NEW, best, n_people=8, crowd="loyal")
    status, candidate, refusals = json.loads(site.manage("shell", "--no-imports", "-c", SPOIL).splitlines()[-1])
    assert status == "refused"
    assert "quality" in refusals
    assert candidate > version
    assert site.versions() == {version}


def _a_trainer_killed_in_the_middle_of_a_run_loses_nothing(site: Site) -> None:
    version = site.health()["model_version"]
    ((searches_before,),) = site.sql("SELECT count(*) FROM catalog_searchevent")
    text = "funny robbery"
    chosen = site.search(text)["items"][3]["item_id"]
    _people_choose(site, text, chosen, n_people=25, crowd="killer")
    with site.connection() as connection:  # until it ends, no run can register what it made
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('marquee.registry'))")
        site.wait_for(lambda: _n_runs(site, "running") > 0, seconds=60, what="training run")
        for pid, command in processes_of(site.state_dir).items():
            if "heavy" in command:
                os.kill(pid, signal.SIGKILL)

    site.wait_for(
        lambda: min(now or 0 for now in site.versions()) > version,
        seconds=120, what="version after a kill in every web process",
    )  # fmt: skip
    assert _n_runs(site, "died") > 0
    assert site.search(text)["items"][0]["item_id"] == chosen
    ((searches_after,),) = site.sql("SELECT count(*) FROM catalog_searchevent")
    assert searches_after >= searches_before + 26
    chain = site.sql(
        "SELECT child.wm_from, parent.wm_to FROM recommender_checkpoint child"
        " JOIN recommender_checkpoint parent ON parent.id = child.parent_id"
    )
    assert all(wm_from == parent_wm_to for wm_from, parent_wm_to in chain)


def _n_runs(site: Site, status: str) -> int:
    ((count,),) = site.sql(f"SELECT count(*) FROM training_trainingrun WHERE status = '{status}'")
    return int(count)
