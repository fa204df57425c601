"""Tables of one kind: looked at row by row, taken in once, what is refused goes back with its reason."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from doudi.register import sheets
from doudi.register.importing.conversions import Unreadable
from doudi.register.sheets import CHANGED, NEW, REFUSED, SAME, Column, Hand, Kind, Row, Sheet
from doudi.values.refusals import Refusal

NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
DAY = NOW.date()
COUNTY = "510921000000"
written: list[tuple[str, str]] = []


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        if read["sacks"] == "1e5":
            raise Unreadable("读不懂这个数", "this number is not understood")
        if not read["sacks"].isdigit():
            raise Refusal("袋数要写整数。", "Sacks are a whole number.", "sacks")
        action = {"A": NEW, "B": CHANGED}.get(read["code"], SAME)
        return (
            action,
            f"{about} 记 {read['sacks']} 袋",
            f"{about}: {read['sacks']} sacks",
            (read["code"], read["sacks"]),
        )

    return sheets.judged(hands, look, key=["code"])


def _write(rows: Sequence[Row], *, about: str, by: str, on: datetime.date, now: datetime.datetime) -> None:
    written.extend(row.made for row in rows)


KIND = Kind(
    "sacks",
    "袋数",
    "Sacks",
    (
        Column("code", ("编号", "code"), required=True),
        Column("sacks", ("袋数(袋)", "袋数"), required=True, example="2"),
    ),
    _judge,
    _write,
)


def _book(*rows: Sequence[Any]) -> io.BytesIO:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, [str(cell) for cell in row])
    made.seek(0)
    return made


def _receive(*rows: Sequence[Any]) -> Sheet:
    return sheets.receive(_book(*rows), "袋数.xlsx", KIND, place_code=COUNTY, about="d1", by="tester", now=NOW)


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    written.clear()


ROWS = (("某县袋数表", ""), (" 编 号", "袋数（袋）"), ("A", "2"), ("B", "3"), ("C", "4"), ("D", "many"), ("A", "9"))


def test_rows_in_are_the_sum_of_what_they_would_do(seeing_county: None) -> None:
    sheet = _receive(*ROWS)
    rows = sheets.preview(sheet, KIND)
    assert [(row.number, row.state) for row in rows] == [
        (3, NEW), (4, CHANGED), (5, SAME), (6, REFUSED), (7, REFUSED),
    ]  # fmt: skip
    assert sheets.counts(rows) == {NEW: 1, CHANGED: 1, SAME: 1, REFUSED: 2}
    assert rows[4].problem is not None
    assert "3" in rows[4].problem.zh
    assert written == []


def test_what_can_be_is_taken_in_once(seeing_county: None) -> None:
    sheet = _receive(*ROWS)
    found = sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)
    assert found == {NEW: 1, CHANGED: 1, SAME: 1, REFUSED: 2}
    assert written == [("A", "2"), ("B", "3")]
    with pytest.raises(Refusal, match="already"):
        sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)
    assert len(written) == 2


def test_the_same_file_again_is_refused(seeing_county: None) -> None:
    file = _book(*ROWS)
    for attempt in range(2):
        file.seek(0)
        sheet = sheets.receive(file, "袋数.xlsx", KIND, place_code=COUNTY, about="d1", by="tester", now=NOW)
        if attempt == 0:
            sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)
    with pytest.raises(Refusal, match="taken in before"):
        sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)
    assert len(written) == 2


def test_a_table_of_nothing_but_errors_is_refused_by_its_first(seeing_county: None) -> None:
    sheet = _receive(("编号", "袋数"), ("A", "x"))
    with pytest.raises(Refusal, match=r"Row 2: Sacks are a whole number"):
        sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)
    assert Sheet.objects.get(pk=sheet.pk).open


def test_a_cell_that_its_kind_cannot_read_stays_out(seeing_county: None) -> None:
    (row,) = sheets.preview(_receive(("编号", "袋数"), ("A", "1e5")), KIND)
    assert row.problem is not None
    assert row.problem.zh == "读不懂这个数"


def test_a_missing_heading_is_named(seeing_county: None) -> None:
    with pytest.raises(Refusal, match="袋数"):
        _receive(("编号", "箱数"), ("A", "1"))
    with pytest.raises(Refusal, match="no row"):
        _receive(("编号", "袋数"))


def test_what_stays_out_goes_back_with_its_reason(seeing_county: None, tmp_path: Path) -> None:
    sheet = _receive(*ROWS)
    assert sheets.write_refused(sheet, KIND, tmp_path / "r.xlsx", language="zh") == 2
    back = python_calamine.CalamineWorkbook.from_path(tmp_path / "r.xlsx").get_sheet_by_index(0).to_python()
    assert back[1] == ["D", "many", "袋数要写整数。"]


def test_a_thrown_away_table_stays_away(seeing_county: None) -> None:
    sheet = _receive(*ROWS)
    sheets.discard(sheet, by="tester", now=NOW)
    with pytest.raises(Refusal, match="already"):
        sheets.accept(sheet, KIND, by="tester", on=DAY, now=NOW)


def test_another_county_sees_no_table(acting: str, seeing: Any) -> None:
    with seeing("510921"):
        _receive(*ROWS)
    with seeing("510923"):
        assert not Sheet.objects.exists()
