"""Prove again what the versions learnt from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training import audit


class Command(BaseCommand):
    help = "Check for every version that served that its window follows its parent's and holds what it read."

    def handle(self, *_args: Any, **_options: Any) -> None:
        wrong = set()
        for finding in audit.windows():
            self.stdout.write(f"{'✗' if finding.is_wrong else '✓'} v{finding.version} {finding.what}")
            if finding.is_wrong:
                wrong.add(finding.version)
        if wrong:
            raise CommandError(
                f"The chain does not hold for {', '.join(f'v{version}' for version in sorted(wrong))}."
            )
        self.stdout.write("Every window follows its parent's, and the log holds what each version read.")
