"""Campaigns: one message, for the households a rule names, by channels in their order, within days and hours."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from doudi.outreach import messages
from doudi.outreach.channels import every
from doudi.outreach.messages import Message
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

DRAFT, RUNNING, DONE, STOPPED = STATES = ("draft", "running", "done", "stopped")
ALONE = 500  # households one person may write to alone; for more a second starts what the first has prepared
LONGEST_WINDOW = timedelta(days=180)
MOST_WAIT = 60
MOST_HEARD = 365


class Campaigns(models.QuerySet["Campaign"]):
    """The questions asked about campaigns."""

    def of_token(self, token: str) -> Campaign | None:
        """The campaign a square code names, once it runs."""
        return self.filter(token=token, state__in=[RUNNING, DONE]).first()


class Campaign(models.Model):
    """One campaign. `rule` names its households (CEL), `texts` are the message's versions as they stood at the start.

    `channels` in their order; a household is written to by the first that can reach it. Nothing is sent by a machine
    from `quiet_from` to `quiet_until` o'clock. Whoever is not reached is called after `wait_days` (0: never) and
    visited after as many again. `heard_days`: who was told the same measures within so many days before is not written
    to again (0: all are). `untold_only`: of those the rule names only who may claim one of its measures and was never
    told of it.
    """

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="campaigns")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    token = models.CharField(max_length=24, unique=True)
    rule = models.TextField()
    with_unknown = models.BooleanField(default=False)
    channels = models.JSONField(default=list)
    from_day = models.DateField()
    until_day = models.DateField()
    quiet_from = models.PositiveSmallIntegerField(default=21)
    quiet_until = models.PositiveSmallIntegerField(default=8)
    wait_days = models.PositiveSmallIntegerField(default=3)
    heard_days = models.PositiveSmallIntegerField(default=0)
    untold_only = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=[(each, each) for each in STATES], default=DRAFT)
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()
    started_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    run_id = models.BigIntegerField(null=True, blank=True)
    texts = models.JSONField(default=dict)
    households = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)

    objects = Campaigns.as_manager()

    class Meta:
        db_table = "outreach_campaign"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("outreach_campaign_place_whole"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="outreach_campaign_state_known"),
            models.CheckConstraint(condition=Q(until_day__gte=F("from_day")), name="outreach_campaign_days_in_order"),
            models.CheckConstraint(
                condition=Q(quiet_from__lte=23, quiet_until__lte=23), name="outreach_campaign_hours"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[DRAFT, STOPPED]) | (~Q(started_by="") & Q(started_at__isnull=False)),
                name="outreach_campaign_started_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(households__lte=ALONE) | Q(started_by="") | ~Q(started_by=F("made_by")),
                name="outreach_campaign_of_many_needs_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.message.title

    @property
    def thing(self) -> str:
        """What a reach of it tells."""
        return f"campaign:{self.pk}"

    @property
    def things(self) -> list[str]:
        """The campaign and the measures it tells of."""
        return [self.thing, *(f"measure:{name}" for name in self.message.measures)]

    @property
    def prefix(self) -> str:
        """What the codes of its places begin with."""
        code = self.place_code
        return code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code

    def is_quiet(self, now: datetime) -> bool:
        """Whether a machine sends nothing at that moment."""
        hour = timezone.localtime(now).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def next_open(self, now: datetime) -> datetime:
        """The first moment from `now` on at which a machine may send."""
        local = timezone.localtime(now)
        begins = timezone.make_aware(datetime.combine(self.from_day, time()), local.tzinfo)
        at = max(now, begins)
        if not self.is_quiet(at):
            return at
        local = timezone.localtime(at)
        opens = local.replace(hour=self.quiet_until, minute=0, second=0, microsecond=0)
        return opens if opens >= local else opens + timedelta(days=1)

    def is_over(self, day: date) -> bool:
        """Whether its last day has passed."""
        return day > self.until_day


@dataclass(frozen=True, slots=True)
class Plan:
    """How a campaign is to be run."""

    place_code: str
    rule: str
    channels: Sequence[str]
    from_day: date
    until_day: date
    with_unknown: bool = False
    quiet_from: int = 21
    quiet_until: int = 8
    wait_days: int = 3
    heard_days: int = 0
    untold_only: bool = False


def prepare(message: Message, plan: Plan, *, by: str, on: date) -> Campaign:
    """Put a campaign down without starting it. Raises Refusal for channels, days or hours that cannot be."""
    refuse_wrong(plan)
    payload = [message.pk, plan.place_code, plan.rule, list(plan.channels), plan.from_day, plan.until_day]
    with carry_out("outreach.campaigns.prepare", by=by, payload=payload) as act:
        made = Campaign.objects.create(
            message=message, place_code=plan.place_code, token=secrets.token_urlsafe(12),
            rule=plan.rule.strip() or "true", with_unknown=plan.with_unknown, channels=list(plan.channels),
            from_day=plan.from_day, until_day=plan.until_day, quiet_from=plan.quiet_from,
            quiet_until=plan.quiet_until, wait_days=plan.wait_days, untold_only=plan.untold_only,
            heard_days=plan.heard_days, made_by=by,
            made_on=on, texts=messages.texts_of(message),
        )  # fmt: skip
        act.result = {"campaign": made.pk}
    return made


def refuse_wrong(plan: Plan) -> None:
    """Raise Refusal, naming the field, for what no campaign can be."""
    if not plan.channels:
        raise Refusal("请至少选一个渠道。", "Choose at least one channel.", "channels")
    for name in plan.channels:
        every.named(name)
    if plan.until_day < plan.from_day:
        raise Refusal("结束日不能早于开始日。", "The last day cannot be before the first.", "until_day")
    if plan.until_day - plan.from_day > LONGEST_WINDOW:
        raise Refusal("一次宣传最长 180 天。", "A campaign lasts 180 days at most.", "until_day")
    if not (0 <= plan.quiet_from <= 23 and 0 <= plan.quiet_until <= 23):
        raise Refusal("免打扰时间用 0 到 23 点。", "Quiet hours go from 0 to 23 o'clock.", "quiet_from")
    if not 0 <= plan.wait_days <= MOST_WAIT:
        raise Refusal(f"等待天数用 0 到 {MOST_WAIT} 天。", f"Wait from 0 to {MOST_WAIT} days.", "wait_days")
    if not 0 <= plan.heard_days <= MOST_HEARD:
        raise Refusal(
            f"几天内已告知过的不再发,用 0 到 {MOST_HEARD} 天。",
            f"Not again to those told within 0 to {MOST_HEARD} days.",
            "heard_days",
        )
