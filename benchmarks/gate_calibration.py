"""Does the gate let honest windows through and spoilt ones not? Both with the real engine, labels, trainer and gate.

    make bench-gate [ARGS="--cycles 20 --kinds honest,shuffled --more"]

A simulated site learns from 5,000 searches. Its champions after 0, 1,000 and 5,000 serve windows of 25, 250 and 1,000
searches of people who come with another seed each time; each window is judged as it is, and spoilt in every way
below. A log that is poisoned in production is judged by itself, so spoilt windows are; shuffled ones are also judged
by the true choices. Exits with 1 if fewer than 19 of 20 honest windows pass, if any spoilt one does, or if the
champion's bytes change.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

import django

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from benchmarks.catalogues import index_of, shared_catalogue  # noqa: E402
from benchmarks.learning.asking import Asker  # noqa: E402
from benchmarks.learning.site import Site  # noqa: E402
from benchmarks.learning.world import Cast, cast, pool_of  # noqa: E402
from benchmarks.quality.marquee import StoredEncoder  # noqa: E402
from recommender.index.encoders import encoder, query_encoder  # noqa: E402
from recommender.ml.snapshot import Snapshot  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState, to_bytes  # noqa: E402
from training.ml.config import GatePolicy, TrainConfig  # noqa: E402
from training.ml.finetune import fine_tune  # noqa: E402
from training.ml.golden import golden_set  # noqa: E402
from training.ml.labels import Lesson, LoggedSearch, lessons  # noqa: E402
from training.ml.loop import TrainingFailed  # noqa: E402
from training.ml.simulator import People  # noqa: E402

STAGES, SIZES = (0, 1_000, 5_000), (25, 250, 1_000)
BUILT_BY = 250  # searches a tick
HONEST_SHARE = 0.95
NEAR = 5

Vectors = dict[str, NDArray[np.float32]]
Window = list[LoggedSearch]


@dataclass(frozen=True)
class Cycle:
    """A window, and the site as it was when it served it, after `stage` searches."""

    stage: int
    site: Site
    window: Window
    seed: int


@dataclass(frozen=True)
class Spoilt:
    """How a window is spoilt: its log, its texts' vectors, the configuration. by_truth: judged by the true log."""

    log: Callable[[Window, random.Random, int], Window] = lambda window, _draw, _n: window
    vectors: Callable[[Vectors, Sequence[Lesson]], Vectors] = lambda vectors, _fresh: vectors
    config: TrainConfig = field(default_factory=TrainConfig)
    by_truth: bool = False


def _moved(window: Window, title_of: Callable[[LoggedSearch, int], int]) -> Window:
    """The same log with other titles chosen; several deeds at one title stay together."""
    made = []
    for search in window:
        new = {title: title_of(search, title) for title in dict.fromkeys(deed.title_id for deed in search.deeds)}
        deeds = tuple(replace(deed, title_id=new[deed.title_id]) for deed in search.deeds)
        made.append(replace(search, deeds=deeds))
    return made


def _shuffled(window: Window, draw: random.Random, _n_titles: int) -> Window:
    return _moved(window, lambda search, _: draw.choice(search.shown))


def _nearly(window: Window, draw: random.Random, _n_titles: int) -> Window:
    return _moved(
        window, lambda search, title: draw.choice([t for t in search.shown[:NEAR] if t != title] or [title])
    )


def _one_title(window: Window, draw: random.Random, _n_titles: int) -> Window:
    """Everybody chooses the same title; it is put on the pages that did not show it, or it would not count."""
    title = draw.choice([title for search in window for title in search.shown])
    on_every_page = [
        search if title in search.shown or not search.deeds else replace(search, shown=(*search.shown[:-1], title))
        for search in window
    ]
    return _moved(on_every_page, lambda _, __: title)


def _refused(window: Window, _draw: random.Random, _n_titles: int) -> Window:
    return [
        replace(search, deeds=tuple(replace(deed, action="dislike") for deed in search.deeds)) for search in window
    ]


def _other_ids(window: Window, draw: random.Random, n_titles: int) -> Window:
    ids = draw.sample(range(n_titles), n_titles)
    shown = [replace(search, shown=tuple(ids[title] for title in search.shown)) for search in window]
    return _moved(shown, lambda _, title: ids[title])


def _not_numbers(vectors: Vectors, fresh: Sequence[Lesson]) -> Vectors:
    """The embedding of one text that somebody chose for is not a number."""
    text = next((lesson.text for lesson in fresh if lesson.gains and not lesson.names_title), None)
    return vectors if text is None else vectors | {text: np.full_like(vectors[text], np.nan)}


KINDS = {
    "honest": Spoilt(),
    "shuffled": Spoilt(_shuffled),
    "shuffled (judged by the truth)": Spoilt(_shuffled, by_truth=True),
    "learning rate × 1e6": Spoilt(config=TrainConfig(learning_rate=TrainConfig().learning_rate * 1e6)),
    "NaN features": Spoilt(vectors=_not_numbers),
    "one title for all": Spoilt(_one_title),
    "all refusals": Spoilt(_refused),
    "empty": Spoilt(lambda _window, _draw, _n: []),
    "swapped titles": Spoilt(_other_ids),
}
MORE = {  # reported, not required: as good as honest in all that a log can say of itself
    "near: over the first five": Spoilt(_nearly),
    "near (judged by the truth)": Spoilt(_nearly, by_truth=True),
}


def main() -> None:
    options = _options()
    call_command("prepare_encoder")
    started = time.perf_counter()
    site, people = prepare()
    cycles = windows(site, people, options.cycles, options.seed)
    print(
        f"{len(cycles)} windows in {time.perf_counter() - started:.0f} s; sizes {SIZES}, stages {STAGES}", flush=True
    )
    kinds = KINDS | MORE
    failed = False
    for name in options.kinds.split(",") if options.kinds else [*KINDS, *(MORE if options.more else ())]:
        started = time.perf_counter()
        n_passed, reasons = 0, Counter[str]()
        for cycle in cycles:
            refusals = judged(cycle, kinds[name])
            n_passed += not refusals
            reasons.update(refusals)
            if options.verbose:
                about = f"after {cycle.stage:,}, {len(cycle.window):,} searches, seed {cycle.seed}"
                print(f"  {name}, {about}: {', '.join(refusals) or 'passed'}", flush=True)
        is_wrong = n_passed < HONEST_SHARE * len(cycles) if name == "honest" else n_passed > 0
        failed |= is_wrong and name in KINDS
        why = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common())
        told = f"{n_passed:2} of {len(cycles)} passed {'WRONG' if is_wrong and name in KINDS else '':5}"
        print(f"{name:30} {told} | {why} | {time.perf_counter() - started:.0f} s", flush=True)
    sys.exit(1 if failed else 0)


def prepare() -> tuple[Site, Cast]:
    """A site that has learnt nothing, and the people who use it."""
    titles = pool_of(shared_catalogue())
    people = cast(titles)
    stored = StoredEncoder(query_encoder(), settings.STATE_DIR / "bench")
    index = index_of(titles, encoder(), settings.STATE_DIR / "bench")
    zero = Snapshot(0, index, ModelState.untrained(ModelConfig(stored.dimension)), stored)
    asker = Asker(index, stored, np.zeros(len(index), np.bool_))
    golden = golden_set(zero, {row: text.genres for row, text in enumerate(titles.texts)})
    return Site(zero, zero, asker, golden), people


def windows(site: Site, people: Cast, n_cycles: int, seed: int) -> list[Cycle]:
    """Every stage with every size, in turn. The sites share catalogue and questions, nothing that changes."""
    stages, first = {}, People(people.world, seed=seed + 1)
    for stage in STAGES:
        while first.n_visits < stage:
            site.learn([first.visit(site.serve).logged for _ in range(BUILT_BY)])
        shared = {id(kept): kept for kept in (site.asker, site.champion, site.version_zero, site.golden)}
        stages[stage] = deepcopy(site, shared)
    print(
        f"the site promoted {site.n_promoted} of {site.n_judged} candidates", *site.refusals, sep="\n  ", flush=True
    )
    cycles = []
    for number in range(n_cycles):
        stage, size = STAGES[number % 3], SIZES[number // 3 % 3]
        others = People(people.world, seed=seed + 100 + number)
        others.n_visits = stage  # the clock goes on
        served_by = stages[stage]
        window = [others.visit(served_by.serve).logged for _ in range(size)]
        cycles.append(Cycle(stage, served_by, window, others.seed))
    return cycles


def judged(cycle: Cycle, spoilt: Spoilt) -> list[str]:
    """The conditions that refuse the candidate, [] if it would serve."""
    site, champion = cycle.site, cycle.site.champion
    before = to_bytes(champion.state)
    log = spoilt.log(cycle.window, random.Random(cycle.seed), len(champion.index))
    fresh, replay = site.teacher.teach(log, spoilt.config, site.champion.state)
    truth, _ = lessons(cycle.window, earlier=site.teacher.heard)
    vectors = site.asker.vectors(sorted({lesson.text for lesson in (*fresh, *replay)}))
    supporters = {title: set(who) for title, who in site.supporters.items()}
    for search in log:
        for deed in search.deeds:
            supporters.setdefault(deed.title_id, set()).add(deed.who)
    try:
        candidate = fine_tune(
            champion,
            site.version_zero,
            fresh,
            replay,
            spoilt.vectors(vectors, fresh),
            site.golden,
            spoilt.config,
            GatePolicy(),
            judge_by=truth if spoilt.by_truth else None,
            support={title: len(who) for title, who in supporters.items()},
            asks=site.asker.question,
        )
        refusals = [condition.name for condition in candidate.verdict.conditions if not condition.passed]
        if not refusals and spoilt.config != TrainConfig() and not candidate.fit.steps:
            refusals = ["nothing to learn"]
    except TrainingFailed:
        refusals = ["training failed"]
    if to_bytes(champion.state) != before:
        raise SystemExit("the champion's bytes changed")
    return refusals


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="other people")
    parser.add_argument("--kinds", help=f"some of: {','.join(KINDS | MORE)}")
    parser.add_argument("--more", action="store_true", help="also kinds that are only reported")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
