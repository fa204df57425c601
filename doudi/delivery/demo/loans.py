"""Loans of the demo county: one town's extensions reviewed, half of them answered; a list that leaves a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import grants, loan_extensions, loan_lending, loan_lists, loan_schedules, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loan_extensions import Answer
from doudi.delivery.loan_lists import Told
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.register.items import Item

PROPOSED, REVIEWED, TODAY = date(2020, 2, 24), date(2020, 2, 26), date(2020, 2, 27)
NOW = datetime(2020, 2, 27, 12, tzinfo=UTC)
COUNTY, BANK = "county", "bank"


def load(run: Run) -> dict[str, int]:
    """Propose, review, answer; answers how many of each. Inside the demo's own transaction."""
    with transaction.atomic(), as_engine():
        extended, lent = _extended(run), _lent(run)
        _review([*extended, *lent])
        answered = _answer(extended[: len(extended) // 2 or 1])
        return {"extensions": len(extended), "answered": answered, "new": len(lent), "told": _tell()}


def _extended(run: Run) -> list[int]:
    """The ids of one town's extensions; in a small demo, where it has none, of half of the county's."""
    for place, share in ((FENGMING, 1), (FENGMING[:6], 2)):
        found = [each for each in loan_schedules.propose(run, places=[place], by=COUNTY) if each.sound]
        if some := found[: (len(found) + share - 1) // share]:
            return _granted(run, some[0].measure, [each.item.pk for each in some])
    return []


def _lent(run: Run) -> list[int]:
    """The same of new loans."""
    (measure,) = loans.measures_of(run.pack.pack, "household")
    for place, share in ((FENGMING, 1), (FENGMING[:6], 2)):
        found = loan_lending.propose(run, measure, places=[place], by=COUNTY)
        if some := found[: (len(found) + share - 1) // share]:
            return _granted(run, measure, [each.household.pk for each in some])
    return []


def _granted(run: Run, measure: str, subjects: list[int]) -> list[int]:
    made = grants.grant(run, measure, subjects=subjects, by=COUNTY, on=PROPOSED)
    return list(made.entitlements.order_by("place_code", "id").values_list("id", flat=True))


def _review(ids: Sequence[int]) -> None:
    lists: dict[str, list[int]] = {}
    for number, village in Entitlement.objects.filter(pk__in=ids).values_list("id", "place_code"):
        lists.setdefault(village, []).append(number)
    for village, some in lists.items():
        officer = "village" if village == QINGGANG else f"village{village}"
        grants.advance(some, "village_review", "accept", by=officer, on=REVIEWED)


def _answer(ids: Sequence[int]) -> int:
    held = list(Entitlement.objects.filter(pk__in=ids).order_by("id"))
    items = Item.objects.in_bulk([each.subject_id for each in held])
    facts = loans.facts_of(loans.KIND, items)
    told = [
        Answer(each, items[each.subject_id], old, loan_extensions.latest(each), "", TODAY)
        for each in held
        if (old := loans.due_of(facts.get(each.subject_id, {})))
    ]
    return loan_extensions.answer(told, by=BANK, on=TODAY, now=NOW) if told else 0


def _tell() -> int:
    """Two loans of a bank's list, of which one leaves a question."""
    untold = Item.objects.filter(kind=loans.KIND, loan__isnull=True, household__isnull=False)
    rows: list[Told] = []
    for item in untold.select_related("household").order_by("-id")[:40]:
        said = loans.facts_of(loans.KIND, [item.pk]).get(item.pk, {})
        due, fen = loans.due_of(said), said.get("amount")
        if due and fen and item.household:
            user = loans.HOUSEHOLD if rows else loans.ENTERPRISE
            rows.append(
                Told(item.household, item.code, item, fen, None, due, False, user, "农村信用社(演示)", TODAY, None)
            )
        if len(rows) == 2:
            break
    return loan_lists.record(rows, by=BANK, on=TODAY, now=NOW) if rows else 0
