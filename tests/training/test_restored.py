"""A dump restored into a new cluster goes on learning."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.event_log import Visitor
from catalog.models import SearchEvent, Title
from recommender import services
from recommender.models import Checkpoint
from recommender.versions import registry
from training import dataset

FAR = 10**12  # a counter that this cluster will not reach


def _restore_from_elsewhere(*, learnt: int) -> None:
    """As if all rows but the newest had been learnt in another cluster."""
    with connection.cursor() as cursor:
        for place, event in enumerate(SearchEvent.objects.order_by("id")):
            xid = FAR - 10 if place < learnt else FAR + 10
            cursor.execute("UPDATE catalog_searchevent SET xid = %s::text::xid8 WHERE id = %s", [str(xid), event.pk])
    Checkpoint.objects.update(wm_to=FAR)


def test_it_works(served_world: list[Title]) -> None:
    for text in ("space", "heist", "love"):
        services.search(text, Visitor(client_id=uuid4()), surface="html")
    _restore_from_elsewhere(learnt=2)
    with pytest.raises(dataset.RestoredLog, match="renumber_log"):
        dataset.window_after(FAR)

    call_command("renumber_log")

    champion = registry.champion()
    assert champion is not None
    assert champion.window["before_restore"] == [0, FAR]
    unlearnt = dataset.read_window(dataset.WindowBounds(champion.wm_to, 2**62))
    assert [search.text for search in unlearnt] == ["love"]


def test_it_refuses_where_nothing_is_wrong(served_world: list[Title]) -> None:
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("renumber_log")
