"""Reading what an engine gave back for `compile_values`: the same results as the definition's, without the missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from doudi.rules.engines.sql_program import Shape, SqlProgram
from doudi.rules.errors import CAUSE_NAMES
from doudi.rules.results import Result, failed, known, unknown

Row = int
_UNKNOWN = unknown()


def read_values(program: SqlProgram, table: pa.Table) -> list[dict[int, Result]]:
    """For each expression, the result for each subject by id.

    An unknown does not say which facts are missing: that is asked of the definition, one subject at a time.
    """
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    subjects: list[int] = columns["id"]
    readers = [_reader(shape, columns) for shape in program.shapes]
    return [{subject: read(index) for index, subject in enumerate(subjects)} for read in readers]


def _reader(shape: Shape, columns: dict[str, list[Any]]) -> Callable[[Row], Result]:
    values, causes = columns[shape.value], columns[shape.cause] if shape.cause else None
    whole = _lister(shape, columns) if shape.items is not None else values.__getitem__

    def read(index: Row) -> Result:
        if values[index] is not None:
            return known(whole(index))
        cause = causes[index] if causes else None
        return failed(CAUSE_NAMES[cause]) if cause is not None else _UNKNOWN

    return read


def _lister(shape: Shape, columns: dict[str, list[Any]]) -> Callable[[Row], Any]:
    items = [(columns[belongs] if belongs else None, _valuer(inside, columns)) for belongs, inside in shape.items or ()]

    def read(index: Row) -> tuple[Any, ...]:
        return tuple(value(index) for belongs, value in items if belongs is None or belongs[index])

    return read


def _valuer(shape: Shape, columns: dict[str, list[Any]]) -> Callable[[Row], Any]:
    return _lister(shape, columns) if shape.items is not None else columns[shape.value].__getitem__
