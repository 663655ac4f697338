"""Who calls: nobody, a browser with a history, and keys that may much or little; and what each must never get."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from catalog import signals
from catalog.signals import Kind, Owner, Said
from recommender.accounts import keys
from recommender.accounts.keys import SCOPES
from recommender.models import ApiKey
from recommender.visitors import CLIENT_COOKIE

STAFF_AREAS = frozenset("catalogue models analytics curation exports webhooks".split())
KEYS = "/api/v1/keys"  # a browser has none: they belong to accounts
Operation = dict[str, Any]
_READS = [scope for scope in SCOPES if scope.endswith(":read")]


@dataclass(frozen=True)
class Caller:
    """may: whether an operation of the OpenAPI document, at its path, can ever succeed for them. own: ids of what is
    theirs, by the name of the parameter.
    """

    name: str
    may: Callable[[str, Operation], bool]
    headers: dict[str, str] = field(default_factory=dict)
    key: ApiKey | None = None
    own: dict[str, list[str | int]] = field(default_factory=dict)

    def restore(self) -> None:
        """Their own key is among what they may revoke: it works again. Of those they made there is always room for
        more.
        """
        if self.key is not None:
            ApiKey.objects.filter(pk=self.key.pk).update(revoked=None, expires=None)
            made = keys.working(self.key.user).exclude(pk__in=[self.key.pk, *self.own["key_id"]])
            if made.count() > keys.MAX_KEYS // 2:
                made.delete()


def callers(titles: list[Any]) -> list[Caller]:
    """titles: that they said something of."""
    everything = User.objects.create_superuser("superuser", password="violet lantern orbit")
    reader = User.objects.create_superuser("reader", password="violet lantern orbit")
    no_staff = User.objects.create_user("somebody", password="violet lantern orbit")
    client_id = uuid4()
    browser = {"Cookie": f"{CLIENT_COOKIE}={client_id}"}
    return [
        Caller("nobody", lambda _, operation: _is_open(operation)),
        Caller("browser", _browser_may, browser, own=_signals(Owner(None, client_id), titles)),
        _by_key("all scopes", everything, titles, SCOPES, lambda _, _operation: True),
        _by_key("read-only key", reader, titles, _READS, lambda _, operation: operation["x-scope"].endswith(":read")),
        _by_key("not staff", no_staff, titles, SCOPES, lambda _, operation: _area(operation) not in STAFF_AREAS),
    ]


def _by_key(
    name: str, user: User, titles: list[Any], scopes: Sequence[str], may: Callable[[str, Operation], bool]
) -> Caller:
    made = keys.create(user, name, scopes)
    own = _signals(Owner(user.pk, None), titles)
    own["key_id"] = [str(keys.create(user, f"spare {n}", ["search:read"]).key.pk) for n in range(5)]
    ApiKey.objects.update(last_used=timezone.now())  # the first call of a day notes it, also one that is refused
    return Caller(name, may, {"Authorization": f"Bearer {made.secret}"}, made.key, own)


def _signals(owner: Owner, titles: list[Any]) -> dict[str, list[str | int]]:
    for title in titles:
        signals.say(owner, Said(title.pk, Kind.LIKE))
    return {"signal_id": [str(pk) for pk in signals.signals_of(owner).values_list("pk", flat=True)]}


def _is_open(operation: Operation) -> bool:
    return _area(operation) in ("search", "events")


def _browser_may(path: str, operation: Operation) -> bool:
    return _is_open(operation) or (_area(operation) == "me" and not path.startswith(KEYS))


def _area(operation: Operation) -> str:
    return str(operation["x-scope"].partition(":")[0])
