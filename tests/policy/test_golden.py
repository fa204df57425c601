"""What an earlier release decided, this one decides to the same row, from the same bytes."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from doudi.policy import packs, replays, results
from doudi.policy.snapshots import Snapshot
from doudi.register import snapshot as register_snapshot
from tests.policy.golden import Kept, all_kept

KEPT = all_kept()
NAMES = [kept.folder.name for kept in KEPT]


def test_there_is_a_run_to_replay() -> None:
    assert KEPT


@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_the_pack_is_still_read_to_the_same_hash(kept: Kept) -> None:
    assert packs.from_files(kept.files).hash == kept.note["pack"]


@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_the_snapshot_still_has_its_hash(kept: Kept) -> None:
    tables = {path.stem: pq.read_table(path) for path in (kept.folder / "snapshot").glob("*.parquet")}
    assert register_snapshot.content_hash(tables) == kept.note["snapshot"]


@pytest.mark.parametrize("engine", ["duckdb", "memory"])
@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_every_row_is_decided_as_it_was(kept: Kept, engine: str) -> None:
    pack = packs.from_files(kept.files)
    snapshot = Snapshot(kept.note["snapshot"], kept.folder / "snapshot")
    computed = results.evaluate(pack, snapshot, as_of=kept.as_of, engine=engine, params=pack.values_on(kept.as_of))
    assert replays.differing(results.read(kept.folder / "answers"), computed) == []
    assert results.hash_of(computed) == kept.note["answers"]


@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_it_is_small_and_says_yes_no_and_unknown(kept: Kept) -> None:
    assert sum(path.stat().st_size for path in kept.folder.rglob("*") if path.is_file()) < 800_000
    answers = results.read(kept.folder / "answers")
    verdicts = {
        value
        for table in answers.values()
        for name in table.column_names
        if name.endswith("_verdict")
        for value in table.column(name).to_pylist()
    }
    assert verdicts == {0, 1, 2}
