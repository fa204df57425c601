"""Erasing: what was said is gone, also for who would guess it, and the log is still whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, connection, transaction

from doudi.access.scope import as_engine
from doudi.facts import vocabulary
from doudi.places.divisions import Division, Place, load
from doudi.register import bulk, erasing
from doudi.register.beliefs import Belief
from doudi.register.statements import Statement
from doudi.trail import proofs
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from doudi.trail.erasures import Erasure
from doudi.trail.heads import Head
from doudi.trail.sealing import Leaf
from doudi.values.refusals import Refusal
from tests.conftest import COUNTY, TOWN, VILLAGE
from tests.register.conftest import BEGUN, NOW, SAID
from tests.trail.test_verifying import of_table, verify

Seal = Callable[[], Any]
WHY = "第46条:删除请求,县办字〔2026〕3号"


@pytest.fixture
def told(seal: Seal) -> str:
    """One household of which two things were said, sealed; the number of the first statement."""
    with carry_out("test", by="t"):
        county = Division(COUNTY + "000000", "蓬溪县", "county", "county")
        town = Division(TOWN + "000", "鸣凤镇", "town", "town")
        load([county, town, Division(VILLAGE, "青杠村", "village", "village", TOWN + "000")], by="t")
    said = [
        bulk.StatementRow("household", 1, "village", SAID, {"monitored": True}),
        bulk.StatementRow("household", 1, "village", SAID, {"unsold_produce": True}),
    ]
    home = bulk.HouseholdRow(1, "H-1", VILLAGE, BEGUN, "林秀英")
    bulk.load(by="t", now=NOW, vocabulary=vocabulary.load(), households=[home], statements=said)
    seal()
    return of_table("register_statement")[0].row


def erase(table: str, row: str, reason: str = WHY, first: str = "li", second: str = "wang") -> Erasure:
    with transaction.atomic(), as_engine():
        return erasing.erase(table, row, reason, first=first, second=second, now=NOW)


def test_a_statement_erased_is_no_longer_believed_and_the_log_is_whole(told: str, seal: Seal) -> None:
    root = bytes(Head.objects.latest("size").root)
    made = erase("register_statement", told)
    with transaction.atomic(), as_engine():
        kept = Statement.objects.get(pk=told)
        believed = Belief.objects.get(subject_kind="household", subject_id=1)
    assert (kept.facts, kept.evidence, kept.source, kept.about_day) == ({}, {}, "village", SAID)
    assert "monitored" not in believed.facts
    assert "unsold_produce" in believed.facts
    assert bytes(Leaf.objects.get(position=made.position).salt) == b""
    report = verify()
    assert (report.well, report.erased, bytes(Head.objects.latest("size").root)) == (True, 1, root)
    seal()
    assert "trail_erasure" in report.matched or of_table("trail_erasure")
    assert verify().well


def entry_of(row: str) -> Entry:
    with transaction.atomic(), as_engine():
        return Entry.objects.get(pk=row)


def test_an_entry_erased_keeps_who_and_when(told: str) -> None:
    row = of_table("trail_entry")[0].row
    before = entry_of(row)
    assert before.after["name"] == "蓬溪县"
    erase("trail_entry", row)
    after = entry_of(row)
    assert (after.before, after.after) == (None, None)
    assert (after.actor, after.at, after.row) == (before.actor, before.at, before.row)
    assert verify().well


def test_without_the_salt_the_right_guess_cannot_be_told_from_a_wrong_one(told: str) -> None:
    with transaction.atomic(), as_engine():
        proof = proofs.prove("register_statement", told)
    text = proof["text"].encode()
    salt, wanted = bytes.fromhex(proof["salt"]), proof["leaf"]
    assert hashlib.sha256(b"\x00" + salt + text).hexdigest() == wanted  # before: a guess can be tried
    erase("register_statement", told)
    left = bytes(Leaf.objects.get(position=proof["position"]).salt)
    assert hashlib.sha256(b"\x00" + left + text).hexdigest() != wanted
    with transaction.atomic(), as_engine(), pytest.raises(Refusal, match="was erased on"):
        proofs.prove("register_statement", told)


@pytest.mark.parametrize(
    ("given", "told_why"),
    [
        ({"second": "li"}, "Two different persons"),
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 501}, "reason"),
        ({"table": "trail_command"}, "Only bodies"),
        ({"table": "register_statement; DROP TABLE x"}, "Only bodies"),
        ({"row": "999999"}, "not in the sealed log"),
        ({"row": "1' OR true"}, "not in the sealed log"),
    ],
)
def test_what_may_not_be_erased_is_refused_and_stays(told: str, given: dict[str, str], told_why: str) -> None:
    with pytest.raises(Refusal, match=told_why):
        erase(**{"table": "register_statement", "row": told, **given})
    assert not Erasure.objects.exists()
    assert verify().erased == 0


def test_an_erasure_happens_once(told: str) -> None:
    erase("register_statement", told)
    with pytest.raises(Refusal, match="erased already"):
        erase("register_statement", told)


def test_append_only_holds_before_and_after(told: str) -> None:
    for _ in range(2):
        for query in ("UPDATE register_statement SET facts = '{}'", "DELETE FROM trail_leaf"):
            with pytest.raises(Error, match="refused"), transaction.atomic(), as_engine():
                connection.cursor().execute(query)
        if not Erasure.objects.exists():
            erase("register_statement", told)


def test_nobody_erases_with_an_older_record(told: str) -> None:
    made = erase("register_statement", told)
    with pytest.raises(Error), transaction.atomic(), as_engine():
        connection.cursor().execute("SELECT trail_erase(%s)", [made.pk])
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        connection.cursor().execute("SELECT trail_erase(%s)", [made.pk])


TAMPERED = {
    "emptied without a record": "UPDATE register_statement SET facts = '{}' WHERE id = %s::bigint",
    "another body put in": """UPDATE register_statement SET facts = '{"monitored": false}' WHERE id = %s::bigint""",
    "the row is gone": "DELETE FROM register_statement WHERE id = %s::bigint",
}


@pytest.mark.parametrize("query", TAMPERED.values(), ids=TAMPERED)
@pytest.mark.parametrize("erased", [False, True])
def test_an_erasure_hides_no_other_change(told: str, tamper: Any, query: str, erased: bool) -> None:
    if erased:
        erase("register_statement", told)
    tamper(query, told)
    report = verify()
    if erased and "facts = '{}'" in query:
        assert report.well  # it is so already
        return
    assert report.first is not None
    assert (report.first.table, report.first.row) == ("register_statement", told)


def test_a_record_made_by_hand_is_found(told: str, tamper: Any) -> None:
    erase("register_statement", told)
    other = of_table("register_statement")[1]
    tamper(
        'INSERT INTO trail_erasure (at, "table", "row", position, reason, first, second, text, signature, key_id,'
        ' transaction) SELECT at, "table", %s, %s, reason, first, second, text, signature, key_id, transaction'
        " FROM trail_erasure",
        other.row,
        other.position,
    )
    tamper("UPDATE register_statement SET facts = '{}' WHERE id = %s::bigint", other.row)
    tamper("UPDATE trail_leaf SET salt = '' WHERE position = %s", other.position)
    assert [(bad.table, bad.what) for bad in verify().bad] == [("trail_erasure", "changed")]


def test_what_changes_after_an_erasure_is_recorded_as_ever(told: str, seal: Seal) -> None:
    erase("trail_entry", of_table("trail_entry")[0].row)
    seal()
    with carry_out("test", by="t"):
        Place.objects.create(code="510921999999", name="x", level="village", kind="village")
    seal()
    assert entry_of(of_table("trail_entry")[-1].row).after["code"] == "510921999999"
