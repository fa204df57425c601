"""Limits: who gets it where fewer can than qualify, though some qualifications and some keys are not known.

A subject's best place counts only those who surely qualify and surely stand ahead; its worst counts all who may qualify
and may stand ahead. It gets the measure when even its worst place is within the number, and does not when even its best
is beyond it.

One stands surely ahead of another when, at the first key where the two differ or one is unknown, both are known and
the first one's is smaller. So in the order with unknowns last, those before the group that shares one's known keys
stand surely ahead, and those after it stand surely behind, but for the blanks: those whose first unknown key is one
that oneself knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from doudi.rules.engines.sql_cells import LEVEL, Cell, deepest
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_program import AnswerColumns
from doudi.rules.engines.sql_words import (
    Sql,
    case,
    cast,
    coalesce,
    column,
    every,
    is_known,
    is_null,
    named,
    number,
    op,
    quoted,
    tight,
)

UNTIL_HERE = {"kind": "ROWS", "start": "UNBOUNDED", "start_side": "PRECEDING", "end": "CURRENT ROW"}
LOT = "lot"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the order, ascending unless `falls`; None is the lot, drawn only for those who stand in line."""

    cell: Cell | None
    falls: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Where a subject stands in line (`place`, NULL when not known), for how many, and the order."""

    place: Cell
    count: Cell
    keys: tuple[Key, ...]
    seed: str


def cut(
    plan: Plan, frame: Frame, chosen: Mapping[str, Cell], lines: Sequence[tuple[AnswerColumns, Line]]
) -> tuple[exp.Select, tuple[str, ...]]:
    """The last select of a query in which some measures are limited: answers, lines, and the answers after the cut."""
    wanted = dict(chosen)
    for names, line in lines:
        wanted |= {f"{names.qualifies}_where": line.place, f"{names.qualifies}_count": line.count}
        wanted |= {name: key.cell for name, key in zip(_names(names, line), line.keys, strict=False) if key.cell}
    stage, rounds = divmod(deepest(list(wanted.values())), LEVEL)
    inside: list[Sql] = [column("id"), *(named(cell.value, name) for name, cell in wanted.items())]
    source = exp.Select(expressions=inside).from_(_table(frame.relation(stage, rounds)))
    answers = plan.add(f"{frame.word}_qualify", source, keep=True)
    query = exp.Select().from_(_table(answers))
    columns: dict[str, Sql] = {name: column(name, answers) for name in chosen}
    for names, line in lines:
        standing = Standing(plan, answers, names, line)
        stands, lost = standing.among_neighbours(), standing.among_lost()
        query.append("joins", _beside(stands, answers))
        query.append("joins", _beside(lost, answers))
        columns |= _after_cut(names, answers, stands, lost)
    ordered = [column("id", answers), *(named(value, name) for name, value in columns.items())]
    query.set("expressions", ordered)
    return query, ("id", *columns)


def _table(name: str) -> exp.Table:
    return exp.Table(this=quoted(name))


def _beside(stands: str, answers: str) -> exp.Join:
    same = exp.EQ(this=column("id", answers), expression=column("id", stands))
    return exp.Join(this=_table(stands), side="LEFT", on=same)


def _names(names: AnswerColumns, line: Line) -> list[str]:
    """The columns of the order: ties end by id."""
    return [*(f"{names.qualifies}_key_{index}" for index in range(len(line.keys))), "id"]


class Standing:
    """The line of one measure: the candidates, then their places."""

    def __init__(self, plan: Plan, answers: str, names: AnswerColumns, line: Line) -> None:
        self.plan, self.answers, self.word = plan, answers, names.qualifies or ""
        self.qualifies, self.where = column(self.word), column(f"{self.word}_where")
        self.keys = [column(name) for name in _names(names, line)]
        self.falls = [*(key.falls for key in line.keys), False]
        self.doubtful = [index for index, key in enumerate(line.keys) if key.cell is not None and not key.cell.known]
        self.candidates = self._candidates(line)

    def _candidates(self, line: Line) -> str:
        lot = self.plan.dialect.lot(line.seed, column("id"))
        drawn = [named(lot, name.name) for name, key in zip(self.keys, line.keys, strict=False) if key.cell is None]
        given = [name for name, key in zip(self.keys, line.keys, strict=False) if key.cell is not None]
        query = exp.Select(expressions=[column("id"), self.qualifies, self.where, *given, *drawn])
        query = query.from_(_table(self.answers))
        query.set("where", exp.Where(this=op(exp.NEQ, self.qualifies, number(0))))
        return self.plan.add(f"{self.word}_candidates", query)

    def among_neighbours(self) -> str:
        """For each candidate, how many of the same place stand surely ahead, and how many may."""
        sure = op(exp.EQ, self.qualifies, number(1))
        mine = case((sure, number(1)), otherwise=number(0))
        until = self._window(_count(sure), [self.where], nulls_first=False)
        position = self._window(exp.Count(this=exp.Star()), [self.where], nulls_first=False)
        total = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[self.where])
        before = named(op(exp.Sub, until, mine), "before")
        ranked = self._ranked(before, named(position, "position"), named(total, "total"))
        ahead = self._by_known_keys([self.where], exp.Min, column("before"), number(0))
        last = self._by_known_keys([self.where], exp.Max, column("position"), column("total"))
        return self._placed(ranked, named(ahead, "surely_ahead"), named(self._maybe(last), "maybe_ahead"))

    def _blanks(self, index: int) -> Sql:
        """How many share the keys before this one and have this one unknown: last in order, ahead for all we know."""
        group = [self.where, *self.keys[:index]]
        return exp.Window(this=_count(is_null(self.keys[index])), partition_by=group)

    def _maybe(self, last: Sql) -> Sql:
        """Everyone up to the last who shares one's known keys, and the blanks of each key known, but oneself."""
        total: Sql = op(exp.Sub, last, number(1))
        for index in self.doubtful:
            known = [self.keys[other] for other in self.doubtful if other <= index]
            blank = case((every(*(is_known(key) for key in known)), self._blanks(index)), otherwise=number(0))
            total = exp.Add(this=total, expression=blank)
        return total

    def among_lost(self) -> str:
        """Whoever's place is not known may stand in any line: how many such may be ahead of each candidate.

        Empty, and costing nothing, where every place is known.
        """
        lost = is_null(self.where)
        until = self._window(_count(lost), [], nulls_first=True)
        ranked = self._ranked(named(until, "until"), named(exp.Window(this=_count(lost)), "total"))
        somebody = exp.Select(expressions=[column("id")]).from_(_table(self.candidates))
        somebody.set("where", exp.Where(this=lost))
        self.plan.ctes[-1].this.set("where", exp.Where(this=exp.Exists(this=somebody)))
        ahead = self._by_known_keys([], exp.Max, column("until"), column("total"))
        return self._placed(ranked, named(ahead, "lost_ahead"))

    def _ranked(self, *ranks: Sql) -> str:
        kept = [column("id"), self.where, *(key for key in self.keys if key.name != "id")]
        query = exp.Select(expressions=[*kept, *ranks]).from_(_table(self.candidates))
        return self.plan.add(f"{self.word}_ranked", query)

    def _placed(self, ranked: str, *places: Sql) -> str:
        query = exp.Select(expressions=[column("id"), *places]).from_(_table(ranked))
        return self.plan.add(f"{self.word}_placed", query)

    def _window(self, count: Sql, among: Sequence[Sql], *, nulls_first: bool) -> Sql:
        """A count along the order, up to and with oneself."""
        keys = [
            exp.Ordered(this=key, desc=falls, nulls_first=nulls_first)
            for key, falls in zip(self.keys, self.falls, strict=True)
        ]
        order = exp.Order(expressions=keys)
        return exp.Window(this=count, partition_by=list(among), order=order, spec=exp.WindowSpec(**UNTIL_HERE))

    def _by_known_keys(self, among: Sequence[Sql], of_group: type[exp.AggFunc], own: Sql, none: Sql) -> Sql:
        """`own` for one whose keys are all known; else that of a group.

        The group shares the keys known before the first unknown one; `none` where even the first key is unknown.
        """
        branches: list[tuple[Sql, Sql]] = []
        for index in self.doubtful:
            group = exp.Window(this=of_group(this=own), partition_by=[*among, *self.keys[:index]])
            branches.append((is_null(self.keys[index]), group if index else none))
        return case(*branches, otherwise=own) if branches else own


def _count(only: Sql) -> Sql:
    return exp.Count(this=case((only, number(1))))


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
    placed = is_known(where)
    after = {
        names.verdict: cast(verdict, "TINYINT"),
        names.place or "": case((placed, best)),
        names.last or "": case((placed, worst)),
    }
    after[names.amount] = case((op(exp.EQ, verdict, number(1)), column(names.amount, answers)))
    return after
