"""Staged rows to the catalogue, in sets: only rows that differ are written, and those are remembered.

A field that the file does not have is not compared, so it stays as stored. Titles that the file
does not name are left alone. Everything here runs inside the importer's transaction.
"""

from collections.abc import Callable, Iterable

from django.db.backends.utils import CursorWrapper

from catalog.importing.report import ImportReport
from catalog.importing.title_fields import FIELDS
from catalog.models import Title

# Every statement is made of names from our own table of fields, never of the file's words.
# ruff: noqa: S608


def apply(cursor: CursorWrapper, fields: Iterable[str], report: ImportReport, on_step: Callable[[str], None]) -> None:
    """Bring the catalogue up to the staged rows, for `fields` only; counts new, changed, unchanged."""
    present = set(fields)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.touched")
    cursor.execute("CREATE TEMP TABLE touched (title_id bigint PRIMARY KEY, is_new boolean NOT NULL) ON COMMIT DROP")
    on_step("titles")
    _apply_titles(cursor, present)
    if "genres" in present:
        on_step("genres")
        _apply_genres(cursor)
    if "aliases" in present:
        on_step("aliases")
        _apply_aliases(cursor)
    if people := [name for name in FIELDS if name in present and FIELDS[name].role]:
        on_step("people")
        _apply_credits(cursor, people)

    cursor.execute("SELECT title_id, is_new FROM touched")
    touched = cursor.fetchall()
    on_step("content hashes")
    if touched:
        _analyze(cursor, "catalog_title", "catalog_genre", "catalog_title_genres", "catalog_person", "catalog_credit")
    Title.objects.filter(pk__in=[title_id for title_id, _ in touched]).refresh_content_hashes()
    cursor.execute("SELECT count(*) FROM staged")
    (n_staged,) = cursor.fetchone()
    report.new = sum(is_new for _, is_new in touched)
    report.changed = len(touched) - report.new
    report.unchanged = n_staged - len(touched)


def _apply_titles(cursor: CursorWrapper, present: set[str]) -> None:
    columns = [name for name, field in FIELDS.items() if field.is_column]
    _set_aside(
        cursor,
        "missing_title",
        """SELECT * FROM staged s
           WHERE NOT EXISTS (SELECT FROM catalog_title t WHERE t.external_id = s.external_id)""",
    )
    cursor.execute(f"""
        WITH added AS (
            INSERT INTO catalog_title ({_list(columns)}, is_published, content_hash)
            SELECT {_list(columns)}, true, '' FROM missing_title ORDER BY line
            RETURNING id
        ) INSERT INTO touched SELECT id, true FROM added
    """)
    if cursor.rowcount:
        _analyze(cursor, "catalog_title")
    own = [name for name in columns if name in present and name != "external_id"]
    cursor.execute(f"""
        WITH changed AS (
            UPDATE catalog_title t SET {", ".join(f'"{name}" = s."{name}"' for name in own)}
            FROM staged s
            WHERE t.external_id = s.external_id
              AND ROW({_list(own, "t.")}) IS DISTINCT FROM ROW({_list(own, "s.")})
            RETURNING t.id
        ) INSERT INTO touched SELECT id, false FROM changed
    """)
    _set_aside(
        cursor,
        "wanted_title",
        "SELECT t.id AS title_id, s.* FROM staged s JOIN catalog_title t USING (external_id)",
    )


def _apply_genres(cursor: CursorWrapper) -> None:
    _add_names(cursor, "catalog_genre", "SELECT unnest(genres) AS name FROM wanted_title")
    _set_aside(
        cursor,
        "wanted_genre",
        """SELECT title_id, g.id AS genre_id
           FROM wanted_title, unnest(genres) AS name JOIN catalog_genre g USING (name)""",
    )
    _make_equal(cursor, "catalog_title_genres", "wanted_genre", keys=["genre_id"])


def _apply_aliases(cursor: CursorWrapper) -> None:
    _set_aside(cursor, "wanted_alias", "SELECT title_id, unnest(aliases) AS name FROM wanted_title")
    _make_equal(cursor, "catalog_titlealias", "wanted_alias", keys=["name"])


def _apply_credits(cursor: CursorWrapper, people: list[str]) -> None:
    named = " UNION ALL ".join(
        f"""SELECT title_id, '{FIELDS[name].role}' AS role, person, place - 1 AS place
            FROM wanted_title, unnest("{name}") WITH ORDINALITY AS listed (person, place)"""
        for name in people
    )
    _add_names(cursor, "catalog_person", f"SELECT person AS name FROM ({named}) AS named")
    _set_aside(
        cursor,
        "wanted_credit",
        f"""SELECT title_id, role, p.id AS person_id, place AS "order"
            FROM ({named}) AS named JOIN catalog_person p ON p.name = person""",
    )
    roles = ", ".join(f"'{FIELDS[name].role}'" for name in people)
    _make_equal(cursor, "catalog_credit", "wanted_credit", keys=["person_id", "role"], value="order",
                scope=f"stored.role IN ({roles})")  # fmt: skip


def _add_names(cursor: CursorWrapper, table: str, names: str) -> None:
    """Rows of a table of unique names; the ones that exist burn no id."""
    cursor.execute(f"""
        INSERT INTO {table} (name)
        SELECT DISTINCT name FROM ({names}) AS wanted
        WHERE NOT EXISTS (SELECT FROM {table} known WHERE known.name = wanted.name)
        ORDER BY name
        ON CONFLICT (name) DO NOTHING
    """)
    if cursor.rowcount:
        _analyze(cursor, table)


def _analyze(cursor: CursorWrapper, *tables: str) -> None:
    """Tell the planner of the rows just written: believing a table empty, it walks it once for every title."""
    cursor.execute(f"ANALYZE {', '.join(tables)}")


def _set_aside(cursor: CursorWrapper, name: str, query: str) -> None:
    """The answer of a query as a temporary table: what is to be written is known before it is written.

    A statement that looks for missing rows while it adds them reads its own additions again and
    again, if the planner took the table for empty.
    """
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}")
    cursor.execute(f"ANALYZE {name}")


def _make_equal(
    cursor: CursorWrapper, table: str, wanted: str, *, keys: list[str], value: str = "", scope: str = "true"
) -> None:
    """Delete, update and insert until `table` holds the wanted rows of every staged title, and touch those.

    keys: what a row is known by within its title. value: a column that may be updated.
    scope: which stored rows the file speaks of at all.
    """
    same = " AND ".join(f'stored."{key}" = wanted."{key}"' for key in ["title_id", *keys])
    columns = ["title_id", *keys, *filter(None, [value])]
    _set_aside(
        cursor,
        "missing",
        f"SELECT * FROM {wanted} wanted WHERE NOT EXISTS (SELECT FROM {table} stored WHERE {same})",
    )
    statements = [
        f"""DELETE FROM {table} stored USING wanted_title
            WHERE stored.title_id = wanted_title.title_id AND {scope}
              AND NOT EXISTS (SELECT FROM {wanted} wanted WHERE {same})
            RETURNING stored.title_id""",
        f"INSERT INTO {table} ({_list(columns)}) SELECT {_list(columns)} FROM missing RETURNING title_id",
    ]
    if value:
        statements.insert(
            1,
            f"""UPDATE {table} stored SET "{value}" = wanted."{value}" FROM {wanted} wanted
                WHERE {same} AND stored."{value}" <> wanted."{value}" RETURNING stored.title_id""",
        )
    for statement in statements:
        cursor.execute(f"""
            WITH moved AS ({statement})
            INSERT INTO touched SELECT DISTINCT title_id, false FROM moved ON CONFLICT DO NOTHING
        """)


def _list(names: list[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)
