"""Plans of journeys: who has agreed and waits, put into vehicles; looked at, then adopted as journeys with lists."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.db import models

from doudi.access.scope import as_engine
from doudi.delivery import journeys, travel
from doudi.delivery.journeys import BUS, LONGEST, MOST_SEATS, Journey, Passenger
from doudi.delivery.matches import Match
from doudi.delivery.travel import Load, Rider
from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MADE, ADOPTED, DISCARDED = "made", "adopted", "discarded"
SEATS = 45  # a usual coach


class JourneyPlan(models.Model):
    """One plan. `loads`: {destination, day, villages, matches (in pick-up order)}; `told`: its sums, bound and gap."""

    STATES = [(MADE, "made"), (ADOPTED, "adopted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    state = models.CharField(max_length=10, choices=STATES, default=MADE)
    on_day = models.DateField()
    seats = models.IntegerField()
    told = models.JSONField(default=dict)
    loads = models.JSONField(default=list)
    made_by = models.CharField(max_length=150)
    closed_by = models.CharField(max_length=150, blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "delivery_journey_plan"
        ordering = ["-id"]
        constraints = [place_code_is_whole("journey_plan_place_code_whole")]


def make(*, seats: int = SEATS, on: date, by: str) -> JourneyPlan:
    """Plan for everybody who has agreed, is to report after `on` and is on no list yet; writes only the plan.

    Raises Refusal for seats no coach has.
    """
    if not 0 < seats <= MOST_SEATS:
        raise Refusal(f"每车座位要在1到{MOST_SEATS}之间。", f"A vehicle has 1 to {MOST_SEATS} seats.", "seats")
    with carry_out("delivery.journey_plans.make", by=by, payload=[seats, on]) as act, as_engine():
        plan = travel.plan_journeys(_riders(on), seats=seats)
        made = JourneyPlan.objects.create(
            place_code=county_code(), on_day=on, seats=seats, told=tell(plan), loads=[_kept(e) for e in plan.loads],
            made_by=by,
        )  # fmt: skip
        act.result = made.pk
    return made


def _riders(on: date) -> list[Rider]:
    rows = Match.objects.to_travel().filter(opening__report_on__gte=on)
    found = rows.values_list("pk", "place_code", "opening__destination", "opening__report_on")
    return [Rider(*row) for row in found]


def _kept(load: Load) -> dict[str, Any]:
    return {
        "destination": load.destination,
        "day": load.day.isoformat(),
        "villages": len(load.stops),
        "matches": [rider.id for rider in load.riders],
    }


def tell(plan: travel.Plan) -> dict[str, Any]:
    """A plan in sums."""
    riders = Counter((load.destination, load.day.isoformat()) for load in plan.loads for _ in load.riders)
    vehicles = Counter((load.destination, load.day.isoformat()) for load in plan.loads)
    return {
        "riders": sum(riders.values()),
        "vehicles": len(plan.loads),
        "stops": sum(len(load.stops) for load in plan.loads),
        "effort": plan.effort,
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "groups": [
            {"destination": where, "day": day, "riders": count, "vehicles": vehicles[where, day]}
            for (where, day), count in sorted(riders.items(), key=lambda each: (each[0][1], each[0][0]))
        ],
    }


def adopt(plan: JourneyPlan, *, organiser: str, on: date, by: str) -> dict[str, int]:
    """Make every vehicle a journey with its list. Answers `journeys`, `passengers`, and `left_out` since planned.

    Raises Refusal without an organiser, and for a plan adopted, put aside or whose day has passed.
    """
    if not organiser or len(organiser) > LONGEST:
        raise Refusal(
            f"请写明组织单位,不超过{LONGEST}字。", f"Say the organiser, at most {LONGEST} signs.", "organiser"
        )
    held = _held(plan)
    with carry_out("delivery.journey_plans.adopt", by=by, payload=[held.pk, organiser, on]) as act, as_engine():
        ready = {each.pk: each for each in Match.objects.to_travel().select_related("opening")}
        told = Counter({"journeys": 0, "passengers": 0, "left_out": 0})
        for load in held.loads:
            told.update(_journey(load, held, ready, organiser, on, by))
        _close(held, ADOPTED, on=on, by=by)
        act.result = dict(told)
    return dict(told)


def _journey(
    load: dict[str, Any], held: JourneyPlan, ready: dict[int, Match], organiser: str, on: date, by: str
) -> dict[str, int]:
    chosen = [ready[number] for number in load["matches"] if number in ready]
    chosen = [each for each in chosen if each.opening.destination == load["destination"]]
    if chosen:
        trip = journeys.Trip(BUS, organiser, load["destination"], date.fromisoformat(load["day"]), held.seats)
        made: Journey = journeys.arrange(trip, on=on, by=by, plan=held.pk)
        Passenger.objects.bulk_create([journeys.seat(each, made.pk, at) for at, each in enumerate(chosen, 1)])
    return {
        "journeys": bool(chosen),
        "passengers": len(chosen),
        "left_out": len(load["matches"]) - len(chosen),
    }


def discard(plan: JourneyPlan, *, on: date, by: str) -> None:
    """Put a plan aside."""
    held = _held(plan)
    with carry_out("delivery.journey_plans.discard", by=by, payload=[held.pk]):
        _close(held, DISCARDED, on=on, by=by)


def _close(held: JourneyPlan, state: str, *, on: date, by: str) -> None:
    held.state, held.closed_by, held.closed_on = state, by, on
    held.save(update_fields=["state", "closed_by", "closed_on"])


def _held(plan: JourneyPlan) -> JourneyPlan:
    held = JourneyPlan.objects.select_for_update().get(pk=plan.pk)
    if held.state != MADE:
        raise Refusal("这份方案已经采用或作废。", "This plan was adopted or put aside already.")
    return held
