"""Exemptions from data-quality checks: a named subject, a reason, and a day it ends."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date

from django.db import models, transaction

from doudi.access.scope import as_engine
from doudi.policy.packs import Pack
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.rules.errors import nearest
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PROPOSED, GRANTED, REFUSED = "proposed", "granted", "refused"


class Exemptions(models.QuerySet["Exemption"]):
    """The questions asked about exemptions."""

    def in_force(self, on: date) -> Exemptions:
        """Those that hold on a day: granted, begun, not past and not ended early."""
        held = self.filter(state=GRANTED, from_day__lte=on, until__gte=on)
        return held.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=on))


class Exemption(models.Model):
    """A finding a person has looked at and found right. It ends by itself: `until` is its last day.

    A town proposes, the county grants. `ended_on` is the first day it no longer holds, where it was ended early.
    """

    STATES = [(PROPOSED, "proposed"), (GRANTED, "granted"), (REFUSED, "refused")]

    check_name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    reason = models.TextField()
    from_day = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=16, choices=STATES, default=GRANTED)
    proposed_by = models.CharField(max_length=150, blank=True, default="")
    granted_by = models.CharField(max_length=150, blank=True, default="")
    ended_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")

    objects = Exemptions.as_manager()

    class Meta:
        db_table = "policy_exemption"
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("from_day")), name="policy_exemption_ends"),
            models.CheckConstraint(
                condition=models.Q(state=PROPOSED) | ~models.Q(granted_by=""), name="policy_exemption_decided"
            ),
            models.UniqueConstraint(
                fields=["check_name", "subject_kind", "subject_id", "from_day"],
                condition=models.Q(state=GRANTED, ended_on=None),
                name="policy_exemption_once",
            ),
        ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding to be left out of a check, from a day until a day (its last), and why; both days as of the run."""

    check: str
    subject_id: int
    household_id: int | None
    place_code: str
    reason: str
    from_day: date
    until: date


def grant(wanted: Wanted, *, by: str, pack: Pack) -> Exemption:
    """Take a subject out of a check until a day, for a reason. Raises Refusal without a reason or an end."""
    made = _made(wanted, pack)
    made.granted_by = by
    _refuse_second(made)
    with carry_out("policy.exempt", by=by, payload=list(astuple(wanted))):
        made.save()
    return made


def propose(wanted: Wanted, *, by: str, pack: Pack) -> Exemption:
    """Ask the county to take a subject out of a check. Raises Refusal without a reason or an end."""
    made = _made(wanted, pack)
    made.state, made.proposed_by = PROPOSED, by
    if Exemption.objects.filter(check_name=made.check_name, subject_id=made.subject_id, state=PROPOSED).exists():
        raise Refusal(
            "这一条的豁免已经提请,正在等县里。", "An exemption of this was proposed already and waits.", "check"
        )
    with carry_out("policy.propose_exemption", by=by, payload=list(astuple(wanted))):
        made.save()
    return made


def decide(exemption: Exemption, *, granted: bool, by: str) -> Exemption:
    """Grant what a town proposed, or refuse it."""
    with carry_out("policy.decide_exemption", by=by, payload=[exemption.pk, granted]):
        held = Exemption.objects.select_for_update().get(pk=exemption.pk)
        if held.state != PROPOSED:
            raise Refusal("这项豁免已经处理过。", "This exemption was decided already.", "state")
        held.state, held.granted_by = (GRANTED if granted else REFUSED), by
        if granted:
            _refuse_second(held)
        held.save()
    return held


def end(exemption: Exemption, *, on: date, by: str) -> Exemption:
    """End an exemption early: from that day the check speaks of the subject again."""
    with carry_out("policy.end_exemption", by=by, payload=[exemption.pk, on]):
        held = Exemption.objects.select_for_update().get(pk=exemption.pk)
        if held.state != GRANTED or held.ended_on is not None:
            raise Refusal("这项豁免没有在执行。", "This exemption is not in force.", "state")
        held.ended_on, held.ended_by = on, by
        held.save()
    return held


def _made(wanted: Wanted, pack: Pack) -> Exemption:
    """The exemption asked for, not stored. Raises Refusal."""
    name = wanted.check
    if name not in pack.checks:
        close = nearest(name, pack.checks)
        raise Refusal(
            f"没有检查“{name}”。是不是“{close}”?", f"There is no check “{name}”. Did you mean “{close}”?", name
        )
    if not wanted.reason.strip():
        raise Refusal("豁免要写明理由。", "An exemption needs a reason.", "reason")
    if wanted.until < wanted.from_day:
        raise Refusal("豁免的到期日早于开始日。", "The exemption ends before it begins.", "until")
    return Exemption(
        check_name=name,
        subject_kind=pack.checks[name].subject,
        subject_id=wanted.subject_id,
        household_id=wanted.household_id,
        place_code=wanted.place_code,
        reason=wanted.reason.strip(),
        from_day=wanted.from_day,
        until=wanted.until,
    )


def _refuse_second(made: Exemption) -> None:
    same = Exemption.objects.filter(
        check_name=made.check_name, subject_id=made.subject_id, state=GRANTED, ended_on=None
    )
    if same.filter(from_day__lte=made.until, until__gte=made.from_day).exists():
        raise Refusal(
            "这一条在那段时间已经豁免。请先提前结束原来的。",
            "This is exempt for some of those days already. End that exemption first.",
            "from_day",
        )


def exempt_on(day: date, pack: Pack) -> dict[str, set[int]]:
    """The subjects exempt on a day, by check: those granted here and those the pack ships."""
    found: dict[str, set[int]] = {}
    with transaction.atomic(), as_engine():
        for name, subject in Exemption.objects.in_force(day).values_list("check_name", "subject_id"):
            found.setdefault(name, set()).add(subject)
        for each in pack.exemptions:
            if each.until >= day:
                number = _numbered(pack.checks[each.check].subject, each.subject)
                found.setdefault(each.check, set()).update(() if number is None else (number,))
    return found


def _numbered(kind: str, code: str) -> int | None:
    """The id of the subject with a code."""
    if kind == "place":
        return int(code) if code.isdigit() else None
    if kind in ("household", "person"):
        model = Household if kind == "household" else Person
        return model.objects.filter(code=code).values_list("id", flat=True).first()
    return Item.objects.filter(kind=kind, code=code).values_list("id", flat=True).first()
