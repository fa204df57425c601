"""The pages of the insurance against falling back: a policy, a village's signal, the insurer's visit, bad input."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

Open = Callable[[str], Client]
POLICY = {"number": "FP-1", "insurer": "人保财险支公司", "from_day": "2020-01-01", "until": "2030-01-01",
          "persons": "5000", "premium": "250000", "most": "20000", "follows": ""}  # fmt: skip


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def signalled(county: Client, reading_as: Open, codes: dict[str, str]) -> str:
    """The address of a claim the village has signalled."""
    assert county.post("/deeds/insurance/policies/new/", POLICY).status_code == 302
    sent = {"household": codes["near"], "note": "务工中断"}
    answer = reading_as("village").post("/deeds/insurance/signal/", sent)
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


@pytest.mark.parametrize(
    ("reader", "status"),
    [("county", 200), ("town", 200), ("village", 200), ("bureau", 200), ("auditor", 200), ("bank", 403),
     ("helper", 403), ("treasurer", 403)],
)  # fmt: skip
def test_it_is_read_by_whom_it_concerns(reading_as: Open, reader: str, status: int) -> None:
    assert reading_as(reader).get("/deeds/insurance/").status_code == status


def test_a_signal_is_visited_and_listed_for_the_insurer(
    signalled: str, reading_as: Open, codes: dict[str, str], county: Client
) -> None:
    bureau = reading_as("bureau")
    assert "入户查勘" in text(bureau.get(signalled))
    page = text(county.get("/deeds/insurance/"))
    assert "250,000" in page
    day = page.partition("截至 ")[2][:10]
    wrong = bureau.post(f"{signalled}visit/", {"visitor": "老李", "visited_on": "1999-01-01", "loss": "8000"})
    assert wrong.status_code == 422
    assert 'value="老李"' in text(wrong)
    good = {"visitor": "老李", "visited_on": day, "loss": "8000.50"}
    assert bureau.post(f"{signalled}visit/", good).status_code == 302
    shown = text(bureau.get(signalled))
    assert "8,000.50" in shown
    assert "等核算结论" in shown
    table = bureau.get("/deeds/insurance/list/")
    rows = CalamineWorkbook.from_object(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == codes["near"]
    again = reading_as("village").post("/deeds/insurance/signal/", {"household": codes["near"], "note": "又报"})
    assert again.status_code == 422
    assert "在办的赔案" in text(again)


@pytest.mark.parametrize(("household", "note"), [("", "x"), ("no", "x"), ("\x00", "x"), ("far", "x"), ("near", "  ")])
def test_a_wrong_signal_comes_back_as_typed(
    county: Client, reading_as: Open, codes: dict[str, str], household: str, note: str
) -> None:
    assert county.post("/deeds/insurance/policies/new/", POLICY).status_code == 302
    code = codes.get(household, household)
    answer = reading_as("village").post("/deeds/insurance/signal/", {"household": code, "note": note})
    assert answer.status_code == 422
    assert 'id="signal-problem"' in text(answer)
    assert "\x00" in code or f'value="{code}"' in text(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [("persons", "0"), ("persons", "５"), ("premium", "x"), ("most", "-1"), ("until", "2020-01-01"),
     ("from_day", "明天"), ("follows", "999"), ("number", "")],
)  # fmt: skip
def test_a_wrong_policy_comes_back_at_its_field(county: Client, field: str, value: str) -> None:
    answer = county.post("/deeds/insurance/policies/new/", POLICY | {field: value})
    page = text(answer)
    assert answer.status_code == 422
    assert 'id="policy-problem"' in page
    assert 'value="人保财险支公司"' in page
    assert "aria-invalid" in page


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04rubbish"])
def test_a_bad_table_is_refused_in_words(reading_as: Open, content: bytes) -> None:
    upload = SimpleUploadedFile("../x.csv", content)
    answer = reading_as("bureau").post("/deeds/insurance/answers/", {"file": upload})
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)


@pytest.mark.parametrize("number", ["0x1", "99999999999999999999", "-1", "１"])
def test_what_is_not_there_is_not_there(county: Client, number: str) -> None:
    assert county.get(f"/deeds/insurance/{number}/").status_code == 404
