"""Signing up, in and out; the account's own page; passwords. What an account has is on the page of privacy."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recommender.accounts import joining, letters, passwords, throttle
from recommender.accounts.forms import (
    ChangePasswordForm,
    EmailForm,
    LetterForm,
    NewPasswordForm,
    SignInForm,
    SignUpForm,
)  # fmt: skip
from recommender.visitors import remember, visitor_of

_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@sensitive_post_parameters()
@_page
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("account")
    form = SignUpForm(request.POST or None)
    user = form.save() if form.is_valid() else None
    if user is None:
        return _form(request, "sign_up", form)
    messages.success(request, _("Welcome, %(name)s. This account is yours.") % {"name": _isolated(user)})
    return _enter(request, user)


@never_cache
@sensitive_post_parameters()
@_page
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return _already_in(request)
    form = SignInForm(request.POST or None)
    if not form.is_valid():
        return _form(request, "sign_in", form)
    name, client_id = form.cleaned_data["name"], visitor_of(request).client_id
    if seconds := throttle.take_sign_in(name, client_id):
        form.add_error(None, wait_in_words(seconds))
        return _form(request, "sign_in", form, status=429, retry_after=seconds)
    user = auth.authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, _("That name and password do not belong together. Please check both."))
        return _form(request, "sign_in", form)
    throttle.succeeded(name, client_id)
    return _enter(request, user)


def _already_in(request: HttpRequest) -> HttpResponse:
    wanted = _next(request)
    if wanted.startswith(reverse("admin:index")) and not _user(request).is_staff:
        told = _("That part is for those who look after Marquee. Your account is not one of theirs.")
        messages.error(request, told)
        return redirect("account")
    return redirect(wanted)


def _enter(request: HttpRequest, user: Any) -> HttpResponse:
    """Sign in, and let what this browser has told join the account."""
    visitor = visitor_of(request)
    joined = joining.join(visitor.client_id, user) if visitor.client_id and not visitor.is_robot else None
    auth.login(request, user)
    if joined is not None:
        undo = format_html('<a href="{}#joined">{}</a>', reverse("account"), _("Was it not you? Undo"))
        told = _("What this browser had told us is now part of your account.")
        messages.info(request, format_html("{} {}", told, undo))
    return remember(redirect(_next(request)), joining.after_sign_in(visitor, request.session))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    visitor, before = visitor_of(request), request.session.get(joining.BEFORE)
    if not request.user.is_authenticated:
        return redirect("home")
    auth.logout(request)
    messages.success(request, _("You are signed out. Who comes next to this browser finds nothing of yours."))
    return remember(redirect("home"), joining.after_sign_out(visitor, before))


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return _account(request, EmailForm(initial={"email": _user(request).email}))


def signed_out_meanwhile(request: HttpRequest) -> HttpResponse:
    """For a form of an account that came after its session had ended: to sign in, and back to the account."""
    messages.info(request, _("Nobody is signed in here any more, so this changed nothing."))
    return redirect_to_login(resolve_url("account"))


def _form_of_the_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Takes forms of somebody signed in. Its own address is nowhere to go after a sign-in: it cannot be opened."""

    @wraps(view)
    def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else signed_out_meanwhile(request)

    return require_POST(taken)


@never_cache
@sensitive_post_parameters()
@_form_of_the_account
def email(request: HttpRequest) -> HttpResponse:
    user, form = _user(request), EmailForm(request.POST)
    if not form.is_valid() or not is_password(request, form):
        return _account(request, form)
    user.email = form.cleaned_data["email"]
    user.save(update_fields=["email"])
    messages.success(
        request, _("Your e-mail address is changed.") if user.email else _("We have no e-mail address of you now.")
    )
    return redirect("account")


@never_cache
@sensitive_post_parameters()
@login_required
@_page
def change_password(request: HttpRequest) -> HttpResponse:
    """Other browsers are signed out by it; this one is not."""
    user = _user(request)
    form = ChangePasswordForm(user, request.POST or None)
    if not form.is_valid() or not is_password(request, form):
        return _form(request, "change_password", form)
    form.save()
    auth.update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return redirect("account")


@_form_of_the_account
def part(request: HttpRequest, join_id: int) -> HttpResponse:
    if joining.part(_user(request), join_id) is None:
        messages.info(request, _("That was parted already; nothing is changed."))
    else:
        messages.success(request, _("Parted: what that browser had told is no longer part of your account."))
    return redirect(reverse("account") + "#joined")


@never_cache
@_page
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter. The answer is the same whether or not anybody has the address."""
    form = LetterForm(request.POST or None)
    if form.is_valid():
        letters.send(form.cleaned_data["email"], request)
        return redirect("password-sent")
    return _form(request, "forgotten", form)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    context = {"minutes": settings.PASSWORD_RESET_TIMEOUT // 60, "has_a_mail_server": letters.has_a_mail_server()}
    return render(request, "recommender/account/sent.html", context)


@never_cache
@sensitive_post_parameters()
@_page
def new_password(request: HttpRequest, packed: str, token: str) -> HttpResponse:
    """The link of a letter. It works once: the token is of the password that it replaces."""
    user = letters.reader(packed, token)
    if user is None:
        return render(request, "recommender/account/letter_is_old.html", status=410)
    form = NewPasswordForm(user, request.POST or None)
    if not form.is_valid():
        return _form(request, "new_password", form)
    form.save()
    for name in (user.get_username(), user.email):
        throttle.succeeded(name, None)  # whoever kept guessing does not lock the owner out
    messages.success(request, _("Your new password is set. Please sign in with it."))
    return redirect("sign-in")


def is_password(request: HttpRequest, form: Form) -> bool:
    """Whether the form's `password` is the signed-in person's; else the form says so. Tries are counted."""
    try:
        if passwords.is_right(_user(request), form.cleaned_data["password"]):
            return True
        form.add_error("password", _("This is not your password. Nothing was changed."))
    except passwords.TooManyTries as error:
        form.add_error("password", wait_in_words(error.seconds))
    return False


def wait_in_words(seconds: int) -> str:
    if seconds < 100:
        return ngettext(
            "Too many tries. Please wait %(n)s second, then try again.",
            "Too many tries. Please wait %(n)s seconds, then try again.",
            seconds,
        ) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many tries. Please wait %(n)s minute, then try again.",
        "Too many tries. Please wait %(n)s minutes, then try again.",
        minutes,
    ) % {"n": minutes}


def _account(request: HttpRequest, form: EmailForm) -> HttpResponse:
    user = _user(request)
    context = {"form": form, "joins": joining.joins_of(user), "account": user}
    page = render(request, "recommender/account/account.html", context, status=422 if form.errors else 200)
    return remember(page, visitor_of(request))


def _form(
    request: HttpRequest, name: str, form: Form, *, status: int | None = None, retry_after: int | None = None
) -> HttpResponse:
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    status = status or (422 if form.is_bound else 200)
    page = render(request, f"recommender/account/{name}.html", context, status=status)
    if retry_after:
        page.headers["Retry-After"] = str(retry_after)
    return remember(page, visitor_of(request))


def _next(request: HttpRequest) -> str:
    """Where somebody wanted to go, if it is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)


def _user(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser), "behind login_required"
    return request.user


def _isolated(user: User) -> str:
    """The name so that its direction does not turn the sentence around it: between FSI and PDI."""
    return f"\u2068{user.get_username()}\u2069"
