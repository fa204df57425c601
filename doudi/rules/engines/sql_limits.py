"""Limits: who gets it where fewer can than qualify, though some qualifications and some keys are not known.

A subject's best place counts only those who surely qualify and surely stand ahead; its worst counts all who may qualify
and may stand ahead. It gets the measure when even its worst place is within the number, and does not when even its best
is beyond it.

One stands surely ahead of another when, at the first key where the two differ or one is unknown, both are known and
the first one's is smaller. So the line is counted key by key, among those whose earlier keys are known and equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from doudi.rules.engines.sql_cells import LEVEL, Cell, deepest
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_program import AnswerColumns
from doudi.rules.engines.sql_words import Sql, case, cast, coalesce, column, every, is_known, is_null, named, number, op, quoted, tight

UNTIL_HERE = {"kind": "RANGE", "start": "UNBOUNDED", "start_side": "PRECEDING", "end": "CURRENT ROW"}


@dataclass(frozen=True, slots=True)
class Line:
    """Where a subject stands in line (`place`, NULL when not known), for how many, and the keys of the order."""

    place: Cell
    count: Cell
    keys: tuple[Cell, ...]


def cut(
    plan: Plan, frame: Frame, chosen: Mapping[str, Cell], lines: Sequence[tuple[AnswerColumns, Line]]
) -> tuple[exp.Select, tuple[str, ...]]:
    """The last select of a query in which some measures are limited: answers, lines, and the answers after the cut."""
    wanted = dict(chosen)
    for names, line in lines:
        wanted[f"{names.qualifies}_where"] = line.place
        wanted[f"{names.qualifies}_count"] = line.count
        wanted |= {f"{names.qualifies}_key_{index}": _plain(key) for index, key in enumerate(line.keys)}
    stage, rounds = divmod(deepest(list(wanted.values())), LEVEL)
    source = frame.relation(stage, rounds)
    inside: list[Sql] = [column("id"), *(named(cell.value, name) for name, cell in wanted.items())]
    answers = plan.add(f"{frame.word}_qualify", exp.Select(expressions=inside).from_(_table(source)), fence=True)
    query = exp.Select().from_(_table(answers))
    columns: dict[str, Sql] = {name: column(name, answers) for name in chosen}
    for names, line in lines:
        stands, astray = _stand_in_line(plan, answers, names, line), _stand_astray(plan, answers, names, line)
        query.append("joins", _beside(stands, answers))
        query.append("joins", _beside(astray, answers))
        columns |= _after_cut(names, answers, stands, astray)
    ordered = [column("id", answers), *(named(value, name) for name, value in columns.items())]
    query.set("expressions", ordered)
    return query, ("id", *columns)


def _plain(key: Cell) -> Cell:
    return Cell(key.value.this, None, key.depth) if isinstance(key.value, exp.Ordered) else key


def _table(name: str) -> exp.Table:
    return exp.Table(this=quoted(name))


def _beside(stands: str, answers: str) -> exp.Join:
    return exp.Join(this=_table(stands), side="LEFT", on=exp.EQ(this=column("id", answers), expression=column("id", stands)))


def _stand_in_line(plan: Plan, answers: str, names: AnswerColumns, line: Line) -> str:
    """Everyone who may qualify, with how many of the same place stand surely ahead, and how many may."""
    keys, where = _keys(names, line), column(f"{names.qualifies}_where")
    sure = op(exp.EQ, column(names.qualifies or ""), number(1))
    all_here = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[where])
    behind = exp.Paren(this=_counted(keys, [where], None, descend=True))
    query = exp.Select(
        expressions=[
            column("id"),
            named(_counted(keys, [where], sure, descend=False), "surely_ahead"),
            named(op(exp.Sub, op(exp.Sub, all_here, number(1)), behind), "maybe_ahead"),
        ]
    ).from_(_table(answers))
    query.set("where", exp.Where(this=_may_qualify(names)))
    return plan.add(f"{names.qualifies}_line", query)


def _stand_astray(plan: Plan, answers: str, names: AnswerColumns, line: Line) -> str:
    """Whoever's place is not known may stand in any line: how many such may be ahead of each. Empty, and costing
    nothing, where every place is known."""
    keys, where = _keys(names, line), column(f"{names.qualifies}_where")
    lost = is_null(where)
    behind = exp.Paren(this=_counted(keys, [], lost, descend=True))
    ahead = op(exp.Sub, exp.Window(this=_count(lost)), behind)
    query = exp.Select(expressions=[column("id"), named(ahead, "lost_ahead")]).from_(_table(answers))
    somebody = exp.Select(expressions=[column("id")]).from_(_table(answers))
    somebody.set("where", exp.Where(this=every(_may_qualify(names), lost)))
    query.set("where", exp.Where(this=every(_may_qualify(names), exp.Exists(this=somebody))))
    return plan.add(f"{names.qualifies}_astray", query)


def _may_qualify(names: AnswerColumns) -> Sql:
    return op(exp.NEQ, column(names.qualifies or ""), number(0))


Keys = list[tuple[Sql, bool, bool]]  # the column, whether it descends, whether it is always known


def _keys(names: AnswerColumns, line: Line) -> Keys:
    keys: Keys = [
        (column(f"{names.qualifies}_key_{index}"), isinstance(key.value, exp.Ordered), key.known)
        for index, key in enumerate(line.keys)
    ]
    return [*keys, (column("id"), False, True)]


def _counted(keys: Keys, among: Sequence[Sql], only: Sql | None, *, descend: bool) -> Sql:
    """How many stand surely before one in the order (surely after it, when `descend`)."""
    total: Sql | None = None
    for index, (key, falls, _) in enumerate(keys):
        same = [*among, *(other for other, _, _ in keys[:index])]
        ordered = exp.Ordered(this=key, desc=falls != descend, nulls_first=False)
        order = exp.Order(expressions=[ordered])
        until = exp.Window(this=_count(only), partition_by=same, order=order, spec=exp.WindowSpec(**UNTIL_HERE))
        level = exp.Window(this=_count(only), partition_by=[*same, key])
        doubtful = [other for other, _, known in keys[: index + 1] if not known]
        count: Sql = exp.Paren(this=op(exp.Sub, until, level))
        if doubtful:
            count = case((every(*(is_known(other) for other in doubtful)), count), otherwise=number(0))
        total = count if total is None else exp.Add(this=total, expression=count)
    assert total is not None
    return total


def _count(only: Sql | None) -> Sql:
    return exp.Count(this=exp.Star()) if only is None else exp.Count(this=case((only, number(1))))


def _after_cut(names: AnswerColumns, answers: str, stands: str, astray: str) -> dict[str, Sql]:
    qualifies = column(names.qualifies or "", answers)
    where, count = (column(f"{names.qualifies}_{word}", answers) for word in ("where", "count"))
    best = exp.Add(this=column("surely_ahead", stands), expression=number(1))
    lost = coalesce(column("lost_ahead", astray), number(0))
    worst = exp.Add(this=exp.Add(this=column("maybe_ahead", stands), expression=lost), expression=number(1))
    verdict = case(
        (op(exp.EQ, qualifies, number(0)), number(0)),
        (is_null(where), number(2)),
        (exp.GT(this=best, expression=tight(count)), number(0)),
        (every(op(exp.EQ, qualifies, number(1)), exp.LTE(this=worst, expression=tight(count))), number(1)),
        otherwise=number(2),
    )
    amount = case((op(exp.EQ, verdict, number(1)), column(names.amount, answers)))
    placed = is_known(where)
    return {
        names.verdict: verdict,
        names.amount: cast(amount, "BIGINT"),
        names.place or "": cast(case((placed, best)), "BIGINT"),
        names.last or "": cast(case((placed, worst)), "BIGINT"),
    }
