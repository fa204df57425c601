"""What gateways say back: receipts that tell nobody was told, and replies that stop what would go to the number."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from doudi.access.scope import as_engine
from doudi.outreach import consents, gateways, reaches, receipt_sheets, receipts, reports, sending
from doudi.outreach.dispatches import Dispatch
from doudi.outreach.receipts import CAME, LOST, REPLY, STOP, Receipt, Said
from doudi.register import sheets
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from tests.outreach.conftest import COUNTY, DAY, NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def sent(gateway: Any, heard: Any, begun: Callable[..., Any], with_numbers: Callable[..., dict[int, str]]) -> Any:
    """A campaign by text message that went to some households; with their numbers."""
    given = with_numbers(4)
    campaign = begun("sms")
    sending.send_due(campaign, now=lambda: NOON)
    return campaign, given


def take(*said: Said) -> int:
    lines = receipts.understand(said)
    assert all(isinstance(each, receipts.Line) for each in lines), lines
    return receipts.write(lines, county=COUNTY, by="county", now=LATER)  # type: ignore[arg-type]


def signed(gateway: Any, content: Any, key: str = "") -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    mark = hmac.new((key or gateways.key_of(gateway)).encode(), body, hashlib.sha256).hexdigest()
    address = f"/gateways/{gateway.pk}/receive/"
    return Client(enforce_csrf_checks=True).post(
        address, body, content_type="application/json", headers={"X-Doudi-Signature": f"sha256={mark}"}
    )


@pytest.mark.parametrize(
    ("state", "text", "kind"),
    [("DELIVRD", "", CAME), ("成功", "", CAME), ("UNDELIV", "", LOST), ("MK:0001", "", LOST), ("空号", "", LOST),
     ("", "TD", STOP), ("", " td。", STOP), ("", "ＴＤ", STOP), ("", "退订", STOP), ("", "T", STOP),
     ("", "知道了", REPLY), ("", "不要退订", REPLY)],
)  # fmt: skip
def test_what_a_line_says(state: str, text: str, kind: str) -> None:
    assert receipts.kind_of(Said("13900000000", state=state, text=text)) == kind


@pytest.mark.parametrize("given", [{}, {"state": "DELIVRD", "text": "TD"}, {"state": "也许"}])
def test_what_a_line_does_not_say_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        receipts.kind_of(Said("13900000000", **given))


def test_a_receipt_counts_as_come_and_never_as_told(sent: Any) -> None:
    campaign, given = sent
    (first, one), (second, two), *_rest = given.items()
    before = reports.of(campaign)
    assert take(Said(one, state="DELIVRD"), Said(two, state="UNDELIV")) == 2
    (line,) = reports.of(campaign).lines
    assert (line.came, line.lost) == (1, 1)
    after = reports.of(campaign)
    assert (after.reached, after.only_sent) == (before.reached, before.only_sent) == (0, before.only_sent)
    assert not reaches.Reach.objects.reached().filter(household__in=[first, second]).of(campaign.thing).exists()
    assert take(Said(one, state="DELIVRD", at=LATER)) == 0, "the same receipt, said at another moment"


def test_a_key_names_its_message_and_a_strange_one_is_refused(sent: Any) -> None:
    campaign, given = sent
    home, number = next(iter(given.items()))
    key = str(Dispatch.objects.get(campaign=campaign, household=home).pk)
    assert take(Said(number, key=key, state="DELIVRD")) == 1
    assert Receipt.objects.get().household_id == home
    theirs = receipts.understand([Said(number, key="SMS-000123", state="DELIVRD")])[0]
    assert isinstance(theirs, receipts.Line)
    assert theirs.repeated, "a key of the gateway's own: the number finds the message"
    strange = "00000000-0000-4000-8000-000000000000"
    wrong = (Said("13811111111", state="DELIVRD"), Said(key=strange, state="DELIVRD"), Said("12", text="TD"))
    assert all(isinstance(each, Refusal) for each in receipts.understand(wrong))


def test_whoever_sends_td_is_written_to_no_more(sent: Any, heard: Any, begun: Callable[..., Any]) -> None:
    _campaign, given = sent
    home, number = next(iter(given.items()))
    take(Said(number, text="TD", at=LATER))
    assert consents.standing("sms", [home]) == {home: False}
    heard.bodies.clear()
    again = begun("sms")
    sending.send_due(again, now=lambda: LATER)
    assert number not in heard.numbers
    assert set(heard.numbers) >= set(given.values()) - {number}
    assert Dispatch.objects.get(campaign=again, household=home).why == "opted_out"


def test_a_word_of_stopping_holds_for_what_is_laid_out_already_and_for_a_number_nobody_was_written_to_at(
    gateway: Any, heard: Any, begun: Callable[..., Any], with_numbers: Callable[..., dict[int, str]]
) -> None:
    given = with_numbers(2)
    (home, number), (other, _two) = given.items()
    take(Said(number, text="退订"))  # before anything was ever sent to it
    campaign = begun("sms")
    sending.send_due(campaign, now=lambda: LATER)
    assert number not in heard.numbers
    held = Dispatch.objects.get(campaign=campaign, household=home)
    assert (held.state, held.why) == ("suppressed", "opted_out")
    assert Dispatch.objects.get(campaign=campaign, household=other).state == "delivered"
    house = Household.objects.get(pk=home)
    consents.say(house, agrees=True, channel="sms", how="door", by="helper", on=DAY, now=LATER)
    assert receipts.has_stopped(number, home) is False, "it has agreed since"


def test_a_gateway_sends_by_itself_signed_and_sent_again_nothing_changes(sent: Any, gateway: Any) -> None:
    _campaign, given = sent
    (home, one), (_second, two), *_rest = given.items()
    content = {
        "receipts": [
            {"to": one, "state": "DELIVRD", "at": "2020-02-27T12:30:00+08:00"},
            {"to": "13811111111", "state": "OK"},
        ],
        "replies": [{"from": two, "text": "TD", "at": "2020-02-27 12:31"}],
    }  # fmt: skip
    answer = signed(gateway, content)
    assert (answer.status_code, answer.json()) == (200, {"taken": 2, "repeated": 0, "refused": 1})
    assert signed(gateway, content).json() == {"taken": 0, "repeated": 2, "refused": 1}
    with as_engine():
        assert {each.kind for each in Receipt.objects.all()} == {CAME, STOP}
        assert Receipt.objects.get(kind=CAME).household_id == home
        assert set(Receipt.objects.values_list("taken_by", flat=True)) == {f"gateway:{gateway.pk}"}


def test_a_wrong_signature_is_refused_and_nothing_is_kept(sent: Any, gateway: Any) -> None:
    _campaign, given = sent
    content = {"replies": [{"from": number, "text": "TD"} for number in given.values()]}
    other = gateways.open_way("另一个", "private", "json://127.0.0.1/{to}", place_code=COUNTY, by="county", now=NOON)
    assert signed(gateway, content, key="not the key").status_code == 401
    assert signed(gateway, content, key=gateways.key_of(other)).status_code == 401
    address = f"/gateways/{gateway.pk}/receive/"
    for mark in ("", "sha256=", "签名"):
        bare = Client().post(address, b"{}", content_type="application/json", headers={"X-Doudi-Signature": mark})
        assert bare.status_code == 401
    with as_engine():
        assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"receipts": 1}', b'{"receipts": [1]}', b'{"replies": [{"from": 1}]}',
     b'{"receipts": [{"to": "13900000000", "state": "OK", "at": "yesterday"}]}',
     json.dumps({"replies": [{"from": "13900000000", "text": "x"}] * 2_001}).encode()],
    ids=range(8),
)  # fmt: skip
def test_what_is_not_the_agreed_form_is_400(gateway: Any, body: bytes) -> None:
    assert signed(gateway, body).status_code == 400


def test_too_much_and_an_unknown_gateway(gateway: Any) -> None:
    assert signed(gateway, b" " * (512 * 1024 + 1)).status_code == 413
    assert Client().post("/gateways/999999/receive/", b"{}", content_type="application/json").status_code == 404


def test_a_table_of_receipts_is_looked_at_then_taken_in_once(sent: Any, gateway: Any) -> None:
    campaign, given = sent
    one, two, three, _four = given.values()
    table = "手机号,状态,回复内容,时间\n" + "".join(
        f"{line}\n"
        for line in (
            f"{one},DELIVRD,,2020/02/27 12:30",
            f"{one},DELIVRD,,2020/02/27 12:31",
            f"{two},,退订,",
            f"{three},可能,,",
        )
    )
    sheet = sheets.receive(
        io.BytesIO(table.encode("gb18030")),
        "回执.csv",
        receipt_sheets.RECEIPTS,
        place_code=COUNTY,
        by="county",
        now=NOON,
    )
    rows = sheets.preview(sheet, receipt_sheets.RECEIPTS)
    assert [row.state for row in rows] == ["new", "same", "new", "refused"]
    assert "不等于看了" in rows[0].zh
    sheets.accept(sheet, receipt_sheets.RECEIPTS, by="county", on=DAY, now=LATER)
    (line,) = reports.of(campaign).lines
    assert (line.came, Receipt.objects.filter(kind=STOP).count()) == (1, 1)
    assert sheets.preview(sheet, receipt_sheets.RECEIPTS)[0].state == "same"
