"""Cursors of lists that are in order: the key of the last row, so that rows that come or go between two pages neither
repeat nor hide another. Signed, so that what comes back is what was given out.

Two other kinds of cursors are not signed, because they give nothing that their bearer may not see:
- Of a search or a list of recommendations (`answers.paging`): its id, which nobody guesses, and an offset. Held
  against the log: its text, its filters, and no further than it has shown. The page itself is made for whoever asks;
  who was given the id of another's search sees what that one has not shown yet, and nothing of their profile.
- Of an export (`catalog.ubi.selection`): a place in the log, for staff who may read all of it.
What is forged is 400 with the field `cursor`, or a page as anybody could ask for.
"""

from typing import Any

from django.core import signing
from rest_framework import exceptions

_SIGNER = signing.Signer(salt="marquee.cursor", sep=".")
MAX_LENGTH = 2_000


def sealed(of: list[Any], place: list[Any] | None) -> str | None:
    """of: the list that it continues, by name and what narrows it. place: of the last row; None on the last page."""
    return None if place is None else _SIGNER.sign_object([of, place])


def opened(text: str | None, of: list[Any]) -> list[Any] | None:
    """The place; None without a cursor. Raises ValidationError for a cursor of another list, or none of ours."""
    if text is None:
        return None
    try:
        continued, place = _SIGNER.unsign_object(text)
    except (signing.BadSignature, ValueError) as error:
        raise exceptions.ValidationError({"cursor": ["Not a cursor of ours; start again without it."]}) from error
    if continued != of:
        raise exceptions.ValidationError({"cursor": ["This cursor continues another list; start again without it."]})
    found: list[Any] = place
    return found
