"""Files and cells as they come (reliability notes, section 7, A to D, F): read right, held, or refused in words."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from doudi.facts import vocabulary
from doudi.register.importing import accepting, conversions, old_workbooks, profiles, tables, telling
from doudi.register.importing.conversions import Unreadable
from doudi.register.importing.profiles import FactColumn
from doudi.values.refusals import Refusal
from tests.conftest import VILLAGE
from tests.register.test_importing import ABOUT, HEADER, WANG, WANG2

FILES = Path(__file__).parent / "files"
HEADINGS = HEADER.split(",")
ROWS = [WANG.split(","), WANG2.split(",")]
Change = Callable[[bytes], bytes]


def opened(path: Path, profile: str = "roster") -> Any:
    return accepting.open_table(path, profiles.load(profile), about=ABOUT)


def states(path: Path) -> list[tuple[str, str]]:
    """Each line's state, and the columns of its complaints."""
    found = accepting.preview(opened(path))
    return [(line.state, " ".join(why.column for why in line.why)) for line in found.comparison.lines]


def book(path: Path, fill: Callable[[Any, Any], None] | None = None, rows: list[list[Any]] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("花名册")
        for number, row in enumerate([HEADINGS, *(ROWS if rows is None else rows)]):
            sheet.write_row(number, 0, row)
        if fill:
            fill(made, sheet)
    return path


def rewrite(path: Path, part: str, change: Change) -> Path:
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_a_wrong_dimension_loses_no_row(village: Any, tmp_path: Path) -> None:
    path = book(tmp_path / "d.xlsx")
    rewrite(path, SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', xml))
    assert [state for state, _ in states(path)] == ["new", "new"]


LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
DOCTYPES = {
    "XXE": b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    "billion laughs": LAUGHS,
}


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("case", DOCTYPES)
def test_a_document_type_is_refused_wherever_it_stands(case: str, part: str, tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx")
    rewrite(path, part, lambda xml: xml.replace(b"?>", b"?>" + DOCTYPES[case], 1))
    with pytest.raises(Refusal, match="document type"):
        tables.read(path)


def endless_cell(path: Path) -> None:
    """One cell of 600 MB in an archive of 600 KB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(SHEET, "w") as part:
            for _ in range(590):
                part.write(b"x" * 1_000_000)


def locked(path: Path) -> None:
    """An encrypted workbook is an OLE file with a stream of this name."""
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2048 + "EncryptedPackage".encode("utf-16-le"))


def many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(10_000):
            archive.writestr(f"p{n}.xml", "")


def lying(path: Path) -> None:
    """An archive whose directory says a part is small."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(SHEET, b"x" * 3_000_000)
    data = path.read_bytes()
    path.write_bytes(data.replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little")))


FILES_REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "endless-cell.xlsx": (endless_cell, "unpacks to too much"),
    "locked.xlsx": (locked, "password"),
    "many-parts.xlsx": (many_parts, "unpacks to too much"),
    "lying.xlsx": (lying, "damaged|cannot be read"),
    "page.xls": (lambda p: p.write_bytes("\ufeff\n<HTML><table>户编号".encode()), "web page"),
    "page.csv": (lambda p: p.write_text("<!DOCTYPE html><html>"), "web page"),
    "text.xlsx": (lambda p: p.write_text(HEADER), "named .csv"),
    "slip.xlsx": (lambda p: zipfile.ZipFile(p, "w").writestr("../../../tmp/slip", "x"), "cannot be read"),
    "nuls.csv": (lambda p: p.write_bytes(HEADER.encode() + b"\0" * 100), "NUL"),
    "quotes.csv": (lambda p: p.write_text(HEADER + '\na,"b"c' * 300), "quotation mark"),
}


@pytest.mark.parametrize("name", FILES_REFUSED)
def test_a_file_that_is_no_table_is_refused_in_words(name: str, tmp_path: Path) -> None:
    make, word = FILES_REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(Refusal, match=word) as refused:
        tables.read(tmp_path / name)
    assert refused.value.zh


def test_a_workbook_without_its_list_of_types_is_read_or_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "[Content_Types].xml"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    try:
        (table,) = tables.read(path)
    except Refusal:
        return
    assert len(table.rows) == 3


def test_an_old_workbook_and_one_with_macros_are_read_like_any(village: Any, tmp_path: Path) -> None:
    assert states(FILES / "roster_biff8.xls") == [("new", "")]
    renamed = book(tmp_path / "m.xlsx").rename(tmp_path / "m.xlsm")
    assert [state for state, _ in states(renamed)] == ["new", "new"]
    (tmp_path / "old.et").write_bytes((FILES / "roster_biff8.xls").read_bytes())
    assert states(tmp_path / "old.et") == [("new", "")]


def merged(path: Path) -> Path:
    """Two header rows, groups over columns, codes over rows; household columns merged over its members' rows."""
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        sheet.merge_range(0, 0, 0, 10, "蓬溪县农户花名册")
        for column in (0, 1):
            sheet.merge_range(1, column, 2, column, HEADINGS[column])
        sheet.merge_range(1, 2, 1, 9, "家庭情况")
        sheet.write(1, 10, "收入(元)")
        sheet.write_row(2, 2, HEADINGS[2:])
        for number, row in enumerate(ROWS):
            sheet.write_row(3 + number, 0, row)
        for column in (0, 1, 2, 10):
            sheet.merge_range(3, column, 4, column, ROWS[0][column])
        sheet.write(5, 0, "合计")
        sheet.write(5, 10, 2401)
        sheet.write(6, 0, "注:收入为2019年。")
    return path


def test_merged_cells_two_header_rows_totals_and_notes(village: Any, tmp_path: Path) -> None:
    found = accepting.preview(opened(merged(tmp_path / "m.xlsx")))
    assert [line.state for line in found.comparison.lines] == ["new", "new", "refused", "refused"]
    assert ["totals" in line.why[0].en or "note" in line.why[0].en for line in found.comparison.lines[2:]] == [True] * 2
    assert found.comparison.households["W-1"].facts["wage_income@2019"] == 120_050


def test_hidden_sheets_are_left_out_and_hidden_rows_are_rows(village: Any, tmp_path: Path) -> None:
    def fill(made: Any, sheet: Any) -> None:
        hidden = made.add_worksheet("旧表")
        hidden.write_row(0, 0, [*HEADINGS, "行业"])
        hidden.write_row(1, 0, ["OLD", *ROWS[0][1:]])
        hidden.hide()
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.autofilter(0, 0, 2, 5)

    path = book(tmp_path / "h.xlsx", fill)
    assert [state for state, _ in states(path)] == ["new", "new"]
    told = telling.told(accepting.preview(opened(path)))
    assert (told["hidden_rows"], told["hidden_sheets"]) == ([3], ["旧表"])
    told = telling.told(accepting.preview(opened(book(tmp_path / "s.xlsx"))))
    assert (told["hidden_rows"], told["hidden_sheets"]) == ([], [])


def test_hidden_rows_of_an_old_workbook_are_told_too(village: Any, tmp_path: Path) -> None:
    """Two sheets, the second not shown and with a hidden row of its own; each row's number is of its sheet."""
    told = telling.told(accepting.preview(opened(FILES / "hidden_biff8.xls")))
    assert (told["hidden_rows"], told["hidden_sheets"]) == ([3], ["旧表"])
    assert [state for state, _ in states(FILES / "hidden_biff8.xls")] == ["new", "new"]
    told = telling.told(accepting.preview(opened(FILES / "roster_biff8.xls")))
    assert (told["hidden_rows"], told["hidden_sheets"]) == ([], [])


def test_a_broken_old_workbook_tells_nothing_of_hidden_rows() -> None:
    """Whatever byte is wrong: the search ends, and in no error but `rows` refusing the file."""
    whole = (FILES / "hidden_biff8.xls").read_bytes()
    assert old_workbooks.hidden_rows(whole) == [[3], [2]]
    assert old_workbooks.hidden_rows(b"") == old_workbooks.hidden_rows(b"PK\x03\x04" + bytes(999)) == []
    for length in range(0, len(whole), 97):
        assert old_workbooks.hidden_rows(whole[:length]) in ([], [[3], [2]], [[3], []], [[], []])
    for at in [*range(512), *range(512, len(whole), 41)]:
        for byte in (0x00, 0x01, 0x7F, 0xFF):
            old_workbooks.hidden_rows(whole[:at] + bytes([byte]) + whole[at + 1 :])


def test_a_formula_without_its_result_and_an_error_hold_the_row(village: Any, tmp_path: Path) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_formula(1, 10, "=1200+0.5", None, "")
        sheet.write_formula(2, 8, "=Sheet9!A1", None, "#REF!")

    path = book(tmp_path / "f.xlsx", fill)
    found = accepting.preview(opened(path)).comparison.lines
    assert [(line.state, line.why[0].column) for line in found] == [("held", "工资性收入"), ("held", "劳动能力")]
    assert "formula without its result" in found[0].why[0].en
    assert "#REF!" in found[1].why[0].zh
    computed = book(tmp_path / "g.xlsx", lambda _, sheet: sheet.write_formula(1, 10, "=1200+0.5", None, 1200.5))
    assert [state for state, _ in states(computed)] == ["new", "new"]


def test_days_are_read_in_either_epoch_and_numbers_as_text(village: Any, tmp_path: Path) -> None:
    for name, epoch in (("a.xlsx", {}), ("b.xlsx", {"date_1904": True})):
        with xlsxwriter.Workbook(tmp_path / name, epoch) as made:
            sheet = made.add_worksheet()
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(1, 0, ROWS[0])
            sheet.write_datetime(1, 7, datetime.date(1955, 3, 3), made.add_format({"num_format": "yyyy-mm-dd"}))
        person = accepting.preview(opened(tmp_path / name)).comparison.persons[0].row
        assert person.facts["person"]["birth_date"] == "1955-03-03"


LINES: dict[str, tuple[str, tuple[str, str]]] = {
    "a quotation mark without a partner": (WANG2.replace("李桂香", '"李桂香', 1), ("refused", "户编号")),
    "an endless cell": (WANG2.replace("李桂香", "李" * 140_000), ("refused", "户编号")),
    "an endless row": (WANG2 + ",x" * 600, ("refused", "户编号")),
    "a NUL": (WANG2.replace("李桂香", "李\0桂香"), ("refused", "姓名")),
    "a spoilt character": (WANG2.replace("李桂香", "李\ufffd香"), ("refused", "姓名")),
    "a name that is none": (WANG2.replace("李桂香", "NaN"), ("refused", "姓名")),
    "a day beside the number's": (WANG2.replace("1958年4月4日", "1958-04-05"), ("held", "出生日期")),
    "a sex beside the number's": (WANG2.replace(",女,", ",男,"), ("held", "性别")),
    "an old number": (WANG2.replace("510999195804040029", "510999580404002"), ("new", "")),
    "a small x and spaces": (WANG2.replace("510999195804040029", "５１０９９９ 19580404002９"), ("new", "")),
    "a number in quotes": (WANG2.replace("510999195804040029", "'510999195804040029"), ("new", "")),
    "no day in the number": (WANG2.replace("510999195804040029", "510999195813040023"), ("refused", "证件号码")),
    "no number yet": (WANG2.replace("510999195804040029", "999999195804040029"), ("new", "")),
    "two headings again": (HEADER, ("refused", "户编号")),
}


@pytest.mark.parametrize("case", LINES)
def test_one_bad_line_is_one_bad_row(case: str, village: Any, tmp_path: Path) -> None:
    line, expected = LINES[case]
    path = tmp_path / "r.csv"
    last = WANG.replace("W-1", "W-9").replace("510999195503030011", "")
    path.write_bytes("\r\n".join([HEADER, WANG, line, last]).encode("utf-8"))
    assert states(path) == [("new", ""), expected, ("new", "")]


def test_a_line_in_another_encoding_is_one_bad_row(village: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    good = [WANG.replace("W-1", f"W-{n}").replace("510999195503030011", "") for n in range(100)]
    path.write_bytes("\r\n".join([HEADER, *good]).encode() + b"\r\n" + WANG2.encode("gbk"))
    found = [state for state, _ in states(path)]
    assert (found.count("new"), found[-1]) == (100, "refused")


def test_a_second_number_for_one_name_and_a_passport(village: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    lines = [
        HEADER + ",证件类型",
        f"H-LIN,{VILLAGE},林秀英,林秀英,510999196001010031,户主,,,,,,",  # registered with another number
        f"H-CHEN,{VILLAGE},陈大福,陈宝,E12345678,之子,,,,,,护照",
    ]
    path.write_text("\r\n".join(lines), "utf-8")
    national = lines[0].replace("劳动能力", "劳动技能").replace("工资性收入", "户联系电话")
    path.write_text("\r\n".join([national, *lines[1:]]), "utf-8")
    found = accepting.preview(opened(path, "national")).comparison.lines
    assert [line.state for line in found] == ["held", "new"]
    assert "another number" in found[0].why[0].en
    assert "护照" in found[1].notes[0].zh


def test_an_amount_in_the_wrong_unit_is_held(village: Any, tmp_path: Path) -> None:
    from tests.register.conftest import NOW

    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join([HEADER, WANG]), "utf-8")
    accepting.accept(opened(first), by="tester", now=NOW)
    for written, state in (("12005000", "refused"), ("0.1201", "refused"), ("120050", "held"), ("1300", "changed")):
        second.write_text("\n".join([HEADER, WANG.replace("1200.50", written)]), "utf-8")
        assert [each for each, _ in states(second)] == [state], written


# -- cells, by the type of their fact

WORDS = vocabulary.load()


def column(name: str, kind: str = "household", **more: Any) -> FactColumn:
    fact = WORDS.fact(kind, name)
    assert fact is not None
    return FactColumn(kind, fact, (name,), **more)


MONEY, AREA, MONTHS = column("wage_income"), column("arable_land"), column("work_months", "person")
BORN, PHONE = column("birth_date", "person"), column("phone", convert="phone")
MONTH = column("risk_found_on", convert="month")
READ: list[tuple[FactColumn, str, Any]] = [
    (MONEY, "１２３", 12_300), (MONEY, "1,234.50", 123_450), (MONEY, "-0.00", 0), (MONEY, "100元", 10_000),
    (MONEY, "￥100", 10_000), (MONEY, "1.2万元", 1_200_000), (MONEY, "1.2万", 1_200_000), (MONEY, "1200.0", 120_000),
    (AREA, "1.5亩", 15_000), (AREA, "0.1公顷", 15_000), (MONTHS, "12.0", 12), (MONTHS, "3个月", 3), (MONTHS, "３", 3),
    (BORN, "2020/2/27", "2020-02-27"), (BORN, "2020.2.27", "2020-02-27"), (BORN, "2020年2月27日", "2020-02-27"),
    (BORN, "20200227", "2020-02-27"), (BORN, "1986-05-04 00:30:00", "1986-05-04"), (MONTH, "202105", "2021-05-01"),
    (MONTH, "2021年5月", "2021-05-01"), (PHONE, "+86 138-0013-8000", "13800138000"),
    (PHONE, "13800138000.0", "13800138000"),
    (PHONE, "(0825)5421234", "08255421234"), (PHONE, "0825-5421234", "0825-5421234"),
    (PHONE, "138001380001", "138001380001"),  # twelve digits: kept as written, a check asks about it
]  # fmt: skip
HELD = ["约100", "100-200", "100左右", "43888"]
UNREAD: list[tuple[FactColumn, str]] = [
    *[(MONEY, text) for text in ("٣", "1_000", "1e3", "1E+2", "0.005", "-3", "9223372036854775808", "9" * 5000)],
    *[(MONEY, text) for text in ("NaN", "Infinity", "1e400", "30.71%", "1,23.4", "一百", "100斤", "约100", "=1+1")],
    (MONEY, "100-200"),
    *[(MONTHS, text) for text in ("1.5", "13", "-1", "٣", "1e1", "12,", "100左右")],
    *[(AREA, text) for text in ("0.00001", "1e3", "9" * 30, "12元")],
    *[(BORN, text) for text in ("2020-02-30", "0000-00-00", "43888", "02/03/2020", "二〇二〇年", "0001-01-01")],
    *[(BORN, text) for text in ("9999-12-31", "2020-13-01", "٢٠٢٠-01-01", "202002", "2020")],
]  # fmt: skip


@pytest.mark.parametrize(("of", "text", "value"), READ, ids=[f"{c.fact.name} {t}" for c, t, _ in READ])
def test_a_cell_is_read_as_it_is_meant(of: FactColumn, text: str, value: Any) -> None:
    assert conversions.value_of(of, conversions.clean(text), minor=100) == value


@pytest.mark.parametrize(("of", "text"), UNREAD, ids=[f"{c.fact.name} {t[:12]}" for c, t in UNREAD])
def test_a_cell_that_says_nothing_sure_is_never_guessed(of: FactColumn, text: str) -> None:
    with pytest.raises(Unreadable) as found:
        conversions.value_of(of, conversions.clean(text), minor=100)
    assert found.value.held == (text in HELD and (of is not MONTHS or text != "43888"))
    assert len(found.value.zh) < 200
    assert found.value.en


TEXTS = {
    "张　三": "张 三",
    "a\u200bb": "ab",
    "e\u0301": "é",
    " x ": "x",
    "李䶮𬱖㐂": "李䶮𬱖㐂",
    "王·买买提": "王·买买提",
    "甲\n乙": "甲 乙",
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_kept_without_what_nobody_sees(text: str) -> None:
    assert conversions.clean(text) == TEXTS[text]


@pytest.mark.parametrize("text", ["a\0b", "王\u202e德", "\ud800", "\x07"])
def test_text_that_turns_or_controls_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        conversions.clean(text)
