"""Compiling what has one value: literals, facts, comparing, texts."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell, strict
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_words import Sql, cast, is_null, nothing, number, op, text, truth
from doudi.rules.errors import CAUSES
from doudi.rules.nodes import (
    Compare,
    Derived,
    Fact,
    Known,
    Literal,
    One,
    Parameter,
    Size,
    TextTest,
)
from doudi.rules.types import Type

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
TEXTS = ("text", "code")
LIGHT = 8  # a derived fact of more words becomes a column under its own name


def cause(name: str) -> Sql:
    """The code of a cause, as a literal."""
    return number(CAUSES[name])


# -- what is given


def compile_literal(frame: Frame, node: Literal) -> Cell:
    """A value of one of the scalar types."""
    return Cell(literal(frame, node.value, node.type), known=True)


def literal(frame: Frame, value: object, kind: Type) -> Sql:
    """A value as SQL of its type."""
    if isinstance(value, bool):
        return truth(value)
    if isinstance(value, int):
        return cast(number(value), "BIGINT")
    if isinstance(value, date):
        return cast(text(value.isoformat()), "DATE")
    assert isinstance(value, str), (value, kind)
    return frame.dialect.text(value)


def compile_undecided(frame: Frame, node: Parameter) -> Cell:
    """A parameter still there after settling: the county has not decided it."""
    return Cell(nothing(frame.dialect.type_of(node.type.name)))


def compile_fact(frame: Frame, node: Fact) -> Cell:
    """A stored column."""
    return frame.fact(node.of, node.name, node.year)


def compile_derived(frame: Frame, node: Derived) -> Cell:
    """The formula, under the fact's own name when it is more than a few words."""
    cell = frame.cell(node.body)
    return frame.bind(cell, frame.plan.label(node)) if cell.weight > LIGHT else cell


def compile_known(frame: Frame, node: Known) -> Cell:
    """has(x.f)."""
    cell = frame.light(node.fact)
    return Cell(exp.Not(this=is_null(cell.value)), None, cell.depth, cell.weight + 2, True)


# -- comparing


def compile_row(frame: Frame, node: One) -> Cell:
    """A link, for has(person.household)."""
    return frame.key(node)


def compile_compare(frame: Frame, node: Compare) -> Cell:
    """`left op right` of two scalars."""
    left, right = frame.light(node.left), frame.light(node.right)
    ordered = node.op not in ("==", "!=") and node.left.type.name in TEXTS
    return strict([left, right], compare(frame, node.op, left.value, right.value, ordered=ordered), weight=1)


def compare(frame: Frame, sign: str, left: Sql, right: Sql, *, ordered: bool = False) -> Sql:
    """The comparison; `ordered` where text must compare by code point."""
    if ordered:
        left, right = frame.dialect.ordered(left), frame.dialect.ordered(right)
    return op(_COMPARISONS[sign], plain(left), plain(right))


def plain(node: Sql) -> Sql:
    """A number literal without its width: comparing needs none and reads better."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Neg | exp.Literal) and not node.this.is_string:
        return node.this
    return node


# -- texts


def compile_text_test(frame: Frame, node: TextTest) -> Cell:
    """startsWith, endsWith, contains."""
    whole, part = frame.light(node.text), frame.light(node.part)
    return strict([whole, part], frame.dialect.test(node.op, whole.value, part.value), weight=3)


def compile_size(frame: Frame, node: Size) -> Cell:
    """size() of a text."""
    whole = frame.light(node.of)
    return strict([whole], frame.dialect.length(whole.value), weight=2)


Plan.compilers |= {
    Literal: compile_literal,
    Parameter: compile_undecided,
    Fact: compile_fact,
    Derived: compile_derived,
    One: compile_row,
    Known: compile_known,
    TextTest: compile_text_test,
}
