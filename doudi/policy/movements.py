"""Movements: every verdict that differs between two runs, where, which way, and what kind of thing made it.

Attribution tells the very fact, for one subject at a time. Here the whole county is told at once: the earlier run is
decided again with only the facts, one parameter, the rules, or the day of the later one put in, and a change is laid to
whatever alone brings about what the later run says.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import duckdb

from doudi.access.scope import Scope
from doudi.policy import engines, needs, results, snapshots, stores, subjects, tables
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.snapshots import Snapshot
from doudi.rules.measures import Measure
from doudi.values.refusals import Refusal

WAYS = ("gained", "lost", "became_unknown", "settled_no", "amount_changed", "other")
CAUSES = ("fact", "parameter", "rule", "day", "subject", "line", "together")
_HELD_AT_MOST = 4
_held: OrderedDict[tuple[int, int], duckdb.DuckDBPyConnection] = OrderedDict()
_lock = threading.Lock()

# What a change counts as; the same words as `doudi.policy.differences`.
_WAY = """
CASE WHEN before IS NOT DISTINCT FROM after THEN 'amount_changed' WHEN after = 1 THEN 'gained'
    WHEN before = 1 AND after IS DISTINCT FROM 2 THEN 'lost' WHEN after = 2 THEN 'became_unknown'
    WHEN before = 2 AND after = 0 THEN 'settled_no' ELSE 'other' END
"""
_SELECT = """
SELECT kind, id, household_id, place_code, measure, before, after, amount_before, amount_after, way, cause FROM moved m
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which movements are asked for; an empty text means all."""

    measure: str = ""
    way: str = ""
    cause: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One verdict (0 no, 1 yes, 2 not yet known; None: not in that run) and its amount in fen, in both runs."""

    kind: str
    subject_id: int
    household_id: int | None
    place_code: str
    measure: str
    before: int | None
    after: int | None
    amount_before: int | None
    amount_after: int | None
    way: str
    cause: str


@dataclass(frozen=True, slots=True)
class Facet:
    """How many movements there are by one property, each count leaving that property's own choice aside."""

    counts: Mapping[str, Mapping[str, int]]  # property -> value -> movements
    ways: Mapping[str, Mapping[str, int]]  # measure -> way -> movements
    total: int


def between(a: Run, b: Run, scope: Scope, asked: Filter) -> Facet:
    """Counts by measure, way, cause and town, as far as a scope covers. Raises Refusal for runs of unlike packs."""
    held = _laid_out(a, b).cursor()
    parts = {"measure": "measure", "way": "way", "cause": "cause", "town": "left(place_code, 9)"}
    counts = {}
    for name, column in parts.items():
        free = replace(asked, **{"prefix" if name == "town" else name: ""})
        where, values = _where(scope, free)
        counts[name] = dict(
            held.execute(
                f"SELECT {column}, count(*) FROM moved m WHERE {where} GROUP BY 1 ORDER BY 1", values
            ).fetchall()
        )
    where, values = _where(scope, replace(asked, way="", measure=""))
    ways: dict[str, dict[str, int]] = {}
    rows = held.execute(f"SELECT measure, way, count(*) FROM moved m WHERE {where} GROUP BY 1, 2 ORDER BY 1", values)
    for measure, way, number in rows.fetchall():
        ways.setdefault(measure, {})[way] = number
    where, values = _where(scope, asked)
    total = held.execute(f"SELECT count(*) FROM moved m WHERE {where}", values).fetchone()
    assert total is not None
    return Facet(counts, ways, int(total[0]))


def prepare(a: Run, b: Run) -> None:
    """Work out what moved between two runs, so that the first reader need not wait for it."""
    _laid_out(a, b)


def listed(a: Run, b: Run, scope: Scope, asked: Filter, *, number: int, size: int) -> list[Movement]:
    """A page (from 1) of the movements, by place, subject and measure."""
    where, values = _where(scope, asked)
    rows = (
        _laid_out(a, b)
        .cursor()
        .execute(
            f"{_SELECT} WHERE {where} ORDER BY place_code, kind, id, measure LIMIT ? OFFSET ?",
            [*values, size, (number - 1) * size],
        )
    )
    return [Movement(*row) for row in rows.fetchall()]


def of_subject(a: Run, b: Run, scope: Scope, subject_id: int, measure: str) -> Movement | None:
    """The movement of one subject by one measure; None where it did not move, or is out of the scope."""
    where, values = _where(scope, Filter(measure=measure))
    row = _laid_out(a, b).cursor().execute(f"{_SELECT} WHERE {where} AND id = ?", [*values, subject_id]).fetchone()
    return Movement(*row) if row and measure else None


def _where(scope: Scope, asked: Filter) -> tuple[str, list[Any]]:
    """SQL of what is seen and asked for; what came from outside is a parameter."""
    parts: list[str] = [subjects.seen(scope, "m")]
    values: list[Any] = []
    if scope.measures:
        parts.append("m.measure IN (SELECT unnest(?))")
        values.append(sorted(scope.measures))
    for column in ("measure", "way", "cause"):
        if chosen := getattr(asked, column):
            parts.append(f"m.{column} = ?")
            values.append(chosen)
    if asked.prefix:
        parts.append("starts_with(m.place_code, ?)")
        values.append(asked.prefix)
    return " AND ".join(parts), values


def _laid_out(a: Run, b: Run) -> duckdb.DuckDBPyConnection:
    """The table `moved` of two runs: worked out once a process, for runs never change."""
    if a.pack_name != b.pack_name:
        raise Refusal(
            f"运行 {a.pk} 用政策包 {a.pack_name},运行 {b.pk} 用 {b.pack_name},无法比较。",
            f"Run {a.pk} is of {a.pack_name}, run {b.pk} of {b.pack_name}: only runs of one pack can be compared.",
        )
    with _lock:
        if (a.pk, b.pk) not in _held:
            _held[a.pk, b.pk] = _lay_out(a, b)
            while len(_held) > _HELD_AT_MOST:
                _held.popitem(last=False)
        _held.move_to_end((a.pk, b.pk))
        return _held[a.pk, b.pk]


def forget() -> None:
    """Let go of every comparison held (a home was closed or replaced)."""
    with _lock:
        _held.clear()


def _lay_out(a: Run, b: Run) -> duckdb.DuckDBPyConnection:
    connection = tables.connect()
    connection.execute(
        "CREATE TABLE moved (kind VARCHAR, id BIGINT, household_id BIGINT, place_code VARCHAR, measure VARCHAR,"
        " before BIGINT, after BIGINT, amount_before BIGINT, amount_after BIGINT, way VARCHAR, cause VARCHAR)"
    )
    for kind in sorted({*a.measures, *b.measures}):
        _Kind(a, b, kind, connection).lay_out()
    return connection


class _Kind:
    """The movements of one kind of subject."""

    def __init__(self, a: Run, b: Run, kind: str, connection: duckdb.DuckDBPyConnection) -> None:
        self.a, self.b, self.kind, self.connection = a, b, kind, connection
        self.old, self.new = a.pack.pack, b.pack.pack

    def lay_out(self) -> None:
        """Find what moved; then, only for measures in which something did, what made it."""
        self._register()
        for name in dict.fromkeys([*self.a.measures.get(self.kind, []), *self.b.measures.get(self.kind, [])]):
            self._put_in(name)
        moved = self.connection.execute("SELECT DISTINCT measure FROM moved WHERE kind = ?", [self.kind]).fetchall()
        both = [n for (n,) in moved if n in self.old.measures and n in self.new.measures]
        for cause, worlds in self._worlds(both):
            for text, held in worlds:
                self._lay_to(cause, text, held, both)
        self.connection.execute("UPDATE moved SET cause = 'rule' WHERE cause = '' AND kind = ? AND measure NOT IN"
                                " (SELECT unnest(?))", [self.kind, both])  # fmt: skip
        self.connection.execute("UPDATE moved SET cause = 'together' WHERE cause = '' AND kind = ?", [self.kind])

    def _register(self) -> None:
        for side, run in (("a", self.a), ("b", self.b)):
            file = stores.folder_of(stores.ANSWERS, run.answers_hash) / f"{self.kind}.parquet"
            source = f"read_parquet('{_quoted(file)}')" if file.exists() else "(SELECT NULL::BIGINT AS id LIMIT 0)"
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {side} AS SELECT * FROM {source}")
            self._belonging(side, run)

    def _belonging(self, side: str, run: Run) -> None:
        held, county = run.snapshot.hold(), snapshots.county_code()
        empty = "SELECT NULL::BIGINT AS id, NULL::BIGINT AS household_id, NULL::VARCHAR AS place_code LIMIT 0"
        there = bool(tables.columns_of(held, self.kind))
        where = subjects.belonging(held, self.kind, run.pack.pack.vocabulary, county=county) if there else empty
        self.connection.register(f"found_{side}", held.execute(where).to_arrow_table())
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE where_{side} AS SELECT * FROM found_{side}")
        self.connection.unregister(f"found_{side}")

    def _put_in(self, name: str) -> None:
        """The subjects whose verdict or amount differs; a moved place in line is others'."""
        columns = [
            f'{side}."{name}_{part}"' if name in run.measures.get(self.kind, []) else "NULL::BIGINT"
            for part in ("verdict", "amount")
            for side, run in (("a", self.a), ("b", self.b))
        ]
        limited = all(name in pack.measures and pack.measures[name].limit for pack in (self.old, self.new))
        line = f'a."{name}_qualifies" = b."{name}_qualifies"' if limited else "false"
        self.connection.execute(
            f"INSERT INTO moved SELECT '{self.kind}', id, coalesce(wb.household_id, wa.household_id),"
            f" coalesce(wb.place_code, wa.place_code, ''), '{name}', before, after, amount_before, amount_after,"
            f" {_WAY}, CASE WHEN new_or_gone THEN 'subject' WHEN in_line THEN 'line' ELSE '' END FROM ("
            f"SELECT coalesce(a.id, b.id) AS id, {columns[0]} AS before, {columns[1]} AS after, {columns[2]} AS"
            f" amount_before, {columns[3]} AS amount_after, a.id IS NULL OR b.id IS NULL AS new_or_gone,"
            f" coalesce({line}, false) AS in_line FROM a FULL JOIN b ON a.id = b.id)"
            " LEFT JOIN where_a wa USING (id) LEFT JOIN where_b wb USING (id)"
            " WHERE before IS DISTINCT FROM after OR amount_before IS DISTINCT FROM amount_after"
        )

    def _worlds(self, names: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, duckdb.DuckDBPyConnection]]]]:
        """The earlier run with one thing of the later one, as SQL and the tables it runs on."""
        if not names:
            return
        a, b, params = self.a, self.b, self.old.values_on(self.a.as_of)
        later = self.new.values_on(b.as_of)
        measures = [self.old.measures[name] for name in names]
        before = (self.old, measures, params, a.as_of, a.snapshot)
        if a.snapshot_hash != b.snapshot_hash:
            yield "fact", [self._world(*before[:4], b.snapshot)]
        read = needs.parameters_of([node for measure in measures for node in measure.nodes()])
        if changed := sorted(each for each in read if params.get(each) != later.get(each)):
            yield "parameter", [self._world(self.old, measures, _with(params, later, n), *before[3:]) for n in changed]
            if len(changed) > 1:
                numbers = {**params, **{n: later[n] for n in changed if n in later}}
                yield "parameter", [self._world(self.old, measures, numbers, *before[3:])]
        if any(self.old.measures[name] != self.new.measures[name] for name in names):
            edited = [self.new.measures[name] for name in names]
            yield "rule", [self._world(self.new, edited, params, *before[3:])]
        if a.as_of != b.as_of:
            yield "day", [self._world(self.old, measures, params, b.as_of, a.snapshot)]

    def _world(
        self, pack: Pack, measures: Sequence[Measure], params: Mapping[str, Any], day: date, snapshot: Snapshot
    ) -> tuple[str, duckdb.DuckDBPyConnection]:
        """The verdicts before any cut, for a cut is the others' doing."""
        uncut = [replace(measure, limit=None) for measure in measures]
        text = engines.duckdb_text(
            uncut, vocabulary=pack.vocabulary, params=[params], as_of=day, seed=results.seed_of(pack)
        )
        return text, snapshot.hold()

    def _lay_to(self, cause: str, text: str, held: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        """Lay to a cause what its world says as the later run does. A world that cannot be had explains nothing."""
        try:
            found = held.execute(text).to_arrow_table()
        except duckdb.BinderException:  # facts that only one of two packs has
            return
        self.connection.register("world", found)
        for name in names:
            limited = self.new.measures[name].limit is not None
            verdict = f'b."{name}_{"qualifies" if limited else "verdict"}"'
            amount = "true" if limited else f'w."s0_{name}_amount" IS NOT DISTINCT FROM b."{name}_amount"'
            if self.new.measures[name].amount is None or self.old.measures[name].amount is None:
                amount = "true"
            self.connection.execute(
                "UPDATE moved SET cause = ? WHERE cause = '' AND kind = ? AND measure = ? AND id IN (SELECT w.id FROM"
                f' world w JOIN b ON b.id = w.id WHERE w."s0_{name}_verdict" = {verdict} AND {amount})',
                [cause, self.kind, name],
            )
        self.connection.unregister("world")


def _with(params: Mapping[str, Any], later: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The earlier numbers with one of the later ones, which may be undecided."""
    rest = {key: value for key, value in params.items() if key != name}
    return {**rest, name: later[name]} if name in later else rest


def _quoted(file: Any) -> str:
    return str(file).replace("'", "''")
