"""A whole pack tried against the run in force: this text instead of that one, over the same snapshot and day.

Facts the pack adds, which the snapshot does not hold, are unknown for everybody, as they would be on the first day.
What was found is kept below the home folder under the names of the run's answers and of the pack's text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from doudi.facts.kinds import Vocabulary
from doudi.policy import engines, results, stores, subjects, tables
from doudi.policy.packs import Pack
from doudi.policy.results import Answers
from doudi.policy.runs import Run
from doudi.policy.snapshots import Snapshot
from doudi.policy.tables import columns_of
from doudi.policy.what_if import Effect, Town
from doudi.register.columns import arrow_type, stated
from doudi.rules.engines import duckdb as duckdb_engine

TRIALS = "trials"
_CHANGES, _EFFECTS = "changes.parquet", "effects.json"
_COLUMNS = ("measure", "kind", "id", "household_id", "place_code", "before", "after", "fen_before", "fen_after")
_DUCKDB = {"bool": "BOOLEAN", "string": "VARCHAR", "date32[day]": "DATE"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a trial stands on: everything it needs of the run, so that it can go on without the database."""

    run: int
    pack: Pack
    as_of: date
    snapshot: Snapshot
    answers_hash: str
    measures: Mapping[str, Sequence[str]]
    county: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another pack would do, measure by measure; the subjects whose answer changes lie in `folder`.

    `unknown_facts` are facts the pack reads that the snapshot does not hold.
    """

    run: int
    pack_hash: str
    as_of: date
    effects: tuple[Effect, ...]
    unknown_facts: tuple[str, ...]
    folder: Path

    @property
    def moved(self) -> tuple[Effect, ...]:
        """The measures under which somebody's answer or amount changes."""
        return tuple(each for each in self.effects if each.gains or each.loses or each.shifts)


def ground_of(run: Run, *, county: str) -> Ground:
    """What a trial against a run stands on."""
    return Ground(run.pk, run.pack.pack, run.as_of, run.snapshot, run.answers_hash, run.measures, county)


def folder_of(ground: Ground, pack_hash: str) -> Path:
    """Where the trial of a pack's text against a run is kept."""
    return stores.folder_of(TRIALS, name_of(ground.answers_hash, ground.snapshot.hash, pack_hash))


def name_of(answers_hash: str, snapshot_hash: str, pack_hash: str) -> str:
    """The name of the folder in which a trial is kept."""
    return hashlib.sha256(f"{answers_hash} {snapshot_hash} {pack_hash}".encode()).hexdigest()


def read(ground: Ground, pack_hash: str) -> Comparison | None:
    """The trial kept; None while there is none."""
    folder = folder_of(ground, pack_hash)
    try:
        told = orjson.loads((folder / _EFFECTS).read_bytes())
    except (OSError, ValueError):
        return None
    effects = tuple(Effect(**{**each, "towns": tuple(Town(**t) for t in each["towns"])}) for each in told["effects"])
    return Comparison(ground.run, pack_hash, ground.as_of, effects, tuple(told["unknown_facts"]), folder)


def compare(ground: Ground, pack: Pack) -> Comparison:
    """Decide the run's snapshot by another pack and compare; kept, so that the second asking reads it."""
    kept = read(ground, pack.hash)
    if kept is not None:
        return kept
    held = ground.snapshot.hold()
    missing = _widen(held, pack.vocabulary)
    before = results.read(stores.folder_of(stores.ANSWERS, ground.answers_hash))
    after = _decide(held, pack, ground)
    changes, totals = _compared(held, ground, pack, before, after)
    effects = [_effect(name, pack, ground, totals[name]) for name in totals]
    folder = folder_of(ground, pack.hash)
    with stores.part(TRIALS) as part:
        pq.write_table(changes, part / _CHANGES, compression="zstd")
        told = {"effects": [asdict(each) for each in effects], "unknown_facts": missing}
        (part / _EFFECTS).write_bytes(orjson.dumps(told))
        stores.keep(TRIALS, part, folder.name)
    return Comparison(ground.run, pack.hash, ground.as_of, tuple(effects), tuple(missing), folder)


def _widen(held: duckdb.DuckDBPyConnection, vocabulary: Vocabulary) -> list[str]:
    """Lay a view over every table, with an empty column for each fact the snapshot does not hold. Answers those."""
    missing = []
    for kind in vocabulary.kinds.values():
        for yearly, table in ((False, kind.name), (True, f"{kind.name}_year")):
            there = columns_of(held, table)
            if not there:
                continue
            lacking = [fact for fact in stated(kind, yearly=yearly) if fact.name not in there]
            missing += [f"{kind.name}.{fact.name}" for fact in lacking]
            empty = [f', CAST(NULL AS {_sql_type(arrow_type(f.type))}) AS "{f.name}"' for f in lacking]
            held.execute(f'CREATE OR REPLACE TEMP VIEW "{_wide(table)}" AS SELECT *{"".join(empty)} FROM "{table}"')
    return missing


def _wide(table: str) -> str:
    return f"wide_{table}"


def _sql_type(of: pa.DataType) -> str:
    return _DUCKDB.get(str(of), "BIGINT")


def _decide(held: duckdb.DuckDBPyConnection, pack: Pack, ground: Ground) -> Answers:
    from doudi.rules.engines import sql as compiler

    answers: Answers = {}
    for kind, measures in results.by_kind(pack).items():
        if not columns_of(held, kind):
            continue
        program = compiler.compile_kind(
            measures,
            vocabulary=pack.vocabulary,
            params_sets=[pack.values_on(ground.as_of)],
            as_of=ground.as_of,
            dialect="duckdb",
            seed=results.seed_of(pack),
            table=_wide,
        )
        answers[kind] = engines.named(duckdb_engine.Engine(held).run(program), program, measures)
    return answers


Totals = dict[str, list[tuple[str, tuple[int, ...]]]]  # measure -> (town, counts)


def _compared(
    held: duckdb.DuckDBPyConnection, ground: Ground, pack: Pack, before: Answers, after: Answers
) -> tuple[pa.Table, Totals]:
    changes: list[pa.Table] = []
    totals: Totals = {}
    for kind in dict.fromkeys([*ground.measures, *results.order_of(pack)]):
        if not columns_of(held, kind):
            continue
        old, new = ground.measures.get(kind, []), results.order_of(pack).get(kind, [])
        held.register("old_answers", before.get(kind, _NOBODY))
        held.register("new_answers", after.get(kind, _NOBODY))
        where = subjects.belonging(held, kind, pack.vocabulary, county=ground.county)
        held.execute(f"CREATE OR REPLACE TEMP TABLE belongs AS {where}")
        for name in dict.fromkeys([*old, *new]):
            held.execute(f"CREATE OR REPLACE TEMP TABLE shifted AS {_both(name, name in old, name in new)}")
            changes.append(_changes(held, name, kind))
            totals[name] = _totals(held)
    order = [*pack.measures, *(name for name in totals if name not in pack.measures)]
    held.execute("DROP TABLE IF EXISTS shifted; DROP TABLE IF EXISTS belongs")
    return pa.concat_tables(changes), {name: totals[name] for name in order if name in totals}


_NOBODY = pa.table({"id": pa.array([], pa.int64())})


def _both(name: str, in_old: bool, in_new: bool) -> str:
    """Every subject with its answer before and after; a measure that is not there says no."""
    verdict, amount = f'"{name}_verdict"', f'"{name}_amount"'
    columns = [
        f"coalesce(o.{verdict}, 0)" if in_old else "0",
        f"coalesce(n.{verdict}, 0)" if in_new else "0",
        f"CASE WHEN o.{verdict} = 1 THEN o.{amount} END" if in_old else "NULL::BIGINT",
        f"CASE WHEN n.{verdict} = 1 THEN n.{amount} END" if in_new else "NULL::BIGINT",
    ]
    named = ", ".join(f"{sql} AS {name}" for sql, name in zip(columns, _COLUMNS[5:], strict=True))
    return (
        f"SELECT b.id, b.household_id, b.place_code, {named} FROM belongs b"
        " LEFT JOIN old_answers o ON o.id = b.id LEFT JOIN new_answers n ON n.id = b.id"
    )


def _changes(held: duckdb.DuckDBPyConnection, name: str, kind: str) -> pa.Table:
    reader: pa.RecordBatchReader = held.execute(
        f"SELECT '{name}' AS measure, '{kind}' AS kind, id, household_id, place_code,"
        " before::BIGINT AS before, after::BIGINT AS after, fen_before::BIGINT AS fen_before,"
        " fen_after::BIGINT AS fen_after FROM shifted"
        " WHERE before <> after OR fen_before IS DISTINCT FROM fen_after ORDER BY place_code, id"
    ).to_arrow_reader()
    return reader.read_all()


_COUNTS = (
    "count(*) FILTER (before = 1)",
    "coalesce(sum(fen_before), 0)",
    "count(*) FILTER (after = 1)",
    "count(*) FILTER (after = 0)",
    "count(*) FILTER (after = 2)",
    "coalesce(sum(fen_after), 0)",
    "count(*) FILTER (after = 1 AND before <> 1)",
    "count(*) FILTER (after <> 1 AND before = 1)",
    "count(*) FILTER ((after <> before AND after <> 1 AND before <> 1)"
    " OR (after = 1 AND before = 1 AND fen_after IS DISTINCT FROM fen_before))",
)


def _totals(held: duckdb.DuckDBPyConnection) -> list[tuple[str, tuple[int, ...]]]:
    rows = held.execute(
        f"SELECT rpad(left(place_code, 9), 12, '0') AS town, {', '.join(_COUNTS)} FROM shifted GROUP BY town ORDER BY 1"
    ).fetchall()
    return [(row[0], tuple(int(value) for value in row[1:])) for row in rows]


def _effect(name: str, pack: Pack, ground: Ground, rows: list[tuple[str, tuple[int, ...]]]) -> Effect:
    sums = [sum(column) for column in zip(*(counts for _, counts in rows), strict=True)] or [0] * len(_COUNTS)
    yes_before, amount_before, yes, no, unknown, amount, gains, loses, shifts = sums
    of = pack if name in pack.measures else ground.pack
    return Effect(
        measure=name,
        subject=of.measures[name].subject,
        yes=yes,
        no=no,
        unknown=unknown,
        amount_fen=amount,
        gains=gains,
        loses=loses,
        yes_before=yes_before,
        amount_before_fen=amount_before,
        budget_fen=of.budget_of(name, ground.as_of),
        shifts=shifts,
        towns=tuple(Town(code, c[6], c[7], c[5] - c[1]) for code, c in rows if c[6] or c[7] or c[5] != c[1]),
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """One subject whose answer changes: verdicts before and after, amounts in fen of a yes."""

    measure: str
    kind: str
    subject_id: int
    household_id: int | None
    place_code: str
    before: int
    after: int
    fen_before: int | None
    fen_after: int | None


SIDES = {
    "gains": "after = 1 AND before <> 1",
    "loses": "after <> 1 AND before = 1",
    "other": "NOT (after = 1 AND before <> 1) AND NOT (after <> 1 AND before = 1)",
}


def moved(
    found: Comparison, *, places: Sequence[str], measure: str = "", side: str = "", first: int = 0, most: int = 50
) -> tuple[int, list[Moved]]:
    """How many subjects within some places change, and some of them; by measure and by side (`SIDES`)."""
    inside = [f"starts_with(place_code, '{code}')" for code in places if code.isascii() and code.isdigit()]
    where, values = [f"({' OR '.join(inside) or 'false'})"], []
    if measure:
        where.append("measure = ?")
        values.append(measure)
    if side:
        where.append(SIDES[side])
    connection = tables.connect()
    source = f"FROM read_parquet(?) WHERE {' AND '.join(where)}"
    given: list[Any] = [str(found.folder / _CHANGES), *values]
    total = connection.execute(f"SELECT count(*) {source}", given).fetchall()[0][0]
    rows = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} {source} ORDER BY measure, place_code, id LIMIT ? OFFSET ?",
        [*given, most, first],
    ).fetchall()
    return int(total), [Moved(*row) for row in rows]
