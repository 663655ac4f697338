"""A training run in a process of its own: started fresh, nice, on one thread, ended if it hangs.

Whoever starts it loads no torch and does not grow. The child takes the lease itself, under a name
given to it, so that its death can be cleaned up at once instead of when the lease runs out.
"""

import os
import signal
import subprocess
import sys
from uuid import UUID, uuid4

from django.conf import settings

from training import lease
from training.models import TrainingRun
from training.runs import bury_the_dead, never_began

NICENESS = 10
GRACE_SECONDS = 30  # beyond the deadline, which is checked between steps: to start, and to store the result
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
}


def fine_tune(trigger: str) -> TrainingRun | None:
    """Run `manage.py fine_tune` to its end; None if it found somebody else at work, or nothing due."""
    holder = uuid4()
    process = subprocess.Popen(
        command(trigger, holder), cwd=settings.BASE_DIR, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=settings.LEARN_DEADLINE_SECONDS + 2 * GRACE_SECONDS)
    finally:
        process.kill()  # does nothing to one that has ended
        process.wait()
        bury(holder)
    run = TrainingRun.objects.filter(holder=holder).first()
    if run is None and process.returncode > 0:
        run = never_began(trigger, holder, process.returncode)
    return run


def command(trigger: str, holder: UUID) -> list[str]:
    nicer_by = max(0, NICENESS - os.getpriority(os.PRIO_PROCESS, 0))
    fine_tune = [sys.executable, str(settings.BASE_DIR / "manage.py"), "fine_tune"]
    return ["nice", "-n", str(nicer_by), *fine_tune, "--trigger", trigger, "--holder", str(holder)]


def bury(holder: UUID) -> None:
    """That process is dead: say so of its run, if it had not ended, and free its lease for the next tick."""
    bury_the_dead(holder)
    lease.free(lease.TRAINING, holder)


def end_if_it_hangs() -> None:
    """In the child: the kernel ends this process some time after the deadline, even inside of C code.

    A child outlives a worker that was killed: it holds the lease and does useful work, but nobody
    watches it any more.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(settings.LEARN_DEADLINE_SECONDS) + GRACE_SECONDS)
