"""What the synopses and themes of the default catalogue add: themes among its films, with and without them."""

from pathlib import Path

import numpy as np

from benchmarks.catalogues import described_default_titles, index_of
from benchmarks.quality.marquee import Marquee, StoredEncoder
from benchmarks.quality.metrics import ndcg
from benchmarks.quality.queries import QuerySets
from recommender.ml.encoder import TextEncoder


def compare_synopses(directory: Path, split: str, encoder: TextEncoder, cache: Path) -> None:
    """Prints a table. directory: of the query sets. Raises FileNotFoundError if the themes are not there."""
    means: dict[bool, dict[str, float]] = {}
    for with_texts in (False, True):
        titles = described_default_titles(with_texts=with_texts)
        sets = QuerySets(directory, split, {external_id: row for row, external_id in enumerate(titles.ids)})
        stored = StoredEncoder(encoder, cache)
        marquee = Marquee(index_of(titles, encoder, cache), stored)
        means[with_texts] = {}
        for kind in ("single", "pair"):
            queries = sets.themes(kind)
            scores = [ndcg(marquee.answer(query), query) for query in queries]
            means[with_texts][f"{kind} ({len(queries)} queries)"] = float(np.mean(scores))
        stored.save()
    print(f"\n{len(sets.pool):,} films of the theme pool have a synopsis. nDCG@10 among them:\n")
    print(f"{'themes':<24}{'without':>10}{'with':>10}{'ratio':>8}")
    for kind, without in means[False].items():
        print(f"{kind:<24}{without:>10.3f}{means[True][kind]:>10.3f}{means[True][kind] / without:>8.2f}")
