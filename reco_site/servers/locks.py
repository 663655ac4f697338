"""Advisory file locks. The kernel frees them when their last holder is gone, so none is ever stale."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """One lock on one file, made if missing (mode 0600). Locks of one process exclude each other too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_exclusive(self) -> bool:
        """Hold it alone. An own shared hold is turned into it, or lost if others share."""
        return self._try(fcntl.LOCK_EX)

    def try_share(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def share(self) -> None:
        """Hold it together with others; waits while somebody holds it alone."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def wait_exclusive(self, timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while not self.try_exclusive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def release(self) -> None:
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up this hold. A child that inherited `fd` keeps the lock until it ends as well."""
        os.close(self.fd)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self.fd, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
