"""Reads a workbook and writes its cells as JSON lines; run as a process of its own, which a bad file may kill.

`python -m doudi.register.importing.child FILE`: exit 0 and `[sheet, row number, [text, ...]]` a line, or exit 2 and a
word on stderr.
"""

from __future__ import annotations

import datetime
import sys
from typing import Any

import orjson
import python_calamine

DIGITS_KEPT = 10**15  # a spreadsheet keeps fifteen digits of a number


def text_of(cell: Any) -> str:
    """A cell as the text its author meant. A number of sixteen digits or more has lost some: it keeps an exponent."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if abs(cell) >= DIGITS_KEPT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    return str(cell)


def main(path: str) -> int:
    """Write every sheet that is shown."""
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            for meta in book.sheets_metadata:
                if (
                    meta.typ == python_calamine.SheetTypeEnum.WorkSheet
                    and meta.visible == python_calamine.SheetVisibleEnum.Visible
                ):
                    _write(meta.name, book.get_sheet_by_name(meta.name))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _write(name: str, sheet: python_calamine.CalamineSheet) -> None:
    first = sheet.start[0] + 1 if sheet.start else 1
    for number, row in enumerate(sheet.to_python(skip_empty_area=True), start=first):
        cells = [text_of(cell) for cell in row]
        if any(cells):
            sys.stdout.buffer.write(orjson.dumps([name, number, cells]) + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
