"""Compiling measures: verdicts, amounts and reasons of one kind of subject, for several sets of parameters at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell, deepest
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_limits import Key as LimitKey
from doudi.rules.engines.sql_limits import Line, cut
from doudi.rules.engines.sql_plan import VocabularyShape
from doudi.rules.engines.sql_program import AnswerColumns, Params, SqlProgram, Workbench, select
from doudi.rules.engines.sql_words import Sql, case, cast, coalesce, every, is_null, nothing, number, op
from doudi.rules.measures import Key, Limit, Measure
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL

NO, YES, UNKNOWN, FAILED = 0, 1, 2, 3
MANY = 15  # conditions whose reasons fit 32 bits


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one measure is worth under one set of parameters, before any limit."""

    measure: Measure
    names: AnswerColumns
    holds: Cell
    conditions: tuple[Cell, ...]
    amount: Cell | None
    line: Line | None


def compile_kind(
    measures: Sequence[Measure],
    *,
    vocabulary: VocabularyShape,
    params_sets: Sequence[Params],
    as_of: date,
    dialect: str,
    table: Callable[[str], str] | None = None,
    seed: str = "",
) -> SqlProgram:
    """All measures of one kind of subject under every set of parameters, in one query.

    One row a subject: `id`, then the columns that `SqlProgram.answers` names for each (set, measure). `seed` is the
    published seed of the lot. Raises ValueError when the measures are not about one kind.
    """
    kinds = {measure.subject for measure in measures}
    if len(kinds) != 1:
        raise ValueError(f"measures of one kind of subject are compiled together, not of {sorted(kinds)}")
    kind = kinds.pop()
    bench = Workbench(vocabulary, dialect, table)
    frame = bench.frame(kind)
    verdicts = {
        (index, measure.name): _verdict(bench, frame, measure, params, as_of, f"s{index}_{measure.name}", seed)
        for index, params in enumerate(params_sets)
        for measure in measures
    }
    query, columns = _finish(bench, frame, list(verdicts.values()))
    answers = {key: verdict.names for key, verdict in verdicts.items()}
    return SqlProgram(bench.finish(query), columns, frozenset(bench.tables), dialect, kind, (), answers)


def _verdict(
    bench: Workbench, frame: Frame, measure: Measure, params: Params, as_of: date, prefix: str, seed: str
) -> Verdict:
    def settle(node: Node, names: dict[str, Node] | None = None) -> Node:
        return bench.nursery.settle(node, params=params, as_of=as_of, names=names)

    settled = {condition.name: settle(condition.node) for condition in measure.conditions}
    conditions = tuple(_bound(frame, node, f"{measure.name}_{name}") for name, node in settled.items())
    amount = frame.light(settle(measure.amount)) if measure.amount is not None else None
    limited = measure.limit is not None
    fails = any(cell.cause is not None for cell in conditions)
    names = AnswerColumns(
        f"{prefix}_verdict",
        f"{prefix}_amount",
        f"{prefix}_reasons",
        f"{prefix}_cause" if fails else None,
        *((f"{prefix}_qualifies", f"{prefix}_place", f"{prefix}_last") if limited else ()),
    )
    line = _line(bench, frame, settle, measure.limit, seed) if measure.limit is not None else None
    if measure.combine is None:
        holds = frame.bind(_all_of(conditions), f"{measure.name}_holds")
    else:
        holds = _bound(frame, settle(measure.combine, settled), f"{measure.name}_holds")
    return Verdict(measure, names, holds, conditions, amount, line)


def _all_of(conditions: Sequence[Cell]) -> Cell:
    """The verdict: an error and an unknown are the same to it."""
    value = every(*(cell.value for cell in conditions))
    return Cell(value, None, deepest(conditions), len(conditions), all(cell.known for cell in conditions))


def _bound(frame: Frame, node: Node, wish: str) -> Cell:
    """The node as a column: the same condition under several sets of parameters is one column."""
    cell = frame.cells.get(id(node)) or frame.cell(node)
    frame.cells[id(node)] = made = frame.bind(cell, wish)
    return made


def _line(bench: Workbench, frame: Frame, settle: Callable[[Node], Node], limit: Limit, seed: str) -> Line:
    keys = tuple(
        LimitKey(_key(frame, settle(key.node)), _falls(key)) if isinstance(key, Key) else LimitKey(None)
        for key in limit.order
    )
    return Line(frame.key(settle(limit.per)), frame.light(settle(limit.count)), keys, seed)


def _key(frame: Frame, node: Node) -> Cell:
    """A key to order by; NULL where it is not known."""
    cell = frame.light(node)
    value = frame.dialect.ordered(cell.value) if node.type.name in ("text", "code") else cell.value
    return Cell(value, None, cell.depth, cell.weight, cell.known)


def _falls(key: Key) -> bool:
    """Whether greater values come first: true comes before false unless the key is turned round."""
    return key.descending != (key.node.type == BOOL)


# -- the last select


def _finish(bench: Workbench, frame: Frame, verdicts: list[Verdict]) -> tuple[exp.Select, tuple[str, ...]]:
    chosen: dict[str, Cell] = {}
    for verdict in verdicts:
        chosen |= _answer(frame, verdict)
    limited = [verdict for verdict in verdicts if verdict.line is not None]
    if not limited:
        return select(frame, chosen), ("id", *chosen)
    return cut(bench.plan, frame, chosen, [(verdict.names, verdict.line) for verdict in limited if verdict.line])


def _answer(frame: Frame, verdict: Verdict) -> dict[str, Cell]:
    """The columns of one measure; of a limited one, its verdict here is whether it qualifies."""
    names, holds = verdict.names, verdict.holds
    code = coalesce(frame.dialect.truth_number(holds.value, "TINYINT"), number(UNKNOWN))
    chosen = {names.qualifies or names.verdict: Cell(code, None, holds.depth, 3, True)}
    chosen[names.amount] = Cell(nothing("TINYINT"))  # null in the fewest bytes: many measures give no money
    if verdict.amount is not None:
        given = case((holds.value, verdict.amount.value))
        chosen[names.amount] = Cell(given, None, max(holds.depth, verdict.amount.depth))
    chosen[names.reasons] = Cell(_reasons(frame, verdict.conditions), None, deepest(verdict.conditions))
    if names.cause is not None:
        causes = [cell.cause for cell in verdict.conditions if cell.cause is not None]
        chosen[names.cause] = Cell(coalesce(*causes, number(0)), None, deepest(verdict.conditions))
    return chosen


def _reasons(frame: Frame, conditions: Sequence[Cell]) -> Sql:
    """Two bits a condition: 0 no, 1 yes, 2 unknown, 3 error (`measures.pack_reasons`)."""
    narrow = "INT" if len(conditions) <= MANY else "BIGINT"
    total: Sql | None = None
    for index, cell in enumerate(conditions):
        missing: Sql = number(UNKNOWN)
        if cell.cause is not None:
            missing = case((is_null(cell.cause), number(UNKNOWN)), otherwise=number(FAILED))
        code: Sql = coalesce(frame.dialect.truth_number(cell.value, narrow), missing)
        code = code if index == 0 else op(exp.Mul, code, cast(number(4**index), narrow))
        total = code if total is None else exp.Add(this=total, expression=code)
    assert total is not None
    return total
