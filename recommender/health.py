"""Is the process alive, and can it answer searches? Redis and workers are not asked: search needs neither."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recommender import serving


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when a search would be answered and logged, else 503 with what is not ready and why.

    An alarm while an older version goes on serving is named, but is no reason to turn people away.
    """
    not_ready = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        not_ready["database"] = (str(error).strip() or type(error).__name__).splitlines()[0]
    version = n_titles = None
    try:
        snapshot = serving.current()
        version, n_titles = snapshot.version, len(snapshot.index)
    except serving.NotReady as error:
        not_ready["model"] = str(error)
    if n_titles == 0:
        not_ready["catalogue"] = "no titles are imported; run: manage.py import_titles"
    answer = {
        "status": "not ready" if not_ready else "ready",
        "not_ready": not_ready,
        "alarm": serving.alarm(),
        "model_version": version,
        "titles": n_titles,
    }
    return JsonResponse(answer, status=503 if not_ready else 200)
