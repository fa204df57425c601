"""Openings: work an employer elsewhere offers, with its seats, wage, health rule and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

# What the employer wants of a worker's health: their own word, two weeks of temperatures, or a doctor's paper.
DECLARATION, TEMPERATURES, CERTIFICATE = "declaration", "temperatures", "certificate"
HEALTH_RULES = (DECLARATION, TEMPERATURES, CERTIFICATE)
MOST_SEATS, MOST_WAGE_FEN = 10_000, 10_000_000
LONGEST = 100


class Opening(models.Model):
    """Work on offer. `destination` is the one town all its workers travel to; they report there on `report_on`.

    `wage_fen` a month. `taken` counts the workers asked or agreed and is kept by the database (`travel_guard`). It is
    no household's and no village's: everybody with a duty may read it.
    """

    id = models.BigAutoField(primary_key=True)
    employer = models.CharField(max_length=LONGEST)
    work = models.CharField(max_length=LONGEST)
    destination = models.CharField(max_length=LONGEST)
    inside_province = models.BooleanField()
    wage_fen = models.BigIntegerField()
    seats = models.IntegerField()
    taken = models.IntegerField(default=0)
    health_rule = models.CharField(max_length=16, choices=[(rule, rule) for rule in HEALTH_RULES])
    report_on = models.DateField()
    until = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    entered_on = models.DateField()
    entered_by = models.CharField(max_length=150)

    class Meta:
        db_table = "delivery_opening"
        ordering = ["report_on", "destination", "employer", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(employer="") & ~models.Q(work="") & ~models.Q(destination=""), name="opening_named"
            ),
            models.CheckConstraint(
                condition=models.Q(taken__gte=0, taken__lte=models.F("seats")), name="opening_seats_not_exceeded"
            ),
            models.CheckConstraint(condition=models.Q(wage_fen__gt=0, seats__gt=0), name="opening_of_worth"),
            models.CheckConstraint(condition=models.Q(health_rule__in=HEALTH_RULES), name="opening_health_rule_known"),
            models.CheckConstraint(condition=models.Q(until__gte=models.F("report_on")), name="opening_days_in_order"),
            models.UniqueConstraint(
                fields=["employer", "work", "destination", "report_on"],
                condition=models.Q(closed_on=None),
                name="opening_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.employer} {self.work}"

    @property
    def left(self) -> int:
        """Seats nobody holds."""
        return self.seats - self.taken


@dataclass(frozen=True, slots=True)
class Offer:
    """An opening as it is entered; `wage_fen` a month."""

    employer: str
    work: str
    destination: str
    inside_province: bool
    wage_fen: int
    seats: int
    health_rule: str
    report_on: date
    until: date


def enter(offer: Offer, *, on: date, by: str) -> Opening:
    """Write an opening down. Raises Refusal, naming the field, for one that says too little or is there already."""
    refuse(offer, on=on)
    with carry_out("delivery.openings.enter", by=by, payload=[str(offer), on]) as act:
        made = Opening.objects.create(**_columns(offer), entered_on=on, entered_by=by)
        act.result = made.pk
    return made


def _columns(offer: Offer) -> dict[str, object]:
    return {name: getattr(offer, name) for name in Offer.__slots__}


def refuse(offer: Offer, *, on: date) -> None:
    """Raise Refusal, naming the field, where an offer cannot be entered."""
    for name, zh in (("employer", "用工单位"), ("work", "工种"), ("destination", "目的地")):
        said = getattr(offer, name)
        if not said or len(said) > LONGEST:
            raise Refusal(f"请写明{zh},不超过{LONGEST}字。", f"Say the {name}, at most {LONGEST} signs.", name)
    if not 0 < offer.seats <= MOST_SEATS:
        raise Refusal(f"人数要在1到{MOST_SEATS}之间。", f"The seats are 1 to {MOST_SEATS}.", "seats")
    if not 0 < offer.wage_fen <= MOST_WAGE_FEN:
        raise Refusal("月工资要大于0、不超过十万元。", "The wage a month is above 0, at most 100,000 yuan.", "wage")
    if offer.health_rule not in HEALTH_RULES:
        raise Refusal("请选择健康要求。", "Choose the health rule.", "health_rule")
    if not on <= offer.report_on <= offer.until:
        raise Refusal(
            "报到日不能早于今天,截止日不能早于报到日。",
            "The day to report is not before today, the last day not before that.",
            "report_on",
        )
    same = Opening.objects.filter(
        employer=offer.employer, work=offer.work, destination=offer.destination, report_on=offer.report_on
    )
    if same.filter(closed_on=None).exists():
        raise Refusal("这个岗位已经登记过。", "This opening is on the list already.", "employer")


def close(opening: Opening, *, on: date, by: str) -> Opening:
    """Take an opening off; who has agreed to it keeps the seat. Raises Refusal for one that is off."""
    held = Opening.objects.select_for_update().get(pk=opening.pk)
    if held.closed_on is not None:
        raise Refusal("这个岗位已经撤下。", "This opening was taken off already.")
    with carry_out("delivery.openings.close", by=by, payload=[held.pk, on]):
        held.closed_on = on
        held.save(update_fields=["closed_on"])
    return held
