"""The full answers of a run: one table a kind of subject, as Parquet, named by the hash of their content.

Columns, all int64: `id`, and for each measure `<m>_verdict` (0 no, 1 yes, 2 not yet known), `<m>_amount` (fen, null),
`<m>_reasons` (two bits a condition), `<m>_cause` (the first error, 0 none); of a limited measure also `<m>_qualifies`
(the verdict before the cut), `<m>_place` and `<m>_last` (best and worst place in line, from 1, null).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from doudi.policy import engines
from doudi.policy.packs import Pack
from doudi.policy.snapshots import Snapshot
from doudi.rules.measures import Measure
from doudi.values import canon
from doudi.values.refusals import Refusal

Answers = dict[str, pa.Table]
Progress = Callable[[str, float], None]


def by_kind(pack: Pack) -> dict[str, list[Measure]]:
    """The pack's measures in their order, by the kind of subject each is about."""
    kinds: dict[str, list[Measure]] = {}
    for measure in pack.measures.values():
        kinds.setdefault(measure.subject, []).append(measure)
    return kinds


def order_of(pack: Pack) -> dict[str, list[str]]:
    """The names of `by_kind`, as a run records them."""
    return {kind: [measure.name for measure in measures] for kind, measures in by_kind(pack).items()}


def evaluate(
    pack: Pack,
    snapshot: Snapshot,
    *,
    as_of: date,
    engine: str,
    params: Mapping[str, Any],
    step: Progress = lambda _said, _part: None,
) -> Answers:
    """Every measure over every subject of its kind. A kind with no table in the snapshot has no subjects."""
    answers: Answers = {}
    kinds = {kind: measures for kind, measures in by_kind(pack).items() if kind in snapshot.paths}
    chosen = engines.open_engine(engine)
    for done, (kind, measures) in enumerate(kinds.items()):
        step(f"deciding {kind}", 0.3 + 0.3 * done / len(kinds))
        found = chosen.decide(
            measures, snapshot, vocabulary=pack.vocabulary, params=params, as_of=as_of, seed=seed_of(pack)
        )
        whole = pa.table({name: found.column(name).cast(pa.int64()) for name in found.column_names})
        answers[kind] = whole.sort_by("id")
    return answers


def seed_of(pack: Pack) -> str:
    """The published seed of the pack's lots: its name, so that a lot once drawn stays drawn from run to run."""
    return pack.name


def check_sums(answers: Answers, counts: Mapping[str, int]) -> None:
    """Refuse answers in which some subject is not in exactly one state for some measure."""
    for kind, table in answers.items():
        ids = table.column("id")
        wrong = table.num_rows != counts.get(kind) or len(ids.unique()) != table.num_rows or ids.null_count
        if wrong:
            _refuse(kind, f"{table.num_rows} answers for {counts.get(kind)} subjects")
        for name in table.column_names:
            if name.endswith("_verdict"):
                _check_states(kind, name, table.column(name), table.num_rows)


def _check_states(kind: str, name: str, column: pa.ChunkedArray, rows: int) -> None:
    states = {entry["values"]: entry["counts"] for entry in column.value_counts().to_pylist()}
    if set(states) - {0, 1, 2} or sum(states.values()) != rows:
        _refuse(f"{kind}.{name}", f"states {states} over {rows} subjects")


def _refuse(where: str, what: str) -> None:
    raise Refusal(
        f"运行未完成:{where} 有对象不在唯一状态({what})。结果未保存,请报告此问题。",
        f"The run did not finish: in {where} some subject is not in exactly one state ({what})."
        " Nothing was stored; report it.",
    )


def hash_of(answers: Answers) -> str:
    """The content hash of the answers, the same whatever engine or file layout made them."""
    return canon.content_hash(answers)


def write(answers: Answers, folder: Path) -> None:
    """Store the answers as `<kind>.parquet` in a folder that exists."""
    for kind, table in answers.items():
        pq.write_table(table, folder / f"{kind}.parquet", compression="zstd", compression_level=1)


def read(folder: Path) -> Answers:
    """The answers stored in a folder."""
    return {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
