"""The phone's screens in a real Chromium 91, over https: as old a web view as the villages' telephones still have.

The driver's own clicks ask the page for things that engine has not, so everything here is done by the page itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.browser.conftest import FLAGS
from tests.journeys.browser.offline.conftest import NAME, Served
from tests.journeys.browser.offline.line import Line
from tests.journeys.browser.offline.phone import PIN, WIDE
from tests.journeys.browser.test_floor import OLD

THERE = """selector => new Promise(done => {
    const look = () => document.querySelector(selector) ? done(true) : setTimeout(look, 50);
    look();
})"""
TAP = "selector => document.querySelector(selector).click()"
FILL = """([selector, typed]) => { document.querySelector(selector).value = typed; }"""


@pytest.fixture
def old_page(served: Served, line: Line) -> Iterator[Any]:
    """A page of the old browser that trusts the served home's certificate."""
    from playwright.sync_api import sync_playwright

    if not OLD.exists():
        pytest.skip("needs the old Chromium (make browser, with npm)")
    flags = [
        *(*FLAGS, "--headless", "--no-zygote", "--disable-dev-shm-usage"),
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=OLD, args=flags)
        assert browser.version.startswith("91.")
        context = browser.new_context(
            base_url=f"https://{NAME}:{line.port}", ignore_https_errors=True, viewport={"width": WIDE, "height": 740}
        )
        yield context.new_page()
        browser.close()


def test_a_phone_of_the_floor_pairs_and_opens_a_card(
    served: Served, line: Line, old_page: Any, helper: dict[str, Any]
) -> None:
    broken: list[str] = []
    old_page.on("pageerror", lambda error: broken.append(str(error)))
    old_page.goto("/m/#/pair/" + served.ask("code", username=helper["username"]))
    there(old_page, "#code")
    tap(old_page, "form button.button-main")
    there(old_page, "#again")
    for field in ("#pin", "#again"):
        old_page.evaluate(FILL, [field, PIN])
    tap(old_page, "form button.button-main")
    near = helper["households"][0]
    there(old_page, f"[data-household='{near}']")
    tap(old_page, f"[data-household='{near}']")
    there(old_page, "[data-act=check]")
    assert old_page.evaluate("document.querySelectorAll('li.contact a[href^=\\'tel:\\']').length") >= 3
    assert old_page.evaluate("document.querySelectorAll('dl.facts dt').length") > 5
    assert old_page.evaluate("document.documentElement.scrollWidth") <= WIDE
    tap(old_page, "[data-act=check]")
    there(old_page, "input[name=reached]")
    assert broken == []


def there(page: Any, selector: str) -> None:
    """Wait for it, as long as the test may last."""
    assert page.evaluate(THERE, selector)


def tap(page: Any, selector: str) -> None:
    """By the page itself."""
    page.evaluate(TAP, selector)
