"""What this area knows for the rules: the two days expected from the actual pace, in the place of a bureau's word.

Where the pace says nothing yet (under two accepted reports or payments), what the bureau told the register stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

import pyarrow as pa
from django.db import transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.policy.deeds import Asked, Deed, Of
from doudi.projects import outlooks
from doudi.projects.projects import Project


def supply(*, as_of: date, known_at: datetime | None, vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """The table `project` with `works_end` and `money_out` of every project under way or done on a day."""
    with transaction.atomic(), as_engine():
        started = list(Project.objects.filter(started_on__lte=as_of).order_by("item_id"))
        found = outlooks.of(started, on=as_of, known_at=known_at)
    columns = {
        "id": pa.array([each.project.item_id for each in found], pa.int64()),
        "works_end": pa.array([each.works.end for each in found], pa.date32()),
        "money_out": pa.array([each.money.end for each in found], pa.date32()),
    }
    facts = vocabulary.kinds["project"].facts if "project" in vocabulary.kinds else {}
    return {"project": pa.table({name: column for name, column in columns.items() if name == "id" or name in facts})}


def know(
    subjects: Mapping[str, Collection[int]], *, as_of: date, vocabulary: Vocabulary
) -> dict[tuple[str, str], dict[int, date | None]]:
    """The same of a few projects, between two runs."""
    if not (few := subjects.get("project")):
        return {}
    with transaction.atomic(), as_engine():
        started = list(Project.objects.filter(started_on__lte=as_of, item__in=few).order_by("item_id"))
        found = outlooks.of(started, on=as_of, known_at=None)
    facts = vocabulary.kinds["project"].facts if "project" in vocabulary.kinds else {}
    told = {
        "works_end": {each.project.item_id: each.works.end for each in found},
        "money_out": {each.project.item_id: each.money.end for each in found},
    }
    return {("project", name): values for name, values in told.items() if name in facts}


def name_deeds(asked: Asked, *, as_of: date) -> dict[Of, list[Deed]]:
    """The project whose reports or payments an expected day comes from (`policy.deeds`)."""
    named: dict[Of, list[Deed]] = {}
    with transaction.atomic(), as_engine():
        for fact, zh, en in (("works_end", "进度", "progress"), ("money_out", "拨付", "payments")):
            for each in Project.objects.filter(item__in=asked.get(("project", fact), ())):
                deed = Deed("work", each.code, f"{each.name}的{zh}", f"{en} of {each.name}", as_of)
                named["project", each.item_id, fact] = [deed]
    return named
