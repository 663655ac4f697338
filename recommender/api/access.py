"""Who may call what: every view declares it, and one permission class holds it.

A caller is nobody, somebody signed in, or a key. A key is worth its owner's rights, narrowed to its scopes: it can
never do what its owner may not. What belongs to somebody else looks as if it were not there.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from recommender.models import ApiKey


class Level(Enum):
    EVERYBODY = "everybody"
    THEMSELVES = "themselves"  # somebody signed in, or the browser that carries our cookie
    SIGNED_IN = "signed in"
    STAFF = "staff"


@dataclass(frozen=True)
class Access:
    """What a view asks of its callers.

    area: of `keys.AREAS`; with the deed it names the scope a key must have. views, changes: Django permissions of
    staff, for reading and for writing; adds, deletes: for a POST and a DELETE, where the admin tells them apart.
    posts_read: a POST only asks, its body being too long for an address.
    """

    area: str
    level: Level
    views: str = ""
    changes: str = ""
    adds: str = ""
    deletes: str = ""
    posts_read: bool = False

    def deed(self, method: str) -> str:
        return "read" if method in SAFE_METHODS or (self.posts_read and method == "POST") else "write"

    def scope(self, method: str) -> str:
        return f"{self.area}:{self.deed(method)}"

    def permission(self, method: str) -> str:
        if self.deed(method) == "read":
            return self.views
        return {"POST": self.adds, "DELETE": self.deletes}.get(method) or self.changes


def everybody(area: str, *, posts_read: bool = False) -> Access:
    return Access(area, Level.EVERYBODY, posts_read=posts_read)


def themselves(area: str = "me") -> Access:
    return Access(area, Level.THEMSELVES)


def signed_in(area: str = "me") -> Access:
    return Access(area, Level.SIGNED_IN)


def staff(area: str, *, views: str, changes: str = "") -> Access:
    """changes: for those views that can be written to; without it nobody but a superuser may."""
    return Access(area, Level.STAFF, views, changes or views.replace(".view_", ".change_"))


def staff_rows(area: str, *, views: str) -> Access:
    """Rows that staff add, change and delete, with the permissions that the admin asks for each."""
    adds, changes, deletes = (views.replace(".view_", f".{deed}_") for deed in ("add", "change", "delete"))
    return Access(area, Level.STAFF, views, changes, adds, deletes)


class Declared(BasePermission):
    """Holds a view to its `access`. A view without one answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        access: Access = view.access  # type: ignore[attr-defined]
        method = request.method or "GET"
        if isinstance(request.auth, ApiKey) and access.scope(method) not in request.auth.scopes:
            raise exceptions.PermissionDenied(f"This key lacks the scope {access.scope(method)}.")
        user: Any = request.user
        if access.level is Level.EVERYBODY:
            return True
        if access.level is Level.THEMSELVES:
            return user is not None or view.knows_the_browser(request)  # type: ignore[attr-defined]
        if user is None:
            return False
        if access.level is Level.SIGNED_IN:
            return True
        if not user.is_staff or not user.has_perm(access.permission(method)):
            raise exceptions.PermissionDenied("This is for staff who were given the right to do it.")
        return True
