"""Journeys: a chartered bus or a group on a train, one organiser, one destination; who boards and who arrives.

Nobody counts as out on intention: departure and then arrival are recorded, passenger by passenger (field notes,
section 4, row 3). Who is in isolation, and who has no good declaration of health, does not board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, models

from doudi.delivery import entitlements
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.matches import MEASURE, Match, Travelling
from doudi.delivery.states import DELIVERABLE
from doudi.register.households import place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

BUS, TRAIN = "bus", "train"
KINDS = (BUS, TRAIN)
PLANNED, DEPARTED, CLOSED, CANCELLED = "planned", "departed", "closed", "cancelled"
STATES = (PLANNED, DEPARTED, CLOSED, CANCELLED)
LISTED, BOARDED, ARRIVED, MISSING, OFF = "listed", "boarded", "arrived", "missing", "off"
PASSAGES = (LISTED, BOARDED, ARRIVED, MISSING, OFF)
# A declaration is good on the day of departure and three days after it was made; `travel_guard` keeps the same.
GOOD_FOR = timedelta(days=3)
MOST_SEATS, LONGEST, LONGEST_REMARK = 2_000, 100, 200


class Journey(models.Model):
    """One vehicle, or one group on one train. `taken` counts its passengers and is kept by the database."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in KINDS])
    organiser = models.CharField(max_length=LONGEST)
    destination = models.CharField(max_length=LONGEST)
    day = models.DateField()
    seats = models.IntegerField()
    taken = models.IntegerField(default=0)
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], default=PLANNED)
    plan = models.BigIntegerField(null=True, blank=True)
    made_on = models.DateField()
    made_by = models.CharField(max_length=150)
    departed_on = models.DateField(null=True, blank=True)
    departed_by = models.CharField(max_length=150, blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "delivery_journey"
        ordering = ["-day", "destination", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="journey_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="journey_state_known"),
            models.CheckConstraint(condition=~models.Q(organiser="") & ~models.Q(destination=""), name="journey_named"),
            models.CheckConstraint(
                condition=models.Q(taken__gte=0, taken__lte=models.F("seats")), name="journey_seats_not_exceeded"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[DEPARTED, CLOSED]) | models.Q(departed_on__isnull=False),
                name="journey_departed_on_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(departed_on__isnull=True) | models.Q(departed_on__gte=models.F("made_on")),
                name="journey_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.destination}"


class Passenger(Travelling):
    """One worker's seat. `stop` is the order of being picked up, `fit` the worker's own declaration of health.

    Listed, boarded, then arrived or missing; off: not taken along. Arrived is what makes a worker count as out.
    """

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="passengers")
    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="passages")
    stop = models.IntegerField(default=0)
    state = models.CharField(max_length=12, choices=[(state, state) for state in PASSAGES], default=LISTED)
    fit = models.BooleanField(null=True)
    declared_on = models.DateField(null=True, blank=True)
    declared_by = models.CharField(max_length=150, blank=True, default="")
    arrived_on = models.DateField(null=True, blank=True)
    remark = models.CharField(max_length=LONGEST_REMARK, blank=True, default="")

    class Meta:
        db_table = "delivery_passenger"
        ordering = ["journey_id", "stop", "place_code", "id"]
        constraints = [
            place_code_is_whole("passenger_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=PASSAGES), name="passenger_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[BOARDED, ARRIVED]) | models.Q(fit=True, declared_on__isnull=False),
                name="passenger_boards_declared_fit",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ARRIVED, arrived_on__isnull=False)
                | ~models.Q(state=ARRIVED) & models.Q(arrived_on__isnull=True),
                name="passenger_arrived_on_a_day",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state__in=[LISTED, BOARDED]), name="passenger_one_seat"
            ),
        ]
        indexes = [models.Index(fields=["state", "arrived_on"], name="passenger_arrived")]


@dataclass(frozen=True, slots=True)
class Trip:
    """A journey as it is arranged."""

    kind: str
    organiser: str
    destination: str
    day: date
    seats: int


def arrange(trip: Trip, *, on: date, by: str, plan: int | None = None) -> Journey:
    """Write a journey down. Raises Refusal, naming the field."""
    for name, zh in (("organiser", "组织单位"), ("destination", "目的地")):
        said = getattr(trip, name)
        if not said or len(said) > LONGEST:
            raise Refusal(f"请写明{zh},不超过{LONGEST}字。", f"Say the {name}, at most {LONGEST} signs.", name)
    if trip.kind not in KINDS:
        raise Refusal("请选包车或列车。", "Choose a bus or a train.", "kind")
    if not 0 < trip.seats <= MOST_SEATS:
        raise Refusal(f"座位要在1到{MOST_SEATS}之间。", f"The seats are 1 to {MOST_SEATS}.", "seats")
    if trip.day < on:
        raise Refusal("出发日不能早于今天。", "The day is not before today.", "day")
    with carry_out("delivery.journeys.arrange", by=by, payload=[str(trip), on, plan]) as act:
        made = Journey.objects.create(
            kind=trip.kind, organiser=trip.organiser, destination=trip.destination, day=trip.day, seats=trip.seats,
            plan=plan, made_on=on, made_by=by,
        )  # fmt: skip
        act.result = made.pk
    return made


def enlist(journey: Journey, matches: Sequence[int], *, by: str) -> int:
    """Put agreed workers on the list in the order given, the order of being picked up; answers how many.

    Raises Refusal where one has not agreed, goes elsewhere, is on another list, or the seats do not suffice.
    """
    held = _held(journey, PLANNED)
    wanted = list(dict.fromkeys(matches))
    found = {each.pk: each for each in Match.objects.to_travel().filter(pk__in=wanted).select_related("opening")}
    wrong = [number for number in wanted if number not in found]
    if not wanted or wrong or any(each.opening.destination != held.destination for each in found.values()):
        raise Refusal(
            "只能列入同意去这个目的地、又不在别的车次上的人。请刷新后再选。",
            "Only workers who agreed to go to this destination and are on no other list. Load the page again.",
            "matches",
        )
    if len(wanted) > held.seats - held.taken:
        raise Refusal(
            f"只剩 {held.seats - held.taken} 个座位,选了 {len(wanted)} 人。",
            f"{held.seats - held.taken} seats are left; {len(wanted)} were chosen.",
            "matches",
        )
    with carry_out("delivery.journeys.enlist", by=by, payload=[held.pk, wanted]) as act:
        Passenger.objects.bulk_create(
            [seat(found[number], held.pk, held.taken + at) for at, number in enumerate(wanted, 1)]
        )
        act.result = {"passengers": len(wanted)}
    return len(wanted)


def seat(match: Match, journey: int, stop: int) -> Passenger:
    """A passenger's row, not written yet."""
    return Passenger(
        journey_id=journey, match=match, person_id=match.person_id, household_id=match.household_id,
        place_code=match.place_code, stop=stop,
    )  # fmt: skip


def declare(passengers: Iterable[int], *, fit: bool, on: date, by: str) -> int:
    """Record what listed workers declare of their health; answers how many. Raises Refusal for one not listed."""
    wanted = sorted(set(passengers))
    held = Passenger.objects.select_for_update().filter(pk__in=wanted, state=LISTED)
    if not wanted or len(held) != len(wanted):
        raise Refusal("只能替名单上未出发的人申报。", "Only of workers on a list that has not left.", "passengers")
    with carry_out("delivery.journeys.declare", by=by, payload=[wanted, fit, on]):
        Passenger.objects.filter(pk__in=wanted).update(fit=fit, declared_on=on, declared_by=by)
    return len(wanted)


def strike(passenger: Passenger, *, reason: str, by: str) -> None:
    """Take a worker off a list that has not left. Raises Refusal without a reason."""
    reason = reason.strip()[:LONGEST_REMARK]
    if not reason:
        raise Refusal("请写明理由。", "Say why.", "reason")
    held = Passenger.objects.select_for_update().get(pk=passenger.pk)
    if held.state != LISTED:
        raise Refusal("此人已不在待发名单上。", "The worker is on the list no more.", "passengers")
    with carry_out("delivery.journeys.strike", by=by, payload=[held.pk, reason]):
        held.state, held.remark = OFF, reason
        held.save(update_fields=["state", "remark"])


_HINDERED = """
SELECT p.id, CASE
    WHEN delivery_held_back(p.person_id, %(day)s) THEN 'held'
    WHEN p.fit IS NULL OR (p.fit AND NOT p.declared_on BETWEEN %(day)s - 3 AND %(day)s) THEN 'undeclared'
    WHEN NOT p.fit THEN 'unfit'
    WHEN NOT EXISTS (SELECT FROM delivery_entitlement e WHERE e.measure = p.measure AND e.subject_kind = 'person'
        AND e.subject_id = p.person_id AND e.state = 'deliverable') THEN 'unapproved' END
FROM delivery_passenger p WHERE p.journey_id = %(journey)s AND p.state = 'listed'
"""


def hindered(journey: Journey, *, on: date) -> dict[int, str]:
    """Why each listed passenger may not board on a day, by the passenger's id: held, undeclared, unfit, unapproved.

    Held: in isolation or ill by the records. Those who may board are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HINDERED, {"journey": journey.pk, "day": on})
        return {number: why for number, why in cursor.fetchall() if why}


def depart(journey: Journey, aboard: Iterable[int], *, on: date, by: str) -> Journey:
    """Record who boarded; the others on the list stay behind and may be put on another.

    Raises Refusal, saying how many, where one of them may not board.
    """
    held, wanted = _held(journey, PLANNED), sorted(set(aboard))
    if on < held.made_on:
        raise Refusal("发车日不能早于建名单日。", "It cannot leave before its list was made.", "on")
    listed = set(Passenger.objects.filter(journey=held, state=LISTED).values_list("pk", flat=True))
    if not wanted or not listed.issuperset(wanted):
        raise Refusal("请勾选名单上实际上车的人。", "Tick who boarded, of those on the list.", "passengers")
    stopped = hindered(held, on=on)
    if wrong := [number for number in wanted if number in stopped]:
        raise Refusal(
            f"其中 {len(wrong)} 人不能上车:隔离、没有有效健康申报或没有批准。请先取消勾选或补办。",
            f"{len(wrong)} of them may not board: isolated, without a good declaration of health, or not approved."
            " Untick them or complete their papers first.",
            "passengers",
        )
    with carry_out("delivery.journeys.depart", by=by, payload=[held.pk, wanted, on]) as act:
        Passenger.objects.filter(pk__in=listed.difference(wanted)).update(state=OFF, remark="未上车")
        Passenger.objects.filter(pk__in=wanted).update(state=BOARDED)
        held.state, held.departed_on, held.departed_by = DEPARTED, on, by
        held.save(update_fields=["state", "departed_on", "departed_by"])
        act.result = {"boarded": len(wanted), "left_behind": len(listed) - len(wanted)}
    return held


def arrive(journey: Journey, came: Mapping[int, bool], *, on: date, by: str, remarks: Mapping[int, str] = {}) -> int:
    """Record who arrived and who did not, by passenger; answers how many arrived.

    Their entitlements are delivered with it. When nobody aboard is unaccounted for, the journey is closed.
    Raises Refusal where it has not left, or one was not aboard.
    """
    held = _held(journey, DEPARTED)
    if held.departed_on and on < held.departed_on:
        raise Refusal("到达日不能早于发车日。", "Nobody arrives before it left.", "on")
    aboard = {each.pk: each for each in Passenger.objects.filter(journey=held, state=BOARDED)}
    if not came or not set(came) <= set(aboard):
        raise Refusal(
            "只能给已上车、还没有结果的人登记。", "Only for those aboard and not accounted for.", "passengers"
        )
    with carry_out("delivery.journeys.arrive", by=by, payload=[held.pk, sorted(came.items()), on]) as act:
        for number, arrived in came.items():
            each = aboard[number]
            each.state, each.arrived_on = (ARRIVED, on) if arrived else (MISSING, None)
            each.remark = remarks.get(number, each.remark)[:LONGEST_REMARK]
        Passenger.objects.bulk_update([aboard[number] for number in came], ["state", "arrived_on", "remark"])
        there = [aboard[number].person_id for number, arrived in came.items() if arrived]
        _deliver(there, held, on=on, by=by)
        if len(came) == len(aboard):
            held.state, held.closed_on, held.closed_by = CLOSED, on, by
            held.save(update_fields=["state", "closed_on", "closed_by"])
        act.result = {"arrived": len(there), "missing": len(came) - len(there)}
    return len(there)


def _deliver(persons: Sequence[int], journey: Journey, *, on: date, by: str) -> None:
    ids = Entitlement.objects.filter(
        measure=MEASURE, subject_kind="person", subject_id__in=persons, state=DELIVERABLE
    ).values_list("pk", flat=True)
    if ids:
        entitlements.deliver(list(ids), by=by, on=on, evidence={"kind": "arrival_note", "journey": journey.pk})


def cancel(journey: Journey, *, reason: str, on: date, by: str) -> Journey:
    """Give a journey up before it leaves; its passengers may be put on another."""
    reason = reason.strip()[:LONGEST_REMARK]
    if not reason:
        raise Refusal("请写明理由。", "Say why.", "reason")
    held = _held(journey, PLANNED)
    with carry_out("delivery.journeys.cancel", by=by, payload=[held.pk, reason, on]):
        Passenger.objects.filter(journey=held, state=LISTED).update(state=OFF, remark=reason)
        held.state, held.closed_on, held.closed_by = CANCELLED, on, by
        held.save(update_fields=["state", "closed_on", "closed_by"])
    return held


def _held(journey: Journey, state: str) -> Journey:
    held = Journey.objects.select_for_update().get(pk=journey.pk)
    if held.state != state:
        raise Refusal(
            "这个车次已经不在这一步,可能别人刚办过。请刷新后再办。",
            "This journey stands otherwise; somebody may have acted. Load the page again.",
            "journey",
        )
    return held
