"""How good version 0 is on requests of real people, beside well-known ways to search.

    make bench-search [ARGS="--sample 300 --tasks typos,facts --json results.json"]

Every system ranks the whole catalogue of the shared data, ours through the real engine. Ours is
shown with its 95 % interval (percentile bootstrap over queries). Where a task ranks a closed set of
films, all systems do. BM25: all fields in a row, unweighted; English stop words left out of the
query. MiniLM: cosine to the text of a title. RRF: the reciprocal-rank fusion of the two. trigrams:
BM25 over those of the names. WRatio and ratio: rapidfuzz over all names. popular: by number of votes.
"""

import argparse
import platform
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks import catalogues  # noqa: E402
from benchmarks.quality.distinctness import distinctness  # noqa: E402
from benchmarks.quality.marquee import Marquee, StoredEncoder  # noqa: E402
from benchmarks.quality.metrics import RESAMPLES, Answer, Query, hit_at  # noqa: E402
from benchmarks.quality.queries import QuerySets  # noqa: E402
from benchmarks.quality.references import References  # noqa: E402
from benchmarks.quality.synopses import compare_synopses  # noqa: E402
from benchmarks.quality.table import Table  # noqa: E402
from benchmarks.quality.tasks import DISTINCTNESS, KEYS, REFERENCES, TASKS, Task  # noqa: E402
from recommender.index.encoders import encoder, query_encoder  # noqa: E402
from recommender.ml.composition import embedding_text  # noqa: E402

SEED = 1  # of the sample: with it the headlines of plots are as hard as all of them (seed 0 draws easy ones)
PACKAGES = ("numpy", "onnxruntime", "tokenizers", "rapidfuzz", "bm25s")


def main() -> None:
    options = _options()
    call_command("prepare_encoder")
    cache = settings.STATE_DIR / "bench"
    if options.default_catalog:
        compare_synopses(options.data / "queries", options.split, encoder(), cache)
        return
    started = time.perf_counter()
    catalogues.SHARED = options.data
    titles = catalogues.shared_catalogue()
    index = catalogues.index_of(titles, encoder(), cache)
    stored = StoredEncoder(query_encoder(), cache)
    marquee = Marquee(index, stored)
    references = None
    if not options.alone:
        texts = [embedding_text(text) for text in titles.texts]
        references = References(titles, catalogues.embed(texts, encoder(), cache), stored)
    sets = QuerySets(options.data / "queries", options.split, {each: row for row, each in enumerate(titles.ids)})
    table = Table((marquee.name, *(() if options.alone else REFERENCES)))
    print(f"{len(titles.ids):,} titles, encoder {stored.fingerprint}, split {options.split}\n\n{table.head()}")
    for task in TASKS:
        if task.key not in options.tasks:
            continue
        try:
            queries = _drawn(task.load(sets), options.sample)
        except FileNotFoundError as missing:
            print(f"{task.key}: left out, there is no {missing}")
            continue
        if queries:
            _measure(task, queries, marquee, references, table)
            stored.save()
    if DISTINCTNESS in options.tasks:
        for name, values in distinctness(marquee, titles, n_pairs=options.sample or 500).items():
            print(table.line("similar", name, {marquee.name: values}, "", "< .30" if "shared" in name else "0"))
    _progress(f"all of it: {time.perf_counter() - started:.0f} s")
    if options.json:
        table.write(
            options.json,
            settings={
                "split": options.split,
                "sample": options.sample,
                "seed": SEED,
                "resamples": RESAMPLES,
                "titles": len(titles.ids),
                "encoder": stored.fingerprint,
                "engine": asdict(marquee.snapshot.config),
            },
            versions={"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        )


def _measure(
    task: Task, queries: Sequence[Query], marquee: Marquee, references: References | None, table: Table
) -> None:
    started = time.perf_counter()
    answers = {marquee.name: [marquee.answer(query) for query in queries]}
    seconds = time.perf_counter() - started
    if references and task.references:
        answers |= references.answers(queries, task.references)
    kinds = sorted({query.kind for query in queries}) if task.kinds else []
    for line in task.lines:
        compared = {marquee.name: answers[marquee.name]} if line.only_ours else answers
        values = {
            name: [line.measure(answer, query) for answer, query in zip(each, queries, strict=True)]
            for name, each in compared.items()
        }
        print(table.line(task.key, line.name, values, line.floor, line.reach), flush=True)
    for kind in kinds:
        values = {name: _hits_of(kind, each, queries) for name, each in answers.items()}
        print(table.line(task.key, f"Hit@1, {kind}", values, "", task.kinds.get(kind, task.kinds[""])), flush=True)
    _progress(
        f"{task.key}: {seconds / len(queries) * 1e3:.1f} ms a query, {time.perf_counter() - started:.0f} s in all"
    )


def _hits_of(kind: str, answers: Sequence[Answer], queries: Sequence[Query]) -> list[float]:
    measure = hit_at(1)
    return [measure(answer, query) for answer, query in zip(answers, queries, strict=True) if query.kind == kind]


def _drawn(queries: list[Query], n: int) -> list[Query]:
    """n of them, always the same ones; 0: all."""
    return random.Random(SEED).sample(queries, n) if 0 < n < len(queries) else queries


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=catalogues.SHARED, help="directory with catalog/ and queries/")
    parser.add_argument("--split", default="dev", help="part of the query sets")
    parser.add_argument("--sample", type=int, default=0, help="queries a task, drawn by a fixed seed; 0: all")
    parser.add_argument("--tasks", type=lambda text: text.split(","), default=KEYS, help=", ".join(KEYS))
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    parser.add_argument("--alone", action="store_true", help="ours only: a minute instead of ten")
    parser.add_argument("--default-catalog", action="store_true", help="what our synopses and themes add")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(KEYS):
        parser.error(f"unknown tasks: {', '.join(sorted(unknown))}; there are {', '.join(KEYS)}")
    if not (options.data / "catalog" / "catalog.csv.gz").exists():
        parser.exit(
            2, f"The catalogue to measure on is not here: {options.data}/catalog/catalog.csv.gz is missing.\n"
        )
    return options


def _progress(text: str) -> None:
    print(f"    {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
