"""`{% event_id query_id position %}`: the id of what is said of one place of one slate."""

from uuid import UUID, uuid5

from django import template

register = template.Library()


@register.simple_tag
def event_id(query_id: UUID, position: int) -> UUID:
    """Sent twice it is the same event."""
    return uuid5(query_id, str(position))
