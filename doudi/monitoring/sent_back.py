"""Checks the town sent back, or wants looked at on a visit: a task for whoever stands by the household, with why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from doudi.monitoring.checks import Check
from doudi.monitoring.reviews import RETURNED, VISIT, Review, ReviewStep
from doudi.monitoring.tasks import RECHECK, Task
from doudi.trail.written import NUMBERS, Written

WORDS = {
    RETURNED: ("乡镇把上次的核实退回来了,请再核一次", "The town sent the last check back: check again"),
    VISIT: ("乡镇请您入户看一看", "The town asks you to go to the door"),
}


def waiting(ids: Collection[int] | None = None) -> QuerySet[Review]:
    """The reviews nobody has answered by a later check, within the scope; each with the town's `reason`."""
    later = Check.objects.reached().filter(household=OuterRef("household"), recorded_at__gt=OuterRef("of__recorded_at"))
    told = ReviewStep.objects.filter(review=OuterRef("pk"), verdict__in=("return", "visit")).order_by("-pk")
    found = Review.objects.filter(state__in=WORDS) if ids is None else _of(ids)
    return found.exclude(Exists(later)).annotate(reason=Subquery(told.values("reason")[:1])).order_by("pk")


def _of(ids: Collection[int]) -> QuerySet[Review]:
    return Review.objects.filter(state__in=WORDS, household_id__in=ids)


_waiting_at = Written(waiting, ids=NUMBERS)


def tasks(household_ids: Sequence[int], on: date) -> list[Task]:
    """What the town wants done again at some households."""
    return [
        Task(
            kind=RECHECK,
            household_id=each.household_id,
            zh=WORDS[each.state][0],
            en=WORDS[each.state][1],
            reason_zh=f"{each.decided_on} {each.reason}",
            reason_en=f"{each.decided_on} {each.reason}",
            where=f"review:{each.pk}",
        )
        for each in _waiting_at(ids=household_ids)
    ]
