"""How good version 0 is on requests of real people, beside words alone and sentence embeddings alone.

    make bench-search [ARGS="--sample 600"]

Needs the shared data beside the repository. Prints one line a task; the floors are those that the
data's README gives for BM25.
"""

import argparse
import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import django
import numpy as np
from numpy.typing import NDArray

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.catalogues import SHARED, described_default_titles, index_of, shared_catalogue  # noqa: E402
from recommender.encoders import encoder  # noqa: E402
from recommender.ml.encoder import CachedEncoder  # noqa: E402
from recommender.ml.engine import Snapshot, search  # noqa: E402
from recommender.ml.folding import fold  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState  # noqa: E402
from training.ml.metrics import ndcg_at_k  # noqa: E402

Scorer = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True)
class Asked:
    """A query, its graded right answers by row, and the rows to rank (None: all)."""

    text: str
    gains: dict[int, float]
    among: NDArray[np.int64] | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=600, help="queries a task, drawn by a fixed seed; 0: all")
    parser.add_argument("--default-catalog", action="store_true", help="what our synopses and themes add")
    options = parser.parse_args()
    if not SHARED.exists():
        parser.exit(2, f"The requests to measure on are not here: {SHARED} is missing.\n")
    call_command("prepare_encoder")
    if options.default_catalog:
        synopses()
        return
    titles = shared_catalogue()
    cached = CachedEncoder(encoder(), size=100_000)
    index = index_of(titles, encoder(), settings.STATE_DIR / "bench")
    snapshot = Snapshot(0, index, ModelState.untrained(ModelConfig(cached.dimension)), cached)
    row = {external_id: number for number, external_id in enumerate(titles.ids)}

    systems: dict[str, Scorer] = {
        "version 0": lambda text: _relevance(snapshot, text),
        "words alone": lambda text: index.lexical.score(text),
        "embedding alone": lambda text: index.content @ cached.encode([fold(text)])[0],
    }
    print(f"{len(titles.ids):,} titles, encoder {cached.fingerprint}\n")
    print(f"{'task':<34}{'n':>6}" + "".join(f"{name:>18}" for name in systems) + f"{'floor':>10}")

    def draw(asked: Iterable[Asked]) -> list[Asked]:
        usable = [a for a in asked if any(gain > 0 for gain in a.gains.values())]
        return random.Random(0).sample(usable, min(options.sample or len(usable), len(usable)))

    def line(task: str, asked: Sequence[Asked], measure: Callable[[Scorer, Asked], float], floor: str) -> None:
        means = [np.mean([measure(system, a) for a in asked]) for system in systems.values()]
        print(f"{task:<34}{len(asked):>6}" + "".join(f"{mean:>18.3f}" for mean in means) + f"{floor:>10}", flush=True)

    judged: dict[str, dict[int, float]] = defaultdict(dict)
    for entry in _table("theme_judged.dev.csv.gz"):
        judged[entry["query"]][row[entry["item_id"]]] = 2.0 ** (float(entry["grade"]) - 1) - 1
    asked = draw(Asked(text, gains, np.array(list(gains))) for text, gains in judged.items())
    line("themes, judged: nDCG@10", asked, _ndcg, ".537")

    grades: dict[str, dict[int, float]] = defaultdict(dict)
    for entry in _table("theme_qrels.dev.csv.gz"):
        grades[entry["qid"]][row[entry["item_id"]]] = 2.0 ** float(entry["grade"]) - 1
    pool = np.array(sorted(row[entry["item_id"]] for entry in _table("theme_pool.csv.gz")))
    for kind, floor in (("single", ".227"), ("pair", ".093")):
        themes = [entry for entry in _table("theme_queries.dev.csv.gz") if entry["kind"] == kind]
        asked = draw(Asked(entry["query"], grades[entry["qid"]], pool) for entry in themes)
        line(f"themes in the pool, {kind}: nDCG@10", asked, _ndcg, floor)

    plots = _lines("plot_queries.dev.jsonl.gz")
    for name, of, floors in (
        ("headline", lambda p: p["short"], (".060", ".146")),
        ("whole post", lambda p: f"{p['short']} {p['text']}"[:2_000], (".086", ".184")),
    ):
        asked = draw(Asked(of(plot), {row[a]: 1.0 for a in plot["answers"] if a in row}) for plot in plots)
        line(f"plot, {name}: Hit@10", asked, _hit(10), floors[0])
        line(f"plot, {name}: Recall@100", asked, _hit(100), floors[1])

    facts = draw(Asked(f["text"], {row[a]: 1.0 for a in f["answers"]}) for f in _lines("fact_queries.dev.jsonl.gz"))
    line("facts: Hit@1", facts, _hit(1), ".760")
    line("facts: Hit@10", facts, _hit(10), ".916")
    requests = draw(
        Asked(r["text"], {row[a]: float(g) for a, g in r["relevant"].items() if a in row})
        for r in _lines("request_queries.dev.jsonl.gz")
    )
    line("requests: nDCG@10", requests, _ndcg, ".018")
    _titles(snapshot, row, draw)


def synopses() -> None:
    """Themes among the films of the default catalogue that have a synopsis, with it and without."""
    means: dict[bool, dict[str, float]] = {}
    for with_texts in (False, True):
        titles = described_default_titles(with_texts=with_texts)
        cached = CachedEncoder(encoder(), size=100_000)
        index = index_of(titles, encoder(), settings.STATE_DIR / "bench")
        snapshot = Snapshot(0, index, ModelState.untrained(ModelConfig(cached.dimension)), cached)
        row = {external_id: number for number, external_id in enumerate(titles.ids)}
        pool = np.array(sorted(row[e["item_id"]] for e in _table("theme_pool.csv.gz") if e["item_id"] in row))
        grades: dict[str, dict[int, float]] = defaultdict(dict)
        for entry in _table("theme_qrels.dev.csv.gz"):
            if entry["item_id"] in row:
                grades[entry["qid"]][row[entry["item_id"]]] = 2.0 ** float(entry["grade"]) - 1
        means[with_texts] = {}
        for kind in ("single", "pair"):
            themes = [e for e in _table("theme_queries.dev.csv.gz") if e["kind"] == kind and grades[e["qid"]]]
            asked = [Asked(entry["query"], grades[entry["qid"]], pool) for entry in themes]
            scores = [_ndcg(partial(_relevance, snapshot), a) for a in asked]
            means[with_texts][f"{kind} ({len(asked)} queries)"] = float(np.mean(scores))
    print(f"\n{len(pool):,} films of the theme pool have a synopsis. nDCG@10 among them, version 0:\n")
    print(f"{'themes':<24}{'without':>10}{'with':>10}{'ratio':>8}")
    for kind, without in means[False].items():
        print(f"{kind:<24}{without:>10.3f}{means[True][kind]:>10.3f}{means[True][kind] / without:>8.2f}")


def _titles(snapshot: Snapshot, row: dict[str, int], draw: Callable[[Iterable[Asked]], list[Asked]]) -> None:
    """Through the whole engine, tiers and all."""
    for file, name in (("title_queries.dev.jsonl.gz", "titles"), ("typo_queries.dev.jsonl.gz", "misspelt titles")):
        asked = draw(Asked(q["query"], {row[a]: 1.0 for a in q["answers"] if a in row}) for q in _lines(file))
        rankings = [search(snapshot, a.text, limit=10) for a in asked]
        places = [
            next((p for p, hit in enumerate(ranking.hits, 1) if hit.title_id in a.gains), 0)
            for a, ranking in zip(asked, rankings, strict=True)
        ]
        corrected = sum(ranking.corrected_query is not None for ranking in rankings)
        hit1, mrr = np.mean([p == 1 for p in places]), np.mean([1 / p if p else 0.0 for p in places])
        print(f"{name}: Hit@1 {hit1:.3f}, MRR@10 {mrr:.3f}, corrected {corrected} of {len(asked)}")


def _relevance(snapshot: Snapshot, text: str) -> NDArray[np.float32]:
    vector = snapshot.encoder.encode([fold(text)])[0]
    return snapshot.scorer.score(fold(text), vector, vector, snapshot.index.lexical.score(text), {}).relevance


def _ndcg(system: Scorer, asked: Asked) -> float:
    scores = system(asked.text)
    rows = asked.among if asked.among is not None else np.arange(len(scores))
    order = rows[np.argsort(-scores[rows], kind="stable")[:10]]
    return ndcg_at_k(order.tolist(), asked.gains)


def _hit(k: int) -> Callable[[Scorer, Asked], float]:
    def measure(system: Scorer, asked: Asked) -> float:
        scores = system(asked.text)
        return float((scores > max(scores[row] for row in asked.gains)).sum() < k)

    return measure


def _lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(SHARED / "queries" / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _table(name: str) -> list[dict[str, str]]:
    with gzip.open(SHARED / "queries" / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
