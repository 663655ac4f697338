"""What every view of the API has: a declared access, a budget of calls, and parameters read by name."""

from collections.abc import Collection
from functools import cache
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.contrib.auth import get_user
from django.http import HttpRequest, QueryDict
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.event_log import Visitor
from recommender.answers import filtering
from recommender.api import throttling
from recommender.api.access import Access, Declared, everybody
from recommender.api.authentication import BrowserAuthentication, KeyAuthentication
from recommender.api.serializers import StrictSerializer
from recommender.models import ApiKey
from recommender.visitors import CLIENT_COOKIE, asks_for_privacy, heed, is_robot

MAX_REQUEST_ID = 64


class ApiView(APIView):
    """access: who may call it; there is no default, so that nobody forgets to say."""

    access: ClassVar[Access]
    authentication_classes = [KeyAuthentication, BrowserAuthentication]
    permission_classes = [Declared]
    metadata_class = None  # OPTIONS tells nothing: the OpenAPI document does

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        asked = super().initialize_request(request, *args, **kwargs)
        own = request.headers.get("X-Request-Id", "")[:MAX_REQUEST_ID]
        asked.id = own if own.isascii() and own.isprintable() and own else uuid4().hex  # type: ignore[attr-defined]
        return asked

    @property
    def allowed_methods(self) -> list[str]:
        """For the Allow header: OPTIONS is CORS's, which answers before any view."""
        return [method for method in super().allowed_methods if method != "OPTIONS"]

    def check_throttles(self, request: Request) -> None:
        self.budget = throttling.take(request, self.access.area)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["X-Request-Id"] = getattr(request, "id", "")
        response.headers.setdefault("Cache-Control", "private, no-store")
        if budget := getattr(self, "budget", None):
            response.headers["RateLimit-Limit"] = str(budget.limit)
            response.headers["RateLimit-Remaining"] = str(budget.left)
            response.headers["RateLimit-Reset"] = str(budget.seconds)
        return response

    def knows_the_browser(self, request: Request) -> bool:
        """Whether it carries our cookie, and so has a history of its own."""
        return cookie_of(request, CLIENT_COOKIE) is not None


class NothingHere(ApiView):
    """Addresses below /api/v1/ that are none: a problem document like every other error."""

    access = everybody("search")
    schema = None

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        raise exceptions.NotFound(f"There is nothing at {request.path[:200]}.")


def valid(
    serializer: type[StrictSerializer],
    defaults: dict[str, str],
    parameters: QueryDict,
    *,
    but: Collection[str] = (),
) -> dict[str, Any]:
    """The parameters as the serializer reads them, each once, without those in `but`, which are read elsewhere."""
    names = [name for name in parameters if name not in but]
    read: dict[str, Any] = _reader(serializer).run_validation(defaults | {name: parameters[name] for name in names})
    try:
        filtering.refuse_repeated(parameters, names)
    except filtering.BadFilter as error:
        raise exceptions.ValidationError({error.parameter: [str(error)]}) from error
    return read


@cache
def _reader(serializer: type[StrictSerializer]) -> StrictSerializer:
    """One for all calls: it keeps nothing of what it reads, and making its fields is dearer than reading."""
    return serializer()


def valid_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The body as the serializer reads it; anything but an object is refused in words."""
    if not isinstance(request.data, dict):
        raise exceptions.ValidationError("The body must be a JSON object.")
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    read: dict[str, Any] = body.validated_data
    return read


def no_title(item_id: str) -> str:
    if not item_id.strip():
        return "The id of a title is missing: it is empty."
    return f"No title has the id “{item_id if len(item_id) <= 100 else f'{item_id[:99]}…'}”."


def asking(request: Request, asked: dict[str, Any]) -> Visitor:
    """Who wants an answer, and how they want to be served. A key asks for the `client_id` that it names; a browser
    that is signed in and names none asks for its account.
    """
    client_id, user = asked.get("client_id"), request.user
    is_private = asks_for_privacy(request._request)
    visitor = Visitor(
        client_id,
        asked.get("session_id"),
        user_id=None if client_id or user is None or isinstance(request.auth, ApiKey) else user.pk,
        is_robot=is_robot(request._request),
        may_teach=not is_private,
        personalise=asked.get("personalize", True) and not is_private,
    )
    return heed([visitor])[visitor]


def of_cookies(request: Request) -> Visitor:
    """Whose history is meant, by our own cookies. Preferences are not asked for: what was not to be
    kept is not there.

    Also where the view takes no session: it only reads, or our own pages' beacons cannot carry a token.
    """
    user = get_user(request._request)
    return Visitor(
        cookie_of(request, CLIENT_COOKIE),
        user_id=user.pk,
        is_robot=is_robot(request._request),
        may_teach=not asks_for_privacy(request._request),
    )


def cookie_of(request: Request, name: str) -> UUID | None:
    """Our own pages send beacons without knowing their ids: the cookies do."""
    try:
        return UUID(request.COOKIES.get(name, ""))
    except ValueError:
        return None
