"""Our own learner with parts of it switched off, taught by the same log as the whole."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.learning.asking import Asker
from benchmarks.learning.site import Teacher
from recommender.ml.snapshot import Snapshot
from training.ml.config import TrainConfig
from training.ml.labels import LoggedSearch
from training.ml.learning import learn
from training.ml.remember import remember
from training.ml.simulator import Intent


class Part:
    """name: "memory", "weights" or "both". No gate: whatever was learnt serves."""

    def __init__(self, name: str, snapshot: Snapshot, asker: Asker, config: TrainConfig) -> None:
        self.name, self.snapshot, self.asker, self.config = name, snapshot, asker, config
        self.teacher = Teacher()

    def learn(self, visits: Sequence[LoggedSearch]) -> None:
        fresh, older = self.teacher.teach(visits, self.config, self.snapshot.state)
        vectors = self.asker.vectors([lesson.text for lesson in (*fresh, *older)])
        state = self.snapshot.state
        if self.name == "memory":
            memory = remember(state.memory, fresh, vectors, half_life=self.config.memory_half_life)
            state = replace(state, memory=memory)
        else:
            learnt, _ = learn(self.snapshot, fresh, older, vectors, self.config)
            state = replace(learnt, memory=state.memory) if self.name == "weights" else learnt
        self.snapshot = replace(self.snapshot, state=state)
        self.teacher.close(visits, fresh)

    def rank(self, intent: Intent, limit: int) -> list[int]:
        return self.asker.first(self.snapshot, intent, limit)
