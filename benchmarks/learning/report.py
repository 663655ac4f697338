"""What a run of the simulation shows: a table at each point, and what was to be reached beside what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.learning.measures import KNOWN, THEMES, Point, interval

OURS, ZERO = "both, gated", "version 0"
UNSEATED = "ours, no seats"  # the serving version, were no place of a first page kept for anybody
TO_REACH = (  # group of themes, searches, gain over version 0
    ("frequent", 1_000, 0.10),
    ("frequent", 5_000, 0.30),
    ("frequent", 20_000, 0.60),
    ("rare", 20_000, 0.15),
    ("never_seen", 20_000, 0.05),
)
NEVER_WORSE, KEPT, COVERED, GINI_RISE = -0.01, -0.005, 0.95, 0.03
AHEAD = (  # of whom, on equal terms: both must cover the catalogue, or neither
    (OURS, "LambdaMART, seated"),
    (UNSEATED, "LambdaMART"),
    (OURS, "LambdaMART"),
)
FROM = 200  # searches from where on ours is compared with other learners
COLUMNS = (*KNOWN, "home", "coverage", "gini", "new titles", "utility", "regret")

Arms = Mapping[str, Sequence[Point]]


@dataclass(frozen=True)
class Claim:
    name: str
    reached: bool
    found: str

    def __str__(self) -> str:
        return f"  {'reached' if self.reached else 'MISSED ':8} {self.name}: {self.found}"


def table(arms: Arms) -> str:
    """The newest point of every arm; themes with their change against version 0 and its 95 % interval."""
    zero = arms[ZERO][-1]
    lines = [f"{'':14}" + "".join(f"{name:>29}" for name in THEMES) + "".join(f"{name:>9.8}" for name in COLUMNS)]
    for arm, points in arms.items():
        point = points[-1]
        cells = []
        for theme in THEMES:
            low, high = interval(point.queries[theme] - zero.queries[theme])
            base = zero.values[theme]
            change = point.values[theme] / base - 1
            cells.append(f"{point.values[theme]:.4f} {change:+6.1%} [{low / base:+.1%} {high / base:+.1%}]")
        rest = "".join(f"{point.values[name]:9.{0 if name == 'coverage' else 3}f}" for name in COLUMNS)
        lines.append(f"{arm:14}" + "".join(f"{cell:>29}" for cell in cells) + rest)
    return "\n".join(lines)


def claims(arms: Arms, points: Sequence[int]) -> list[Claim]:
    """Everything that was to be reached and could be measured at these points."""
    ours, zero = arms[OURS], arms[ZERO]
    pairs = list(zip(ours, zero, strict=True))
    found = []
    for theme, point, wanted in TO_REACH:
        if point in points:
            mine, base = pairs[list(points).index(point)]
            gain = mine.values[theme] / base.values[theme] - 1
            found.append(Claim(f"{theme} at {point:,}", gain >= wanted, f"{gain:+.1%}, {wanted:+.0%} wanted"))
    lows = [
        interval(mine.queries["never_seen"] - base.queries["never_seen"])[0] / base.values["never_seen"]
        for mine, base in pairs
    ]
    text = f"lowest end of a 95 % interval {min(lows):+.1%}"
    found.append(Claim("never-seen never worse", min(lows) >= NEVER_WORSE, text))
    for kind in KNOWN:
        worst = min(mine.values[kind] - base.values[kind] for mine, base in pairs)
        found.append(Claim(f"searches for a {kind} kept", worst >= KEPT, f"MRR at worst {worst:+.4f}"))
    share = min(mine.values["coverage"] / base.values["coverage"] for mine, base in pairs)
    found.append(Claim("coverage", share >= COVERED, f"at least {share:.1%} of version 0's"))
    rise = max(mine.values["gini"] - base.values["gini"] for mine, base in pairs)
    found.append(Claim("gini", rise <= GINI_RISE, f"at most {rise:+.4f}"))
    later = [place for place, point in enumerate(points) if point >= FROM]
    others = [arm for arm in arms if arm not in (OURS, ZERO, UNSEATED, "both")]
    found += [_compared(arm, arms, points, later) for arm in others]
    return found + [_ahead(mine, arm, arms, points, later) for mine, arm in AHEAD if arm in arms]


def _compared(arm: str, arms: Arms, points: Sequence[int], later: Sequence[int]) -> Claim:
    """Not behind: the 95 % interval of the paired differences reaches zero. Of equals, one has the better mean."""
    behind = []
    for place in later:
        for theme in THEMES:
            difference = arms[OURS][place].queries[theme] - arms[arm][place].queries[theme]
            low, high = interval(difference)
            if high < 0:
                behind.append(f"{theme} at {points[place]:,} [{low:+.4f} {high:+.4f}]")
    return Claim(f"not behind {arm}", not behind, ", ".join(behind) or f"at every point from {FROM}")


def _ahead(mine: str, arm: str, arms: Arms, points: Sequence[int], later: Sequence[int]) -> Claim:
    """The higher mean, whatever chance may say."""
    lost = [
        f"{theme} at {points[place]:,} {ours:.4f} to {theirs:.4f}"
        for place in later
        for theme in THEMES
        if (ours := arms[mine][place].values[theme]) < (theirs := arms[arm][place].values[theme])
    ]
    return Claim(f"{mine} ahead of {arm}", not lost, ", ".join(lost) or f"every mean from {FROM}")


def as_json(arms: Arms, points: Sequence[int], more: Mapping[str, Any]) -> dict[str, Any]:
    """What `plots` draws and what is kept of a run."""
    return {
        "points": list(points),
        "arms": {
            arm: {name: [p.values[name] for p in made] for name in made[0].values} for arm, made in arms.items()
        },
        "intervals": {
            arm: {
                theme: [interval(p.queries[theme] - z.queries[theme]) for p, z in zip(made, arms[ZERO], strict=True)]
                for theme in THEMES
            }
            for arm, made in arms.items()
        },
        **more,
    }
