"""A day at the desk: find a household, ask why, answer what is open, see it settled; try other numbers; run again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


def an_open_household(page: Any) -> str:
    """The first household of the list on which something is open that its reader can answer."""
    page.goto("/households/")
    codes = page.locator("tbody td[data-label]:nth-of-type(1)").all_inner_texts()
    for code in codes:
        page.goto(f"/households/{code}/")
        if page.locator("#questions form").count():
            return str(code)
    raise AssertionError("nothing is open in the whole village")


def test_filters_travel_in_the_address(open_as: Open, complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/households/")
    page.select_option("#town", "510921110")
    page.wait_for_url("**town=510921110**")
    page.select_option("#village", "510921110212")
    page.wait_for_url("**village=510921110212**")
    page.fill("#q", "51092111021")
    page.click("main .filters .btn-main")
    page.wait_for_url("**q=51092111021**")
    shown = page.locator("#results tbody tr").count()
    assert shown > 0
    again = page.context.new_page()
    again.goto(page.url)
    assert again.locator("#results tbody tr").count() == shown
    page.go_back()
    page.wait_for_url(lambda url: "q=51" not in url)
    assert complaints == []


def test_why_opens_in_place_and_says_its_reasons(open_as: Open, complaints: list[str]) -> None:
    page = open_as("village")
    page.goto("/households/510921110212-0001/")
    first = page.locator(".verdict details.why:visible").first
    first.locator("summary").press("Enter")
    first.locator(".reason").wait_for()
    assert first.locator(".reason > ul > li").count() >= 1
    assert first.locator(".reason .clause").count() == 1
    assert complaints == []


def test_an_answer_settles_a_question_at_once(open_as: Open, complaints: list[str]) -> None:
    page = open_as("village")
    an_open_household(page)
    question = page.locator("#questions .question:has(form)").first
    told = question.get_attribute("id")
    fill(question)
    question.locator(".btn-main").click()
    page.locator(".notice.good").wait_for()
    assert page.evaluate("document.activeElement.className").startswith("notice good")
    assert page.locator(f"#{told}").count() == 0, "an answered question is asked again"
    assert complaints == []


def fill(question: Any) -> None:
    """Answer whatever is asked with something right."""
    if question.locator("input[type=radio]").count():
        question.locator("input[type=radio]").first.check()
    elif question.locator("select[name=value]").count():
        question.locator("select[name=value]").select_option(index=1)
    elif question.locator("input[type=date][name=value]").count():
        question.locator("input[name=value]").fill("2020-02-20")
    else:
        question.locator("input[name=value]").fill("1")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_wrong_answer_is_kept_and_explained(open_as: Open, scripts: bool) -> None:
    page = open_as("village", scripts=scripts)
    an_open_household(page)
    question = page.locator("#questions .question:has(form)").first
    fill(question)
    question.locator("input[name=about]").fill("2999-01-01")
    question.locator(".btn-main").click()
    page.locator(".field-error").wait_for()
    wrong = page.locator(".question:has(.field-error)")
    assert wrong.locator("input[name=about]").input_value() == "2999-01-01"
    if wrong.locator("input[type=radio]").count():
        assert wrong.locator("input[type=radio]:checked").count() == 1
    if scripts:
        assert "field-error" in page.evaluate("document.activeElement.className")


def test_everything_works_without_scripts(open_as: Open) -> None:
    page = open_as("village", scripts=False)
    code = an_open_household(page)
    question = page.locator("#questions .question:has(form)").first
    fill(question)
    question.locator(".btn-main").click()
    page.wait_for_url(f"**/households/{code}/**")
    assert page.locator("h1").count() == 1
    page.locator(".verdict details.why summary").first.click()
    page.locator(".verdict details.why .slot a").first.click()
    page.wait_for_url("**/why/**")
    assert page.locator(".reason").count() == 1


def test_other_numbers_are_tried_and_the_address_repeats_them(open_as: Open, complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/what-if/")
    page.fill("#p-livelihood_award_per_person", "150")
    page.click("main form .btn-main")
    page.wait_for_url("**livelihood_award_per_person=150")
    assert page.locator(".result").count() >= 1
    said = page.locator(".result").first.inner_text()
    again = page.context.new_page()
    again.goto(page.url)
    assert again.locator(".result").first.inner_text() == said
    assert complaints == []


def test_a_run_shows_how_far_it_is_and_ends_in_the_list(open_as: Open, complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/runs/")
    before = page.locator("tbody tr").count()
    page.click("main form .btn-main")
    page.locator(".notice.good a").wait_for(timeout=60_000)
    assert page.locator("tbody tr").count() == before + 1
    number = re.search(r"\d+", page.locator(".notice.good a").inner_text())
    assert number is not None
    page.goto(f"/runs/{number.group()}/?compare=1")
    assert f"到第 {number.group()} 次运行" in page.locator("h1").inner_text()
    assert complaints == []
