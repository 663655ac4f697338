"""Files of a few lines, and what the importer makes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.importing.feeds import CsvFeed
from catalog.importing.files import CatalogFile
from catalog.importing.importer import ImportOptions, import_feed
from catalog.importing.report import ImportReport
from catalog.models import CatalogImport, CatalogRevision, Credit, Genre, Person, Title, TitleAlias

ImportText = Callable[..., ImportReport]


@pytest.fixture
def import_text(tmp_path: Path, db: None) -> ImportText:
    """import_text(content, name=…, ignore_unknown_columns=…, **ImportOptions): writes the file and imports it."""

    def run(
        content: str | bytes, *, name: str = "titles.csv", ignore_unknown_columns: bool = False, **options
    ) -> ImportReport:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        feed = CsvFeed.open(CatalogFile.find(path), ignore_unknown_columns=ignore_unknown_columns)
        return import_feed(feed, ImportOptions(**options))

    return run


def everything_stored() -> dict[str, list]:
    """Every row of the catalogue, to compare before and after."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Title, Genre, Person, Credit, TitleAlias, CatalogImport, CatalogRevision)
    } | {"title_genres": list(Title.genres.through.objects.order_by("pk").values())}
