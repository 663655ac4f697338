"""A share of a count, with how far it can be trusted."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Share:
    """n of n_of, and the 95 % Wilson interval of the true share; of nothing, all three are None.

    value = n / n_of. low, high = (p + z²/2m ± z·√(p(1−p)/m + z²/4m²)) / (1 + z²/m), with m = n_of.
    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953. It takes what it counts as independent; several of one
    person are not quite, so that of few people it is too narrow.
    """

    n: int
    n_of: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, n: int, n_of: int) -> "Share":
        """Raises ValueError unless 0 <= n <= n_of."""
        if not 0 <= n <= n_of:
            raise ValueError(f"{n} is no part of {n_of}")
        if n_of == 0:
            return cls(0, 0, None, None, None)
        p, z2 = n / n_of, Z_95**2 / n_of
        middle, half = p + z2 / 2, Z_95 * sqrt(p * (1 - p) / n_of + z2 / (4 * n_of))
        # At the ends the exact bound is 0 or 1, and rounding would miss it by a hair.
        low = 0.0 if n == 0 else (middle - half) / (1 + z2)
        high = 1.0 if n == n_of else (middle + half) / (1 + z2)
        return cls(n, n_of, p, low, high)
