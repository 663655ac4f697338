"""What every page may say about the version behind it."""

from django.db import DatabaseError
from django.http import HttpRequest

from recommender import serving
from recommender.models import Checkpoint


def serving_version(_request: HttpRequest) -> dict[str, object]:
    """`serving`: the checkpoint this process answers with; looked up only where a template asks."""

    def lookup() -> Checkpoint | None:
        try:
            version = serving.current().version
        except serving.NotReady:
            return None
        try:
            return Checkpoint.objects.filter(version=version).only("version", "promoted", "window").first()
        except DatabaseError:
            return None  # a page whose content is there must not fail at its last line

    return {"serving": lookup}
