"""Titles from rows to the plain records that `ml` reads, a batch at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from catalog.models import Title, TitleAlias
from recommender.ml.composition import TitleText

BATCH = 2_000


def title_texts(title_ids: Iterable[int]) -> Iterator[tuple[int, TitleText]]:
    """(id, text) in the order of the ids; ids that are gone are left out."""
    ids = list(title_ids)
    for start in range(0, len(ids), BATCH):
        wanted = ids[start : start + BATCH]
        aliases: dict[int, list[str]] = defaultdict(list)
        for title_id, name in TitleAlias.objects.filter(title__in=wanted).order_by("pk").values_list("title", "name"):
            aliases[title_id].append(name)
        shown = Title.objects.filter(pk__in=wanted).order_by().values_list("pk", "runtime_minutes", "maturity")
        facts = {pk: (minutes, maturity) for pk, minutes, maturity in shown}  # filtered by, but in no embedding
        content = {row.pop("pk"): row for row in Title.objects.filter(pk__in=wanted).order_by().content()}
        for pk in wanted:
            if pk in content and pk in facts:
                minutes, maturity = facts[pk]
                yield pk, TitleText(aliases=aliases[pk], runtime_minutes=minutes, maturity=maturity, **content[pk])
