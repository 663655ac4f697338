"""The planted world with version 0 serving, committed: windows are cut by transactions, so tests need real ones."""

import pytest

from catalog.models import Title


@pytest.fixture
def world(transactional_db: None, served_world: list[Title]) -> list[Title]:
    return served_world
