"""What a browser said before it signed in, given to the account and given back."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from catalog.models import HistoryJoin, Preferences, Signal, TasteImport
from catalog.signals import AGAINST, Owner, hold, preferences_of


def join(client_id: UUID, user_id: int) -> dict[str, Any]:
    """Give an account what a browser said before it signed in, and say what was given, for `part`.

    Where both spoke, the account's word stays and the browser's is left where it is; preferences are copied where the
    account has none. Within the caller's transaction.
    """
    guest, account = Owner(None, client_id), Owner(user_id, None)
    hold([guest, account])
    same_title = Signal.objects.filter(account.rows, title=OuterRef("title"))
    stands = Q(Exists(same_title.filter(kind=OuterRef("kind"))))
    for kind, against in AGAINST.items():
        stands |= Q(kind=kind) & Q(Exists(same_title.filter(kind=against)))
    given = Signal.objects.filter(guest.rows).exclude(stands)
    n_signals = given.update(**account.columns, joined_from=client_id)
    imports = TasteImport.objects.filter(guest.rows)
    import_ids = [str(import_id) for import_id in imports.order_by("pk").values_list("pk", flat=True)]
    imports.update(**account.columns)
    return {"signals": n_signals, "imports": import_ids, "preferences": _copied(guest, account)}


def remember_join(client_id: UUID, user_id: int, counts: dict[str, Any]) -> HistoryJoin:
    return HistoryJoin.objects.create(client_id=client_id, user_id=user_id, counts=counts)


def joins_of(user_id: int) -> QuerySet[HistoryJoin]:
    """Those that stand, the newest first."""
    return HistoryJoin.objects.filter(user_id=user_id, undone=None)


def was_parted(client_id: UUID) -> bool:
    """Whether a browser's history was in an account, and is in none now."""
    joins = list(HistoryJoin.objects.filter(client_id=client_id).values_list("undone", flat=True))
    return bool(joins) and None not in joins


def part(user_id: int, join_id: int) -> HistoryJoin | None:
    """Give the browser back what it brought, but for what the account has said again since. None where there is no
    such join of theirs, or it was undone already. Within the caller's transaction.
    """
    found = joins_of(user_id).filter(pk=join_id).first()
    if found is None:
        return None
    guest, account = Owner(None, found.client_id), Owner(user_id, None)
    hold([guest, account])
    if not joins_of(user_id).filter(pk=join_id).update(undone=Now()):
        return None
    joined = HistoryJoin.objects.get(pk=join_id)
    brought = Signal.objects.filter(account.rows, joined_from=joined.client_id)
    has_anew = Exists(Signal.objects.filter(guest.rows, title=OuterRef("title"), kind=OuterRef("kind")))
    brought.exclude(has_anew).update(**guest.columns, joined_from=None)
    brought.delete()
    TasteImport.objects.filter(account.rows, pk__in=joined.counts.get("imports", [])).update(**guest.columns)
    mine = Preferences.objects.filter(account.rows).first()
    if joined.counts.get("preferences") and mine and _wishes(mine) == _wishes(preferences_of(guest)):
        mine.delete()
    return joined


def _copied(guest: Owner, account: Owner) -> bool:
    kept = Preferences.objects.filter(guest.rows).first()
    if kept is None or Preferences.objects.filter(account.rows).exists():
        return False
    Preferences.objects.create(**account.columns, **_wishes(kept))
    return True


def _wishes(kept: Preferences) -> dict[str, Any]:
    return {name: getattr(kept, name) for name in ("personalise", "learning", "strength", "is_welcomed")}
