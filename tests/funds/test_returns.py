"""The bank's answers: matched by reference and amount, refused by row, taken in once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doudi.funds import batches, ledger, payments, reconciliation, returns, settlements
from doudi.funds.batches import Batch
from doudi.funds.payments import Payment
from doudi.values.refusals import Refusal
from tests.funds.conftest import CARDS, DAY, batch_of, now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officials")]
HEAD = "业务参考号,金额,处理结果,失败原因\n"


def table(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    path.write_text(HEAD + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def references(batch: Any) -> list[str]:
    return list(Payment.objects.filter(batch=batch).order_by("origin_id").values_list("reference", flat=True))


def look(batch: Any, path: Path) -> Any:
    return returns.preview(batch, path, name=path.name, by="zhao", now=now())


def test_paid_refused_and_held_each_go_their_way(budget: Any, accounts: Any, tmp_path: Path) -> None:
    batch = batch_of(budget, 10_000, 20_000, 5_000)
    one, two, three = references(batch)
    path = table(
        tmp_path / "a.csv",
        (one, "100.00", "成功", ""),
        (two, "200", "失败", "户名不符"),
        (three, "50.00", "挂账", "待核"),
    )
    found = look(batch, path)
    assert payments.state_of("entitlement", [1])[1].state == "sent"
    counts = {name: found.counts[name] for name in ("rows", "paid", "refused", "held", "unmatched")}
    assert counts == {"rows": 3, "paid": 1, "refused": 1, "held": 1, "unmatched": 0}
    assert returns.accept(found, by="zhao", now=now()) == {"paid": 10_000, "failed": 20_000, "held": 5_000}
    stand = payments.state_of("entitlement", [1, 2, 3])
    assert [(stand[n].state, stand[n].reason) for n in (1, 2, 3)] == [
        ("paid", ""), ("failed", "户名不符"), ("held", "待核")
    ]  # fmt: skip
    assert ledger.balances(budget) == {
        "appropriated": 50_000, "available": 15_000, "reserved": 20_000, "paying": 5_000, "spent": 10_000
    }  # fmt: skip
    told = reconciliation.tell()
    (line,) = told.batches
    assert (line.sent, line.paid, line.returned, line.open, line.held) == (35_000, 10_000, 20_000, 5_000, 5_000)
    assert told.off == 0
    late = look(batch, table(tmp_path / "b.csv", (three, "50.00", "成功", "")))
    returns.accept(late, by="zhao", now=now())
    assert Batch.objects.get(pk=batch.pk).state == "closed"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("{one}", "100.01", "成功", ""), "the amount 100.01 yuan is not the payment's 100.00"),
        (("DD000000000099", "100.00", "成功", ""), "no payment of this reference"),
        (("{other}", "3.00", "成功", ""), "of another batch"),
        (("{one}", "一百元", "成功", ""), "cannot be read"),
        (("{one}", "1e2", "成功", ""), "cannot be read"),
        (("{one}", "100.00", "大概", ""), "is not known"),
        (("{one}", "100.005", "成功", ""), "cannot be read"),
        (("", "100.00", "成功", ""), "no payment of this reference"),
    ],
)
def test_a_row_that_does_not_match_is_refused_by_name(
    budget: Any, accounts: Any, tmp_path: Path, row: tuple[str, str, str, str], told: str
) -> None:
    other = batch_of(budget, 300, kind="post")
    batch = batch_of(budget, 10_000, 20_000)
    one, two = references(batch)
    words = {"one": one, "other": references(other)[0]}
    path = table(tmp_path / "a.csv", tuple(cell.format(**words) for cell in row), (two, "200.00", "成功", ""))
    found = look(batch, path)
    bad = found.rows.exclude(en="").get()
    assert bad.number == 2
    assert told in bad.en
    assert bad.zh
    returns.accept(found, by="zhao", now=now())
    stand = payments.state_of("entitlement", [1, 2])
    assert (stand[1].state, stand[2].state) == ("sent", "paid")
    assert payments.state_of("post", [1])[1].state == "sent"


def test_the_same_file_twice_and_a_reference_twice_are_refused(budget: Any, accounts: Any, tmp_path: Path) -> None:
    batch = batch_of(budget, 10_000, 20_000)
    one, two = references(batch)
    path = table(tmp_path / "a.csv", (one, "100.00", "成功", ""))
    first, same = look(batch, path), look(batch, path)
    returns.accept(first, by="zhao", now=now())
    with pytest.raises(Refusal, match="was taken in on"):
        look(batch, path)
    with pytest.raises(Refusal, match="was taken in on"):
        returns.accept(same, by="zhao", now=now())
    with pytest.raises(Refusal, match="already"):
        returns.accept(first, by="zhao", now=now())
    twice = look(batch, table(tmp_path / "b.csv", (two, "200.00", "成功", ""), (two, "200.00", "失败", "x")))
    assert [row.en for row in twice.rows.all()] == ["the reference comes 2 times in the file"] * 2
    again = look(batch, table(tmp_path / "c.csv", (one, "100.00", "失败", "x"), (two, "200.00", "成功", "")))
    assert "is paid already" in again.rows.get(number=2).en
    assert ledger.balances(budget)["spent"] == 10_000


def test_a_file_after_the_batch_was_given_up_is_refused(budget: Any, accounts: Any, tmp_path: Path) -> None:
    batch = batch_of(budget, 10_000, 20_000)
    (one, _two) = references(batch)
    before = look(batch, table(tmp_path / "a.csv", (one, "100.00", "成功", "")))
    with pytest.raises(Refusal, match="Name the paper"):
        settlements.give_up(batch, document=" ", by="li", on=DAY)
    assert settlements.give_up(batch, document="农商行函〔2020〕3号", by="li", on=DAY) == 2
    with pytest.raises(Refusal, match="settled meanwhile"):
        returns.accept(before, by="zhao", now=now())
    late = look(batch, table(tmp_path / "b.csv", (one, "100.00", "成功", "")))
    assert "is failed already" in late.rows.get().en
    with pytest.raises(Refusal, match="nothing to take in"):
        returns.accept(late, by="zhao", now=now())


def test_failed_rows_loop_by_a_corrected_account_in_a_new_batch(budget: Any, accounts: Any, tmp_path: Path) -> None:
    from doudi.funds import bank_accounts

    batch = batch_of(budget, 10_000, 20_000)
    one, two = references(batch)
    path = table(tmp_path / "a.csv", (one, "100.00", "成功", ""), (two, "200.00", "退汇", "账号不存在"))
    returns.accept(look(batch, path), by="zhao", now=now())
    row = bank_accounts.Holding("household", 2, 2, "510921110212", "户主2", "邮储银行", CARDS[1][:-1] + "8")
    with pytest.raises(Refusal, match="another name"):
        bank_accounts.record([row], by="li", on=DAY)
    bank_accounts.record([row._replace(number="30000000009")], by="li", on=DAY)
    old = Payment.objects.get(reference=two)
    new = payments.retry([old.pk], by="li", on=DAY)
    made = Payment.objects.get(pk=new[old.pk])
    assert (made.retries_id, made.fen, made.current, made.bank_account.last4) == (old.pk, 20_000, True, "0009")
    with pytest.raises(Refusal, match="cannot be paid anew"):
        payments.retry([old.pk], by="li", on=DAY)
    payments.check([made.pk], by="wang", now=now())
    again = batches.make(budget, by="li", on=DAY)
    batches.check(again, by="wang", now=now())
    again = batches.send(again, by="zhao", now=now())
    returns.accept(look(again, table(tmp_path / "b.csv", (made.reference, "200", "成功", ""))), by="zhao", now=now())
    assert ledger.balances(budget)["spent"] == 30_000
    assert reconciliation.tell().off == 0


def test_money_that_came_back_is_reserved_again(budget: Any, accounts: Any, tmp_path: Path) -> None:
    batch = batch_of(budget, 10_000)
    returns.accept(
        look(batch, table(tmp_path / "a.csv", (references(batch)[0], "100", "成功", ""))), by="zhao", now=now()
    )
    paid = Payment.objects.get()
    assert settlements.take_back([paid.pk], document="凭证7号", by="li", on=DAY) == 10_000
    assert ledger.balances(budget)["reserved"] == 10_000
    with pytest.raises(Refusal, match="settled meanwhile"):
        settlements.take_back([paid.pk], document="凭证7号", by="li", on=DAY)
    assert reconciliation.tell().off == 0


PAIN = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>{id}</MsgId>
<CreDtTm>2020-03-05T10:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId>
<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>
<OrgnlPmtInfId>{batch}</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>{one}</OrgnlEndToEndId><TxSts>ACSC</TxSts>
<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">100.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>{two}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn>
<AddtlInf>账号不存在</AddtlInf></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">200.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>{three}</OrgnlEndToEndId><TxSts>PDNG</TxSts>
<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">50.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""
CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.05{n}.001.08">
<{name}><GrpHdr><MsgId>{id}</MsgId></GrpHdr>
<{part}>
<Ntry><Amt Ccy="CNY">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><NtryDtls><TxDtls>
<Refs><EndToEndId>{one}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">250.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><NtryDtls>
<TxDtls><Refs><EndToEndId>{two}</EndToEndId></Refs><Amt Ccy="CNY">200.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RtrInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>账号不存在</AddtlInf></RtrInf></TxDtls>
<TxDtls><Refs><EndToEndId>{three}</EndToEndId></Refs><Amt Ccy="CNY">50.00</Amt></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts></Ntry>
</{part}></{name}></Document>"""


@pytest.mark.parametrize("form", ["pain.002", "camt.053", "camt.054"])
def test_iso_20022_answers_are_read(budget: Any, accounts: Any, tmp_path: Path, form: str) -> None:
    batch = batch_of(budget, 10_000, 20_000, 5_000)
    words: dict[str, Any] = dict(zip(("one", "two", "three"), references(batch), strict=True))
    words |= {"id": "M1", "batch": batch.number, "n": form[-1]}
    words["name"], words["part"] = {"3": ("BkToCstmrStmt", "Stmt"), "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}.get(
        form[-1], ("", "")
    )
    text = (PAIN if form == "pain.002" else CAMT).format(**words)
    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    found = look(batch, path)
    assert found.form.startswith(form)
    assert (found.message_id, found.counts["others"]) == ("M1", 0 if form == "pain.002" else 1)
    last = "held" if form == "pain.002" else "paid"
    rows = [(row.verdict, row.fen, row.reason, row.zh) for row in found.rows.all()]
    assert [row[:2] for row in rows] == [("paid", 10_000), ("refused", 20_000), (last, 5_000)]
    assert rows[1][2] == "账号不存在"
    returns.accept(found, by="zhao", now=now())
    path.write_text(text + "<!-- again -->", encoding="utf-8")
    with pytest.raises(Refusal, match="was taken in on"):
        look(batch, path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no headings"),
        ("<html><body>x</body></html>", "web page"),
        ("<?xml version='1.0'?><x/>", "no answer of a bank"),
        ("<?xml version='1.0'?><x>", "damaged"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type"),
        ('<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        ("<?xml version='1.0' encoding='klingon'?><x/>", "damaged"),
        ("<?xml version='1.0'?>" + "<a>" * 200_000, "damaged|too much"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "no answer of a bank"),
    ],
)
def test_what_is_no_answer_is_refused_whole(
    budget: Any, accounts: Any, tmp_path: Path, content: str, told: str
) -> None:
    batch = batch_of(budget, 10_000)
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refusal, match=told):
        look(batch, path)
    assert not returns.Return.objects.exists()
