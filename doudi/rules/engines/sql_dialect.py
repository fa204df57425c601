"""How an engine says things: the base is DuckDB's, `postgres` and `spark` override what they say differently.

Every method takes and gives SQL whose value is NULL where an operand is NULL. Numbers are BIGINT at every boundary; a
result outside 64 bits is NULL and never an exception. Operands that would fail are made NULL inside the operator: an
optimiser that computes common parts ahead of a CASE (Spark's does) must find nothing there that can fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from sqlglot import exp

from doudi.rules.engines.sql_words import Sql, between, call, case, cast, every, number, op, text, tight
from doudi.rules.types import DECIMAL_UNIT, INT_MIN

FIRST_DAY, DAYS = "0001-01-01", 3_652_058  # the calendar: day 0, and the number of the last day, 9999-12-31
FIRST_MONTH, LAST_MONTH = 12, 9999 * 12 + 11  # year * 12 + month - 1


class Dialect:
    """How one engine says things. `wide` is a type that holds the product of two BIGINTs."""

    name = "duckdb"
    wide = "INT128"
    fences = False  # whether a common table expression must be materialised lest its expressions be copied
    keeps = True  # whether it can be
    types = {"text": "TEXT", "code": "TEXT", "bool": "BOOLEAN", "date": "DATE"}

    def type_of(self, name: str) -> str:
        """The SQL type of a type of the language."""
        return self.types.get(name, "BIGINT")

    # -- numbers

    def widen(self, node: Sql) -> Sql:
        """The number where no sum or product of two can overflow."""
        return cast(node, self.wide)

    def widest(self, node: Sql) -> Sql:
        """The number where no sum of sums can overflow."""
        return self.widen(node)

    def fit(self, wide: Sql) -> Sql:
        """A wide number as BIGINT, NULL when it does not fit."""
        return exp.TryCast(this=wide, to=exp.DataType(this=exp.DataType.Type.BIGINT), safe=True)

    def add(self, left: Sql, right: Sql) -> Sql:
        """`left + right`."""
        return self.guarded(exp.Add, left, right)

    def subtract(self, left: Sql, right: Sql) -> Sql:
        """`left - right`."""
        return self.guarded(exp.Sub, left, right)

    def add_up(self, first: Sql, terms: Sequence[tuple[str, Sql]]) -> Sql:
        """`first + a - b` ..., NULL when any partial sum overflows."""
        for sign, term in terms:
            first = self.add(first, term) if sign == "+" else self.subtract(first, term)
        return first

    def multiply(self, left: Sql, right: Sql) -> Sql:
        """`left * right`."""
        return self.guarded(exp.Mul, left, right)

    def guarded(self, kind: type[exp.Binary], left: Sql, right: Sql) -> Sql:
        """The operation in 64 bits, NULL instead of an overflow."""
        return exp.Try(this=op(kind, left, right))

    def scale_down(self, product: Sql) -> Sql:
        """A wide product of two scaled numbers divided by the scale, rounded down; NULL when it does not fit."""
        shift = exp.Paren(
            this=op(exp.Mod, exp.Paren(this=op(exp.Add, op(exp.Mod, product, self.unit()), self.unit())), self.unit())
        )
        quotient = exp.IntDiv(this=exp.Paren(this=op(exp.Sub, product, shift)), expression=self.unit())
        return self.fit(quotient)

    def unit(self) -> Sql:
        """The scale of a decimal."""
        return self.widen(number(DECIMAL_UNIT))

    def harmless(self, divisor: Sql) -> Sql:
        """The divisor, NULL where dividing by it could fail: 0, and -1, which `divide` and `remainder` see to."""
        not_zero = exp.Nullif(this=divisor, expression=number(0))
        return exp.Nullif(this=not_zero, expression=number(-1))

    def cut(self, left: Sql, right: Sql) -> Sql:
        """`left / right` cut towards zero, of a harmless divisor."""
        return exp.IntDiv(this=tight(left), expression=tight(right))

    def cut_down(self, left: Sql, right: Sql) -> Sql:
        """`left / right` rounded down, of a harmless divisor."""
        uneven = op(exp.NEQ, op(exp.Mod, left, right), number(0))
        crossed = op(exp.NEQ, op(exp.LT, left, number(0)), op(exp.LT, right, number(0)))
        one_less = self.subtract(self.cut(left, right), cast(number(1), "BIGINT"))
        return case((every(uneven, crossed), one_less), otherwise=self.cut(left, right))

    def divide(self, left: Sql, right: Sql) -> Sql:
        """`left / right` cut towards zero, NULL where that cannot be."""
        return self._by_minus_one(left, right, self.cut(left, self.harmless(right)))

    def divide_down(self, left: Sql, right: Sql) -> Sql:
        """`left / right` rounded down, NULL where that cannot be."""
        return self._by_minus_one(left, right, self.cut_down(left, self.harmless(right)))

    def _by_minus_one(self, left: Sql, right: Sql, otherwise: Sql) -> Sql:
        turned = self.subtract(cast(number(0), "BIGINT"), left)
        return case((op(exp.EQ, right, number(-1)), turned), otherwise=otherwise)

    def remainder(self, left: Sql, right: Sql) -> Sql:
        """`left % right` with the sign of left, NULL where the quotient cannot be."""
        nothing_left = case((op(exp.GT, left, number(INT_MIN)), cast(number(0), "BIGINT")))
        rest = op(exp.Mod, left, self.harmless(right))
        return case((op(exp.EQ, right, number(-1)), nothing_left), otherwise=rest)

    def sum(self, node: Sql) -> Sql:
        """The wide sum of a BIGINT over the rows of a group."""
        return exp.Sum(this=node)

    def truth_number(self, node: Sql, of: str = "INT") -> Sql:
        """A truth as 0 or 1."""
        return cast(node, of)

    # -- text

    def ordered(self, node: Sql) -> Sql:
        """Text that compares by code point."""
        return node

    def length(self, node: Sql) -> Sql:
        """Code points."""
        return cast(exp.Length(this=node), "BIGINT")

    def text(self, value: str) -> Sql:
        """A text literal, whatever characters it has."""
        return text(value)

    def test(self, kind: str, node: Sql, part: Sql) -> Sql:
        """The node startsWith / endsWith / contains part."""
        names = {"startsWith": "STARTS_WITH", "endsWith": "SUFFIX", "contains": "CONTAINS"}
        return call(names[kind], node, part)

    # -- dates

    def day_number(self, node: Sql) -> Sql:
        """Days since 0001-01-01."""
        return self.days_between(node, cast(text(FIRST_DAY), "DATE"))

    def days_between(self, until: Sql, start: Sql) -> Sql:
        """Until - start."""
        return cast(op(exp.Sub, until, start), "BIGINT")

    def part(self, name: str, node: Sql) -> Sql:
        """The year, month or day of a date."""
        return cast(exp.Extract(this=exp.var(name.upper()), expression=node), "BIGINT")

    def add_days(self, node: Sql, days: Sql) -> Sql:
        """The day so many days later, NULL outside the calendar."""
        near = case((between(days, -DAYS, DAYS), days))
        there = between(op(exp.Add, self.day_number(node), near), 0, DAYS)
        return case((there, self.shift_days(node, cast(near, "INT"))))

    def shift_days(self, node: Sql, days: Sql) -> Sql:
        """The node + days, both small enough."""
        return op(exp.Add, node, days)

    def add_months(self, node: Sql, months: Sql) -> Sql:
        """The same day so many months later, clamped to the month's last day; NULL outside the calendar."""
        near = case((between(months, -LAST_MONTH, LAST_MONTH), months))
        count = op(exp.Add, op(exp.Mul, self.part("year", node), number(12)), self.part("month", node))
        there = between(op(exp.Add, count, near), FIRST_MONTH + 1, LAST_MONTH + 1)
        return case((there, self.shift_months(node, cast(near, "INT"))))

    def shift_months(self, node: Sql, months: Sql) -> Sql:
        """The node + months, both small enough."""
        return cast(op(exp.Add, node, call("TO_MONTHS", months)), "DATE")

    # -- the rest

    def lot(self, seed: str, identity: Sql) -> Sql:
        """The published lot of a subject: md5 of seed:id, as hexadecimal text."""
        said = op(exp.DPipe, text(f"{seed}:"), cast(identity, "TEXT"))
        return self.ordered(exp.MD5(this=said))

    def generate(self, query: Sql) -> str:
        """The query as this engine reads it, laid out for a person."""
        return query.sql(dialect=self.name, pretty=True)


def dialect_of(name: str) -> Dialect:
    """The dialect of an engine: duckdb, postgres or spark."""
    module = import_module(f"doudi.rules.engines.{name}")
    return module.DIALECT  # type: ignore[no-any-return]
