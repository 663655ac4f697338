"""Further pages of one search: none shows a title again or leaves one out, whatever version serves them.

A cursor names the search and how many titles it has shown. What these were stands in the log, so a
page is the best of what was not shown yet, and loading a page again gives the same page.
"""

import base64
import binascii
import json
from typing import NamedTuple
from uuid import UUID

from catalog import event_log
from catalog.event_log import storable
from recommender.answers import filtering
from recommender.answers.arranging import PLAIN, View
from recommender.ml.facts.filters import Filters

MAX_DEPTH = 1_000  # titles of one search


class BadCursor(ValueError):
    """A cursor that continues nothing; the message says why."""


class Cursor(NamedTuple):
    """Where the next page of one search begins: after `offset` titles."""

    search_id: UUID
    offset: int

    def encode(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([str(self.search_id), self.offset]).encode()).decode()

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raises BadCursor."""
        try:
            search_id, offset = json.loads(base64.urlsafe_b64decode(text.encode()))
            if type(offset) is not int or not 0 <= offset <= MAX_DEPTH:
                raise ValueError(offset)
            return cls(UUID(search_id), offset)
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadCursor("Not a cursor of ours; start again without it.") from error


def shown_before(cursor: Cursor, text: str, filters: Filters, view: View = PLAIN) -> set[int]:
    """Ids of the titles on the pages before. Raises BadCursor, also where another search is continued."""
    pages = event_log.pages_of(cursor.search_id)
    if not pages:
        raise BadCursor("The search that this cursor continues is not known; start again without it.")
    worded = [page for page in pages if page.may_teach]  # of the others the log keeps no words to compare
    if any(page.raw_text != storable(text) for page in worded):
        raise BadCursor("This cursor continues a search for another text; start again without it.")
    asked = filtering.as_json(filters)
    if any(page.filters.get("asked", {}) != asked for page in worded):
        raise BadCursor("This cursor continues a search with other filters; start again without it.")
    if any(page.filters.get("view", {}) != dict(view.parameters) for page in worded):
        raise BadCursor("This cursor continues a search in another order; start again without it.")
    if cursor.offset > max(page.first_position - 1 + len(page.shown) for page in pages):
        raise BadCursor("This cursor begins behind what its search has shown; start again without it.")
    return {title for page in pages for title in page.shown[: max(0, cursor.offset + 1 - page.first_position)]}
