"""Batches: what leaves for the bank, in which form, by whom; and the file, read with the standard's own classes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, transaction
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09

from doudi.funds import bank_accounts, bank_files, batches, ledger, payments
from doudi.funds.batches import Batch
from doudi.register.importing import tables
from doudi.values.refusals import Refusal
from tests.funds.conftest import CARDS, DAY, batch_of, now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officials")]


def test_a_batch_passes_three_persons_and_its_money_goes_to_the_bank(budget: Any, accounts: Any) -> None:
    batch = batch_of(budget, 10_000, 20_000, sent=False)
    assert (batch.count, batch.fen, batch.state) == (2, 30_000, "made")
    with pytest.raises(Refusal, match="another person checks it"):
        batches.check(batch, by="li", now=now())
    with pytest.raises(Refusal, match="is made now and cannot be sent"):
        batches.send(batch, by="zhao", now=now())
    batches.check(batch, by="wang", now=now())
    batch = batches.send(batch, by="zhao", now=now())
    assert ledger.balances(budget) == {
        "appropriated": 50_000, "available": 20_000, "reserved": 0, "paying": 30_000, "spent": 0
    }  # fmt: skip
    assert {each.state for each in payments.state_of("entitlement", [1, 2]).values()} == {"sent"}
    with pytest.raises(Refusal, match="cannot be dropped"):
        batches.drop(batch, reason="x", by="li", on=DAY)


def test_only_a_treasurer_who_did_nothing_else_pays(budget: Any, accounts: Any) -> None:
    batch = batch_of(budget, 10_000, sent=False)
    batches.check(batch, by="wang", now=now())
    for name in ("li", "wang", "nobody"):
        with pytest.raises(Refusal, match="holds no duty"):
            batches.send(batch, by=name, now=now())
    own = payments.make([payments.Payee("post", 1, 1, None, "510921110212", 5)], by="zhao", on=DAY, budget=budget)
    payments.check(own.values(), by="wang", now=now())
    mixed = batches.make(budget, by="li", on=DAY)
    batches.check(mixed, by="wang", now=now())
    with pytest.raises(Refusal, match="another person pays"):
        batches.send(mixed, by="zhao", now=now())


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "checked", "checked_by": "li", "checked_on": DAY}, "funds_batch_checker"),
        (
            {"state": "sent", "checked_by": "wang", "checked_on": DAY, "sent_by": "wang", "sent_on": DAY},
            "funds_batch_payer",
        ),
        ({"state": "sent", "sent_by": "zhao", "sent_on": DAY}, "funds_batch_state"),
    ],
)
def test_the_database_knows_who_did_what(budget: Any, accounts: Any, change: dict[str, Any], constraint: str) -> None:
    batch = batch_of(budget, 10_000, sent=False)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(**change)


def test_a_payment_stopped_drops_its_batch_and_leaves_the_others(budget: Any, accounts: Any) -> None:
    batch = batch_of(budget, 10_000, 20_000, sent=False)
    payments.stop("entitlement", [1], reason="公示有异议", by="wang", on=DAY)
    assert Batch.objects.get(pk=batch.pk).state == "dropped"
    again = batches.make(budget, by="li", on=DAY)
    assert (again.count, again.fen) == (1, 20_000)


def test_the_file_is_written_after_sending_only_and_by_the_treasurer(
    budget: Any, accounts: Any, tmp_path: Path
) -> None:
    batch = batch_of(budget, 10_000, sent=False)
    with pytest.raises(Refusal, match="was not sent"):
        bank_files.export(batch, tmp_path / "a.csv", form="csv", by="zhao", now=now())
    with pytest.raises(Refusal, match="holds no duty"):
        bank_files.export(batch, tmp_path / "a.csv", form="csv", by="li", now=now())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_table_is_in_the_banks_layout_and_holds_whole_numbers(
    budget: Any, accounts: Any, tmp_path: Path, form: str
) -> None:
    row = bank_accounts.Holding("household", 2, 2, "510921110212", "=HYPERLINK(1)", "农商行", CARDS[2])
    bank_accounts.record([row], by="li", on=DAY)
    batch = batch_of(budget, 10_000, 20_050)
    path = tmp_path / f"b.{form}"
    kept = bank_files.export(batch, path, form=form, by="zhao", now=now())
    head, *rows = [cells for _, cells in tables.read(path)[0].rows]
    assert head[:7] == ["序号", "收款人姓名", "账号", "开户行", "金额(元)", "用途", "业务参考号"]
    assert [cells[:6] for cells in rows] == [
        ["1", "户主1", CARDS[1], "农商行", "100.00", "产业就业扶持金"],
        ["2", "'=HYPERLINK(1)" if form == "csv" else "=HYPERLINK(1)", CARDS[2], "农商行", "200.50", "产业就业扶持金"],
    ]
    assert bank_files.export(batch, path, form="csv", by="zhao", now=now()).sha256 or kept
    if form == "csv":
        assert list(csv.reader(path.read_text("utf-8-sig").splitlines()))[1][6].startswith("DD0")


def test_pain001_has_the_structure_of_the_standard(budget: Any, accounts: Any, tmp_path: Path) -> None:
    row = bank_accounts.Holding("household", 2, 2, "510921110212", "王<&>·买买提", "农商行", CARDS[2])
    bank_accounts.record([row], by="li", on=DAY)
    batch = batch_of(budget, 10_000, 20_050)
    path = tmp_path / "b.xml"
    bank_files.export(batch, path, form="pain.001", by="zhao", now=now())
    root = ElementTree.parse(path).getroot()
    message = pain_001_001_09
    _conforms(root, message.Document, vars(message))
    space = {"p": message.__NAMESPACE__}
    assert [e.text for e in root.iterfind(".//p:InstdAmt", space)] == ["100.00", "200.50"]
    assert [e.text for e in root.iterfind(".//p:CtrlSum", space)] == ["300.50", "300.50"]
    assert [e.text for e in root.iterfind(".//p:Cdtr/p:Nm", space)] == ["户主1", "王<&>·买买提"]
    assert root.findtext(".//p:MsgId", namespaces=space) == batch.number


def _conforms(element: Any, kind: Any, names: dict[str, Any]) -> None:
    """Every child known, in the schema's order, required ones there, texts within their lengths and patterns."""
    import dataclasses
    import re
    import typing

    fields = {f.metadata.get("name", f.name): f for f in dataclasses.fields(kind)}
    children = [child.tag.rpartition("}")[2] for child in element]
    assert set(children) <= set(fields), (element.tag, set(children) - set(fields))
    assert [list(fields).index(name) for name in children] == sorted(list(fields).index(name) for name in children)
    required = {n for n, f in fields.items() if f.metadata.get("required") and f.metadata.get("type") == "Element"}
    assert required <= set(children), (element.tag, required - set(children))
    hints = typing.get_type_hints(kind, names)
    for child in element:
        field = fields[child.tag.rpartition("}")[2]]
        kinds = [k for k in _kinds(hints[field.name]) if dataclasses.is_dataclass(k)]
        if kinds:
            _conforms(child, kinds[0], names)
            continue
        text, meta = child.text or "", field.metadata
        assert meta.get("min_length", 0) <= len(text) <= meta.get("max_length", 10_000), child.tag
        assert re.fullmatch(meta.get("pattern", ".*"), text), child.tag


def _kinds(hint: Any) -> list[Any]:
    import typing

    inner = typing.get_args(hint)
    return [k for each in inner for k in _kinds(each)] if inner else [hint]
