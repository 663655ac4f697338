"""Does learning keep its promises? Each is proved or refuted by simulated people, with the real engine and trainer.

    make bench-learning-proofs [ARGS="--only forgetting --quick"]

No gate is between what was learnt and what serves. Needs the shared data. Exits with 1 if a promise is not kept.
"""

import argparse
import sys
import time
from importlib import import_module

from benchmarks.learning.proofs.stage import Stage
from benchmarks.learning.report import Claim

PROOFS = ("resuming", "forgetting", "exploring", "debiasing", "joining", "surprising", "guessing")


def main() -> None:
    options = _options()
    stage = Stage.set_up(
        examination=options.examination, split=options.split, seed=options.seed, is_quick=options.quick
    )
    missed = 0
    for name in options.only or PROOFS:
        proof, started = import_module(f"benchmarks.learning.proofs.{name}"), time.perf_counter()
        print(f"\n{name}: {(proof.__doc__ or '').partition(chr(10))[0]}", flush=True)
        for found in proof.prove(stage):
            print(found if isinstance(found, Claim) else f"           {found}", flush=True)
            missed += isinstance(found, Claim) and not found.reached
        print(f"  {time.perf_counter() - started:,.0f} s", flush=True)
    sys.exit(bool(missed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Does learning keep its promises?", prog="bench-learning-proofs")
    parser.add_argument("--only", nargs="+", choices=PROOFS)
    parser.add_argument("--quick", action="store_true", help="a tenth of the searches: does it run?")
    parser.add_argument("--examination", type=float, default=1.1, help="place k is looked at with k to minus this")
    parser.add_argument("--split", default="dev", help="part of the query files")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
