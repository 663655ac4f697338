"""Web sessions in the database that know their account, so that deleting it ends them everywhere.

After "Extending database-backed session engines" of Django's documentation.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from recommender.models import Visit


class SessionStore(DatabaseSessions):
    @classmethod
    def get_model_class(cls) -> type[Visit]:
        return Visit

    def create_model_instance(self, data: dict[str, Any]) -> Visit:
        visit = super().create_model_instance(data)
        assert isinstance(visit, Visit), "as get_model_class says"
        visit.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return visit
