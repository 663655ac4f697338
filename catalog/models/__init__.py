from catalog.models.events import Interaction, SearchEvent
from catalog.models.imports import BulkTask, CatalogImport
from catalog.models.taste import HistoryJoin, Preferences, Signal, TasteImport
from catalog.models.titles import (
    CatalogRevision,
    Credit,
    Genre,
    Person,
    Title,
    TitleAlias,
)
from catalog.models.webhooks import Delivery, Webhook

__all__ = [
    "BulkTask",
    "CatalogImport",
    "CatalogRevision",
    "Credit",
    "Delivery",
    "Genre",
    "HistoryJoin",
    "Interaction",
    "Person",
    "Preferences",
    "SearchEvent",
    "Signal",
    "TasteImport",
    "Title",
    "TitleAlias",
    "Webhook",
]
