"""What the pages of an account accept. Every error says what to do, and nothing typed is lost but passwords."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from recommender.accounts.impersonation import looks_official
from recommender.accounts.names import MAX_LENGTH, is_address, is_taken, tidied

LONGEST_PASSWORD = 1_000  # characters; hashing megabytes would be an attack
UNSEEN = {"null_characters_not_allowed": _("There is a sign in this that nobody can see. Please type it anew.")}
_TAKEN = _("Somebody has this name already. Please choose another.")


def _name_field(label: Any, **options: Any) -> forms.CharField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "dir": "auto"}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=label, widget=widget, error_messages=UNSEEN, **options)


def _password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    too_long = {"max_length": _("A password may have up to 1,000 characters.")}
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=widget,
        error_messages=too_long | UNSEEN,
        **options,
    )


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail address, if you like"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Only to let you in again if you forget your password."),
        error_messages=UNSEEN,
    )


class _NewPassword(forms.Form):
    """A new password, twice, for `user`."""

    user: User
    new_password = _password_field(_("New password"), "new-password")
    again = _password_field(_("The same password again"), "new-password")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"new_password", "again"} <= given.keys() and given["new_password"] != given["again"]:
            self.add_error("again", _("These two passwords differ. Please type them once more."))
        elif "new_password" in given:
            try:
                password_validation.validate_password(given["new_password"], self.user)
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return given


class SignUpForm(_NewPassword):
    name = _name_field(_("Name"), help_text=_("Whatever you like to be called here; you sign in with it."))
    email = _email_field()
    new_password = _password_field(
        _("Password"), "new-password", help_text=_("At least eight characters; three unrelated words are good.")
    )
    field_order = ("name", "email", "new_password", "again")

    def clean_name(self) -> str:
        name = tidied(self.cleaned_data["name"])
        if is_taken(name):
            raise forms.ValidationError(_TAKEN)
        if looks_official(name):
            raise forms.ValidationError(
                _("This name could be taken for somebody who looks after Marquee. Please choose another.")
            )
        return name

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("name", "")
        email = self.cleaned_data.get("email") or (name if is_address(name) else "")
        self.user = User(username=name, email=email)  # what a password must not be like
        return super().clean()

    def save(self) -> User | None:
        """None where somebody else took the name a moment ago; the form says so then."""
        self.user.set_password(self.cleaned_data["new_password"])
        try:
            with transaction.atomic():
                self.user.save(force_insert=True)
        except IntegrityError:
            self.add_error("name", _TAKEN)
            return None
        return self.user


class SignInForm(forms.Form):
    name = _name_field(_("Name or e-mail address"), max_length=2 * MAX_LENGTH)
    password = _password_field(_("Password"), "current-password")


class NewPasswordForm(_NewPassword):
    """After a letter: the old one is forgotten."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def save(self) -> None:
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])


class ChangePasswordForm(NewPasswordForm):
    password = _password_field(_("Your password until now"), "current-password")
    field_order = ("password", "new_password", "again")


class EmailForm(forms.Form):
    email = _email_field()
    password = _password_field(_("Your password"), "current-password")


class ConfirmForm(forms.Form):
    """Before an account is deleted."""

    password = _password_field(_("Your password"), "current-password")


class LetterForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages=UNSEEN,
    )
