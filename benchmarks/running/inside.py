"""A hand inside the site: a program in its environment that does what a line on its input says.

    promote    register a copy of the champion and promote it          answers with its version
    back       roll back to the version served before, and unpin it    answers with that version
    ring N     ring N times for a look and N times for a run           answers with N

It is there so that a drill pays for imports once, and so that it changes versions as the site does.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.running.site import ROOT, Site

ACTOR = "drill"


class Hand:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, what: str) -> int:
        """The answer. Raises RuntimeError if it could not be done; what it said is in the drill's own output."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{what!r} failed inside the site")
        return int(answer)


@contextmanager
def hand_inside(site: Site) -> Iterator[Hand]:
    environment = site.environment | {"DJANGO_SETTINGS_MODULE": "reco_site.settings"}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.running.inside"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Hand(process)
    finally:
        process.communicate()


def promote() -> int:
    from recommender.versions import registry, stored

    champion = registry.champion()
    assert champion is not None
    copy = registry.register(
        stored.load(champion),
        parent=champion,
        encoder_fingerprint=champion.encoder_fingerprint,
        window=registry.Window(champion.wm_to, champion.wm_to, {}),
    )
    registry.promote(copy, over=champion, reason="a drill of reloads", actor=ACTOR)
    return copy.version


def back() -> int:
    from recommender.versions import registry

    now = registry.roll_back(to=None, reason="a drill of reloads", actor=ACTOR)
    registry.set_pinned(now, pinned=False, reason="a drill of reloads", actor=ACTOR)
    return now.version


def ring(times: int) -> int:
    from reco_site.celery import app

    for _ in range(times):
        app.send_task("training.tasks.tick")
        app.send_task("training.tasks.fine_tune", ["searches"])
    return times


def main() -> None:
    import django

    django.setup()
    for line in sys.stdin:
        match line.split():
            case ["promote"]:
                answer = promote()
            case ["back"]:
                answer = back()
            case ["ring", times]:
                answer = ring(int(times))
            case _:
                sys.exit(f"what is {line!r}?")
        print(answer, flush=True)


if __name__ == "__main__":
    main()
