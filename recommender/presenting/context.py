"""What every page may say about the version behind it."""

from django.http import HttpRequest

from recommender import serving


def serving_version(_request: HttpRequest) -> dict[str, object]:
    """`serving`: the checkpoint this process answers with; asked for only where a template does, without a query."""
    return {"serving": serving.checkpoint}
