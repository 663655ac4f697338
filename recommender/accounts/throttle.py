"""Guessing passwords takes ever longer: a few tries are free, then each doubles the wait.

Counted by account name and by browser, under keyed digests: the table names nobody. A try is counted before the
password is looked at, in one statement, so that many at once do not get more. Network addresses are not counted:
none is kept anywhere, and behind a proxy everybody would have the same.
"""

from math import ceil
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

from recommender.models import Tries

FREE = 5  # tries of one name before the first wait
FREE_OF_A_BROWSER = 20
FREE_LETTERS = 3  # to one address
FIRST_WAIT, LONGEST_WAIT = 15, 900  # seconds
FORGOTTEN_AFTER = 3_600  # seconds without a try
_TABLE = Tries._meta.db_table
_TAKE = f"""
INSERT INTO {_TABLE} AS tries (key, n, last, next_from) VALUES (%(key)s, 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    n = tries.n + 1,
    last = clock_timestamp(),
    next_from = clock_timestamp() + make_interval(secs =>
        CASE WHEN tries.n + 1 < %(free)s THEN 0
             ELSE least(%(longest)s, %(first)s * power(2, least(tries.n + 1 - %(free)s, 30))) END)
WHERE tries.next_from <= clock_timestamp()
RETURNING key
"""  # noqa: S608 - the table's own name


def of_name(name: str) -> str:
    return _key("name", name)


def of_session(name: str) -> str:
    """Of who is signed in already: strangers who guess at the name do not hold them up."""
    return _key("session", name)


def of_browser(client_id: UUID | None) -> str:
    return _key("browser", str(client_id))


def of_letter(address: str) -> str:
    return _key("letter", address)


def take(key: str, *, free: int = FREE, first: int = FIRST_WAIT, longest: int = LONGEST_WAIT) -> int:
    """Count a try. 0 if it may be looked at, else the seconds to wait, and then it was not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {_TABLE} WHERE last < clock_timestamp() - make_interval(secs => %s)",  # noqa: S608
            [FORGOTTEN_AFTER],
        )
        cursor.execute(_TAKE, {"key": key, "free": free, "first": first, "longest": longest})
        if cursor.fetchone():
            return 0
        cursor.execute(
            f"SELECT extract(epoch FROM next_from - clock_timestamp()) FROM {_TABLE} WHERE key = %s",  # noqa: S608
            [key],
        )
        left = cursor.fetchone()
    return max(1, ceil(left[0])) if left else 0


def take_sign_in(name: str, client_id: UUID | None) -> int:
    """The same for a sign-in, by the browser and by the name."""
    return take(of_browser(client_id), free=FREE_OF_A_BROWSER) or take(of_name(name))


def succeeded(name: str, client_id: UUID | None) -> None:
    """The name starts anew. The browser only gets its last try back: its other tries may have been at other names."""
    start_anew(of_name(name))
    Tries.objects.filter(key=of_browser(client_id)).update(n=Greatest(F("n") - 1, 0))


def start_anew(key: str) -> None:
    Tries.objects.filter(key=key).delete()


def forget(names: list[str], client_ids: list[UUID]) -> None:
    keys = [key(name) for name in names for key in (of_name, of_session, of_letter)]
    Tries.objects.filter(key__in=[*keys, *map(of_browser, client_ids)]).delete()


def _key(kind: str, text: str) -> str:
    return salted_hmac(f"marquee.tries.{kind}", " ".join(text.split()).casefold()).hexdigest()
