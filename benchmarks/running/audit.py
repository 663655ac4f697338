"""What must hold of log and versions whatever was killed, read by SQL alone: the site's own code is not asked."""

import hashlib
from itertools import combinations, pairwise
from typing import Any, Protocol

from benchmarks.running.people import People

ANCESTRY = """
WITH RECURSIVE line AS (
    SELECT *, 0 AS steps FROM recommender_checkpoint WHERE status = 'champion'
    UNION ALL
    SELECT parent.*, line.steps + 1 FROM recommender_checkpoint parent JOIN line ON line.parent_id = parent.id
)
SELECT version, wm_from, wm_to, coalesce(("window" -> 'counts' ->> 'choices')::int, 0) FROM line ORDER BY steps DESC
"""
SET_ASIDE = """
SELECT count(DISTINCT deed.id) FROM catalog_interaction deed
LEFT JOIN catalog_searchevent search ON search.id = deed.query_id
JOIN training_quarantinedwindow stretch ON stretch.status = 'quarantined'
    AND (deed.xid >= stretch.wm_from::text::xid8 AND deed.xid < stretch.wm_to::text::xid8
         OR search.xid >= stretch.wm_from::text::xid8 AND search.xid < stretch.wm_to::text::xid8)
"""
Link = tuple[int, int, int, int]  # version, wm_from, wm_to, choices that it learnt


class Rows(Protocol):
    """Whatever reads the database: a running site, or a test."""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]: ...


def lost_events(site: Rows, people: People) -> list[str]:
    """Ids that were answered with 200 and are not in the log. Twice they cannot be there: they are its keys."""
    found = {str(key) for (key,) in site.rows("SELECT id FROM catalog_searchevent")}
    done = {str(key) for (key,) in site.rows("SELECT id FROM catalog_interaction")}
    return sorted(people.searches - found) + sorted(people.clicks - done)


def partial_versions(site: Rows) -> list[str]:
    """Versions whose bytes are not all there, or not those that their row tells of.

    A rejected one has none. One that was let go, as old ones are, has none left, and may not serve.
    """
    wrong = []
    for key, version, status, sha256, n_bytes, was_pruned in site.rows(
        "SELECT id, version, status, sha256, n_bytes, pruned IS NOT NULL FROM recommender_checkpoint ORDER BY version"
    ):
        chunks = site.rows(
            "SELECT sequence, data FROM recommender_checkpointchunk WHERE checkpoint_id = %s ORDER BY sequence", key
        )
        if not chunks and status == "rejected":
            continue
        if was_pruned:
            if chunks or status == "champion":
                wrong.append(f"v{version} ({status}) was let go and has {len(chunks)} chunks, or serves")
            continue
        blob = b"".join(data for _, data in chunks)
        if [sequence for sequence, _ in chunks] != list(range(len(chunks))):
            wrong.append(f"v{version} ({status}) lacks a chunk")
        elif len(blob) != n_bytes or hashlib.sha256(blob).hexdigest() != sha256:
            wrong.append(
                f"v{version} ({status}) has {len(blob):,} bytes of {n_bytes:,}, or others than it was made of"
            )
    return wrong


def ancestry(site: Rows) -> list[Link]:
    """The champion's line, the oldest version first."""
    return [(version, start, end, choices) for version, start, end, choices in site.rows(ANCESTRY)]


def broken_links(line: list[Link]) -> list[str]:
    """Windows that do not begin where the parent's ended: rows between would be skipped, or learnt twice."""
    return [
        f"v{child[0]} begins at {child[1]}, v{parent[0]} ended at {parent[2]}"
        for parent, child in pairwise(line)
        if child[1] != parent[2] or child[2] < child[1]
    ]


def not_learnt(site: Rows) -> int:
    """Rows of the log that no window of the champion's line reaches."""
    ((n,),) = site.rows(
        "SELECT (SELECT count(*) FROM catalog_searchevent WHERE xid >= wm_to::text::xid8)"
        " + (SELECT count(*) FROM catalog_interaction WHERE xid >= wm_to::text::xid8)"
        " FROM recommender_checkpoint WHERE status = 'champion'"
    )
    return int(n)


def set_aside(site: Rows) -> int:
    """Choices that are in quarantine, themselves or the page they were made on."""
    ((n,),) = site.rows(SET_ASIDE)
    return int(n)


def quarantined_for_load(site: Rows) -> int:
    """Stretches in quarantine that no verdict of the gate spoke against: their runs were killed or out of time."""
    ((n,),) = site.rows(
        "SELECT count(*) FROM training_quarantinedwindow stretch JOIN training_trainingrun run"
        " ON run.id = stretch.run_id WHERE stretch.status = 'quarantined' AND run.blames <> 'window'"
    )
    return int(n)


def overlapping(windows: list[tuple[str, int, int]]) -> list[str]:
    """Pairs of windows (name, from, to) that share a row's transaction id, whatever line they are of."""
    return [
        f"{one[0]} has [{one[1]}, {one[2]}), {other[0]} has [{other[1]}, {other[2]})"
        for one, other in combinations(sorted(windows, key=lambda window: window[1:]), 2)
        if max(one[1], other[1]) < min(one[2], other[2])
    ]
