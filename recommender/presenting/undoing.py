"""What was just taken away, carried by the page that offers Undo, and the ways back to a page.

What is carried is signed, so that only what was can come back. Nothing is kept on the server for it: who does not
press Undo has left nothing behind.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from catalog.models import Signal
from catalog.signals import Owner

SALT = "undo"
A_DAY = 24 * 3600  # seconds that a token can be used
MOST = 20  # signals that one message carries; the cookie of messages holds 2 kB


def token(owner: Owner, forgotten: Sequence[Signal]) -> str:
    rows = [
        [
            str(signal.pk), signal.title_id, signal.kind, signal.value, signal.note, signal.is_muted,
            signal.said.isoformat(), signal.created.isoformat(), _text(signal.imported_id), _text(signal.joined_from),
        ]
        for signal in forgotten[:MOST]
    ]  # fmt: skip
    return signing.dumps([_whose(owner), rows], salt=SALT, compress=True)


def forgotten(owner: Owner, text: str) -> list[Signal]:
    """The signals of a token as they were; none where it is forged, a day old, or somebody else's."""
    try:
        whose, rows = signing.loads(text, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        return []
    if whose != _whose(owner):
        return []
    return [
        Signal(
            **owner.columns, id=UUID(pk), title_id=title_id, kind=kind, value=value, note=note, is_muted=is_muted,
            said=datetime.fromisoformat(said), created=datetime.fromisoformat(created),
            imported_id=_uuid(imported), joined_from=_uuid(joined),
        )
        for pk, title_id, kind, value, note, is_muted, said, created, imported, joined in rows
    ]  # fmt: skip


def way_back(request: HttpRequest, home: str) -> str:
    """Where the form says that it stood, if that is here; else the page called `home`."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return reverse(home)


def see_again(request: HttpRequest, address: str) -> HttpResponse:
    """The page as it is now; where a script asked for a part of it, the whole page all the same."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def gone(request: HttpRequest, address: str) -> HttpResponse:
    """404 in kind words for what is not the visitor's, or not any more: a stale page, or an id that was made up."""
    if request.htmx:  # type: ignore[attr-defined]
        messages.info(request, gettext("That was not there any more, so nothing changed."))
        answer = HttpResponseClientRedirect(address)
        answer.status_code = 404
        return answer
    return render(request, "recommender/gone.html", status=404)


def offer(request: HttpRequest, sentence: str, token: str, back: str) -> None:
    """A message with a button, on the next page. back: the address to return to."""
    context = {"sentence": sentence, "token": token, "back": back}
    messages.success(request, render_to_string("recommender/_undo.html", context, request))


def _whose(owner: Owner) -> list[Any]:
    return [owner.user_id, _text(owner.client_id)]


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
