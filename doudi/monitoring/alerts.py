"""Alerts: a situation of the pack's that holds of somebody, and what was done about it.

The pack's rules say what holds. A person closes an alert with a reason or makes a follow-up of it; where the situation
is over by itself, the alert is closed by whoever brought that about. As long as a closed one still holds, it is not
raised again; where it comes back later, it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db import models

from doudi.monitoring import follow_ups
from doudi.monitoring.alert_rules import OF_HOUSEHOLDS, Raised
from doudi.monitoring.follow_ups import FollowUp
from doudi.monitoring.tasks import ALERT, Task
from doudi.policy import versions
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

OPEN, FOLLOWED, CLOSED, OVER = STATES = ("open", "followed", "closed", "over")
WAITING = (OPEN, FOLLOWED)
HANDLED, FALSE, OTHERS = HOW = ("handled", "false_alarm", "others")
LONGEST_REASON = 500
ENDED = "情况已不再成立"  # what the database keeps; the page tells it in the reader's language


class Alerts(models.QuerySet["Alert"]):
    """The questions asked about alerts."""

    def waiting(self) -> Alerts:
        """Those about which something is still to be done."""
        return self.filter(state__in=WAITING)

    def below(self, prefix: str) -> Alerts:
        """Those within a place."""
        return self.filter(place_code__startswith=prefix)


class Alert(models.Model):
    """One alert of one subject. `holds`: its situation has not ceased since it was raised."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    raised_on = models.DateField()
    holds = models.BooleanField(default=True)
    state = models.CharField(max_length=8, default=OPEN)
    how = models.CharField(max_length=16, blank=True, default="")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")
    closed_by = models.CharField(max_length=150, blank=True, default="")
    closed_on = models.DateField(null=True)

    objects = Alerts.as_manager()

    class Meta:
        db_table = "monitoring_alert"
        ordering = ["raised_on", "place_code", "id"]
        constraints = [
            place_code_is_whole("alert_place_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="alert_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=WAITING, closed_on__isnull=True, closed_by="")
                | (
                    models.Q(state__in=[CLOSED, OVER], closed_on__isnull=False)
                    & ~models.Q(closed_by="")
                    & ~models.Q(reason="")
                ),
                name="alert_closed_by_somebody_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["name", "subject_kind", "subject_id"],
                condition=models.Q(holds=True),
                name="alert_one_while_it_holds",
            ),
        ]
        indexes = [
            models.Index(fields=["household"], name="alert_household"),
            models.Index(fields=["place_code"], name="alert_place"),
        ]

    @property
    def key(self) -> tuple[str, str, int]:
        """What holds of whom."""
        return self.name, self.subject_kind, self.subject_id


def settle(
    raised: Iterable[Raised], *, by: str, on: date, run: Run | None = None, households: Collection[int] | None = None
) -> dict[str, int]:
    """Raise what is new and end what no longer holds, inside a command, as the engine; answers how many of each.

    With `households`, only theirs was looked at.
    """
    before = Alert.objects.filter(holds=True) if households is None else _holding_at(ids=households)
    known = {each.key: each for each in before}
    seen = {each[:3]: each for each in raised}
    fresh = [
        Alert(name=each.name, subject_kind=each.kind, subject_id=each.subject_id, household_id=each.household_id,
              place_code=each.place_code, run=run, raised_on=on)
        for key, each in seen.items()
        if key not in known
    ]  # fmt: skip
    ceased = [each for key, each in known.items() if key not in seen]
    for each in ceased:
        _cease(each, by=by, on=on)
    put_in(fresh)
    Alert.objects.bulk_update(ceased, ["holds", "state", "reason", "closed_by", "closed_on"], batch_size=500)
    return {"raised": len(fresh), "ceased": len(ceased)}


def _cease(each: Alert, *, by: str, on: date) -> None:
    each.holds = False
    if each.state in WAITING:
        each.state, each.reason, each.closed_by, each.closed_on = OVER, ENDED, by, on


def close(alert: Alert, how: str, *, reason: str, by: str, on: date) -> None:
    """Close an alert with what was done about it. Raises Refusal without a reason, and for one that is closed."""
    reason = reason.strip()[:LONGEST_REASON]
    if how not in HOW:
        raise Refusal("请选怎么处理的。", "Choose how it was dealt with.", "how")
    if not reason:
        raise Refusal("请写明做了什么、结果如何。", "Say what was done and what came of it.", "reason")
    with carry_out("monitoring.alerts.close", by=by, payload=[alert.pk, how, reason, on]):
        changed = Alert.objects.waiting().filter(pk=alert.pk)
        if not changed.update(state=CLOSED, how=how, reason=reason, closed_by=by, closed_on=on):
            raise _over(alert)


def follow(alert: Alert, what: str, *, due: date, by: str, on: date) -> FollowUp:
    """Make a follow-up of an alert, which waits until it is closed. Raises Refusal for one that is closed."""
    if alert.household_id is None:
        raise Refusal(
            "这条提醒不是农户的,不能约回访。", "This alert is of no household: nobody to come back to.", "what"
        )
    with carry_out("monitoring.alerts.follow", by=by, payload=[alert.pk, what, due, on]) as act:
        made = follow_ups.promise(alert.household_id, what, due=due, by=by, on=on, about=f"alert:{alert.pk}")
        if not Alert.objects.waiting().filter(pk=alert.pk).update(state=FOLLOWED):
            raise _over(alert)
        act.result = {"follow_up": made.pk}
    return made


def tasks(household_ids: Sequence[int], on: date) -> list[Task]:
    """The alerts about some households that are told to their helpers (a supplier of `monitoring.tasks`)."""
    rows = _waiting_at(ids=household_ids)
    pack = versions.in_force().pack if rows else None
    told, found = addressed(pack, ["helper"]) if pack else (), []
    for each in rows:
        if pack is None or each.name not in told:
            continue
        held = pack.alerts[each.name]
        why_zh, why_en = f"{each.raised_on} 起:{held.do.zh}", f"since {each.raised_on}: {held.do.en}"
        where = f"alert:{each.pk}"
        found.append(Task(ALERT, each.household_id or 0, held.words.zh, held.words.en, why_zh, why_en, where=where))
    return found


_OF_A_HOUSEHOLD = ("household_id", "raised_on", "id")
_waiting_at = Written(
    lambda ids: Alert.objects.waiting().filter(household_id__in=ids).order_by(*_OF_A_HOUSEHOLD), ids=NUMBERS
)
_holding_at = Written(
    lambda ids: Alert.objects.filter(holds=True, household_id__in=ids, subject_kind__in=OF_HOUSEHOLDS), ids=NUMBERS
)


def _over(alert: Alert) -> Refusal:
    now = Alert.objects.filter(pk=alert.pk).first()
    who = f"{now.closed_by}, {now.closed_on}" if now else ""
    return Refusal(f"这条提醒已经了结({who})。", f"This alert is closed already ({who}).", "alert")


def title_of(name: str, pack: Pack) -> tuple[str, str]:
    """An alert's words; its name where the pack in force no longer has it."""
    held = pack.alerts.get(name)
    return (held.words.zh, held.words.en) if held else (name, name)


def addressed(pack: Pack, roles: Collection[str]) -> Sequence[str]:
    """The alerts of the pack that are told to one of the roles."""
    return [each.name for each in pack.alerts.values() if set(each.to) & set(roles)]
