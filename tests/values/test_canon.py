"""The content hash: the same for the same rows however they came, another for any other."""

from __future__ import annotations

import datetime
import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doudi.values import canon

ROWS = {
    "id": pa.array([3, 1, 2], pa.int64()),
    "flag": pa.array([True, None, False]),
    "fen": pa.array([-1, 2**62, None], pa.int64()),
    "day": pa.array([datetime.date(1960, 2, 29), None, datetime.date(2020, 2, 27)], pa.date32()),
    "word": pa.array(["青杠村", "", None]),
}
TABLE = pa.table(ROWS)
# The encoding is written down: a change of these bytes breaks every stored run.
KNOWN = "060fdc69f81bbd185a3d27badda8ee533defab44f09d7a88ded8692dc8bf55f0"


def by_the_book(name: str, table: pa.Table, keys: Sequence[str]) -> str:
    """The encoding as canon.py's text says, cell by cell."""
    rows = sorted(table.to_pylist(), key=lambda row: [row[key] for key in keys])
    out = b"doudi-canon-1T" + _name(name) + struct.pack("<qq", len(rows), table.num_columns)
    for column in sorted(table.column_names):
        cells = [row[column] for row in rows]
        letter, encode = FORMS[str(table.schema.field(column).type)]
        out += b"C" + _name(column) + letter + bytes(cell is not None for cell in cells) + encode(cells)
    return hashlib.sha256(out).hexdigest()


def _name(text: str) -> bytes:
    return struct.pack("<i", len(text.encode())) + text.encode()


def _texts(cells: list[Any]) -> bytes:
    data = [(cell or "").encode() for cell in cells]
    return b"".join(struct.pack("<i", len(each)) for each in data) + b"".join(data)


EPOCH = datetime.date(1970, 1, 1)
FORMS = {
    "bool": (b"b", lambda cells: bytes(bool(cell) for cell in cells)),
    "int64": (b"i", lambda cells: b"".join(struct.pack("<q", cell or 0) for cell in cells)),
    "date32[day]": (
        b"d",
        lambda cells: b"".join(struct.pack("<i", (cell - EPOCH).days if cell else 0) for cell in cells),
    ),
    "string": (b"t", _texts),
}


def test_the_hash_is_of_the_encoding_written_down() -> None:
    assert canon.of_table(TABLE, name="household") == by_the_book("household", TABLE, ["id"])


def test_the_hash_is_what_it_was() -> None:
    assert canon.content_hash({"household": TABLE}) == KNOWN


def test_neither_row_order_nor_column_order_nor_chunks_matter() -> None:
    shuffled = TABLE.take([2, 0, 1]).select(["word", "day", "fen", "flag", "id"])
    chunked = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])
    assert canon.of_table(shuffled) == canon.of_table(chunked) == canon.of_table(TABLE)


def test_neither_the_engine_nor_the_file_layout_matters(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "a.parquet", row_group_size=1, compression="gzip")
    by_engine = duckdb.sql(f"SELECT * FROM '{tmp_path}/a.parquet' ORDER BY word").to_arrow_table()
    coded = TABLE.set_column(4, "word", TABLE["word"].dictionary_encode())
    narrow = TABLE.set_column(0, "id", TABLE["id"].cast(pa.int32()))
    assert canon.of_table(by_engine) == canon.of_table(TABLE)
    assert canon.of_table(coded) == canon.of_table(narrow) == canon.of_table(TABLE)


CHANGED = {
    "another number": ("fen", pa.array([-1, 2**62, 0], pa.int64())),
    "null for false": ("flag", pa.array([True, None, None])),
    "another day": ("day", pa.array([datetime.date(1960, 3, 1), None, datetime.date(2020, 2, 27)], pa.date32())),
    "empty for null": ("word", pa.array(["青杠村", "", ""])),
    "text moved between rows": ("word", pa.array(["青杠", "村", None])),
    "another key": ("id", pa.array([3, 1, 4], pa.int64())),
}


@pytest.mark.parametrize("case", CHANGED)
def test_any_other_cell_is_another_hash(case: str) -> None:
    name, column = CHANGED[case]
    other = TABLE.set_column(TABLE.column_names.index(name), name, column)
    assert canon.of_table(other) != canon.of_table(TABLE)


def test_names_of_tables_and_columns_count() -> None:
    assert canon.content_hash({"a": TABLE}) != canon.content_hash({"b": TABLE})
    renamed = TABLE.rename_columns(["id", "flag", "fen", "day", "words"])
    assert canon.of_table(renamed) != canon.of_table(TABLE)
    assert canon.of_table(TABLE.slice(0, 0)) != canon.of_table(TABLE)


@pytest.mark.parametrize("ids", [[1, 1], [1, None]])
def test_a_key_is_never_null_and_never_comes_twice(ids: list[Any]) -> None:
    with pytest.raises(ValueError, match="key"):
        canon.of_table(pa.table({"id": pa.array(ids, pa.int64())}))


def test_a_type_without_an_encoding_is_refused() -> None:
    with pytest.raises(TypeError, match="fraction"):
        canon.of_table(pa.table({"id": [1], "fraction": [0.5]}))


def test_two_keys_are_sorted_together() -> None:
    table = pa.table({"household_id": [2, 1, 1], "year": [2018, 2019, 2018], "fen": [1, 2, 3]})
    keys = ("household_id", "year")
    assert canon.of_table(table, keys=keys) == canon.of_table(table.take([2, 0, 1]), keys=keys)


@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=5)), unique_by=lambda row: row[0]),
    st.randoms(),
)
def test_any_order_of_any_rows_gives_one_hash(rows: list[Any], random: Any) -> None:
    def hashed(some: list[Any]) -> str:
        return canon.of_table(
            pa.table(
                {"id": pa.array([r[0] for r in some], pa.int64()), "t": pa.array([r[1] for r in some], pa.string())}
            )
        )

    mixed = list(rows)
    random.shuffle(mixed)
    assert hashed(mixed) == hashed(rows)


def test_a_slice_of_a_table_is_hashed_as_its_own_rows() -> None:
    whole = pa.table({"id": np.arange(10), "flag": [True, False] * 5, "word": [str(n) for n in range(10)]})
    apart = pa.table({"id": [3, 4, 5], "flag": [False, True, False], "word": ["3", "4", "5"]})
    assert canon.of_table(whole.slice(3, 3)) == canon.of_table(apart)
