"""Awards for hiring: once a person, whoever claims first; what makes one ask; paid to the enterprise."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from doudi.access.scope import as_engine
from doudi.delivery import enterprises, hire_signals, hires, work_facts
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.delivery.hires import Claim, Hired
from doudi.policy import deeds
from doudi.register import statements
from doudi.register.beliefs import Belief
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values import credit_codes
from doudi.values.refusals import Refusal
from tests.register.conftest import NOW, village, words

__all__ = ["village", "words"]
DAY = date(2020, 2, 27)
COUNTY = "510921000000"


def code(number: int) -> str:
    first = f"91510921MA{number:07d}"
    return first + credit_codes.check_sign(first)


def firm(number: int = 1, **more: Any) -> Enterprise:
    said: dict[str, Any] = {"local": True, "phone": f"0825-54000{number:02d}", "address": f"工业路{number}号"} | more
    return enterprises.enter(Licence(code(number), f"第{number}食品厂", **said), place_code=COUNTY, by="bureau", on=DAY)


def hired(person: int = 12, **more: Any) -> Hired:
    said: dict[str, Any] = {"begun_on": date(2020, 2, 20), "months": 6, "contract": "HT-1", "payroll": "2月"} | more
    return Hired(Person.objects.get(pk=person), **said)


def claimed(at: Enterprise, person: int = 12, **more: Any) -> Claim:
    return hires.claim(at, hired(person, **more), by="bureau", on=DAY, now=NOW)


def names(made: Claim) -> set[str]:
    return {each.name for each in hire_signals.signals([made.pk])[made.pk]}


@pytest.fixture
def seen(village: Any, seeing_county: None, acting: str) -> str:
    return acting


def test_a_claim_is_stated_for_the_rules_to_decide(seen: str) -> None:
    made = claimed(firm(), migrant=True)
    believed = Belief.objects.get(subject_kind="hire", subject_id=made.hire_id).document
    assert {name: cell[0] for name, cell in believed.items()} == {
        "employer": "第1食品厂", "employer_local": True, "contract_months": 6, "payroll_seen": True,
        "migrant_worker": True,
    }  # fmt: skip
    assert {cell[2] for cell in believed.values()} == {"bureau"}
    facts = work_facts.facts(DAY)["hire", "claimed_before"]
    assert facts == {made.hire_id: False, 102: True}


def test_a_reason_names_the_claim_that_was_first(seen: str) -> None:
    made = claimed(firm())
    of = ("hire", made.hire_id, "claimed_before")
    (deed,) = deeds.behind({of}, as_of=DAY)[of]
    assert (deed.kind, deed.key, deed.zh) == ("claim", str(made.pk), f"第1食品厂 {DAY} 的申报")


def test_whoever_is_first_has_it_and_the_second_is_told_whose_it_is(seen: str) -> None:
    first = claimed(firm(1))
    with pytest.raises(Refusal, match="第1食品厂"):
        claimed(firm(2))
    with pytest.raises(Refusal, match="once a person"):
        claimed(firm(1))
    hires.withdraw(first, "未到岗", by="bureau")
    assert claimed(firm(2)).live


def test_the_database_itself_refuses_the_second(seen: str) -> None:
    made = claimed(firm(1))
    other = Item.objects.create(kind="hire", code="x", place_code=made.place_code, from_day=DAY, recorded_at=NOW)
    made.pk, made.hire = None, other
    with pytest.raises(IntegrityError, match="hire_claim_whoever_is_first"), transaction.atomic():
        made.save(force_insert=True)


def test_questions_are_asked_and_nothing_is_refused(seen: str) -> None:
    young = firm(1, legal_person="林秀英", registered_on=date(2020, 1, 10), insured=0, phone="13800000000")
    statements.record("person", 11, {"phone": "13800000000"}, source="national", about=DAY, by=seen, now=NOW)
    firm(2, address="工业路1号")
    made = claimed(young, payroll="")
    assert names(made) == {
        "owner_in_household", "phone_of_household", "shared_with_firm", "more_than_insured", "young",
        "hired_elsewhere", "no_payroll",
    }  # fmt: skip
    assert hires.show_payroll(made, "3月工资单", by="bureau", on=DAY, now=NOW).payroll
    assert "no_payroll" not in names(made)
    assert hires.answer(made, "已到厂里看过,确在上班。", by="bureau").answered_by == "bureau"


def test_an_ordinary_claim_raises_no_question(seen: str) -> None:
    fine = firm(3, legal_person="赵厂长", registered_on=date(2015, 1, 1), insured=40)
    assert names(claimed(fine, 21)) == set()


@pytest.mark.parametrize(
    "more",
    [{"months": 0}, {"months": 601}, {"contract": " "}, {"begun_on": date(2020, 3, 1)}, {"contract": "长" * 101}],
)
def test_a_contract_that_is_none_is_refused(seen: str, more: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        claimed(firm(), **more)
    assert not Claim.objects.exists()


def test_a_firm_keeps_its_name_and_a_wrong_code_is_no_firm(seen: str) -> None:
    firm(1)
    with pytest.raises(Refusal, match="on record as"):
        enterprises.enter(Licence(code(1), "另一家", True), place_code=COUNTY, by="bureau", on=DAY)
    with pytest.raises(Refusal, match="check sign"):
        enterprises.enter(Licence(code(1)[:-1] + "0", "厂", True), place_code=COUNTY, by="bureau", on=DAY)
    assert firm(1, insured=30).insured == 30


def test_of_two_firms_at_the_same_moment_one_has_it(fresh_database: str, django_db_blocker: Any) -> None:
    answers: list[str] = []
    ready = threading.Barrier(2)

    def send(number: int) -> None:
        try:
            with transaction.atomic(), as_engine():
                at, said = Enterprise.objects.get(credit_code=code(number)), hired(1)
                ready.wait()
                hires.claim(at, said, by="bureau", on=DAY, now=NOW)
            answers.append("first")
        except Refusal:
            answers.append("second")
        finally:
            connections.close_all()

    with django_db_blocker.unblock():
        _someone()
        threads = [threading.Thread(target=send, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["first", "second"]
        with transaction.atomic(), as_engine():
            assert Claim.objects.count() == 1
            assert Item.objects.filter(kind="hire").count() == 1


def _someone() -> None:
    with transaction.atomic(), as_engine():
        with carry_out("test", by="tester"):
            Person.objects.create(pk=1, code="P-1", name="某人", place_code="510921110212", recorded_at=NOW)
        firm(1)
        firm(2)
