"""Measure 6: an allowance kept, from the decision to the household's word; and a claim of the insurance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

KEEP, INSURED = "06a_keep_allowance_poor", "07e_insurance_claim"
TOWN, OFFICER = "510921110", "village510921110700"
FALLEN = "510921110212-0013"
SHEET = {"year": "2019", "wage": "3000", "business": "1000", "expense": "500", "assets": "0", "transfer": "200",
         "allowance": "2400"}  # fmt: skip


def test_an_allowance_is_kept_and_nothing_ends_it_by_itself(people: People, open_as: Callable[..., Any]) -> None:
    county, town, bureau = people("county"), people("town"), people("bureau")
    village = steps.take_office(people("admin"), open_as(""), OFFICER, set())
    steps.grant(county, KEEP, TOWN)
    (number,) = steps.entitlements_of(town, KEEP, state="stage:village_review")
    steps.review(village, "village_review", KEEP, [number])
    steps.review(town, "town", KEEP, [number])
    county.open("/deeds/care/").press("建案")
    home = town.open(f"/deeds/entitlements/{number}/").address(r"/households/\d{12}-\d+/$").strip("/").split("/")[-1]
    pk = _case(town.open(f"/deeds/care/?measure={KEEP}"), home)
    town.open(f"/deeds/care/{pk}/").fill(**SHEET).press("写下这张收入表").says("3,700")
    town.press("把这件移交民政")
    bureau.open("/deeds/care/").follow("上传审批结果")
    told = steps.hand_in(
        bureau, "结果.csv", "专案编号,户编号,审批结果,金额(元),起始日,理由", f"{pk},{home},同意,320,2020-03-01,",
        f"{pk}9,{home},同意,320,2020-03-01,",
    )  # fmt: skip
    assert "不能收 1" in told
    village.open(f"/deeds/care/{pk}/").says("已同意").says("320").press("农户说已经收到").says("已办结")
    steps.pass_days(county, 1)
    county.open(f"/households/{home}/").says("农户已确认")
    assert home not in county.open("/deeds/differences/").text(), "a kept allowance is no difference"
    village.open(f"/deeds/care/{pk}/").fill(reason="儿子已外出务工").press("开始复核").says("复核")
    town.open(f"/deeds/care/{pk}/").fill(**SHEET | {"wage": "3500"}).press("写下这张收入表")
    county.open(f"/deeds/care/{pk}/").fill(reason="收入仍低").press("继续低保").says("已同意")


def _case(one: Person, home: str) -> str:
    row = one.page.locator("main tbody tr", has_text=home).first
    return str(row.locator("th a").inner_text())


def test_a_household_fallen_back_is_insured_and_paid(people: People) -> None:
    county, village, bureau = people("county"), people("village"), people("bureau")
    village.open("/deeds/insurance/").fill(household=FALLEN, note="返乡隔离,务工收入断了").press("上报").says(
        "已报信号"
    )
    claim = village.page.url
    number = claim.rstrip("/").split("/")[-1]
    day = steps.pass_days(county, 1)
    steps.grant(county, INSURED, TOWN)
    county.open("/deeds/insurance/").press("建赔案")
    bureau.open(claim).fill(visitor="查勘员乙", visited_on=(day - timedelta(days=9)).isoformat(), loss="3200")
    bureau.press("登记", refused="查勘日").fill(visited_on=day.isoformat()).press("登记").says("已查勘")
    (claimed,) = steps.entitlements_of(village, INSURED, state="stage:village_review")
    headings = "赔案编号,户编号,答复,金额(元),赔付日,凭证号,理由"
    steps.review(village, "village_review", INSURED, [claimed])
    bureau.open("/deeds/insurance/answers/")
    told = steps.hand_in(bureau, "答复.csv", headings, f"{number},{FALLEN},同意,2800,,,", f"{number},x,同意,2800,,,")
    assert "不能收 1" in told
    day = steps.publish(village, county, INSURED, [claimed])
    bureau.open("/deeds/insurance/answers/")
    steps.hand_in(bureau, "赔付.csv", headings, f"{number},{FALLEN},已赔付,2800,{day},PZ-2020-1,")
    village.open(claim).says("已赔付").press("农户说已收到")
    village.open(claim).says("已办结")
    county.open("/deeds/insurance/").says("2,800")
    steps.pass_days(county, 1)
    county.open(f"/households/{FALLEN}/").says("农户已确认")
