"""How well personal ranking foresees what people choose, and whether it does what they say.

    make bench-personal [ARGS="--data ../shared/data --sets ml1m_half --validate --json results.json"]

Next film: the newest film of everybody is held out, all titles of the catalogue are ranked, known ones left out.
New people are in no training history; they know the n films before their newest. Attention is as of the day before;
the rivals know all years. --validate holds out the second newest film instead, and asks one fold of new people. Our
parameters were picked on that film and on two fifths of the people as new ones. So what is held out here had no say
in them for the next film, but for new people it had.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import django
import numpy as np
from numpy.typing import NDArray

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks import catalogues  # noqa: E402
from benchmarks.personal_ranking import small_site, tasks  # noqa: E402
from benchmarks.personal_ranking.control import refusal, shared_rows  # noqa: E402
from benchmarks.personal_ranking.histories import Histories, gains, hits, next_films, read  # noqa: E402
from benchmarks.personal_ranking.ours import Ours, World  # noqa: E402
from recommender.index.encoders import encoder, query_encoder  # noqa: E402
from recommender.ml.index import CatalogIndex  # noqa: E402
from recommender.ml.snapshot import Snapshot  # noqa: E402
from recommender.ml.taste import Signal  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState  # noqa: E402

SETS = {"ml1m_half": "popular .048, kNN .066, EASE .110", "movietweetings100k": "popular .149, kNN .178, EASE .168"}
N_CONTROL = 200  # people asked about refusals and rows
MIN_KNOWN = 10  # films that these know
PACKAGES = ("numpy", "scipy", "implicit")


def main() -> None:
    options = _options()
    call_command("prepare_encoder")
    catalogues.SHARED = options.data
    started = time.perf_counter()
    titles = catalogues.shared_catalogue()
    index = catalogues.index_of(titles, encoder(), settings.STATE_DIR / "bench")
    row_of = {item: row for row, item in enumerate(titles.ids)}
    versions = {name: version(name) for name in PACKAGES}
    print(f"{len(index):,} titles; {versions}; {'validation' if options.validate else 'test'} split", flush=True)
    figures: dict[str, object] = {"small site": _small_site(index)}
    for name in options.sets:
        try:
            histories = read(options.data / "ratings" / f"ratings_{name}.csv.gz", row_of)
        except FileNotFoundError as missing:
            print(f"{name}: left out, there is no {missing}")
            continue
        figures[name] = _measure(name, index, histories, drop=int(options.validate), sample=options.sample)
        print(f"{name}: {time.perf_counter() - started:.0f} s so far", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "figures": figures}, indent=1))


def _measure(name: str, index: CatalogIndex, histories: Histories, *, drop: int, sample: int) -> dict[str, object]:
    training, cases = next_films(histories, drop=drop)
    world = World.of(index, histories)
    ours = Ours(world, training)
    ours.check(cases[:20])
    print(f"\n## {name}: {len(histories):,} choices of {histories.people.max() + 1:,} people")
    print(f"next film (reference: {SETS.get(name, 'none')})\n{'':32}HR@10 [95 %]         nDCG@10")
    found = {}
    for way, ranks in tasks.next_film(world, histories, drop=drop, sample=sample):
        found[way] = ranks
        print(f"  {way:30}{_interval(hits(ranks))}   {gains(ranks).mean():.3f}", flush=True)
    curve = tasks.learning_curve(world, histories, only=0 if drop else None, sample=sample)
    n_new = len(next(iter(curve["ours"].values())))
    print(f"HR@10 of {n_new:,} new people who know{''.join(f'{n:7}' for n in tasks.KNOWN)} films")
    for way, points in curve.items():
        print(f"  {way:34}{''.join(f'{hits(ranks).mean():7.3f}' for ranks in points.values())}", flush=True)
    cold = tasks.cold_titles(world, histories, drop=drop)
    print(f"nDCG@10 among titles without history, {len(cold['ours']):,} asked")
    for way, values in cold.items():
        print(f"  {way:30}{_interval(values)}", flush=True)
    control = _control(index, ours, cases)
    _cost(world, ours, cases)
    return {
        "next film": {way: [hits(ranks).mean(), gains(ranks).mean()] for way, ranks in found.items()},
        "new people": {way: {n: hits(r).mean() for n, r in points.items()} for way, points in curve.items()},
        "without history": {way: values.mean() for way, values in cold.items()},
        "control": control,
    }


def _small_site(index: CatalogIndex) -> dict[int, float]:
    crowd = small_site.famous_of(index, small_site.CROWD, small_site.FAMOUS)
    newcomers = [small_site.famous_of(index, genre, small_site.LOVED) for genre in small_site.NEWCOMERS]
    if len(crowd) < small_site.FAMOUS or min(map(len, newcomers)) < small_site.LOVED:
        print("small site: left out, the catalogue has too few films of its genres")
        return {}
    figures = {n: small_site.shared_places(index, crowd, newcomers, n) for n in small_site.CROWDS}
    told = ", ".join(f"{n:,} people {share:.0%}" for n, share in figures.items())
    print(
        f"taught by people who all like famous {small_site.CROWD}, two newcomers of other tastes share at most of "
        f"their first ten (aim < 30 %): {told}",
        flush=True,
    )
    return figures


def _control(index: CatalogIndex, ours: Ours, cases: list) -> dict[str, float]:
    known = [case for case in cases if len(case.known) >= MIN_KNOWN]
    drawn = np.random.default_rng(0).permutation(len(known))[:N_CONTROL]
    people = [known[place] for place in drawn]
    snapshot = Snapshot(0, index, ModelState.untrained(ModelConfig(index.content.shape[1])), query_encoder())
    figures = {}
    for row, values in shared_rows(snapshot, ours.tastes, people).items():
        figures[row] = float(np.mean(values))
        print(f'"{row}": rows of two films of one person share {figures[row]:.3f} of their places (aim < .30)')
    told = [refusal(snapshot, ours.tastes, case, ours.prior([case])[0]) for case in people]
    before, after = sum(each.before for each in told), sum(each.after for each in told)
    figures |= {"before": before, "after": after, "others stay": float(np.mean([each.others for each in told]))}
    print(
        f"\"not for me\": of {len(told)} people's lists of 20, the refused title's 20 nearest hold {before} places "
        f"before and {after} after: {1 - after / max(1, before):.0%} fewer (aim 40 %); "
        f"{figures['others stay']:.0%} of all other places stay",
        flush=True,
    )
    return figures


def _cost(world: World, ours: Ours, cases: list) -> None:
    longest = max(cases, key=lambda case: len(case.known))
    for n in (10, 100):
        signals = [Signal(title, 1.0, 1.0) for title in longest.known[:n].tolist()]
        ours.tastes.scores(ours.tastes.taste(signals))
        spent = []
        for _ in range(9):
            started = time.perf_counter()
            ours.tastes.scores(ours.tastes.taste(signals))
            spent.append(time.perf_counter() - started)
        print(f"{len(signals)} signals: {np.median(spent) * 1e3:.1f} ms for the scores of {len(ours.index):,} titles")
    started = time.perf_counter()
    Ours(world, ours.histories)
    table = ours.affinity
    seconds = time.perf_counter() - started
    print(f"affinities of {len(table):,} titles: {table.nbytes / 1e6:.1f} MB, fitted in {seconds:.1f} s")


def _interval(values: NDArray[np.float64]) -> str:
    """The mean and its 95 % interval by the normal approximation."""
    margin = 1.96 * values.std() / max(1, len(values)) ** 0.5
    return f"{values.mean():.3f} [{values.mean() - margin:.3f}, {values.mean() + margin:.3f}]"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=catalogues.SHARED, help="directory with catalog/ and ratings/")
    parser.add_argument("--sets", type=lambda text: text.split(","), default=list(SETS), help="of ratings")
    parser.add_argument("--sample", type=int, default=0, help="people asked, drawn by a fixed seed; 0: all")
    parser.add_argument("--validate", action="store_true", help="on what parameters are picked on")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
