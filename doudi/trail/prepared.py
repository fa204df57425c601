"""Statements prepared once a connection: what is asked many times of a few rows is longer planned than read.

They pass by Django's cursor, which writes values into the text; the connection, its transaction and its role are its.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import connection


class Told(NamedTuple):
    """The rows, and how many rows were touched."""

    rows: list[tuple[Any, ...]]
    touched: int


def ask(query: str, params: Mapping[str, Any] | Sequence[Any]) -> Told:
    """Execute in the transaction under way. Give every parameter a type (`%(ids)s::bigint[]`).

    Raises what Django's cursor raises (django.db.DatabaseError and its kin).
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query.encode(), params, prepare=True)
        return Told(cursor.fetchall() if cursor.description else [], cursor.rowcount)
