"""What a visitor searched for lately, from the log. Reads only."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from catalog.event_log import SEARCHES, Visitor
from catalog.models import SearchEvent

KEPT_IN_MIND = timedelta(days=30)
N_LOOKED_AT = 20  # newest pages of results; the same search twice is one of them
N_LAST = 4


def last_searches(visitor: Visitor, limit: int = N_LAST) -> list[SearchEvent]:
    """First pages of different searches with results, the newest first. One query; none for who may not be known.

    Of the account where there is one, else of the browser as long as nobody was signed in. Searches of people who
    switched learning off do not say whose they are, so there are none.
    """
    if visitor.owner is None or not visitor.may_teach:
        return []
    whose = Q(user_id=visitor.user_id) if visitor.user_id else Q(user_id=None, client_id=visitor.client_id)
    since = timezone.now() - KEPT_IN_MIND
    pages = SearchEvent.objects.filter(whose, surface__in=SEARCHES, first_position=1, created__gt=since)
    pages = pages.exclude(normalised_text="").only("raw_text", "normalised_text", "filters", "shown", "source")
    different: dict[tuple[str, str], SearchEvent] = {}
    for page in pages.order_by("-created")[:N_LOOKED_AT]:
        if page.shown:
            different.setdefault((page.normalised_text, str(page.filters.get("asked"))), page)
    return list(different.values())[:limit]
