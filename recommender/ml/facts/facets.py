"""The facts of the catalogue as arrays: who passes a filter, how well a hint fits, how often a value occurs.

Genres, countries and languages are those of `vocabulary`, whatever the source calls them. Nothing
here ranks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ml.composition import TitleText
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.values import ValueTable
from recommender.ml.facts.vocabulary import country_of, genres_of, language_of, places_of
from recommender.ml.facts.works import works
from recommender.ml.names.folding import fold
from recommender.ml.strings import StringTable

KINDS = ("movie", "show")
RUNTIME_BANDS: dict[str, tuple[int | None, int | None]] = {  # minutes, both ends included
    "under 90 min": (None, 89),
    "90 to 119 min": (90, 119),
    "120 to 150 min": (120, 150),
    "over 150 min": (151, None),
}
YEARS_FORGIVEN = 3  # a remembered year that is this far off agrees no more than any other
MINUTES_FORGIVEN = 30
UNKNOWN = 0.5  # how far a title agrees of which nothing is known

_TABLES = ("genres", "countries", "languages", "maturity", "people", "directors")
_ASKED_OF = {name: name for name in _TABLES} | {"any_genres": "genres"}  # field of Filters → table


@dataclass(frozen=True)
class Facets:
    """N titles in row order, P people.

    kind: int8[N], place in KINDS. years, runtime: int16[N], 0 unknown; runtime in minutes. work:
    int32[N], equal for titles that are the same work (see `works`). people: everybody in any role;
    directors: directors and creators. acting: bool[…], beside people.rows, whether that person acts in that title.
    people_weight: float32[P], the summed fame of their titles. last_names: of each person, P in all.
    """

    kind: NDArray[np.int8]
    years: NDArray[np.int16]
    runtime: NDArray[np.int16]
    work: NDArray[np.int32]
    genres: ValueTable
    countries: ValueTable
    languages: ValueTable
    maturity: ValueTable
    people: ValueTable
    directors: ValueTable
    acting: NDArray[np.bool_]
    people_weight: NDArray[np.float32]
    last_names: ValueTable

    @classmethod
    def build(cls, texts: Sequence[TitleText], prior: NDArray[np.float32]) -> "Facets":
        """prior: float32[N], fame."""
        people = ValueTable.build([[*text.directors, *text.writers, *text.cast] for text in texts])
        genres = _canonical([text.genres for text in texts], genres_of)
        countries = _canonical([text.countries for text in texts], _only(country_of))
        languages = _canonical([text.languages for text in texts], _only(language_of))
        famous = np.concatenate([[0.0], np.cumsum(prior[people.rows], dtype=np.float64)])
        return cls(
            kind=np.array([text.kind == "show" for text in texts], np.int8),
            years=_int16(text.year for text in texts),
            runtime=_int16(text.runtime_minutes for text in texts),
            work=works(texts, prior),
            genres=ValueTable.build(_with_anime(genres, countries, languages)),
            countries=ValueTable.build(countries),
            languages=ValueTable.build(languages),
            maturity=ValueTable.build([[text.maturity] for text in texts]),
            people=people,
            directors=ValueTable.build([text.directors for text in texts]),
            acting=_acting(people, [text.cast for text in texts]),
            people_weight=np.diff(famous[people.starts]).astype(np.float32),
            last_names=ValueTable.build([fold(name).split(" ")[-1:] for name in people.labels]),
        )

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def people_names(self) -> StringTable:
        """P names in order of their folds; row p belongs to people_weight[p]."""
        return self.people.labels

    def mask(self, filters: Filters) -> NDArray[np.bool_] | None:
        """bool[N]: the titles that satisfy every field; None if the filters are empty.

        A value that no title has is had by none: asking for it gives nothing, refusing it all.
        """
        if not filters:
            return None
        fits = np.ones(len(self), np.bool_)
        if filters.kind:
            fits &= self._of_kind(filters.kind)
        fits &= _in_range(self.years, filters.year_min, filters.year_max)
        fits &= _in_range(self.runtime, filters.runtime_min, filters.runtime_max)
        for name in ("genres", "people", "directors"):
            for value in getattr(filters, name):
                fits &= getattr(self, name).titles_with(value)
        for value in filters.cast:
            fits &= self._with_in_cast(value)
        for name in ("any_genres", "countries", "languages", "maturity"):
            if values := getattr(filters, name):
                fits &= self._table(name).titles_with(*values)
        if filters.origins:
            fits &= self._from(filters.origins)
        if filters.without_genres:
            fits &= ~self.genres.titles_with(*filters.without_genres)
        if filters.without_people:
            fits &= ~self.people.titles_with(*filters.without_people)
        if filters.without_origins:
            fits &= ~self._from(filters.without_origins)
        return fits

    def unknown(self, filters: Filters) -> list[tuple[str, str]]:
        """(field, value) of what is asked for and no title has. What is refused is left out: nobody misses it."""
        unknown = [("kind", filters.kind)] if filters.kind and filters.kind not in KINDS else []
        for name in _ASKED_OF:
            wanted = sorted(getattr(filters, name))
            unknown += [(name, value) for value in wanted if self._table(name).find(value) is None]
        return unknown + [("origins", value) for value in sorted(filters.origins) if not self._from([value]).any()]

    def agreements(self, hints: Filters) -> dict[str, NDArray[np.float32]]:
        """How far each title agrees with each hint that is given: float32[N] in [0, 1] by the hint's name.

        "kind", "genres", "countries", "languages", "origins", "maturity", "people", "cast",
        "directors", "year", "runtime". A share of what is remembered for genres and people (a genre to be left
        out counts as one that is had by the others); 1 within a range of years or minutes, falling
        evenly to 0 at YEARS_FORGIVEN or MINUTES_FORGIVEN beside it; else 1 or 0. UNKNOWN where the
        title has no year, runtime, country, language or rating.
        """
        agree: dict[str, NDArray[np.float32]] = {}
        if hints.kind:
            agree["kind"] = self._of_kind(hints.kind).astype(np.float32)
        genres = [self.genres.titles_with(genre) for genre in hints.genres]
        genres += [self.genres.titles_with(*hints.any_genres)] if hints.any_genres else []
        genres += [~self.genres.titles_with(genre) for genre in hints.without_genres]
        if genres:
            agree["genres"] = _share(genres)
        for name in ("people", "directors"):
            if names := getattr(hints, name):
                agree[name] = _share([getattr(self, name).titles_with(value) for value in names])
        if hints.cast:
            agree["cast"] = _share([self._with_in_cast(value) for value in hints.cast])
        for name in ("countries", "languages", "maturity"):
            if values := getattr(hints, name):
                table = self._table(name)
                agree[name] = _or_unknown(table.titles_with(*values), table.is_known())
        if hints.origins or hints.without_origins:
            fits = ~self._from(hints.without_origins)
            if hints.origins:
                fits &= self._from(hints.origins)
            agree["origins"] = _or_unknown(fits, self.countries.is_known() | self.languages.is_known())
        if hints.year_min is not None or hints.year_max is not None:
            agree["year"] = _near(self.years, hints.year_min, hints.year_max, YEARS_FORGIVEN)
        if hints.runtime_min is not None or hints.runtime_max is not None:
            agree["runtime"] = _near(self.runtime, hints.runtime_min, hints.runtime_max, MINUTES_FORGIVEN)
        return agree

    def counts(
        self, rows: NDArray[np.int64] | NDArray[np.bool_] | None, fields: Iterable[str], limit: int = 10
    ) -> dict[str, list[tuple[str, int]]]:
        """By field at most `limit` (label, number of these titles), the most frequent first, then by label.

        rows: int64[…], each at most once, or bool[N] as `mask` gives it; None: all titles. fields:
        "kind", "years" (by decade, "1990s"), "runtime" (RUNTIME_BANDS) or the name of a table. What
        is unknown is not counted. Raises KeyError for another field.
        """
        chosen: NDArray[np.int64]
        if rows is None:
            chosen = np.arange(len(self))
        else:
            chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64, copy=False)
        return {field: self._counts(chosen, field, limit) for field in fields}

    def _counts(self, rows: NDArray[np.int64], field: str, limit: int) -> list[tuple[str, int]]:
        if field == "kind":
            n = np.bincount(self.kind[rows], minlength=len(KINDS))
            counted = dict(zip(KINDS, n.tolist(), strict=True))
        elif field == "years":
            n = np.bincount(self.years[rows] // 10)
            counted = {f"{10 * int(decade)}s": int(n[decade]) for decade in np.flatnonzero(n) if decade}
        elif field == "runtime":
            minutes = self.runtime[rows]
            counted = {label: int(_in_range(minutes, *band).sum()) for label, band in RUNTIME_BANDS.items()}
        else:
            return self._table(field).most_frequent(rows, limit)
        found = [(label, count) for label, count in counted.items() if count]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _table(self, field: str) -> ValueTable:
        table: ValueTable = getattr(self, _ASKED_OF[field])
        return table

    def by_last_name(self, name: str) -> NDArray[np.int32]:
        """int32[n]: the rows of titles in which somebody called so has any part."""
        if (place := self.last_names.labels.find(fold(name))) is not None:  # these labels are folded as they are
            parts = [self.people.having(person) for person in self.last_names.having(place).tolist()]
            return np.unique(np.concatenate(parts))
        return np.zeros(0, np.int32)

    def _with_in_cast(self, person: str) -> NDArray[np.bool_]:
        found = np.zeros(len(self), np.bool_)
        if (place := self.people.find(person)) is not None:
            named = slice(int(self.people.starts[place]), int(self.people.starts[place + 1]))
            found[self.people.rows[named][self.acting[named]]] = True
        return found

    def _of_kind(self, kind: str) -> NDArray[np.bool_]:
        return np.equal(self.kind, KINDS.index(kind) if kind in KINDS else -1)

    def _from(self, origins: Iterable[str]) -> NDArray[np.bool_]:
        """bool[N]: the titles from any of these origins, by country, or by language where no country is known."""
        found = np.zeros(len(self), np.bool_)
        for origin in origins:
            countries, languages = places_of(origin)
            found |= self.countries.titles_with(*countries)
            # A film made elsewhere is not Korean for a line of Korean in it.
            found |= self.languages.titles_with(*languages) & ~self.countries.is_known()
        return found


def _acting(people: ValueTable, casts: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """`Facets.acting`. casts: who acts in each title."""
    place = {fold(label): place for place, label in enumerate(people.labels)}
    value = np.repeat(np.arange(len(people)), np.diff(people.starts))
    listed = value * len(casts) + people.rows
    folded = {name: fold(name) for cast in casts for name in cast}
    acts = [place[folded[name]] * len(casts) + row for row, cast in enumerate(casts) for name in cast if folded[name]]
    return np.isin(listed, np.array(acts, np.int64))


def _int16(numbers: Iterable[int | None]) -> NDArray[np.int16]:
    return np.clip([number or 0 for number in numbers], 0, np.iinfo(np.int16).max).astype(np.int16)


def _canonical(titles: list[list[str]], meaning: Callable[[str], list[str]]) -> list[list[str]]:
    """The labels of each title in our words; `meaning` is asked once a label."""
    known = {label: meaning(label) for label in {label for title in titles for label in title}}
    return [[value for label in title for value in known[label]] for title in titles]


def _with_anime(genres: list[list[str]], countries: list[list[str]], languages: list[list[str]]) -> list[list[str]]:
    """Animation from Japan, in Japanese, is what people call so; few catalogues have a label for it."""
    return [
        [*labels, "Anime"] if "Animation" in labels and _is_japanese(made, spoken) else labels
        for labels, made, spoken in zip(genres, countries, languages, strict=True)
    ]


def _is_japanese(made: list[str], spoken: list[str]) -> bool:
    """Either may be unknown, not both."""
    return bool(made or spoken) and (not made or "Japan" in made) and (not spoken or "Japanese" in spoken)


def _only(meaning: Callable[[str], str]) -> Callable[[str], list[str]]:
    return lambda name: [meaning(name)]


def _in_range(numbers: NDArray[np.int16], low: int | None, high: int | None) -> NDArray[np.bool_] | np.bool_:
    """bool[n]: within the range, ends included; 0 is unknown and in no range, but all are in an open one."""
    if low is None and high is None:
        return np.True_
    fits = numbers >= max(1, low or 1)
    return fits if high is None else fits & (numbers <= high)


def _share(wishes: list[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """float32[N]: how many of the wishes each title fulfils, of 1."""
    share = np.zeros(len(wishes[0]), np.float32)
    for wish in wishes:
        share += wish
    return share / np.float32(len(wishes))


def _or_unknown(fits: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.where(known, fits, np.float32(UNKNOWN)).astype(np.float32)


def _near(numbers: NDArray[np.int16], low: int | None, high: int | None, forgiven: int) -> NDArray[np.float32]:
    """float32[n]: 1 within the range, falling evenly to 0 at `forgiven` outside it, UNKNOWN for 0."""
    possible = np.arange(int(numbers.max(initial=0)) + 1)  # worked out once a number, not once a title
    outside = np.maximum((low or 0) - possible, possible - (possible[-1] if high is None else high))
    agree = np.clip(1 - outside / forgiven, 0, 1).astype(np.float32)
    agree[0] = UNKNOWN
    return agree[numbers]
