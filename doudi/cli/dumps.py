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

from doudi.cli import programs
from doudi.values.refusals import Refusal

Rows = dict[str, int]


def dump(settings: dict[str, Any], place: Path) -> Rows:
    """Write the database to `place` as of one moment; answers the rows of every table at that moment."""
    with _connect(settings) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        rows = _count(connection)
        _client("pg_dump", settings, ["--format=custom", "--enable-row-security", f"--snapshot={row[0]}",
                                      f"--file={place}", f"--dbname={settings['NAME']}"])  # fmt: skip
    return rows


def restore(settings: dict[str, Any], place: Path, database: str) -> Rows:
    """Fill the empty `database` from a dump; answers the rows of every table in it."""
    _client("pg_restore", settings, ["--exit-on-error", "--no-owner", "--single-transaction",
                                     f"--dbname={database}", str(place)])  # fmt: skip
    with _connect({**settings, "NAME": database}) as connection:
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
def _connect(settings: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, user=settings["USER"], dbname=settings["NAME"],
        password=settings["PASSWORD"] or None, autocommit=True,
    ) as connection:  # fmt: skip
        yield connection


def _client(name: str, settings: dict[str, Any], words: list[str]) -> None:
    """Run a client program against the server; Refusal with its own words when it fails."""
    where = [f"--host={settings['HOST']}", f"--username={settings['USER']}", "--no-password"]
    if settings["PORT"]:
        where.append(f"--port={settings['PORT']}")
    done = subprocess.run(
        [str(programs.client(name)), *where, *words],
        env={**os.environ, "PGPASSWORD": settings["PASSWORD"]},
        pass_fds=_handed_over(settings["HOST"]),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Refusal(f"{name} 失败:{done.stderr.strip()}", f"{name} failed: {done.stderr.strip()}")


def _handed_over(host: str) -> tuple[int, ...]:
    """The open folder a long home's socket is named by; the program must be given it."""
    number = host.removeprefix("/proc/self/fd/")
    return (int(number),) if number != host else ()
