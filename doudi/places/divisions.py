"""County, town, village: the divisions of the country, each with a code that holds between two days."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LEVELS = {6: "county", 9: "town", 12: "village"}
LENGTHS = {level: length for length, level in LEVELS.items()}


class Places(models.QuerySet["Place"]):
    """The questions asked about places."""

    def in_force(self, *, on: datetime.date) -> Places:
        """The divisions whose codes hold on a day; one without days has always held."""
        begun = models.Q(from_day__isnull=True) | models.Q(from_day__lte=on)
        return self.filter(begun, models.Q(until_day__isnull=True) | models.Q(until_day__gt=on))


class Place(models.Model):
    """A division. `code` has 12 digits: a county's ends in six zeros, a town's in three."""

    COUNTY, TOWN, VILLAGE = "county", "town", "village"

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=[(level, level) for level in LENGTHS])
    kind = models.CharField(max_length=16, default="village")
    town_code = models.CharField(max_length=12, blank=True, default="")
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True)

    objects = Places.as_manager()

    class Meta:
        db_table = "places_place"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{12}$"), name="places_place_code_digits"),
            models.CheckConstraint(
                condition=models.Q(until_day__isnull=True)
                | models.Q(from_day__isnull=True)
                | models.Q(until_day__gt=models.F("from_day")),
                name="places_place_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["town_code"], name="places_place_of_town")]

    def __str__(self) -> str:
        return f"{self.name}({self.code})"

    @property
    def prefix(self) -> str:
        """The digits every code below this one begins with: 6, 9 or 12."""
        return self.code[: LENGTHS[self.level]]


class Succession(models.Model):
    """From a day on, what `old_code` was is (part of) `new_code`."""

    old_code = models.CharField(max_length=12)
    new_code = models.CharField(max_length=12)
    on_day = models.DateField()
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "places_succession"
        constraints = [
            models.UniqueConstraint(fields=["old_code", "new_code", "on_day"], name="places_succession_once"),
            models.CheckConstraint(condition=~models.Q(old_code=models.F("new_code")), name="places_succession_moves"),
        ]


@dataclass(frozen=True, slots=True)
class Division:
    """One row of a list of divisions."""

    code: str
    name: str
    level: str
    kind: str
    town_code: str = ""


def load(rows: Iterable[Division], *, by: str, from_day: datetime.date | None = None) -> int:
    """Take in divisions that are not known yet; answers how many. A known code keeps its name and days."""
    divisions = {row.code: row for row in rows}
    known = set(Place.objects.filter(code__in=divisions).values_list("code", flat=True))
    new = [_place(row, from_day) for code, row in divisions.items() if code not in known]
    _refuse_orphans(new, known | set(divisions))
    with carry_out("places.load", by=by, payload=sorted(divisions)) as act:
        Place.objects.bulk_create(new)
        act.result = {"new": len(new), "known": len(known)}
    return len(new)


def _place(row: Division, from_day: datetime.date | None) -> Place:
    return Place(
        code=row.code, name=row.name, level=row.level, kind=row.kind, town_code=row.town_code, from_day=from_day
    )


def _refuse_orphans(places: list[Place], known: set[str]) -> None:
    """A village needs its town, or nobody of the town would answer for it."""
    towns = {place.town_code for place in places if place.town_code} - known
    missing = sorted(towns - set(Place.objects.filter(code__in=towns).values_list("code", flat=True)))
    if missing:
        raise Refusal(
            f"区划表缺少乡镇 {missing[0]}。请先补上该乡镇。",
            f"The list of divisions lacks the town {missing[0]}. Add the town first.",
        )


def require(prefix: str) -> None:
    """Raise Refusal when there is no such division; an empty prefix asks for none."""
    if prefix and not Place.objects.filter(code=prefix.ljust(12, "0")).exists():
        raise Refusal(
            f"没有代码为 {prefix} 的区划。请核对代码,或先载入区划表。",
            f"There is no division {prefix}. Check the code, or load the list of divisions first.",
        )


def succeed(old_code: str, new_code: str, *, on: datetime.date, by: str, reason: str = "") -> Succession:
    """Record that `old_code` became `new_code` on a day; the old code ends there."""
    places = {place.code: place for place in Place.objects.filter(code__in=[old_code, new_code])}
    for code in (old_code, new_code):
        if code not in places:
            raise Refusal(f"没有代码为 {code} 的区划。请先载入。", f"There is no division {code}. Load it first.")
    with carry_out("places.succeed", by=by, payload=[old_code, new_code, on.isoformat()]):
        Place.objects.filter(code=old_code).update(until_day=on)
        return Succession.objects.create(old_code=old_code, new_code=new_code, on_day=on, reason=reason.strip()[:500])


def successor(code: str, *, on: datetime.date) -> str:
    """The code in force on a day for what `code` once was; `code` itself when nothing followed it."""
    seen = {code}
    while True:
        step = Succession.objects.filter(old_code=code, on_day__lte=on).order_by("-on_day", "new_code").first()
        if step is None or step.new_code in seen:
            return code
        code = step.new_code
        seen.add(code)
