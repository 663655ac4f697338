"""The caller's keys of the API."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recommender.accounts import keys
from recommender.accounts.keys import MAX_NAME, SCOPES, BadKey, NewKey
from recommender.api.access import signed_in
from recommender.api.fields import Moment, Words
from recommender.api.problems import Conflict
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_me import KeysPageOut, NewKeyOut
from recommender.api.views.base import ApiView, valid, valid_body
from recommender.models import ApiKey

NO_KEY = "There is no such key of yours."
LONGEST = timedelta(days=3_650)


class KeyIn(StrictSerializer):
    name = Words(max_length=MAX_NAME)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES)
    )
    expires = Moment(required=False, allow_null=True, help_text="Within ten years.")

    def validate_expires(self, value: datetime | None) -> datetime | None:
        now = timezone.now()
        if value is not None and not now < value <= now + LONGEST:
            raise serializers.ValidationError("A key ends in the future, within ten years, or has no end.")
        return value


class KeysView(ApiView):
    """`/api/v1/keys`: those that work, the newest first, and new ones."""

    access = signed_in()

    @extend_schema(operation_id="list_keys", responses={200: KeysPageOut})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response({"items": [_key_json(key) for key in keys.working(_user(request))], "next_cursor": None})

    @extend_schema(operation_id="create_key", request=KeyIn, responses={201: NewKeyOut})
    def post(self, request: Request) -> Response:
        wanted = valid_body(KeyIn, request)
        _refuse_more(request, wanted["scopes"], wanted.get("expires"))
        try:
            made = keys.create(_user(request), wanted["name"], wanted["scopes"], expires=wanted.get("expires"))
        except BadKey as error:
            raise exceptions.ValidationError(str(error)) from error
        return _shown_once(made)


class KeyView(ApiView):
    """`DELETE /api/v1/keys/{key_id}`: it works no more, at once and for good."""

    access = signed_in()

    @extend_schema(operation_id="revoke_key", responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        key = _key(request, key_id)
        _refuse_more(request, key.scopes, key.expires)
        keys.revoke(key)
        return Response(status=204)


class RotationView(ApiView):
    """`POST /api/v1/keys/{key_id}/rotate`: a new key in its place; the old one goes on for a day."""

    access = signed_in()

    @extend_schema(operation_id="rotate_key", request=None, responses={201: NewKeyOut})
    def post(self, request: Request, key_id: UUID) -> Response:
        key = _key(request, key_id)
        _refuse_more(request, key.scopes, key.expires)
        try:
            return _shown_once(keys.rotate(key))
        except BadKey as error:
            raise Conflict(str(error)) from error


def _user(request: Request) -> User:
    user: Any = request.user
    assert isinstance(user, User), "Level.SIGNED_IN"
    return user


def _key(request: Request, key_id: UUID) -> ApiKey:
    key = keys.working(_user(request)).filter(pk=key_id).first()
    if key is None:
        raise exceptions.NotFound(NO_KEY)
    return key


def _refuse_more(request: Request, scopes: Sequence[str], expires: datetime | None) -> None:
    """A key has no say over one that may do more than itself, or for longer: else a lost key could not be taken back,
    and could take others away.
    """
    own = request.auth
    if not isinstance(own, ApiKey):
        return
    if request.method == "POST" and keys.is_ending(own):
        raise exceptions.PermissionDenied(
            "This key was rotated, or ends within 24 hours anyway, so it makes and rotates none."
        )
    if more := [scope for scope in scopes if scope not in own.scopes]:
        raise exceptions.PermissionDenied(
            f"This key lacks the scope {more[0]}, so it has no say over a key that has it."
        )
    if own.expires is not None and (expires is None or expires > own.expires):
        raise exceptions.PermissionDenied("This key ends before that one would.")


def _shown_once(made: NewKey) -> Response:
    return Response(_key_json(made.key) | {"secret": made.secret}, status=201)


def _key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.pk,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created": key.created,
        "expires": key.expires,
        "last_used": key.last_used,
    }
