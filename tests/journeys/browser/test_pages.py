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
               "/exports/differences/", "/exports/log/", "/imports/", "/imports/profiles/", "/nowhere/",
               "/deeds/", "/deeds/entitlements/", "/deeds/entitlements/1/", "/deeds/grant/", "/deeds/pay/",
               "/deeds/notices/", "/deeds/notices/1/", "/deeds/differences/", "/deeds/relations/"],
    "town": ["/", "/?measure=02_farm_purchases&state=unknown", "/deeds/", "/deeds/evidence/", "/deeds/objections/",
             "/deeds/?stage=town&measure=01_livelihood_award&place=510921110700&phase="],
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
    "": ["/sign-in/", "/notices/"],
}  # fmt: skip
# The areas built upon these: in one language at each width, for there are many of them.
WORK = {
    "county": ["/watch/", "/watch/copies/", "/watch/alerts/", "/watch/monitored/", "/watch/outlook/", "/telling/",
               "/telling/untold/", "/telling/counselling/", "/telling/scripts/", "/telling/new/", "/deeds/posts/",
               "/deeds/hires/", "/deeds/loans/", "/deeds/loans/extend/", "/deeds/care/", "/deeds/purchases/",
               "/deeds/journeys/", "/deeds/inputs/", "/deeds/insurance/", "/money/", "/works/", "/kept-work/",
               "/contacts/", "/telephones/rule/"],
    "town": ["/village/", "/village/disputes/", "/village/ledger/", "/village/needs/", "/village/reviews/",
             "/village/paper/type/?place=510921110212"],
    "village": ["/village/", "/village/patrol/", "/village/patrol/510921110212-0001/", "/village/paper/",
                "/village/checks/", "/village/desks/"],
    "helper": ["/account/devices/", "/m/form/", "/telling/", "/telling/queue/", "/deeds/purchases/wish/"],
}  # fmt: skip
READERS = [(name, path) for name, paths in PAGES.items() for path in paths]
OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true; })"


# Looked at in one width, then made the other: every page is whole in both languages at both.
LOOKS = [
    *(("zh-hans", 360, 1366), ("en", 1366, 360)),
    *(pytest.param(*each, marks=pytest.mark.heavy) for each in (("zh-hans", 1366, 360), ("en", 360, 1366))),
]


@pytest.mark.parametrize(("language", "width", "other"), LOOKS)
@pytest.mark.parametrize("reader", PAGES)
def test_pages_are_accessible_and_whole(
    open_as: Callable[..., Any], complaints: list[str], reader: str, language: str, width: int, other: int
) -> None:
    _look_at(open_as(reader, width=width, language=language), PAGES[reader], width, other)
    assert complaints == []


@pytest.mark.parametrize(("language", "width", "other"), LOOKS)
@pytest.mark.parametrize("reader", WORK)
def test_pages_of_the_work_are_accessible_and_whole(
    open_as: Callable[..., Any], complaints: list[str], reader: str, language: str, width: int, other: int
) -> None:
    _look_at(open_as(reader, width=width, language=language), WORK[reader], width, other)
    assert complaints == []


def _look_at(page: Any, paths: list[str], width: int, other: int) -> None:
    for path in paths:
        page.goto(path)
        page.evaluate(OPEN_ALL)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"
        assert page.locator("h1").count() == 1, path
        page.set_viewport_size({"width": other, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= other, f"{path} is {wide} wide at {other}"
        page.set_viewport_size({"width": width, "height": 800})


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


def test_on_a_phone_what_comes_after_the_first_things_is_folded_and_opens_by_keyboard(
    open_as: Callable[..., Any], complaints: list[str]
) -> None:
    page = open_as("county", width=360)
    page.goto("/")
    measures = page.locator("#fold-measures")
    assert page.locator(".waits").is_visible()
    assert not measures.locator("table").is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 4500
    measures.locator("summary").first.focus()
    page.keyboard.press("Enter")
    measures.locator("table").wait_for()
    page.goto("/#map")
    assert page.locator("#fold-map form").is_visible(), "the address points into it"
    page.goto("/households/")
    facets = page.locator("#fold-facets")
    assert not facets.locator("li").first.is_visible()
    page.click("a[href='#facets-head']")
    facets.locator("li a").nth(1).click()
    page.wait_for_url("**/households/?**")
    page.wait_for_load_state("networkidle")
    assert facets.locator("li").first.is_visible(), "what was opened stays open"
    page.set_viewport_size({"width": 1366, "height": 800})
    page.goto("/")
    assert measures.locator("table").is_visible(), "a wide window folds nothing"
    assert complaints == []


@pytest.mark.parametrize(
    "path",
    ["/households/510921110212-0001/", "/measures/01_livelihood_award/", "/places/510921110212/questions/",
     "/exports/", "/what-if/compare/?with=post_age_limit%3D50&with=posts_per_village%3D3"],
)  # fmt: skip
def test_paper_has_all_that_was_folded_and_nothing_to_press(open_as: Callable[..., Any], path: str) -> None:
    page = open_as("county")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    pressed = page.locator("button:visible, .btn-main:visible, .btn-side:visible, nav:visible, input:visible")
    assert pressed.all_inner_texts() == []
    assert page.locator("main details:not([open]):visible:not(.small)").count() == 0
    page.set_viewport_size({"width": 688, "height": 1000})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 688, f"{wide} pixels do not fit a sheet of A4"
