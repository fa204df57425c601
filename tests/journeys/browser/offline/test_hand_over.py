"""A household changes hands, two people say different things: named, reviewed and dialled without signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.journeys.browser.offline.conftest import Served
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import Phone
from tests.journeys.browser.offline.test_screens import look

Begin = Callable[..., Phone]


def left_late(served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]) -> tuple[Phone, int, str]:
    """What one helper said came when the household was another's: the other's telephone, the household, the fact."""
    phone, near = phone_of(helper["username"]), helper["households"][0]
    line.cut = True
    phone.begin(near)
    fact = phone.change_number("5200")
    phone.answer_rest((fact,))
    phone.finish("转走前填的")
    phone.saved()
    other = served.ask("helper", households=1)
    served.ask("give_away", household=near, to=other["username"])
    line.cut = False
    phone.send()
    phone.pill("ok")
    return phone_of(other["username"]), near, fact


def test_kept_work_is_a_task_and_theirs_is_recorded(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near, fact = left_late(served, line, phone_of, helper)
    line.cut = True
    phone.page.goto("/m/#/")
    phone.page.locator("[data-task=kept]").click()
    phone.page.locator("[data-choice=theirs]").wait_for()
    look(phone)
    told = phone.page.locator("main").inner_text()
    assert "试用帮扶责任人(帮扶责任人)" in told
    assert helper["username"] not in told
    assert "转走前填的" in told
    theirs = phone.page.locator(".sides .side:first-child").all_inner_texts()
    assert any("5,200" in words for words in theirs), theirs  # among all that was answered, in the card's order
    boxes = [each.bounding_box() for each in phone.page.locator("[data-choice]").all()]
    assert len({(box["width"], box["height"]) for box in boxes}) == 1, "none of the three is put forward"
    phone.page.click("[data-choice=theirs]")
    phone.page.wait_for_function("() => location.hash === '#/'")
    assert phone.page.locator("[data-task=kept]").count() == 0, "answered, if not yet handed in"
    line.cut = False
    phone.send()
    phone.page.locator("[data-pill=ok], [data-pill=ask]").wait_for()
    kept = served.ask("told", household=near)
    assert kept["notes"] == ["转走前填的"]
    assert fact.split(":")[2] in {each["fact"] for each in kept["facts"]}


def test_kept_work_may_be_left_and_the_record_stands(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near, _fact = left_late(served, line, phone_of, helper)
    phone.page.goto("/m/#/")
    phone.page.locator("[data-task=kept]").click()
    phone.page.click("[data-choice=mine]")
    phone.page.wait_for_function("() => location.hash === '#/'")
    phone.send()
    phone.pill("ok")
    assert served.ask("told", household=near)["checks"] == []
    phone.page.goto("/m/#/")
    phone.page.locator("[data-household]").first.wait_for()
    assert phone.page.locator("[data-task=kept]").count() == 0


def test_whom_to_call_is_there_without_signal(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    phone, near = phone_of(helper["username"]), helper["households"][0]
    line.cut = True
    phone.restart()
    phone.unlock()
    phone.page.goto(f"/m/#/household/{near}")
    contacts = phone.page.locator("li.contact")
    contacts.first.wait_for()
    words = contacts.all_inner_texts()
    assert any("村支书" in each for each in words), words
    assert any("县扶贫开发局值班室" in each for each in words), words
    dialled = [str(each.get_attribute("href")) for each in phone.page.locator("li.contact a[href^='tel:']").all()]
    assert len(dialled) == len(words)
    assert all(each.removeprefix("tel:").isdigit() for each in dialled), dialled


def test_the_telephone_says_how_long_it_keeps_and_obeys(
    served: Served, line: Line, phone_of: Begin, helper: dict[str, Any]
) -> None:
    served.ask("pin_days", kept=3, paired=180)
    try:
        phone = phone_of(helper["username"])
        phone.page.goto("/m/#/pending")
        phone.page.locator("text=3 天没有联网就清除").wait_for()
        phone.page.locator("text=配对有效到").wait_for()
        line.cut = True
        after = phone.page.evaluate("Date.now() + 4 * 86400000")
        phone.page.clock.set_system_time(after)
        phone.page.reload()
        phone.unlock()
        phone.page.goto("/m/#/")
        phone.page.locator("text=超过 3 天没有联网").wait_for()
        assert phone.page.locator("[data-household]").count() == 0
    finally:
        served.ask("pin_days", kept=14, paired=180)
