"""How many calls a caller may make in a minute, counted in Postgres in one statement: many at once get no more.

A caller is an account, whatever keys it has, or else a network address as the socket knows it. What a client writes
into X-Forwarded-For is believed only as far as TRUSTED_PROXIES of our own wrote it. A keyed digest is kept, for an
hour at most. Keys that do not work are counted by address, apart from all else: a caller whose key works never pays
for those of a neighbour.
"""

import ipaddress
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from rest_framework import exceptions
from rest_framework.request import Request

from recommender.models import Calls

WINDOW = 60  # seconds
WRONG_KEYS = "wrong_keys"
_TABLE = Calls._meta.db_table
_COUNT = f"""
INSERT INTO {_TABLE} AS calls (key, until, n)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(window)s), 1)
ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN calls.until <= clock_timestamp() THEN 1 ELSE calls.n + 1 END,
    until = CASE WHEN calls.until <= clock_timestamp() THEN excluded.until ELSE calls.until END
RETURNING n, ceil(extract(epoch FROM until - clock_timestamp()))::int
"""  # noqa: S608 - the table's own name


class Budget(NamedTuple):
    """limit: calls in a window. left: of them. seconds: until the window ends."""

    limit: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.seconds),
        }


class TooManyCalls(exceptions.Throttled):
    def __init__(self, budget: Budget) -> None:
        super().__init__(budget.seconds, f"At most {budget.limit:,} such calls fit in a minute.")
        self.budget = budget


def take(request: Request, kind: str) -> Budget | None:
    """Count a call; None where calls of this kind are not limited. Raises TooManyCalls."""
    return _take(kind, _caller(request))


def take_wrong_key(request: Request) -> None:
    """Count a key that does not work, for the network address that sent it. Raises TooManyCalls."""
    _take(WRONG_KEYS, _address(request))


def _take(kind: str, caller: str) -> Budget | None:
    limit = settings.API_RATES[kind]
    if not limit:
        return None
    key = salted_hmac("marquee.calls", f"{kind} {caller}").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "window": WINDOW})
        n, seconds = cursor.fetchone()
    if n > limit:
        raise TooManyCalls(Budget(limit, 0, max(1, seconds)))
    return Budget(limit, limit - n, max(0, seconds))


def forget_old() -> int:
    """Windows that are over; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE} WHERE until < clock_timestamp()")  # noqa: S608
        return int(cursor.rowcount)


def _caller(request: Request) -> str:
    user: Any = request.user  # of a key its owner: more keys are no more calls
    if user is not None:
        return f"user {user.pk}"
    return _address(request)


def _address(request: Request) -> str:
    return f"address {address_of(request._request)}"


def address_of(request: HttpRequest) -> str:
    """The caller's network, /64 for IPv6, where one household has that many addresses.

    Behind n trusted proxies it is the n-th last entry of X-Forwarded-For: earlier ones are the client's own words.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if n := settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        address = hops[-n] if len(hops) >= n else address
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
