"""What editors say of results, kept and read: the only writer and reader of Rule and SynonymSet.

`save_rule` and `save_synonyms` check a row and write it; whatever is wrong with it is told by field. Processes ask
for `state()` every few seconds and for `in_force()` where it changed, so nothing here is called by a search.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone

from catalog.event_log import storable
from recommender.ml import curation as ml
from recommender.ml.curation import NOTHING_SAID, Curation
from recommender.ml.names.folding import fold
from recommender.models import Rule, SynonymSet

LAST_PLACE = 20  # that a pin may have: the first page as a browser shows it
MAX_POINTS = 5.0  # more than any two scores differ by
MAX_TEXT = 200  # characters of a rule's text
MAX_WORDS, MAX_WORD, MAX_NOTE = 20, 60, 1_000  # words in a set, characters of one, characters of a note
UNKEEPABLE = "It holds characters that cannot be kept, such as NUL."


class Gone(Http404):
    """What was to be changed is not there any more."""


Action, Match = Rule.Action, Rule.Match
Row = TypeVar("Row", bound=Model)

# What is in force, by row version: it changes with every write, ours or not, and with every date that comes or goes.
_STATE = """
SELECT
  (SELECT coalesce(sum(hashtextextended(id::text || xmin::text || ctid::text, 0)), 0) FROM recommender_rule
    WHERE is_active AND (starts IS NULL OR starts <= now()) AND (ends IS NULL OR ends > now()))::text
  || '/' ||
  (SELECT coalesce(sum(hashtextextended(id::text || xmin::text || ctid::text, 0)), 0) FROM recommender_synonymset
    WHERE is_active)::text
"""


def rules() -> QuerySet[Rule]:
    """All of them, the newest first, with title and author."""
    return Rule.objects.select_related("title", "author").order_by("-created", "-id")


def synonyms() -> QuerySet[SynonymSet]:
    """All of them, the newest first, with their author."""
    return SynonymSet.objects.select_related("author").order_by("-created", "-id")


def save_rule(rule: Rule, author: AbstractBaseUser | None = None) -> Rule:
    """Check and write it; what it does not need (points of a pin, the text of a rule for any query) is emptied, as
    forms send it along. `idle` names it for callers that would rather refuse.

    author: kept for a new rule. Raises ValidationError with what is wrong by field, and Gone.
    """
    with _one_at_a_time():
        check_rule(rule)
        return _saved(rule, author)


def save_synonyms(words: SynonymSet, author: AbstractBaseUser | None = None) -> SynonymSet:
    """Check and write a set; what is said twice is kept once. Raises ValidationError with what is wrong by field, and
    Gone.
    """
    with _one_at_a_time():
        check_synonyms(words)
        return _saved(words, author)


def delete(rows: Iterable[Rule | SynonymSet]) -> None:
    """Of either kind, or of both. What is gone already is no error."""
    with _one_at_a_time():
        for row in rows:
            row.delete()


def idle(rule: Rule) -> dict[str, str]:
    """What it says and its action or its match has no use for, in words by field."""
    found = {}
    if rule.action in Action.values and rule.action != Action.PIN and rule.position is not None:
        found["position"] = f"Only a pin has a place; a rule with the action “{rule.action}” has none."
    if rule.action in Action.values and rule.action != Action.LIFT and rule.points is not None:
        found["points"] = f"Only a lift has points; a rule with the action “{rule.action}” has none."
    if rule.match == Match.ANY and _clean(rule.text):
        found["text"] = "A rule for every query has no text; match “exact” or “contains” looks at one."
    return found


def check_rule(rule: Rule) -> None:
    """Bring it to its form, without writing it. Raises ValidationError with what is wrong by field."""
    wrong: dict[str, str] = {}
    if storable(rule.text) != rule.text:
        wrong["text"] = UNKEEPABLE
    rule.text, rule.note = _clean(rule.text), storable(rule.note).strip()
    if rule.match not in Match.values:
        wrong["match"] = f"One of {', '.join(Match.values)}."
    elif rule.match == Match.ANY:
        rule.text = ""
    elif not fold(rule.text):
        wrong["text"] = "Say for which query, or choose “every query”."
    elif len(rule.text) > MAX_TEXT:
        wrong["text"] = f"At most {MAX_TEXT} characters."
    if rule.action not in Action.values:
        wrong["action"] = f"One of {', '.join(Action.values)}."
    if rule.action != Action.PIN:
        rule.position = None
    elif rule.position is None or not 1 <= rule.position <= LAST_PLACE:
        wrong["position"] = f"A pin needs a place from 1 to {LAST_PLACE}."
    if rule.action != Action.LIFT:
        rule.points = None
    elif rule.points is None or not isfinite(rule.points) or not 0 < rule.points <= MAX_POINTS:
        wrong["points"] = f"A lift needs points above 0, at most {MAX_POINTS:g}."
    if rule.starts and rule.ends and rule.ends <= rule.starts:
        wrong["ends"] = "It has to end after it starts."
    elif rule.ends and rule.ends <= timezone.now() and not _ended_before(rule):
        wrong["ends"] = "It would have ended already: say a time to come, or none."
    if len(rule.note) > MAX_NOTE:
        wrong["note"] = f"At most {MAX_NOTE:,} characters."
    if not rule.title_id:
        wrong["title"] = "Say which title."
    if not wrong and (taken := _in_the_way(rule)):
        wrong["position"] = taken
    if wrong:
        raise ValidationError(wrong)


def _ended_before(rule: Rule) -> bool:
    """Whether it is kept with that end: an ended rule may be changed otherwise. To the second, as forms show it."""
    kept = Rule.objects.filter(pk=rule.pk).values_list("ends", flat=True).first()
    return bool(kept and rule.ends and kept.replace(microsecond=0) == rule.ends.replace(microsecond=0))


def _in_the_way(rule: Rule) -> str:
    """Why a pin could not stand at its place: another one of the same query has the title or the place."""
    if rule.action != Action.PIN or not rule.is_active:
        return ""
    same = Rule.objects.filter(action=Action.PIN, is_active=True, match=rule.match).exclude(pk=rule.pk)
    meanwhile = same.exclude(ends__lte=rule.starts or timezone.now())
    if rule.ends:
        meanwhile = meanwhile.exclude(starts__gte=rule.ends)
    for other in meanwhile.filter(Q(title=rule.title_id) | Q(position=rule.position)).select_related("title"):
        if fold(other.text) == fold(rule.text):
            if other.title_id == rule.title_id:
                return f"This title is pinned at place {other.position} of this query already; change that rule."
            return f"Place {rule.position} of this query is taken by the pin of {other.title}."
    return ""


def check_synonyms(row: SynonymSet) -> None:
    """Bring a set to its form, without writing it. Raises ValidationError with what is wrong by field."""
    said: dict[str, str] = {}
    if any(storable(word) != word for word in row.words or ()):
        raise ValidationError({"words": UNKEEPABLE})
    for word in map(_clean, row.words or ()):
        if fold(word):
            said.setdefault(fold(word), word)
    row.words = list(said.values())
    if len(row.words) < 2:
        raise ValidationError({"words": "At least two words that differ in more than case, accents and punctuation."})
    if len(row.words) > MAX_WORDS or max(map(len, row.words)) > MAX_WORD:
        raise ValidationError({"words": f"At most {MAX_WORDS} words of at most {MAX_WORD} characters."})


def standing(rule: Rule) -> str:
    """ "in force", "planned", "ended" or "switched off"."""
    now = timezone.now()
    if not rule.is_active:
        return "switched off"
    if rule.ends and rule.ends <= now:
        return "ended"
    return "planned" if rule.starts and rule.starts > now else "in force"


def state() -> str:
    """Equal as long as the same rules and words are in force. One query over what is in force only."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        return str(cursor.fetchone()[0])


def in_force() -> Curation:
    """What holds now, by the database's clock: two queries."""
    now = Now()
    begun, goes_on = Q(starts=None) | Q(starts__lte=now), Q(ends=None) | Q(ends__gt=now)
    holding = Rule.objects.filter(begun, goes_on, is_active=True).order_by("created", "id")
    sets = SynonymSet.objects.filter(is_active=True).order_by("created", "id")
    found = tuple(map(_rule, holding)), tuple(map(_synonyms, sets))
    return Curation(*found) if any(found) else NOTHING_SAID


def _rule(row: Rule) -> ml.Rule:
    return ml.Rule(
        match=row.match,  # type: ignore[arg-type]
        text=fold(row.text),
        action=row.action,  # type: ignore[arg-type]
        title_id=row.title_id,
        place=row.position or 0,
        points=row.points or 0.0,
    )


def _synonyms(row: SynonymSet) -> ml.Synonyms:
    return ml.Synonyms(tuple(map(fold, row.words)), row.is_one_way)


def _clean(text: str) -> str:
    return " ".join(storable(text or "").split())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A transaction that others wait for: two pins that are made at once do not get the same place, and a row that is
    removed while it is changed stays removed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('marquee curation'))")
        yield


def _saved(row: Row, author: AbstractBaseUser | None) -> Row:
    """With its dates as they are kept. Raises Gone."""
    if not row._state.adding and not type(row)._default_manager.filter(pk=row.pk).exists():
        raise Gone("It was removed a moment ago.")
    if row._state.adding and author is not None:
        row.author = author  # type: ignore[attr-defined]
    row.save()
    row.refresh_from_db(fields=["created", "changed"])
    return row
