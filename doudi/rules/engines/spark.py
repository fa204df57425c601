"""Spark: how it says things, and running a compiled query in a local session. PySpark is an optional extra."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from pyarrow import parquet
from sqlglot import exp

from doudi.rules.engines.sql_dialect import Dialect
from doudi.rules.engines.sql_program import SqlProgram
from doudi.rules.engines.sql_words import Sql, between, call, case, cast, number, op
from doudi.rules.types import DECIMAL_UNIT, INT_MAX, INT_MIN


class SparkDialect(Dialect):
    """Reckons wide in DECIMAL(38, 0); its TRY is one function for each operator."""

    name = "spark"
    keeps = False
    _try = {exp.Add: "TRY_ADD", exp.Sub: "TRY_SUBTRACT", exp.Mul: "TRY_MULTIPLY"}

    def widen(self, node: Sql) -> Sql:
        """DECIMAL(19, 0) holds every BIGINT."""
        return _decimal(node, 19)

    def widest(self, node: Sql) -> Sql:
        """DECIMAL(38, 0)."""
        return _decimal(node, 38)

    def guarded(self, kind: type[exp.Binary], left: Sql, right: Sql) -> Sql:
        """TRY_ADD and its like."""
        return call(self._try[kind], left, right)

    def scale_down(self, product: Sql) -> Sql:
        """DECIMAL divides with `div`, cut towards zero; what does not fit is made NULL before."""
        low, high = INT_MIN * DECIMAL_UNIT, INT_MAX * DECIMAL_UNIT + DECIMAL_UNIT - 1
        fitting = case((between(product, low, high), product))
        below = op(exp.LT, op(exp.Mod, fitting, number(DECIMAL_UNIT)), number(0))
        cut = self.cut(fitting, number(DECIMAL_UNIT))
        return case((below, self.subtract(cut, cast(number(1), "BIGINT"))), otherwise=cut)

    def sum(self, node: Sql) -> Sql:
        """The sum of BIGINTs would wrap."""
        return exp.Sum(this=self.widen(node))

    def test(self, kind: str, node: Sql, part: Sql) -> Sql:
        """STARTSWITH, ENDSWITH, CONTAINS."""
        return call(kind.upper(), node, part)

    def days_between(self, until: Sql, start: Sql) -> Sql:
        """DATEDIFF."""
        return cast(call("DATEDIFF", until, start), "BIGINT")

    def shift_days(self, node: Sql, days: Sql) -> Sql:
        """DATE_ADD."""
        return call("DATE_ADD", node, days)

    def shift_months(self, node: Sql, months: Sql) -> Sql:
        """ADD_MONTHS clamps to the month's last day."""
        return call("ADD_MONTHS", node, months)


def _decimal(node: Sql, digits: int) -> Sql:
    size = [exp.DataTypeParam(this=number(digits)), exp.DataTypeParam(this=number(0))]
    return exp.Cast(this=node, to=exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=size))


DIALECT = SparkDialect()

Table: TypeAlias = Path | str | pa.Table
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "ERROR",
}


class Engine:
    """Runs programs in a local Spark session. Raises ImportError where PySpark is not installed."""

    name = "spark"

    def __init__(self, session: Any = None, **settings: str) -> None:
        self.session = session or _open(settings)
        self.folder = tempfile.TemporaryDirectory(prefix="doudi-spark-")
        self.written = 0

    def load(self, tables: Mapping[str, Table]) -> None:
        """Make the tables readable under their names: Parquet files or Arrow tables."""
        for name, table in tables.items():
            source = self._write(table) if isinstance(table, pa.Table) else str(table)
            self.session.read.parquet(source).createOrReplaceTempView(name)

    def _write(self, table: pa.Table) -> str:
        self.written += 1
        path = f"{self.folder.name}/{self.written}.parquet"
        parquet.write_table(table, path)
        return path

    def run(self, program: SqlProgram, tables: Mapping[str, Table] | None = None) -> pa.Table:
        """The program's columns, in any order of rows."""
        if tables:
            self.load({name: table for name, table in tables.items() if name in program.tables})
        return self.session.sql(program.text).toArrow()  # type: ignore[no-any-return]


def _open(settings: Mapping[str, str]) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("doudi")  # type: ignore[attr-defined]
    for name, value in {**_SETTINGS, **settings}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
