"""What the pack's data-quality checks find over a run's snapshot: worked out once, kept beside the run as Parquet.

`findings.parquet` holds check, subject_id, household_id, place_code; `subjects.parquet` how many of each kind every
village has. Exemptions are applied when it is read, because they come and go without a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from doudi.policy import engines, needs, snapshots, stores, subjects, tables
from doudi.policy.packs_parts import Check
from doudi.policy.runs import Run

FINDINGS = "findings"
_FOUND, _SUBJECTS = "findings.parquet", "subjects.parquet"
Exempt = Mapping[str, set[int]]  # check -> subjects


@dataclass(frozen=True, slots=True)
class Finding:
    """One subject a check speaks of. `household_id` and `place_code` say who may see it."""

    subject_id: int
    household_id: int | None
    place_code: str


@dataclass(frozen=True, slots=True)
class Count:
    """A check within some places: subjects found and not exempt, exempt ones, and those looked at.

    `new` were not found by the run before, `solved` were and are no longer; None without a run before. Correcting takes
    at least one cell a finding, and at most each fact its rule reads (`cells`).
    """

    name: str
    found: int
    exempt: int
    subjects: int
    new: int | None
    solved: int | None
    cells: int


def name_of(snapshot_hash: str, pack_hash: str, as_of: Any) -> str:
    """The name of the folder in which a run's findings are kept."""
    return hashlib.sha256(f"{snapshot_hash} {pack_hash} {as_of}".encode()).hexdigest()


def folder_of(run: Run) -> Path:
    """The folder of a run's findings, which are worked out where they are not there yet."""
    folder = stores.folder_of(FINDINGS, name_of(run.snapshot_hash, run.pack_id, run.as_of))
    return folder if folder.exists() else _find(run, folder.name)


def _find(run: Run, name: str) -> Path:
    held, pack = run.snapshot.hold(), run.pack.pack
    found, counted = [_EMPTY], [_NOBODY]
    for kind in dict.fromkeys(each.subject for each in pack.checks.values()):
        if kind in run.snapshot.paths:
            mine = [each for each in pack.checks.values() if each.subject == kind]
            some, number = _of_kind(held, run, kind, mine)
            found.append(some)
            counted.append(number)
    with stores.part(FINDINGS) as part:
        pq.write_table(pa.concat_tables(found), part / _FOUND, compression="zstd")
        pq.write_table(pa.concat_tables(counted), part / _SUBJECTS, compression="zstd")
        return stores.keep(FINDINGS, part, name)


_EMPTY = pa.table(
    {
        "name": pa.array([], pa.string()),
        "subject_id": pa.array([], pa.int64()),
        "household_id": pa.array([], pa.int64()),
        "place_code": pa.array([], pa.string()),
    }
)
_NOBODY = pa.table(
    {"kind": pa.array([], pa.string()), "place_code": pa.array([], pa.string()), "number": pa.array([], pa.int64())}
)


def _of_kind(held: duckdb.DuckDBPyConnection, run: Run, kind: str, mine: Sequence[Check]) -> tuple[pa.Table, pa.Table]:
    pack = run.pack.pack
    values = engines.duckdb_values(
        {each.name: each.node for each in mine},
        kind=kind,
        vocabulary=pack.vocabulary,
        params=pack.values_on(run.as_of),
        as_of=run.as_of,
    )
    where = subjects.belonging(held, kind, pack.vocabulary, county=snapshots.county_code())
    held.execute(f"CREATE OR REPLACE TEMP TABLE checked AS SELECT * FROM ({values.text}) v JOIN ({where}) b USING (id)")
    parts = [
        f"SELECT '{each.name}' AS name, id AS subject_id, household_id, place_code FROM checked"
        f" WHERE {values.columns[each.name]}"
        for each in mine
    ]
    found = _table(held, " UNION ALL ".join(parts))
    number = _table(
        held, f"SELECT '{kind}' AS kind, place_code, count(*)::BIGINT AS number FROM checked GROUP BY place_code"
    )
    held.execute("DROP TABLE checked")
    return found.cast(_EMPTY.schema), number.cast(_NOBODY.schema)


def _table(held: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    reader: pa.RecordBatchReader = held.execute(query).to_arrow_reader()
    return reader.read_all()


class Reading:
    """A run's findings open for questions, within some places (prefixes), with the exemptions of the day applied."""

    def __init__(self, run: Run, *, places: Sequence[str], exempt: Exempt, before: Run | None = None) -> None:
        self.run, self.before, self.pack = run, before, run.pack.pack
        self.within = _within(places)
        self.held = tables.connect()
        self._view("found", folder_of(run) / _FOUND)
        self._view("counted", folder_of(run) / _SUBJECTS)
        if before is not None:
            self._view("earlier", folder_of(before) / _FOUND)
        pairs = [(name, number) for name, some in exempt.items() for number in some]
        self.held.register(
            "exempted",
            pa.table(
                {
                    "name": pa.array([name for name, _ in pairs], pa.string()),
                    "subject_id": pa.array([number for _, number in pairs], pa.int64()),
                }
            ),
        )

    def _view(self, name: str, file: Path) -> None:
        self.held.register(name, pq.read_table(file))

    def counts(self) -> list[Count]:
        """Every check of the pack, in its order."""
        found = self._by_check(
            "SELECT name, count(*) FILTER (e.name IS NULL), count(*) FILTER (e.name IS NOT NULL)"
            f" FROM found f LEFT JOIN exempted e USING (name, subject_id) WHERE {self.within} GROUP BY f.name"
        )
        new = self._by_check(self._only("found", "earlier"))
        solved = self._by_check(self._only("earlier", "found"))
        looked_at = self._by_check(f"SELECT kind, sum(number) FROM counted WHERE {self.within} GROUP BY kind")
        return [self._count(each, found, new, solved, looked_at) for each in self.pack.checks.values()]

    def _only(self, here: str, there: str) -> str:
        """Per check, the subjects found in one run and not in the other."""
        if self.before is None:
            return ""
        return (
            f"SELECT name, count(*) FROM {here} WHERE {self.within} AND NOT EXISTS"
            f" (SELECT 1 FROM {there} t WHERE t.name = {here}.name AND t.subject_id = {here}.subject_id) GROUP BY name"
        )

    def _by_check(self, query: str) -> dict[str, tuple[int, ...]]:
        rows = self.held.execute(query).fetchall() if query else []
        return {row[0]: tuple(int(value) for value in row[1:]) for row in rows}

    def _count(
        self,
        check: Check,
        found: Mapping[str, tuple[int, ...]],
        new: Mapping[str, tuple[int, ...]],
        solved: Mapping[str, tuple[int, ...]],
        looked_at: Mapping[str, tuple[int, ...]],
    ) -> Count:
        left, exempt = found.get(check.name, (0, 0))
        known = self.before is not None and check.name in self.before.pack.pack.checks
        return Count(
            name=check.name,
            found=left,
            exempt=exempt,
            subjects=looked_at.get(check.subject, (0,))[0],
            new=new.get(check.name, (0,))[0] if known else None,
            solved=solved.get(check.name, (0,))[0] if known else None,
            cells=left * max(1, len(facts_of(check))),
        )

    def by_part(self, name: str, length: int) -> dict[str, int]:
        """The findings of a check by the first digits of the place: {prefix: number}, exempt ones left out."""
        rows = self.held.execute(
            f"SELECT left(place_code, {int(length)}), count(*) FROM found ANTI JOIN exempted USING (name, subject_id)"
            f" WHERE name = ? AND {self.within} GROUP BY 1 ORDER BY 1",
            [name],
        ).fetchall()
        return {code: int(number) for code, number in rows}

    def listed(self, name: str, *, prefix: str = "", first: int = 0, most: int = 50) -> tuple[int, list[Finding]]:
        """How many subjects a check finds, and some of them; within `prefix` where it is given."""
        source = f"FROM found ANTI JOIN exempted USING (name, subject_id) WHERE name = ? AND {self.within}"
        source += " AND starts_with(place_code, ?)"
        total = self.held.execute(f"SELECT count(*) {source}", [name, prefix]).fetchall()[0][0]
        rows = self.held.execute(
            f"SELECT subject_id, household_id, place_code {source} ORDER BY place_code, subject_id LIMIT ? OFFSET ?",
            [name, prefix, most, first],
        ).fetchall()
        return int(total), [Finding(*row) for row in rows]

    def of_subject(self, name: str, subject_id: int) -> Finding | None:
        """The finding of a check about a subject within the places, exempt or not; None where there is none."""
        rows = self.held.execute(
            "SELECT subject_id, household_id, place_code FROM found"
            f" WHERE name = ? AND subject_id = ? AND {self.within}",
            [name, subject_id],
        ).fetchall()
        return Finding(*rows[0]) if rows else None


def _within(places: Sequence[str]) -> str:
    inside = [f"starts_with(place_code, '{code}')" for code in places if code.isascii() and code.isdigit()]
    return f"({' OR '.join(inside) or 'false'})"


def facts_of(check: Check) -> frozenset[tuple[str, str]]:
    """(kind, name) of every stated fact a check's rule reads: what may have to be corrected."""
    return frozenset(pair for pair in needs.facts_of([check.node]) if not pair[1].endswith("_complete"))
