"""Learning from a checkpoint is learning without the break, bit for bit, in this process and in another.

One learner keeps its state between windows; another writes it to bytes and reads it back, as the site does. Their
checkpoints are compared after every window. Then a process of its own learns the last window again.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.learning.proofs.stage import TICK, Play, Stage, taught
from benchmarks.learning.report import Claim
from recommender.ml.encoder import HashingEncoder
from recommender.ml.index import CatalogIndex
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import digest, from_bytes, to_bytes
from training.ml.learning import learn

WINDOWS = 8
LESSON = "lesson.pickle"


def prove(stage: Stage) -> Iterator[Claim]:
    play = Play(stage.prepared, seed=0)
    resumed, parent, equal = play.site.champion, to_bytes(play.site.champion.state), []
    for number in range(1, WINDOWS + 1):
        play.until(number * TICK, learns=False)
        window = [visit.logged for visit in play.visits[-TICK:]]
        lesson = play.teacher.teach(window, play.config, play.site.champion.state)
        parent = to_bytes(resumed.state)
        resumed = replace(resumed, state=from_bytes(parent, sha256=digest(parent)))
        resumed = taught(resumed, *lesson, play.asker, play.config)
        play.learn(window)
        equal.append(digest(to_bytes(resumed.state)) == digest(to_bytes(play.site.champion.state)))
    sha256 = digest(to_bytes(play.site.champion.state))
    yield Claim(
        "resumed from bytes equals uninterrupted",
        all(equal),
        f"{sum(equal)} of {WINDOWS} windows give the same sha256, all wanted; the last {sha256[:16]}…",
    )
    texts = sorted({one.text for lessons in lesson for one in lessons})
    with TemporaryDirectory() as directory:
        resumed.index.save(Path(directory))
        with (Path(directory) / LESSON).open("wb") as file:
            pickle.dump((parent, *lesson, play.asker.vectors(texts), play.config), file)
        other = subprocess.run(
            [sys.executable, "-m", __name__, directory], check=True, capture_output=True, text=True
        ).stdout.strip()
    yield Claim("another process learns the same", other == sha256, f"{other[:16]}… for the last window again")


def again(directory: Path) -> str:
    """sha256 of what the kept lesson makes of the kept parent."""
    with (directory / LESSON).open("rb") as file:
        parent, fresh, replay, vectors, config = pickle.load(file)
    encoder = HashingEncoder()  # unused: the vectors are kept
    snapshot = Snapshot(0, CatalogIndex.load(directory), from_bytes(parent, sha256=digest(parent)), encoder)
    state, _ = learn(snapshot, fresh, replay, vectors, config)
    return digest(to_bytes(state))


if __name__ == "__main__":
    print(again(Path(sys.argv[1])))
