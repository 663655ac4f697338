"""Years, decades and spans of years in a query.

A bare number is a year between 1888, the first film, and 2035. What a story is set in, and how old
somebody is in it, is no year of release.
"""

import re
from collections.abc import Iterator

from recommender.ml.query.readings import Reading
from recommender.ml.query.tokens import Said

_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()

_YEAR = r"(?:188[89]|189\d|19\d\d|20[0-2]\d|203[0-5])"
_PART = r"(?:(?:early|mid|late)\ ){0,2}"
_DECADE = rf"{_PART}(?:the\ )?{_PART}(?:(?:19|20)?\d0(?:\ ?s|t?ies)|{'|'.join(_DECADES)}|noughties)"
_POINT = rf"(?:{_DECADE}|{_YEAR})"
_BEFORE = r"(?:before|pre|(?:prior|previous)\ to|(?:old|earli)er\ than)"
_AFTER = r"(?:after|post|past|(?:new|lat|young)er\ than)"
_SPAN = re.compile(
    rf"""\b(?:
      (?:between|from)\ (?P<low>{_POINT})\ (?:and|to|until|till|through)\ (?:the\ )?(?P<high>{_POINT})
    | (?:not|no)\ (?:from\ )?(?:{_BEFORE}\ (?P<not_before>{_POINT})|{_AFTER}\ (?P<not_after>{_POINT}))
    | {_BEFORE}\ (?P<before>{_POINT})
    | {_AFTER}\ (?P<after>{_POINT})
    | (?:until|till|up\ to)\ (?P<until>{_POINT})
    | (?:since|starting(?:\ in|\ from)?)\ (?P<since>{_POINT})
    | (?:from\ )?(?P<or_later>{_POINT})\ (?:on|onwards?|(?:or|and)\ (?:later|newer|after|up|onwards?))
    | (?:from\ )?(?P<or_earlier>{_POINT})\ (?:or|and)\ (?:earlier|older|before)
    | (?P<open>{_YEAR})\+
    | (?P<year>{_YEAR})\ (?P<of_century>\d\d)
    | (?P<first>{_POINT})\ (?:(?:to|until|through|and|or|,)\ )?(?:the\ )?(?P<second>{_POINT})
    | (?P<cue>(?:(?:made|released|filmed|produced|shot|out)\ )?(?:from|of|in|during)(?:\ the\ year)?\ )?
      (?P<point>{_POINT})
    | (?:(?:of|from|in)\ )?(?P<century>this|the\ 21st|21st)\ century
    )(?!\w)""",
    re.VERBOSE,
)
_PARTS = {"early": (0, 4), "mid": (3, 7), "late": (5, 9)}  # of a decade; they overlap, as memories do
_AGES = frozenset("her his their there my your our lower upper roaring".split())  # "in her 20s"
_SETTINGS = frozenset("set setting takes place happens during story to".split())
_REFUSED = frozenset("not no non without except isnt arent excluding exclude".split())
_ONES = frozenset("one ones version remake".split())
_BETWEEN = frozenset("a an the any one from of in".split())  # "not" and a year
_DASHES = frozenset("-–—‑/")
_UNSURE = frozenset("maybe possibly probably perhaps around circa about likely approximately roughly".split())


def years_said(said: Said) -> Iterator[Reading]:
    """A reading of "years" for each year or span of years, from left to right, never overlapping."""
    for match in _SPAN.finditer(said.line):
        first, last = said.tokens_of(match.start(), match.end())
        if match["of_century"] and said.sign_before(last - 1) not in _DASHES:
            last -= 1  # "1990 99 balloons"
        cue = (match["cue"] or "").split()
        refused = _refusing(said, first, match) < first
        if refused or said.is_excluded(first) or (match["point"] and _is_no_release(said, first, last, cue)):
            continue
        low, high, label = _bounds(match, is_span=last - first > 1)
        value = f"{'' if low is None else low}-{'' if high is None else high}"
        # In a story "30s" is an age as often as a decade.
        told = bool(cue) or not re.fullmatch(r"[0-4]0(?: ?s|t?ies)", match["point"] or "")
        in_brackets = match["point"] is not None and said.sign_before(first) == "("
        yield Reading(
            "years", value, label[0].upper() + label[1:], first, last,
            attached=cue in (["in"], ["of"]) or in_brackets or _is_unsure(said, first, last), in_stories=told,
        )  # fmt: skip


def refused_years(said: Said) -> Iterator[tuple[int, int]]:
    """[first, last) of the tokens of each year or span that is refused, its "not" included: "not the 1995 one"."""
    for match in _SPAN.finditer(said.line):
        first, last = said.tokens_of(match.start(), match.end())
        if (start := _refusing(said, first, match)) < first:
            yield start, last + (last < len(said) and said.tokens[last].word in _ONES)


def _refusing(said: Said, first: int, match: re.Match[str]) -> int:
    """The token of the "not" that refuses the years from `first` on; `first` if none does."""
    start = first
    while start and said.tokens[start - 1].word in _BETWEEN:
        start -= 1
    refused = (
        start > 0 and said.tokens[start - 1].word in _REFUSED and not match["not_before"] and not match["not_after"]
    )
    return start - 1 if refused else first


def _is_no_release(said: Said, first: int, last: int, cue: list[str]) -> bool:
    """ "in her 20s", "set in 1974", "takes place in the 50s", "a 70s setting"."""
    before = [token.word for token in said.tokens[max(0, first - 3) : first]]
    if "during" in cue or (before and before[-1] in _AGES):
        return True
    after = said.tokens[last].word if last < len(said) else ""
    return (cue in ([], ["in"]) and not _SETTINGS.isdisjoint(before)) or after == "setting"


def _is_unsure(said: Said, first: int, last: int) -> bool:
    """ "maybe 1995", "(90s?)"."""
    asked = said.text.startswith("?)", said.tokens[last - 1].end)
    return asked or (first > 0 and said.tokens[first - 1].word in _UNSURE)


def _bounds(match: re.Match[str], *, is_span: bool) -> tuple[int | None, int | None, str]:
    """(first year, last year, label) of what matched."""
    if match["century"]:
        return 2000, None, "Since 2000"
    if match["high"] or match["second"]:
        low, high = sorted([_point(match["low"] or match["first"]), _point(match["high"] or match["second"])])
        return low[0], high[1], f"{_name(low)}–{_name(high)}"
    if match["year"] and is_span:
        first, last = int(match["year"]), int(match["year"][:2] + match["of_century"])
        return min(first, last), max(first, last), f"{first}–{last}"
    if match["point"] or match["year"]:
        point = _point(match["point"] or match["year"])
        return *point, _name(point)
    if match["before"]:
        point = _point(match["before"])
        return None, point[0] - 1, f"Before {_name(point)}"
    if match["after"]:
        point = _point(match["after"])
        return point[1] + 1, None, f"After {_name(point)}"
    if until := match["until"] or match["or_earlier"] or match["not_after"]:
        return None, _point(until)[1], f"Until {_name(_point(until))}"
    since = _point(match["since"] or match["or_later"] or match["not_before"] or match["open"])
    return since[0], None, f"Since {_name(since)}"


def _point(said: str) -> tuple[int, int]:
    """First and last year of "1974", "70s", "the late 1990s", "seventies"."""
    if re.fullmatch(_YEAR, said):
        return int(said), int(said)
    *_, named = re.sub(r"(?<=0)(?: s|t?ies)$", "s", said).split()
    if named in _DECADES:
        decade = 1920 + 10 * _DECADES.index(named)
    elif named == "noughties":
        decade = 2000
    else:
        decade = int(named.rstrip("s"))
        decade += 0 if decade >= 1000 else 1900 if decade >= 20 else 2000
    parts = [_PARTS[word] for word in said.split() if word in _PARTS] or [(0, 9)]
    return decade + min(low for low, _ in parts), decade + max(high for _, high in parts)


def _name(point: tuple[int, int]) -> str:
    low, high = point
    if low == high:
        return str(low)
    part = next((f"{name} " for name, ends in _PARTS.items() if ends == (low % 10, high % 10)), "")
    return f"{part}{low - low % 10}s"
