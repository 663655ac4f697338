"""`{% feedback title said query_id %}`: the buttons under a title, with all that its form sends.

Works inside `{% include … only %}` too: request and token come with the page, not with the variables.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import template
from django.middleware.csrf import get_token
from django.template import RequestContext

from catalog.models import Title
from recommender.presenting import buttons
from recommender.visitors import is_robot

register = template.Library()


@register.inclusion_tag("recommender/_feedback.html", takes_context=True)
def feedback(
    context: RequestContext, title: Title, said: Collection[str] = (), query_id: UUID | None = None
) -> dict[str, Any]:
    """said: what stands of the title, of `signals.OPINIONS`; query_id: the slate that showed it."""
    request = context.request
    # One token for a page: each asking masks it anew, and twenty that differ do not compress.
    token = request.META.setdefault("marquee.feedback_token", None) or get_token(request)
    request.META["marquee.feedback_token"] = token
    return buttons.panel(request, title, said, query_id, is_named=True) | {"csrf_token": token}


@register.simple_tag(takes_context=True)
def is_observed(context: RequestContext) -> bool:
    """Whether the page may look at what is seen: never for robots."""
    return not is_robot(context.request)
