"""The statements of the demo county as one table, in the order they were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from doudi.register.demo.condition import Days, Texts
from doudi.register.demo.dice import Dice, Ints
from doudi.register.demo.telling import Said, Word
from doudi.register.demo.truth import Values
from doudi.values import canon

Moments = NDArray[Any]  # datetime64[s], universal time
BEIJING = np.timedelta64(8, "h")


@dataclass(frozen=True, slots=True)
class Subjects:
    """Columns over the subjects of one kind: id, household (0 for none), place code of the wall."""

    kind: str
    ids: Ints
    households: Ints
    places: Texts


@dataclass(frozen=True, slots=True)
class Batch:
    """One source's rows about one kind; every column is as long as the subjects, rows without a word are dropped."""

    subjects: Subjects
    source: str
    about: Days
    at: Moments
    by: Texts
    evidence: Texts  # JSON
    word: Word


def table(batches: list[Batch]) -> pa.Table:
    """All statements, ids from 1 in the order of recording."""
    parts = [_rows(batch) for batch in batches]
    joined = {name: list(chain.from_iterable(p[name] for p in parts)) for name in _TEXTS}
    arrays = {name: np.concatenate([p[name] for p in parts]) for name in _ARRAYS}
    order = np.argsort(arrays["recorded_at"], kind="stable")
    columns = {"id": pa.array(np.arange(1, len(order) + 1))}
    columns |= {name: pa.array(values[order]) for name, values in arrays.items()}
    columns |= {name: pa.array(values).take(pa.array(order)) for name, values in joined.items()}
    columns["household_id"] = pa.array(arrays["household_id"][order], mask=arrays["household_id"][order] == 0)
    columns["recorded_at"] = columns["recorded_at"].cast(pa.timestamp("us", "UTC"))
    return pa.table(columns)


_TEXTS = ("subject_kind", "place_code", "source", "recorded_by", "evidence", "facts")
_ARRAYS = ("subject_id", "household_id", "about_day", "recorded_at")


def _rows(batch: Batch) -> dict[str, np.ndarray | list[str]]:
    spoken = np.logical_or.reduce([said.says for said in batch.word.values()])
    rows = np.flatnonzero(spoken)
    subjects = batch.subjects
    return {
        "subject_id": subjects.ids[rows],
        "household_id": subjects.households[rows],
        "about_day": batch.about[rows].astype("datetime64[D]"),
        "recorded_at": batch.at[rows].astype("datetime64[s]"),
        "subject_kind": [subjects.kind] * len(rows),
        "place_code": subjects.places[rows].tolist(),
        "source": [batch.source] * len(rows),
        "recorded_by": batch.by[rows].tolist(),
        "evidence": batch.evidence[rows].tolist(),
        "facts": _documents(batch.word, rows),
    }


def _documents(word: Word, rows: Ints) -> list[str]:
    """One JSON object a row, facts in the order given."""
    columns = [_pieces(fact, said, rows) for fact, said in word.items()]
    return ["{" + ",".join(filter(None, pieces)) + "}" for pieces in zip(*columns, strict=True)]


def _pieces(fact: str, said: Said, rows: Ints) -> list[str]:
    """`"fact":value` where it is said, nothing where not."""
    texts = _json(said.values[rows])
    return [f'"{fact}":{text}' if says else "" for text, says in zip(texts, said.says[rows].tolist(), strict=True)]


def _json(values: Values) -> list[str]:
    if values.dtype == np.bool_:
        return np.where(values, "true", "false").tolist()
    if values.dtype.kind == "i":
        return [str(value) for value in values.tolist()]
    return [f'"{value}"' for value in values.astype(str).tolist()]


def office_hours(name: str, day: Days | str, n: int, dice: Dice) -> Moments:
    """A moment between 08:30 and 21:30 Beijing time of each day, in universal time."""
    seconds = dice.whole(f"at {name}", 30_600, 77_400, n).astype("timedelta64[s]")
    return np.asarray(day, dtype="datetime64[D]").astype("datetime64[s]") + seconds - BEIJING


def digest(statements: pa.Table) -> str:
    """The content hash of the statements, whatever the layout of the table in memory."""
    at = statements.schema.get_field_index("recorded_at")
    moments = statements.column("recorded_at").cast(pa.int64())
    return canon.of_table(statements.set_column(at, "recorded_at", moments))
