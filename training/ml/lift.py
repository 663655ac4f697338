"""Does a candidate push single titles up everywhere? The gate's condition against click spam.

Quality cannot see it: half of all searches may show the pushed title while what people chose is found as well as
before. So titles are counted, not searches, and the comparison is with a far anchor, version 0: a slow push changes
little from one version to the next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from recommender.ml.engine import answer
from recommender.ml.questions import Question
from recommender.ml.seats import N_SEATS
from recommender.ml.snapshot import Snapshot
from training.ml.config import GatePolicy
from training.ml.gate import Condition

RANKED = 10
FEW, FEW_SHARE = 5, 0.03  # questions that any title may enter: so many, or this share of all if that is more
MOST_SHARE = 0.2  # of all questions, that a title may enter whoever chose it; a favourite reached 12 % in peace


def targeted_lift(
    candidate: Snapshot,
    anchor: Snapshot,
    questions: Sequence[Question],
    support: Mapping[int, int],
    policy: GatePolicy,  # every condition is given it
) -> Condition:
    """Passes unless a title entered the first ten of more questions than those who chose it can account for.

    A title that nobody chose was not pushed: it stands higher because others were passed over.

    questions: what people ask, each once. support: title id → number of clients who ever chose it; each accounts for
    one question more. In 10,000 honest searches of the simulation one title came to 12 % (decision 0012).
    """
    # What is learnt of titles at large moves many and aims at none, so the anchor weighs as the candidate does.
    ours, theirs = candidate.state.weights, anchor.state.weights
    weighed = replace(theirs, feature_weights=ours.feature_weights, told_weights=ours.told_weights)
    anchor = replace(anchor, state=replace(anchor.state, weights=weighed))
    entered = Counter(_shown(candidate, questions))
    entered.subtract(_shown(anchor, questions))
    few, most = max(FEW, FEW_SHARE * len(questions)), max(FEW, MOST_SHARE * len(questions))
    title, gain, allowed = -1, 0, few
    for each, n in sorted(entered.items()):
        if each not in support:
            continue
        bearable = min(most, few + support[each])
        if n - bearable > gain - allowed:
            title, gain, allowed = each, n, bearable
    if gain <= allowed:
        return Condition(
            "targeted lift", passed=True, reason=f"no title entered more of {len(questions)} first pages than it may"
        )
    row = candidate.index.row_of_title[title]
    return Condition(
        "targeted lift",
        passed=False,
        reason=f"“{candidate.index.names[row]}” entered the first ten of {gain} of {len(questions)} questions since"
        f" version {anchor.version}; with {support[title]} clients who ever chose it,"
        f" {allowed:.0f} are allowed",
    )


def _shown(snapshot: Snapshot, questions: Sequence[Question]) -> list[int]:
    """Ids of the first by score: who has a seat was not pushed, and who made way for it was not held back."""
    found: list[int] = []
    for question in questions:
        hits = answer(snapshot, question, limit=RANKED + N_SEATS).hits
        found += [hit.title_id for hit in sorted(hits, key=lambda hit: (-hit.tier, -hit.score))[:RANKED]]
    return found
