"""The caller's own titles in our order."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.event_log import storable
from catalog.models import Title
from recommender import services
from recommender.answers.answer import Item, Warn
from recommender.api.access import everybody
from recommender.api.bodies import ItemIds, PersonalBody, Text
from recommender.api.fields import Flag, Number
from recommender.api.serializers import (
    ABOUT_NOVELTY,
    MAX_NOVELTY_WEIGHT,
    NoQuery,
    explained,
    query_json,
    warnings_json,
)
from recommender.api.shapes import RankingOut
from recommender.api.views.base import ApiView, asking, no_title, valid, valid_body
from recommender.ml.questions import MAX_QUERY_LENGTH

MAX_RANKED = 1_000


class RankBody(PersonalBody):
    query = Text(
        max_length=MAX_QUERY_LENGTH,
        required=False,
        allow_null=True,
        help_text="What they are ranked for. Without one, what the visitor would choose.",
    )
    item_ids = ItemIds(max_length=MAX_RANKED)
    correct = Flag(default=True)
    novelty_weight = Number(
        min_value=-MAX_NOVELTY_WEIGHT, max_value=MAX_NOVELTY_WEIGHT, required=False, help_text=ABOUT_NOVELTY
    )


class RankView(ApiView):
    """`POST /api/v1/rank`: titles that the caller has, in our order. All of them come back but those nobody knows."""

    access = everybody("search", posts_read=True)

    @extend_schema(operation_id="rank", request=RankBody, responses={200: RankingOut})
    def post(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        asked = valid_body(RankBody, request)
        titles, unknown = known(asked["item_ids"], "external_id", "name")
        answer = services.rank(
            asked.get("query") or "",
            titles,
            asking(request, asked),
            correct=asked["correct"],
            novelty=asked.get("novelty_weight"),
        )
        items = [_item_json(item) for item in answer.items]
        body = {
            "query_id": str(answer.query_id),
            "query": query_json(answer),
            "model_version": answer.model_version,
            "took_ms": round(answer.took_ms, 2),
            "items": explained(items, answer) if asked["explain"] else items,
            "total": len(items),
            "warnings": warnings_json([*unknown, *answer.warnings]),
        }
        return Response(body, headers={"X-Model-Version": str(answer.model_version)})


def known(item_ids: list[str], *fields: str) -> tuple[list[Title], list[Warn]]:
    """(titles in the order of their ids, each once where it stands first; a warning for each id that nobody knows).
    One query. fields: to read.
    """
    wanted = [storable(item_id) for item_id in item_ids]
    found = Title.objects.published().only(*fields).in_bulk(wanted, field_name="external_id") if wanted else {}
    unknown = [
        Warn("unknown_item", f"item_ids.{place}", no_title(item_id))
        for place, item_id in enumerate(wanted)
        if item_id not in found
    ]
    return list({found[item_id].pk: found[item_id] for item_id in wanted if item_id in found}.values()), unknown


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.title.external_id,
        "position": item.position,
        "match": item.match,
        "score": item.hit.score,
        "relevance": item.hit.relevance,
        "novelty": item.hit.novelty,
        "sources": item.sources,
    }
