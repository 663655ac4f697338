"""What is kept of the caller, and what they may do with it: whose it is, the session, our cookie or the key says."""

from datetime import datetime
from typing import Any

from django.contrib import auth
from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import event_log, signals
from catalog.event_log import Visitor
from catalog.models import Preferences
from catalog.signals import Owner, Person
from recommender import serving
from recommender.accounts import exporting, leaving, passwords
from recommender.accounts.forms import LONGEST_PASSWORD
from recommender.api.access import themselves
from recommender.api.fields import Flag, Number, Words
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_me import ExportOut, LeftOut, MeOut, SettingsOut, TasteOut
from recommender.api.views.base import ApiView, cookie_of, valid, valid_body
from recommender.models import ApiKey
from recommender.taste import personal
from recommender.taste.leaning import Leaning, leanings
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE, asks_for_privacy, forget, heed


class SettingsIn(StrictSerializer):
    personalise = Flag(required=False)
    learning = Flag(required=False)
    strength = Number(min_value=0, max_value=2, required=False)


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
        user, owner = _account(request), owner_of(request)
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
        return Response(_settings_json(signals.preferences_of(owner_of(request))))

    @extend_schema(operation_id="change_settings", request=SettingsIn, responses={200: SettingsOut})
    def patch(self, request: Request) -> Response:
        owner, changes = owner_of(request), valid_body(SettingsIn, request)
        kept = signals.set_preferences(owner, **changes) if changes else signals.preferences_of(owner)
        return Response(_settings_json(kept))


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


def owner_of(request: Request) -> Owner:
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


def _settings_json(kept: Preferences) -> dict[str, Any]:
    return {"personalise": kept.personalise, "learning": kept.learning, "strength": kept.strength}


def _leaning_json(one: Leaning) -> dict[str, Any]:
    return {"name": one.name, "weight": round(one.weight, 4), "n_titles": one.n_titles}
