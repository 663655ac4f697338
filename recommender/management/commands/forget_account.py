"""Delete an account and everything that is its own, for somebody who asked by letter."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.event_log import Visitor
from recommender.accounts import leaving
from recommender.accounts.names import named


class Command(BaseCommand):
    help = "Delete an account, all that was kept of it, and what versions learnt from it. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="of the account, or its e-mail address")
        parser.add_argument("--yes", action="store_true", help="do it; without, only say what would go")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = named(options["name"])
        if len(found) != 1:
            raise CommandError(f"{len(found)} accounts have this name or address; give the name of one.")
        (user,) = found
        visitor = Visitor(user_id=user.pk)
        if not options["yes"]:
            made = f"{user.date_joined:%Y-%m-%d}"
            self.stdout.write(f"This would delete {user.get_username()}, made on {made}. Add --yes.")
            return
        left = leaving.leave(visitor)
        if left is None:
            raise CommandError("The account is gone already.")
        self.stdout.write(f"Deleted, with {left.n_searches:,} searches and {left.n_interactions:,} interactions.")
        if left.had_taught:
            self.stdout.write("Versions that had learnt from it are learnt again without it.")
