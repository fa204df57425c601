"""Replays: a run computed again from its stored snapshot and its stored pack, and compared row by row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doudi.policy import packs, results, stores
from doudi.policy.results import Answers
from doudi.policy.runs import Run
from doudi.trail import jobs
from doudi.values.refusals import Refusal

MOST_ROWS = 20
REPLAY = "policy.replays.replay_again"


@dataclass(frozen=True, slots=True)
class Row:
    """One cell that differs between what was stored and what was computed; None where the row is not there."""

    kind: str
    subject_id: int
    column: str
    stored: int | None
    computed: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `trouble` says what of the stored run is no longer as it was: snapshot, pack, answers."""

    run: int
    engine: str
    agrees: bool
    stored_hash: str
    computed_hash: str
    trouble: tuple[str, ...]
    rows: tuple[Row, ...]
    subjects: int


def replay(run: Run, *, engine: str | None = None) -> Replay:
    """Compute a run again, on its own engine or another. It agrees only when every row does.

    Raises Refusal when its snapshot is no longer in the home folder.
    """
    chosen = engine or run.engine
    if not run.snapshot.folder.is_dir():
        raise Refusal(
            f"运行 {run.pk} 的数据快照不在了({run.snapshot.folder})。请从备份恢复。",
            f"The snapshot of run {run.pk} is gone ({run.snapshot.folder}). Restore it from a backup.",
        )
    pack = packs.from_files(run.pack.files)
    computed = results.evaluate(pack, run.snapshot, as_of=run.as_of, engine=chosen, params=pack.values_on(run.as_of))
    stored = _stored(stores.folder_of(stores.ANSWERS, run.answers_hash))
    trouble = tuple(_trouble(run, pack.hash, stored))
    rows = tuple(differing(stored, computed))
    computed_hash = results.hash_of(computed)
    agrees = not trouble and not rows and computed_hash == run.answers_hash
    subjects = sum(table.num_rows for table in computed.values())
    return Replay(run.pk, chosen, agrees, run.answers_hash, computed_hash, trouble, rows, subjects)


@jobs.job(REPLAY)
def replay_again(key: str, *, run: int) -> dict[str, Any]:
    """The job of a replay: what `doudi replay --json` prints, kept for whoever asked."""
    jobs.tell(key, "replaying", 0.1)
    return tell(replay(Run.objects.numbered(run)))


def _stored(folder: Path) -> Answers:
    return results.read(folder) if folder.is_dir() else {}


def _trouble(run: Run, pack_hash: str, stored: Answers) -> list[str]:
    found = []
    if not run.snapshot.is_whole():
        found.append("snapshot")
    if pack_hash != run.pack_id:
        found.append("pack")
    if not stored or results.hash_of(stored) != run.answers_hash:
        found.append("answers")
    return found


def differing(stored: Answers, computed: Answers, *, most: int = MOST_ROWS) -> list[Row]:
    """The first cells that differ, by kind, column and id; both sides are sorted by id."""
    found: list[Row] = []
    for kind in sorted({*stored, *computed}):
        if kind in stored and kind in computed and stored[kind].equals(computed[kind]):
            continue
        found += _differing_cells(kind, stored.get(kind), computed.get(kind), most - len(found))
        if len(found) >= most:
            break
    return found


def _differing_cells(kind: str, one: pa.Table | None, other: pa.Table | None, most: int) -> list[Row]:
    one, other = (table if table is not None else pa.table({"id": pa.array([], pa.int64())}) for table in (one, other))
    both = one.join(other, "id", join_type="full outer", left_suffix="", right_suffix="__computed").sort_by("id")
    found: list[Row] = []
    names = dict.fromkeys([*one.column_names, *other.column_names])
    for name in (name for name in names if name != "id"):
        left = both.column(name) if name in one.column_names else None
        right_name = f"{name}__computed" if name in one.column_names else name
        right = both.column(right_name) if name in other.column_names else None
        found += _cells(kind, name, both.column("id"), left, right, most - len(found))
        if len(found) >= most:
            break
    return found


def _cells(
    kind: str, name: str, ids: pa.ChunkedArray, left: pa.ChunkedArray | None, right: pa.ChunkedArray | None, most: int
) -> list[Row]:
    nothing = pa.chunked_array([pa.nulls(len(ids), pa.int64())])
    left, right = (nothing if left is None else left), (nothing if right is None else right)
    same = pc.if_else(
        pc.or_(pc.is_null(left), pc.is_null(right)), pc.and_(pc.is_null(left), pc.is_null(right)), pc.equal(left, right)
    )
    at = pc.indices_nonzero(pc.invert(same)).to_pylist()[:most]
    return [Row(kind, ids[i].as_py(), name, left[i].as_py(), right[i].as_py()) for i in at]


def tell(found: Replay) -> dict[str, Any]:
    """What `doudi replay --json` prints."""
    return asdict(found)


def words(found: Replay) -> str:
    """What `doudi replay` says."""
    if found.agrees:
        return f"run {found.run}: {found.subjects} subjects computed again on {found.engine}; every row agrees"
    lines = [f"run {found.run} on {found.engine} does NOT agree"]
    lines += [f"  the stored {what} is not what the run recorded" for what in found.trouble]
    lines += [
        f"  {row.kind} {row.subject_id} {row.column}: stored {row.stored}, computed {row.computed}"
        for row in found.rows
    ]
    return "\n".join(lines)
