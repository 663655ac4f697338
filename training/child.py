"""A training run in a process of its own: started fresh, nice, on one thread, ended if it hangs.

Whoever starts it loads no torch and does not grow. The child takes the lease itself, under a name
given to it, so that its death can be cleaned up at once instead of when the lease runs out.
"""

import os
import signal
import subprocess
import sys
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings

from training import lease, runs
from training.models import TrainingRun
from training.runs import never_began

NICENESS = 10
GRACE_SECONDS = 30  # beyond the deadline, which is checked between steps: to start, and to store the result
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
}
GENTLE = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT)  # exit codes of who was asked to stop
Status, LOAD = TrainingRun.Status, TrainingRun.Blames.LOAD


class End(NamedTuple):
    """How a process ended that did not say so itself: for its run's row."""

    status: str
    error: str
    blames: str


HUNG = End(Status.DIED, "it hung, and was killed some time after its deadline", LOAD)
DISMISSED = End(Status.DIED, "its worker was told to stop, and stopped it", "")


def fine_tune(trigger: str) -> TrainingRun | None:
    """Run `manage.py fine_tune` to its end; None if it found somebody else at work, or nothing due."""
    holder, is_late, has_ended = uuid4(), False, False
    process = subprocess.Popen(
        command(trigger, holder), cwd=settings.BASE_DIR, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=settings.LEARN_DEADLINE_SECONDS + 2 * GRACE_SECONDS)
        has_ended = True
    except subprocess.TimeoutExpired:
        is_late = True
        raise
    finally:
        process.kill()  # does nothing to one that has ended
        process.wait()
        end = ended(process.returncode) if has_ended else HUNG if is_late else DISMISSED
        bury(holder, end)
    run = TrainingRun.objects.filter(holder=holder).first()
    if run is None and process.returncode not in (0, *GENTLE):
        run = never_began(trigger, holder, process.returncode)
    return run


def command(trigger: str, holder: UUID) -> list[str]:
    nicer_by = max(0, NICENESS - os.getpriority(os.PRIO_PROCESS, 0))
    # Whoever starts it has run the checks; they load the web pages: a fifth of a second and 14 MB.
    fine_tune = [sys.executable, str(settings.BASE_DIR / "manage.py"), "fine_tune", "--skip-checks"]
    return ["nice", "-n", str(nicer_by), *fine_tune, "--trigger", trigger, "--holder", str(holder)]


def ended(exit_code: int) -> End:
    """exit_code: of a process that was not ended by us; below 0 the signal that ended it, as `subprocess` says."""
    if exit_code >= 0:
        error = f"the process ended with exit code {exit_code}; the worker's log says why"
        return End(Status.FAILED, error, "")
    if exit_code == -signal.SIGALRM:
        return HUNG
    name = signal.Signals(-exit_code).name if -exit_code in set(signal.Signals) else f"signal {-exit_code}"
    if exit_code in GENTLE:
        return End(Status.DIED, f"the process was asked to stop ({name})", "")
    return End(Status.DIED, f"the process was killed ({name}): by the system, where memory ran out, or by hand", LOAD)


def bury(holder: UUID, end: End) -> None:
    """That process is dead: say so of its run, if it had not ended, and free its lease for the next tick."""
    runs.bury(holder, *end)
    lease.free(lease.TRAINING, holder)


def end_if_it_hangs() -> None:
    """In the child: the kernel ends this process some time after the deadline, even inside of C code.

    A child outlives a worker that was killed: it holds the lease and does useful work, but nobody
    watches it any more.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(settings.LEARN_DEADLINE_SECONDS) + GRACE_SECONDS)
