"""What-if by keyboard and while typing, in a real browser; and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

RULE = "06a_keep_allowance_poor.below_line"
AWARD = "#p-livelihood_award_per_person"


def test_a_slider_moves_by_keyboard_and_the_result_follows(open_as: Callable[..., Any], complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/what-if/")
    slider = page.locator("input[data-twin='p-livelihood_award_per_person']")
    expect(slider).to_be_visible()
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    typed = float(page.input_value(AWARD))
    assert typed > 100
    assert page.input_value("input[data-twin='p-livelihood_award_per_person']") == page.input_value(AWARD)
    expect(page.locator("#result")).to_contain_text("产业就业扶持金")
    page.wait_for_url(re.compile(rf"livelihood_award_per_person={typed:g}$"))
    assert page.evaluate("document.activeElement.dataset.twin") == "p-livelihood_award_per_person"
    page.fill(AWARD, "150")
    assert page.input_value("input[data-twin='p-livelihood_award_per_person']") == "150"
    page.wait_for_url(re.compile("livelihood_award_per_person=150$"))
    page.reload()
    expect(page.locator("#result")).to_contain_text("产业就业扶持金")
    assert page.input_value(AWARD) == "150"
    assert complaints == []


def test_a_rule_is_checked_and_tried_while_it_is_typed(open_as: Callable[..., Any], complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/what-if/")
    page.select_option("#edit", RULE)
    text = page.locator(f"textarea[name='rule.{RULE}']")
    expect(text).to_be_visible()
    text.fill("household.net_incme_per_head(2019) < yuan(6000)")
    wrong = page.locator(f"[id='e-{RULE}']")
    expect(wrong).to_contain_text("第 1 行第 11 列")
    expect(wrong.locator("mark")).to_have_text("net_incme_per_head")
    expect(wrong).to_contain_text("net_income_per_head")
    text.fill("household.net_income_per_head(2019) < yuan(6000)")
    expect(page.locator("#result .v-yes").first).to_contain_text("新增")
    expect(wrong).to_be_empty()
    assert "yuan" in page.url
    page.locator("#result .v-yes").first.click()
    expect(page.locator("h1")).to_contain_text("新增")
    assert complaints == []


def test_what_if_works_without_scripts(open_as: Callable[..., Any], complaints: list[str]) -> None:
    page = open_as("county", scripts=False)
    page.goto("/what-if/")
    expect(page.locator("input[data-twin]").first).to_be_hidden()
    page.fill("#p-posts_per_village", "3")
    page.select_option("#edit", RULE)
    page.click("css=.knob-act button")
    expect(page.locator("#result .v-yes").first).to_contain_text("新增")
    text = page.locator(f"textarea[name='rule.{RULE}']")
    text.fill("household.registered_poor &&")
    page.click("css=.knob-act button")
    expect(page.locator(f"[id='e-{RULE}']")).to_contain_text("第 1 行")
    assert text.input_value() == "household.registered_poor &&"
    assert page.input_value("#p-posts_per_village") == "3"
    assert complaints == []
