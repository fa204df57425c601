"""Entitlements against a model that is a page long: whatever is tried in whatever order, both stand the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY, county_database, granted, run, standing_county, whole

__all__ = ["county_database", "granted", "run", "standing_county", "whole"]
pytestmark = pytest.mark.django_db
STAGES = ("village_review", "town", "agriculture_bureau")
OFFICERS = {"village_review": "village", "town": "town", "agriculture_bureau": "bureau"}
PEOPLE = st.sampled_from(["village", "town", "bureau", "county", "county2"])
REASONS = st.sampled_from(["", "  ", "名单有误"])
STEPS = [
    pytest.param(40, id="2,000 steps"),
    pytest.param(2_000, id="100,000 steps", marks=pytest.mark.heavy),
]
AFTER = {
    "deliver": ({"deliverable"}, "delivered"),
    "confirm": ({"delivered"}, "confirmed"),
    "withdraw": ({"in_review", "deliverable"}, "withdrawn"),
    "reverse": ({"delivered", "confirmed"}, "reversed"),
}


class Standing:
    """What the model knows of one entitlement of three stages."""

    def __init__(self) -> None:
        self.state, self.position, self.round = "in_review", 0, 0
        self.delivered_by = ""

    def told(self) -> tuple[str, str, int]:
        return self.state, STAGES[self.position] if self.state == "in_review" else "", self.round


class Machine(RuleBasedStateMachine):
    """Officers act upon a few entitlements of one village, rightly and wrongly."""

    ids: ClassVar[list[int]]

    def __init__(self) -> None:
        from django.db import transaction

        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.model = {number: Standing() for number in self.ids}
        self.related: set[tuple[str, int]] = set()

    def teardown(self) -> None:
        from django.db import transaction

        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)

    def tried(self, act: Callable[[], Any]) -> bool:
        """Whether the product took it; a refusal writes nothing."""
        from django.db import transaction

        try:
            with transaction.atomic():
                act()
        except Refusal:
            return False
        return True

    @rule(
        at=st.integers(0, 2),
        stage=st.sampled_from(STAGES),
        verdict=st.sampled_from(["accept", "accept", "return", "refuse"]),
        who=PEOPLE,
        right=st.booleans(),
        reason=REASONS,
    )
    def advance(self, at: int, stage: str, verdict: str, who: str, right: bool, reason: str) -> None:
        from doudi.delivery import grants

        number = self.ids[at]
        one = self.model[number]
        if right and one.state == "in_review":
            stage = STAGES[one.position]
            who = OFFICERS[stage]
        allowed = (
            one.told()[:2] == ("in_review", stage)
            and OFFICERS[stage] == who
            and (who, number) not in self.related
            and (verdict == "accept" or bool(reason.strip()))
            and not (verdict == "return" and one.position == 0)
        )
        took = self.tried(lambda: grants.advance([number], stage, verdict, by=who, on=DAY, reason=reason))
        assert took == allowed, (one.told(), stage, verdict, who, reason)
        if not allowed:
            return
        if verdict == "refuse":
            one.state = "refused"
        elif verdict == "return":
            one.position, one.round = one.position - 1, one.round + 1
        else:
            one.position += 1
            one.state = "in_review" if one.position < len(STAGES) else "deliverable"

    @rule(at=st.integers(0, 2), act=st.sampled_from(sorted(AFTER)), who=PEOPLE, reason=REASONS)
    def move(self, at: int, act: str, who: str, reason: str) -> None:
        from doudi.delivery import entitlements

        number = self.ids[at]
        one = self.model[number]
        before, after = AFTER[act]
        allowed = (
            one.state in before
            and (who, number) not in self.related
            and not (act == "confirm" and one.delivered_by == who)
            and (act in ("deliver", "confirm") or bool(reason.strip()))
        )
        more = {} if act == "deliver" else {"reason": reason}
        took = self.tried(lambda: getattr(entitlements, act)([number], by=who, on=DAY, **more))
        assert took == allowed, (one.told(), act, who, reason)
        if allowed:
            one.state = after
            one.delivered_by = who if act == "deliver" else one.delivered_by

    @rule(at=st.integers(0, 2), who=PEOPLE)
    def relate(self, at: int, who: str) -> None:
        """Rarely: somebody declares one household, and from then on acts on nothing of it."""
        from doudi.delivery import conflicts
        from doudi.delivery.models import Entitlement

        if self.related:
            return
        home = Entitlement.objects.get(pk=self.ids[at]).household
        conflicts.declare(who, home, "sibling", by=who, on=DAY)
        homes = dict(Entitlement.objects.filter(pk__in=self.ids).values_list("pk", "household_id"))
        self.related = {(who, number) for number in self.ids if homes[number] == home.pk}

    @invariant()
    def both_stand_the_same(self) -> None:
        from doudi.delivery.models import Entitlement

        rows = Entitlement.objects.filter(pk__in=self.ids).values_list("pk", "state", "stage", "round")
        assert {pk: tuple(rest) for pk, *rest in rows} == {pk: one.told() for pk, one in self.model.items()}


@pytest.mark.parametrize("examples", STEPS)
def test_entitlements_stand_as_the_model_says(granted: Any, whole: Any, examples: int) -> None:
    with whole():
        Machine.ids = _of_village(granted)
        asked = settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        run_state_machine_as_test(Machine, settings=asked)


def _of_village(granted: Any) -> list[int]:
    """Three of the village whose officers have demo accounts."""
    ids = granted("07b_spring_ploughing", "510921110212")
    assert len(ids) >= 3, "too few to try"
    return ids[:3]
