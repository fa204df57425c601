"""What the database itself refuses, asked without any of the verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.delivery.conftest import DAY

Granted = Callable[..., list[int]]
pytestmark = pytest.mark.django_db
INPUTS, VILLAGE = "07a_farm_inputs", "510921110212"


@pytest.fixture
def one(granted: Granted, whole: Any) -> Any:
    """An entitlement granted by county, in the hands of somebody who writes what they like."""
    from doudi.delivery.models import Entitlement
    from doudi.trail.commands import carry_out

    ids = granted(INPUTS, VILLAGE)
    with whole(), carry_out("test", by="tester"):
        yield Entitlement.objects.get(pk=ids[0])


def step(one: Any, stage: str, by: str, verdict: str = "accept", **more: Any) -> Any:
    from doudi.delivery.models import Step

    return Step.objects.create(
        entitlement=one, subject_kind=one.subject_kind, subject_id=one.subject_id, household_id=one.household_id,
        place_code=one.place_code, stage=stage, verdict=verdict, by=by, on_day=DAY, command_id=uuid.uuid4(), **more,
    )  # fmt: skip


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def constraint_of(error: Any) -> str:
    return str(error.value.__cause__.diag.constraint_name)


def test_one_person_acts_at_one_stage(one: Any) -> None:
    step(one, "village_review", "anna")
    step(one, "village_review", "anna", "return", reason="again")
    with transaction.atomic(), refused("two stages"), transaction.atomic():
        step(one, "town", "anna")
    with refused("two stages"), transaction.atomic():
        step(one, "town", "county")  # who granted it
    step(one, "town", "berta")


def test_who_delivered_does_not_confirm(one: Any) -> None:
    step(one, "deliver", "anna", "deliver")
    with refused("two stages"), transaction.atomic():
        step(one, "confirm", "anna", "confirm")


def test_nobody_acts_on_their_own_or_a_declared_household(one: Any, run: Any) -> None:
    from doudi.delivery import conflicts, grants
    from doudi.register.households import Household
    from doudi.values.refusals import Refusal

    home = Household.objects.get(pk=one.household_id)
    for username, relation in (("village", "own"), ("anna", "sibling")):
        conflicts.declare(username, home, relation, by=username, on=DAY)
        with refused("has declared"), transaction.atomic():
            step(one, "village_review", username)
    with pytest.raises(Refusal, match="not yours to act on"):
        grants.advance([one.pk], "village_review", "accept", by="village", on=DAY)
    conflicts.declare("county2", home, "parent", by="county2", on=DAY)
    made = grants.grant(run, "07b_spring_ploughing", places=[VILLAGE], by="county2", on=DAY)
    decided = set(made.entitlements.values_list("household_id", flat=True))
    assert home.pk not in decided


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("amount_fen = 99", "entitlement_stays"),
        ("granted_by = 'me'", "entitlement_stays"),
        ("stages = '{}'", "entitlement_stays"),
        ("state = 'confirmed', stage = ''", "entitlement_moves_as_allowed"),
        ("state = 'deliverable', stage = ''", "entitlement_passed_every_stage"),
        ("state = 'payable', stage = ''", "entitlement_passed_every_stage"),
        ("state = 'refused'", "entitlement_stage_in_review_only"),
    ],
)
def test_an_entitlement_is_not_changed_by_hand(one: Any, what: str, name: str) -> None:
    with pytest.raises(IntegrityError) as told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE delivery_entitlement SET {what} WHERE id = %s", [one.pk])
    assert constraint_of(told) == name


def test_one_live_entitlement_a_measure_and_subject(one: Any) -> None:
    one.pk = None
    with pytest.raises(IntegrityError) as told, transaction.atomic():
        one.save(force_insert=True)
    assert constraint_of(told) == "entitlement_one_live"


def test_nothing_begins_approved(one: Any) -> None:
    one.pk, one.subject_id, one.state, one.stage = None, 999_999, "payable", ""
    with pytest.raises(IntegrityError) as told, transaction.atomic():
        one.save(force_insert=True)
    assert constraint_of(told) == "entitlement_begins_in_review"


@pytest.mark.parametrize("table", ["step", "grant", "notice", "notice_line", "settlement"])
def test_what_was_done_is_never_taken_back(one: Any, table: str) -> None:
    from django.db import ProgrammingError

    step(one, "village_review", "anna")
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM delivery_{table}")


def test_evidence_is_seen_by_another_and_stays(one: Any) -> None:
    from doudi.delivery.models import Evidence

    made = Evidence.objects.create(
        entitlement=one, subject_kind=one.subject_kind, subject_id=one.subject_id, household_id=one.household_id,
        place_code=one.place_code, kind="handover_list", note="seen", brought_by="anna", brought_on=DAY,
    )  # fmt: skip
    for change in ({"verdict": "seen", "seen_by": "anna"}, {"verdict": "seen"}, {"note": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.filter(pk=made.pk).update(**change)
    assert Evidence.objects.filter(pk=made.pk).update(verdict="seen", seen_by="berta") == 1


def test_who_decided_does_not_answer_the_objection(one: Any) -> None:
    from doudi.delivery.models import Objection

    step(one, "village_review", "anna")
    made = Objection.objects.create(
        entitlement=one, subject_kind=one.subject_kind, subject_id=one.subject_id, household_id=one.household_id,
        place_code=one.place_code, way="phone", said="no", said_on=DAY, recorded_by="berta",
    )  # fmt: skip
    for by in ("anna", "county", "berta"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Objection.objects.filter(pk=made.pk).update(state="dismissed", answer="no", answered_by=by)
    assert Objection.objects.filter(pk=made.pk).update(state="dismissed", answer="no", answered_by="carla") == 1
