"""Keys of the API: listed, made, replaced and revoked by whose they are. A new one is shown once, on the answer to
the form itself: it is kept nowhere, so no page after it could show it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from recommender.accounts import keys
from recommender.accounts.forms import UNSEEN
from recommender.accounts.keys import MAX_KEYS, MAX_NAME, BadKey, NewKey
from recommender.models import ApiKey
from recommender.presenting.readers import of_its_reader
from recommender.visitors import remember, visitor_of

FOR_EVERYBODY = {
    "search:read": gettext_lazy("Search, look titles up, get recommendations"),
    "events:write": gettext_lazy("Report what people did with the results"),
    "me:read": gettext_lazy("Read your opinions, settings and data"),
    "me:write": gettext_lazy("Change or delete your opinions, settings and keys"),
}
FOR_STAFF = {
    "catalogue:read": gettext_lazy("See how imports of titles go"),
    "catalogue:write": gettext_lazy("Import titles"),
    "models:read": gettext_lazy("See versions and training runs"),
    "models:write": gettext_lazy("Promote, roll back and train versions"),
    "analytics:read": gettext_lazy("See what people search for"),
    "curation:read": gettext_lazy("See rules and synonyms"),
    "curation:write": gettext_lazy("Change rules and synonyms"),
    "exports:read": gettext_lazy("Take the log along, row by row"),
    "webhooks:read": gettext_lazy("See who is told of what"),
    "webhooks:write": gettext_lazy("Change who is told of what"),
}
WORDS = FOR_EVERYBODY | FOR_STAFF
DAYS = {"90": gettext_lazy("In 90 days"), "365": gettext_lazy("In a year"), "": gettext_lazy("Never")}


class KeyForm(forms.Form):
    """What a new key is for. `staff` has no choices for others: a key never may more than its owner."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME,
        error_messages=UNSEEN,
        help_text=gettext_lazy("To know it by, such as the program that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=list(FOR_EVERYBODY.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    staff = forms.MultipleChoiceField(
        choices=list(FOR_STAFF.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(label=gettext_lazy("It ends"), choices=list(DAYS.items()), required=False, initial="365")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_staff:
            del self.fields["staff"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        given["all"] = [*given.get("scopes", []), *given.get("staff", [])]
        if not given["all"] and not self.errors.keys() & {"scopes", "staff"}:
            self.add_error("scopes", _("Please choose at least one thing that the key may do."))
        return given


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@of_its_reader("keys")
def list_or_make(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    form = KeyForm(user, request.POST or None, initial={"scopes": ["search:read"]})
    made = None
    if form.is_valid():
        days = form.cleaned_data["days"]
        expires = timezone.now() + timedelta(days=int(days)) if days else None
        try:
            made = keys.create(user, form.cleaned_data["name"], form.cleaned_data["all"], expires=expires)
        except BadKey:
            form.add_error(None, _too_many())
    return _shown(request, form, made)


@never_cache
@login_required
@require_POST
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    key = _key(request, key_id)
    if key is None:
        return _gone(request)
    try:
        made = keys.rotate(key)
    except BadKey:
        messages.error(request, _ends_soon() if keys.is_ending(key) else _too_many())
        return redirect("keys")
    return _shown(request, KeyForm(_user(request), initial={"scopes": ["search:read"]}), made, replaced=key)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Asks first."""
    key = _key(request, key_id)
    if key is None:
        return _gone(request)
    if request.method != "POST":
        page = render(request, "recommender/account/keys_revoke.html", {"key": key})
        return remember(page, visitor_of(request))
    keys.revoke(key)
    messages.success(request, _("The key “%(name)s” is revoked; it works no more.") % {"name": key.name})
    return redirect("keys")


def _shown(
    request: HttpRequest, form: KeyForm, made: NewKey | None, *, replaced: ApiKey | None = None
) -> HttpResponse:
    user = _user(request)
    if made is not None and replaced is None:
        form = KeyForm(user, initial={"scopes": ["search:read"]})
    context = {
        "form": form,
        "made": made,
        "replaced": replaced,
        "keys": [
            (key, [WORDS.get(scope, scope) for scope in key.scopes], keys.is_ending(key))
            for key in keys.working(user)
        ],
    }
    status = 422 if form.errors else 200
    return remember(render(request, "recommender/account/keys.html", context, status=status), visitor_of(request))


def _key(request: HttpRequest, key_id: UUID) -> ApiKey | None:
    return keys.working(_user(request)).filter(pk=key_id).first()


def _gone(request: HttpRequest) -> HttpResponse:
    """The same for a key of somebody else's and for one that never was."""
    messages.info(request, _("There is no such key of yours any more; nothing is changed."))
    return redirect("keys")


def _ends_soon() -> str:
    return _("This key ends within a day, so it cannot be replaced. Please make a new one.")


def _too_many() -> str:
    return _("You have %(n)d keys already. Please revoke one first.") % {"n": MAX_KEYS}


def _user(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser), "behind login_required"
    return request.user
