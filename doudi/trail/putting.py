"""Many rows of a table put in by one statement, so that what a trigger does for a statement is done once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, connections, models
from psycopg import sql

from doudi.trail import prepared

FEW = 8  # rows that are put in one by one
MANY = 200  # rows from which the temporary table is worth its making
_TURN = "put_in_turn"
_Row = TypeVar("_Row", bound=models.Model)


def put_in(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Insert objects of one model as `bulk_create` does, inside a command, and give them the keys they got.

    Many go through COPY into a temporary table that ends with the transaction: Django spends ten times as long on the
    text of its statements, and PostgreSQL refuses COPY into a table behind the wall. A few go one by one, by a
    statement that is written and planned once.
    """
    if len(rows) <= FEW:
        return _put_few(rows)
    if len(rows) < MANY:
        return type(rows[0])._default_manager.bulk_create(rows)
    fields = _fields(rows[0])
    named = {
        "table": sql.Identifier(rows[0]._meta.db_table),
        "columns": sql.SQL(", ").join(sql.Identifier(each.column) for each in fields),
        "turn": sql.Identifier(_TURN),
        "key": sql.Identifier(rows[0]._meta.pk.column),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_STAGE).format(**named))
        with cursor.copy("COPY put_in FROM STDIN") as copy:
            for line in _lines(rows, fields):
                copy.write_row(line)
        cursor.execute(sql.SQL(_INSERT).format(**named))
        for row, (made,) in zip(rows, cursor.fetchall(), strict=True):
            _note_key(row, made)
        cursor.execute("DROP TABLE pg_temp.put_in")  # at once: the next may come as another role
    return rows


def _put_few(rows: Sequence[_Row]) -> Sequence[_Row]:
    own = connections[connection.alias]
    for row in rows:
        fields = _fields(row)
        text = _text(row._meta.db_table, row._meta.pk.column, tuple(each.column for each in fields))
        values = [each.get_db_prep_save(each.pre_save(row, True), own) for each in fields]
        _note_key(row, prepared.ask(text, values).rows[0][0])
    return rows


def _fields(row: models.Model) -> list[Any]:
    return [each for each in row._meta.concrete_fields if row.pk is not None or not each.primary_key]


def _note_key(row: models.Model, made: Any) -> None:
    setattr(row, row._meta.pk.attname, made)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _text(table: str, key: str, columns: tuple[str, ...]) -> str:
    names, marks = ", ".join(f'"{each}"' for each in columns), ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING "{key}"'


def _lines(rows: Sequence[models.Model], fields: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    own = connections[connection.alias]  # asked once: which connection is this thread's is no question for every cell
    for turn, row in enumerate(rows):
        yield turn, *[each.get_db_prep_save(each.pre_save(row, True), own) for each in fields]


_STAGE = "CREATE TEMP TABLE put_in ON COMMIT DROP AS SELECT 0::bigint AS {turn}, {columns} FROM {table} WITH NO DATA"
_INSERT = "INSERT INTO {table} ({columns}) SELECT {columns} FROM pg_temp.put_in ORDER BY {turn} RETURNING {key}"
