"""Copies of households in which one fact has another value, so that an engine decides thousands of doubts at once.

Copy number k of a subject has the id k·2⁴¹ + id; links among copies follow, villages are shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from doudi.facts.kinds import Vocabulary
from doudi.policy import engines, subjects
from doudi.policy.results import Answers
from doudi.policy.tables import columns_of
from doudi.rules.measures import Measure

SHIFT = 2**41  # above every id: a place's has twelve digits
_SHARED = "place"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One fact of one subject with another value. `household_id` is whose copy it needs; None for its own alone."""

    kind: str
    subject_id: int
    household_id: int | None
    key: str
    value: Any

    @property
    def name(self) -> str:
        """The fact's name."""
        return self.key.partition("@")[0]


def moved(
    held: duckdb.DuckDBPyConnection,
    doubts: Sequence[Doubt],
    answers: Answers,
    kinds: Mapping[str, Sequence[Measure]],
    reads: Mapping[str, frozenset[tuple[str, str]]],
    *,
    vocabulary: Vocabulary,
    params: Mapping[str, Any],
    as_of: date,
) -> dict[tuple[str, int], int]:
    """Bit i of each subject whose verdict by measure i, before any cut, some doubt would change."""
    _lay_out(held, doubts)
    present = [kind for kind in vocabulary.kinds if kind != _SHARED and columns_of(held, kind)]
    for kind in present:
        _copy(held, kind, vocabulary)
        _state(held, kind, doubts)
    out: dict[tuple[str, int], int] = {}
    for kind in (kind for kind in kinds if kind in present and kind in answers):
        uncut = [replace(measure, limit=None) for measure in kinds[kind]]
        text = engines.duckdb_text(
            uncut, vocabulary=vocabulary, params=[params], as_of=as_of, table=lambda name: _variant(name)
        )
        out.update(_compare(held, kind, text, answers[kind], kinds[kind], reads))
    return out


def _variant(table: str) -> str:
    return table if table.removesuffix("_year") == _SHARED else f"v_{table}"


def _lay_out(held: duckdb.DuckDBPyConnection, doubts: Sequence[Doubt]) -> None:
    columns: dict[str, Iterable[Any]] = {
        "k": pa.array(range(1, len(doubts) + 1), pa.int64()),
        "kind": pa.array([each.kind for each in doubts], pa.string()),
        "subject_id": pa.array([each.subject_id for each in doubts], pa.int64()),
        "household_id": pa.array([each.household_id for each in doubts], pa.int64()),
        "key": pa.array([each.key for each in doubts], pa.string()),
        "name": pa.array([f"{each.kind}.{each.name}" for each in doubts], pa.string()),
        "value": pa.array([_text(each.value) for each in doubts], pa.string()),
    }
    held.register("doubts_given", pa.table(columns))
    held.execute("CREATE OR REPLACE TEMP TABLE doubts AS SELECT * FROM doubts_given")
    held.unregister("doubts_given")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _copy(held: duckdb.DuckDBPyConnection, kind: str, vocabulary: Vocabulary) -> None:
    """The copies of a kind's rows, and of their years, that the doubts need."""
    links = {f"{r.name}_id" for r in vocabulary.kinds[kind].relations.values() if not r.many and r.to != _SHARED}
    shifted = [
        f'd.k * {SHIFT} + t."{name}" AS "{name}"' if name == "id" or name in links else f't."{name}"'
        for name in columns_of(held, kind)
    ]
    where = subjects.belonging(held, kind, vocabulary, county="")
    held.execute(
        f"CREATE OR REPLACE TEMP TABLE copied AS SELECT d.k, b.id FROM doubts d JOIN ({where}) b"
        " ON b.household_id = d.household_id UNION ALL"
        f" SELECT k, subject_id FROM doubts WHERE household_id IS NULL AND kind = '{kind}'"
    )
    held.execute(
        f'CREATE OR REPLACE TEMP TABLE "v_{kind}" AS SELECT {", ".join(shifted)}'
        f' FROM copied d JOIN "{kind}" t ON t.id = d.id'
    )
    years = columns_of(held, f"{kind}_year")
    if years:
        shown = [f'd.k * {SHIFT} + t."{n}" AS "{n}"' if n == f"{kind}_id" else f't."{n}"' for n in years]
        held.execute(
            f'CREATE OR REPLACE TEMP TABLE "v_{kind}_year" AS SELECT {", ".join(shown)}'
            f' FROM copied d JOIN "{kind}_year" t ON t."{kind}_id" = d.id'
        )


def _state(held: duckdb.DuckDBPyConnection, kind: str, doubts: Sequence[Doubt]) -> None:
    """Give each copy its other value, one statement a fact."""
    keys = sorted({each.key for each in doubts if each.kind == kind})
    types = {table: _types_of(held, table) for table in (f"v_{kind}", f"v_{kind}_year")} if keys else {}
    for key in keys:
        name, _, year = key.partition("@")
        table, of = (f"v_{kind}_year", f"{kind}_id") if year else (f"v_{kind}", "id")
        if name not in types[table]:
            continue
        mine = f"d.kind = '{kind}' AND d.key = '{key}' AND v.\"{of}\" = d.k * {SHIFT} + d.subject_id"
        if year:
            held.execute(
                f'INSERT INTO "{table}" ("{of}", year) SELECT d.k * {SHIFT} + d.subject_id, {int(year)} FROM doubts d'
                f" WHERE d.kind = '{kind}' AND d.key = '{key}' AND NOT EXISTS"
                f' (SELECT 1 FROM "{table}" v WHERE {mine} AND v.year = {int(year)})'
            )
            mine += f" AND v.year = {int(year)}"
        held.execute(
            f'UPDATE "{table}" v SET "{name}" = CAST(d.value AS {types[table][name]}) FROM doubts d WHERE {mine}'
        )


def _types_of(held: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table with their types; none where there is no such table."""
    try:
        described = held.execute(f'SELECT * FROM "{table}" LIMIT 0').description
    except duckdb.CatalogException:
        return {}
    return {str(column[0]): str(column[1]) for column in described}


def _compare(
    held: duckdb.DuckDBPyConnection,
    kind: str,
    text: str,
    answers: pa.Table,
    measures: Sequence[Measure],
    reads: Mapping[str, frozenset[tuple[str, str]]],
) -> dict[tuple[str, int], int]:
    held.register("answered", answers)
    bits = " + ".join(_bit(bit, measure, reads[measure.name]) for bit, measure in enumerate(measures))
    rows = held.execute(
        f"SELECT a.id, bit_or({bits}) AS bits FROM ({text}) v JOIN doubts d ON d.k = v.id // {SHIFT}"
        f" JOIN answered a ON a.id = v.id % {SHIFT} GROUP BY a.id HAVING bits <> 0"
    ).fetchall()
    held.unregister("answered")
    return {(kind, number): int(found) for number, found in rows}


def _bit(bit: int, measure: Measure, read: frozenset[tuple[str, str]]) -> str:
    part = "qualifies" if measure.limit else "verdict"
    names = ", ".join(f"'{kind}.{name}'" for kind, name in sorted(read)) or "''"
    differs = f'v."s0_{measure.name}_verdict" <> a."{measure.name}_{part}" AND d.name IN ({names})'
    return f"CASE WHEN {differs} THEN {1 << bit}::BIGINT ELSE 0 END"
