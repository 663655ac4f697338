"""The page of privacy: what is learnt, the switches, one's data to take along, and the way out."""

from django.contrib import auth, messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import signals
from catalog.signals import Owner
from recommender.accounts import exporting as exporting_me
from recommender.accounts import leaving
from recommender.accounts.forms import ConfirmForm
from recommender.pages.accounts import is_password, signed_out_meanwhile
from recommender.presenting.readers import of_its_reader
from recommender.visitors import asks_for_privacy, forget, remember, visitor_of

SWITCHES = ("learning", "personalise")


@never_cache
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    wishes = signals.preferences_of(visitor.owner or Owner(None, visitor.client_id))
    is_private = asks_for_privacy(request)
    context = {
        "wishes": wishes,
        "learns": wishes.learning and not is_private,
        "personalises": wishes.personalise and not is_private,
        "asks_for_privacy": is_private,
        "is_known": visitor.owner is not None,
    }
    return remember(render(request, "recommender/privacy.html", context), visitor)


@require_POST
@of_its_reader("privacy")
def switch(request: HttpRequest) -> HttpResponse:
    """One switch, to a stated position: sent twice it stays there."""
    visitor = visitor_of(request)
    name, position = request.POST.get("switch", ""), request.POST.get("to", "")
    if name not in SWITCHES or position not in ("on", "off") or visitor.owner is None:
        messages.error(request, _("That did not reach us whole, and nothing was changed. Please try once more."))
        return remember(redirect("privacy"), visitor)
    signals.set_preferences(visitor.owner, **{name: position == "on"})
    messages.success(request, str(_said(name, is_on=position == "on")))
    return remember(redirect("privacy"), visitor)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    user = request.user if request.user.is_authenticated else None
    found = JsonResponse(
        exporting_me.everything(visitor, user),
        encoder=DjangoJSONEncoder,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    found.headers["Content-Disposition"] = f'attachment; filename="marquee-my-data-{timezone.now():%Y-%m-%d}.json"'
    return remember(found, visitor)


@never_cache
@csrf_protect
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Asks first; with an account, for the password as well. Afterwards the browser is as if never here."""
    visitor = visitor_of(request)
    has_account = request.user.is_authenticated
    if not has_account and "password" in request.POST:  # an account's form; its reader signed out in another tab
        return signed_out_meanwhile(request)
    form = ConfirmForm(request.POST or None) if has_account else None
    is_confirmed = request.method == "POST" and (form is None or (form.is_valid() and is_password(request, form)))
    if not is_confirmed:
        status = 422 if request.method == "POST" else 200
        page = render(request, "recommender/account/delete.html", {"form": form}, status=status)
        return remember(page, visitor)
    left = leaving.leave(visitor)
    auth.logout(request)
    page = forget(render(request, "recommender/account/gone.html", {"left": left, "had_account": has_account}))
    page.delete_cookie("messages", samesite="Lax")
    return page


def _said(name: str, *, is_on: bool) -> str:
    if name == "learning":
        return _("We learn from your searches and clicks again.") if is_on else _("We no longer learn from you.")
    return _("Your lists follow your taste again.") if is_on else _("Your lists no longer follow your taste.")
