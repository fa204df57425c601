"""What a preview says, for people and programs; and what stays out, as a file to correct and send again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from doudi.register.importing import comparing
from doudi.register.importing.accepting import Preview
from doudi.register.importing.comparing import Line

WHY = ("原表行号 row", "结果 state", "原因 why")


def write_problems(found: Preview, path: Path) -> int:
    """Write every row that was refused or held, with why and the row itself, as CSV; answers how many lines."""
    rows = dict(found.reading.table.rows)
    lines = list(comparing.problems(found.comparison.lines))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "state", "column", "why (zh)", "why (en)", "the row"])
        for line, complaint in lines:
            told = [line.number, line.state, complaint.column, complaint.zh, complaint.en]
            writer.writerow([told[0], *map(harmless, (*told[1:], *rows.get(line.number, [])))])
    return len(lines)


def write_sheet(found: Preview, path: Path) -> None:
    """The same as a workbook of text cells under the original headings, to be corrected and sent again."""
    import xlsxwriter  # only here: every command would load it

    rows = dict(found.reading.table.rows)
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("未收下的行")
        header = found.reading.header
        for place, text in enumerate([*WHY, *header]):
            sheet.write_string(0, place, text)
        stays = [line for line in found.comparison.lines if line.why]
        for at, line in enumerate(stays, start=1):
            why = "; ".join(f"{w.column}: {w.zh} / {w.en}" for w in line.why)
            for place, text in enumerate([str(line.number), line.state, why, *rows.get(line.number, [])]):
                if text:
                    sheet.write_string(at, place, text[:32_000])


def harmless(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def told(found: Preview, *, most: int = 20) -> dict[str, Any]:
    """A preview as one object for people and programs, with the first problems and changes."""
    lines: list[Line] = found.comparison.lines
    households = found.comparison.households.values()
    return {
        "file": found.reading.table.name,
        "sheet": found.reading.table.sheet,
        "sha256": found.reading.table.sha256,
        "profile": found.reading.profile.name,
        "source": found.source,
        "as_of": found.reading.about.isoformat(),
        **found.counts,
        "new_households": sum(h.known is None for h in households),
        "new_persons": sum(p.known is None for p in found.comparison.persons),
        **found.comparison.movements(),
        "new_places": len(found.comparison.places.new) if found.comparison.places else 0,
        "statements": sum(bool(facts) for *_, facts in found.comparison.told),
        "hidden_rows": list(found.reading.table.hidden_rows),
        "hidden_sheets": list(found.reading.table.hidden_sheets),
        "columns_not_used": list(found.reading.unused),
        "columns_absent": list(found.reading.absent),
        "columns_spare": list(found.reading.spare),
        "columns_twice": list(found.reading.twice),
        "newer_table_of": found.later.isoformat() if found.later else None,
        "taken_before": found.before.accepted_at.isoformat() if found.before else None,
        "problems": [
            {"row": line.number, "state": line.state, "column": c.column, "zh": c.zh, "en": c.en}
            for line, c in _first(comparing.problems(lines), most)
        ],
        "changes": [
            {"row": line.number, "column": c.column, "before": c.before, "after": c.after}
            for line, c in _first(((line, change) for line in lines for change in line.changes), most)
        ],
    }


def _first(pairs: Iterable[Any], most: int) -> Iterator[Any]:
    return (pair for pair, _ in zip(pairs, range(most), strict=False))
