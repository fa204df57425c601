"""Tables that come back: what differs by cell, clashes settled by a person, nothing lost or twice."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from doudi.register.exporting.exports import Export
from doudi.register.exporting.returns import Left, Return
from doudi.register.statements import Statement

VILLAGE = "510921110212"
WAGE, LAND = "工资性收入 2019(元)", "耕地面积(亩)"
FACTS = ["household.wage_income@2019", "household.insured", "household.unsold_produce"]
NOW = datetime.datetime(2026, 1, 5, 4, tzinfo=datetime.UTC)
Rows = list[list[Any]]


class Table:
    """An exported table as its author holds it: rows of cells that can be changed, and handed in again."""

    def __init__(self, client: Client, **posted: Any) -> None:
        self.client = client
        asked = {"reason": "核对收入", "form": "xlsx", "comes_back": "1", "fact": FACTS, **posted}
        answer = client.post(f"/exports/new/?list=households&village={VILLAGE}", asked)
        assert answer.status_code == 302, answer.content.decode()[-2000:]
        self.number = int(re.findall(r"\d+", answer["Location"])[0])
        body = b"".join(client.get(f"/exports/{self.number}/file/").streaming_content)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        self.header, *self.rows = book.get_sheet_by_name("农户").to_python()
        self.sheets = book.sheet_names

    def at(self, heading: str) -> int:
        return next(place for place, word in enumerate(self.header) if word == heading or word.startswith(heading))

    def known(self, heading: str) -> int:
        """A row whose cell is filled."""
        return next(n for n, row in enumerate(self.rows) if row[self.at(heading)] not in ("", None))

    def household(self, row: int) -> int:
        return int(self.rows[row][self.at("_id")])

    def bytes(self) -> bytes:
        """The file as a spreadsheet saves it anew."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("农户")
            for number, row in enumerate([self.header, *self.rows]):
                for at, value in enumerate(row):
                    if isinstance(value, tuple):
                        sheet.write_formula(number, at, value[0], None, value[1])
                    elif value not in ("", None):
                        sheet.write(number, at, value)
        return out.getvalue()

    def upload(self, source: str = "field", body: bytes | None = None, client: Client | None = None) -> Any:
        file = SimpleUploadedFile("改好的表.xlsx", body or self.bytes())
        posted = {"file": file, "source": source, "about": "2026-01-04"}
        return (client or self.client).post("/exports/return/", posted)

    def accept(self, looked: Any, source: str = "field", **choices: str) -> Any:
        handle = re.findall(r'name="handle" value="([^"]+)"', looked.content.decode())[0]
        posted = {"handle": handle, "source": source, "about": "2026-01-04", **choices}
        return self.client.post("/exports/return/accept/", posted)


@pytest.fixture
def officer(reading_as: Callable[[str], Client], settings: Any) -> Client:
    return reading_as("county")


@pytest.fixture
def table(officer: Client) -> Table:
    return Table(officer)


def summed(answer: Any) -> dict[str, int]:
    text = re.sub(r"\s+", "", answer.content.decode())
    match = re.search(
        r"收到([\d,]+)行:([\d,]+)行没有改动;([\d,]+)处可以记录,([\d,]+)处两边都改过,([\d,]+)处不能收;原表有([\d,]+)行不在",
        text,
    )
    assert match, answer.content.decode()[-3000:]
    names = ("rows", "same", "changes", "clashes", "troubles", "missing")
    return dict(zip(names, (int(each.replace(",", "")) for each in match.groups()), strict=True))


def as_engine() -> Any:
    from doudi.access.scope import as_engine

    return as_engine()


def stated(household: int) -> list[Statement]:
    with transaction.atomic(), as_engine():
        return list(
            Statement.objects.filter(subject_kind="household", subject_id=household, source="field").order_by("id")
        )


def said_meanwhile(household: int, fen: int) -> None:
    from doudi.register import statements

    with transaction.atomic(), as_engine():
        statements.record("household", household, {"wage_income@2019": fen}, source="national",
                          about=datetime.date(2026, 1, 3), by="somebody", now=NOW)  # fmt: skip


def test_the_table_goes_out_with_hidden_columns_and_a_token(table: Table) -> None:
    assert table.header[-3:] == ["_id", "_rev", "_export"]
    assert table.sheets[-1] == "_token"
    assert {row[-1] for row in table.rows} == {row[-1] for row in table.rows[:1]}


def test_what_was_changed_is_shown_by_cell_then_recorded_with_file_and_row(table: Table) -> None:
    row = table.known(WAGE)
    table.rows[row][table.at(WAGE)] += 1234.5
    looked = table.upload()
    assert summed(looked) == {"rows": len(table.rows), "same": len(table.rows) - 1, "changes": 1, "clashes": 0,
                              "troubles": 0, "missing": 0}  # fmt: skip
    before = len(stated(table.household(row)))
    assert table.accept(looked).status_code == 302
    last = stated(table.household(row))[-1]
    assert len(stated(table.household(row))) == before + 1
    assert last.facts == {"wage_income@2019": round(table.rows[row][table.at(WAGE)] * 100)}
    assert (last.evidence["file"], last.evidence["row"], last.evidence["export"]) == (
        "改好的表.xlsx",
        row + 2,
        table.number,
    )
    assert last.recorded_by == "county"


def test_nothing_is_written_before_it_is_accepted(table: Table) -> None:
    row = table.known(WAGE)
    table.rows[row][table.at(WAGE)] += 1
    before = len(stated(table.household(row)))
    table.upload()
    assert len(stated(table.household(row))) == before


def test_the_same_file_twice_says_so(table: Table) -> None:
    table.rows[table.known(WAGE)][table.at(WAGE)] += 1
    body = table.bytes()
    assert table.accept(table.upload(body=body)).status_code == 302
    again = table.upload(body=body)
    assert again.status_code == 422
    assert "同一份文件已于" in again.content.decode()
    with transaction.atomic(), as_engine():
        assert Return.objects.filter(export_id=table.number).count() == 1


# -- clashes


@pytest.fixture
def clash(table: Table) -> tuple[Table, int]:
    """A cell changed in the file and, since it left, in the register."""
    row = table.known(WAGE)
    table.rows[row][table.at(WAGE)] += 100
    said_meanwhile(table.household(row), 7_654_300)
    return table, row


def choice_of(answer: Any) -> str:
    return re.findall(r'name="(choose-[^"]+)" value="mine"', answer.content.decode())[0]


def test_a_cell_changed_on_both_sides_is_shown_side_by_side_and_needs_a_choice(clash: tuple[Table, int]) -> None:
    table, row = clash
    looked = table.upload()
    assert summed(looked)["clashes"] == 1
    page = looked.content.decode()
    assert "76,543" in page
    assert page.count('type="radio"') == 3
    before = len(stated(table.household(row)))
    without = table.accept(looked)
    assert without.status_code == 422
    assert "请选择用哪一个" in without.content.decode()
    assert len(stated(table.household(row))) == before


@pytest.mark.parametrize(("choice", "recorded", "left"), [("mine", 1, 0), ("register", 0, 0), ("village", 0, 1)])
def test_each_choice_does_what_it_says(clash: tuple[Table, int], choice: str, recorded: int, left: int) -> None:
    table, row = clash
    plain = next(n for n, r in enumerate(table.rows) if n != row and r[table.at(WAGE)] not in ("", None))
    table.rows[plain][table.at(WAGE)] += 5
    looked = table.upload()
    before = len(stated(table.household(row)))
    answer = table.accept(looked, **{choice_of(looked): choice})
    assert answer.status_code == 302
    with transaction.atomic(), as_engine():
        assert len(stated(table.household(row))) == before + recorded
        assert Left.objects.filter(returned__export_id=table.number).count() == left
    page = table.client.get("/exports/left/").content.decode()
    assert ("76,543" in page or "76543" in page) == bool(left)


def test_what_was_left_is_gone_once_somebody_says_it_anew(clash: tuple[Table, int]) -> None:
    table, row = clash
    looked = table.upload()
    table.accept(looked, **{choice_of(looked): "village"})
    from doudi.register import statements

    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
    with transaction.atomic(), as_engine():
        statements.record("household", table.household(row), {"wage_income@2019": 1}, source="field",
                          about=datetime.date(2026, 1, 3), by="village", now=later)  # fmt: skip
    assert "没有要核实的" in table.client.get("/exports/left/").content.decode()


def test_no_update_is_lost_between_the_look_and_the_yes(table: Table) -> None:
    """What the register learns after the look makes a clash; the yes given before does not cover it."""
    row = table.known(WAGE)
    table.rows[row][table.at(WAGE)] += 100
    looked = table.upload()
    assert summed(looked)["clashes"] == 0
    said_meanwhile(table.household(row), 7_654_300)
    before = len(stated(table.household(row)))
    late = table.accept(looked)
    assert late.status_code == 422
    assert summed(late)["clashes"] == 1
    assert len(stated(table.household(row))) == before


def test_what_the_same_source_said_since_is_not_covered_unseen(table: Table) -> None:
    """The belief does not show it, for a more trusted source is believed; the two tables still clash."""
    row = table.known(WAGE)
    table.rows[row][table.at(WAGE)] += 100
    assert table.accept(table.upload(source="household"), source="household").status_code == 302
    table.rows[row][table.at(WAGE)] += 11
    assert summed(table.upload(source="household"))["clashes"] == 1


def test_a_choice_made_for_an_older_state_of_the_register_no_longer_fits(clash: tuple[Table, int]) -> None:
    table, row = clash
    looked = table.upload()
    choice = choice_of(looked)
    said_meanwhile(table.household(row), 8_888_800)
    assert table.accept(looked, **{choice: "mine"}).status_code == 422


# -- what a spreadsheet does to a table


def test_rows_sorted_columns_moved_and_taken_out_change_nothing(table: Table) -> None:
    table.rows.sort(key=lambda row: row[table.at("_id")], reverse=True)
    order = sorted(range(len(table.header)), key=lambda at: table.header[at])
    order.remove(table.at("户主"))
    table.rows = [[row[at] for at in order] for row in table.rows]
    table.header = [table.header[at] for at in order]
    found = table.upload()
    assert summed(found)["same"] == len(table.rows)
    assert "删掉的列" in found.content.decode()


def test_deleted_rows_delete_nobody_and_are_counted(table: Table) -> None:
    del table.rows[3:6]
    assert summed(table.upload())["missing"] == 3


TROUBLES = {
    "an added row": (lambda t: t.rows.append([*t.rows[0][:-3], "", "", ""]), "新增的行不收"),
    "a number that was changed": (lambda t: put(t, 2, "_id", "99999999"), "没有这一行"),
    "no number": (lambda t: put(t, 2, "_id", "abc"), "没有这一行"),
    "a row twice": (lambda t: t.rows.append(list(t.rows[0])), "与第2行是同一个编号"),
    "a revision that was changed": (lambda t: put(t, 2, "_rev", 1), "_rev 被改过"),
    "a row of another table": (lambda t: put(t, 2, "_export", "0123456789ab"), "来自另一份表"),
    "a column that cannot be changed": (lambda t: put(t, 2, "户主", "张三"), "这一列不能改"),
    "text where a number belongs": (lambda t: put(t, 2, WAGE, "约100元"), "约100"),
    "a formula without its result": (lambda t: put(t, 2, WAGE, ("=1+1", "")), ""),
    "an emptied cell": (lambda t: put(t, t.known(WAGE), WAGE, ""), "清空的格不算改动"),
}


def put(table: Table, row: int, heading: str, value: Any) -> None:
    table.rows[row][table.at(heading)] = value


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_told_by_row_and_column(table: Table, name: str) -> None:
    change, words = TROUBLES[name]
    change(table)
    answer = table.upload()
    assert answer.status_code == 200
    assert summed(answer)["troubles"] == 1
    assert summed(answer)["changes"] == 0
    assert words in answer.content.decode()


def test_numbers_as_text_are_numbers(table: Table) -> None:
    row = table.known(WAGE)
    put(table, row, WAGE, f"{table.rows[row][table.at(WAGE)] + 7:.2f}")
    assert summed(table.upload())["changes"] == 1


def test_without_the_hidden_columns_it_says_what_to_do(table: Table) -> None:
    table.header = table.header[:-3]
    table.rows = [row[:-3] for row in table.rows]
    answer = table.upload()
    assert answer.status_code == 422
    assert "请重新导出" in answer.content.decode()


def test_another_persons_table_is_refused(table: Table, reading_as: Callable[[str], Client]) -> None:
    for other in ("village", "town"):
        answer = table.upload(client=reading_as(other))
        assert answer.status_code == 422
        assert "不是您" in answer.content.decode()
    assert table.upload(client=reading_as("auditor")).status_code == 403


def test_a_household_that_left_the_scope_is_not_there(reading_as: Callable[[str], Client], acting: str) -> None:
    from doudi.register import stamping

    village = reading_as("village")
    table = Table(village, fact=["household.insured", "household.unsold_produce"])
    with transaction.atomic(), as_engine():
        stamping.follow_move(table.household(1), "510921110700")
        from doudi.register.households import Household

        Household.objects.filter(pk=table.household(1)).update(place_code="510921110700")
    answer = table.upload(source="village")
    assert summed(answer)["troubles"] == 1
    assert "没有这一行" in answer.content.decode()


def test_a_source_one_does_not_speak_for_is_refused(reading_as: Callable[[str], Client]) -> None:
    village = reading_as("village")
    table = Table(village, fact=["household.unsold_produce"])
    answer = table.upload(source="national")
    assert answer.status_code == 422
    assert "不能代这个来源说话" in answer.content.decode()


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04junk", b"<html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600])
def test_what_is_no_workbook_is_told(officer: Client, body: bytes) -> None:
    file = SimpleUploadedFile("x.xlsx", body or b" ")
    answer = officer.post("/exports/return/", {"file": file, "source": "field", "about": "2026-01-04"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"source": "moon"},
        {"source": "field", "about": "2026-02-30"},
        {"source": "field", "about": "2099-01-01"},
        {"handle": "x:y:z", "source": "field", "about": "2026-01-04"},
    ],
)
def test_bad_forms_are_422(officer: Client, posted: dict[str, str]) -> None:
    assert officer.post("/exports/return/", posted).status_code == 422
    assert officer.post("/exports/return/accept/", posted).status_code == 422


def test_an_export_that_was_not_to_come_back_has_no_number_in_it(officer: Client) -> None:
    answer = officer.post(
        f"/exports/new/?list=households&village={VILLAGE}", {"reason": "查看一下", "form": "xlsx", "fact": FACTS}
    )
    with transaction.atomic(), as_engine():
        export = Export.objects.get(pk=int(re.findall(r"\d+", answer["Location"])[0]))
    book = python_calamine.CalamineWorkbook.from_path(str(export.path))
    assert "_id" not in book.get_sheet_by_name("农户").to_python()[0]
    assert "_token" not in book.sheet_names
