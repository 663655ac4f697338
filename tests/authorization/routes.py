"""Every address of the site, as the resolver knows it."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P(<\w+>)[^)]*\)")


def routes() -> list[str]:
    """Patterns with their parameters as <name>, each once, in the order they are tried."""
    return list(dict.fromkeys(_walk(get_resolver(), "")))


def filled(route: str, values: dict[str, str]) -> str:
    """An address of the route. Raises KeyError for a parameter of which there is no example."""
    return "/" + _PARAMETER.sub(lambda found: values[found[1]], route)


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = _GROUP.sub(r"\1", str(pattern.pattern)).replace("^", "").replace("$", "")
        path = before + _PARAMETER.sub(r"<\1>", path)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from _walk(pattern, path)
