"""Special care and the insurance in the demo county: one town's cases at every step, one policy with its claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import (
    care_cases,
    care_results,
    grants,
    income_sheets,
    insurance_answers,
    insurance_claims,
    insurance_policies,
    leavings,
)
from doudi.delivery.care_cases import ALLOWANCE, LEAVING, CareCase
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.insurance_claims import MEASURE, InsuranceClaim
from doudi.delivery.insurance_policies import Cover
from doudi.policy.runs import Run
from doudi.register import sheets
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

GRANTED, REVIEWED, TODAY = date(2020, 2, 12), date(2020, 2, 18), date(2020, 2, 27)
KEEP, LEAVE = "06b_keep_allowance_without", "07c_prepare_to_leave"
COUNTY, TOWN, BUREAU = "county", "town", "bureau"
MOST = 40  # of each measure, so that the demo stays quick


def load(run: Run, *, now: datetime) -> dict[str, int]:
    """Open the cases and claims and carry a part of them on; answers how many. Inside the demo's own transaction."""
    with transaction.atomic(), as_engine():
        kept, leaving = _granted(run, KEEP), _granted(run, LEAVE)
        insured = _granted(run, MEASURE)
        opened = care_cases.open_cases(by=COUNTY, on=GRANTED)
        _care(kept, now)
        _prepare(leaving)
        claims = _insure(insured, now)
    return {"cases": opened, "claims": claims}


def _granted(run: Run, measure: str) -> list[int]:
    """The ids of a new grant in one town; none where nobody there has a yes (a small demo)."""
    try:
        made = grants.grant(run, measure, places=[FENGMING], by=COUNTY, on=GRANTED)
    except Refusal:
        return []
    return list(made.entitlements.order_by("place_code", "id").values_list("id", flat=True)[:MOST])


def _review(ids: Sequence[int], stage: str, *, by: str = "") -> None:
    for number, place in Entitlement.objects.filter(pk__in=ids).values_list("pk", "place_code"):
        who = by or ("village" if place == QINGGANG else f"village{place}")
        grants.advance([number], stage, "accept", by=who, on=REVIEWED)


def _care(ids: Sequence[int], now: datetime) -> None:
    """Two thirds have their sheet and went to civil affairs; half of those were answered."""
    some = list(ids)[: 2 * len(ids) // 3]
    if not some:
        return
    _review(some, "village_review")
    _review(some, "town", by=TOWN)
    cases = list(CareCase.objects.filter(entitlement__in=some, kind=ALLOWANCE).select_related("household"))
    for case in cases:
        told = income_sheets.believed(case, 2019)
        lines = {name: told[name] or 0 for name in income_sheets.LINES}
        income_sheets.draw(case, 2019, told["heads"] or 1, lines, by=TOWN, on=REVIEWED)
    care_cases.hand_over([case.pk for case in cases], by=TOWN, on=REVIEWED)
    hands = [
        (n, {"number": str(case.pk), "household": case.household.code if case.household else "", **_ANSWERS[n % 4]})
        for n, case in enumerate(cases[: len(cases) // 2])
    ]
    _take_in(care_results.LIST, hands, now)


_AGREED = {"result": "同意", "sum": "320", "since": "2020-03-01"}
_ANSWERS = (_AGREED, _AGREED, _AGREED, {"result": "不同意", "reason": "家中已有稳定务工收入,转监测"})


def _take_in(kind: sheets.Kind, hands: Sequence[sheets.Hand], now: datetime) -> None:
    if rows := [row for row in kind.judge(hands, "") if not row.problem]:
        with carry_out("delivery.demo.caring", by=BUREAU, payload=[kind.name, len(rows)]):
            kind.write(rows, about="", by=BUREAU, on=TODAY, now=now)


def _prepare(ids: Sequence[int]) -> None:
    cases = CareCase.objects.filter(entitlement__in=list(ids), kind=LEAVING).order_by("id")
    for turn, case in enumerate(cases):
        if some := list(leavings.ITEMS)[: turn % 4]:
            leavings.tick(case, some, by=TOWN, on=TODAY)


def _insure(ids: Sequence[int], now: datetime) -> int:
    """A year's policy; of the claims a part visited, a part answered."""
    cover = Cover(
        number="FPB-2020-510921",
        insurer="演示保险公司蓬溪支公司",
        from_day=date(2020, 1, 1),
        until=date(2021, 1, 1),
        persons=60_000,
        premium_fen=3_000_000_00,
        most_fen=20_000_00,
    )
    insurance_policies.take_out(cover, by=COUNTY, on=GRANTED)
    if not ids:
        return 0
    made = insurance_claims.follow_decisions(by=COUNTY, on=GRANTED)
    claims = list(InsuranceClaim.objects.select_related("household").order_by("id"))
    seen = [claim for turn, claim in enumerate(claims[:MOST]) if turn % 3]
    _review([claim.entitlement_id or 0 for claim in seen], "village_review")
    for turn, claim in enumerate(seen):
        loss = (3_000 + 500 * (turn % 7)) * 100
        insurance_claims.visit(claim, "查勘员(演示)", loss, visited_on=REVIEWED, by=BUREAU, on=TODAY)
    hands = [
        (n, {"number": str(each.pk), "household": each.household.code if each.household else "", "result": "同意",
             "sum": "2800"})
        for n, each in enumerate(seen[::2])
    ]  # fmt: skip
    _take_in(insurance_answers.LIST, hands, now)
    return made
