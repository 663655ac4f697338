"""Hash the bytes of every version again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.versions import registry
from training import audit


class Command(BaseCommand):
    help = "Compare the bytes of every version with the sha256 that was written down when it was made."

    def handle(self, *_args: Any, **_options: Any) -> None:
        champion = registry.champion()
        broken = audit.broken_versions()
        for finding in broken:
            is_champion = champion is not None and champion.version == finding.version
            self.stdout.write(f"✗ v{finding.version}{' THE CHAMPION' if is_champion else ''}: {finding.what}")
        if broken:
            raise CommandError(
                f"{len(broken)} versions are broken. Roll back from one that serves: manage.py rollback"
            )
        self.stdout.write("Every byte that is kept is as it was written.")
