"""What becomes of what people do: how much of it may teach, and how much has.

The first half is on the log. The second is on the rows of training runs, which `catalog` does not know: whoever has
them passes their `counts`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.analytics.window import Window, rows

DROPPED = "dropped: "  # how the counts of a run name a reason


@dataclass(frozen=True)
class LearningHealth:
    """events: everything that was done in the window, robots and all.
    may_teach: how many of them training may look at; by_fate: the others, by why not (`robot`, `learning off`,
        `no search named`, `unknown search`, `other surface`: a list that nobody asked for, `not shown`: the page did
        not show that title). All of by_fate and may_teach add up to events.
    Of the runs that were passed, and 0 or empty without any: read, searches and events that they looked at; choices,
    titles counted as chosen; lessons, searches learnt from; dropped, searches and events by reason, most first. A run
    reads what came before it, so that these are of other events than the first half at the window's edges.
    """

    events: int
    may_teach: int
    by_fate: Mapping[str, int]
    n_runs: int
    read: Mapping[str, int]
    choices: int
    lessons: int
    dropped: Mapping[str, int]


def learning_health(window: Window, runs: Iterable[Mapping[str, int]] = ()) -> LearningHealth:
    """One statement. runs: `counts` of the training runs of the window."""
    fates = {row["fate"]: row["n"] for row in rows(_FATES, window)}
    counts: Counter[str] = Counter()
    n_runs = 0
    for run in runs:
        counts.update(run)
        n_runs += 1
    dropped = Counter({name.removeprefix(DROPPED): n for name, n in counts.items() if name.startswith(DROPPED)})
    return LearningHealth(
        events=sum(fates.values()),
        may_teach=fates.pop("may teach", 0),
        by_fate=fates,
        n_runs=n_runs,
        read={name: counts[name] for name in ("searches", "interactions")},
        choices=counts["choices"],
        lessons=counts["used"],
        dropped=dict(dropped.most_common()),
    )


_FATES = """
SELECT CASE
    WHEN deed.is_robot THEN 'robot'
    WHEN NOT deed.may_teach THEN 'learning off'
    WHEN deed.query_id IS NULL THEN 'no search named'
    WHEN page.id IS NULL THEN 'unknown search'
    WHEN NOT page.surface = ANY (%(surfaces)s) THEN 'other surface'
    WHEN NOT deed.title_id = ANY (page.shown) THEN 'not shown'
    ELSE 'may teach'
END AS fate, count(*) AS n
FROM catalog_interaction deed LEFT JOIN catalog_searchevent page ON page.id = deed.query_id
WHERE deed.created >= %(since)s AND deed.created < %(until)s
GROUP BY fate ORDER BY n DESC, fate
"""
