"""The cells of a workbook as text. Runs in the child process: a bad workbook may kill it, and only it.

The reader (calamine) tells nothing for a formula without its result or for an error such as #REF!, and gives a merged
cell's text once: the sheet's own XML says where such cells stand, and a cell merged over rows is filled down.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from doudi.register.importing import old_workbooks
from doudi.values.refusals import Refusal

DIGITS_KEPT = 10**15  # a spreadsheet keeps fifteen digits of a number
NO_VALUE = "\ufdd0"  # stands for a formula whose result the workbook does not hold
MOST_FILLED = 2_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_RESULT = re.compile(rb"<(?:\w+:)?(?:v|t)>[^<]")
_ERROR = re.compile(rb"<(?:\w+:)?v>(#[^<]{1,20})<")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(r"<Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*\"([^\"]*)\"")
_NAMED = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*\bhidden=\"(?:1|true)\"[^>]*)>")
_NUMBER = re.compile(rb'\br="(\d{1,7})"')
MOST_HIDDEN = 1_000  # rows told by their number
Row = tuple[str, int, list[str]]
Hidden = tuple[str, int, list[int]]


def text_of(cell: Any) -> str:
    """A cell as the text its author meant. A number of sixteen digits or more has lost some: it keeps an exponent."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if abs(cell) >= DIGITS_KEPT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    return str(cell)


def rows(path: Path) -> Iterator[Row | Hidden]:
    """Every row of every sheet that is shown: the sheet's name, the row's number (from 1), its cells.

    Before them, with number 0, what is hidden: a sheet that is left out, and in a shown sheet the numbers of the rows
    nobody sees, which are read like any. Raises Refusal for what is no workbook.
    """
    try:
        lacking = _Sources(path)
        with CalamineWorkbook.from_path(path) as book:
            for place, meta in enumerate(book.sheets_metadata):
                if meta.typ != SheetTypeEnum.WorkSheet:
                    continue
                if meta.visible != SheetVisibleEnum.Visible:
                    yield meta.name, 0, []
                else:
                    if numbers := lacking.hidden(meta.name, place):
                        yield meta.name, 0, numbers
                    yield from _rows(meta.name, book.get_sheet_by_name(meta.name), lacking.of(meta.name))
    except python_calamine.PasswordError as error:
        zh, en = "工作簿有密码,请先去掉密码", "the workbook is protected by a password; remove it first"
        raise Refusal(zh, en) from error
    except (python_calamine.CalamineError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        why = str(error)[:200]
        raise Refusal(f"工作簿读不出来({why})", f"the workbook cannot be read ({why})") from error


def _rows(name: str, sheet: CalamineSheet, lacking: dict[tuple[int, int], str]) -> Iterator[Row]:
    first, left = (sheet.start[0], sheet.start[1]) if sheet.start else (0, 0)
    table = [
        [cell if type(cell) is str else text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)
    ]
    for (row, column), text in lacking.items():
        _put(table, row - first, column - left, text)
    _fill_down(table, sheet, first, left)
    for number, cells in enumerate(table, start=first + 1):
        if any(cells):
            yield name, number, cells


def _put(table: list[list[str]], row: int, column: int, text: str) -> None:
    """Write one cell where the rectangle of cells with content has it; a formula outside of it holds nothing."""
    if 0 <= row < len(table) and 0 <= column < len(table[row]):
        table[row][column] = text


def _fill_down(table: list[list[str]], sheet: CalamineSheet, first: int, left: int) -> None:
    """Give every row under a cell merged over several rows its text."""
    filled = 0
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or []:
        if not first <= top < first + len(table):
            continue
        above = table[top - first]
        text = above[column - left] if 0 <= column - left < len(above) else ""
        for row in range(top + 1 - first, min(bottom + 1 - first, len(table)) if text else 0):
            if not table[row][column - left]:
                table[row][column - left] = text
            filled += 1
        if filled > MOST_FILLED:
            raise ValueError("merged cells without end")


class _Sources:
    """A workbook's sheets as they stand in the file: what no reader tells is sought there."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self.parts = self._parts() if self.archive and "xl/workbook.xml" in self.archive.namelist() else {}
        self.old = [] if self.archive else old_workbooks.hidden_rows(path.read_bytes())

    def _parts(self) -> dict[str, str]:
        """The part of each sheet by its name."""
        assert self.archive is not None
        relations = {}
        if "xl/_rels/workbook.xml.rels" in self.archive.namelist():
            for found in _RELATION.finditer(_text(self.archive, "xl/_rels/workbook.xml.rels")):
                said = dict(_ATTRIBUTE.findall(found[1]))
                relations[said.get("Id", "")] = said.get("Target", "")
        parts = {}
        for found in _SHEET.finditer(_text(self.archive, "xl/workbook.xml")):
            said = dict(_ATTRIBUTE.findall(found[1]))
            target = relations.get(said.get("r:id", ""), "")
            parts[_unescaped(said.get("name", ""))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return parts

    def of(self, sheet: str) -> dict[tuple[int, int], str]:
        """The cells of a sheet (row, column, from 0) the reader says nothing of: `NO_VALUE`, or the error they show."""
        part = self.parts.get(sheet, "")
        if self.archive is None or part not in self.archive.namelist():
            return {}
        data = self.archive.read(part)
        if b't="e"' not in data and not _FORMULA.search(data):
            return {}
        found = {}
        for cell in _CELL.finditer(data):
            body = cell[2] or b""
            at = _REFERENCE.search(cell[1])
            error = _ERROR.search(body) if b't="e"' in cell[1] else None
            if at and (error or (_FORMULA.search(body) and not _RESULT.search(body))):
                text = error[1].decode("ascii", "replace") if error else NO_VALUE
                found[int(at[2]) - 1, _column(at[1])] = text
        return found

    def hidden(self, sheet: str, place: int) -> list[int]:
        """The numbers of a sheet's hidden rows; `place` is the sheet's among all of the workbook."""
        if self.old:
            return self.old[place][:MOST_HIDDEN] if place < len(self.old) else []
        part = self.parts.get(sheet, "")
        if self.archive is None or part not in self.archive.namelist():
            return []
        data = self.archive.read(part)
        if b"hidden=" not in data:
            return []
        numbers = (_NUMBER.search(row[1]) for row in _HIDDEN_ROW.finditer(data))
        return [int(number[1]) for number in numbers if number][:MOST_HIDDEN]


def _text(archive: zipfile.ZipFile, part: str) -> str:
    return archive.read(part).decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    for name, sign in _NAMED.items():
        text = text.replace(name, sign)
    return text


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
