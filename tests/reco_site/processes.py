"""Looking at processes from outside, for tests that must not trust what the code says of itself."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def processes_naming(path: Path) -> list[str]:
    """The command lines that name a path below `path`; every server and program of ours names its files."""
    listing = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if f"{path}/" in line]


def eventually(claim: Callable[[], object], within_seconds: float = 15) -> bool:
    deadline = time.monotonic() + within_seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
