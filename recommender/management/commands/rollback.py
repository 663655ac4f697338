"""Serve an earlier version again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.models import Checkpoint
from recommender.versions import registry

UNPINNED = "unpinned without a reason given"


class Command(BaseCommand):
    help = "Serve the previous version (or --to N) again and pin it; --unpin lets training replace it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", help="why; kept in the audit trail. Needed to roll back, not to unpin")
        parser.add_argument("--to", type=int, help="the version to serve; default: the one served before")
        parser.add_argument("--unpin", action="store_true", help="roll nothing back, only unpin the champion")

    def handle(self, *_args: Any, **options: Any) -> None:
        target, reason = None, options["reason"]
        if reason is None and not options["unpin"]:
            raise CommandError("Say why: a rollback needs a --reason.")
        if options["to"] is not None:
            target = Checkpoint.objects.filter(version=options["to"]).first()
            if target is None:
                raise CommandError(f"There is no version {options['to']}.")
        try:
            if options["unpin"]:
                champion = registry.champion()
                if champion is None:
                    raise CommandError("There is no champion.")
                registry.set_pinned(champion, pinned=False, reason=reason or UNPINNED, actor="command line")
                self.stdout.write(f"v{champion.version} is no longer pinned.")
                return
            now = registry.roll_back(to=target, reason=reason, actor="command line")
        except registry.CannotPromote as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        self.stdout.write(f"v{now.version} is champion and pinned; servers follow within seconds.")
