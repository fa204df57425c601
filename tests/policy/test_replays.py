"""A replay agrees on every engine, and names the row when something was changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doudi.policy import replays, results, stores
from doudi.policy.results import Answers
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal


@pytest.fixture
def restored(run: Run) -> Any:
    """The run's files, put back as they were after the test."""
    folders = [run.snapshot.folder, stores.folder_of(stores.ANSWERS, run.answers_hash)]
    kept = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    yield run
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "memory"])
def test_every_engine_computes_the_same_rows(run: Run, engine: str) -> None:
    found = replays.replay(run, engine=engine)
    assert found.agrees, replays.words(found)
    assert found.computed_hash == run.answers_hash
    assert found.subjects == sum(run.counts["subjects"][kind] for kind in run.measures)


def test_an_answer_changed_in_the_file_is_named(restored: Run) -> None:
    file = stores.folder_of(stores.ANSWERS, restored.answers_hash) / "household.parquet"
    table = pq.read_table(file)
    verdicts = table["02_farm_purchases_verdict"].to_pylist()
    wrong = [1 - verdicts[3] if verdicts[3] < 2 else 0, *verdicts[4:]]
    changed = pa.array([*verdicts[:3], *wrong], pa.int64())
    place = table.column_names.index("02_farm_purchases_verdict")
    pq.write_table(table.set_column(place, "02_farm_purchases_verdict", changed), file)
    found = replays.replay(restored)
    assert not found.agrees
    assert found.trouble == ("answers",)
    (row,) = found.rows
    assert (row.kind, row.column) == ("household", "02_farm_purchases_verdict")
    assert row.subject_id == table["id"][3].as_py()
    assert (row.stored, row.computed) == (wrong[0], verdicts[3])


def test_a_fact_changed_in_the_snapshot_is_seen(restored: Run) -> None:
    file = restored.snapshot.folder / "household.parquet"
    table = pq.read_table(file)
    place = table.column_names.index("registered_poor")
    turned = pa.array([value is False for value in table["registered_poor"].to_pylist()])
    pq.write_table(table.set_column(place, "registered_poor", turned), file)
    found = replays.replay(restored)
    assert not found.agrees
    assert "snapshot" in found.trouble


def test_a_lost_snapshot_is_told(run: Run, tmp_path: Path) -> None:
    lost = Run(snapshot_hash="f" * 64, engine="duckdb", pack=run.pack)
    with pytest.raises(Refusal, match="is gone"):
        replays.replay(lost)


def _answers(**columns: list[int | None]) -> Answers:
    return {"person": pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})}


def test_differing_names_rows_missing_on_either_side() -> None:
    stored = _answers(id=[1, 2], m_verdict=[0, 1])
    computed = _answers(id=[2, 3], m_verdict=[1, 2])
    found = replays.differing(stored, computed)
    assert [(row.subject_id, row.stored, row.computed) for row in found] == [(1, 0, None), (3, None, 2)]


def test_differing_sees_null_against_zero_and_a_column_too_many() -> None:
    stored = _answers(id=[1], m_amount=[None])
    computed = _answers(id=[1], m_amount=[0], n_amount=[5])
    found = {(row.column, row.stored, row.computed) for row in replays.differing(stored, computed)}
    assert found == {("m_amount", None, 0), ("n_amount", None, 5)}


def test_the_hash_does_not_depend_on_the_order_of_rows() -> None:
    one = _answers(id=[1, 2, 3], m_verdict=[0, 1, 2])
    other = _answers(id=[3, 1, 2], m_verdict=[2, 0, 1])
    assert results.hash_of(one) == results.hash_of(other)
    assert results.hash_of(one) != results.hash_of(_answers(id=[1, 2, 3], m_verdict=[0, 1, 1]))
