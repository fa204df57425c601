"""Totals of items written out and of rows alike: sum, min, max."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from doudi.rules import nodes
from doudi.rules.engines.sql_cells import Cell, deepest, heaviest
from doudi.rules.engines.sql_elements import ALWAYS, Item, gather
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_rows import Rows
from doudi.rules.engines.sql_rows import Total as Sum
from doudi.rules.engines.sql_values import cause
from doudi.rules.engines.sql_words import (
    Sql,
    case,
    coalesce,
    either,
    every,
    greatest,
    is_known,
    is_null,
    least,
    no,
    no_cause,
    nothing,
    number,
    op,
    tight,
)


def compile_total(frame: Frame, node: nodes.Total) -> Cell:
    """sum, min, max: unknown before error before value; the sum is wide and checked once."""
    elements = gather(frame, node.of)
    sums = [
        _item_total(frame, part) if isinstance(part, Item) else Rows(frame, part, part.node).total(node.op)
        for part in elements.parts
    ]
    every_cell = [cell for part in sums for cell in (part.value, part.count, part.unknown, part.cause) if cell]
    depth, weight = deepest([*every_cell, elements.complete]), heaviest([*every_cell, elements.complete])
    doubts = [part.unknown.value for part in sums if part.unknown]
    if elements.complete is not ALWAYS:
        doubts.append(elements.complete.unknown)
    causes = [part.cause for part in sums if part.cause]
    if elements.complete.cause is not None:
        causes.append(replace(elements.complete, value=elements.complete.cause))
    failed = [is_known(cell.value) for cell in causes]
    value, own = _folded(frame, node, sums)
    stops = doubts + failed
    whole = case((either(*stops), nothing(frame.dialect.type_of(node.type.name))), otherwise=value) if stops else value
    branches: list[tuple[Sql, Sql]] = [(either(*doubts), no_cause())] if doubts else []
    if causes:
        branches.append((either(*failed), least(*(cell.value for cell in causes))))
    return Cell(whole, case(*branches, own), depth, 3 * weight + 6)


def _folded(frame: Frame, node: nodes.Total, sums: list[Sum]) -> tuple[Sql, tuple[Sql, Sql]]:
    """The total, and when it fails of itself."""
    if node.op == "sum":
        dialect = frame.dialect
        wide = [coalesce(dialect.widest(part.value.value), dialect.widest(number(0))) for part in sums]
        total = dialect.widest(number(0)) if not wide else wide[0]
        for more in wide[1:]:
            total = exp.Paren(this=op(exp.Add, total, more))
        value = dialect.fit(total)
        return value, (is_null(value), cause("overflow"))
    values = [part.value.value for part in sums] or [nothing(frame.dialect.type_of(node.type.name))]
    value = (least if node.op == "min" else greatest)(*values)
    return value, (is_null(value), cause("empty"))


def _item_total(frame: Frame, item: Item) -> Sum:
    cell = frame.light(item.node)
    unknown, failure = (None if cell.known else cell.unknown), cell.cause
    value = cell.value
    if item.guard is not ALWAYS:
        guard = item.guard
        value = case((guard.value, value))
        parts = [
            part
            for part in (guard.unknown if not guard.known else None, every(guard.value, unknown) if unknown else None)
            if part
        ]
        unknown = either(*parts) if parts else None
        if guard.cause is not None or failure is not None:
            failure = case(
                (guard.value, failure or no_cause()), (no(guard.value), no_cause()), otherwise=guard.cause or no_cause()
            )
    cells = [cell, item.guard]
    depth, weight = deepest(cells), heaviest(cells) + 2
    made = [Cell(tight(part), None, depth, weight) if part is not None else None for part in (value, unknown, failure)]
    assert made[0] is not None
    return Sum(made[0], Cell(number(1), known=True), made[1], made[2])


Plan.compilers[nodes.Total] = compile_total
