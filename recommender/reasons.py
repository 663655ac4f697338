"""Why a title stands where it stands, in a few words, from the part that speaks loudest."""

from collections.abc import Iterable

from recommender.ml.facts.facets import Facets
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.values import ValueTable
from recommender.ml.facts.vocabulary import places_of
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Hit, Source, Tier

MAX_NAMED = 2  # people in one reason
MAX_PEOPLE = 40  # of a title
_TIERS = {
    Tier.EXACT: "Title match",
    Tier.PREFIX: "Starts with what you typed",
    Tier.TYPO: "Close to what you typed",
}


def reason(hit: Hit, facts: str = "") -> str:
    """facts: what of the facts asked for is true of this title, see `facts_in_words`."""
    if hit.tier in _TIERS:
        return _TIERS[hit.tier]
    if hit.witness and hit.parts.get("memory", 0.0) > 0.05:
        return f"Chosen by people who searched “{hit.witness}”"
    words = hit.parts.get("lexical", 0.0)
    is_known_only = hit.sources & ~Source.EXPLORED == Source.POPULAR
    if facts and (hit.parts.get("facts", 0.0) >= words or is_known_only):
        return facts
    if words >= 0.35:
        return "Your words describe it"
    if is_known_only or facts:
        return facts or "Well known"
    # That it is similar does not explain its place: a draw put it there.
    return "Also tried here" if Source.EXPLORED in hit.sources else "Similar in theme"


def facts_in_words(facets: Facets, row: int, wishes: Filters) -> str:
    """Which wishes the title in this row fulfils: "Directed by Jane Doe", "Year and country match", ""."""
    made = _among(facets.directors, row, wishes.directors | wishes.people)
    if made:
        return f"Directed by {_listed(made[:MAX_NAMED])}"
    if played := _among(facets.people, row, wishes.people):
        return f"With {_listed(played[:MAX_NAMED])}"
    origins = [places_of(origin) for origin in wishes.origins]
    countries = wishes.countries.union(*(countries for countries, _ in origins))
    languages = wishes.languages.union(*(languages for _, languages in origins))
    agreeing = [
        name
        for name, agrees in (
            ("year", _within(int(facets.years[row]), wishes.year_min, wishes.year_max)),
            ("running time", _within(int(facets.runtime[row]), wishes.runtime_min, wishes.runtime_max)),
            ("genre", _among(facets.genres, row, wishes.genres | wishes.any_genres)),
            ("country", _among(facets.countries, row, countries)),
            ("language", _among(facets.languages, row, languages)),
        )
        if agrees
    ]
    if not agreeing:
        return ""
    return f"{_listed(agreeing).capitalize()} {'matches' if len(agreeing) == 1 else 'match'}"


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


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
