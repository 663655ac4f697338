"""Names of accounts: in any script, with spaces, once whatever the case of the letters."""

import unicodedata

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

MAX_LENGTH = 150
_JOINERS = "\u200c\u200d"  # between letters of some scripts they are spelling


def tidied(text: str) -> str:
    """Composed as Unicode recommends for identifiers, with single spaces. Raises ValidationError, in words."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name:
        raise ValidationError(_("Please choose a name."))
    if len(name) > MAX_LENGTH:
        raise ValidationError(_("A name may have up to %(most)s characters.") % {"most": MAX_LENGTH})
    if any(unicodedata.category(sign)[0] == "C" and sign not in _JOINERS for sign in name):
        raise ValidationError(_("This name has signs in it that nobody can see. Please type it anew."))
    return name


def is_taken(name: str) -> bool:
    return User.objects.filter(username__iexact=name).exists()


def named(text: str) -> list[User]:
    """The account of this name, else those of this e-mail address, the oldest first."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if not text or len(text) > 2 * MAX_LENGTH or "\x00" in text:
        return []
    by_name = list(User.objects.filter(username__iexact=text)[:1])
    return by_name or list(User.objects.filter(email__iexact=text).order_by("pk")[:10])


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
