"""What becomes of the question which three titles somebody loves: it is answered, or it is put aside."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from catalog import signals
from catalog.event_log import Deed, Visitor
from catalog.models import Title
from recommender import services


def pick(titles: Sequence[Title], form_id: UUID, visitor: Visitor) -> None:
    """Like each of them; a form that is sent twice counts once."""
    services.record([Deed(uuid5(form_id, title.external_id), "like", title.pk) for title in titles], visitor)
    put_aside(visitor)


def put_aside(visitor: Visitor) -> None:
    """They are not asked again, unless they ask to be."""
    if visitor.owner is not None:
        signals.set_preferences(visitor.owner, is_welcomed=True)
