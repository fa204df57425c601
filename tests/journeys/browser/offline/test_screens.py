"""Every screen of the telephone: accessible, whole at 360 pixels, in both languages; and the browsers that cannot."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.browser.offline.conftest import NAME, Served
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import PIN, WIDE, Phone

Begin = Callable[..., Phone]
FEWEST_PIXELS = 44
TAPS = 20  # an unchanged household: three seconds a tap are a minute
KEYS = "button, a[href], summary, label.key, select, input:not([type=radio]):not([type=checkbox]):not(.hidden)"
BARE = """() => Array.from(document.querySelectorAll(".facts strong"))
    .filter(each => /^[\\d,.]+$/.test(each.innerText.trim()))
    .map(each => each.closest("div").innerText)"""
LOW = """([keys, least]) => Array.from(document.querySelectorAll(keys))
    .filter(each => each.offsetParent && each.getBoundingClientRect().height < least)
    .map(each => each.outerHTML.slice(0, 120))"""


def look(phone: Phone) -> None:
    """What is true of every screen."""
    phone.page.wait_for_timeout(50)
    where = phone.page.url
    found = Axe().run(phone.page)
    assert found.violations_count == 0, f"{where}\n{found.generate_report()}"
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= WIDE, where
    assert phone.page.locator("h1").count() == 1, where
    assert phone.page.evaluate(LOW, [KEYS, FEWEST_PIXELS]) == [], where


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_screen_is_accessible_and_whole(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any], language: str
) -> None:
    phone, (near, _far) = phone_of(), helper["households"]
    phone.page.goto("/m/")
    phone.page.evaluate("said => localStorage.setItem('doudi-language', said)", language)
    phone.page.reload()
    look_at_the_door(phone, served.ask("code", username=helper["username"]))
    line.cut = True
    look_at_a_household(phone, near)
    look_at_a_check(phone)
    for where in ("#/pending", "#/dispute/999999", "#/household/999999", "#/"):
        phone.page.goto("/m/" + where)
        look(phone)
    words = phone.page.inner_text("body")
    assert ("To do today" in words) == (language == "en")
    phone.page.goto("/m/#/pending")
    phone.page.click("[data-act=lock]")
    phone.page.locator("#pin").wait_for()
    look(phone)


def look_at_the_door(phone: Phone, code: str) -> None:
    """Pairing, wrongly and rightly, and the PIN."""
    phone.page.locator("#code").wait_for()
    look(phone)
    phone.page.fill("#code", "0000 0000")
    phone.page.click("form button.button-main")
    phone.page.locator("[role=alert]").wait_for()
    look(phone)
    phone.page.fill("#code", code)
    phone.page.click("form button.button-main")
    phone.page.locator("#again").wait_for()
    look(phone)
    phone.page.fill("#pin", PIN)
    phone.page.fill("#again", PIN)
    phone.page.click("form button.button-main")
    phone.page.locator("[data-household]").first.wait_for()
    look(phone)


def look_at_a_household(phone: Phone, household: int) -> None:
    """Its card, everything unfolded, and what can be noted besides a check."""
    phone.page.click(f"[data-household='{household}']")
    phone.page.locator("[data-act=check]").wait_for()
    phone.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    look(phone)
    assert phone.page.locator(".facts strong", has_text=re.compile("元|yuan")).count() > 0
    assert phone.page.evaluate(BARE) == [], "an amount is told with its unit"
    phone.page.locator("section button[aria-expanded]").first.click()
    look(phone)


def begin_in_the_fold(phone: Phone) -> None:
    """What is begun there and not finished is shown again, or nobody could go on."""
    phone.page.click("[data-act=more]")
    question = phone.page.locator(".question").last
    about = question.get_attribute("data-fact")
    question.locator("label.key").nth(1).click()
    phone.page.click("[data-act=more]")
    assert phone.page.locator(f".question[data-fact='{about}']").count() == 0
    phone.page.click("[data-act=next]")
    phone.page.locator("[role=alert]").wait_for()
    assert phone.page.locator(f".question[data-fact='{about}']").count() == 1


def look_at_a_check(phone: Phone) -> None:
    """Its three steps, with what is wrong told, and saved."""
    phone.page.click("[data-act=check]")
    phone.page.locator("label.key:has(input[value=not_reached])").click()
    look(phone)
    phone.page.locator("label.key:has(input[value=phone])").click()
    phone.page.click("[data-act=next]")
    phone.page.locator("[role=alert]").wait_for()
    assert phone.page.locator("input[name=whom]").count() > 0, "with whom it was spoken is part of a check"
    look(phone)
    phone.page.locator("label.key:has(input[name=whom])").first.click()
    assert phone.page.locator("[role=alert]").count() == 0, "what is no more wrong is no more said"
    look(phone)
    phone.page.click("[data-act=next]")
    phone.page.locator("[data-act=more]").wait_for()
    for question in phone.page.locator(".question").all():
        question.locator("label.key").first.click()
    begin_in_the_fold(phone)
    for key in (1, 0):
        for question in phone.page.locator(".question").all():
            question.locator("label.key").nth(key).click()
        look(phone)
    phone.page.click("[data-act=next]")
    phone.page.locator("input[name=agrees]").first.wait_for(state="attached")
    phone.page.locator("label.key:has(input[name=agrees][value=no])").click()
    phone.page.click("[data-act=save]")
    phone.page.locator("[role=alert]").wait_for()
    look(phone)
    phone.page.fill("#disagreement", "x")
    phone.page.click("[data-act=save]")
    phone.page.locator("a[href='#/']").first.wait_for()
    look(phone)


def test_an_unchanged_household_takes_a_minute(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    phone.check(near)
    assert phone.taps <= TAPS
    phone.pill("ok")


def test_every_task_of_the_day_can_be_seen(served: Served, line: Line, phone_of: Begin) -> None:
    phone = phone_of("helper")
    tasks, more = phone.page.locator("[data-task]"), phone.page.locator("[data-act=all-tasks]")
    more.wait_for()
    shown, rest = tasks.count(), int(re.search(r"\d+", more.inner_text())[0])  # type: ignore[index]
    more.click()
    assert (shown, tasks.count()) == (12, 12 + rest)
    assert more.count() == 0


def test_over_plain_http_it_says_why_and_leads_to_the_form(served: Served, phone_of: Begin) -> None:
    plain = Line(served.port)
    try:
        phone = phone_of(address=f"http://{NAME}:{plain.port}")
        phone.page.goto("/m/")
        assert "不让本页离线保存" in phone.page.locator("main").inner_text()
        assert phone.page.locator("main a[href='/m/form/']").count() == 1
        assert phone.page.evaluate("window.isSecureContext") is False
        look(phone)
    finally:
        plain.close()


def test_a_view_without_worker_works_while_it_is_open_and_says_so(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(service_workers="block"), helper["households"][0]
    phone.pair(served.ask("code", username=helper["username"]), worker=False)
    assert "页面开着时可以用" in phone.page.locator("main").inner_text()
    line.cut = True
    phone.check(near, "没有后台")
    line.cut = False
    phone.send()
    phone.pill("ok")
    assert served.ask("told", household=near)["notes"] == ["没有后台"]


def test_without_scripts_the_form_is_named(served: Served, phone_of: Begin) -> None:
    phone = phone_of(java_script_enabled=False)
    phone.page.goto("/m/")
    assert phone.page.locator("noscript a, a[href='/m/form/']").count() >= 1
    phone.page.goto("/m/form/")
    assert "/sign-in/" in phone.page.url


def test_another_persons_work_on_the_same_phone_is_not_sent_in_ones_name(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    other = served.ask("helper", households=1)
    line.cut = True
    phone.check(near, "前一个人填的")
    served.ask("revoke", username=helper["username"])  # while the line is cut: else it may send by itself meanwhile
    line.cut = False
    phone.nudge()
    phone.pill("expired")
    phone.page.goto("/m/#/pair")
    phone.page.fill("#code", served.ask("code", username=other["username"]))
    phone.page.click("form button.button-main")
    phone.page.locator(f"[data-household='{other['households'][0]}']").wait_for()
    assert phone.page.locator("[data-household]").count() == 1
    phone.page.goto("/m/#/pending")
    phone.page.locator("main", has_text="只能用文件上交(1 条)").wait_for()
    assert served.ask("told", household=near)["checks"] == []


def test_the_server_itself_speaks_https_to_a_phone(served: Served, phone_of: Begin, helper: dict[str, Any]) -> None:
    phone = phone_of(helper["username"], address=f"https://{NAME}:{served.port}")
    assert phone.page.evaluate("window.isSecureContext")
    assert phone.page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
    assert (
        phone.page.evaluate("fetch('/m/manifest.webmanifest').then(told => told.json()).then(told => told.scope)")
        == "/m/"
    )
