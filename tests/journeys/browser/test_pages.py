"""Every page in a real browser: nothing inaccessible, nothing cut off, nothing foreign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "county": ["/", "/questions/", "/households/510921110212-0001/?day=2020-02-15&known=2020-02-20",
               "/households/510921110212-0001/history/", "/households/?open=yes&sort=-fen&col=fen&col=helpers",
               "/households/", "/households/?measure=01_livelihood_award&state=unknown", "/runs/", "/runs/1/",
               "/packs/", "/checks/", "/checks/number_missing/", "/exemptions/", "/proposals/",
               "/what-if/?livelihood_award_per_person=150&post_age_limit=50",
               "/what-if/?rule.06a_keep_allowance_poor.below_line=household.x",
               "/what-if/who/?post_age_limit=50&measure=04_village_posts&way=loses",
               "/what-if/compare/?with=post_age_limit%3D50&with=posts_per_village%3D3",
               "/measures/", "/measures/01_livelihood_award/", "/measures/04_village_posts/",
               "/measures/04_village_posts/sql/", "/exports/", "/exports/new/?list=households",
               "/exports/differences/", "/exports/log/", "/imports/", "/imports/profiles/", "/nowhere/"],
    "town": ["/", "/?measure=02_farm_purchases&state=unknown"],
    "village": ["/", "/households/510921110212-0001/", "/households/510921110212-0001/village/",
                "/places/510921110212/questions/"],
    "helper": ["/households/"],
    "bureau": ["/", "/households/"],
    "admin": ["/accounts/", "/accounts/village/?role=village_officer&town=510921110", "/accounts/new/",
              "/accounts/places/?place=510921110&on=2020-02-27", "/profile/", "/profile/password/",
              "/profile/second-factor/"],
    "auditor": ["/divisions/", "/pairings/", "/trail/", "/reveals/"],
    "county2": ["/divisions/510921110212/", "/divisions/510921110212/divide/", "/divisions/maps/",
                "/pairings/?helper=helper"],
    "": ["/sign-in/"],
}  # fmt: skip
READERS = [(name, path) for name, paths in PAGES.items() for path in paths]
OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true; })"


@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("reader", PAGES)
def test_pages_are_accessible_and_whole(
    open_as: Callable[..., Any], complaints: list[str], reader: str, language: str, width: int
) -> None:
    page = open_as(reader, width=width, language=language)
    for path in PAGES[reader]:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"
        assert page.locator("h1").count() == 1, path
    assert complaints == []


def test_the_first_tab_skips_to_the_content(open_as: Callable[..., Any]) -> None:
    page = open_as("county")
    page.goto("/households/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_page_prints_without_its_frame(open_as: Callable[..., Any]) -> None:
    page = open_as("village")
    page.goto("/households/510921110212-0001/")
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert page.locator(".demo").is_visible()
    assert page.locator("h1").is_visible()
