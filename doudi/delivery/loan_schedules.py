"""What granting would put off: each loan, the day now beside the day then, under the rule in force on the day.

A pack may have several rules for putting off (the notice of February 2020, the notice of July), of which one says yes
on any day. The new day is the one its rule worked out (`new_due_date`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from doudi.delivery import freezing, grants, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loan_extensions import DAY
from doudi.delivery.loans import KIND
from doudi.delivery.states import DELIVER, IN_REVIEW
from doudi.delivery.steps import Step
from doudi.policy.runs import Run
from doudi.register.beliefs import Belief
from doudi.register.items import Item
from doudi.rules.engines import closure
from doudi.rules.rows import Row
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Schedule:
    """A loan that may be put off under `measure`: by how many months, from which day to which; `fen` null if not told.

    `put_off` is the day it was last put off on, null where it never was. `stale`: its day or months are no longer what
    the run decided on, so that it waits for the next run. `answered`: what was asked is older than `put_off`, so that
    the household has to be asked anew.
    """

    item: Item
    measure: str
    fen: int | None
    months: int
    old: date
    new: date
    put_off: date | None
    stale: bool
    answered: bool

    @property
    def sound(self) -> bool:
        """Whether it may be granted as it stands."""
        return not self.stale and not self.answered


def propose(run: Run, *, places: Iterable[str], by: str) -> list[Schedule]:
    """What granting would put off, by village and loan; writes nothing.

    Those with an extension under way, settled before, or of a household `by` has declared are left out.
    """
    wanted = sorted(places)
    found = [
        each for name in loans.measures_of(run.pack.pack, KIND) for each in _under(run, name, places=wanted, by=by)
    ]
    return sorted(found, key=lambda each: (each.item.place_code, each.item.code))


def _under(run: Run, measure: str, *, places: Sequence[str], by: str) -> list[Schedule]:
    with transaction.atomic():
        freezing.gather(run, measure, places, None, by=by)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT subject_id, quantities->>'{DAY}' FROM delivery_freezing")
            days = {number: date.fromisoformat(day) for number, day in cursor.fetchall() if day}
    waiting = Entitlement.objects.filter(
        channel=loans.CHANNEL, subject_kind=KIND, state=IN_REVIEW, subject_id__in=days
    ).values_list("subject_id", flat=True)
    ids = days.keys() - set(waiting)
    cells = dict(Belief.objects.filter(subject_kind=KIND, subject_id__in=ids).values_list("subject_id", "document"))
    last = dict(
        Step.objects.filter(entitlement__channel=loans.CHANNEL, subject_kind=KIND, subject_id__in=ids, verdict=DELIVER)
        .order_by("on_day")
        .values_list("subject_id", "on_day")
    )
    items = Item.objects.select_related("household").filter(pk__in=ids)
    made = (_schedule(run, measure, each, cells.get(each.pk, {}), days[each.pk], last.get(each.pk)) for each in items)
    return [each for each in made if each is not None]


def _schedule(
    run: Run, measure: str, item: Item, cells: Mapping[str, Any], new: date, put_off: date | None
) -> Schedule | None:
    facts = {name: cell[0] for name, cell in cells.items()}
    old, months = loans.due_of(facts), facts.get("extension_asked")
    if old is None or months is None:
        return None
    answered = put_off is not None and date.fromisoformat(cells["extension_asked"][3]) <= put_off
    stale = _day_now(run, measure, old, int(months)) != new
    return Schedule(item, measure, facts.get("amount"), int(months), old, new, put_off, stale, answered)


def _day_now(run: Run, measure: str, due: date, months: int) -> Any:
    """The new day the measure's rule works out of what is believed now."""
    pack = run.pack.pack
    row = Row(KIND, 0, {"due_date": due, "extension_asked": months})
    rule = next(each.node for each in pack.terms[measure].quantities if each.name == DAY)
    return closure.compiled(rule).evaluate(row=row, params=pack.values_on(run.as_of), as_of=run.as_of).value


def grant(run: Run, ids: Sequence[int], *, places: Iterable[str], by: str, on: date, key: Any) -> int:
    """Grant the extensions of some loans as proposed; answers how many. Raises Refusal for one that is not sound."""
    proposed = {each.item.pk: each for each in propose(run, places=places, by=by)}
    chosen = [proposed[number] for number in sorted(set(ids)) if number in proposed]
    if not chosen or len(chosen) != len(set(ids)):
        raise Refusal(
            "没有勾选,或有的已经在办。请刷新后再办。", "Nothing is ticked, or some are under way. Load again.", "ids"
        )
    for each in chosen:
        _refuse_unsound(each)
    with carry_out("delivery.loan_extensions.grant", by=by, key=key, payload=[run.pk, sorted(ids), on]) as act:
        number = 0
        for measure in sorted({each.measure for each in chosen}):
            some = [each.item.pk for each in chosen if each.measure == measure]
            made = grants.grant(run, measure, places=places, subjects=some, by=by, on=on)
            number += int(made.counts["granted"])
        act.result = {"entitlements": number}
    return number


def _refuse_unsound(each: Schedule) -> None:
    if each.answered:
        raise Refusal(
            f"{each.item.code} 的延期申请已在 {each.put_off} 办过。还要再延的,请先问农户、重新登记申请月数,再运行。",
            f"What was asked for {each.item.code} was answered on {each.put_off}. For more time ask the household,"
            " record the months anew, and run again.",
            "ids",
        )
    if each.stale:
        raise Refusal(
            f"{each.item.code} 的到期日或申请月数在运行之后有变化。请先重新运行,或不勾选它。",
            f"The day or months of {each.item.code} changed after the run. Run again first, or leave it out.",
            "ids",
        )
