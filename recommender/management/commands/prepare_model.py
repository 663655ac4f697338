"""Make sure that a version fits to be served: version 0 on a fresh database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.index import on_disk as indexing
from recommender.index.encoders import is_ready
from recommender.versions.version_zero import ensure_champion


class Command(BaseCommand):
    help = "Register version 0 if there is no champion for the encoder in use, and build the catalogue index."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not is_ready():
            raise CommandError("The encoder is not exported yet; run: manage.py prepare_encoder")
        checkpoint, is_new = ensure_champion()
        index = indexing.current_index()
        self.stdout.write(
            f"v{checkpoint.version} {'registered and serving' if is_new else 'is champion'};"
            f" the index holds {len(index):,} titles."
        )
