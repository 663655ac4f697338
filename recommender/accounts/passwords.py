"""Whether somebody who is signed in knows the password of the account, before what cannot be undone."""

from django.contrib.auth.models import User

from recommender.accounts import throttle


class TooManyTries(Exception):
    """No further try is looked at yet."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def is_right(user: User, password: str) -> bool:
    """Counts the try. Raises TooManyTries."""
    key = throttle.of_session(user.get_username())
    if seconds := throttle.take(key):
        raise TooManyTries(seconds)
    if not user.check_password(password):
        return False
    throttle.start_anew(key)
    return True
