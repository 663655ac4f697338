"""Are our synopses sound, and what do they cover?"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.models import Title
from catalog.synopses import LANDMARKS, SYNOPSES, faults, read


class Command(BaseCommand):
    help = "Check the synopses that come with the site and print what they cover; exit code 1 if one is faulty."

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = [*read(SYNOPSES), *read(LANDMARKS)]
        ids = [row.external_id for row in rows]
        titles = list(Title.objects.filter(external_id__in=ids).prefetch_related("genres"))
        self.stdout.write(f"{len(rows):,} synopses, {len(titles):,} of their titles are in the catalogue.")
        self._table("decade", (f"{row.year // 10 * 10}s" for row in rows))
        self._table("country", (country for title in titles for country in title.countries))
        self._table("genre", (genre.name for title in titles for genre in title.genres.all()))
        if found := faults(rows):
            raise CommandError("\n".join([*found, f"{len(found)} faults."]))
        self.stdout.write("No faults.")

    def _table(self, name: str, values: Iterable[str]) -> None:
        counts = Counter(values)
        order = sorted(counts.items(), key=lambda item: item[0] if name == "decade" else (-item[1], item[0]))
        self.stdout.write(f"\nBy {name} ({len(counts)}):")
        self.stdout.write("  " + ", ".join(f"{value} {count:,}" for value, count in order))
