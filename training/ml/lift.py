"""Does a candidate push single titles up everywhere? The gate's condition against click spam.

Quality cannot see it: half of all searches may show the pushed title while what people chose is found as well as
before. So titles are counted, not searches, and the comparison is with a far anchor, version 0: a slow push changes
little from one version to the next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from recommender.ml.engine import Snapshot, answer
from recommender.ml.questions import Question
from training.ml.config import GatePolicy
from training.ml.gate import Condition

RANKED = 10
FEW, FEW_SHARE = 5, 0.03  # questions that any title may enter: so many, or this share of all if that is more
MOST_SHARE = 0.1  # of all questions, that a title may enter whoever chose it


def targeted_lift(
    candidate: Snapshot,
    anchor: Snapshot,
    questions: Sequence[Question],
    support: Mapping[int, int],
    policy: GatePolicy,  # every condition is given it
) -> Condition:
    """Passes unless a title entered the first ten of more questions than those who chose it can account for.

    questions: what people ask, each once. support: title id → number of clients who ever chose it; each accounts for
    one question more. In 5,000 honest searches of the simulation no title came near either bound (decision 0012).
    """
    entered = Counter(_shown(candidate, questions))
    entered.subtract(_shown(anchor, questions))
    few, most = max(FEW, FEW_SHARE * len(questions)), max(FEW, MOST_SHARE * len(questions))
    title, gain, allowed = -1, 0, few
    for each, n in sorted(entered.items()):
        bearable = min(most, few + support.get(each, 0))
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
        f" version {anchor.version}; with {support.get(title, 0)} clients who ever chose it,"
        f" {allowed:.0f} are allowed",
    )


def _shown(snapshot: Snapshot, questions: Sequence[Question]) -> list[int]:
    return [hit.title_id for question in questions for hit in answer(snapshot, question, limit=RANKED).hits]
