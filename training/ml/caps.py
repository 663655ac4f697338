"""How much one session, one title and one query may say in a window, so that a few cannot speak for all.

Every cap has a floor of a few choices: a site with 25 searches learns from them. Caps scale down, they drop
nothing, and more people never say less. Decision 0012 has the attacks they were measured against.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

SESSION_CHOICES = 10.0  # the most that one session, or one client, may weigh in a window
SURGE_FLOOR = 10.0  # choices of a title, beyond its looks, that are never too many, older windows included
SURGE_FACTOR = 3.0  # how many times its share of older choices a title may have of the new ones, beyond its looks
IMAGINED, IMAGINED_SHARE = 200.0, 0.02  # older choices that are imagined, and the share every title had of them
MOST_SHARE = 0.05  # of older choices that is believed of any title
CROWD_SHARE = 0.06  # how much one title's pages may say of all others, as a share of the other titles' choices
LEAST = 0.1  # of a choice: what a window may always say of a title
PAIR_FLOOR = 3.0  # choices of a title for one query, above as many as people looked at it
REFUSAL_FLOOR = 3.0  # refusals of a title, above as many as it was chosen

Pair = tuple[str, int]  # folded text, title id


def busy_weights(keys: Sequence[str], deeds: Sequence[int]) -> list[float]:
    """Of each search in (0, 1]: nobody weighs more than SESSION_CHOICES. keys: who made it; deeds: its number."""
    total: Counter[str] = Counter()
    for key, n in zip(keys, deeds, strict=True):
        total[key] += max(1, n)
    return [min(1.0, SESSION_CHOICES / total[key]) for key in keys]


class Past(NamedTuple):
    """How often a title was chosen in older windows, faded. explained: for each query no more than it was looked
    at; beyond: the other choices.
    """

    explained: float
    beyond: float


NEVER = Past(0.0, 0.0)


@dataclass(frozen=True)
class Held:
    """scale: (text, title) → the factor in (0, 1] of its choices. crowd: title → the factor in (0, 1] of what pages
    may say of other titles that it was chosen on. pairs, titles: how many are held, the latter by the surge cap.
    surges: titles that were chosen far more often than it lets count.
    """

    scale: dict[Pair, float]
    crowd: dict[int, float]
    pairs: int
    titles: int
    surges: int


def held(wanted: Mapping[Pair, float], looks: Mapping[Pair, float], trailing: Mapping[int, Past]) -> Held:
    """What is chosen as often as it is looked at is explained, and counts: a film may be famous overnight.

    Who wants a title up that nobody sees chooses it more often than that. Of such choices a query may add PAIR_FLOOR,
    or nothing would ever rise, and over all queries a title may have what `surge_caps` says. Explained or not, a
    crowd speaks for its title and not for how all others are ranked: that is what `crowd` is for.

    wanted, looks: (text, title) → weight of choices and of looks in the window.
    """
    beyond = {pair: max(0.0, weight - looks.get(pair, 0.0)) for pair, weight in wanted.items()}
    allowed = {pair: min(PAIR_FLOOR, weight) for pair, weight in beyond.items()}
    in_all, surplus, chosen = by_title(allowed), by_title(beyond), by_title(wanted)
    caps = surge_caps(chosen, trailing)
    scale = {}
    for pair, weight in wanted.items():
        share = min(1.0, caps[pair[1]] / max(in_all[pair[1]], LEAST))
        scale[pair] = min(1.0, (weight - beyond[pair] + share * allowed[pair]) / weight)
    return Held(
        scale,
        _crowds(chosen, trailing),
        pairs=sum(weight > PAIR_FLOOR for weight in beyond.values()),
        titles=sum(in_all[title] > cap for title, cap in caps.items()),
        surges=sum(surplus[title] >= 2 * max(cap, SURGE_FLOOR) for title, cap in caps.items()),
    )


def surge_caps(wanted: Mapping[int, float], trailing: Mapping[int, Past]) -> dict[int, float]:
    """The most that each title's unexplained choices may weigh in a window, > 0.

    wanted: title id → weight of its choices in the window. The cap is a share of the *other* titles' choices by its
    own *explained* past, within reason: a crowd must not raise its own cap, neither at once nor over windows.
    """
    before, now = sum(past.explained + past.beyond for past in trailing.values()) + IMAGINED, sum(wanted.values())
    caps = {}
    for title, weight in wanted.items():
        past = trailing.get(title, NEVER)
        share = min(MOST_SHARE, (past.explained + IMAGINED * IMAGINED_SHARE) / before)
        caps[title] = max(_free(past), SURGE_FACTOR * share * (now - weight), LEAST)
    return caps


def _crowds(wanted: Mapping[int, float], trailing: Mapping[int, Past]) -> dict[int, float]:
    now = sum(wanted.values())
    return {
        title: min(1.0, max(_free(trailing.get(title, NEVER)), CROWD_SHARE * (now - weight), LEAST) / weight)
        for title, weight in wanted.items()
    }


def _free(past: Past) -> float:
    """What is left of SURGE_FLOOR: it is there once, not anew in every small window."""
    return SURGE_FLOOR - past.explained - past.beyond


def hold(said: Sequence[dict[int, float]], wanted: Mapping[int, float], allowed: Mapping[int, float]) -> None:
    """Scale what each search says of a title, in place, so that all of them say no more than is allowed."""
    for weights in said:
        for title in weights:
            weights[title] *= min(1.0, allowed[title] / wanted[title])


def total(said: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """The sum over searches."""
    found: dict[int, float] = {}
    for weights in said:
        for title, weight in weights.items():
            found[title] = found.get(title, 0.0) + weight
    return found


def by_title(pairs: Mapping[Pair, float]) -> dict[int, float]:
    """The sum over queries."""
    found: dict[int, float] = {}
    for (_, title), weight in pairs.items():
        found[title] = found.get(title, 0.0) + weight
    return found


def alarms(counts: Mapping[str, int]) -> list[str]:
    """What a run's counts say that somebody should look at, in words; mostly nothing."""
    said = []
    if n := counts.get("titles that surged", 0):
        said.append(f"{n} titles were chosen far more often than people looked at them")
    if n := counts.get("titles refused in a surge", 0):
        said.append(f"{n} titles were refused at least twice as often as counts")
    for what, reasons, at_least, share in _SUSPICIOUS:
        n = sum(counts.get(f"dropped: {reason}", 0) for reason in reasons)
        if n >= at_least and n > share * counts.get("interactions", 0):
            said.append(f"{n} of {counts['interactions']} interactions {what}")
    return said


_SUSPICIOUS = (
    ("came from so far down the results that hardly anybody goes there", ("too far down",), 5, 0.02),
    ("repeat a choice of the same client", ("same choice that day", "double click", "busy session"), 20, 0.2),
    (
        "name a page that was not theirs, or came too fast for a hand",
        ("not shown", "other client", "before the answer", "too fast"),
        5,
        0.05,
    ),
)
