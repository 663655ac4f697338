"""Length and ratings by age in a query: "under two hours", "90 minutes or less", "2 hour comedy", "rated PG-13"."""

import re
from collections.abc import Iterator

from recommender.ml.query.lexicon import FIXED, TERMS
from recommender.ml.query.readings import Reading
from recommender.ml.query.tokens import Said

LONGEST = 600  # minutes; "24 hours to live" is a story
SHORTEST_ABOUT = 20  # minutes; "a minute" is none that a film lasts
AROUND = 10  # minutes more or less that "90 minutes" may mean

_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "ninety": 90,
    "sixty": 60,
}
_NUMBER = rf"(?:\d{{1,3}}(?:\.\d+)?|{'|'.join(_NUMBERS)})"
_DURATION = rf"""(?:half\ an\ hour|an\ hour\ and\ a\ half
    |{_NUMBER}\ and\ a\ half\ hours?
    |{_NUMBER}\ ?(?:hours?|hrs?|h)(?:\ ?(?:and\ )?\d{{1,2}}(?:\ ?(?:minutes?|mins?|m))?)?
    |{_NUMBER}\ ?(?:minutes?|mins?|m))"""
_UNDER = r"(?:under|below|(?:less|fewer|shorter)\ than)"
_AT_MOST = r"(?:at\ most|(?:no|not)\ (?:longer|more)\ than|not\ (?:over|above)|max|maximum|up\ to|until|within)"
_OVER = r"(?:over|above|(?:more|longer)\ than)"
_AT_LEAST = r"(?:at\ least|(?:no|not)\ (?:shorter|less)\ than|not\ (?:under|below)|minimum|since)"
_LENGTH = re.compile(
    rf"""\b(?:between\ (?P<low>{_DURATION}|\d+)\ (?:and|to)\ (?P<high>{_DURATION})
    | (?:(?P<under>{_UNDER})|(?P<most>{_AT_MOST})|(?P<over>{_OVER})|(?P<least>{_AT_LEAST}))\ (?P<limit>{_DURATION})
    | (?P<before>{_DURATION})\ (?:(?P<or_less>or\ (?:less|shorter|under)|max|maximum|tops|at\ most)
                              |(?P<or_more>(?:or|and)\ (?:more|longer|over)|minimum|at\ least))
    | (?:(?P<cue>exactly|precisely|about|around|roughly|approximately|approx|circa)\ )?(?P<about>{_DURATION}))
    (?P<long>\ (?:long|in\ length|of\ runtime))?\b""",
    re.VERBOSE,
)
# Before a bare length they tell of the plot: "in 2 hours", "the last 90 minutes"; or they refuse it.
_NO_LENGTH = frozenset("in for within after every last first next final only not no".split())
_AFTER_LENGTH = frozenset(", and but with from by or not please".split())
_RATING = re.compile(
    r"\b(?:rated )?(pg 13|nc 17|tv (?:ma|14|pg|g|y7|y)|pg13|nc17)(?: rated)?\b"
    r"|\b(?:rated |rating )(r|pg|g|(?:7|13|16|18)\b\+?)(?!\w)|\b(r|pg|g) rated\b"
)
_SPELLINGS = {"pg13": "PG-13", "nc17": "NC-17", **{age: f"{age}+" for age in ("7", "13", "16", "18")}}


def runtimes_said(said: Said) -> Iterator[Reading]:
    """A reading of "runtime", in minutes with both ends included, for each limit of length and length as such.

    "Under two hours" leaves out what lasts two hours; "at most", "up to", "or less" do not.
    """
    for match in _LENGTH.finditer(said.line):
        low = high = None
        if match["about"]:
            yield from _about(said, match)
            continue
        if match["high"]:
            high = _minutes(match["high"])
            low = (
                int(match["low"]) * (60 if high % 60 == 0 and int(match["low"]) < 10 else 1)
                if match["low"].isdigit()
                else _minutes(match["low"])
            )
            label = f"{low}–{high} min"
        else:
            minutes = _minutes(match["limit"] or match["before"])
            if match["under"]:
                high, label = max(1, minutes - 1), f"Under {minutes} min"
            elif match["most"] or match["or_less"]:
                high, label = minutes, f"At most {minutes} min"
            elif match["over"]:
                low, label = minutes + 1, f"Over {minutes} min"
            else:
                low, label = minutes, f"At least {minutes} min"
        if max(low or 1, high or 1) > LONGEST:
            continue
        first, last = said.tokens_of(match.start(), match.end())
        yield Reading("runtime", f"{low or ''}-{high or ''}", label, first, last)


def _about(said: Said, match: re.Match[str]) -> Iterator[Reading]:
    """ "90 min comedies", "exactly 90 minutes", "an hour long": a band around it; not "2 hours to live"."""
    minutes = _minutes(match["about"])
    first, last = said.tokens_of(match.start(), match.end())
    length = TERMS.at([token.stem for token in said.tokens], last)
    described = length > 0 and " ".join(token.stem for token in said.tokens[last : last + length]) not in FIXED
    ends = last == len(said) or said.tokens[last].word in _AFTER_LENGTH
    is_length = described or (ends and bool(match["cue"] or match["long"]))
    before = said.tokens[first - 1].word if first else ""
    if is_length and SHORTEST_ABOUT <= minutes <= LONGEST and before not in _NO_LENGTH:
        value = f"{minutes - AROUND}-{minutes + AROUND}"
        yield Reading("runtime", value, f"About {minutes} min", first, last)


def _minutes(duration: str) -> int:
    """ "1.5 hours", "two and a half hours", "1h30", "90 min", "an hour and a half" in minutes."""
    if duration == "half an hour":
        return 30
    if duration == "an hour and a half":
        return 90
    amount, rest = re.match(rf"({_NUMBER}) ?(.*)", duration, re.DOTALL).groups()  # type: ignore[union-attr]
    number = float(_NUMBERS.get(amount, 0) or amount)
    if rest.startswith("m"):
        return round(number)
    if rest.startswith("and a half"):
        return round(60 * number + 30)
    more = re.search(r"\d+", rest)
    return round(60 * number) + (int(more[0]) if more else 0)


def ratings_said(said: Said) -> Iterator[Reading]:
    """A reading of "maturity" for each rating by age, as catalogues write it."""
    for match in _RATING.finditer(said.line):
        rating = match[1] or match[2] or match[3]
        value = _SPELLINGS.get(rating) or rating.upper().replace(" ", "-")
        yield Reading("maturity", value, f"Rated {value}", *said.tokens_of(match.start(), match.end()))
