"""How far an import is: a bar on a terminal, elsewhere a line every ten seconds at most."""

import time
from typing import Protocol

BAR_CHARACTERS = 30
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...
    def isatty(self) -> bool: ...


class ProgressBar:
    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.is_bar = stream.isatty()
        self.every_seconds = REDRAW_SECONDS if self.is_bar else LINE_SECONDS
        self.next_at = time.monotonic() + (0 if self.is_bar else LINE_SECONDS)
        self.step = ""

    def show(self, step: str, done: int, total: int) -> None:
        """Draws at most every so often; on a terminal a new step is drawn at once."""
        is_new_step = self.is_bar and step != self.step
        if time.monotonic() < self.next_at and not is_new_step:
            return
        self.next_at, self.step = time.monotonic() + self.every_seconds, step
        if self.is_bar:
            full = BAR_CHARACTERS * done // max(total, 1)
            self.stream.write(f"\r\x1b[K{'█' * full:░<{BAR_CHARACTERS}} {done / max(total, 1):4.0%}  {step}")
            self.stream.flush()
        else:
            self.stream.write(f"importing: {step}, {done / max(total, 1):.0%} read\n")

    def clear(self) -> None:
        if self.is_bar and self.step:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
