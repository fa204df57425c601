"""Compiling reckoning: numbers, money, dates."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell, strict
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_values import TEXTS, cause, literal, plain
from doudi.rules.engines.sql_words import Sql, cast, is_null, nothing, number, op
from doudi.rules.nodes import (
    Arithmetic,
    Literal,
    Negate,
    Node,
    Size,
    YearsBetween,
)
from doudi.rules.reckoning import Fault, operation

NUMBERS = ("int", "decimal", "money", "days", "months")
CHAIN = 8  # terms of a sum in one expression
OFTEN = 4  # an operand of more words becomes a column before an operator that reads it many times


def compile_arithmetic(frame: Frame, node: Arithmetic) -> Cell:
    """`left op right`, by the types of both sides."""
    if node.op in "+-" and node.left.type == node.right.type == node.type and node.type.name in NUMBERS:
        return _chained(frame, node)
    left, right = frame.light(node.left, OFTEN), frame.light(node.right, OFTEN)
    kinds = (node.op, node.left.type.name, node.right.type.name)
    if kinds[1] in TEXTS:
        return strict([left, right], op(exp.DPipe, left.value, right.value), weight=1)
    if kinds[1] == "date":
        return _with_date(frame, node, left, right)
    if node.op in "/%":
        return _quotient(frame, kinds, left, right, natural=isinstance(node.right, Size))
    return _checked(left, right, _number(frame, kinds, left.value, right.value), "overflow", weight=4)


def _chained(frame: Frame, node: Arithmetic) -> Cell:
    """`a + b - c`: one cause for the whole chain, where no term but the first can fail itself."""
    terms: list[tuple[str, Cell]] = []
    rest: Node = node
    while isinstance(rest, Arithmetic) and rest.op in "+-" and rest.left.type == rest.right.type == node.type:
        if len(terms) == CHAIN:
            break
        terms.insert(0, (rest.op, frame.light(rest.right)))
        rest = rest.left
    if len(terms) > 1 and any(cell.cause is not None for _, cell in terms):
        rest, terms = node.left, terms[-1:]
    first = frame.light(rest)
    value = frame.dialect.add_up(first.value, [(sign, cell.value) for sign, cell in terms])
    cells = [first, *(cell for _, cell in terms)]
    return strict(cells, value, (is_null(value), cause("overflow")), weight=2 * len(cells))


def _number(frame: Frame, kinds: tuple[str, str, str], left: Sql, right: Sql) -> Sql:
    dialect = frame.dialect
    if kinds[0] == "*" and kinds[2] == "decimal":
        return dialect.scale_down(exp.Paren(this=op(exp.Mul, dialect.widen(left), dialect.widen(right))))
    return {"+": dialect.add, "-": dialect.subtract, "*": dialect.multiply}[kinds[0]](left, right)


def _checked(left: Cell, right: Cell, value: Sql, failure: str, weight: int) -> Cell:
    """An operator whose value is NULL, though both sides are there, only when it failed."""
    return strict([left, right], value, (is_null(value), cause(failure)), weight=weight)


def _quotient(frame: Frame, kinds: tuple[str, str, str], left: Cell, right: Cell, *, natural: bool) -> Cell:
    """A quotient or remainder; `natural` where the divisor is a count."""
    dialect, by_zero = frame.dialect, (op(exp.EQ, right.value, number(0)), cause("division_by_zero"))
    if isinstance(plain(right.value), exp.Literal) and right.value.this.name != "0":
        return strict([left], _by_positive(frame, kinds, left.value, right.value), weight=4)
    if natural:
        divisor = exp.Nullif(this=right.value, expression=number(0))
        return strict([left, right], _by_positive(frame, kinds, left.value, divisor), by_zero, weight=8)
    divide = dialect.remainder if kinds[0] == "%" else dialect.divide
    if kinds[:2] == ("/", "money"):
        divide = dialect.divide_down
    value = divide(left.value, right.value)
    return strict([left, right], value, by_zero, (is_null(value), cause("overflow")), weight=16)


def _by_positive(frame: Frame, kinds: tuple[str, str, str], left: Sql, right: Sql) -> Sql:
    """Divided by what is never negative: this cannot overflow."""
    if kinds[0] == "%":
        return op(exp.Mod, left, right)
    cut = frame.dialect.cut(left, right)
    if kinds[1] != "money":
        return cut
    below = op(exp.LT, op(exp.Mod, left, right), number(0))
    return op(exp.Sub, cut, exp.Case(ifs=[exp.If(this=below, true=number(1))], default=number(0)))


def _with_date(frame: Frame, node: Arithmetic, left: Cell, right: Cell) -> Cell:
    dialect = frame.dialect
    if node.right.type.name == "date":
        return strict([left, right], dialect.days_between(left.value, right.value), weight=2)
    if isinstance(node.left, Literal) and isinstance(node.right, Literal):
        return _day_written_out(frame, node, node.left, node.right)
    span = right.value if node.op == "+" else dialect.subtract(cast(number(0), "BIGINT"), right.value)
    shift = dialect.add_days if node.right.type.name == "days" else dialect.add_months
    return _checked(left, right, shift(left.value, span), "date_range", weight=20)


def _day_written_out(frame: Frame, node: Arithmetic, left: Literal, right: Literal) -> Cell:
    """The usual `as_of - months(6)`, reckoned once."""
    reckon = operation(node.op, left.type.name, right.type.name)
    try:
        return Cell(literal(frame, reckon(left.value, right.value), node.type), known=True)
    except Fault as fault:
        return Cell(nothing("DATE"), cause(fault.cause))


def compile_negate(frame: Frame, node: Negate) -> Cell:
    """`-a`."""
    term = frame.light(node.term)
    value = frame.dialect.subtract(cast(number(0), "BIGINT"), term.value)
    return strict([term], value, (is_null(value), cause("overflow")), weight=4)


def compile_years(frame: Frame, node: YearsBetween) -> Cell:
    """Birthdays passed between two days."""
    start, until = frame.light(node.start), frame.light(node.until)
    years = op(exp.Sub, _year(frame, until.value), _year(frame, start.value))
    early = op(exp.LT, _month_and_day(frame, until.value), _month_and_day(frame, start.value))
    value = op(exp.Sub, years, exp.Case(ifs=[exp.If(this=early, true=number(1))], default=number(0)))
    return strict([start, until], value, weight=20)


def _year(frame: Frame, day: Sql) -> Sql:
    written = date_written(day)
    return cast(number(written.year), "BIGINT") if written else frame.dialect.part("year", day)


def date_written(day: Sql) -> date | None:
    """The day of a date literal."""
    if isinstance(day, exp.Cast) and isinstance(day.this, exp.Literal) and day.this.is_string:
        return date.fromisoformat(day.this.name)
    return None


def _month_and_day(frame: Frame, day: Sql) -> Sql:
    part = frame.dialect.part
    written = date_written(day)
    if written is not None:
        return number(written.month * 100 + written.day)
    return op(exp.Add, op(exp.Mul, part("month", day), number(100)), part("day", day))


Plan.compilers |= {Arithmetic: compile_arithmetic, Negate: compile_negate, YearsBetween: compile_years}
