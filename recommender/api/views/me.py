"""What is kept of the caller, and what they may do with it: whose it is, the session, our cookie or the key says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import event_log, signals
from catalog.event_log import Visitor, storable
from catalog.models import Preferences, Signal, Title
from catalog.signals import Kind, Owner, Person, Said
from recommender import services, serving
from recommender.accounts import exporting, leaving, passwords
from recommender.accounts.forms import LONGEST_PASSWORD
from recommender.api.access import themselves
from recommender.api.cursors import opened, sealed
from recommender.api.fields import Digits, Flag, Number, PlaceField, Words
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_me import (
    DeletedOut,
    ExportOut,
    LeftOut,
    MeOut,
    SettingsOut,
    SignalOut,
    SignalsPageOut,
    TasteOut,
)
from recommender.api.views.base import ApiView, cookie_of, no_title, valid, valid_body
from recommender.models import ApiKey
from recommender.presenting.forms import FeedbackForm
from recommender.taste import personal
from recommender.taste.leaning import Leaning, leanings
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE, asks_for_privacy, forget, heed

NO_SIGNAL = "There is no such signal of yours."
STARS = (0.5, 5.0)


class SettingsIn(StrictSerializer):
    personalise = Flag(required=False)
    learning = Flag(required=False)
    strength = Number(min_value=0, max_value=2, required=False)


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


@extend_schema_field({"type": "boolean", "enum": [True]})
class Yes(Flag):
    """What cannot be undone wants to be confirmed."""


class ConfirmIn(StrictSerializer):
    confirm = Yes()

    def validate_confirm(self, value: bool) -> bool:  # noqa: FBT001 - DRF calls it
        if not value:
            raise serializers.ValidationError("Nothing is deleted unless this is true.")
        return value


class LeaveIn(ConfirmIn):
    password = Words(max_length=LONGEST_PASSWORD, trim_whitespace=False, required=False, help_text="Of an account.")


class MyView(ApiView):
    """A view about the caller. A browser without an account is known by our cookie alone, so what changes something
    has to come from our own pages, as far as the browser says where it comes from.
    """

    access = themselves()

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        is_guest = request.user is None
        if is_guest and request.method not in SAFE_METHODS and comes_from_elsewhere(request):
            raise exceptions.PermissionDenied("Another site may not change anything here.")


class MeView(MyView):
    """`GET /api/v1/me`: who is asking. `DELETE`: everything that is theirs, for good."""

    @extend_schema(operation_id="get_me", responses={200: MeOut})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        user, owner = _account(request), _owner(request)
        return Response(
            {
                "who": "account" if user else "browser",
                "name": user.get_username() if user else None,
                "since": user.date_joined if user else _first_seen(owner),
                "n_signals": signals.signals_of(owner).count(),
                "settings": _settings_json(signals.preferences_of(owner)),
            }
        )

    @extend_schema(operation_id="delete_me", request=LeaveIn, responses={200: LeftOut})
    def delete(self, request: Request) -> Response:
        said, user = valid_body(LeaveIn, request), _account(request)
        if user is not None:
            _check_password(user, said.get("password"))
        left = leaving.leave(_visitor(request))
        if left is None:
            raise exceptions.NotFound("There is nothing of yours here.")
        answer = Response(
            {
                "searches": left.n_searches,
                "interactions": left.n_interactions,
                "is_learnt_anew": left.had_taught,
            }
        )
        if not isinstance(request.auth, ApiKey):
            auth.logout(request._request)
            forget(answer)
        return answer


class SettingsView(MyView):
    """`/api/v1/me/settings`: how they are served."""

    @extend_schema(operation_id="get_settings", responses={200: SettingsOut})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response(_settings_json(signals.preferences_of(_owner(request))))

    @extend_schema(operation_id="change_settings", request=SettingsIn, responses={200: SettingsOut})
    def patch(self, request: Request) -> Response:
        owner, changes = _owner(request), valid_body(SettingsIn, request)
        kept = signals.set_preferences(owner, **changes) if changes else signals.preferences_of(owner)
        return Response(_settings_json(kept))


class SignalsView(MyView):
    """`/api/v1/me/signals`: what they said of titles, as it stands."""

    @extend_schema(operation_id="list_signals", parameters=[SignalsQuery], responses={200: SignalsPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(SignalsQuery, {}, request.query_params)
        mine = signals.signals_of(_owner(request))
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
        owner = _owner(request)
        with transaction.atomic():
            signals.say(owner, Said(title.pk, said["kind"], said.get("value"), said.get("note", "")))
            signal = signals.signals_of(owner).get(title=title, kind=said["kind"])
        return Response(_signal_json(signal))

    @extend_schema(operation_id="delete_signals", request=ConfirmIn, responses={200: DeletedOut})
    def delete(self, request: Request) -> Response:
        valid_body(ConfirmIn, request)
        return Response({"deleted": signals.reset(_owner(request))})


class SignalView(MyView):
    """`/api/v1/me/signals/{signal_id}`: one of them. Somebody else's is answered like one that never was."""

    @extend_schema(operation_id="mute_signal", request=MuteIn, responses={200: SignalOut})
    def patch(self, request: Request, signal_id: UUID) -> Response:
        said, owner = valid_body(MuteIn, request), _owner(request)
        if "is_muted" in said and not signals.mute(owner, signal_id, is_muted=said["is_muted"]):
            raise exceptions.NotFound(NO_SIGNAL)
        signal = signals.signals_of(owner).filter(pk=signal_id).first()
        if signal is None:
            raise exceptions.NotFound(NO_SIGNAL)
        return Response(_signal_json(signal))

    @extend_schema(operation_id="delete_signal", responses={204: None})
    def delete(self, request: Request, signal_id: UUID) -> Response:
        if not signals.forget(_owner(request), [signal_id]):
            raise exceptions.NotFound(NO_SIGNAL)
        return Response(status=204)


class TasteView(MyView):
    """`GET /api/v1/me/taste`: what their taste consists of, in words."""

    @extend_schema(operation_id="get_taste", responses={200: TasteOut})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        visitor = _visitor(request)
        visitor = heed([visitor])[visitor]
        mine = personal.of(visitor, serving.current())
        found = leanings(mine) if mine else None
        return Response(
            {
                "is_used": mine is not None,
                "strength": visitor.strength,
                "n_signals": len(mine.taste) if mine else 0,
                "genres": [_leaning_json(one) for one in found.genres] if found else [],
                "people": [_leaning_json(one) for one in found.people] if found else [],
                "themes": [_leaning_json(one) for one in found.themes] if found else [],
                "strongest": [
                    {
                        "signal_id": signal.pk,
                        "item_id": signal.title.external_id,
                        "title": signal.title.name,
                        "kind": signal.kind,
                        "weight": round(weight, 4),
                    }
                    for signal, weight in (found.strongest if found else [])
                ],
            }
        )


class ExportView(MyView):
    """`GET /api/v1/me/export`: everything that is kept of them, as the page of privacy gives it."""

    @extend_schema(operation_id="export_me", responses={200: ExportOut})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        name = f"marquee-my-data-{timezone.now():%Y-%m-%d}.json"
        found = exporting.everything(_visitor(request), _account(request))
        return Response(found, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def comes_from_elsewhere(request: Request) -> bool:
    """By the word of the browser; programs that say nothing have no cookie that somebody else could use."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    ours = f"{request._request.scheme}://{request._request.get_host()}"
    return request.headers.get("Origin", ours) != ours


def _account(request: Request) -> User | None:
    user: Any = request.user
    return user if isinstance(user, User) else None


def _visitor(request: Request) -> Visitor:
    """A key stands for its owner, whatever cookies come along."""
    user = _account(request)
    if isinstance(request.auth, ApiKey):
        return Visitor(user_id=user.pk if user else None)
    return Visitor(
        cookie_of(request, CLIENT_COOKIE),
        cookie_of(request, SESSION_COOKIE),
        user_id=user.pk if user else None,
        personalise=not asks_for_privacy(request._request),
    )


def _owner(request: Request) -> Owner:
    owner = _visitor(request).owner
    if owner is None:
        raise exceptions.NotAuthenticated
    return owner


def _first_seen(owner: Owner) -> datetime | None:
    """Of a browser: the first thing that is kept of it."""
    person = Person(None, frozenset([owner.client_id] if owner.client_id else []))
    first = [
        rows.order_by("created").values_list("created", flat=True).first()
        for rows in (event_log.searches_of(person), signals.signals_of(owner))
    ]
    return min((each for each in first if each), default=None)


def _check_password(user: User, password: str | None) -> None:
    if password is None:
        raise exceptions.ValidationError({"password": ["The password of the account is needed for that."]})
    try:
        if not passwords.is_right(user, password):
            raise exceptions.ValidationError({"password": ["This is not the password. Nothing was changed."]})
    except passwords.TooManyTries as error:
        raise exceptions.Throttled(error.seconds, "Too many tries.") from error


def _place(place: list[Any] | None) -> tuple[datetime, UUID] | tuple[None, None]:
    return (datetime.fromisoformat(place[0]), UUID(place[1])) if place else (None, None)


def _settings_json(kept: Preferences) -> dict[str, Any]:
    return {"personalise": kept.personalise, "learning": kept.learning, "strength": kept.strength}


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


def _leaning_json(one: Leaning) -> dict[str, Any]:
    return {"name": one.name, "weight": round(one.weight, 4), "n_titles": one.n_titles}
