"""What a title must be, beyond fitting the words: the filters of a search.

Values are the canonical labels of `vocabulary` ("Comedy", "South Korea"), compared by their fold, so
`comedy` and `Comedy` ask for the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Filters:
    """Every field narrows; an empty one does not.

    Of `genres`, `people`, `cast` and `directors` a title needs all, of the other sets one is enough. `people` are
    there in any role, `cast` before the camera. `without_genres`, `without_origins` and `without_people`: none of
    them may be there. `origins` are
    adjectives that mean a country or a language ("Korean": from South Korea or, where no country is known,
    in Korean). Ranges include their ends; a title whose year or runtime is unknown is in no range.
    """

    kind: str = ""  # "movie" or "show"
    genres: frozenset[str] = frozenset()
    any_genres: frozenset[str] = frozenset()
    without_genres: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    without_origins: frozenset[str] = frozenset()
    maturity: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    cast: frozenset[str] = frozenset()
    directors: frozenset[str] = frozenset()
    without_people: frozenset[str] = frozenset()
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None  # minutes
    runtime_max: int | None = None

    def __bool__(self) -> bool:
        return self != _NONE


_NONE = Filters()
