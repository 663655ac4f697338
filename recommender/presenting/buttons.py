"""The four buttons under a title: what each says, whether it is pressed, and what pressing it sends."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Title
from catalog.signals import HIDDEN, Kind
from recommender.presenting.forms import FeedbackForm


class _Opinion(NamedTuple):
    """label: the same pressed and not, since the state is said beside it. says, unsays: (field, value) as sent."""

    label: Promise
    says: tuple[str, str]
    unsays: tuple[str, str]


_OPINIONS = {
    Kind.LIKE: _Opinion(_("Like"), ("action", "like"), ("undo", "like")),
    Kind.NOT_FOR_ME: _Opinion(_("Not for me"), ("action", "not_for_me"), ("undo", "not_for_me")),
    Kind.SEEN: _Opinion(_("Seen it"), ("action", "seen"), ("undo", "seen")),
    Kind.WATCHLIST: _Opinion(_("Watchlist"), ("action", "watchlist_add"), ("action", "watchlist_remove")),
}


NOTES = list(FeedbackForm.NOTES.items())  # why a title is not for them, (as sent, as shown)


@dataclass(frozen=True)
class Button:
    """has_focus: whether it was the one just pressed, so that a new drawing of it is where the keyboard goes on."""

    kind: str
    label: str
    name: str
    value: str
    is_pressed: bool
    has_focus: bool


def buttons(said: Collection[str], pressed: str = "") -> list[Button]:
    """said: what stands of the title. pressed: the kind of the button that was just pressed."""
    return [
        Button(
            kind,
            str(opinion.label),
            *(opinion.unsays if kind in said else opinion.says),
            is_pressed=kind in said,
            has_focus=kind == pressed,
        )
        for kind, opinion in _OPINIONS.items()
    ]


def panel(
    request: HttpRequest,
    title: Title,
    said: Collection[str],
    query_id: UUID | None,
    *,
    pressed: str = "",
    back_to: str = "",
    is_named: bool = False,
) -> dict[str, Any]:
    """What `_feedback.html` shows. back_to: where a browser without scripts goes on.

    is_named: whether the title shows although it is hidden, because it was asked for by name.
    """
    return {
        "title": title,
        "buttons": buttons(said, pressed),
        "is_hidden": is_named and not set(HIDDEN).isdisjoint(said),
        "event_id": uuid4(),
        "query_id": query_id,
        "back_to": back_to or request.get_full_path(),
        "notes": NOTES,
    }
