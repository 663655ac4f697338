"""Well-known ways to rank by histories.

Each is fitted to histories and scores cases: float32[cases, N]. All take a history as a set. EASE's RIDGE and the
NEIGHBOURS of item-kNN were looked at on the test split, which favours them if anything; those of ALS are usual
values that nobody tuned.
"""

from collections.abc import Callable, Sequence

import numpy as np
from implicit.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.personal_ranking.histories import Case, Histories

Scorer = Callable[[Sequence[Case]], NDArray[np.float32]]
NEIGHBOURS = 50
RIDGE = 300.0  # of EASE
FACTORS, ALPHA, REGULARISATION, SWEEPS = 64, 5.0, 10.0, 15  # of ALS


def popularity(histories: Histories, n_titles: int) -> Scorer:
    counts = np.bincount(histories.titles, minlength=n_titles).astype(np.float32)
    return lambda cases: np.tile(counts, (len(cases), 1))


def item_knn(histories: Histories, n_titles: int) -> Scorer:
    """Cosine of who chose what, of each title the NEIGHBOURS largest."""
    seen, counts = _counts(histories)
    length = np.sqrt(np.maximum(np.diag(counts), 1))
    cosine = (counts / length[:, None] / length[None, :]).astype(np.float32)
    np.fill_diagonal(cosine, 0)
    if len(seen) > NEIGHBOURS:
        cosine[cosine < np.partition(cosine, -NEIGHBOURS, axis=0)[-NEIGHBOURS][None, :]] = 0
    return _linear(seen, cosine, histories, n_titles)


def ease(histories: Histories, n_titles: int) -> Scorer:
    """Steck 2019, doi:10.1145/3308558.3313710."""
    seen, counts = _counts(histories)
    counts[np.diag_indices_from(counts)] += RIDGE
    inverse = np.linalg.inv(counts)
    weights = (inverse / -np.diag(inverse)[None, :]).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return _linear(seen, weights, histories, n_titles)


def als(histories: Histories, n_titles: int) -> Scorer:
    """Hu, Koren and Volinsky 2008, as in the package `implicit`; people are folded in from what they know."""
    seen, columns = np.unique(histories.titles, return_inverse=True)
    shape = (int(histories.people.max()) + 1, len(seen))
    matrix = sparse.csr_matrix((np.full(len(histories), ALPHA, np.float32), (histories.people, columns)), shape=shape)
    with threadpool_limits(1, "blas"):  # it warns of more than one
        model = AlternatingLeastSquares(
            FACTORS, regularization=REGULARISATION, iterations=SWEEPS, num_threads=1, random_state=0
        )
        model.fit(matrix, show_progress=False)
    fallback = popularity(histories, n_titles)

    def score(cases: Sequence[Case]) -> NDArray[np.float32]:
        known = sparse.csr_matrix(_known(cases, n_titles)[:, seen] * ALPHA)
        vectors = model.recalculate_user(np.arange(len(cases)), known)
        return _spread(vectors @ model.item_factors.T, seen, cases, n_titles, fallback)

    return score


def _counts(histories: Histories) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    seen, columns = np.unique(histories.titles, return_inverse=True)
    matrix = Histories(histories.people, columns, histories.times).matrix(len(seen))
    return seen, (matrix.T @ matrix).toarray().astype(np.float32)


def _known(cases: Sequence[Case], n_titles: int) -> sparse.csr_array:
    starts = np.cumsum([0, *(len(case.known) for case in cases)])
    known = np.concatenate([case.known for case in cases])
    return sparse.csr_array((np.ones(len(known), np.float32), known, starts), shape=(len(cases), n_titles))


def _linear(seen: NDArray[np.int64], weights: NDArray[np.float32], histories: Histories, n_titles: int) -> Scorer:
    fallback = popularity(histories, n_titles)
    return lambda cases: _spread(_known(cases, n_titles)[:, seen] @ weights, seen, cases, n_titles, fallback)


def _spread(
    scores: NDArray[np.float32], seen: NDArray[np.int64], cases: Sequence[Case], n_titles: int, fallback: Scorer
) -> NDArray[np.float32]:
    """Over all titles, unseen ones last; popularity for whom nothing is known of."""
    spread = np.full((len(cases), n_titles), -1e9, np.float32)
    spread[:, seen] = scores
    empty = [place for place, case in enumerate(cases) if not np.isin(case.known, seen).any()]
    if empty:
        spread[empty] = fallback([cases[place] for place in empty])
    return spread


RIVALS = {"popularity": popularity, "item-kNN": item_knn, "EASE": ease, "implicit ALS": als}
