"""Workbooks and CSV files as they leave: no cell is ever a formula, codes are text, the filters go along."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doudi.register.exporting import columns as cells
from doudi.register.exporting.columns import Cell, Column, in_words
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from doudi.register.exporting.quick_sheets import QuickSheet

MOST_ROWS = 1_048_575  # of a sheet, below its header (reliability notes, section 7: 104)
LONGEST_LIST = 255  # characters the words of a dropdown may have together
EVERY = 500
FILTERS = ("筛选条件", "Filters")
TOKEN = "_token"  # noqa: S105 - the name of a sheet
Hear = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell that stands out by its colour."""

    value: Cell


@dataclass(slots=True)
class Page:
    """One sheet: its name, its columns, its rows of values; `raw` rows are cells already. `rows` may be walked once."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    raw: bool = False


@dataclass(slots=True)
class Book:
    """What leaves: pages, then what was asked for (label, text); on a hidden sheet the token it comes back with."""

    pages: list[Page]
    told: list[tuple[str, str]]
    language: str
    token: str = ""
    made: int = field(default=0, init=False)


def write(book: Book, path: Path, *, form: str, most: int, hear: Hear = lambda _: None) -> str:
    """Write the whole book under its name or not at all; answers the SHA-256 of the file.

    `most` is the number of rows expected. Raises Refusal for more rows than a sheet holds.
    """
    if most > MOST_ROWS:
        raise too_long(most)
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        (_write_csv if form == "csv" else _write_xlsx)(book, draft, most, hear)
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return sha256_of(path)


def too_long(rows: int) -> Refusal:
    """What to say to more rows than a sheet holds."""
    return Refusal(
        f"共 {rows} 行,超过一张表能放的 {MOST_ROWS} 行。请加筛选条件(如按乡镇)分几次导出。",
        f"{rows} rows are more than the {MOST_ROWS} one sheet holds. Filter (by town, say) and export in parts.",
    )


def sha256_of(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- CSV


def _write_csv(book: Book, path: Path, most: int, hear: Hear) -> None:
    page = book.pages[0]
    shown = [column for column in page.columns if not column.hidden]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([cells.harmless(column.heading(book.language)) for column in shown])
        for row in _heard(book, page, most, hear):
            pairs = zip(page.columns, row, strict=True)
            writer.writerow([cells.harmless(value) for column, value in pairs if not column.hidden])


def _heard(book: Book, page: Page, most: int, hear: Hear) -> Iterator[list[Any]]:
    """The rows as cells, counted; news every few hundred."""
    for number, row in enumerate(page.rows, start=1):
        if number > MOST_ROWS:
            raise too_long(number)
        book.made += not page.raw
        if number % EVERY == 0:
            hear(number / max(most, number))
        if page.raw:
            yield list(row)
        else:
            yield [cells.cell(column, value, book.language) for column, value in zip(page.columns, row, strict=True)]


# -- workbooks


def _write_xlsx(book: Book, path: Path, most: int, hear: Hear) -> None:
    import xlsxwriter  # only here: every command would load it

    from doudi.register.exporting.quick_sheets import QuickSheet

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        formats = _Formats(workbook)
        for page in book.pages:
            rows = _heard(book, page, most, hear)
            _write_page(workbook.add_worksheet(page.name, QuickSheet), page, book, formats, rows)
        _write_told(workbook.add_worksheet(in_words(*FILTERS, book.language)), book, formats)
        if book.token:
            hidden = workbook.add_worksheet(TOKEN)
            hidden.write_string(0, 0, book.token)
            hidden.very_hidden()


class _Formats:
    """The few looks of a cell."""

    def __init__(self, workbook: Any) -> None:
        self.head = workbook.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "num_format": "@"}
        )
        self.head_edit = workbook.add_format(
            {"bold": True, "bg_color": "#FFE699", "border": 1, "text_wrap": True, "num_format": "@"}
        )
        plain: dict[str, dict[str, Any]] = {
            "": {},
            "edit": {"bg_color": "#FFF9E5"},
            "mark": {"bg_color": "#F8CBAD", "bold": True},
        }
        self.text = {name: workbook.add_format({**look, "num_format": "@"}) for name, look in plain.items()}
        self.quoted = {
            name: workbook.add_format({**look, "num_format": "@", "quote_prefix": True}) for name, look in plain.items()
        }
        self.number = {name: workbook.add_format({**look, "num_format": "General"}) for name, look in plain.items()}
        self.wrap = workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})


def _write_page(sheet: QuickSheet, page: Page, book: Book, formats: _Formats, rows: Iterator[list[Any]]) -> None:
    sheet.freeze_panes(1, 0)
    looks = ["edit" if column.editable else "" for column in page.columns]
    for at, column in enumerate(page.columns):
        whole = formats.text[looks[at]] if column.type not in cells.NUMBERS else formats.number[looks[at]]
        sheet.set_column(at, at, column.width, whole, {"hidden": column.hidden})
        sheet.write_string(0, at, column.heading(book.language), formats.head_edit if column.editable else formats.head)
    number = 0
    for number, row in enumerate(rows, start=1):
        sheet.put_row(number, _looking(row, looks, formats))
    _offer(sheet, page, book.language, number)
    if number:
        sheet.autofilter(0, 0, number, len(page.columns) - 1)


def _looking(row: Sequence[Any], looks: Sequence[str], formats: _Formats) -> list[tuple[int, Any, Any]]:
    """The cells that are written: a number, or text whose look keeps a spreadsheet from taking it for anything else."""
    found: list[tuple[int, Any, Any]] = []
    for at, value in enumerate(row):
        look = looks[at]
        if isinstance(value, Marked):
            value, look = value.value, "mark"
        if value is None or value == "":
            if look:
                found.append((at, None, formats.text[look]))
        elif isinstance(value, str):
            found.append((at, value, (formats.quoted if cells.is_dangerous(value) else formats.text)[look]))
        else:
            found.append((at, value, formats.number[look]))
    return found


def _offer(sheet: Worksheet, page: Page, language: str, rows: int) -> None:
    """A dropdown for each editable column of few words. WPS shows no list longer than 255 characters."""
    for at, column in enumerate(page.columns):
        words = cells.choices(column, language) if column.editable else []
        if rows and words and len(",".join(words)) <= LONGEST_LIST and not any("," in word for word in words):
            title = in_words("不在选项里", "not a choice", language)
            sheet.data_validation(
                1,
                at,
                rows,
                at,
                {"validate": "list", "source": words, "error_type": "warning", "error_title": title[:32]},
            )


def _write_told(sheet: Worksheet, book: Book, formats: _Formats) -> None:
    """Who asked for what, when and why; then what each column means."""
    sheet.set_column(0, 0, 22, formats.wrap)
    sheet.set_column(1, 1, 90, formats.wrap)
    every = [column for page in book.pages for column in page.columns if not column.hidden]
    shown = [(each.heading(book.language), note) for each in every if (note := each.note(book.language))]
    told = list(book.told)
    if not all(page.raw for page in book.pages):  # a form has no rows of its own to count
        told.append((in_words("行数", "rows", book.language), str(book.made)))
    if shown:
        told += [(in_words("各列含义", "what the columns mean", book.language), ""), *shown]
    for number, (label, text) in enumerate(told):
        for at, word in enumerate((label, cells.clean(text))):
            look = formats.quoted[""] if cells.is_dangerous(word) else formats.wrap
            sheet.write_string(number, at, word, formats.head if at == 0 else look)


def told_day(day: date | datetime | None) -> str:
    """A day, or a moment, as text."""
    if isinstance(day, datetime):
        return day.strftime("%Y-%m-%d %H:%M")
    return day.isoformat() if day else "--"
