"""A list of numbers to call comes in on the desk: looked at row by row, within the duty, taken in once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from doudi.access.scope import as_engine
from doudi.places.contacts import Contact
from doudi.register.sheets import Sheet

Open = Callable[[str], Client]
HEAD = "地方,谁的电话,姓名或办公室,电话\n"
VILLAGE, TOWN, ELSEWHERE = "510921110212", "510921110000", "510921100000"


def table(*rows: str, head: str = HEAD, name: str = "名单.csv") -> io.BytesIO:
    made = io.BytesIO((head + "".join(f"{row}\n" for row in rows)).encode())
    made.name = name
    return made


def seen(found: Callable[[], Any]) -> Any:
    with transaction.atomic(), as_engine():
        return found()


def standing(number: str) -> list[tuple[str, str]]:
    return seen(lambda: list(Contact.objects.standing().filter(number=number).values_list("place_code", "name")))


def sent(client: Client, *rows: str) -> str:
    answer = client.post("/contacts/table/", {"file": table(*rows)})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(answer.headers["Location"])


def rows_of(book: bytes) -> list[list[Any]]:
    return list(CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python())


def text(answer: Any) -> str:
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def test_a_table_is_looked_at_then_taken_in_once(reading_as: Open) -> None:
    town = reading_as("town")
    at = sent(town, f"{VILLAGE},村支书,王支书,0825-7001001", f"{VILLAGE},亲戚,李四,0825-7001002")
    preview = text(town.get(at + "?state=refused"))
    assert "谁的电话" in preview
    assert "新增 1" in preview
    assert "演示镇干部 于" in preview, "who sent it in is called by name"
    assert "3" in preview
    assert standing("08257001001") == [], "looking writes nothing"
    assert town.post(at + "accept/").status_code == 302
    assert standing("08257001001") == [(VILLAGE, "王支书")]
    assert town.post(at + "accept/").status_code == 422
    assert any("李四" in row for row in rows_of(town.get(at + "refused/").content))
    page = text(town.get("/contacts/?at=" + VILLAGE))
    assert "王支书" in page


def test_a_row_of_another_place_is_refused_whoever_looks(reading_as: Open) -> None:
    town, county = reading_as("town"), reading_as("county")
    rows = (f"{ELSEWHERE},值班电话,值班室,0825-7002001", f"{TOWN},值班电话,值班室,0825-7002002")
    at = sent(town, *rows)
    assert "不在您负责的范围内" in text(town.get(at + "?state=refused"))
    assert town.post(at + "accept/").status_code == 302
    assert (standing("08257002001"), standing("08257002002")) == ([], [(TOWN, "值班室")])
    whole = sent(county, *rows)
    assert county.post(whole + "accept/").status_code == 302
    assert standing("08257002001") == [(ELSEWHERE, "值班室")], "the county answers for all"


def test_a_table_is_seen_by_who_answers_for_its_place(reading_as: Open) -> None:
    at = sent(reading_as("county"), f"{VILLAGE},医生,张医生,0825-7003001")
    for reader, status in (("county2", 200), ("town", 404), ("village", 404), ("helper", 403), ("bureau", 403)):
        assert reading_as(reader).get(at).status_code == status, reader
        assert reading_as(reader).post(at + "accept/").status_code == (302 if reader == "county2" else status), reader
        if reader == "county2":
            break
    assert standing("08257003001") == [(VILLAGE, "张医生")]


def test_a_table_thrown_away_writes_nothing(reading_as: Open) -> None:
    village = reading_as("village")
    at = sent(village, f"{VILLAGE},医生,张医生,0825-7004001")
    assert village.post(at + "discard/").status_code == 302
    assert village.post(at + "accept/").status_code == 422
    assert standing("08257004001") == []


@pytest.mark.parametrize(
    ("sent_in", "words"),
    [
        ({}, "请选择"),
        ({"file": table("x", head="甲,乙\n")}, "没有“"),
        ({"file": table()}, "没有一行"),
        ({"file": table("\x00\x01", head="\x89PNG")}, ""),
    ],
)
def test_what_is_no_table_is_refused_on_the_page(reading_as: Open, sent_in: dict[str, Any], words: str) -> None:
    before = seen(Sheet.objects.count)
    answer = reading_as("town").post("/contacts/table/", sent_in)
    assert answer.status_code == 422
    assert words in text(answer)
    assert "加一个电话" in text(answer), "the page is still there"
    assert seen(Sheet.objects.count) == before


def test_the_form_can_be_filled_in_and_sent_back(reading_as: Open) -> None:
    town = reading_as("town")
    heads = rows_of(town.get("/contacts/table/form/").content)[0]
    assert heads[:4] == ["地方", "谁的电话", "姓名或办公室", "电话"]
    filled = io.BytesIO()
    with xlsxwriter.Workbook(filled, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heads)
        sheet.write_row(1, 0, [TOWN, "值班电话", "镇值班室", "0825-7005001"])
    filled.seek(0)
    filled.name = "名单.xlsx"
    answer = town.post("/contacts/table/", {"file": filled})
    assert answer.status_code == 302
    town.post(answer.headers["Location"] + "accept/")
    assert standing("08257005001") == [(TOWN, "镇值班室")]


def test_who_answers_for_too_many_places_is_told_so() -> None:
    from doudi.register import contact_sheets
    from doudi.values.refusals import Refusal

    assert contact_sheets.about_of(["510921110", "510921100"]) == "510921100,510921110"
    with pytest.raises(Refusal):
        contact_sheets.about_of([f"5109211102{n:02d}" for n in range(6)])
