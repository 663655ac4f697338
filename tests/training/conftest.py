"""The planted world with version 0 serving, committed: windows are cut by transactions, so tests need real ones."""

from typing import Any

import pytest

from catalog.models import Title
from training.ml.gate import Condition, Verdict


@pytest.fixture
def world(transactional_db: None, served_world: list[Title]) -> list[Title]:
    return served_world


@pytest.fixture
def lenient_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every candidate passes: for tests of what happens around the judging, on windows of six searches."""

    def pass_all(*_arguments: Any, **_options: Any) -> Verdict:
        return Verdict((Condition("quality", passed=True, reason="not asked"),))

    monkeypatch.setattr("training.ml.finetune.judge", pass_all)
