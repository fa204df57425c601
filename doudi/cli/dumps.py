"""The database as a file and back: pg_dump and pg_restore from the wheel, as the owner of the tables."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from doudi.cli import databases, programs
from doudi.values.refusals import Refusal

Rows = dict[str, int]


def dump(settings: dict[str, Any], place: Path) -> Rows:
    """Write the database to `place` as of one moment; answers the rows of every table at that moment."""
    with _connect(settings, settings["NAME"]) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        rows = _count(connection)
        words = ["--format=custom", "--enable-row-security", f"--snapshot={row[0]}", f"--file={place}"]
        _client("pg_dump", settings, settings["NAME"], words)
    return rows


def restore(settings: dict[str, Any], place: Path, database: str) -> Rows:
    """Fill the empty `database` from a dump; answers the rows of every table in it."""
    _client("pg_restore", settings, database, ["--exit-on-error", "--no-owner", "--single-transaction", str(place)])
    with _connect(settings, database) as connection:
        return _count(connection)


def _count(connection: psycopg.Connection[Any]) -> Rows:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    rows = {}
    for (table,) in tables:
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        rows[table] = counted[0] if counted else 0
    return rows


@contextmanager
def _connect(settings: dict[str, Any], database: str) -> Iterator[psycopg.Connection[Any]]:
    where = _where(settings, database)
    with psycopg.connect(where, password=settings["PASSWORD"] or None, autocommit=True) as connection:
        yield connection


def _where(settings: dict[str, Any], database: str) -> str:
    """Libpq's words for the server, without the password: they can be read in the list of processes."""
    named = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": database}
    options = {name: value for name, value in settings["OPTIONS"].items() if name not in databases.PREPARED}
    return make_conninfo(**{**options, **{name: value for name, value in named.items() if value}})


def _client(name: str, settings: dict[str, Any], database: str, words: list[str]) -> None:
    """Run a client program against the server; Refusal with its own words when it fails."""
    done = subprocess.run(
        [str(programs.client(name)), f"--dbname={_where(settings, database)}", "--no-password", *words],
        env={**os.environ, "PGPASSWORD": settings["PASSWORD"]},
        pass_fds=_handed_over(settings["HOST"]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"{name} 失败:{done.stderr.strip()}", f"{name} failed: {done.stderr.strip()}")


def _handed_over(host: str) -> tuple[int, ...]:
    """The open folder a long home's socket is named by; the program must be given it."""
    number = host.removeprefix("/proc/self/fd/")
    return (int(number),) if number != host else ()
