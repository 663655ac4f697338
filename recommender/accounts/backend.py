"""Signing in by name or by e-mail address, whatever the case of the letters."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from recommender.accounts.names import named

MOST_TRIED = 3  # accounts of one address: nobody proved that it is theirs, so it may stand in several


class ByNameOrEmail(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> User | None:
        """A name nobody has costs as much time as a wrong password."""
        if username is None or password is None:
            return None
        found = named(username)[:MOST_TRIED]
        for user in found:
            if user.check_password(password) and self.user_can_authenticate(user):
                return user
        if not found:
            User().set_password(password)
        return None
