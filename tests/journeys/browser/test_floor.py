"""The desk in a real Chromium 91: the government browsers' engine is that old (interface notes, section 0).

The driver's own clicks ask the page for things that engine has not, so everything here is done by the page itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.habits.sources import TOP
from tests.journeys.browser.conftest import FLAGS, PASSWORD

OLD = TOP / "build" / "chromium91" / "chromium"
PAGES = [
    "/",
    "/households/",
    "/households/510921110212-0001/",
    "/what-if/",
    "/runs/",
    "/measures/",
    "/packs/",
    "/checks/",
]
STYLED = "getComputedStyle(document.querySelector('.top')).backgroundColor"
SIGN_IN = """password => {
    document.getElementById("username").value = "county";
    document.getElementById("password").value = password;
    document.querySelector("main form button").click();
}"""
CHOOSE_TOWN = """() => {
    const towns = document.querySelector("select[name=town]");
    towns.selectedIndex = 1;
    towns.dispatchEvent(new Event("change", {bubbles: true}));
    return towns.value;
}"""


@pytest.fixture(scope="module")
def old_page(address: str) -> Iterator[Any]:
    """A page of the old browser, signed in as the county officer."""
    from playwright.sync_api import sync_playwright

    if not OLD.exists():
        pytest.skip("needs the old Chromium (make browser, with npm)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=OLD, args=[*FLAGS, "--headless", "--no-zygote", "--disable-dev-shm-usage"]
        )
        assert browser.version.startswith("91.")
        page = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768}).new_page()
        page.goto("/sign-in/")
        page.evaluate(SIGN_IN, PASSWORD)
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        yield page
        browser.close()


def test_the_desk_works_in_an_old_browser(old_page: Any) -> None:
    broken: list[str] = []
    old_page.on("pageerror", lambda error: broken.append(str(error)))
    old_page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    for path in PAGES:
        answer = old_page.goto(path)
        assert answer.status == 200, path
        old_page.wait_for_load_state("networkidle")
        assert old_page.evaluate("document.querySelectorAll('h1').length") == 1, path
        assert old_page.evaluate(STYLED) not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), path
        assert old_page.evaluate("document.documentElement.scrollWidth") <= 1366, path
    assert broken == []


def test_a_filter_swaps_the_list_in_an_old_browser(old_page: Any) -> None:
    old_page.goto("/households/")
    old_page.evaluate("window.still = true")
    town = old_page.evaluate(CHOOSE_TOWN)
    old_page.wait_for_url(f"**town={town}**")
    assert old_page.evaluate("window.still"), "the whole page was loaded again"
    assert old_page.evaluate("document.getElementById('results') !== null")
