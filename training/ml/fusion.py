"""How much each kind of evidence counts: a posterior over the feature weights that every window narrows.

Given that somebody chose from a slate, P(i) = softmax_j((content_j + θ · f_j) / T + log-chance that its place is
looked at), with f = ((1 − t)·x, t·x) and θ = (w, v). That is convex, so a window's answer is exact and needs no step
size: the mode of likelihood × posterior so far, and its curvature for the next one (Laplace's approximation, updated
in sequence as in Chapelle and Li 2011, doi:10.5555/2986459.2986711). The first posterior is the hand-set weights.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.weights import FEATURES, UNTRAINED, Weights
from training.ml.config import TrainConfig
from training.ml.examples import Examples

N_TERMS = 2 * len(FEATURES)
# How surely the hand-set weights are right, 1 / σ². Words least doubtfully: their weight was tuned on real requests.
PRECISION = {
    "lexical": 100.0,
    "title": 10.0,
    "prior": 5.0,
    "memory": 10.0,
    "facts": 10.0,
    "fame": 5.0,
    "classic": 5.0,
    "recent": 5.0,
}
TOLD_PRECISION = 40.0  # times as sure for wordy queries, which are few and of many kinds
AT_LARGE = np.array([FEATURES.index(name) for name in ("prior", "fame", "classic", "recent")])
DOUBT = 1.0  # c
MAX_NEWTON, TOLERANCE = 50, 1e-8


@dataclass(frozen=True)
class Fusion:
    """mean float64[N_TERMS]: θ. information float64[N_TERMS, N_TERMS]: how much the windows so far said of it."""

    mean: NDArray[np.float64]
    information: NDArray[np.float64]

    @classmethod
    def untrained(cls) -> "Fusion":
        return cls(np.array([*UNTRAINED, *UNTRAINED]), np.zeros((N_TERMS, N_TERMS)))

    def weights(self, parent: Weights) -> Weights:
        """The parent's with these feature weights; those of what a title has at large as far as they are proven."""
        w, v = np.split(self._trusted(), 2)
        return replace(parent, feature_weights=w.astype(np.float32), told_weights=v.astype(np.float32))

    def _trusted(self) -> NDArray[np.float64]:
        """θ, with AT_LARGE drawn back to the hand-set weights unless the evidence is far beyond chance.

        By the factor max(0, 1 − c·k / t²) of James and Stein, positive part, with t² the squared distance of the k
        weights in standard errors. A wrong θ here moves all lists at once, a wrong memory only one.
        """
        if not np.isfinite(self.information).all():
            return self.mean  # which the fit will refuse
        start = Fusion.untrained().mean
        trusted, posterior = self.mean.copy(), np.linalg.inv(self.information + _first_precision())
        covariance = posterior @ self.information @ posterior  # of θ, if the hand-set weights were right
        for group in (AT_LARGE, AT_LARGE + len(FEATURES)):
            moved = (self.mean - start)[group]
            distance = moved @ np.linalg.pinv(covariance[np.ix_(group, group)], hermitian=True) @ moved
            trusted[group] = start[group] + moved * max(0.0, 1 - DOUBT * len(group) / max(distance, 1e-12))
        return trusted


def update(fusion: Fusion, examples: Examples, config: TrainConfig, *, n_searches: int) -> Fusion:
    """The posterior after these slates. n_searches: how many were made meanwhile, for the fading of older windows."""
    if not len(examples):
        return fusion
    fade = 0.5 ** (n_searches / config.fusion_half_life)
    first = _first_precision()
    pull = first @ Fusion.untrained().mean  # of the hand-set weights
    said = (fusion.information + first) @ fusion.mean - pull  # of the windows so far
    known = fade * fusion.information
    precision = known + first
    centre = np.linalg.solve(precision, fade * said + pull)
    slates = _Slates(examples, config.temperature)
    theta = centre
    value, gradient, hessian = slates.loss(theta)
    for _ in range(MAX_NEWTON):
        off = theta - centre
        total = value + 0.5 * off @ precision @ off
        step = np.linalg.solve(hessian + precision, gradient + precision @ off)
        size = 1.0
        while True:
            tried = theta - size * step
            new = slates.loss(tried)
            if new[0] + 0.5 * (tried - centre) @ precision @ (tried - centre) <= total or size < 1e-6:
                break
            size /= 2
        theta, (value, gradient, hessian) = tried, new
        if np.abs(size * step).max() < TOLERANCE:
            break
    return Fusion(theta, known + hessian)


def _first_precision() -> NDArray[np.float64]:
    """float64[N_TERMS, N_TERMS]: of the hand-set weights."""
    return np.diag([*PRECISION.values(), *(TOLD_PRECISION * precision for precision in PRECISION.values())])


class _Slates:
    """The likelihood of what was chosen from slates."""

    def __init__(self, examples: Examples, temperature: float) -> None:
        told = examples.told[:, None, None]
        terms = np.concatenate([(1 - told) * examples.features, told * examples.features], axis=2)
        self.terms = terms.astype(np.float64) / temperature  # [B, S, N_TERMS]
        offset = examples.content.astype(np.float64) / temperature + examples.log_examined
        self.offset = np.where(examples.mask, offset, -np.inf)  # [B, S]
        self.gains = examples.gains.astype(np.float64)
        self.weight = examples.weight.astype(np.float64)

    def loss(self, theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """(cross-entropy summed over slates, its gradient [N_TERMS], its curvature [N_TERMS, N_TERMS])."""
        logits = self.terms @ theta + self.offset
        logits -= logits.max(axis=1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)  # [B, S]
        log_p = np.log(np.maximum(p, 1e-300))
        value = float(-self.weight @ (self.gains * log_p).sum(axis=1))
        expected = np.einsum("bs,bsf->bf", p, self.terms)
        chosen = np.einsum("bs,bsf->bf", self.gains, self.terms)
        gradient = self.weight @ (expected - chosen)
        spread = self.terms - expected[:, None, :]
        weighted = (self.weight[:, None] * p)[:, :, None] * spread
        hessian = np.tensordot(weighted, spread, axes=([0, 1], [0, 1]))
        return value, gradient, hessian


def from_arrays(arrays: dict[str, NDArray[np.generic]]) -> Fusion:
    """As a checkpoint carries it; the untrained one where there is none."""
    if "fusion.mean" not in arrays or arrays["fusion.mean"].shape != (N_TERMS,):
        return Fusion.untrained()
    return Fusion(np.asarray(arrays["fusion.mean"], np.float64), np.asarray(arrays["fusion.information"], np.float64))


def to_arrays(fusion: Fusion) -> dict[str, NDArray[np.generic]]:
    return {"fusion.mean": fusion.mean, "fusion.information": fusion.information}
