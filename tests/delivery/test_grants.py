"""From a yes to an entitlement, stage after stage: what is frozen, who may act, what becomes of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from doudi.values.refusals import Refusal
from tests.delivery.conftest import AWARD, DAY

Granted = Callable[..., list[int]]
pytestmark = pytest.mark.django_db


def test_a_grant_freezes_every_yes_with_what_it_rested_on(run: Any, granted: Granted, whole: Any) -> None:
    from doudi.delivery.models import Entitlement, Grant

    ids = granted()
    with whole():
        told = next(each for each in run.counts["measures"] if each["name"] == AWARD)
        assert len(ids) == told["yes"] > 0
        one = Entitlement.objects.select_related("decision", "grant").get(pk=ids[0])
        assert (one.state, one.stage, one.position) == ("in_review", "village_review", 0)
        assert one.stages == ["village_review", "public_notice:7d", "town", "county"]
        assert one.amount_fen == 10_000
        assert one.pack_hash == run.pack_id
        assert one.reasons == one.decision.reasons[run.measures["person"].index(AWARD)]
        assert one.grant.counts == {"granted": len(ids), "already": 0, "settled_before": 0, "related": 0}
        assert Grant.objects.get().amount_fen == 10_000 * len(ids)


def test_the_same_list_granted_again_finds_nothing_new(run: Any, granted: Granted) -> None:
    granted()
    with pytest.raises(Refusal, match="under way already"):
        granted()


VILLAGE = "510921110212"


@pytest.fixture
def relief(granted: Granted) -> list[int]:
    """Measures of three stages and no notice, in the village whose officers have demo accounts."""
    return granted("07a_farm_inputs", VILLAGE)


def test_each_stage_in_its_turn_by_whoever_answers_for_it(relief: list[int], whole: Any) -> None:
    from doudi.delivery import entitlements, grants
    from doudi.delivery.models import Entitlement, Step

    with whole():
        for stage, who in (("village_review", "village"), ("town", "town"), ("agriculture_bureau", "bureau")):
            assert grants.advance(relief, stage, "accept", by=who, on=DAY) == len(relief)
        assert set(Entitlement.objects.values_list("state", "stage")) == {("deliverable", "")}
        assert entitlements.deliver(relief, by="village", on=DAY, evidence={"kind": "handover_list"}) == len(relief)
        assert entitlements.confirm(relief, by="town", on=DAY) == len(relief)
        assert list(Step.objects.filter(entitlement=relief[0]).values_list("verdict", flat=True)) == [
            *["accept"] * 3,
            "deliver",
            "confirm",
        ]


@pytest.mark.parametrize(
    ("stage", "who", "words"),
    [
        ("town", "town", "no longer wait at"),
        ("village_review", "town", "no duty at the stage"),
        ("village_review", "nobody", "no duty at the stage"),
        ("no_stage", "village", "no longer wait at"),
    ],
)
def test_nobody_else_and_no_other_stage(relief: list[int], whole: Any, stage: str, who: str, words: str) -> None:
    from doudi.delivery import grants
    from doudi.delivery.models import Step

    with whole():
        with pytest.raises(Refusal, match=words):
            grants.advance(relief, stage, "accept", by=who, on=DAY)
        assert not Step.objects.exists()


def test_a_village_officer_of_another_village_may_not(granted: Granted, whole: Any) -> None:
    from doudi.delivery import grants

    ids = granted()
    with whole(), pytest.raises(Refusal, match="no duty at the stage"):
        grants.advance(ids, "village_review", "accept", by="village", on=DAY)


def test_returned_to_the_stage_before_and_refused_with_a_reason(relief: list[int], whole: Any, run: Any) -> None:
    from doudi.delivery import grants
    from doudi.delivery.models import Entitlement

    with whole():
        grants.advance(relief, "village_review", "accept", by="village", on=DAY)
        with pytest.raises(Refusal, match="Say why"):
            grants.advance(relief, "town", "return", by="town", on=DAY, reason="  ")
        grants.advance(relief, "town", "return", by="town", on=DAY, reason="名单有误")
        assert set(Entitlement.objects.values_list("state", "stage", "round")) == {("in_review", "village_review", 1)}
        grants.advance(relief, "village_review", "refuse", by="village", on=DAY, reason="已不在本村")
        assert set(Entitlement.objects.values_list("state", flat=True)) == {"refused"}
        with pytest.raises(Refusal, match=f"{len(relief)} settled before"):
            grants.grant(run, "07a_farm_inputs", places=[VILLAGE], by="county", on=DAY)


def test_a_run_that_is_over_grants_nothing(run: Any, whole: Any) -> None:
    from doudi.delivery import grants
    from doudi.policy.runs import Run

    with whole():
        run.pk = 999
        with pytest.raises(Refusal, match="no longer in force"):
            grants.grant(run, AWARD, by="county", on=datetime.date(2020, 2, 27))
        assert Run.objects.filter(pk=999).count() == 0


@pytest.fixture
def hire(granted: Granted, whole: Any) -> int:
    """An award for hiring that everybody has agreed to; the evidence is still to come."""
    from doudi.delivery import grants, notices
    from doudi.funds.demo import money

    money.load(by="county")
    one = granted("05_local_hire_award", by="county")[:1]
    with whole():
        grants.advance(one, "labour_bureau", "accept", by="bureau", on=DAY)
        notices.post(one, phone="0825-5420000", by="county", on=DAY)
        grants.advance(one, "public_notice", "accept", by="county", on=DAY + datetime.timedelta(days=7))
        grants.advance(one, "county", "accept", by="county2", on=DAY + datetime.timedelta(days=8))
    return one[0]


def test_where_each_kind_of_evidence_is_asked_for_one_is_not_enough(hire: int, whole: Any) -> None:
    from django.db import IntegrityError, transaction

    from doudi.delivery import evidence
    from doudi.delivery.models import Entitlement
    from doudi.trail.commands import carry_out

    held = Entitlement.objects.filter(pk=hire)
    with whole():
        one = held.get()
        assert (one.state, one.evidence_wanted, one.evidence_each) == ("approved", ["contract", "payroll"], True)
        for kind, ripe in (("contract", 0), ("contract", 0), ("payroll", 1)):
            brought = evidence.bring(one, kind, "原件已核", by="bureau", on=DAY)
            if kind == "payroll":
                again = pytest.raises(IntegrityError, match="lacks evidence")
                with again, transaction.atomic(), carry_out("test", by="county"):
                    held.update(state="payable")
            assert evidence.look([brought.pk], seen=True, by="county", on=DAY) == ripe
        assert held.get().state == "payable"
