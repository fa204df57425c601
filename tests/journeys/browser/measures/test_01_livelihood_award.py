"""Measure 1: from the run's yes to the household's own word, and no second award for the same person."""

from __future__ import annotations

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People

MEASURE, TITLE = "01_livelihood_award", "产业就业扶持金"
GIVEN = "section[aria-labelledby=given-head]"


def test_from_the_decision_to_the_households_word(people: People) -> None:
    county, second, town, village = (people(name) for name in ("county", "county2", "town", "village"))
    told = steps.grant(county, MEASURE, "510921110")
    assert TITLE in told
    numbers = steps.entitlements_of(village, MEASURE, state="stage:village_review", place=steps.QINGGANG)[:2]
    assert len(numbers) == 2
    steps.review(village, "village_review", MEASURE, numbers)
    steps.publish(village, county, MEASURE, numbers)
    steps.review(town, "town", MEASURE, numbers)
    steps.review(second, "county", MEASURE, numbers)
    for number in numbers:
        county.open(f"/deeds/entitlements/{number}/").says("已批准,待见成效")
        steps.evidence(village, town, number, "business_seen", "入户查看:鸡苗已存栏")
    steps.pay(people, MEASURE, TITLE, numbers)
    village.open(f"/deeds/entitlements/{numbers[0]}/").press("农户说已收到", within="#taking-back").says("农户已确认")
    home = village.address(r"/households/\d{12}-\d+/$")
    village.open(home).says("农户已确认", within=GIVEN).says("已到账 100元", within=GIVEN)
    steps.pass_days(county, 1)
    county.open("/deeds/grant/").fill(measure=MEASURE, place="510921110").press("办理这份名单", refused="已在办")
