"""From logged searches to what a slate taught: graded gains, examination, and the weight of a session.

Eligibility is decided here and counted by reason; nothing is dropped silently.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from recommender.ml.questions import MAX_QUERY_LENGTH

GAIN = {"click": 0.25, "dwell": 0.5, "seen": 0.25, "watchlist_add": 0.75, "like": 1.0}
AGAINST = frozenset({"not_for_me", "dislike"})
MIN_DWELL_SECONDS = 10.0
MAX_DELAY = timedelta(minutes=30)
MAX_CHOICES_PER_SESSION = 10.0  # the total weight one session may have in a window
SURGE_FLOOR, SURGE_SHARE = 5.0, 0.05  # most weight one title may gain: the larger of the two


@dataclass(frozen=True)
class Deed:
    """An interaction as logged. `who` names the client, or the search if there is none."""

    action: str
    title_id: int
    who: str
    at: datetime
    value: float | None = None
    is_robot: bool = False


@dataclass(frozen=True)
class LoggedSearch:
    """A served page and what followed. shown: title ids in order; propensity: chance of each."""

    query_id: str
    text: str
    who: str
    session: str
    at: datetime
    shown: tuple[int, ...]
    propensity: tuple[float, ...]
    first_position: int = 1
    is_robot: bool = False
    names_title: bool = False  # the query was a title's name; see SearchEvent.query_class
    was_learnt: bool = False  # its slate was counted in an earlier window; only its deeds are new
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """What one search taught. gains: title id → (0, 1]. against: titles refused. examined: title id →
    chance in [0, 1] that the person looked at it. weight: of this search among all.
    """

    query_id: str
    text: str
    shown: tuple[int, ...]
    gains: dict[int, float]
    against: frozenset[int]
    examined: dict[int, float]
    weight: float = 1.0
    choice_weights: dict[int, float] = field(default_factory=dict)
    names_title: bool = False
    first_position: int = 1  # of shown[0]; page 2 begins further down


def examination(position: int) -> float:
    """Chance that somebody looks at a 1-based place: 1/k, near what web-search logs show (k^-1.1)."""
    return 1.0 / position


Choice = tuple[str, int, date]  # client, title, day: what counts once


def lessons(searches: Iterable[LoggedSearch], *, earlier: Iterable[Choice] = ()) -> tuple[list[Lesson], Counter[str]]:
    """(lessons in the order of the searches, counts of searches and deeds by what became of them).

    One choice or refusal per client, title and day counts, with the strongest thing that was done; it
    belongs to the first search that led to it. earlier: what older windows counted.
    """
    counts: Counter[str] = Counter()
    heard = set(earlier)
    found: list[tuple[LoggedSearch, Lesson]] = []
    for search in sorted(searches, key=lambda s: (s.at, s.query_id)):
        counts["searches"] += 1
        if reason := _teaches_nothing(search):
            counts[f"dropped: {reason}"] += 1
            continue
        gains, against = _opinions(search, heard, counts)
        found.append((search, _lesson(search, gains, frozenset(against))))
        counts["choices"] += len(gains)
    weighted = _with_surge_cap(_with_session_weights(found), counts)
    counts["used"] = len(weighted)
    counts["used with a choice"] = sum(1 for lesson in weighted if lesson.gains)
    return weighted, counts


def _teaches_nothing(search: LoggedSearch) -> str | None:
    """Why a whole search must not teach, as a stable code; None if it may."""
    if search.is_robot:
        return "robot"
    if not search.text or not search.shown:
        return "nothing asked or shown"
    if len(search.text) > MAX_QUERY_LENGTH:  # folding made it longer, so it cannot be asked again
        return "text too long"
    return None


def _opinions(search: LoggedSearch, heard: set[Choice], counts: Counter[str]) -> tuple[dict[int, float], set[int]]:
    """(gains, titles refused) of one search: of each title the strongest thing said, a refusal above all.

    heard: what each client said of a title on a day; it grows, and is not listened to twice.
    """
    gains: dict[int, float] = {}
    against: set[int] = set()
    days: dict[int, date] = {}
    for deed in search.deeds:
        counts["interactions"] += 1
        if reason := _ineligible(deed, search):
            counts[f"dropped: {reason}"] += 1
            continue
        if deed.action in AGAINST:
            against.add(deed.title_id)
        else:
            gains[deed.title_id] = max(gains.get(deed.title_id, 0.0), GAIN[deed.action])
        days.setdefault(deed.title_id, deed.at.date())
    for title_id, day in days.items():
        if title_id in against and gains.pop(title_id, 0.0):
            counts["dropped: refused as well"] += 1
        if (search.who, title_id, day) in heard:
            counts["dropped: same choice that day"] += 1
            gains.pop(title_id, 0.0)
            against.discard(title_id)
        heard.add((search.who, title_id, day))
    return gains, against


def _ineligible(deed: Deed, search: LoggedSearch) -> str | None:
    """Why a deed must not teach, as a stable code; None if it may."""
    if deed.action not in GAIN and deed.action not in AGAINST:
        return "neither choice nor refusal"
    if deed.is_robot:
        return "robot"
    if deed.title_id not in search.shown:
        return "not shown"
    if deed.who != search.who:
        return "other client"
    if not timedelta(0) <= deed.at - search.at <= MAX_DELAY:
        return "too late"
    if deed.action == "dwell" and (deed.value or 0.0) < MIN_DWELL_SECONDS:
        return "short dwell"
    return None


def _lesson(search: LoggedSearch, gains: dict[int, float], against: frozenset[int]) -> Lesson:
    """Everything down to the last choice was looked at; below it attention falls with the place."""
    chosen_places = [place for place, title in enumerate(search.shown) if title in gains or title in against]
    last = max(chosen_places, default=-1)
    examined = {
        title: 1.0 if place <= last else examination(search.first_position + place)
        for place, title in enumerate(search.shown)
        if not search.was_learnt
    }
    return Lesson(
        search.query_id,
        search.text,
        search.shown,
        gains,
        against,
        examined,
        names_title=search.names_title,
        first_position=search.first_position,
    )


def _with_session_weights(found: Sequence[tuple[LoggedSearch, Lesson]]) -> list[Lesson]:
    """No session weighs more than MAX_CHOICES_PER_SESSION choices, however busy it was."""
    per_session: Counter[str] = Counter()
    for search, lesson in found:
        per_session[search.session] += max(1, len(lesson.gains) + len(lesson.against))
    return [
        replace(lesson, weight=min(1.0, MAX_CHOICES_PER_SESSION / per_session[search.session]))
        for search, lesson in found
    ]


def _with_surge_cap(weighted: Sequence[Lesson], counts: Counter[str]) -> list[Lesson]:
    """Scale down the choices of a title that suddenly takes more than its share of all choices."""
    per_title: Counter[int] = Counter()
    for lesson in weighted:
        for title_id in lesson.gains:
            per_title[title_id] += lesson.weight  # type: ignore[assignment]  # a float counter
    cap = max(SURGE_FLOOR, SURGE_SHARE * sum(per_title.values()))
    scale = {title: min(1.0, cap / total) for title, total in per_title.items()}
    counts["titles held by the surge cap"] = sum(1 for factor in scale.values() if factor < 1)
    return [
        replace(lesson, choice_weights={title: lesson.weight * scale[title] for title in lesson.gains})
        for lesson in weighted
    ]
