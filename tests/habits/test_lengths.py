"""House numbers: functions and files short enough to read."""

from __future__ import annotations

import ast
import statistics

import pytest

from tests.habits import sources

FUNCTIONS = [
    (node.end_lineno - node.lineno + 1, f"{sources.name(path)}:{node.lineno} {node.name}")
    for path in sources.python()
    for node in ast.walk(sources.tree(path))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
]
FILES = [(path.read_text(encoding="utf-8").count("\n"), sources.name(path)) for path in sources.python()]


def share(rows: list[tuple[int, str]], most: int) -> float:
    return sum(length <= most for length, _ in rows) / len(rows)


@pytest.mark.parametrize(("rows", "most"), [(FUNCTIONS, 60), (FILES, 500)], ids=["function", "file"])
def test_none_is_too_long(rows: list[tuple[int, str]], most: int) -> None:
    assert [row for row in rows if row[0] > most] == []


@pytest.mark.parametrize(("rows", "most"), [(FUNCTIONS, 30), (FILES, 250)], ids=["function", "file"])
def test_nine_of_ten_are_short(rows: list[tuple[int, str]], most: int) -> None:
    assert share(rows, most) >= 0.9, sorted(rows)[-20:]


def test_half_of_the_functions_are_very_short() -> None:
    assert statistics.median(length for length, _ in FUNCTIONS) <= 9
