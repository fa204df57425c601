"""The patrol (摸排): one line a door and day, six things asked, written by the village's officers or its work team.

What is said at the door becomes statements of the village, so that a measure not yet known may be decided by it; what
is lacking becomes needs the town decides on; what looks wrong becomes a line of the ledger of suspected problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.monitoring import needs, suspicions
from doudi.policy import answers
from doudi.policy.sittings import Word
from doudi.register import children
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

SOURCE = "village"
DOOR, PAPER = "door", "paper"
BACK_FROM = ("nobody", "county", "province", "elsewhere", "hubei")
LONGEST = 300


class PatrolLines(models.QuerySet["PatrolLine"]):
    """The questions asked about patrols."""

    def on(self, day: date) -> PatrolLines:
        """Those of a day."""
        return self.filter(on_day=day)

    def since(self, day: date) -> PatrolLines:
        """Those from a day on."""
        return self.filter(on_day__gte=day)


class PatrolLine(models.Model):
    """One door on one day; only ever added to. `answers` holds what was asked, and only that: see `Asked`.

    `origin` says whether it was written at the door or typed in from paper; `said` counts the facts it stated.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    on_day = models.DateField()
    origin = models.CharField(max_length=8)
    answers = models.JSONField()
    said = models.IntegerField(default=0)
    note = models.CharField(max_length=LONGEST, blank=True, default="")
    by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()
    command_id = models.UUIDField()

    objects = PatrolLines.as_manager()

    class Meta:
        db_table = "monitoring_patrol_line"
        ordering = ["-on_day", "-id"]
        indexes = [
            models.Index(fields=["household", "-on_day"], name="patrol_line_of_household"),
            models.Index(fields=["place_code", "-on_day"], name="patrol_line_of_place"),
        ]
        constraints = [
            place_code_is_whole("patrol_line_place_code_whole"),
            models.CheckConstraint(condition=models.Q(origin__in=[DOOR, PAPER]), name="patrol_line_origin_known"),
            models.CheckConstraint(condition=~models.Q(by=""), name="patrol_line_has_person"),
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked at a door; None is not asked, an empty set nobody. Persons by id.

    `wrong` is what somebody found wrong in what is recorded, in words; empty when all is right.
    """

    ill: frozenset[int] | None = None
    isolated: frozenset[int] | None = None
    back_from: str | None = None
    willing: frozenset[int] | None = None
    unsold: bool | None = None
    inputs: bool | None = None
    wrong: str | None = None
    note: str = ""
    persons: frozenset[int] = field(default_factory=frozenset)

    def kept(self) -> dict[str, Any]:
        """As the line keeps it: what was asked, and no more."""
        told: dict[str, Any] = {
            "back_from": self.back_from, "unsold": self.unsold, "inputs": self.inputs, "wrong": self.wrong,
        }  # fmt: skip
        for name in ("ill", "isolated", "willing"):
            found = getattr(self, name)
            told[name] = None if found is None else sorted(found)
        return {name: value for name, value in told.items() if value is not None}


def write(
    household: Household,
    asked: Asked,
    *,
    origin: str = DOOR,
    by: str,
    on: date,
    now: datetime,
    key: UUID | None = None,
) -> PatrolLine:
    """Write down one door: the line, what the village says by it, the needs and what is suspected; all or nothing.

    Raises Refusal for nothing asked, a person of another household, a place of return that is none, a day to come;
    AlreadyDone where the same `key` was written before.
    """
    _refuse(household, asked, on, now)
    payload = [household.pk, asked.kept(), asked.note, on.isoformat(), origin]
    with carry_out("monitoring.patrols.write", by=by, key=key, payload=payload) as act:
        said = _facts(household, asked, on)
        if said:
            answers.record_many(household.pk, said, by=by, about=on, now=now)
        line = PatrolLine.objects.create(
            household=household,
            place_code=household.place_code,
            on_day=on,
            origin=origin,
            answers=asked.kept(),
            said=len(said),
            note=asked.note,
            by=by,
            recorded_at=now,
            command_id=act.id,
        )
        needs.note(household.pk, _needs(asked), origin="patrol", by=by, on=on)
        if asked.wrong:
            suspicions.raise_one(household, asked.wrong, step=suspicions.PATROL, by=by, on=on)
        act.result = {"line": line.pk, "said": len(said)}
    return line


def latest(household_ids: Any) -> dict[int, PatrolLine]:
    """The last line of each household that has one, within the scope."""
    rows = PatrolLine.objects.filter(household_id__in=list(household_ids))
    return {row.household_id: row for row in rows.order_by("household_id", "on_day", "id")}


def _facts(household: Household, asked: Asked, on: date) -> list[Word]:
    """What the village says by it. Children are not asked whether they would go out to work."""
    found: list[Word] = []
    people = sorted(asked.persons)
    if asked.isolated is not None:
        found += [Word("person", pk, "isolated", pk in asked.isolated, SOURCE) for pk in people]
    if asked.willing is not None:
        with as_engine():
            young = children.of_household(household.pk, on=on)
        grown = [pk for pk in people if pk not in young]
        found += [Word("person", pk, "willing_to_go_out", pk in asked.willing, SOURCE) for pk in grown]
    for name, fact in (("back_from", "back_from"), ("unsold", "unsold_produce"), ("inputs", "lacks_farm_inputs")):
        value = getattr(asked, name)
        if value is not None:
            found.append(Word("household", household.pk, fact, value, SOURCE))
    return found


NEEDS: Mapping[str, str] = {
    "ill": "medicine",
    "isolated": "care",
    "willing": "transport",
    "unsold": "sell",
    "inputs": "seed",
}


def _needs(asked: Asked) -> list[str]:
    """What is lacking, as the codes of needs."""
    return [code for name, code in NEEDS.items() if getattr(asked, name)]


def _refuse(household: Household, asked: Asked, on: date, now: datetime) -> None:
    if not asked.kept():
        raise Refusal("六项都没有填。请至少点一项。", "Nothing of the six is filled in. Tap one at least.", "answers")
    if on > timezone.localdate(now):
        raise Refusal(f"{on} 还没有到。请改为今天或以前。", f"{on} is still to come. Give today or before.", "on")
    if asked.back_from is not None and asked.back_from not in BACK_FROM:
        raise Refusal("请从列出的地方里选。", "Choose one of the places listed.", "back_from")
    strangers = (
        (asked.ill or frozenset()) | (asked.isolated or frozenset()) | (asked.willing or frozenset())
    ) - asked.persons
    if strangers:
        raise Refusal(
            f"选的人不在 {household.code} 户。请重新打开这一户再选。",
            f"A person chosen does not belong to household {household.code}. Open the household again and choose.",
            "persons",
        )
