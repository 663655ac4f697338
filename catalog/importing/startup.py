"""What a site starts with, and whether it has it already. Light: every start asks, few of them import."""

from importlib.util import find_spec
from pathlib import Path

from catalog.importing.files import CatalogFile
from catalog.importing.report import ImportRefused
from catalog.models import CatalogImport, Title
from catalog.synopses import LANDMARKS, SYNOPSES

IMPORTER_VERSION = 2  # raise it when the same file would now become other rows

PACKAGE = "bokeh-sampledata==2026.1"
MOVIES_SHA256 = "1d9c6a02e488d0354b2309e16130c58820a91ac2ce417e814c5964f9579a65ac"


def packaged_films() -> CatalogFile:
    """The default catalogue, found without importing its package. Raises ImportRefused.

    Only the release named here will do: earlier ones carry other data, under a licence that
    forbids commerce.
    """
    package = find_spec("bokeh_sampledata")
    if package is None or package.origin is None:
        raise ImportRefused(f"the default catalogue needs {PACKAGE}; install it, or name a file to import.")
    file = CatalogFile.find(Path(package.origin).parent / "_data" / "movies.db")
    if file.sha256 != MOVIES_SHA256:
        raise ImportRefused(f"{file.path} is not the one of {PACKAGE}; only that release may be used freely.")
    return file


def default_files() -> list[CatalogFile]:
    """What a site starts with, in order: the packaged films, our texts laid over them, our own titles."""
    return [packaged_films(), CatalogFile.find(SYNOPSES), CatalogFile.find(LANDMARKS)]


def is_packaged(file: CatalogFile) -> bool:
    return file.sha256 == MOVIES_SHA256


def previous_import(file: CatalogFile, source: str) -> CatalogImport | None:
    """The import of this very file by this very importer, unless the catalogue was emptied since."""
    done = CatalogImport.objects.filter(sha256=file.sha256, source=source, importer_version=IMPORTER_VERSION).first()
    return done if done and Title.objects.exists() else None
