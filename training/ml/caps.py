"""How much one session, one title and one query may say in a window, so that a few cannot speak for all.

Every cap has a floor of a few choices: a site with 25 searches learns from them. Caps scale down, they drop
nothing, and more people never say less. Decision 0012 has the attacks they were measured against.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

SESSION_CHOICES = 10.0  # the most that one session, or one client, may weigh in a window
SURGE_FLOOR = 10.0  # choices of a title that are never too many, older windows included
SURGE_FACTOR = 3.0  # how many times its share of older choices a title may have of the new ones
IMAGINED, IMAGINED_SHARE = 200.0, 0.02  # older choices that are imagined, and the share every title had of them
LEAST = 0.1  # of a choice: what a window may always say of a title
PAIR_FLOOR = 3.0  # choices of a title for one query, above as many as people looked at it
REFUSAL_FLOOR = 3.0  # refusals of a title, above as many as it was chosen


def busy_weights(keys: Sequence[str], deeds: Sequence[int]) -> list[float]:
    """Of each search in (0, 1]: nobody weighs more than SESSION_CHOICES. keys: who made it; deeds: its number."""
    total: Counter[str] = Counter()
    for key, n in zip(keys, deeds, strict=True):
        total[key] += max(1, n)
    return [min(1.0, SESSION_CHOICES / total[key]) for key in keys]


def surge_caps(wanted: Mapping[int, float], trailing: Mapping[int, float]) -> dict[int, float]:
    """The most that each title's choices may weigh in a window, > 0.

    wanted: title id → the weight of its choices in the window. trailing: the same in older windows. The share of
    new choices is that of the other titles' choices: a crowd must not raise its own cap.
    """
    before, now = sum(trailing.values()) + IMAGINED, sum(wanted.values())
    caps = {}
    for title, weight in wanted.items():
        past = trailing.get(title, 0.0)
        share = (past + IMAGINED * IMAGINED_SHARE) / before
        caps[title] = max(SURGE_FLOOR - past, SURGE_FACTOR * share * (now - weight), LEAST)
    return caps


def alarms(counts: Mapping[str, int]) -> list[str]:
    """What a run's counts say that somebody should look at, in words; mostly nothing."""
    said = []
    if n := counts.get("titles that surged", 0):
        said.append(f"{n} titles were chosen at least twice as often as the surge cap lets count")
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
