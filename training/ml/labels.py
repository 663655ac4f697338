"""From logged searches to what a slate taught: who may teach, graded gains, examination.

Eligibility is decided here and counted by reason; nothing is dropped silently. How much each may weigh is
decided in `caps`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from recommender.ml.questions import MAX_QUERY_LENGTH
from training.ml import caps
from training.ml.examination import Examination

GAIN = {"click": 0.25, "dwell": 0.5, "seen": 0.25, "watchlist_add": 0.75, "like": 1.0}
AGAINST = frozenset({"not_for_me", "dislike"})
MIN_DWELL_SECONDS = 10.0
MIN_DELAY, MAX_DELAY = timedelta(milliseconds=300), timedelta(minutes=30)  # between an answer and a deed
DOUBLE_CLICK = timedelta(seconds=30)
MAX_PAIRS_PER_SESSION = 30  # choices and refusals of a session that a window hears
FIRST_PAGE, LAST_PLACE = 20, 60  # beyond the first page a place counts for less; beyond the last for nothing


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


def depth_weight(position: int) -> float:
    """How much may be concluded from a 1-based place, in [0, 1]: all of the first page, nothing beyond LAST_PLACE.

    Few people page that far, and whoever wants a title up can always page to it. So a choice from below can
    bring a title nearer, but not to the top.
    """
    if position > LAST_PLACE:
        return 0.0
    return float(min(1.0, (FIRST_PAGE / position) ** 4))


Choice = tuple[str, int, date]  # client, title, day: what counts once


@dataclass
class _Heard:
    """What was said before: it grows with every search, and nothing is listened to twice."""

    choices: set[Choice]
    clicks: dict[tuple[str, int], datetime] = field(default_factory=dict)  # the last click of (client, title)
    looks: set[tuple[str, str, int, date]] = field(default_factory=set)  # client, text, title, day
    pairs: Counter[str] = field(default_factory=Counter)  # by session


def lessons(
    searches: Iterable[LoggedSearch],
    *,
    earlier: Iterable[Choice] = (),
    trailing: Mapping[int, float] | None = None,
    examination: Examination = Examination(),  # noqa: B008 - frozen
) -> tuple[list[Lesson], Counter[str]]:
    """(lessons in the order of the searches, counts of searches and deeds by what became of them).

    One choice or refusal per client, title and day counts, with the strongest thing that was done; it
    belongs to the first search that led to it. earlier: what older windows counted. trailing: title id → how often
    it was chosen in older windows, faded, for the surge cap (`remember.trailing_choices`). examination: how attention
    falls with the place.
    """
    counts: Counter[str] = Counter()
    heard = _Heard(set(earlier))
    found: list[Lesson] = []
    for search in sorted(searches, key=lambda s: (s.at, s.query_id)):
        counts["searches"] += 1
        if reason := _teaches_nothing(search):
            counts[f"dropped: {reason}"] += 1
            continue
        gains, against = _opinions(search, heard, counts)
        found.append(_lesson(search, gains, frozenset(against), heard, examination))
        counts["choices"] += len(gains)
    weighted = _weighted(found, trailing or {}, counts)
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


def _opinions(search: LoggedSearch, heard: _Heard, counts: Counter[str]) -> tuple[dict[int, float], set[int]]:
    """(gains, titles refused) of one search: of each title the strongest thing said, a refusal above all."""
    gains: dict[int, float] = {}
    against: set[int] = set()
    days: dict[int, date] = {}
    for deed in search.deeds:
        counts["interactions"] += 1
        if reason := _ineligible(deed, search) or _repeated(deed, heard):
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
    return None


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
    for place, title in enumerate(search.shown, search.first_position):
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


def _weighted(found: Sequence[Lesson], trailing: Mapping[int, float], counts: Counter[str]) -> list[Lesson]:
    """The lessons with what each may say: by session and client, by place, by query and title, by title."""
    deeds = [len(lesson.gains) + len(lesson.against) for lesson in found]
    by_session = caps.busy_weights([lesson.session for lesson in found], deeds)
    by_client = caps.busy_weights([lesson.who for lesson in found], deeds)
    plain = [
        replace(lesson, weight=min(session, client))
        for lesson, session, client in zip(found, by_session, by_client, strict=True)
    ]
    choices = [
        {title: lesson.weight * depth_weight(lesson.place(title)) for title in lesson.gains} for lesson in plain
    ]
    _hold_pairs(plain, choices, counts)
    wanted = _total(choices)
    allowed = caps.surge_caps(wanted, trailing)
    _hold(choices, wanted, allowed)
    counts["titles held by the surge cap"] = sum(wanted[title] > cap for title, cap in allowed.items())
    counts["titles that surged"] = sum(
        wanted[title] >= 2 * max(cap, caps.SURGE_FLOOR) for title, cap in allowed.items()
    )
    refusals = [
        {title: lesson.weight * depth_weight(lesson.place(title)) for title in lesson.against} for lesson in plain
    ]
    refused, chosen = _total(refusals), _total(choices)
    bearable = {title: caps.REFUSAL_FLOOR + chosen.get(title, 0.0) for title in refused}
    _hold(refusals, refused, bearable)
    counts["titles refused in a surge"] = sum(refused[title] >= 2 * cap for title, cap in bearable.items())
    return [
        replace(
            lesson,
            weight=lesson.weight
            * _believed(lesson, said) ** 2,  # what is held says even less of what stood beside it
            choice_weights=said,
            refusal_weights=against,
        )
        for lesson, said, against in zip(plain, choices, refusals, strict=True)
    ]


def _believed(lesson: Lesson, said: Mapping[int, float]) -> float:
    """The share, in [0, 1], of what a lesson might say that it may; without a choice, by its page alone."""
    if not said:
        return depth_weight(lesson.first_position)
    return sum(said.values()) / (len(said) * lesson.weight)


def _hold_pairs(lessons: Sequence[Lesson], choices: Sequence[dict[int, float]], counts: Counter[str]) -> None:
    """No title is chosen for a query much more often than people looked at it there."""
    looks: dict[tuple[str, int], float] = {}
    wanted: dict[tuple[str, int], float] = {}
    for lesson, said in zip(lessons, choices, strict=True):
        for title, chance in lesson.examined.items():
            looks[lesson.text, title] = looks.get((lesson.text, title), 0.0) + lesson.weight * chance
        for title, weight in said.items():
            wanted[lesson.text, title] = wanted.get((lesson.text, title), 0.0) + weight
    scale = {pair: min(1.0, (caps.PAIR_FLOOR + looks.get(pair, 0.0)) / total) for pair, total in wanted.items()}
    for lesson, said in zip(lessons, choices, strict=True):
        for title in said:
            said[title] *= scale[lesson.text, title]
    counts["pairs held"] = sum(factor < 1 for factor in scale.values())


def _hold(said: Sequence[dict[int, float]], wanted: Mapping[int, float], allowed: Mapping[int, float]) -> None:
    for weights in said:
        for title in weights:
            weights[title] *= min(1.0, allowed[title] / wanted[title])


def _total(said: Sequence[Mapping[int, float]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for weights in said:
        for title, weight in weights.items():
            total[title] = total.get(title, 0.0) + weight
    return total
