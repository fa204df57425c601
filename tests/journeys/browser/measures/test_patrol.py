"""The village patrols ten doors in six taps each; what it finds is decided by the town, and seen by the county."""

from __future__ import annotations

from tests.journeys.browser import steps
from tests.journeys.browser.steps import NARROW, People, Person

DOORS = 10
HEALTHY = {
    "ill": "nobody",
    "isolated": "nobody",
    "back_from": "nobody",
    "willing": "nobody",
    "unsold": "no",
    "inputs": "no",
}


def tap(one: Person, **taps: str) -> int:
    """Tap the labels of a door on a phone's screen and go on to the next; how many taps it took, the last one too."""
    one.page.set_viewport_size({"width": NARROW, "height": 740})
    for name, value in taps.items():
        one.page.locator(f"label.tap:has(input[name={name}][value='{value}'])").click()
    one.press("记下,下一户")
    return len(taps)


def test_ten_doors_by_six_taps_each(people: People) -> None:
    village = people("village")
    village.open("/village/").says("青杠村").open(f"/village/patrol/?place={steps.QINGGANG}")
    doors = village.page.locator("a.door").evaluate_all("all => all.map(a => a.getAttribute('href'))")[:DOORS]
    assert len(doors) == DOORS
    for door in doors:
        village.open(door)
        assert tap(village, **HEALTHY) == 6
    village.says(f"看过 {DOORS} 户").says("已看")


def test_a_door_with_trouble_reaches_town_and_county(people: People) -> None:
    village, town, county = people("village"), people("town"), people("county")
    village.open(f"/village/patrol/{steps.HOME}/")
    village.fill(wrong_what="登记的收入是前年的")
    tap(village, **(HEALTHY | {"unsold": "yes", "wrong": "yes"}))
    village.open("/village/needs/").fill(measure="none").press("报乡镇")
    town.open("/village/").follow("待乡镇处理的疑点").follow("登记的收入是前年的")
    town.fill(verdict="return", reason="请问清楚是哪一年").press("确定")
    village.open("/village/").follow("乡镇退回核实的疑点").follow("登记的收入是前年的")
    village.fill(reason="2019年是5200元").press("报乡镇")
    town.open("/village/ledger/?state=open").follow("登记的收入是前年的")
    town.fill(verdict="settle", reason="已按村里说的重新登记").press("确定").says("2019年是5200元")
    town.open("/village/needs/?state=proposed").fill(reason="村里联系了收购的人").press("定下帮扶")
    town.open("/village/needs/?state=decided").says("农产品销售")
    county.open("/village/ledger/?state=settled").says("登记的收入是前年的")


def test_a_family_on_no_list_is_entered_and_patrolled(people: People) -> None:
    village = people("village")
    village.open(f"/village/patrol/new/?place={steps.QINGGANG}").fill(names="牟大山\n牟小山", group="1社").press("登记")
    village.says("牟小山")
    tap(village, **(HEALTHY | {"inputs": "yes"}))
    village.says("牟大山")


def test_the_clerk_types_in_a_filled_list(people: People) -> None:
    town = people("town")
    town.open(f"/village/paper/type/?place={steps.QINGGANG}")
    first = town.page.locator("[data-grid] tbody tr").first
    first.locator("input:not([type=hidden])").first.focus()
    for word in ("0", "0", "0", "0", "1", "0"):
        town.page.keyboard.type(word)
        town.page.keyboard.press("Tab")
    town.press("登记填了的行").says("已登记 1 户")


def test_people_take_turns_at_the_villages_computer(people: People) -> None:
    village = people("village")
    village.open("/village/desks/").fill(pin="482916", password="doudi-demo-2020").press("设好")
    village.fill(name="村部电脑").press("设为本村共用电脑(30 天)").says("村部电脑")
    village.page.get_by_role("button", name="退出").click()
    village.open("/sign-in/desk/").fill(username="village", pin="000111").press("进入", refused="PIN 不对")
    village.fill(username="village", pin="482916").press("进入").says("村里的事")
