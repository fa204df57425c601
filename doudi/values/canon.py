"""The content hash of tables: the same for the same rows, whatever engine, file layout or row order they came in.

The encoding, version 1 (SHA-256 over the following bytes; integers are little-endian):

* the text `doudi-canon-1`;
* for each table in code-point order of its name: `T`, the name, the numbers of rows and of columns (int64 each);
* for each column in code-point order of its name, rows sorted ascending by the table's key columns:
  `C`, the name, the type letter (`b` bool, `i` int64, `d` date, `t` text), one byte a row (0 null, 1 known), then
  bool: one byte a row; int64: eight bytes a row; date: int32 days since 1970-01-01 a row, each 0 where null;
  text: int32 byte length a row (0 where null), then all the UTF-8 bytes.
* a name is its int32 byte length and its UTF-8 bytes.

Rows are sorted by the keys alone, so the keys must be unique and never null (ValueError otherwise).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class _Digest(Protocol):
    """What `hashlib` makes."""

    def update(self, data: Any, /) -> None: ...


VERSION = b"doudi-canon-1"


def content_hash(tables: Mapping[str, pa.Table], *, keys: Mapping[str, Sequence[str]] | None = None) -> str:
    """The hash of some tables together, in hex. `keys` names the key columns of a table; `("id",)` is assumed.

    Raises ValueError for a key that is null or not unique, TypeError for a column of no known type.
    """
    digest = hashlib.sha256(VERSION)
    for name in sorted(tables):
        _take_table(digest, name, tables[name], tuple((keys or {}).get(name, ("id",))))
    return digest.hexdigest()


def of_table(table: pa.Table, *, name: str = "", keys: Sequence[str] = ("id",)) -> str:
    """The hash of one table."""
    return content_hash({name: table}, keys={name: keys})


def _take_table(digest: _Digest, name: str, table: pa.Table, keys: Sequence[str]) -> None:
    digest.update(b"T" + _name(name) + struct.pack("<qq", table.num_rows, table.num_columns))
    order = _order(table, keys, name)
    for column in sorted(table.column_names):
        _take_column(digest, column, table.column(column), order)


def _order(table: pa.Table, keys: Sequence[str], name: str) -> np.ndarray | None:
    """Row positions in key order, or None when the rows already lie so."""
    columns = [_whole_numbers(table.column(key), f"{name}.{key}") for key in keys]
    if _ascending(columns):
        return None
    order = np.lexsort(columns[::-1]) if len(columns) > 1 else np.argsort(columns[0], kind="stable")
    if not _ascending([column[order] for column in columns]):
        raise ValueError(f"table {name}: two rows share the key {', '.join(keys)}")
    return order


def _ascending(columns: Sequence[np.ndarray]) -> bool:
    """Whether each row's key is larger than the one before."""
    decided = np.zeros(max(len(columns[0]) - 1, 0), dtype=bool)
    for column in columns:
        later, earlier = column[1:], column[:-1]
        if bool(np.any(~decided & (later < earlier))):
            return False
        decided |= later > earlier
    return bool(decided.all())


def _whole_numbers(column: pa.ChunkedArray, name: str) -> np.ndarray:
    if column.null_count:
        raise ValueError(f"the key {name} is null in {column.null_count} rows")
    return column.cast(pa.int64()).to_numpy()


def _take_column(digest: _Digest, name: str, column: pa.ChunkedArray, order: np.ndarray | None) -> None:
    letter = _letter(column.type, name)
    digest.update(b"C" + _name(name) + letter)
    pieces = _pieces(column.cast(pa.large_string()) if letter == b"t" else column, order)
    for encode in (_known, *_ENCODERS[letter]):
        for piece in pieces:
            digest.update(encode(piece))


def _pieces(column: pa.ChunkedArray, order: np.ndarray | None) -> list[pa.Array]:
    """The column's chunks as they lie, or one array in key order."""
    if order is None:
        return list(column.chunks)
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return [whole.take(pa.array(order))]


def _letter(kind: pa.DataType, name: str) -> bytes:
    for test, letter in _LETTERS:
        if test(kind):
            return letter
    raise TypeError(f"column {name}: no canonical encoding for {kind}")


def _text_like(kind: pa.DataType) -> bool:
    plain = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return plain or (pa.types.is_dictionary(kind) and _text_like(kind.value_type))


_LETTERS = (
    (pa.types.is_boolean, b"b"),
    (pa.types.is_integer, b"i"),
    (pa.types.is_date, b"d"),
    (_text_like, b"t"),
)


def _known(array: pa.Array) -> np.ndarray:
    if not array.null_count:
        return np.ones(len(array), dtype=np.uint8)
    return pc.is_valid(array).to_numpy(zero_copy_only=False).view(np.uint8)


def _bools(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).view(np.uint8)


def _ints(array: pa.Array) -> np.ndarray:
    return _plain(array.cast(pa.int64()), "<i8")


def _dates(array: pa.Array) -> np.ndarray:
    return _plain(array.cast(pa.date32()).cast(pa.int32()), "<i4")


def _plain(array: pa.Array, form: str) -> np.ndarray:
    filled = pc.fill_null(array, 0) if array.null_count else array
    return np.ascontiguousarray(filled.to_numpy().astype(form, copy=False))


def _lengths(array: pa.Array) -> np.ndarray:
    return pc.fill_null(pc.binary_length(array), 0).to_numpy().astype("<i4")


def _text_bytes(array: pa.Array) -> memoryview:
    filled = pc.fill_null(array, "") if array.null_count else array
    start, stop = _bounds(filled)
    data = filled.buffers()[2]
    return memoryview(data)[start:stop] if data is not None else memoryview(b"")


def _bounds(array: pa.Array) -> tuple[int, int]:
    """Where the array's bytes begin and end in its data buffer."""
    if not len(array):
        return 0, 0
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)
    return int(offsets[array.offset]), int(offsets[array.offset + len(array)])


_ENCODERS = {b"b": (_bools,), b"i": (_ints,), b"d": (_dates,), b"t": (_lengths, _text_bytes)}


def _name(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<i", len(encoded)) + encoded
