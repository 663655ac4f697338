"""A query as it is understood against one catalogue, before any version answers it.

Read the text, look its title up, gather what speaks for titles: the same for every version, so judging
many versions by the same searches does it once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.curation import NOTHING_SAID, Acts, Curation, places, works
from recommender.ml.encoder import TextEncoder
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.matching import Matches
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.ranking import Tier
from recommender.ml.reading import meant
from recommender.ml.scoring import Evidence

MAX_QUERY_LENGTH = 2_000


@dataclass(frozen=True)
class Question:
    """text: as it was read, misspelt words replaced. unmet: chips that no title meets together.

    evidence: None where nothing was asked for. allowed: bool[N], the rows that may be ranked, None for all.
    What editors say of it: rewordings, other ways to say the text; lift, float32[N], points of score, None for none;
    pins, row → place from 1 on, of rows that may show.
    """

    text: str
    understanding: Understanding
    unmet: tuple[Chip, ...] = ()
    matches: Matches = field(default_factory=Matches)
    evidence: Evidence | None = None
    allowed: NDArray[np.bool_] | None = None
    rewordings: Sequence[str] = ()
    lift: NDArray[np.float32] | None = None
    pins: Mapping[int, int] = field(default_factory=dict)

    @property
    def query_class(self) -> str:
        return "title" if self.matches.tiers else self.understanding.query_class


def question(
    index: CatalogIndex,
    encoder: TextEncoder,
    text: str,
    *,
    filters: Filters | None = None,
    correct: bool = True,
    among: NDArray[np.bool_] | None = None,
    hidden: NDArray[np.bool_] | None = None,
    curation: Curation = NOTHING_SAID,
) -> Question:
    """What `engine.search` documents, until the point where a version is needed.

    Raises ValueError if the text is longer than MAX_QUERY_LENGTH.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise ValueError(f"a query may have {MAX_QUERY_LENGTH} characters, this one has {len(text)}")
    typed = folded = fold(text)
    if not len(index) or not (folded or filters):
        return Question(text, Understanding("empty"))
    if not all(index.lexical.knows(word) for said in curation.said(folded) for word in said.split()):
        correct = False  # a word that only editors know looks like a slip, and is none
    asked = meant(index, text, correct=correct)
    text, understanding, matches = asked.text, asked.understanding, asked.matches
    folded = fold(text)
    acts = curation.acts(typed, folded, fold(matches.correction or ""))
    shown = ~works(index, acts.hidden) if acts.hidden else None
    masks = [mask for mask in (index.facets.mask(filters or Filters()), among, shown) if mask is not None]
    for mask in masks:
        matches = matches.among(mask)
    if (said := index.facets.mask(understanding.filters)) is not None:
        said[list(matches.tiers)] = True  # "western" is a genre, and a title
        said[_rows(index, acts.certain)] = True  # who pinned it for this text knew what it asks for
        masks.append(said)
    if hidden is not None:
        may_show = ~hidden
        may_show[list(matches.tiers)] = True  # whoever types a name wants to find it
        masks.append(may_show)
    if seeds := _named(index, understanding):
        masks.append(others(index, seeds))
    if gone := [row for chip in understanding.refused for row in index.titles.exact(chip.value)]:
        masks.append(others(index, gone))
    allowed = np.logical_and.reduce(masks) if masks else None
    rewordings = curation.rewordings(folded)
    evidence = _evidence(index, encoder, understanding, matches, seeds, text)
    if rewordings and not seeds and (matches.subject is None or understanding.chips):
        rests = curation.rewordings(fold(understanding.rest))
        evidence = _with_rewordings(index, evidence, rests, encoder.encode(rewordings))
    return Question(
        text,
        understanding,
        asked.unmet,
        matches,
        evidence,
        allowed,
        rewordings,
        _lift(index, acts),
        _pins(index, acts, allowed, hidden),
    )


def _evidence(
    index: CatalogIndex,
    encoder: TextEncoder,
    understanding: Understanding,
    matches: Matches,
    seeds: Sequence[int],
    text: str,
) -> Evidence:
    """seeds: rows of titles to be like. Whoever names a title gets titles like it below, not titles spelt like it."""
    folded, rest = fold(text), fold(understanding.rest)
    sought = fold(understanding.sought(text))
    refused = _refused_words(index, understanding)
    beside = [rest] if seeds and rest else []
    vector, *vectors = encoder.encode([sought, *beside, *refused])
    if not sought:
        vector = np.zeros_like(vector)  # the embedding of nothing is a direction all the same
    subject = matches.subject
    if subject is not None and not understanding.chips:
        more = understanding if matches.tiers[subject] == Tier.EXACT else None
        return gather.of_titles(index, [subject], text=folded, vector=vector, more=more, more_vector=vector)
    if seeds and rest:
        found = gather.of_titles(
            index, seeds, text=folded, vector=vector, more=understanding, more_vector=vectors.pop(0)
        )
    elif seeds:
        found = gather.of_titles(index, seeds, text=folded, vector=vector)
    else:
        found = gather.of_text(index, understanding, folded, vector)
    return gather.against(index, found, refused, np.array(vectors)) if refused else found


def _refused_words(index: CatalogIndex, understanding: Understanding) -> list[str]:
    """What is refused but names of titles, which are left out: who has seen "Fight Club" may want its like.

    A name of one word may be meant as a word: "no aliens".
    """
    values = dict.fromkeys(chip.value for chip in understanding.refused)
    return [value for value in values if " " not in value or not index.titles.exact(value)]


def _with_rewordings(
    index: CatalogIndex, evidence: Evidence, rests: Sequence[str], vectors: NDArray[np.float32]
) -> Evidence:
    """Of words what speaks loudest, of meanings the middle: as good as the better of separate answers, at the price
    of one (docs/decisions/0018). The memory goes by the text as it was typed.

    rests: what is left of the text without its filters, said otherwise. vectors: float32[n, D], all of it.
    """
    lexical = np.maximum.reduce([evidence.lexical, *map(index.lexical.score, rests)])
    if not evidence.about.any():  # what only narrows is about nothing, in other words too
        return replace(evidence, lexical=lexical)
    about = evidence.about + vectors.sum(axis=0)
    return replace(evidence, lexical=lexical, about=about / max(float(np.linalg.norm(about)), 1e-6))


def _named(index: CatalogIndex, understanding: Understanding) -> list[int]:
    """The rows of the titles after "like …"."""
    rows = (IndexKnowledge(index).title_row(name) for name in understanding.like)
    return [row for row in rows if row is not None]


def _rows(index: CatalogIndex, title_ids: Iterable[int]) -> list[int]:
    return [row for title_id in title_ids if (row := index.row_of_title.get(title_id)) is not None]


def _lift(index: CatalogIndex, acts: Acts) -> NDArray[np.float32] | None:
    if not acts.lifts:
        return None
    lift = np.zeros(len(index), np.float32)
    for title_id, points in acts.lifts.items():
        lift[_rows(index, [title_id])] = points
    return lift


def _pins(
    index: CatalogIndex, acts: Acts, allowed: NDArray[np.bool_] | None, hidden: NDArray[np.bool_] | None
) -> dict[int, int]:
    """Row → place of the pins that may show. A name brings back what its reader hid, a pin does not."""
    if not acts.pins:
        return {}
    wished = [(row, place) for title_id, place in acts.pins for row in _rows(index, [title_id])]
    return places(
        (row, place)
        for row, place in wished
        if (allowed is None or allowed[row]) and (hidden is None or not hidden[row])
    )


def others(index: CatalogIndex, rows: Sequence[int]) -> NDArray[np.bool_]:
    """bool[N]: all titles but these and their other listings."""
    return ~np.isin(index.facets.work, index.facets.work[list(rows)])
