"""The language by example: tables of cases for `doudi rule eval`, each with the answer expected."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("tables")


@dataclass(frozen=True)
class Example:
    """One row of a table. `expected` is {"value": …}, {"unknown": […]}, {"error": cause} or {"refused": part of it}."""

    table: str
    number: int
    case: Mapping[str, Any]
    expected: Mapping[str, Any]
    why: str = ""

    def __str__(self) -> str:
        return f"{self.table}-{self.number}: {self.case['expr']}"


@dataclass(frozen=True)
class Table:
    """A page of the language."""

    name: str
    title: str
    text: str
    types: Mapping[str, Any]
    examples: tuple[Example, ...]


def read_tables() -> Iterator[Table]:
    """Every table, in the order of its number."""
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        types = data.get("types", {})
        rows = [_example(path.stem, number, row, types) for number, row in enumerate(data["case"], 1)]
        yield Table(path.stem, data["title"], data["text"].strip(), types, tuple(rows))


def _example(table: str, number: int, row: dict[str, Any], types: Mapping[str, Any]) -> Example:
    case = {"expr": row["expr"], "facts": row.get("facts", {}), "params": row.get("params", {})}
    case["types"] = {**types, **row.get("types", {})}
    expected = {key: row[key] for key in ("value", "unknown", "error", "refused") if key in row}
    return Example(table, number, case, expected, row.get("why", ""))
