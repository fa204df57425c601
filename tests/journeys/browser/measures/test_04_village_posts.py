"""Measure 4: a post approved, its holder approved and put in, a week attended, a month's pay, the end of the term."""

from __future__ import annotations

from datetime import date, timedelta

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

HOLDERS, POSTS, TITLE = "04_village_posts", "04b_posts_in_force", "临时性公益岗位补贴"
FENGMING = "510921110"


def test_from_the_post_to_the_pay_and_the_end_of_the_term(people: People) -> None:
    county, second, town, village = (people(name) for name in ("county", "county2", "town", "village"))
    steps.grant(county, POSTS, FENGMING)
    posts = steps.entitlements_of(village, POSTS, state="stage:village_review", place=steps.QINGGANG)
    (one, *_) = steps.entitlements_of(village, HOLDERS, state="stage:village_review", place=steps.QINGGANG)
    for stage, who in (("village_review", village), ("town", town), ("county", second)):
        steps.review(who, stage, POSTS, posts)
    steps.review(village, "village_review", HOLDERS, [one])
    day = steps.publish(village, county, HOLDERS, [one])
    steps.review(town, "town", HOLDERS, [one])
    steps.review(second, "county", HOLDERS, [one])
    first = day + timedelta(days=-day.weekday())
    last = _month_end(first)
    held = _appoint(village, one, first, last)
    village.says("在岗")
    assert village.page.request.get("/deeds/posts/roster/").body().startswith(b"%PDF")
    after = last + timedelta(days=1)
    steps.pass_days(county, (after - day).days)
    village.open(held).says("已期满")
    _attend(village, held, first)
    pay = f"/deeds/posts/pay/?month={first:%Y-%m}"
    town.open(pay).press("人的补贴表")
    _paid(people)
    town.open(pay).says("已到账")
    village.open(f"/deeds/entitlements/{one}/").says("已落实")
    village.open(village.address(r"/households/\d{12}-\d+/$")).says(
        "临时性公益岗位", within="section[aria-labelledby=given-head]"
    )


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _appoint(village: Person, one: int, first: date, last: date) -> str:
    """Put the approved person into a free post of the village; the address of the holder."""
    village.open("/deeds/posts/").open(village.address(f"/deeds/posts/appoint/{one}/"))
    village.fill(
        work="村口值守、入户消毒", from_day=first.isoformat(), until=last.isoformat(), hours_week="20", month_days="20"
    )
    if not village.page.locator("[name=pay]").input_value():
        village.fill(pay="800")
    village.press("安排上岗")
    return village.page.url.partition("?")[0]


def _attend(village: Person, held: str, monday: date) -> None:
    village.open(held).fill(week=monday.isoformat())
    for at in range(5):
        village.page.locator(f"[name=d{at}]").check()
    village.press("登记这一周").says(monday.isoformat())


def _paid(people: People) -> None:
    """The pay list goes the way of all money."""
    steps.pay_made(people, TITLE)
