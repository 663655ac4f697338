"""Looking at processes from outside, for tests that must not trust what the code says of itself."""

import subprocess
from pathlib import Path


def processes_naming(path: Path) -> list[str]:
    """The command lines that name a path below `path`; every server and program of ours names its files."""
    listing = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if f"{path}/" in line]
