"""People who search and choose, through the same functions as the site, and the log they leave."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models import F

from catalog.event_log import Deed, Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender import services, serving
from recommender.answers.answer import Answer
from recommender.ml import engine
from tests.waiting import eventually
from training import dataset


def search(text: str, visitor: Visitor | None = None) -> Answer:
    """One search by `visitor`, or by somebody new."""
    return services.search(text, visitor or somebody(), surface="html")


def somebody() -> Visitor:
    return Visitor(client_id=uuid4(), session_id=uuid4())


def choose(text: str, name: str, *, n_people: int, action: str = "click") -> list[UUID]:
    """So many different people search and take the title of that name; returns their query ids."""
    query_ids = []
    for _ in range(n_people):
        visitor = somebody()
        answer = search(text, visitor)
        (item,) = [item for item in answer.items if item.title.name == name]
        services.record([Deed(uuid4(), action, item.title.pk, answer.query_id, item.position)], visitor)
        query_ids.append(answer.query_id)
    looked_first(query_ids)
    settle()
    return query_ids


def looked_first(query_ids: list[UUID]) -> None:
    """People look before they choose; a choice at once is taken for a program's."""
    SearchEvent.objects.filter(pk__in=query_ids).update(created=F("created") - timedelta(seconds=5))


def place_of(text: str, name: str) -> int:
    """The 1-based place at which this process shows the title; 99 if it does not."""
    title_id = Title.objects.get(name=name).pk
    hits = engine.search(serving.current(), text).hits
    return next((place for place, hit in enumerate(hits, start=1) if hit.title_id == title_id), 99)


def settle() -> int:
    """Wait until everything logged lies below the horizon, and return the horizon.

    With DATABASE_URL, other test processes of the same server may hold a transaction open for a module's time.
    """
    newest = max(
        (row.xid for model in (SearchEvent, Interaction) for row in model.objects.order_by("-xid")[:1]), default=0
    )
    assert eventually(lambda: dataset.window_after(0).wm_to > newest), "somebody's transaction never ends"
    return dataset.window_after(0).wm_to
