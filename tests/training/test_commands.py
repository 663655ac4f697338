"""`manage.py fine_tune`: one run in this process, told condition by condition."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recommender.versions import registry
from tests.training.people import choose
from training import lease, pipeline

pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db(transaction=True)]


def fine_tune() -> str:
    out = StringIO()
    call_command("fine_tune", stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    choose("crime heist", "The A-Team", n_people=6)
    said = fine_tune()
    assert "searches: 6" in said
    assert "  ✓ quality: " in said
    assert said.endswith("v1 is serving.\n")


def test_it_says_that_there_is_nothing_to_learn() -> None:
    assert fine_tune().endswith("There is no new choice to learn from.\n")


def test_it_says_that_the_champion_is_pinned() -> None:
    champion = registry.champion()
    assert champion is not None
    registry.set_pinned(champion, pinned=True, reason="exams", actor="anna")
    choose("crime heist", "The A-Team", n_people=6)
    assert fine_tune().endswith("v1 passed, but v0 is pinned.\n")


def test_it_says_which_condition_refused() -> None:
    choose("crime heist", "The A-Team", n_people=1)
    said = fine_tune()
    assert "  ✗ data: 1 searches with a choice could be judged, at least 3 are needed" in said
    assert said.endswith("v1 was refused; v0 stays.\n")


def test_it_ends_with_an_error_when_the_run_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    choose("crime heist", "The A-Team", n_people=6)

    def fails(*_arguments: object, **_options: object) -> None:
        raise ValueError("no luck today")

    monkeypatch.setattr(pipeline, "fine_tune", fails)
    with pytest.raises(CommandError, match="the serving version stays: ValueError: no luck today"):
        fine_tune()


def test_it_waits_for_nobody() -> None:
    with lease.acquire(lease.TRAINING), pytest.raises(CommandError, match="Another process is training"):
        fine_tune()
