"""A walk over every column of every table, for what must not be there."""

from collections.abc import Iterable

from django.db import connection


def tables() -> dict[str, list[tuple[str, str]]]:
    """Table → (column, type) of everything that the database keeps of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')"
            " ORDER BY c.table_name, c.ordinal_position"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in cursor.fetchall():
            found.setdefault(table, []).append((column, kind))
        return found


def where(texts: Iterable[str]) -> set[str]:
    """table.column wherever one of the texts stands, whatever the case; bytes are searched for its UTF-8."""
    wanted = list(texts)
    patterns = ["%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for text in wanted]
    hits = set()
    with connection.cursor() as cursor:
        for table, columns in tables().items():
            for column, kind in columns:
                if kind == "bytea":
                    for text in wanted:
                        cursor.execute(
                            f'SELECT 1 FROM "{table}" WHERE position(%s::bytea in "{column}") > 0 LIMIT 1',
                            [text.encode()],
                        )
                        hits |= {f"{table}.{column}"} if cursor.fetchone() else set()
                else:
                    cursor.execute(
                        f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s) LIMIT 1', [patterns]
                    )
                    hits |= {f"{table}.{column}"} if cursor.fetchone() else set()
    return hits


def references_to_user(user_id: int) -> set[str]:
    """table.column of every foreign key to accounts that holds this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'auth_user'::regclass"
        )
        keys = cursor.fetchall()
        hits = set()
        for table, column in keys:
            cursor.execute(f'SELECT 1 FROM {table} WHERE "{column}" = %s LIMIT 1', [user_id])
            hits |= {f"{table}.{column}"} if cursor.fetchone() else set()
    return hits
