"""Titles from rows to the plain records that `ml` reads, a batch at a time."""

from collections.abc import Iterable, Iterator

from catalog.models import Credit, Title
from recommender.ml.composition import TitleText

BATCH = 2_000


def title_texts(title_ids: Iterable[int]) -> Iterator[tuple[int, TitleText]]:
    """(id, text) in the order of the ids; ids that are gone are left out."""
    ids = list(title_ids)
    for start in range(0, len(ids), BATCH):
        wanted = ids[start : start + BATCH]
        titles = Title.objects.with_details().prefetch_related("aliases").in_bulk(wanted)
        yield from ((pk, _text(titles[pk])) for pk in wanted if pk in titles)


def _text(title: Title) -> TitleText:
    return TitleText(
        name=title.name,
        kind=title.kind,
        original_name=title.original_name,
        aliases=[alias.name for alias in title.aliases.all()],
        year=title.year,
        description=title.description,
        plot=title.plot,
        themes=title.themes,
        genres=[genre.name for genre in title.genres.all()],
        countries=title.countries,
        languages=title.languages,
        directors=title.credited(Credit.Role.DIRECTOR, Credit.Role.CREATOR),
        writers=title.credited(Credit.Role.WRITER),
        cast=title.credited(Credit.Role.CAST),
    )
