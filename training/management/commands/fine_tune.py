"""Train now, in this process, and say what came of it."""

from argparse import SUPPRESS, ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from training import child
from training.models import TrainingRun
from training.pipeline import run_fine_tuning


class Command(BaseCommand):
    help = "Learn from the searches since the serving version, judge the result and promote or refuse it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # For `child`: why the worker started this process, and whom the lease is to name.
        parser.add_argument("--trigger", default="command", help=SUPPRESS)
        parser.add_argument("--holder", type=UUID, help=SUPPRESS)

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["holder"]:
            child.end_if_it_hangs()
            run_fine_tuning(options["trigger"], holder=options["holder"], only_if_due=True)
            return
        run = run_fine_tuning(options["trigger"])
        if run is None:
            raise CommandError("Another process is training; try again when it has finished.")
        counts = ", ".join(f"{name}: {n}" for name, n in sorted(run.counts.items()) if n)
        self.stdout.write(f"Read {counts or 'nothing'}.")
        for condition in run.verdict:
            self.stdout.write(f"  {'✓' if condition['passed'] else '✗'} {condition['name']}: {condition['reason']}")
        if run.status == TrainingRun.Status.FAILED:
            raise CommandError(f"The run failed and the serving version stays: {run.error}")
        said = {
            TrainingRun.Status.PROMOTED: f"v{run.candidate_version} is serving.",
            TrainingRun.Status.REFUSED: f"v{run.candidate_version} was refused; v{run.parent_version} stays.",
            TrainingRun.Status.HELD: f"v{run.candidate_version} passed, but v{run.parent_version} is pinned.",
            TrainingRun.Status.NOTHING_NEW: "There is no new choice to learn from.",
        }
        self.stdout.write(said[TrainingRun.Status(run.status)])
