"""The pages of money: from a source to the bank's answer by five people, each door closed to the others."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

Open = Callable[[str], Client]
CARD = "6217009999000000180"  # no demo household has it


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def all_seen(reading_as: Open, seeing: Any) -> Iterator[None]:
    """The test itself looks at the whole county."""
    with seeing("510921"):
        yield


def budget_of(county: Client) -> int:
    source = {
        "what": "source",
        "code": "T1",
        "zh": "县级财政资金",
        "level": "county",
        "document": "蓬财1号",
        "on": "2020-03-01",
    }
    assert county.post("/money/budgets/new/", source).status_code == 302
    budget = {"what": "budget", "measure": "01_livelihood_award", "place": "510921000000", "source": "T1",
              "title": "产业就业扶持金(试)", "from_day": "2020-01-01", "until": ""}  # fmt: skip
    answer = county.post("/money/budgets/new/", budget)
    assert answer.status_code == 302, text(answer)
    number = int(answer["Location"].split("/")[-2])
    given = {"amount": "1,000.00", "document": "蓬财2号"}
    assert county.post(f"/money/budgets/{number}/appropriate/", given).status_code == 302
    return number


def made(budget: int, code: str) -> list[int]:
    """Two payments for a household, as delivery makes them, by `county`."""
    from doudi.funds import payments
    from doudi.funds.budgets import Budget
    from doudi.register.households import Household

    household = Household.objects.get(code=code)
    rows = [payments.Payee("test", n, household.pk, None, household.place_code, 10_000) for n in (1, 2)]
    found = payments.make(rows, by="county", on=timezone.localdate(), budget=Budget.objects.get(pk=budget))
    return sorted(found.values())


@pytest.fixture
def paying(reading_as: Open, county: Client, codes: dict[str, str], all_seen: None) -> dict[str, Any]:
    """Two payments that were checked, for a household with an account."""
    budget = budget_of(county)
    account = {"payee": "", "holder": "王大山", "bank": "蓬溪农商银行", "number": CARD}
    told = reading_as("town").post(f"/money/accounts/{codes['near']}/", account)
    assert told.status_code == 302, re.findall(r"field-error[^>]*>([^<]+)", text(told))
    numbers = made(budget, codes["near"])
    return {"budget": budget, "payments": numbers, "code": codes["near"]}


def failed_of(county: Client) -> int:
    """How many payments the bank refused that nobody has paid again, as the first page of money tells."""
    found = re.search(r"([\d,]+)\D{0,80}银行退回,待重新支付", text(county.get("/money/")))
    return int(found[1].replace(",", "")) if found else 0


def sent(paying: dict[str, Any], reading_as: Open, county: Client) -> str:
    """The address of a batch of both, sent."""
    second = reading_as("county2")
    assert second.post("/money/payments/check/", {"payment": paying["payments"]}).status_code == 302
    place = county.post("/money/batches/make/", {"budget": paying["budget"]})["Location"]
    assert second.post(f"{place}check/").status_code == 302
    assert reading_as("treasurer").post(f"{place}send/").status_code == 302
    return str(place)


def test_money_goes_its_way_through_three_persons(paying: Any, reading_as: Open, county: Client) -> None:
    mine = county.post("/money/payments/check/", {"payment": paying["payments"]})
    assert mine.status_code == 422
    assert "要由另一人复核" in text(mine)
    place = sent(paying, reading_as, county)
    treasurer = reading_as("treasurer")
    file = treasurer.post(f"{place}file/", {"form": "csv"})
    whole = b"".join(file.streaming_content).decode("utf-8-sig")
    assert CARD in whole
    assert file["Cache-Control"] == "no-store"
    one, two = re.findall(r"DD\d{12}", whole)
    answer = f"业务参考号,金额,处理结果,失败原因\n{one},100.00,成功,\n{two},100.00,失败,户名不符\nDD1,5,成功,\n"
    upload = SimpleUploadedFile("回单.csv", answer.encode("utf-8-sig"))
    preview = treasurer.post(f"{place}answer/", {"file": upload})
    assert preview.status_code == 302, text(preview)
    page = text(treasurer.get(preview["Location"]))
    assert "没有这个业务参考号的付款" in page
    assert treasurer.post(f"{preview['Location']}decide/", {"do": "accept"}).status_code == 302
    batch = text(county.get(place))
    assert "已办结" in batch
    assert "户名不符" in batch
    told = text(county.get("/money/reconciliation/"))
    assert "分毫不差" in told
    before = failed_of(county)
    again = county.post("/money/payments/act/", {"payment": [max(paying["payments"])], "do": "retry"})
    assert again.status_code == 302
    assert failed_of(county) == before - 1


def test_no_page_shows_a_whole_account_number(paying: Any, reading_as: Open, county: Client) -> None:
    place = sent(paying, reading_as, county)
    number = paying["payments"][0]
    pages = ["/money/", "/money/payments/", f"/money/payments/{number}/", place, f"{place}answer/", "/money/batches/"]
    for who in ("county", "treasurer", "auditor"):
        client = reading_as(who)
        for address in pages:
            answer = client.get(address)
            if answer.status_code == 200:
                assert CARD not in text(answer), (who, address)
    accounts = text(county.get(f"/money/accounts/{paying['code']}/"))
    assert "**** 0180" in accounts
    assert CARD not in accounts
    auditor = text(reading_as("auditor").get(f"/money/payments/{number}/"))
    assert "王大山" not in auditor
    assert "王**" in auditor


def test_the_list_to_sign_is_a_pdf(paying: Any, reading_as: Open, county: Client) -> None:
    place = sent(paying, reading_as, county)
    answer = county.get(f"{place}paper/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_town_sees_its_own_payments_and_no_batch(paying: Any, reading_as: Open, county: Client, codes: Any) -> None:
    place = sent(paying, reading_as, county)
    town = reading_as("town")
    assert town.get(f"/money/payments/{paying['payments'][0]}/").status_code == 200
    assert town.get(place).status_code == 404
    assert town.get(f"/money/accounts/{codes['far']}/").status_code == 404
    assert "您的职责只到部分地方" in text(town.get("/money/reconciliation/"))


@pytest.mark.parametrize("address", ["send/", "file/"])
@pytest.mark.parametrize("who", ["county", "county2", "town", "supervisor", "auditor", "bank"])
def test_only_the_treasurer_sends_and_takes_the_file(
    paying: Any, reading_as: Open, county: Client, who: str, address: str
) -> None:
    place = sent(paying, reading_as, county)
    assert reading_as(who).post(f"{place}{address}", {"form": "csv"}).status_code == 403


@pytest.mark.parametrize(
    ("amount", "document", "told"),
    [
        ("", "x", "不是金额"),
        ("1e9", "x", "不是金额"),
        ("٣", "x", "不是金额"),
        ("0", "x", "拨款要有金额"),
        ("0.001", "x", "不是金额"),
        ("5", "", "文件号"),
        ("-99999999", "x", "不够"),
        ("99999999999999999999", "x", "不是金额"),
        ("5\0", "<script>", None),
    ],
)
def test_a_bad_appropriation_is_told_and_kept(
    county: Client, all_seen: None, amount: str, document: str, told: str | None
) -> None:
    number = budget_of(county)
    answer = county.post(f"/money/budgets/{number}/appropriate/", {"amount": amount, "document": document})
    if told is None:
        assert answer.status_code == 302
        assert "<script>" not in county.get(f"/money/budgets/{number}/").content.decode()
        return
    assert answer.status_code == 422
    page = text(answer)
    assert told in page
    assert f'value="{amount}"' in page


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("6228480000000000017", "校验位不对"),
        ("6.22848E+18", "表格软件"),
        ("6228480000000000018.0", "表格软件"),
        ("abc", "8到32位"),
        ("1", "8到32位"),
        ("", "8到32位"),
    ],
)
def test_a_bad_account_is_refused_and_not_echoed(county: Client, codes: dict[str, str], number: str, told: str) -> None:
    typed = {"payee": "", "holder": "王大山", "bank": "农商行", "number": number}
    answer = county.post(f"/money/accounts/{codes['near']}/", typed)
    assert answer.status_code == 422
    page = text(answer)
    assert told in page
    assert 'value="王大山"' in page
    assert len(number) < 8 or number not in page


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"<html></html>", b"<?xml version='1.0'?><!DOCTYPE a><a/>", b"PK\x03\x04rubbish"]
)
def test_a_bad_answer_file_is_refused_in_words(paying: Any, reading_as: Open, county: Client, content: bytes) -> None:
    place = sent(paying, reading_as, county)
    upload = SimpleUploadedFile("../../x\u202e.csv", content)
    answer = reading_as("treasurer").post(f"{place}answer/", {"file": upload})
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert reading_as("treasurer").post(f"{place}answer/", {}).status_code == 422


@pytest.mark.parametrize(
    "query", ["state=zzz", "budget=x", "budget=99999999999999999999", "page=-1", "page=NaN", "state=%00"]
)
def test_a_bad_filter_is_harmless(county: Client, query: str) -> None:
    assert county.get(f"/money/payments/?{query}").status_code == 200


@pytest.mark.parametrize("address", ["payments/0x1/", "batches/9999999999999999999999/", "returns/-1/", "budgets/１/"])
def test_what_is_not_there_is_not_there(county: Client, address: str) -> None:
    assert county.get(f"/money/{address}").status_code == 404
