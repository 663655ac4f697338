"""Why a title stands where it stands, in a few words, from the part that speaks loudest."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Signal
from recommender.answers.naming import names, of_value
from recommender.ml.facts.facets import Facets
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.values import ValueTable
from recommender.ml.facts.vocabulary import places_of
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Hit, Source, Tier
from recommender.posters.lettering import calm

MAX_NAMED = 2  # people in one reason
MAX_PEOPLE = 40  # of a title
TASTE_SHARE = 0.15  # of all that speaks for a title, from where on taste is the reason to give
_TIERS = {
    Tier.EXACT: gettext_lazy("Title match"),
    Tier.PREFIX: gettext_lazy("Starts with what you typed"),
    Tier.TYPO: gettext_lazy("Close to what you typed"),
}
_YEAR, _RUNNING_TIME = gettext_lazy("year"), gettext_lazy("running time")
_GENRE, _COUNTRY, _LANGUAGE = gettext_lazy("genre"), gettext_lazy("country"), gettext_lazy("language")


def reason(
    hit: Hit,
    facts: str = "",
    because: Signal | None = None,
    *,
    is_famous: bool = False,
    is_narrowed: bool = False,
) -> str:
    """facts: what of the facts asked for is true of this title, see `facts_in_words`. because: the visitor's own
    signal that speaks loudest for it. is_narrowed: whether filters decided which titles show.
    """
    if Source.PINNED in hit.sources:
        return _("Chosen by our editors")
    if hit.tier in _TIERS:
        return str(_TIERS[hit.tier])
    if because and hit.parts["taste"] >= TASTE_SHARE * sum(part for part in hit.parts.values() if part > 0):
        return because_in_words(because)
    if hit.witness is not None and hit.parts.get("memory", 0.0) > 0.05:
        if not hit.witness:  # see `witnesses`
            return _("Chosen by people who searched for something like this")
        return _("Chosen by people who searched “%(text)s”") % {"text": hit.witness}
    words = hit.parts.get("lexical", 0.0)
    is_known_only = hit.sources & ~(Source.EXPLORED | Source.SEATED) == Source.POPULAR
    if facts and (hit.parts.get("facts", 0.0) >= words or is_known_only):
        return facts
    if words >= 0.35:
        return _("Your words describe it")
    if is_known_only or facts:
        return facts or _known_only(is_famous=is_famous, is_narrowed=is_narrowed)
    # That it is similar does not explain its place: a draw put it there.
    return _("Shown by lot, to see who likes it") if Source.EXPLORED in hit.sources else _("Similar in theme")


def _known_only(*, is_famous: bool, is_narrowed: bool) -> str:
    """Of a title for which nothing speaks but how well known it is: the first of many, or what was left of few."""
    if is_famous:
        return _("Well known")
    return _("Fits your filters") if is_narrowed else _("The best known come first")


def because_in_words(signal: Signal) -> str:
    """ "Because you liked Heat"."""
    name = calm(signal.title.name)
    if signal.kind == Signal.Kind.WATCHLIST:
        return _("Because %(name)s is on your watchlist") % {"name": name}
    if signal.kind == Signal.Kind.SEEN:
        return _("Because you have seen %(name)s") % {"name": name}
    if signal.kind == Signal.Kind.OPENED:
        return _("Because you looked at %(name)s") % {"name": name}
    return _("Because you liked %(name)s") % {"name": name}


def facts_in_words(facets: Facets, row: int, wishes: Filters) -> str:
    """Which wishes the title in this row fulfils: "Directed by Jane Doe", "Year and country match", ""."""
    made = _among(facets.directors, row, wishes.directors | wishes.people)
    if made:
        return of_value("directors", names(made[:MAX_NAMED]))
    if played := _among(facets.people, row, wishes.people):
        return of_value("people", names(played[:MAX_NAMED]))
    origins = [places_of(origin) for origin in wishes.origins]
    countries = wishes.countries.union(*(countries for countries, _languages in origins))
    languages = wishes.languages.union(*(languages for _countries, languages in origins))
    agreeing = [
        str(name)
        for name, agrees in (
            (_YEAR, _within(int(facets.years[row]), wishes.year_min, wishes.year_max)),
            (_RUNNING_TIME, _within(int(facets.runtime[row]), wishes.runtime_min, wishes.runtime_max)),
            (_GENRE, _among(facets.genres, row, wishes.genres | wishes.any_genres)),
            (_COUNTRY, _among(facets.countries, row, countries)),
            (_LANGUAGE, _among(facets.languages, row, languages)),
        )
        if agrees
    ]
    if not agreeing:
        return ""
    words = ngettext("%(facts)s matches", "%(facts)s match", len(agreeing)) % {"facts": names(agreeing)}
    return words[0].upper() + words[1:]


def makers(facets: Facets, rows: Iterable[int]) -> Filters:
    """Everybody who made these titles, as wishes: what a title like them has in common with them."""

    def names(table: ValueTable) -> frozenset[str]:
        return frozenset(table.labels[int(place)] for row in rows for place in table.of(row)[:MAX_PEOPLE])

    rows = list(rows)
    return Filters(people=names(facets.people), directors=names(facets.directors))


def _among(table: ValueTable, row: int, wanted: Iterable[str]) -> list[str]:
    """Which of the wanted values the title has, as the catalogue spells them."""
    folded = {fold(value) for value in wanted}
    return [label for place in table.of(row) if fold(label := table.labels[int(place)]) in folded] if folded else []


def _within(number: int, low: int | None, high: int | None) -> bool:
    return (low, high) != (None, None) and number > 0 and (low or 0) <= number <= (high or number)
