"""Make a restored dump learn again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.restored import NotNeeded, renumber_log


class Command(BaseCommand):
    help = "After restoring a dump into a new cluster: number the log anew, so that learning goes on."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            learnt, rest = renumber_log()
        except NotNeeded as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        self.stdout.write(f"{learnt:,} rows are marked as learnt, {rest:,} are for the next run.")
