from catalog.models.events import Interaction, SearchEvent
from catalog.models.imports import CatalogImport
from catalog.models.titles import (
    CatalogRevision,
    Credit,
    Genre,
    Person,
    Title,
    TitleAlias,
)

__all__ = [
    "CatalogImport",
    "CatalogRevision",
    "Credit",
    "Genre",
    "Interaction",
    "Person",
    "SearchEvent",
    "Title",
    "TitleAlias",
]
