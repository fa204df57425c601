"""The pages of special care: who reads them, a household carried from its sheet to civil affairs and back."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from doudi.access.scope import as_engine
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
KEEP = "06b_keep_allowance_without"
SHEET = {"act": "sheet", "year": "2019", "heads": "2", "wage": "3000", "business": "1000", "expense": "500",
         "assets": "0", "transfer": "200", "allowance": "2400"}  # fmt: skip


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def case(reading_as: Open) -> Any:
    """A household that keeps its allowance, agreed by its village and town; its case was opened by the county."""
    from doudi.delivery import grants
    from doudi.delivery.models import CareCase, Entitlement
    from doudi.policy.runs import Run

    with transaction.atomic(), as_engine():
        made = grants.grant(Run.objects.in_force("pengxi_2020"), KEEP, by="county2", on=RUN_DAY)
        claims = Entitlement.objects.filter(grant=made).order_by("id")
        claim = claims.filter(place_code__startswith="510921110").first() or claims[0]
        place = claim.place_code
        village = "village" if place == "510921110212" else f"village{place}"
        town = "town" if place.startswith("510921110") else f"town{place[:9]}"
        grants.advance([claim.pk], "village_review", "accept", by=village, on=RUN_DAY)
        grants.advance([claim.pk], "town", "accept", by=town, on=RUN_DAY)
    assert reading_as("county").post("/deeds/care/open/").status_code == 302
    with transaction.atomic(), as_engine():
        return CareCase.objects.select_related("household").get(entitlement=claim)


@pytest.fixture
def handed(case: Any, county: Client) -> Any:
    assert county.post(f"/deeds/care/{case.pk}/act/", SHEET).status_code == 302
    assert county.post("/deeds/care/hand/", {"case": [case.pk], "due": "to_hand"}).status_code == 302
    return case


def book(*rows: list[str]) -> SimpleUploadedFile:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as written:
        sheet = written.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return SimpleUploadedFile("结果.xlsx", made.getvalue())


HEADINGS = ["专案编号", "户编号", "审批结果", "金额(元)", "起始日", "理由"]


@pytest.mark.parametrize(
    ("reader", "status"),
    [("county", 200), ("town", 200), ("village", 200), ("bureau", 200), ("auditor", 200), ("bank", 403),
     ("helper", 403), ("admin", 403)],
)  # fmt: skip
def test_the_cases_are_read_by_whom_they_concern(reading_as: Open, reader: str, status: int) -> None:
    assert reading_as(reader).get("/deeds/care/").status_code == status


def test_from_the_sheet_to_civil_affairs_and_back_to_the_household(handed: Any, reading_as: Open) -> None:
    bureau, county = reading_as("bureau"), reading_as("county")
    table = bureau.get("/deeds/care/list/")
    rows = CalamineWorkbook.from_object(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == handed.household.code
    assert handed.household.head_name not in str(rows)
    assert "3,050" not in text(county.get("/deeds/care/"))
    answers = book(HEADINGS, [str(handed.pk), handed.household.code, "同意", "320", "2020-03-01", ""],
                   ["999999", "x", "同意", "1", "2020-03-01", ""])  # fmt: skip
    look = bureau.post("/deeds/care/results/", {"file": answers})
    assert look.status_code == 302, text(look)
    assert "没有这个编号和户编号的专案" in text(bureau.get(look["Location"]))
    assert bureau.post(f"{look['Location']}accept/").status_code == 302
    page = text(county.get(f"/deeds/care/{handed.pk}/"))
    assert "已同意" in page
    assert re.search(r"每月金额</dt><dd>320(\.00)? ?元", page)
    assert county.post(f"/deeds/care/{handed.pk}/act/", {"act": "close"}).status_code == 302
    assert "已办结" in text(county.get(f"/deeds/care/{handed.pk}/"))


def test_names_are_masked_for_the_bureau_and_the_paper_is_a_pdf(handed: Any, reading_as: Open) -> None:
    name = handed.household.head_name
    assert name in text(reading_as("county").get(f"/deeds/care/{handed.pk}/"))
    for reader in ("bureau", "auditor"):
        assert name not in text(reading_as(reader).get(f"/deeds/care/{handed.pk}/"))
    paper = reading_as("bureau").get("/deeds/care/paper/")
    assert paper.content.startswith(b"%PDF")


def test_a_village_sees_none_of_another(case: Any, reading_as: Open) -> None:
    far = reading_as("village" if case.place_code != "510921110212" else "town510921102")
    assert far.get(f"/deeds/care/{case.pk}/").status_code == 404
    assert far.post(f"/deeds/care/{case.pk}/act/", SHEET).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"wage": "很多"}, "wage"),
        ({"wage": "-1"}, "wage"),
        ({"wage": "1.234"}, "wage"),
        ({"allowance": ""}, "allowance"),
        ({"year": "2999"}, "year"),
        ({"year": "２０１９"}, "year"),
        ({"heads": "0"}, "heads"),
        ({"wage": "9" * 30}, "wage"),
    ],
)
def test_a_wrong_sheet_comes_back_as_typed(case: Any, county: Client, wrong: dict[str, str], at: str) -> None:
    answer = county.post(f"/deeds/care/{case.pk}/act/", SHEET | wrong)
    page = text(answer)
    assert answer.status_code == 422
    assert f'name="{at}"' in page
    assert f'value="{wrong[at]}" aria-invalid="true"' in page
    assert 'value="2400"' in page or at == "allowance"
    with transaction.atomic(), as_engine():
        assert case.sheets.count() == 0


@pytest.mark.parametrize("act", ["", "keep", "end", "grant", "pay", "settle", "\x00", "x" * 5000])
def test_what_does_not_stand_cannot_be_done(case: Any, county: Client, act: str) -> None:
    answer = county.post(f"/deeds/care/{case.pk}/decide/", {"act": act, "fen": "1", "reason": "x"})
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)


def test_nothing_ticked_is_told(case: Any, county: Client) -> None:
    for chosen in ([], ["abc"], ["999999"], [str(case.pk)]):
        answer = county.post("/deeds/care/hand/", {"case": chosen, "due": "to_hand"})
        assert answer.status_code == 422
        assert 'role="alert"' in text(answer)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04rubbish", "专案编号\n1\n".encode()])
def test_a_bad_table_is_refused_in_words(reading_as: Open, content: bytes) -> None:
    upload = SimpleUploadedFile("../x.csv", content)
    answer = reading_as("bureau").post("/deeds/care/results/", {"file": upload})
    assert answer.status_code == 422
    assert reading_as("bureau").post("/deeds/care/results/", {}).status_code == 422
    assert 'role="alert"' in text(answer)


@pytest.mark.parametrize("query", ["state=zzz", "kind=%00", "due=x", "page=-1", "measure=x", "page=NaN"])
def test_a_bad_filter_is_harmless(county: Client, query: str) -> None:
    assert county.get(f"/deeds/care/?{query}").status_code == 200


@pytest.mark.parametrize("number", ["0x1", "99999999999999999999", "-1", "１"])
def test_what_is_not_there_is_not_there(county: Client, number: str) -> None:
    assert county.get(f"/deeds/care/{number}/").status_code == 404
