"""Many rows of a table put in by one statement, so that what a trigger does for a statement is done once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection, connections, models
from psycopg import sql

MANY = 200  # rows from which the temporary table is worth its making
_TURN = "put_in_turn"
_Row = TypeVar("_Row", bound=models.Model)


def put_in(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Insert objects of one model as `bulk_create` does, inside a command, and give them the keys they got.

    They go through COPY into a temporary table that ends with the transaction: Django spends ten times as long on the
    text of its statements, and PostgreSQL refuses COPY into a table behind the wall.
    """
    if len(rows) < MANY:
        return type(rows[0])._default_manager.bulk_create(rows) if rows else rows
    fields = [each for each in rows[0]._meta.concrete_fields if rows[0].pk is not None or not each.primary_key]
    key = rows[0]._meta.pk
    named = {
        "table": sql.Identifier(rows[0]._meta.db_table),
        "columns": sql.SQL(", ").join(sql.Identifier(each.column) for each in fields),
        "turn": sql.Identifier(_TURN),
        "key": sql.Identifier(key.column),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_STAGE).format(**named))
        with cursor.copy("COPY put_in FROM STDIN") as copy:
            for line in _lines(rows, fields):
                copy.write_row(line)
        cursor.execute(sql.SQL(_INSERT).format(**named))
        for row, (made,) in zip(rows, cursor.fetchall(), strict=True):
            setattr(row, key.attname, made)
            row._state.adding, row._state.db = False, connection.alias
        cursor.execute("DROP TABLE pg_temp.put_in")  # at once: the next may come as another role
    return rows


def _lines(rows: Sequence[models.Model], fields: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    own = connections[connection.alias]  # asked once: which connection is this thread's is no question for every cell
    for turn, row in enumerate(rows):
        yield turn, *[each.get_db_prep_save(each.pre_save(row, True), own) for each in fields]


_STAGE = "CREATE TEMP TABLE put_in ON COMMIT DROP AS SELECT 0::bigint AS {turn}, {columns} FROM {table} WITH NO DATA"
_INSERT = "INSERT INTO {table} ({columns}) SELECT {columns} FROM pg_temp.put_in ORDER BY {turn} RETURNING {key}"
