"""The list of households in a real browser: counts, the back button, a link handed on, a view kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def said(page: Any) -> str:
    return str(page.locator("#results [role=status]").inner_text())


def test_a_list_comes_back_by_the_back_button_and_in_another_browser(open_as: Open, complaints: list[str]) -> None:
    page = open_as("county")
    page.goto("/households/")
    everything = said(page)
    page.click("#f-open-yes")
    page.wait_for_url("**open=yes")
    narrowed = said(page)
    assert narrowed != everything
    assert page.evaluate("document.activeElement.id") == "f-open-yes", "focus stays on what was chosen"
    page.click("#sort-yeses")
    page.wait_for_url("**sort=-yeses**")
    rows = page.locator("#results tbody th").all_inner_texts()
    other = open_as("county")
    other.goto(page.url)
    assert other.locator("#results tbody th").all_inner_texts() == rows
    page.go_back()
    page.wait_for_url("**open=yes")
    page.locator("#results th[aria-sort]").wait_for(state="detached")
    assert said(page) == narrowed
    assert page.locator("#results tbody th").all_inner_texts() != rows
    assert page.locator("h1").count() == 1
    page.go_back()
    page.locator("#results [role=status]", has_text=everything).wait_for()
    assert complaints == []


def test_a_phone_filters_without_sideways_scrolling_and_steps_through_the_list(
    open_as: Open, complaints: list[str]
) -> None:
    page = open_as("town", width=360)
    page.goto("/households/")
    page.locator("a[href='#facets-head']").click()
    page.locator("#f-open-yes").click()
    page.wait_for_url("**open=yes")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#results tbody th a").first.click()
    page.wait_for_url("**list=open%3Dyes")
    first = page.locator("h1").inner_text()
    page.locator(".beside a[rel=next]").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text() != first
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []
