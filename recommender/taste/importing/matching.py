"""Which title of the catalogue a row means: found by name and year where no id says it. Nothing is guessed."""

from typing import NamedTuple

from recommender.ml.facts.facets import KINDS
from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import fold
from recommender.ml.names.forms import Kind, forms_of_names
from recommender.taste.importing.rows import Entry

YEARS_APART = 1  # two sites often disagree by one: the festival's year and the cinemas'
YEARS_ASKED = 3  # further apart than that, it is asked about up to here
MAX_CANDIDATES = 6


class Found(NamedTuple):
    """title_id: where one title is meant. candidates: else those that may be, none where nothing is called so."""

    title_id: int | None = None
    candidates: tuple[int, ...] = ()


def find(index: CatalogIndex, entry: Entry) -> Found:
    """By the name, the original name or an alias, however they are spelt, and the year.

    Of several within a year the one of the same kind, the same spelling and the nearest year is meant, if that
    is one work only. Without a year on either side, with another kind, or where only a part of the name agrees, it
    is asked. An episode or a game is no title of ours, though it may be called like one.
    """
    if entry.form == "part":
        return Found()
    near: dict[int, tuple[bool, bool, int]] = {}
    far: list[int] = []
    names = [name for name in dict.fromkeys((entry.name, entry.original_name)) if name]
    spelt = {fold(name) for name in names}
    for name in names:
        for row in index.titles.exact(name, index.prior):
            kind, year = KINDS[index.facets.kind[row]], int(index.facets.years[row])
            gap = abs(year - entry.year) if year and entry.year else None
            is_other_kind = bool(entry.form) and kind != entry.form
            if gap is not None and gap <= YEARS_APART and not is_other_kind:
                # Letterboxd says no kind, and lists films with few exceptions.
                near[row] = (kind == "show" and not entry.form, fold(index.names[row]) not in spelt, gap)
            elif gap is None or gap <= YEARS_ASKED:
                far.append(row)
    if not near:
        return Found(candidates=_title_ids(index, _works(index, far or _called_in_part(index, entry, names))))
    best = min(near.values())
    meant = _works(index, [row for row, rank in near.items() if rank == best])
    if len(meant) == 1:
        return Found(title_id=int(index.title_ids[meant[0]]))
    return Found(candidates=_title_ids(index, meant))


def _called_in_part(index: CatalogIndex, entry: Entry, names: list[str]) -> list[int]:
    """Rows of the same year of which one name is a part of the other, or the same but for small words.

    "Dr. Strangelove or: How I Learned …" is "Dr. Strangelove" elsewhere. Measured on 10,490 films under the names of
    another catalogue: nine such questions in ten hold the right answer.
    """
    titles, found = index.titles, []
    for key, form in forms_of_names(names).items():
        place = titles.keys.find(key)
        if place is None or not entry.year:
            continue
        entries = slice(int(titles.starts[place]), int(titles.starts[place + 1]))
        for row, kind in zip(titles.rows[entries].tolist(), titles.kinds[entries].tolist(), strict=True):
            both_are_parts = {form.kind, kind} <= {Kind.MAIN, Kind.SUBTITLE}  # two films of one series
            if not both_are_parts and int(index.facets.years[row]) == entry.year:
                found.append(row)
    return found


def _works(index: CatalogIndex, rows: list[int]) -> list[int]:
    """The first listing of each work: several listings of one film are no question."""
    firsts: dict[int, int] = {}
    for row in rows:
        firsts.setdefault(int(index.facets.work[row]), row)
    return list(firsts.values())


def _title_ids(index: CatalogIndex, rows: list[int]) -> tuple[int, ...]:
    return tuple(int(index.title_ids[row]) for row in rows[:MAX_CANDIDATES])
