"""Rows written in a profile's layout: what an import of the same profile reads back unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from doudi.register.importing import conversions
from doudi.register.importing.conversions import Value
from doudi.register.importing.profiles import FactColumn, Layout, LayoutColumn

Facts = Mapping[str, Mapping[str, Value]]


def header(layout: Layout) -> list[str]:
    """The headings in their order."""
    return [column.heading for column in layout.columns]


def row_of(layout: Layout, parts: Mapping[str, str], facts: Facts, *, year: int, minor: int = 100) -> list[str]:
    """One row of text cells.

    `parts` by name (county, town, village, household_code, head, group, person_code, person_name, id_number, year,
    and `known.<name>` for the columns of which nothing is kept); `facts` by kind and key (`wage_income@2019`), of
    which those of `year` fill the yearly columns.
    """
    return [_cell(column, parts, facts, year, minor) for column in layout.columns]


def _cell(column: LayoutColumn, parts: Mapping[str, str], facts: Facts, year: int, minor: int) -> str:
    if column.part:
        return parts.get(column.part, "")
    said = [cell_of(each, facts, year=year, minor=minor) for each in column.facts]
    return ",".join(text for text in said if text)


def cell_of(column: FactColumn, facts: Facts, *, year: int, minor: int = 100) -> str:
    """The cell of one fact; empty where nothing is said."""
    key = f"{column.fact.name}@{year}" if column.fact.yearly else column.fact.name
    return conversions.text_of(column, facts.get(column.kind, {}).get(key), minor=minor)
