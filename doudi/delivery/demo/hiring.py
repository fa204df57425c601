"""Posts and hires of the demo county: people at work in villages' posts, and firms that claim for whom they hired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter

from django.db import transaction
from django.db.models.functions import Substr

from doudi.access.scope import as_engine
from doudi.delivery import attendance, enterprises, grants, hires, notices, posts
from doudi.delivery.demo.entitlements import officer_of
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.hires import Hired
from doudi.delivery.posts import PostHolding, Terms
from doudi.delivery.stages import NOTICE
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING, QINGGANG, TOWNS
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.values.credit_codes import check_sign
from doudi.values.refusals import Refusal

TODAY, NOW = date(2020, 2, 27), datetime(2020, 2, 27, 8, tzinfo=UTC)
# The measure began with February: reviewed, hung for seven days, approved in time for the Monday the terms begin.
GRANTED, REVIEWED, UP, DOWN, APPROVED = (date(2020, 2, day) for day in (3, 4, 5, 12, 14))
FIRST, LAST = date(2020, 2, 17), date(2020, 5, 31)
WORKS = ("村口值守、入户消毒", "保洁、垃圾清运", "护路、巡水", "宣传、送货到户")
MONTH_FEN, MONTH_DAYS, HOURS = 60_000, 20, 20
FULL, SHORT = 0b0011111, 0b0001011  # Monday to Friday; three days of them
COUNTY, SECOND, TOWN, BUREAU = "county", "county2", "town", "bureau"
PHONE = "0825-5420000"
FIRMS = (
    ("蓬川食品加工厂", "唐建国", "0825-5421101", date(2014, 5, 6), 46),
    ("鸣凤制衣有限公司", "何秀兰", "0825-5421102", date(2017, 3, 1), 23),
    ("川北劳务服务部", "", "", date(2020, 2, 10), 1),
    ("赤城电子配件厂", "罗永强", "0825-5421104", date(2012, 9, 18), 61),
    ("涪江建材有限公司", "邓国平", "0825-5421105", date(2009, 4, 2), 38),
    ("文井丝绸加工厂", "蒲桂芳", "0825-5421106", date(2016, 11, 23), 29),
    ("天福生猪养殖合作社", "任光明", "0825-5421107", date(2018, 7, 9), 12),
    ("三凤蔬菜专业合作社", "冯素英", "0825-5421108", date(2015, 6, 15), 17),
)
PER_CLAIM, LEAST = 400, 9  # one claim for so many households of the county; fewer would show nothing of the page
AGES = ("1965", "2001")  # born between: of an age to work


def load(run: Run) -> dict[str, int]:
    """Fill posts over the county and take claims in; answers how many of each. 青杠村 is left to do by hand."""
    with transaction.atomic(), as_engine():
        _approve(_posts(run), _people(run))
        return {"holders": _appoint(), "claims": _claim(run)}


def _posts(run: Run) -> list[int]:
    """Every post in force, granted to its village in one list."""
    found = Item.objects.filter(kind="post").exclude(place_code=QINGGANG)
    return _granted(run, posts.POSTS, subjects=list(found.values_list("pk", flat=True)))


def _people(run: Run) -> list[int]:
    """Everybody with a yes, but in the town whose lists show every stage (`demo.entitlements`)."""
    return _granted(run, posts.HOLDERS, places=[code for code, *_ in TOWNS if code != FENGMING])


def _granted(run: Run, measure: str, **of: list[str] | list[int]) -> list[int]:
    try:
        made = grants.grant(run, measure, by=COUNTY, on=GRANTED, **of)  # type: ignore[arg-type]
    except Refusal:  # nobody there has a yes (a small demo)
        return []
    return list(made.entitlements.values_list("id", flat=True))


def _approve(places: list[int], people: list[int]) -> None:
    """Village, notice, town, county, each by whom it is for: one village's people in work, the next one's in review.

    Posts where nobody waits for one stay with their village.
    """
    found = Entitlement.objects.filter(pk__in=people).order_by("place_code").values_list("place_code", flat=True)
    quick = set(list(found.distinct())[::2])
    rows = list(Entitlement.objects.filter(pk__in=[*places, *people]).order_by("place_code", "id"))
    some = [row for row in rows if row.place_code in quick or row.place_code.startswith(FENGMING)]
    shown = [row.pk for row in some if row.measure == posts.HOLDERS]
    for village, ids in _by(some, 12):
        grants.advance(ids, "village_review", "accept", by=officer_of(village), on=REVIEWED)
    if shown:
        notices.post(shown, phone=PHONE, by=SECOND, on=UP)
        grants.advance(shown, NOTICE, "accept", by=SECOND, on=DOWN)
    for town, ids in _by(some, 9):
        grants.advance(ids, "town", "accept", by=_clerk(town), on=DOWN)
    if some:
        grants.advance([row.pk for row in some], "county", "accept", by=SECOND, on=APPROVED)


def _by(rows: Iterable[Entitlement], digits: int) -> Iterator[tuple[str, list[int]]]:
    for code, some in groupby(rows, key=lambda row: row.place_code[:digits]):
        yield code, [row.pk for row in some]


def _appoint() -> int:
    """Everybody approved takes a free post of their village; a week attended by each, not by all in full."""
    held = 0
    ready = [each for each in posts.waiting(on=TODAY) if each.free]
    found = Entitlement.objects.in_bulk([each.entitlement for each in ready])
    for village, waiting in groupby(ready, key=attrgetter("place_code")):
        free = posts.free_posts(village, on=TODAY)
        for each, post in zip(waiting, free, strict=False):
            until = min(LAST, posts.ending(post) or LAST)
            terms = Terms(WORKS[held % len(WORKS)], FIRST, until, HOURS, MONTH_FEN, MONTH_DAYS)
            try:
                made = posts.appoint(found[each.entitlement], post, terms, by=_clerk(village), on=TODAY)
            except Refusal:  # an officer's family, found out since
                continue
            _attend(made, held)
            held += 1
    return held


def _attend(held: PostHolding, n: int) -> None:
    monday = attendance.monday_of(FIRST)
    attendance.record(held, monday, SHORT if n % 4 == 3 else FULL, by=_clerk(held.place_code), on=TODAY)


def _clerk(place: str) -> str:
    return TOWN if place.startswith(FENGMING) else f"town{place[:9]}"


def _claim(run: Run) -> int:
    """Firms over the county claim for some: with and without the payroll, and one firm that asks questions."""
    words = run.pack.pack.vocabulary
    chosen = list(_workers())
    firms = [_firm(at) for at in range(len(FIRMS))]
    for n, person in enumerate(chosen):
        asks = n % len(firms) == 2 and n > LEAST  # the firm of one insured claims for three, not for dozens
        firm = firms[(n + 1) % len(firms) if asks else n % len(firms)]
        said = Hired(
            person,
            TODAY - timedelta(days=10 + n % 16),
            (12, 6, 24)[n % 3],
            f"PX-2020-{n + 1:03}",
            "2月工资表" if n % 2 else "",
            migrant=True,
        )
        hires.claim(firm, said, by=BUREAU, on=TODAY, now=NOW, vocabulary=words)
    return len(chosen)


def _workers() -> Iterator[Person]:
    """People of an age to work, from all over the county, whom no firm on record has hired."""
    hired = Item.objects.filter(kind="hire", person__isnull=False).values("person_id")
    found = Person.objects.filter(household__isnull=False).exclude(household__place_code=QINGGANG)
    grown = found.annotate(born=Substr("id_number", 7, 4)).filter(born__range=AGES)
    ids = list(grown.exclude(pk__in=hired).order_by("place_code", "pk").values_list("pk", flat=True))
    number = max(LEAST, Person.objects.exclude(household=None).values("household").distinct().count() // PER_CLAIM)
    every = max(1, len(ids) // number)
    yield from Person.objects.filter(pk__in=list(islice(ids, 0, every * number, every))).order_by("pk")


def _firm(at: int) -> Enterprise:
    name, person, phone, founded, insured = FIRMS[at]
    code = f"91510921MA00008{at + 1}0"
    licence = Licence(code + check_sign(code), name, True, person, phone, "蓬溪县工业园区", founded, insured)
    return enterprises.enter(licence, place_code=FENGMING[:6] + "000000", by=BUREAU, on=TODAY)
