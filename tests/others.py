"""Other processes on the database of a test: how they find it, and when its server has seen that they are gone."""

import os
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.waiting import eventually


def environment() -> dict[str, str]:
    """Ours, with which a new process uses the database of this test: it sees what the test has committed."""
    to = connection.settings_dict
    user, host = quote(str(to["USER"]), safe=""), quote(str(to["HOST"]), safe="")
    return os.environ | {
        "DATABASE_URL": f"postgresql://{user}@/{to['NAME']}?host={host}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


def wait_until_gone() -> None:
    """Wait for the transactions of others to end: the server lets go of their locks just after a kill or a close."""
    assert eventually(lambda: _n_transactions() == 0), f"{_n_transactions()} transactions of others are still open"


def _n_transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND xact_start IS NOT NULL"
        )
        return int(cursor.fetchone()[0])
