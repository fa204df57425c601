"""The latest snapshots' tables, held in memory by hash, so that a second question about a county costs no reading."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

import duckdb

_HELD_AT_MOST = 2
_held: OrderedDict[str, duckdb.DuckDBPyConnection] = OrderedDict()
_lock, _keeping = threading.Lock(), threading.Lock()
_columns: WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, list[str]]] = WeakKeyDictionary()


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB of our own: in memory, reaching no network and loading no extension."""
    return duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def hold(snapshot_hash: str, paths: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """A cursor on a database that holds the snapshot's tables, each under its own name; read once a process."""
    with _lock:
        if snapshot_hash not in _held:
            _held[snapshot_hash] = read(paths)
            while len(_held) > _HELD_AT_MOST:
                _held.popitem(last=False)
        _held.move_to_end(snapshot_hash)
        return _held[snapshot_hash].cursor()


def keep(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> str:
    """A table, made of a query by whoever asks first, in the database a cursor is on; answers its name, quoted.

    Only for what never changes while the snapshot does not: it goes when the snapshot's tables are let go of.
    """
    with _keeping:
        connection.execute(f'CREATE TABLE IF NOT EXISTS "{name}" AS {query}')
    return f'"{name}"'


def read(paths: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """A database of our own with the tables of these files."""
    connection = connect()
    for name, path in sorted(paths.items()):
        connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?)', [str(path)])
    return connection


def forget() -> None:
    """Let go of every held table (a home was closed or replaced)."""
    with _lock:
        _held.clear()


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The column names of a table held, in order; empty when there is no such table. Asked once a connection."""
    known = _columns.setdefault(connection, {})
    if table not in known:
        try:
            described = connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description
            known[table] = [str(column[0]) for column in described]
        except duckdb.CatalogException:
            known[table] = []
    return known[table]
