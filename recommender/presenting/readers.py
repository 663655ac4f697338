"""For whom a page was made: a form of an account says so, and changes nothing for anybody else.

A page may stand open, or come back with the back button, after its reader signed out or another account signed in.
A guest's page says nothing: with a sign-in the history of the browser joins the account, and so does what is said on
a page from before it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from recommender.presenting import undoing

FIELD = "reader"


def mark_of(request: HttpRequest) -> str:
    """Of the account that is signed in, under a key: it says nothing about it. "" of a guest."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return salted_hmac("marquee.reader", str(user.pk)).hexdigest()[:16]


def field_of(request: HttpRequest) -> SafeString:
    """Stands beside the token in every form that changes something of its reader's."""
    mark = mark_of(request)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, mark) if mark else mark_safe("")


def of_its_reader(home: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view whose forms change nothing where their reader has gone. home: the page to go to, without `next`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            was = request.POST.get(FIELD, "") if request.method == "POST" else ""
            if not was or constant_time_compare(was.encode(errors="replace"), mark_of(request).encode()):
                return view(request, *args, **kwargs)
            back = undoing.way_back(request, home)
            messages.info(request, _in_words(request, back))
            return undoing.see_again(request, back)

        return taken

    return decorate


def _in_words(request: HttpRequest, back: str) -> str:
    if request.user.is_authenticated:
        return gettext(
            "Another account is signed in here by now, so nothing was changed. If it is yours, say it once more."
        )
    sign_in = f"{reverse('sign-in')}?{urlencode({'next': back})}"
    return format_html(
        gettext(
            "You have signed out meanwhile, so nothing was changed."
            ' <a href="{address}">Sign in again</a>, or say it once more as a guest.'
        ),
        address=sign_in,
    )
