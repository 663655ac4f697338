"""One policy's clicks from another policy's log, where both have really served.

    make bench-offpolicy [ARGS="--halves 200 --seed 0"]

Open Bandit, small: a shop filled three slots at random and by Thompson sampling (bts), in two
campaigns. What `training.ml.offpolicy` says of one from the log of the other stands beside what the
other's own log says, which has its own error: with 30 to 70 clicks, about ±30 %. So we ask whether
their difference can be 0 (MOVER interval, Zou and Donner 2008, doi:10.1002/sim.3095). Then:

halves: the same over random halves of both logs. They overlap, so the share is a figure of how firm
the answer is, not of the coverage. control: one half of a log against the other, no weights.
worlds: rows are redrawn from the log and clicks from a fitted rate of each item and place, so the truth
is known: bias and coverage at these weights and this rarity. (The log drew some items more often than
its policy would on average; that luck is in the bias.)

averaged: SNIPS with the logger's average chance of an item at a place in place of the chance of the moment.
That is valid where clicks hang on item and place alone, as the ranking layer assumes, and varies far less.

A target's chance of an item is how often its log shows it at that place of that campaign: bts changed
during the week, so this is its average policy. Model of rewards for doubly robust: rate of the place ×
shrunk lift of the item, fitted on the other folds.
"""

import argparse
import csv
import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.ml.offpolicy import Interval, OffPolicy, estimate_slots

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "clicks" / "slot_clicks.csv.gz"
FOLDS = 5
PRIOR_CLICKS = 5.0
ESTIMATES = ("ips", "snips", "doubly_robust")
PLACES = 3

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Log:
    """Rows of one policy, all [n]. slot: number of (campaign, place). second: rows of one are one cluster."""

    slot: Ints
    item: Ints
    click: Floats
    propensity: Floats
    second: NDArray[np.str_]

    def rows(self, picked: NDArray) -> "Log":
        return Log(*(getattr(self, name)[picked] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class World:
    """slots, items: how many there are. rate: [slots, items] fitted clicks of an item at a place."""

    slots: int
    items: int
    rate: Floats

    def shares(self, log: Log) -> Floats:
        """[slots, items] how often the policy of the log shows an item at a place."""
        counts: Floats = np.zeros((self.slots, self.items))
        np.add.at(counts, (log.slot, log.item), 1)
        shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return shares


def main() -> None:
    options = _options()
    if not options.file.exists():
        sys.exit(f"Needs the shared data beside the repository: {options.file}")
    logs = _read(options.file)
    for name, policies in logs.items():
        print(f"\n{name}: " + ", ".join(f"{p} {len(log.item):,} rows" for p, log in policies.items()))
        for target, logger in (("bts", "random"), ("random", "bts")):
            _compare(target, policies[target], logger, policies[logger], options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--halves", type=int, default=200, help="random halves, and redrawn worlds")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _read(path: Path) -> dict[str, dict[str, Log]]:
    """Campaign, and "both", → policy → log. Items of different campaigns are different."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    campaigns = sorted({row["campaign"] for row in rows})
    items = {key: at for at, key in enumerate(sorted({(row["campaign"], row["item_id"]) for row in rows}))}

    def log(policy: str, campaign: str) -> Log:
        own = [row for row in rows if row["policy"] == policy and campaign in (row["campaign"], "both")]
        return Log(
            np.array([campaigns.index(r["campaign"]) * PLACES + int(r["position"]) - 1 for r in own]),
            np.array([items[r["campaign"], r["item_id"]] for r in own]),
            np.array([float(r["click"]) for r in own]),
            np.array([float(r["propensity"]) for r in own]),
            np.array([r["campaign"] + r["timestamp"] for r in own]),
        )

    return {name: {policy: log(policy, name) for policy in ("random", "bts")} for name in (*campaigns, "both")}


def _compare(target_name: str, target: Log, logger_name: str, logger: Log, options: argparse.Namespace) -> None:
    world = _world(target, logger)
    shares = world.shares(target)
    truth = _own_rate(target)
    result = _estimate(world, logger, shares, options.seed)
    print(
        f"  {target_name} from the log of {logger_name}: truth {_percent(truth)}, "
        f"{target.click.sum():.0f} clicks; log {_percent(_own_rate(logger))}, {logger.click.sum():.0f} clicks\n"
        f"    effective sample size {result.ess:,.0f} of {result.n:,}, covered {result.covered:.2f}; "
        f"{result.why or 'supported'}"
    )
    halves = list(_halves(target, logger, options))
    drawn = list(_worlds(world, logger, shares, options))
    known = float(np.mean((shares * world.rate).sum(axis=1)[logger.slot]))
    for name in ESTIMATES:
        found: Interval = getattr(result, name)
        held = [_may_be_equal(getattr(half, name), own) for half, own in halves if half.snips]
        errors = [abs(getattr(half, name).value / own.value - 1) for half, own in halves if half.snips]
        values = [getattr(draw, name) for draw in drawn if draw.snips]
        print(
            f"    {name:<14}{_percent(found)}  off by {found.value / truth.value - 1:+.0%}, "
            f"{'may be equal' if _may_be_equal(found, truth) else 'DIFFERS'}"
            f" | halves: {np.mean(held):.0%} may be equal, median error {np.median(errors):.0%}"
            f" | worlds: bias {np.mean([v.value for v in values]) / known - 1:+.1%}, "
            f"sd {np.std([v.value for v in values]) / known:.0%}, "
            f"coverage {_coverage(name, drawn, known)}, where it can say "
            f"{_coverage(name, [draw for draw in drawn if draw.supported], known)}"
        )
    averaged = _estimate(world, replace(logger, propensity=world.shares(logger)[logger.slot, logger.item]), shares, 0)
    if averaged.snips:
        print(
            f"    averaged      {_percent(averaged.snips)}  off by {averaged.snips.value / truth.value - 1:+.0%}, "
            f"{'may be equal' if _may_be_equal(averaged.snips, truth) else 'DIFFERS'}; effective sample size "
            f"{averaged.ess:,.0f}; {averaged.why or 'supported'}"
        )
    supported = [half.supported for half, _ in halves], [draw.supported for draw in drawn]
    print(f"    can say: {np.mean(supported[0]):.0%} of halves, {np.mean(supported[1]):.0%} of worlds", end="")
    control = [_may_be_equal(_own_rate(a), _own_rate(b)) for a, b in _split(target, options)]
    print(f"; control: {np.mean(control):.0%} may be equal")


def _coverage(name: str, drawn: list[OffPolicy], known: float) -> str:
    values = [getattr(draw, name) for draw in drawn if draw.snips]
    return f"{np.mean([v.low <= known <= v.high for v in values]):.0%} of {len(values)}" if values else "–"


def _percent(found: Interval) -> str:
    return f"{found.value:.3%} [{found.low:.3%}, {found.high:.3%}]"


def _own_rate(log: Log) -> Interval:
    found = estimate_slots(log.click, log.propensity, log.propensity, cluster=log.second).ips
    return found or Interval(0.0, 0.0, 0.0)


def _may_be_equal(a: Interval, b: Interval) -> bool:
    """Whether the 95 % interval of the difference of two independent estimates holds 0."""
    difference = a.value - b.value
    low = difference - np.hypot(a.value - a.low, b.high - b.value)
    high = difference + np.hypot(a.high - a.value, b.value - b.low)
    return bool(low <= 0 <= high)


def _estimate(world: World, logger: Log, shares: Floats, seed: int) -> OffPolicy:
    seconds, cluster = np.unique(logger.second, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(seconds)) % FOLDS)[cluster]
    q_logged, q_target = np.zeros((2, len(logger.item)))
    for number in range(FOLDS):
        judged = fold == number
        rate = _rates(logger.rows(~judged), world.slots, world.items)
        slot = logger.slot[judged]
        q_logged[judged] = rate[slot, logger.item[judged]]
        q_target[judged] = (shares * rate).sum(axis=1)[slot]
    return estimate_slots(
        logger.click,
        logger.propensity,
        shares[logger.slot, logger.item],
        q_logged=q_logged,
        q_target=q_target,
        cluster=cluster,
    )


def _rates(log: Log, slots: int, items: int) -> Floats:
    """[slots, items]: clicks per row of the slot × lift of the item, shrunk towards 1 by PRIOR_CLICKS."""
    by_slot = np.bincount(log.slot, log.click, slots) / np.maximum(np.bincount(log.slot, minlength=slots), 1)
    expected = np.bincount(log.item, by_slot[log.slot], items)
    lift = (np.bincount(log.item, log.click, items) + PRIOR_CLICKS) / (expected + PRIOR_CLICKS)
    return np.outer(by_slot, lift)


def _world(*logs: Log) -> World:
    together = Log(*(np.concatenate([getattr(log, name) for log in logs]) for name in Log.__dataclass_fields__))
    slots, items = int(together.slot.max()) + 1, int(together.item.max()) + 1
    return World(slots, items, _rates(together, slots, items))


def _split(log: Log, options: argparse.Namespace) -> Iterator[tuple[Log, Log]]:
    random = np.random.default_rng(options.seed)
    for _ in range(options.halves):
        first = random.permutation(len(log.item)) < len(log.item) // 2
        yield log.rows(first), log.rows(~first)


def _halves(target: Log, logger: Log, options: argparse.Namespace) -> Iterator[tuple[OffPolicy, Interval]]:
    world = _world(target, logger)
    for (seen, _), (own, _) in zip(_split(logger, options), _split(target, options), strict=True):
        yield _estimate(world, seen, world.shares(own), options.seed), _own_rate(own)


def _worlds(world: World, logger: Log, shares: Floats, options: argparse.Namespace) -> Iterator[OffPolicy]:
    """Logs of the same policy with clicks of a known rate. A row and its second are redrawn together."""
    random = np.random.default_rng(options.seed)
    n = len(logger.item)
    for _ in range(options.halves):
        log = logger.rows(random.integers(n, size=n))
        clicks = (random.random(n) < world.rate[log.slot, log.item]).astype(float)
        rows = np.arange(n).astype(str)  # clicks of a drawn world are independent
        yield _estimate(world, Log(log.slot, log.item, clicks, log.propensity, rows), shares, options.seed)


if __name__ == "__main__":
    main()
