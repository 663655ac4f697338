"""Real files of other people, kept beside the repository on machines that may have them."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """A path below the shared data; the test that asks is skipped where it is not."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"shared data is absent: {name}")
    return path
