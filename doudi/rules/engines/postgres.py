"""PostgreSQL: how it says things, and running a compiled query on a connection."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pyarrow as pa
from pyarrow import csv, parquet
from sqlglot import exp

from doudi.rules.engines.sql_dialect import Dialect
from doudi.rules.engines.sql_program import SqlProgram
from doudi.rules.engines.sql_words import Sql, between, call, case, cast, every, number, op, quoted, tight
from doudi.rules.types import INT_MAX, INT_MIN


class PostgresDialect(Dialect):
    """Reckons wide in NUMERIC; has no TRY."""

    name = "postgres"
    wide = "DECIMAL"
    fences = True

    def fit(self, wide: Sql) -> Sql:
        """Without TRY_CAST: tested, then cast."""
        return case((between(wide, INT_MIN, INT_MAX), cast(wide, "BIGINT")))

    def guarded(self, kind: type[exp.Binary], left: Sql, right: Sql) -> Sql:
        """Without TRY: reckoned in NUMERIC and fitted."""
        return self.fit(exp.Paren(this=op(kind, self.widen(left), self.widen(right))))

    def add_up(self, first: Sql, terms: Sequence[tuple[str, Sql]]) -> Sql:
        """The partial sums are tested together."""
        sums = [self.widen(first)]
        for sign, term in terms:
            kind = exp.Add if sign == "+" else exp.Sub
            sums.append(kind(this=sums[-1], expression=tight(self.widen(term))))
        fits = [between(partial, INT_MIN, INT_MAX) for partial in sums[1:]]
        return case((every(*fits), cast(sums[-1], "BIGINT")))

    def truth_number(self, node: Sql, of: str = "INT") -> Sql:
        """PostgreSQL casts a truth to INT only."""
        number_of = cast(node, "INT")  # PostgreSQL casts a truth to no other number
        return number_of if of == "INT" else cast(number_of, of)

    def scale_down(self, product: Sql) -> Sql:
        """NUMERIC multiplies exactly."""
        return self.fit(exp.Floor(this=op(exp.Mul, product, exp.Literal.number("0.0001"))))

    def cut(self, left: Sql, right: Sql) -> Sql:
        """`/` of two BIGINTs cuts."""
        return exp.Div(this=tight(left), expression=tight(right), typed=True)

    def ordered(self, node: Sql) -> Sql:
        """Under the C collation, whatever the database's."""
        return exp.Paren(this=exp.Collate(this=exp.Paren(this=node), expression=quoted("C")))

    def test(self, kind: str, node: Sql, part: Sql) -> Sql:
        """No function of its own for endings and parts."""
        if kind == "startsWith":
            return call("STARTS_WITH", node, part)
        if kind == "endsWith":
            return op(exp.EQ, call("RIGHT", node, call("LENGTH", part)), part)
        return op(exp.GT, call("STRPOS", node, part), number(0))

    def shift_months(self, node: Sql, months: Sql) -> Sql:
        """An interval of months clamps to the month's last day."""
        return cast(op(exp.Add, node, call("MAKE_INTERVAL", number(0), months)), "DATE")


DIALECT = PostgresDialect()


Table: TypeAlias = Path | str | pa.Table
FEW = 1000  # rows of which PostgreSQL needs no statistics
_ARROW = {16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 25: pa.string(), 1082: pa.date32()}
_NAMES = {
    pa.bool_(): "boolean",
    pa.int8(): "smallint",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.string(): "text",
    pa.large_string(): "text",
    pa.date32(): "date",
}


class Engine:
    """Runs programs on a psycopg connection, over temporary tables that last until `forget`."""

    name = "postgres"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.loaded: set[str] = set()

    def load(self, tables: Mapping[str, Table]) -> None:
        """Copy the tables into temporary tables of the same names: Parquet files or Arrow tables."""
        for name, table in tables.items():
            whole = _plain(table if isinstance(table, pa.Table) else parquet.read_table(table))
            self._create(name, whole.schema)
            if whole.num_rows:
                self._copy(name, whole)
            if whole.num_rows > FEW:
                self._execute(f'ANALYZE pg_temp."{name}"')

    def _create(self, name: str, schema: pa.Schema) -> None:
        if name in self.loaded:
            self._execute(f'DROP TABLE pg_temp."{name}"')
        columns = ", ".join(f'"{field.name}" {_NAMES[field.type]}' for field in schema)
        self._execute(f'CREATE TEMPORARY TABLE "{name}" ({columns})')
        self.loaded.add(name)

    def _copy(self, name: str, table: pa.Table) -> None:
        buffer = io.BytesIO()
        csv.write_csv(table, buffer, csv.WriteOptions(include_header=False))
        with self.connection.cursor() as cursor, cursor.copy(f'COPY pg_temp."{name}" FROM STDIN (FORMAT csv)') as copy:
            copy.write(buffer.getbuffer())

    def _execute(self, text: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(text)  # type: ignore[call-overload]

    def run(self, program: SqlProgram, tables: Mapping[str, Table] | None = None) -> pa.Table:
        """The program's columns, in any order of rows. Tables given are loaded for this run alone."""
        if tables is None:
            return self._fetch(program.text)
        self.load({name: table for name, table in tables.items() if name in program.tables})
        try:
            return self._fetch(program.text)
        finally:
            self.forget()

    def _fetch(self, text: str) -> pa.Table:
        with self.connection.cursor() as cursor:
            cursor.execute(text, prepare=False)  # type: ignore[call-overload]
            described = cursor.description or []
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(described)
        arrays = [pa.array(values, _ARROW[column.type_code]) for column, values in zip(described, columns, strict=True)]
        return pa.table(arrays, names=[column.name for column in described])

    def forget(self) -> None:
        """Drop the temporary tables."""
        for name in sorted(self.loaded):
            self._execute(f'DROP TABLE IF EXISTS pg_temp."{name}"')
        self.loaded.clear()


def _plain(table: pa.Table) -> pa.Table:
    """The table without dictionaries, which `COPY` knows nothing of."""
    listed = pa.types.is_dictionary
    fields = [each.with_type(each.type.value_type) if listed(each.type) else each for each in table.schema]
    return table.cast(pa.schema(fields))
