"""After villages merge, the run in force counts them as one, and decisions stay as they were made."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from doudi.access.scope import as_engine
from doudi.policy import merging, running
from doudi.policy.decisions import Decision, Tally
from doudi.policy.runs import Run
from tests.policy.conftest import DAY, NOW, PACK

PARTS = ("yes", "no", "unknown", "amount_fen")


def counted(run: Run, *codes: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    with as_engine():
        for tally in Tally.objects.filter(run=run, place_code__in=codes):
            sums = found.setdefault(tally.measure, [0, 0, 0, 0])
            for place, part in enumerate(PARTS):
                sums[place] += getattr(tally, part)
    return found


def _two_of_one_town(codes: list[str]) -> tuple[str, str]:
    towns: dict[str, list[str]] = {}
    for code in sorted(codes):
        towns.setdefault(code[:9], []).append(code)
    first, second = next(some for some in towns.values() if len(some) > 1)[:2]
    return first, second


def test_two_villages_are_counted_as_one(run: Run) -> None:
    with as_engine():
        codes = Tally.objects.filter(run=run, measure="02_farm_purchases").values_list("place_code", flat=True)
        old, new = _two_of_one_town(list(codes))
        held = Decision.objects.filter(run=run, place_code=old).count()
    before = counted(run, old, new)
    merging.merge(old, new, on=DAY, by="t", now=NOW)
    assert counted(run, old) == {}
    assert counted(run, new) == before
    with as_engine():
        assert not Decision.objects.filter(place_code=old).exists()
        assert Decision.objects.filter(run=run, place_code=new).count() >= held > 0
        assert Tally.objects.get(run=run, measure="04_village_posts", place_code=new).stale
    after = running.run(PACK, as_of=DAY, by="t", now=NOW)
    with as_engine():
        assert not Tally.objects.filter(run=after, place_code=old).exists()


def test_a_decision_is_never_changed(run: Run) -> None:
    with as_engine():
        decision = Decision.objects.filter(run=run).order_by("id").first()
        assert decision is not None
        for change in ("verdicts = '{1}'", "contested = 7", "run_id = run_id + 1", "decided_at = now()"):
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE policy_decision SET {change} WHERE id = %s", [decision.pk])
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM policy_decision WHERE id = %s", [decision.pk])
        Decision.objects.filter(pk=decision.pk).update(place_code="510921110212", household_id=1)
