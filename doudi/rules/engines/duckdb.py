"""DuckDB, the default engine: how it says things, and running a compiled query over Parquet files or Arrow tables."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa

from doudi.rules.engines.sql_dialect import Dialect
from doudi.rules.engines.sql_program import SqlProgram

DIALECT = Dialect()
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)
Table: TypeAlias = Path | str | pa.Table


class Engine:
    """Runs programs on a connection of its own, or on one that already holds the tables."""

    name = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None, **settings: str | int) -> None:
        """`settings` are DuckDB's own, for example `memory_limit="4GB"`."""
        no_network = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        self.connection = connection or duckdb.connect(":memory:", config={**no_network, **settings})

    def load(self, tables: Mapping[str, Table]) -> None:
        """Make the tables readable under their names: Parquet files (a path or a glob) or Arrow tables."""
        for name, table in tables.items():
            if isinstance(table, pa.Table):
                self.connection.register(name, table)
            else:
                source = str(table).replace("'", "''")
                self.connection.execute(f"CREATE OR REPLACE VIEW \"{name}\" AS FROM read_parquet('{source}')")

    def run(self, program: SqlProgram, tables: Mapping[str, Table] | None = None) -> pa.Table:
        """The program's columns, in any order of rows. `tables` may hold more than the program reads."""
        if tables:
            self.load({name: table for name, table in tables.items() if name in program.tables})
        # Not `sql()`: its binding writes expressions out and reads them back, and LEAST(x, x) does not survive that.
        reader: pa.RecordBatchReader = self.connection.execute(program.text).to_arrow_reader()
        return reader.read_all()
