"""The letter with a link to choose a new password. Whether an address has an account is never told."""

import logging
import threading

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from recommender.accounts import throttle

logger = logging.getLogger(__name__)


def has_a_mail_server() -> bool:
    return bool(settings.EMAIL_HOST)


def send(address: str, request: HttpRequest) -> None:
    """One letter for each account with this address, to where the account has it. A few an hour, and no more."""
    if throttle.take(throttle.of_letter(address), free=throttle.FREE_LETTERS, first=throttle.FORGOTTEN_AFTER):
        return
    for user in User.objects.filter(email__iexact=address, is_active=True).order_by("pk")[:3]:
        path = reverse("password-new", args=[_packed(user), default_token_generator.make_token(user)])
        context = {
            "name": user.get_username(),
            "address": request.build_absolute_uri(path),
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        }
        text = render_to_string("recommender/account/letter.txt", context)
        letter = EmailMessage(_("A new password for Marquee"), text, to=[user.email])
        if has_a_mail_server():
            threading.Thread(target=_post, args=[letter], name="letter").start()
        else:
            _post(letter)


def reader(packed: str, token: str) -> User | None:
    """Whose letter it is; None if it was used, is too old, or is not ours."""
    try:
        user = User.objects.get(pk=int(force_str(urlsafe_base64_decode(packed))), is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    return user if default_token_generator.check_token(user, token) else None


def _post(letter: EmailMessage) -> None:
    """Away from the request where it takes time: how long an answer took would say whether there is an account."""
    try:
        letter.send()
    except OSError as error:  # of which those of SMTP are
        logger.error("a letter could not be sent: %s", type(error).__name__)


def _packed(user: User) -> str:
    return urlsafe_base64_encode(force_bytes(user.pk))
