"""What a slip costs, and how sure a match is. Pure arithmetic on two strings and a few numbers.

Both confidences are logistic regressions, rounded: the constants say how much each thing counts, not more.
"""

from math import exp, log10

from rapidfuzz.distance import Levenshtein

# Cost of one slip.
DOUBLED = 0.6  # "innception"; also a double letter written once
LOST_OR_ADDED = 0.9
SWAPPED = 0.9  # two neighbours
WRONG_VOWEL = 0.9  # for another vowel
WRONG_LETTER = 1.0
FIRST_LETTER = 0.3  # added: people get the first letter right
_VOWELS = frozenset("aeiouy")

RAREST = 1e-5  # share of titles; rarer than this a combination of words counts as never used


def slip_cost(typed: str, meant: str) -> float:
    """The price of turning `meant` into `typed`, 0 where they are equal.

    Weighted after the alignment is found, so not always the cheapest way; for a few slips it is.
    """
    slips = [(slip.tag, slip.src_pos, slip.dest_pos) for slip in Levenshtein.editops(typed, meant)]
    cost, at = 0.0, 0
    while at < len(slips):
        operation, i, j = slips[at]
        cost += FIRST_LETTER if i == 0 else 0
        if at + 1 < len(slips) and _is_swap(typed, meant, slips[at], slips[at + 1]):
            cost += SWAPPED
            at += 2
            continue
        if operation == "replace":
            cost += WRONG_VOWEL if typed[i] in _VOWELS and meant[j] in _VOWELS else WRONG_LETTER
        else:
            word, letter = (typed, i) if operation == "delete" else (meant, j)
            neighbours = word[max(0, letter - 1) : letter] + word[letter + 1 : letter + 2]
            cost += DOUBLED if word[letter] in neighbours else LOST_OR_ADDED
        at += 1
    return cost


def _is_swap(typed: str, meant: str, one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    """Two neighbouring slips that exchange two letters, in whichever of three ways they were aligned."""
    (first, i, j), (second, k, m) = one, other
    if first == second == "replace":
        return k == i + 1 and typed[i] == meant[m] and typed[k] == meant[j]
    if first == "insert" and second == "delete":
        return k - i <= 1 and meant[j] == typed[k]
    return first == "delete" and second == "insert" and m - j <= 1 and typed[i] == meant[m]


def typo_confidence(
    cost: float, *, usage: float, fame: float, margin: float, n_words: int, knows_words: bool
) -> float:
    """Probability that a correction of this cost is what was meant, in (0, 1).

    usage: share of titles whose text holds all words typed; words that go together elsewhere are
    probably meant as they stand. fame: of the proposed title, in [0, 1]. margin: how much the next
    best name costs more, negative if it costs less. n_words: of what is compared. knows_words: whether
    each word that the correction changes occurs in some name as it was typed.

    Fitted on misspelt titles against short requests that name none; leaving out any one way of
    misspelling gives nearly the same constants. Of the corrections at 0.9 and above 99 of 100 were
    right, from 0.5 to 0.9 about 70, below that fewer than 10.
    """
    log_odds = -8.3 - 2.4 * cost - 1.75 * _log_share(usage) + 1.7 * fame
    return _sigmoid(log_odds + max(-2.0, min(2.0, margin)) + 1.2 * min(n_words, 4) + (0.0 if knows_words else 1.8))


def prefix_confidence(
    *, usage: float, fame: float, n_words: int, n_found: int, n_series: int, n_titles: int
) -> float:
    """Probability that the beginning or a part of a name is meant to name it, in (0, 1).

    usage, fame: as above. n_words: typed. n_found: titles found, of n_titles; where they are many of those
    that use the words at all, the words are a name. n_series: of them, those of which it is the
    main title.

    Fitted on main titles and well-known beginnings against short requests that begin some name.
    """
    own_share = min(1.0, n_found / max(1.0, usage * n_titles))
    log_odds = -7.0 - 1.5 * _log_share(usage) + 1.5 * log10(own_share) + 1.4 * fame
    return _sigmoid(log_odds + 1.4 * min(n_words, 4) + 3.5 * log10(1 + n_series))


def _log_share(usage: float) -> float:
    return log10(max(usage, RAREST))


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))
