"""From logged searches to what a slate taught: who may teach, graded gains, examination.

Eligibility is decided here and counted by reason; nothing is dropped silently. How much each may weigh is
decided in `weighing`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.ml.ranking import Source
from training.ml.caps import Past
from training.ml.examination import Examination
from training.ml.weighing import depth_weight, weighted

GAIN = {"click": 0.25, "dwell": 0.5, "seen": 0.25, "watchlist_add": 0.75, "like": 1.0}
AGAINST = frozenset({"not_for_me", "dislike"})
TAKES_BACK = {"undo": frozenset({"like", "seen", *AGAINST}), "watchlist_remove": frozenset({"watchlist_add"})}
MIN_DWELL_SECONDS = 10.0
MIN_DELAY, MAX_DELAY = timedelta(milliseconds=300), timedelta(minutes=30)  # between an answer and a deed
DOUBLE_CLICK = timedelta(seconds=30)
MAX_PAIRS_PER_SESSION = 30  # choices and refusals of a session that a window hears


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
    """A served page and what followed. shown: title ids in order; propensity: chance of each to stand there;
    source: bit set of what brought each there.
    """

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
    source: tuple[int, ...] = ()

    @property
    def pinned(self) -> frozenset[int]:
        """What editors put on the page: chosen or passed over there, it says nothing of what a version would show."""
        return _pinned(self.shown, self.source)


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
    refusal_weights: dict[int, float] = field(default_factory=dict)
    who: str = ""
    session: str = ""
    propensity: tuple[float, ...] = ()
    source: tuple[int, ...] = ()
    examination: Examination = field(default_factory=Examination)  # how attention falls with the place

    def place(self, title_id: int) -> int:
        """1-based, over all pages. Raises ValueError for a title that was not shown."""
        return self.first_position + self.shown.index(title_id)

    @property
    def pinned(self) -> frozenset[int]:
        """As of the search: shown, so that places hold, and never examined."""
        return _pinned(self.shown, self.source)


Choice = tuple[str, int, date]  # client, title, day: what counts once


TakenBack = Mapping[tuple[str, int, str], datetime]  # client, title, action: when it was last taken back


@dataclass
class _Heard:
    """What was said before: it grows with every search, and nothing is listened to twice.

    taken_back: what somebody took back within what is read, on whatever page; until then they had not said it.
    """

    choices: set[Choice]
    taken_back: TakenBack = field(default_factory=dict)
    clicks: dict[tuple[str, int], datetime] = field(default_factory=dict)  # the last click of (client, title)
    looks: set[tuple[str, str, int, date]] = field(default_factory=set)  # client, text, title, day
    pairs: Counter[str] = field(default_factory=Counter)  # by session


def lessons(
    searches: Iterable[LoggedSearch],
    *,
    earlier: Iterable[Choice] = (),
    trailing: Mapping[int, Past] | None = None,
    examination: Examination = Examination(),  # noqa: B008 - frozen
) -> tuple[list[Lesson], Counter[str]]:
    """(lessons in the order of the searches, counts of searches and deeds by what became of them).

    One choice or refusal per client, title and day counts, with the strongest thing that was done; it
    belongs to the first search that led to it. earlier: what older windows counted. trailing: title id → how often
    it was chosen in older windows, faded, for the surge cap (`remember.trailing_choices`). examination: how attention
    falls with the place.
    """
    counts: Counter[str] = Counter()
    searches = list(searches)
    heard = _Heard(set(earlier), _taken_back(searches))
    found: list[Lesson] = []
    for search in sorted(searches, key=lambda s: (s.at, s.query_id)):
        counts["searches"] += 1
        if reason := _teaches_nothing(search):
            counts[f"dropped: {reason}"] += 1
            continue
        gains, against = _opinions(search, heard, counts)
        found.append(_lesson(search, gains, frozenset(against), heard, examination))
        counts["choices"] += len(gains)
    taught = weighted(found, trailing or {}, counts)
    counts["used"] = len(taught)
    counts["used with a choice"] = sum(1 for lesson in taught if lesson.gains)
    return taught, counts


def _teaches_nothing(search: LoggedSearch) -> str | None:
    """Why a whole search must not teach, as a stable code; None if it may."""
    if search.is_robot:
        return "robot"
    if not search.text or not search.shown:
        return "nothing asked or shown"
    if len(search.text) > MAX_QUERY_LENGTH:  # folding made it longer, so it cannot be asked again
        return "text too long"
    return None


def _opinions(search: LoggedSearch, heard: _Heard, counts: Counter[str]) -> tuple[dict[int, float], set[int]]:
    """(gains, titles refused) of one search: of each title the strongest thing said, a refusal above all."""
    gains: dict[int, float] = {}
    against: set[int] = set()
    days: dict[int, date] = {}
    done: set[tuple[int, str]] = set()
    for deed in search.deeds:
        counts["interactions"] += 1
        reason = _ineligible(deed, search) or _revoked(deed, heard) or _repeated(deed, heard)
        if reason is None and (deed.title_id, deed.action) in done:
            reason = "done before on that page"
        if reason:
            counts[f"dropped: {reason}"] += 1
            continue
        done.add((deed.title_id, deed.action))
        if deed.action in AGAINST:
            against.add(deed.title_id)
        else:
            gains[deed.title_id] = max(gains.get(deed.title_id, 0.0), GAIN[deed.action])
        days.setdefault(deed.title_id, deed.at.date())
    for title_id, day in days.items():
        if title_id in against and gains.pop(title_id, 0.0):
            counts["dropped: refused as well"] += 1
        if reason := _unheard(search, title_id, day, heard):
            counts[f"dropped: {reason}"] += 1
            gains.pop(title_id, 0.0)
            against.discard(title_id)
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
    if deed.at < search.at:
        return "before the answer"
    if deed.at - search.at < MIN_DELAY:
        return "too fast"
    if deed.at - search.at > MAX_DELAY:
        return "too late"
    if deed.action == "dwell" and (deed.value or 0.0) < MIN_DWELL_SECONDS:
        return "short dwell"
    if deed.title_id in search.pinned:
        return "pinned"
    return None


def _pinned(shown: tuple[int, ...], source: tuple[int, ...]) -> frozenset[int]:
    """source may be empty: pages that were logged without it have no pins."""
    return frozenset(title for title, bits in zip(shown, source, strict=False) if bits & Source.PINNED)


def _taken_back(searches: Iterable[LoggedSearch]) -> TakenBack:
    latest: dict[tuple[str, int, str], datetime] = {}
    for search in searches:
        for deed in search.deeds:
            if deed.is_robot:
                continue
            for action in TAKES_BACK.get(deed.action, ()):
                said = (deed.who, deed.title_id, action)
                latest[said] = max(latest.get(said, deed.at), deed.at)
    return latest


def _revoked(deed: Deed, heard: _Heard) -> str | None:
    """What was said and taken back teaches neither for nor against; said again afterwards, it counts."""
    until = heard.taken_back.get((deed.who, deed.title_id, deed.action))
    return "taken back" if until is not None and deed.at <= until else None


def _repeated(deed: Deed, heard: _Heard) -> str | None:
    """A second click on the same title at once says nothing more, over midnight and from another page either."""
    if deed.action != "click":
        return None
    before = heard.clicks.get((deed.who, deed.title_id))
    heard.clicks[deed.who, deed.title_id] = deed.at
    return "double click" if before is not None and abs(deed.at - before) <= DOUBLE_CLICK else None


def _unheard(search: LoggedSearch, title_id: int, day: date, heard: _Heard) -> str | None:
    """Why what a search says of a title is not listened to; None if it is, and then it is noted."""
    choice = (search.who, title_id, day)
    if choice in heard.choices:
        return "same choice that day"
    if depth_weight(search.first_position + search.shown.index(title_id)) == 0:
        return "too far down"
    if heard.pairs[search.session] >= MAX_PAIRS_PER_SESSION:
        return "busy session"
    heard.choices.add(choice)
    heard.pairs[search.session] += 1
    return None


def _lesson(
    search: LoggedSearch,
    gains: dict[int, float],
    against: frozenset[int],
    heard: _Heard,
    examination: Examination,
) -> Lesson:
    """How likely each title was looked at follows from its place alone, as the position-based model has it.

    Taking everything above the last choice for looked at would count titles as refused that nobody saw: measured, it
    makes what is learnt worse (docs/learning.md). What somebody cannot choose again that day is not passed over
    again either: one look per client, text, title and day.
    """
    examined = {}
    pinned = search.pinned
    for place, title in enumerate(search.shown, search.first_position):
        if title in pinned:
            continue
        look = (search.who, search.text, title, search.at.date())
        if not search.was_learnt and look not in heard.looks:
            examined[title] = examination(place) * depth_weight(place)
        heard.looks.add(look)
    return Lesson(
        search.query_id,
        search.text,
        search.shown,
        gains,
        against,
        examined,
        names_title=search.names_title,
        first_position=search.first_position,
        who=search.who,
        session=search.session,
        propensity=search.propensity,
        source=search.source,
        examination=examination,
    )
