"""Posts and hires of the demo county: people at work in villages' posts, and firms that claim for whom they hired."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import attendance, enterprises, grants, hires, posts
from doudi.delivery.demo.entitlements import officer_of
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.hires import Hired
from doudi.delivery.posts import PostHolding, Terms
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.values.credit_codes import check_sign
from doudi.values.refusals import Refusal

GRANTED, APPROVED, TODAY = date(2020, 2, 12), date(2020, 2, 14), date(2020, 2, 27)
NOW = datetime(2020, 2, 27, 8, tzinfo=UTC)
FIRST, LAST = date(2020, 2, 17), date(2020, 5, 31)
WORKS = ("村口值守、入户消毒", "保洁、垃圾清运", "护路、巡水", "宣传、送货到户")
MONTH_FEN, MONTH_DAYS, HOURS = 60_000, 20, 20
MOST_HOLDERS = 40
FULL, SHORT = 0b0011111, 0b0001011  # Monday to Friday; three days of them
FIRMS = (
    ("蓬川食品加工厂", "唐建国", "0825-5421101", date(2014, 5, 6), 46),
    ("鸣凤制衣有限公司", "何秀兰", "0825-5421102", date(2017, 3, 1), 23),
    ("川北劳务服务部", "", "", date(2020, 2, 10), 1),
)
BUREAU = "bureau"


def load(run: Run) -> dict[str, int]:
    """Fill posts of the town's villages and take claims in; answers how many of each. 青杠村 is left to do by hand."""
    with transaction.atomic(), as_engine():
        _approve_posts(run)
        return {"holders": _appoint(), "claims": _claim(run)}


def _approve_posts(run: Run) -> None:
    found = Item.objects.filter(kind="post", place_code__startswith=FENGMING).exclude(place_code=QINGGANG)
    for village in sorted(set(found.values_list("place_code", flat=True))):
        try:
            made = grants.grant(run, posts.POSTS, places=[village], by="county", on=GRANTED)
        except Refusal:  # no post of this village is in force
            continue
        ids = list(made.entitlements.values_list("id", flat=True))
        for stage, who in (("village_review", officer_of(village)), ("town", "town"), ("county", "county2")):
            grants.advance(ids, stage, "accept", by=who, on=APPROVED)


def _appoint() -> int:
    """Everybody approved takes a free post of their village; a week attended by each, not by all in full."""
    held = 0
    for waiting in posts.waiting(on=TODAY):
        free = posts.free_posts(waiting.place_code, on=TODAY)
        if not free or held >= MOST_HOLDERS:
            continue
        one = Entitlement.objects.get(pk=waiting.entitlement)
        until = min(LAST, posts.ending(free[0]) or LAST)
        terms = Terms(WORKS[held % len(WORKS)], FIRST, until, HOURS, MONTH_FEN, MONTH_DAYS)
        try:
            made = posts.appoint(one, free[0], terms, by="town", on=TODAY)
        except Refusal:  # an officer's family, found out since
            continue
        _attend(made, held)
        held += 1
    return held


def _attend(held: PostHolding, n: int) -> None:
    monday = attendance.monday_of(FIRST)
    attendance.record(held, monday, SHORT if n % 4 == 3 else FULL, by="town", on=TODAY)


def _claim(run: Run) -> int:
    """Each firm claims for some: with and without the payroll, and one that asks questions."""
    hired = Item.objects.filter(kind="hire", person__isnull=False).values("person_id")
    workers = Person.objects.filter(household__isnull=False).exclude(household__place_code=QINGGANG)
    chosen = list(workers.exclude(pk__in=hired).order_by("pk")[: 3 * len(FIRMS)])
    words = run.pack.pack.vocabulary
    for n, person in enumerate(chosen):
        firm = _firm(n % len(FIRMS))
        said = Hired(
            person,
            TODAY - timedelta(days=10 + n),
            12,
            f"PX-2020-{n + 1:03}",
            "2月工资表" if n % 2 else "",
            migrant=True,
        )
        hires.claim(firm, said, by=BUREAU, on=TODAY, now=NOW, vocabulary=words)
    return len(chosen)


def _firm(at: int) -> Enterprise:
    name, person, phone, founded, insured = FIRMS[at]
    code = f"91510921MA00008{at + 1}0"
    licence = Licence(code + check_sign(code), name, True, person, phone, "蓬溪县工业园区", founded, insured)
    return enterprises.enter(licence, place_code=FENGMING[:6] + "000000", by=BUREAU, on=TODAY)
