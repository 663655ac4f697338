"""What is measured: for each task its queries, its measures, and the figures to compare with.

floor: what simple methods reach on the dev split, from the data's own README. reach: what is wanted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.quality.metrics import (
    Measure,
    Query,
    hit_at,
    ndcg,
    recall_at,
    reciprocal_rank,
    was_accepted,
    was_corrected,
    was_refused,
)
from benchmarks.quality.queries import QuerySets, listed

BY_TEXT = ("BM25", "MiniLM", "RRF")
BY_NAME = ("trigrams", "WRatio", "ratio")
REFERENCES = (*BY_TEXT, *BY_NAME, "popular")


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    measure: Measure
    floor: str = ""
    reach: str = ""
    only_ours: bool = False


@dataclass(frozen=True)
class Task:
    """references: the systems it makes sense to compare with. kinds: the first line is also printed
    for each kind of query; here is what to reach for a kind, "" standing for all others.
    """

    key: str
    load: Callable[[QuerySets], list[Query]]
    lines: Sequence[Line]
    references: Sequence[str] = BY_TEXT
    kinds: Mapping[str, str] = field(default_factory=dict)


TASKS = (
    Task(
        "titles",
        QuerySets.titles,
        (
            Line("Hit@1", hit_at(1), reach="1.000"),
            Line("corrected", was_corrected, reach="0", only_ours=True),
        ),
        (*BY_TEXT, *BY_NAME),
    ),
    Task(
        "typos",
        QuerySets.typos,
        (
            Line("Hit@1", hit_at(1), ".791", ">= .97"),
            Line("Hit@3", hit_at(3), "", ">= .99"),
            Line("Hit@10", hit_at(10), ".990"),
        ),
        (*BY_TEXT, *BY_NAME),
        kinds={"mined": ">= .85", "": ">= .93"},
    ),
    Task(
        "facts",
        QuerySets.facts,
        (Line("Hit@1", hit_at(1), ".760", ">= .90"), Line("Hit@10", hit_at(10), ".916", ">= .97")),
    ),
    Task(
        "themes-single",
        lambda sets: sets.themes("single"),
        (Line("nDCG@10", ndcg, ".227", ">= .30"),),
        (*BY_TEXT, "popular"),
    ),
    Task(
        "themes-pair",
        lambda sets: sets.themes("pair"),
        (Line("nDCG@10", ndcg, ".093", ">= .16"),),
        (*BY_TEXT, "popular"),
    ),
    Task("themes-judged", QuerySets.themes_judged, (Line("nDCG@10", ndcg, ".537"),), (*BY_TEXT, "popular")),
    Task("themes-genome", QuerySets.themes_genome, (Line("nDCG@10", ndcg),), (*BY_TEXT, "popular")),
    Task(
        "plots-short",
        QuerySets.plot_headlines,
        (
            Line("Hit@10", hit_at(10), ".060", ">= .13"),
            Line("MRR@10", reciprocal_rank),
            Line("Recall@100", recall_at(100), ".146", ">= .30"),
        ),
        (*BY_TEXT, "popular"),
    ),
    Task(
        "plots-long",
        QuerySets.plot_posts,
        (
            Line("Hit@10", hit_at(10), ".086", ">= .17"),
            Line("MRR@10", reciprocal_rank, ".046"),
            Line("Recall@100", recall_at(100), ".184", ">= .36"),
        ),
        (*BY_TEXT, "popular"),
    ),
    Task("requests", QuerySets.requests, (Line("nDCG@10", ndcg, ".018", ">= .04"),), (*BY_TEXT, "popular")),
    Task("similar", QuerySets.similar, (Line("nDCG@10", ndcg, "", "above all"),), (*BY_TEXT, "popular")),
    Task("nonsense", lambda _: listed("nonsense"), (Line("false accept", was_accepted, only_ours=True),), ()),
    Task("sensible", lambda _: listed("sensible"), (Line("false reject", was_refused, only_ours=True),), ()),
)
DISTINCTNESS = "distinctness"
KEYS = (*(task.key for task in TASKS), DISTINCTNESS)
