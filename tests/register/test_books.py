"""Files that leave: no cell is a formula, codes keep every digit, what a reader reads back is what was written."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
import python_calamine

from doudi.register.exporting import books, columns, quick_sheets
from doudi.register.exporting.books import Book, Page
from doudi.register.exporting.columns import Column
from doudi.register.importing import tables
from doudi.values.refusals import Refusal

NASTY = [
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    '=HYPERLINK("http://x")',
    "=1",
    "＝1+1",
    "|x",
    "%0a",
    "http://example.invalid/",
    "mailto:a@b",
    "1e5",
    "0012",
    "510999196001010023",
    "3-4",
    "TRUE",
    "#REF!",
    "𬱖䶮㐂",
    "a\nb",
]
TEXT = [Column("text", "文字", "text"), Column("id", "证件号码", "id number")]


def written(path: Path, rows: list[list[object]], form: str = "xlsx", made: list[Column] = TEXT) -> Path:
    books.write(Book([Page("表", made, rows)], [("原因", "=1+1")], "zh"), path, form=form, most=len(rows))
    return path


@pytest.mark.parametrize("nasty", NASTY)
def test_no_cell_is_a_formula_or_a_link(tmp_path: Path, nasty: str) -> None:
    path = written(tmp_path / "x.xlsx", [[nasty, nasty]])
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in sheet or b"<f " in sheet or b"<hyperlink" in sheet for sheet in sheets)
    back = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("表").to_python()
    assert back[1][1].replace("\r\n", "\n") == nasty.replace("\r", "") or back[1][1] == nasty


def test_what_looks_like_a_formula_is_kept_from_becoming_one_when_edited(tmp_path: Path) -> None:
    """Excel and WPS take a cell with the quote prefix for text, also after F2 and Enter."""
    path = written(tmp_path / "x.xlsx", [["=1+1", "plain"]])
    with zipfile.ZipFile(path) as archive:
        styles, sheet = archive.read("xl/styles.xml").decode(), archive.read("xl/worksheets/sheet1.xml").decode()
    quoted = [n for n, xf in enumerate(styles.split("<cellXfs")[1].split("<xf ")[1:]) if 'quotePrefix="1"' in xf]
    at = int(sheet.split('r="A2" s="')[1].split('"')[0])
    other = int(sheet.split('r="B2" s="')[1].split('"')[0])
    assert at in quoted
    assert other not in quoted


@pytest.mark.parametrize("nasty", [each for each in NASTY if each[0] in "=+-@\t\r|%"])
def test_csv_cells_that_look_like_formulas_begin_with_an_apostrophe(tmp_path: Path, nasty: str) -> None:
    path = written(tmp_path / "x.csv", [[nasty, "1"]], "csv")
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[1][0].startswith("'")
    assert path.read_bytes()[:3] == b"\xef\xbb\xbf"


def test_identity_numbers_keep_every_digit_through_our_own_reader(tmp_path: Path) -> None:
    number = "51099919600101002X"
    ids = ["510999196001010023", number, "999999999999999999", "000000000000000001"]
    path = written(tmp_path / "x.xlsx", [["a", each] for each in ids])
    read = tables.read(path)[0]
    assert [cells[1] for _, cells in read.rows[1:]] == ids


def test_numbers_are_numbers_days_are_text(tmp_path: Path) -> None:
    made = [
        Column("m", "收入", "income", "money", "元"),
        Column("n", "人数", "members", "int", "人"),
        Column("d", "日期", "day", "date"),
        Column("b", "是否", "yes or no", "bool"),
        Column("q", "面积", "area", "decimal", "亩"),
    ]
    path = written(tmp_path / "x.xlsx", [[447_260, 3, "2020-02-27", True, 15_000], [None] * 5], made=made)
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("表").to_python()
    assert rows[0] == ["收入(元)", "人数(人)", "日期", "是否", "面积(亩)"]
    assert rows[1] == [4472.6, 3.0, "2020-02-27", "是", 1.5]


def test_the_first_row_stands_still(tmp_path: Path) -> None:
    path = written(tmp_path / "x.xlsx", [["a", "b"]])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert 'ySplit="1"' in sheet


def test_more_rows_than_a_sheet_holds_are_refused_before_a_line_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with pytest.raises(Refusal, match="1048575"):
        books.write(Book([Page("表", TEXT, [])], [], "zh"), path, form="xlsx", most=books.MOST_ROWS + 1)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_fails_midway_is_not_there(tmp_path: Path) -> None:
    def rows() -> object:
        yield ["a", "b"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        books.write(Book([Page("表", TEXT, rows())], [], "zh"), tmp_path / "x.csv", form="csv", most=2)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_control_characters_and_turned_text_do_not_leave() -> None:
    assert columns.clean("a\0b\u202ec\x07") == "abc"


def test_the_quick_answers_to_whether_a_letter_is_harmless_are_the_slow_ones() -> None:
    """Every letter there is: what is printable is not to be taken out, what is a letter or digit not to be escaped."""
    every = [chr(code) for code in range(0x110000)]
    assert not [each for each in every if each.isprintable() and columns._UNSAFE.search(each)]
    assert not [each for each in every if each.isalnum() and quick_sheets._ODD.search(each)]


def test_rows_written_at_once_and_cell_by_cell_stand_in_their_order(tmp_path: Path) -> None:
    made = [Column("text", "文字", "text", "text", editable=True), Column("number", "数", "number", "int")]
    rows: list[list[object]] = [
        ["平常", 7], ["<&>", -1], [None, 2], ["_x0041_", None], [" 前后 ", 10**9], ["长" * 20_000, 0], ["\ufffe", 1],
        ["末行", 3],
    ]  # fmt: skip
    path = written(tmp_path / "x.xlsx", rows, made=made)
    back = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("表").to_python()[1:]
    told = [[text if text else "", "" if number is None else float(str(number))] for text, number in rows]
    told[6][0] = back[6][0]  # what is no letter leaves as its number
    assert [[str(text), number] for text, number in back] == told
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<dimension ref="A1:B9"/>' in sheet
    assert [int(part.split('"')[0]) for part in sheet.split('<row r="')[1:]] == list(range(1, 10))
