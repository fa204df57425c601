"""Measure 7: seed and fertiliser from the depot to a signature: nobody before their turn, nothing the depot lacks."""

from __future__ import annotations

from tests.journeys.browser import steps
from tests.journeys.browser.steps import People, Person

MEASURE = "07b_spring_ploughing"
HOME = "510921110212-0006"  # whose ploughing nobody has told of yet
GOOD, STORE = "早稻种子", "鸣凤镇农资点"


def test_from_the_question_to_the_signature(people: People) -> None:
    county, town, village, bureau = (people(name) for name in ("county", "town", "village", "bureau"))
    steps.answer(village, HOME, "spring_ploughing", "是")
    steps.pass_days(county, 1)
    steps.grant(county, MEASURE, "510921110")
    (number,) = steps.entitlements_of(village, MEASURE, state="stage:village_review")
    steps.review(village, "village_review", MEASURE, [number])
    steps.review(town, "town", MEASURE, [number])
    steps.review(bureau, "agriculture_bureau", MEASURE, [number])
    _receive(town)
    waiting = _allot(town)
    _sign(village, waiting)
    village.open(f"/deeds/entitlements/{number}/").says("已落实")
    village.press("农户说已收到", within="#taking-back", refused="交给别人办")
    county.open(f"/deeds/entitlements/{number}/").press("农户说已收到", within="#taking-back")
    steps.pass_days(county, 1)
    county.open(f"/households/{HOME}/").says("农户已确认")
    county.open("/deeds/inputs/").says(GOOD)
    assert HOME not in county.open("/deeds/differences/").text()


def _receive(town: Person) -> None:
    town.open("/deeds/inputs/")
    new = "main form:has(input[value=good])"
    town.fill(new, name=GOOD, unit="公斤").press("登记物资", within=new)
    keep = "main form:has(select[name=act])"
    good = town.page.locator(f"{keep} [name=good] option", has_text=GOOD).get_attribute("value")
    store = town.page.locator(f"{keep} [name=depot] option", has_text=STORE).get_attribute("value")
    town.fill(keep, act="spoil", depot=store, good=good, quantity="1", note="受潮")
    town.press("登记", within=keep, refused="没有写入任何内容")
    town.fill(keep, act="receive", depot=store, good=good, quantity="500", note="调拨单1号")
    town.press("登记", within=keep).says("已入库")


def _allot(town: Person) -> str:
    """Allot what came to whoever waits; the words of the preview."""
    town.follow("分配到户")
    good = town.page.locator("main [name=good] option", has_text=GOOD).get_attribute("value")
    store = town.page.locator("main [name=depot] option", has_text=STORE).get_attribute("value")
    town.fill(depot=store, good=good, rate="600").press("预览名单").says("不够")
    town.fill(depot=store, good=good, rate="5").press("预览名单").says("能领到").press("分配给这")
    return town.text()


def _sign(village: Person, told: str) -> None:
    village.open(f"/deeds/inputs/handing/?place={steps.QINGGANG}")
    row = village.page.locator("main tbody tr", has_text=HOME).filter(has_text=GOOD)
    tick = row.locator("input[type=checkbox]")
    pk = str(tick.get_attribute("name")).removeprefix("tick-")
    tick.check()
    village.press("登记选中的已签收", refused="签")
    village.fill(**{f"by-{pk}": "王某", f"signer-{pk}": "self"})
    village.page.locator(f"#tick-{pk}").check()
    village.press("登记选中的已签收").says("已签收的")
