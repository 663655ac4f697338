"""Keys of the API: made, looked up, rotated, revoked. The only writer of them."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from recommender.models import ApiKey

AREAS = {
    "search": "titles, suggestions, recommendations",
    "events": "what people did",
    "me": "one's own signals, settings and data",
    "catalogue": "importing titles",
    "models": "versions and training runs",
    "analytics": "what people search for",
    "curation": "rules and synonyms",
    "exports": "the log, row by row",
    "webhooks": "who is told of what",
}
_NO_CALL = {"search:write", "analytics:write", "exports:write"}
SCOPES = tuple(f"{area}:{deed}" for area in AREAS for deed in ("read", "write") if f"{area}:{deed}" not in _NO_CALL)

BEGINS = "mq_"
PREFIX_LENGTH = 11
MAX_NAME, MAX_KEYS = 100, 50
GRACE = timedelta(hours=24)  # how long a rotated key goes on, so that nothing stands still while the new one travels


class BadKey(ValueError):
    """A key cannot be made like that; says why."""


@dataclass(frozen=True)
class NewKey:
    """secret: the whole key, which is never seen again."""

    key: ApiKey
    secret: str


def create(user: User, name: str, scopes: Sequence[str], *, expires: datetime | None = None) -> NewKey:
    """Raises BadKey."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise BadKey(f"A key needs a name of up to {MAX_NAME} characters, to know it by.")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise BadKey(f"“{unknown[0][:60]}” is no scope; there are {', '.join(SCOPES)}.")
    if not scopes:
        raise BadKey("A key needs at least one scope, or it may do nothing.")
    if expires is not None and expires <= timezone.now():
        raise BadKey("A key cannot end in the past.")
    with transaction.atomic():
        # Of two that are made at once the second waits here, so that together they are not too many.
        User.objects.select_for_update().get(pk=user.pk)
        if working(user).count() >= MAX_KEYS:
            raise BadKey(f"There are {MAX_KEYS} keys already; revoke one first.")
        secret = BEGINS + secrets.token_urlsafe(32)
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=secret[:PREFIX_LENGTH],
            digest=_digest(secret),
            scopes=[scope for scope in SCOPES if scope in scopes],
            expires=expires,
        )
    key.refresh_from_db(fields=["created"])
    return NewKey(key, secret)


def working(user: User) -> QuerySet[ApiKey]:
    now = timezone.now()
    mine = ApiKey.objects.filter(user=user, revoked=None)
    return mine.exclude(expires__lte=now)


def holder(secret: str) -> ApiKey | None:
    """The working key with its owner; None where there is none, or its owner may not come in. One query."""
    if not secret.startswith(BEGINS) or len(secret) > 100:
        return None
    key = ApiKey.objects.select_related("user").filter(digest=_digest(secret), revoked=None).first()
    now = timezone.now()
    if key is None or not key.user.is_active or (key.expires is not None and key.expires <= now):
        return None
    if key.last_used != now.date():
        ApiKey.objects.filter(pk=key.pk).update(last_used=now.date())
    return key


def is_ending(key: ApiKey) -> bool:
    """Whether it is in its last GRACE, as one that was rotated always is: it makes no keys and is not rotated, or a
    key that was given up because somebody else may have it would go on under other names.
    """
    return key.expires is not None and key.expires <= timezone.now() + GRACE


def rotate(key: ApiKey) -> NewKey:
    """A new key in place of this one, which works for GRACE yet. Raises BadKey."""
    now = timezone.now()
    with transaction.atomic():
        old = ApiKey.objects.select_for_update().get(pk=key.pk)
        if old.revoked is not None or (old.expires is not None and old.expires <= now):
            raise BadKey("This key does not work any more; make a new one.")
        if is_ending(old):
            raise BadKey("This key was rotated already, or ends within 24 hours anyway; make a new one.")
        fresh = create(old.user, old.name, old.scopes, expires=old.expires)
        ends = now + GRACE
        old.expires = min(old.expires, ends) if old.expires else ends
        old.save(update_fields=["expires"])
    return fresh


def revoke(key: ApiKey) -> None:
    """At once and for good."""
    ApiKey.objects.filter(pk=key.pk, revoked=None).update(revoked=timezone.now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
