"""Temporary village posts: who holds which, for what term, hours and pay; one post a person, each post one holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, models

from doudi.access.scope import as_engine
from doudi.delivery import entitlements
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.states import DELIVERABLE, DELIVERED
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

HOLDERS, POSTS = "04_village_posts", "04b_posts_in_force"
LONGEST = 200
MOST_HOURS = 44  # a week, by the labour law
MOST_MONTH_FEN = 1_000_000


class Holdings(models.QuerySet["PostHolding"]):
    """The questions asked about holders of posts."""

    def in_force(self, *, on: date) -> Holdings:
        """Those whose term covers a day."""
        last = models.functions.Coalesce("ended_on", "until")
        return self.alias(last=last).filter(from_day__lte=on, last__gte=on)

    def within_month(self, month: date) -> Holdings:
        """Those with a day of their term in the month that begins on `month`."""
        last = models.functions.Coalesce("ended_on", "until")
        return self.alias(last=last).filter(from_day__lt=next_month(month), last__gte=month)


class PostHolding(models.Model):
    """One person in one post from a day to `until`, its last; `ended_on` the last day where it ended before or then.

    Pay: `month_fen` for a month in which `month_days` days were attended; fewer days, so many shares of it.
    """

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    work = models.CharField(max_length=LONGEST)
    from_day = models.DateField()
    until = models.DateField()
    hours_week = models.SmallIntegerField()
    month_fen = models.BigIntegerField()
    month_days = models.SmallIntegerField()
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=LONGEST, blank=True, default="")
    appointed_by = models.CharField(max_length=150)
    appointed_on = models.DateField()

    objects = Holdings.as_manager()

    class Meta:
        db_table = "delivery_post_holding"
        ordering = ["place_code", "post_id", "from_day"]
        constraints = [
            place_code_is_whole("post_holding_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("from_day"))
                & (models.Q(ended_on__isnull=True) | models.Q(ended_on__lte=models.F("until"))),
                name="post_holding_ends_by_its_date",
            ),
            models.CheckConstraint(
                condition=models.Q(hours_week__gte=1, hours_week__lte=MOST_HOURS, month_days__gte=1, month_days__lte=31)
                & models.Q(month_fen__gt=0, month_fen__lte=MOST_MONTH_FEN)
                & ~models.Q(work=""),
                name="post_holding_terms",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | ~models.Q(ended_reason=""), name="post_holding_ended_why"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_on=None), name="post_holding_one_a_person"
            ),
            models.UniqueConstraint(fields=["post"], condition=models.Q(ended_on=None), name="post_holding_one_a_post"),
        ]

    @property
    def last_day(self) -> date:
        """The last day of the term."""
        return self.ended_on or self.until


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed: the work, first and last day, hours a week, pay for a month of so many days attended."""

    work: str
    from_day: date
    until: date
    hours_week: int
    month_fen: int
    month_days: int


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def appoint(entitlement: Entitlement, post: Item, terms: Terms, *, by: str, on: date) -> PostHolding:
    """Put the person of an approved entitlement into a post of their village; the entitlement counts as delivered.

    Raises Refusal for one not approved, a post not in force, held or of another village, a second post, an officer's
    family, and a term past the post's end.
    """
    _refuse_terms(terms)
    end_due(on=on, by=by)
    _refuse_person(entitlement)
    _refuse_post(entitlement, post, terms)
    payload = [entitlement.pk, post.pk, str(terms.from_day), str(terms.until), terms.month_fen, terms.month_days]
    with carry_out("delivery.posts.appoint", by=by, payload=payload) as act:
        made = PostHolding.objects.create(
            post=post, entitlement=entitlement, person_id=entitlement.person_id, household_id=entitlement.household_id,
            place_code=entitlement.place_code, work=terms.work.strip(), from_day=terms.from_day, until=terms.until,
            hours_week=terms.hours_week, month_fen=terms.month_fen, month_days=terms.month_days, appointed_by=by,
            appointed_on=on,
        )  # fmt: skip
        if entitlement.state == DELIVERABLE:
            entitlements.deliver([entitlement.pk], by=by, on=on, evidence={"kind": "roster", "post": post.code})
        act.result = {"holding": made.pk}
    return made


def end(held: PostHolding, *, on: date, reason: str, by: str) -> PostHolding:
    """End a term before its date; `on` is its last day. Raises Refusal without a reason, or for a day outside it."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise Refusal("请写明离岗原因,不超过200字。", "Say why the term ends, at most 200 signs.", "reason")
    if held.ended_on is not None:
        raise Refusal("这一任期已经结束。", "This term has ended already.", "on")
    if not held.from_day <= on <= held.until:
        raise Refusal(
            f"最后一天要在任期 {held.from_day} 至 {held.until} 之内。",
            f"The last day lies within the term, {held.from_day} to {held.until}.",
            "on",
        )
    with carry_out("delivery.posts.end", by=by, payload=[held.pk, on, reason]):
        held.ended_on, held.ended_reason = on, reason
        held.save(update_fields=["ended_on", "ended_reason"])
    return held


def end_due(*, on: date, by: str) -> int:
    """End every term whose last day is past; answers how many. Nobody stays in a post past its date."""
    due = PostHolding.objects.filter(ended_on=None, until__lt=on)
    if not due.exists():
        return 0
    with carry_out("delivery.posts.end_due", by=by, payload=[on]) as act:
        ended = due.update(ended_on=models.F("until"), ended_reason="期满")
        act.result = {"ended": ended}
    return ended


class Waiting(NamedTuple):
    """An approved person without a post: the entitlement, who, where, and the village's free posts in force."""

    entitlement: int
    code: str
    name: str
    place_code: str
    free: int


def waiting(*, on: date) -> list[Waiting]:
    """Who is approved and in no post yet, within the reader's duty."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"holders": HOLDERS, "posts": POSTS, "on": on})
        return [Waiting(*row) for row in cursor.fetchall()]


def free_posts(place_code: str, *, on: date) -> list[Item]:
    """The posts of a village in force (04b approved), which nobody holds on that day."""
    approved = Entitlement.objects.filter(measure=POSTS, subject_kind="post", state__in=[DELIVERABLE, DELIVERED])
    held = PostHolding.objects.in_force(on=on).values("post_id")
    posts = Item.objects.filter(kind="post", place_code=place_code, pk__in=approved.values("subject_id"))
    return list(posts.exclude(pk__in=held).order_by("code"))


_WAITING = """
SELECT e.id, p.code, p.name, e.place_code, (SELECT count(*) FROM delivery_entitlement b
    JOIN register_item i ON i.id = b.subject_id AND i.kind = 'post'
    WHERE b.measure = %(posts)s AND b.subject_kind = 'post' AND b.state IN ('deliverable', 'delivered')
    AND i.place_code = e.place_code AND NOT EXISTS (SELECT FROM delivery_post_holding h WHERE h.post_id = i.id
        AND coalesce(h.ended_on, h.until) >= %(on)s))
FROM delivery_entitlement e JOIN register_person p ON p.id = e.person_id
WHERE e.measure = %(holders)s AND e.state = 'deliverable'
ORDER BY e.place_code, e.place_in_line, e.id
"""


def _refuse_terms(terms: Terms) -> None:
    if not terms.work.strip() or len(terms.work) > LONGEST:
        raise Refusal("请写明岗位做什么,不超过200字。", "Say what the work is, at most 200 signs.", "work")
    if terms.until < terms.from_day:
        raise Refusal("期满日不能早于上岗日。", "The last day comes before the first.", "until")
    if not 1 <= terms.hours_week <= MOST_HOURS:
        raise Refusal(f"每周工时要在1到{MOST_HOURS}小时。", f"1 to {MOST_HOURS} hours a week.", "hours_week")
    if not 0 < terms.month_fen <= MOST_MONTH_FEN:
        raise Refusal("月补贴要大于0、不超过一万元。", "The pay is above 0, at most 10,000 yuan a month.", "pay")
    if not 1 <= terms.month_days <= 31:
        raise Refusal("满勤天数要在1到31天。", "A full month has 1 to 31 days attended.", "month_days")


def _refuse_person(entitlement: Entitlement) -> None:
    if entitlement.measure != HOLDERS or entitlement.state not in (DELIVERABLE, DELIVERED):
        raise Refusal("这个人还没有批准上岗。", "This person has not been approved for a post.", "entitlement")
    with as_engine():
        if PostHolding.objects.filter(person_id=entitlement.person_id, ended_on=None).exists():
            raise Refusal("此人已有一个岗位,每人只能一个。", "This person holds a post already.", "entitlement")
    with as_engine(), connection.cursor() as cursor:
        cursor.execute(OFFICERS, {"home": entitlement.household_id})
        if cursor.fetchone() is not None:
            raise Refusal(
                "这户有村三职干部,本人和家属都不能上岗。",
                "There is a village officer in the household: neither they nor their family may hold a post.",
                "entitlement",
            )


OFFICERS = """
SELECT FROM register_person p JOIN register_belief b ON b.subject_kind = 'person' AND b.subject_id = p.id
WHERE p.household_id = %(home)s AND b.document -> 'village_officer' ->> 0 = 'true'
"""


def _refuse_post(entitlement: Entitlement, post: Item, terms: Terms) -> None:
    if post.place_code != entitlement.place_code:
        raise Refusal("岗位不在此人所在的村。", "The post is in another village.", "post")
    if post.pk not in {each.pk for each in free_posts(post.place_code, on=terms.from_day)}:
        raise Refusal("这个岗位未批准设立,或已有人在岗。", "The post is not approved, or somebody holds it.", "post")
    ends = ending(post)
    if ends is not None and terms.until > ends:
        raise Refusal(
            f"岗位 {post.code} 到 {ends} 期满,任期不能超过它。",
            f"The post {post.code} ends on {ends}; no term goes past it.",
            "until",
        )


def ending(post: Item) -> date | None:
    """The last day of a post as the register believes; None where nobody has said."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT document -> 'until' ->> 0 FROM register_belief WHERE subject_kind = 'post' AND subject_id = %s",
            [post.pk],
        )
        row: Any = cursor.fetchone()
    return datetime.fromisoformat(row[0]).date() if row and row[0] else None
