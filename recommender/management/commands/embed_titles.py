"""Give every title that lacks one its content vector."""

import os
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.index import embeddings
from recommender.index.encoders import embedding_fingerprint, encoder, is_ready


class Command(BaseCommand):
    help = "Embed the titles that are new or whose text changed; unchanged text is never embedded again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not is_ready():
            raise CommandError("The encoder is not exported yet; run: manage.py prepare_encoder")
        self.started = self.said = time.monotonic()
        n_titles = embeddings.embed_missing(
            encoder(os.cpu_count() or 1), embedding_fingerprint(), on_progress=self.progress
        )
        seconds = time.monotonic() - self.started
        self.stdout.write(
            f"{n_titles:,} titles embedded in {seconds:.0f} s." if n_titles else "All titles are embedded."
        )

    def progress(self, done: int, of: int) -> None:
        """A line that rewrites itself on a terminal, one line every ten seconds elsewhere."""
        now = time.monotonic()
        terminal = sys.stdout.isatty()
        if now - self.said < (0.5 if terminal else 10) and done < of:
            return
        self.said = now
        left = (now - self.started) / done * (of - done)
        line = f"{done:,} of {of:,} titles embedded, about {left:.0f} s left"
        self.stdout.write(f"\r{line}   " if terminal else line, ending="" if terminal and done < of else "\n")
        self.stdout.flush()
