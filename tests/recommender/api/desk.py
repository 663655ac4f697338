"""Members of staff at the API, with what they may."""

import json
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client

from recommender.accounts import keys


def member(name: str, *permissions: str) -> User:
    """permissions: such as catalog.view_title."""
    user = User.objects.create_user(name, password="violet lantern orbit", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def desk(name: str, *permissions: str) -> Client:
    """Signed in."""
    client = Client()
    client.force_login(member(name, *permissions))
    return client


def by_key(user: User, *scopes: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {keys.create(user, 'script', scopes).secret}"})


def send(client: Client, method: str, url: str, body: Any = None) -> Any:
    """body: sent as JSON; None for an empty one."""
    text = "" if body is None else json.dumps(body)
    return getattr(client, method)(url, text, content_type="application/json")
