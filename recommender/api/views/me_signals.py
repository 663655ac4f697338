"""What the caller said of titles, one by one: theirs alone, to read, to say, to mute and to take back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import signals
from catalog.event_log import storable
from catalog.models import Signal, Title
from catalog.signals import Kind, Said
from recommender import services
from recommender.api.cursors import opened, sealed
from recommender.api.fields import Digits, Flag, Number, PlaceField, Words
from recommender.api.serializers import StrictSerializer
from recommender.api.shapes_me import DeletedOut, SignalOut, SignalsPageOut
from recommender.api.views.base import no_title, valid, valid_body
from recommender.api.views.me import ConfirmIn, MyView, owner_of
from recommender.presenting.forms import FeedbackForm

NO_SIGNAL = "There is no such signal of yours."
STARS = (0.5, 5.0)


class SignalsQuery(StrictSerializer):
    kind = serializers.ChoiceField(choices=Kind.values, required=False)
    limit = Digits(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = PlaceField()


class SignalIn(StrictSerializer):
    item_id = Words(max_length=200)
    kind = serializers.ChoiceField(choices=Kind.values)
    value = Number(min_value=STARS[0], max_value=STARS[1], required=False, help_text="Stars: of a rating only.")
    note = serializers.ChoiceField(
        choices=list(FeedbackForm.NOTES), required=False, help_text="Why: of not_for_me only."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == Kind.RATING and "value" not in attrs:
            raise serializers.ValidationError({"value": ["A rating has a value, in stars."]})
        if attrs["kind"] != Kind.RATING and "value" in attrs:
            raise serializers.ValidationError({"value": ["Only a rating has a value."]})
        if attrs["kind"] != Kind.NOT_FOR_ME and "note" in attrs:
            raise serializers.ValidationError({"note": ["Only “not_for_me” has a note."]})
        return attrs


class MuteIn(StrictSerializer):
    is_muted = Flag(required=False)


class SignalsView(MyView):
    """`/api/v1/me/signals`: what they said of titles, as it stands."""

    @extend_schema(operation_id="list_signals", parameters=[SignalsQuery], responses={200: SignalsPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(SignalsQuery, {}, request.query_params)
        mine = signals.signals_of(owner_of(request))
        if kind := asked.get("kind"):
            mine = mine.filter(kind=kind)
        of = ["signals", kind]
        page = signals.said_before(mine, *_place(opened(asked.get("cursor"), of)))
        found = list(page[: asked["limit"] + 1])
        shown = found[: asked["limit"]]
        last = [shown[-1].said.isoformat(), str(shown[-1].pk)] if len(found) > len(shown) else None
        return Response(
            {
                "items": [_signal_json(signal) for signal in shown],
                "next_cursor": sealed(of, last),
                "total": mine.count(),
            }
        )

    @extend_schema(operation_id="say", request=SignalIn, responses={200: SignalOut})
    def post(self, request: Request) -> Response:
        """Said again it is renewed and no longer muted; a like takes a "not for me" back, and the other way round.
        It is theirs alone: what teaches the site goes to /events.
        """
        said = valid_body(SignalIn, request)
        title = Title.objects.published().filter(external_id=storable(said["item_id"])).only("pk").first()
        if title is None:
            raise exceptions.ValidationError({"item_id": [no_title(storable(said["item_id"]))]})
        owner = owner_of(request)
        with transaction.atomic():
            signals.say(owner, Said(title.pk, said["kind"], said.get("value"), said.get("note", "")))
            signal = signals.signals_of(owner).get(title=title, kind=said["kind"])
        return Response(_signal_json(signal))

    @extend_schema(operation_id="delete_signals", request=ConfirmIn, responses={200: DeletedOut})
    def delete(self, request: Request) -> Response:
        valid_body(ConfirmIn, request)
        return Response({"deleted": signals.reset(owner_of(request))})


class SignalView(MyView):
    """`/api/v1/me/signals/{signal_id}`: one of them. Somebody else's is answered like one that never was."""

    @extend_schema(operation_id="mute_signal", request=MuteIn, responses={200: SignalOut})
    def patch(self, request: Request, signal_id: UUID) -> Response:
        said, owner = valid_body(MuteIn, request), owner_of(request)
        if "is_muted" in said and not signals.mute(owner, signal_id, is_muted=said["is_muted"]):
            raise exceptions.NotFound(NO_SIGNAL)
        signal = signals.signals_of(owner).filter(pk=signal_id).first()
        if signal is None:
            raise exceptions.NotFound(NO_SIGNAL)
        return Response(_signal_json(signal))

    @extend_schema(operation_id="delete_signal", responses={204: None})
    def delete(self, request: Request, signal_id: UUID) -> Response:
        if not signals.forget(owner_of(request), [signal_id]):
            raise exceptions.NotFound(NO_SIGNAL)
        return Response(status=204)


def _place(place: list[Any] | None) -> tuple[datetime, UUID] | tuple[None, None]:
    return (datetime.fromisoformat(place[0]), UUID(place[1])) if place else (None, None)


def _signal_json(signal: Signal) -> dict[str, Any]:
    return {
        "signal_id": signal.pk,
        "item_id": signal.title.external_id,
        "title": signal.title.name,
        "year": signal.title.year,
        "kind": signal.kind,
        "value": signal.value,
        "note": signal.note,
        "is_muted": signal.is_muted,
        "said": signal.said,
        "is_imported": signal.imported_id is not None,
    }
