"""The file of a monitored household: its risks, who helps, what was done, and when it may leave.

It leaves only after the pack's conditions of leaving (`exits.toml`) hold, and after two different people have seen that
since the day they first held, one of them at the door. The database keeps the second half of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F, Q

from doudi.monitoring import exits
from doudi.monitoring.exits import Sighting
from doudi.monitoring.tasks import MONITORED, Task
from doudi.policy.packs import Pack
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

OPEN, LEFT = STATES = ("open", "left")
REGISTER, VILLAGE = ORIGINS = ("register", "village")
MOST_REASON, PEOPLE = 500, 2
ENTRY_EVERY = timedelta(days=30)  # a file nobody wrote in for so long is late; an office's custom, no rule
RISK_FACTS = ("main_risk", "second_risk", "third_risk", "fourth_risk", "fifth_risk")


class MonitoredFiles(models.QuerySet["MonitoredFile"]):
    """The questions asked about files."""

    def open(self) -> MonitoredFiles:
        """Those of households that have not left."""
        return self.filter(state=OPEN)

    def below(self, prefix: str) -> MonitoredFiles:
        """Those within a place."""
        return self.filter(place_code__startswith=prefix)

    def gone(self) -> MonitoredFiles:
        """Open ones whose risk is gone: they wait to be seen, or to leave."""
        return self.open().filter(gone_on__isnull=False)

    def late(self, *, on: date) -> MonitoredFiles:
        """Open ones nobody has written in for too long."""
        return self.open().filter(touched_on__lt=on - ENTRY_EVERY)


class MonitoredFile(models.Model):
    """One household's file. `gone_on` is the day since which every condition of leaving has held.

    The two who saw it are written down when it leaves.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    origin = models.CharField(max_length=10)
    opened_on = models.DateField()
    opened_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=MOST_REASON, blank=True, default="")
    risks = models.JSONField(default=list)
    touched_on = models.DateField()
    state = models.CharField(max_length=8, default=OPEN)
    gone_on = models.DateField(null=True)
    first_seen_by = models.CharField(max_length=150, blank=True, default="")
    first_seen_on = models.DateField(null=True)
    second_seen_by = models.CharField(max_length=150, blank=True, default="")
    second_seen_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    left_by = models.CharField(max_length=150, blank=True, default="")
    left_reason = models.CharField(max_length=MOST_REASON, blank=True, default="")

    objects = MonitoredFiles.as_manager()

    class Meta:
        db_table = "monitoring_file"
        ordering = ["place_code", "household_id", "id"]
        constraints = [
            place_code_is_whole("file_place_whole"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="file_state_known"),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="file_origin_known"),
            models.CheckConstraint(
                condition=~Q(state=LEFT)
                | (
                    Q(gone_on__isnull=False, first_seen_on__gte=F("gone_on"), second_seen_on__gte=F("gone_on"))
                    & Q(left_on__gte=F("first_seen_on"))
                    & Q(left_on__gte=F("second_seen_on"))
                    & ~Q(first_seen_by="")
                    & ~Q(second_seen_by="")
                    & ~Q(first_seen_by=F("second_seen_by"))
                    & ~Q(left_by="")
                    & ~Q(left_reason="")
                ),
                name="file_left_after_two_saw",
            ),
            models.UniqueConstraint(fields=["household"], condition=Q(state=OPEN), name="file_one_open"),
        ]
        indexes = [models.Index(fields=["place_code"], name="file_place")]


def open_all(*, by: str, on: date) -> int:
    """Open a file for every household the register believes monitored that never had one; answers how many.

    One that left has had one: who comes back is opened again by a person, with a reason.
    """
    with carry_out("monitoring.monitored_files.open_all", by=by, payload=[on]) as act:
        with connection.cursor() as cursor:
            cursor.execute(_WITHOUT, {"on": on})
            rows = cursor.fetchall()
        MonitoredFile.objects.bulk_create(
            [
                MonitoredFile(household_id=number, place_code=place, origin=REGISTER, opened_on=on, opened_by=by,
                              risks=[risk for risk in risks if risk], touched_on=on)
                for number, place, risks in rows
            ],
            batch_size=1000,
        )  # fmt: skip
        act.result = {"files": len(rows)}
    return len(rows)


def lacking(prefix: str, *, on: date) -> int:
    """How many households below a place are believed monitored and never had a file, as far as the reader sees."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_WITHOUT}) lacking WHERE place_code LIKE %(place)s",
                       {"on": on, "place": f"{prefix}%"})  # fmt: skip
        return int(cursor.fetchone()[0])


def open_one(household: Household, reason: str, *, risks: Iterable[str], by: str, on: date) -> MonitoredFile:
    """Open a file for a household found in the village, or one that comes back; with the reason.

    Raises Refusal without one, and while a file is open.
    """
    reason = _said(reason, "请写明为什么要监测这户。", "Say why the household is to be watched.", "reason")
    with carry_out("monitoring.monitored_files.open_one", by=by, payload=[household.pk, reason, on]) as act:
        if MonitoredFile.objects.open().filter(household=household).exists():
            raise Refusal("这户已有监测档案。", "The household has a file already.", "household")
        made = MonitoredFile.objects.create(
            household=household, place_code=household.place_code, origin=VILLAGE, opened_on=on, opened_by=by,
            reason=reason, risks=list(risks), touched_on=on,
        )  # fmt: skip
        act.result = {"file": made.pk}
    return made


def _said(text: str, zh: str, en: str, where: str) -> str:
    cleaned = text.strip()[:MOST_REASON]
    if not cleaned:
        raise Refusal(zh, en, where)
    return cleaned


def watched() -> frozenset[int]:
    """The households that have an open file."""
    return frozenset(MonitoredFile.objects.open().values_list("household_id", flat=True))


def look(
    pack: Pack, *, on: date, households: Collection[int] | None = None, holding: Collection[int] | None = None
) -> dict[str, int]:
    """See of every open file whether the conditions of leaving hold; inside a command, as the engine.

    `holding` are the households for which they do, where that is known already. Where they hold no longer, the day is
    taken away: whoever saw it before then saw something else.
    """
    files = list(MonitoredFile.objects.open()) if households is None else _open_at(ids=households)
    if holding is None:
        holding = exits.holding(pack, {each.household_id for each in files}, on=on)
    gone = [each for each in files if each.gone_on is None and each.household_id in holding]
    back = [each for each in files if each.gone_on is not None and each.household_id not in holding]
    for each in gone:
        each.gone_on = on
    for each in back:
        each.gone_on = None
    MonitoredFile.objects.bulk_update([*gone, *back], ["gone_on"], batch_size=500)
    return {"gone": len(gone), "back": len(back)}


def leave(file: MonitoredFile, *, reason: str, pack: Pack, by: str, on: date) -> MonitoredFile:
    """Let the household leave. Raises Refusal while a condition does not hold, or fewer than two have seen it."""
    reason = _said(reason, "请写明退出的理由。", "Say why it leaves.", "reason")
    with carry_out("monitoring.monitored_files.leave", by=by, payload=[file.pk, reason, on]) as act:
        held = MonitoredFile.objects.select_for_update().get(pk=file.pk)
        if held.state != OPEN:
            raise Refusal(f"这户已在 {held.left_on} 退出。", f"The household left on {held.left_on}.", "file")
        first, second = _seen_enough(held, pack, on)
        held.state, held.left_on, held.left_by, held.left_reason = LEFT, on, by, reason
        held.first_seen_by, held.first_seen_on = first.by, first.on
        held.second_seen_by, held.second_seen_on = second.by, second.on
        held.save()
        act.result = {"left": held.pk}
    return held


def _seen_enough(held: MonitoredFile, pack: Pack, on: date) -> tuple[Sighting, Sighting]:
    if held.gone_on is None or held.household_id not in exits.holding(pack, {held.household_id}, on=on):
        raise Refusal(
            "退出条件还没有全部满足,不能退出。请看“退出条件”一栏。",
            "Not every condition of leaving holds yet; see the conditions on the page.",
            "gone",
        )
    seen = exits.sightings([held.pk]).get(held.pk, [])
    people = exits.people(seen, since=held.gone_on)
    if len(people) < PEOPLE:
        raise Refusal(
            f"风险消除({held.gone_on})以后只有 {len(people)} 人核看过,要两个不同的人。",
            f"Since the risk was gone ({held.gone_on}) {len(people)} people have seen it; it takes two.",
            "seen",
        )
    if not any(each.door for each in people.values()):
        raise Refusal("两人中至少一人要入户看过。", "One of the two must have seen it at the door.", "seen")
    door = next(each for each in people.values() if each.door)
    other = next(each for each in people.values() if each.by != door.by)
    return door, other


def reopen(file: MonitoredFile, reason: str, *, by: str, on: date) -> MonitoredFile:
    """Open a new file for a household that left, with the reason."""
    household = Household.objects.get(pk=file.household_id)
    return open_one(household, reason, risks=file.risks, by=by, on=on)


_open_at = Written(
    lambda ids: MonitoredFile.objects.open().filter(household_id__in=ids).order_by("household_id"), ids=NUMBERS
)


def tasks(household_ids: Sequence[int], on: date) -> list[Task]:
    """Monitored households whose risk is gone and must be seen, or in whose file nobody wrote for too long."""
    found = []
    for each in _open_at(ids=household_ids):
        if each.gone_on is not None:
            zh, en = "监测户:请看风险是否真的消除", "monitored: see whether the risk is really gone"
            why = (
                f"{each.gone_on} 起退出条件已满足,要两人核看",
                f"the conditions hold since {each.gone_on}; two must see it",
            )
        elif each.touched_on < on - ENTRY_EVERY:
            zh, en = "监测户:请记下最近的帮扶", "monitored: write down what was done lately"
            why = (f"{each.touched_on} 以后没有记录", f"nothing was written since {each.touched_on}")
        else:
            continue
        found.append(Task(MONITORED, each.household_id, zh, en, *why, where=f"file:{each.pk}"))
    return found


def by_place(prefix: str, digits: int, *, on: date) -> dict[str, Mapping[str, Any]]:
    """How many files each part of a place has: open, risk gone, left, late."""
    rows = (
        MonitoredFile.objects.below(prefix)
        .annotate(part=models.functions.Left("place_code", digits))
        .order_by()
        .values("part")
        .annotate(
            open=models.Count("pk", filter=Q(state=OPEN)),
            gone=models.Count("pk", filter=Q(state=OPEN, gone_on__isnull=False)),
            left=models.Count("pk", filter=Q(state=LEFT)),
            late=models.Count("pk", filter=Q(state=OPEN, touched_on__lt=on - ENTRY_EVERY)),
        )
    )
    return {row["part"]: row for row in rows}


_WITHOUT = """
SELECT h.id, h.place_code, ARRAY[b.document -> 'main_risk' ->> 0, b.document -> 'second_risk' ->> 0,
    b.document -> 'third_risk' ->> 0, b.document -> 'fourth_risk' ->> 0, b.document -> 'fifth_risk' ->> 0]
FROM register_household h
JOIN register_belief b ON b.subject_kind = 'household' AND b.subject_id = h.id
    AND b.document -> 'monitored' ->> 0 = 'true'
JOIN register_residence r ON r.household_id = h.id AND r.from_day <= %(on)s
    AND (r.until_day IS NULL OR r.until_day > %(on)s)
WHERE NOT EXISTS (SELECT FROM monitoring_file f WHERE f.household_id = h.id)
ORDER BY h.place_code, h.id
"""
