"""Insurance against falling back: signal, visit, answer by row, notice, paid once; the premium to the fen."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
BEFORE = DAY - datetime.timedelta(days=8)
VILLAGE = "510921110212"


def _cover(number: str = "FP-2020-1", year: int = 2020) -> Any:
    from doudi.delivery.insurance_policies import Cover

    return Cover(
        number,
        "人保财险蓬溪支公司",
        datetime.date(year, 1, 1),
        datetime.date(year + 1, 1, 1),
        5_000,
        25_000_000,
        2_000_000,
    )


@pytest.fixture
def policy(run: Any, whole: Any) -> Any:
    from doudi.delivery import insurance_policies

    with whole():
        return insurance_policies.take_out(_cover(), by="county", on=BEFORE)


@pytest.fixture
def signalled(policy: Any, whole: Any) -> Any:
    from doudi.delivery import insurance_claims
    from doudi.register.households import Household

    with whole():
        home = Household.objects.filter(place_code=VILLAGE).order_by("id")[0]
        return insurance_claims.signal(home, "务工收入中断,口粮不足", by="village", on=BEFORE, now=NOW)


@pytest.fixture
def granted_claim(signalled: Any, run: Any, whole: Any) -> Any:
    """The signal, its household insured by the bureau's word, decided yes, granted and agreed by the village."""
    from doudi.delivery import grants, insurance_claims
    from doudi.delivery.models import InsuranceClaim
    from doudi.policy import running
    from doudi.register import statements

    with whole():
        words = {"insured": True, "fallen_back": True}
        home = signalled.household_id
        statements.record("household", home, words, source="bureau", about=DAY, by="bureau", now=NOW)
        later = running.run("pengxi_2020", as_of=DAY, by="county", now=NOW)
        grants.grant(later, "07e_insurance_claim", subjects=[home], by="county", on=BEFORE)
        assert insurance_claims.follow_decisions(by="county", on=BEFORE) == 1
        held = InsuranceClaim.objects.get(pk=signalled.pk)
        grants.advance([held.entitlement_id], "village_review", "accept", by="village", on=BEFORE)
        insurance_claims.visit(held, "查勘员老李", 1_500_000, visited_on=BEFORE, by="bureau", on=BEFORE)
        return InsuranceClaim.objects.select_related("household").get(pk=held.pk)


def _judge(claim: Any, **read: str) -> Any:
    from doudi.delivery import insurance_answers

    return insurance_answers.LIST.judge(
        [(2, {"number": str(claim.pk), "household": claim.household.code, **read})], ""
    )[0]


def _take_in(row: Any, on: datetime.date = DAY) -> None:
    from doudi.delivery import insurance_answers
    from doudi.trail.commands import carry_out

    assert row.problem is None, row.problem
    with carry_out("test", by="bureau"):
        insurance_answers.LIST.write([row], about="", by="bureau", on=on, now=NOW)


def test_a_signal_is_the_villages_word_and_one_at_a_time(signalled: Any, whole: Any) -> None:
    from doudi.delivery import insurance_claims
    from doudi.register.statements import Statement

    with whole():
        said = Statement.objects.get(evidence__kind="insurance_signal", subject_id=signalled.household_id)
        assert (said.source, said.facts) == ("village", {"fallen_back": True})
        with pytest.raises(Refusal, match="under way"):
            insurance_claims.signal(signalled.household, "又报一次", by="village", on=BEFORE, now=NOW)


def test_without_a_policy_in_force_nothing_is_signalled(run: Any, whole: Any) -> None:
    from doudi.delivery import insurance_claims
    from doudi.register.households import Household

    with whole(), pytest.raises(Refusal, match="No policy covers"):
        insurance_claims.signal(Household.objects.all()[0], "x", by="village", on=DAY, now=NOW)


def test_from_the_signal_to_the_money_and_the_rest_to_the_fen(granted_claim: Any, policy: Any, whole: Any) -> None:
    from doudi.delivery import grants, notices
    from doudi.delivery.models import Entitlement, InsuranceClaim, InsurancePolicy

    with whole():
        _take_in(_judge(granted_claim, result="同意", sum="12000.01"), on=BEFORE)
        early = _judge(granted_claim, result="已赔付", sum="12000.01", day="2020-02-27", receipt="R1")
        assert "notice has not ended" in early.problem.en
        number = granted_claim.entitlement_id
        notices.post([number], phone="0825-5420000", by="village", on=BEFORE)
        grants.advance([number], "public_notice", "accept", by="village", on=DAY)
        other = _judge(granted_claim, result="已赔付", sum="12000.00", day="2020-02-27", receipt="R1")
        assert "not the sum agreed" in other.problem.en
        _take_in(_judge(granted_claim, result="已赔付", sum="12000.01", day="2020-02-27", receipt="R1"))
        held = InsurancePolicy.objects.get(pk=policy.pk)
        assert (held.paid_fen, held.rest_fen) == (1_200_001, 25_000_000 - 1_200_001)
        assert Entitlement.objects.get(pk=number).state == "delivered"
        assert InsuranceClaim.objects.get(pk=granted_claim.pk).state == "paid"
        assert _judge(granted_claim, result="已赔付", sum="12000.01", day="2020-02-27", receipt="R1").state == "same"


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ({"result": "可能"}, "The result is"),
        ({"result": "同意", "sum": "x"}, "in yuan"),
        ({"result": "同意", "sum": "15000.01"}, "No more than"),
        ({"result": "不同意"}, "needs its reason"),
        ({"result": "已赔付", "sum": "1", "receipt": "R"}, "not the sum agreed"),
    ],
)
def test_a_wrong_answer_stays_out(granted_claim: Any, whole: Any, read: dict[str, str], words: str) -> None:
    with whole():
        assert words in _judge(granted_claim, **read).problem.en


def test_a_refusal_ends_the_claim_with_its_reason(granted_claim: Any, whole: Any) -> None:
    from doudi.delivery.models import Entitlement

    with whole():
        _take_in(_judge(granted_claim, result="不同意", reason="不属于保障范围"))
        assert Entitlement.objects.get(pk=granted_claim.entitlement_id).state == "refused"


def test_nothing_is_agreed_before_a_decision(signalled: Any, whole: Any) -> None:
    from doudi.delivery import insurance_claims

    with whole():
        insurance_claims.visit(signalled, "老李", 100, visited_on=BEFORE, by="bureau", on=BEFORE)
        signalled.refresh_from_db()
        assert "answered after the visit" in _judge(signalled, result="同意", sum="1").problem.en
        assert insurance_claims.step_of(signalled) == "decision"


def test_what_is_left_is_carried_over_once(policy: Any, whole: Any) -> None:
    from doudi.delivery import insurance_policies
    from doudi.delivery.models import InsurancePolicy

    with whole():
        with pytest.raises(Refusal, match="still covers"):
            insurance_policies.take_out(_cover("FP-2", 2020), follows=policy, by="county", on=DAY)
        made = insurance_policies.take_out(_cover("FP-2021-1", 2021), follows=policy, by="county", on=DAY)
        old = InsurancePolicy.objects.get(pk=policy.pk)
        assert (made.carried_fen, made.rest_fen, old.rest_fen) == (25_000_000, 50_000_000, 0)
        with pytest.raises(Refusal, match="followed already"):
            insurance_policies.take_out(_cover("FP-2021-2", 2021), follows=policy, by="county", on=DAY)


@pytest.mark.parametrize("wrong", [{"paid_fen": 25_000_001}, {"passed_fen": -1}, {"persons": 0}])
def test_the_database_pays_not_a_fen_beyond_the_premium(policy: Any, whole: Any, wrong: dict[str, int]) -> None:
    from doudi.delivery.models import InsurancePolicy
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"), pytest.raises(IntegrityError), transaction.atomic():
        InsurancePolicy.objects.filter(pk=policy.pk).update(**wrong)


@pytest.mark.parametrize("wrong", [{"state": "paid"}, {"state": "agreed"}, {"state": "refused"}, {"state": "visited"}])
def test_the_database_skips_no_step(signalled: Any, whole: Any, wrong: dict[str, str]) -> None:
    from doudi.delivery.models import InsuranceClaim
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"), pytest.raises(IntegrityError), transaction.atomic():
        InsuranceClaim.objects.filter(pk=signalled.pk).update(**wrong)
