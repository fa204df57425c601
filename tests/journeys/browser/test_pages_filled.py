"""The pages that need something to show: each filled through the desk itself, then looked at like every other page."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import totp

from doudi.register.demo.accounts import PASSWORD
from tests.journeys.browser.test_pages import OPEN_ALL

HOME = "510921110212-0001"
HEADER = "户编号,村代码,户主姓名,姓名,与户主关系,性别,是否低保户"
TABLE = [HEADER, "N-1,510921110212,王德顺,王德顺,户主,男,是", "N-2,510921110212,李四,李四,户主,男,也许"]
WHY = "县防疫指挥部要"
WAIT = 60


class Desk:
    """Somebody signed in who sends forms: `send` returns where the answer leads."""

    def __init__(self, context: Any, name: str) -> None:
        self.asks, self.context = context.request, context
        self.send("/sign-in/", username=name, password=PASSWORD)

    def read(self, path: str) -> str:
        return str(self.asks.get(path).text())

    def send(self, path: str, file: Any = None, **fields: str) -> str:
        self.asks.get("/sign-in/" if path == "/sign-in/" else "/profile/")
        token = next(each["value"] for each in self.context.cookies() if each["name"] == "csrftoken")
        given = {**fields, "csrfmiddlewaretoken": token}
        told = {"multipart": {**given, "file": file}} if file else {"form": given}
        answer = self.asks.post(path, max_redirects=0, **told)
        assert answer.status == 302, f"{path} {answer.status} {re.findall('field-error[^<]*<?[^<]*', answer.text())}"
        return str(answer.headers["location"])

    def until(self, path: str, words: str) -> None:
        """Wait for what is made beside."""
        end = time.monotonic() + WAIT
        while not re.search(words, self.read(path)):
            assert time.monotonic() < end, f"{path} never says {words}"
            time.sleep(0.5)

    def table(self, *lines: str) -> str:
        """The address of a table sent in, once its preview is made."""
        data = {"name": "花名册.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode()}
        place = self.send("/imports/", file=data, about="2020-02-20")
        self.until(place, "不能收|认不出")
        return place


@pytest.fixture(scope="module")
def desk(address: str, chromium: Any) -> Iterator[Callable[[str], Desk]]:
    contexts = []

    def open_desk(name: str) -> Desk:
        contexts.append(chromium.new_context(base_url=address))
        return Desk(contexts[-1], name)

    yield open_desk
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def filled(desk: Callable[[str], Desk]) -> dict[str, list[str]]:
    """What there is to see, by who sees it."""
    county = desk("county")
    return {
        "county": [
            *_runs(county), *_policy(county), *_tables(county), *_findings(county, desk("town")),
            county.send("/exports/new/?list=households&q=" + HOME, reason=WHY, form="xlsx"),
            _first(county, "/measures/02_farm_purchases/", r"/measures/02_farm_purchases/why/\d+/"),
            _first(county, f"/households/{HOME}/", rf"/households/{HOME}/why/[^\"]+"),
            f"/households/{HOME}/reveal/", "/divisions/510921110212/", "/divisions/510921110212/divide/",
        ],
        "admin": ["/accounts/helper/", "/accounts/county/"],
    }  # fmt: skip


def _first(desk: Desk, path: str, pattern: str) -> str:
    found = re.search(pattern, desk.read(path))
    assert found, f"{path} leads to no {pattern}"
    return found.group().replace("&amp;", "&")


def _policy(county: Desk) -> list[str]:
    """Two drafts of which one is put forward."""
    pack = _first(county, "/packs/", r"/packs/[0-9a-f]{12}")
    drafts = [county.send(f"{pack}/drafts/", title=title) for title in ("提高奖补", "放宽年龄")]
    for draft, name, value in zip(drafts, ("hire_award", "post_age_limit"), ("250", "60"), strict=True):
        county.send(f"{draft}number/", name=name, value=value, from_day="2020-02-27", source="会议", named_by="县长")
    proposal = county.send(f"{drafts[0]}propose/", reason=WHY, from_day="2020-02-27")
    file = "measures/06a_keep_allowance_poor.toml"
    county.until(proposal, "/who/")
    side = _first(county, proposal, r"/proposals/\d+/who/[^\"]+")
    return [drafts[1], f"{drafts[1]}file/?file={file}", drafts[0], proposal, side, f"{pack}/?part=parameters"]


def _tables(county: Desk) -> list[str]:
    """A table with something of every kind, and one that nobody knows."""
    known = county.table(*TABLE, "N-3,510921110212,赵六,赵六,户主,男,是", "N-3,510921110212,赵七,赵七,户主,男,否")
    states = [f"{known}?state={state}" for state in ("new", "changed", "held", "refused")]
    strange = county.table("家庭号,所在村,当家人", "U-1,青杠村,王德顺")
    return [known, *states, strange, f"{strange}columns/"]


def _runs(county: Desk) -> list[str]:
    """A second run, compared with the first, and the first replayed."""
    county.send("/runs/new/", as_of="2020-02-28")
    county.until("/runs/", r'href="/runs/2/"')
    county.until("/runs/2/", "判断了多少对象")
    replay = county.send("/runs/1/replay/")
    county.until(replay, "一致")
    return [replay, "/runs/compare/?a=1&b=2", "/runs/compare/?a=1&b=1"]


def _findings(county: Desk, town: Desk) -> list[str]:
    """A check with findings, one to exempt, and one a town wants exempt."""
    check = _first(county, "/checks/", r"/checks/\w+/")
    place = _first(town, "/checks/", r"/checks/\w+/")
    asks = re.findall(r"/checks/\w+/exempt/\d+/", town.read(place))
    town.send(asks[0], reason="入户核实无误", until="2020-06-30")
    return [check, asks[-1], "/exemptions/"]


@pytest.mark.parametrize(("language", "width", "other"), [("zh-hans", 1366, 360), ("en", 360, 1366)])
def test_filled_pages_are_accessible_and_whole(
    open_as: Callable[..., Any],
    filled: dict[str, list[str]],
    complaints: list[str],
    language: str,
    width: int,
    other: int,
) -> None:
    for reader, paths in filled.items():
        page = open_as(reader, width=width, language=language)
        for path in paths:
            answer = page.goto(path)
            assert answer.status == 200, path
            page.evaluate(OPEN_ALL)
            page.wait_for_load_state("networkidle")
            _look(page, path)
            page.set_viewport_size({"width": other, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= other, f"{path} is wider than {other}"
            page.set_viewport_size({"width": width, "height": 800})
    assert complaints == []


def _look(page: Any, path: str = "") -> None:
    """Accessible, no wider than the window, with one title."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the window"
    assert page.locator("h1").count() == 1, path


def test_a_number_shown_in_full_and_the_code_at_the_door(
    open_as: Callable[..., Any], filled: dict[str, list[str]], complaints: list[str]
) -> None:
    page = open_as("county", width=360, language="en")
    page.goto(f"/households/{HOME}/reveal/")
    page.click("main form button")
    _look(page)
    page.fill("main textarea, main input[name=reason]", WHY)
    page.click("main form button")
    page.wait_for_selector("main .notice.good")
    _look(page)
    page = open_as("supervisor", width=360, language="en")
    page.goto("/profile/second-factor/")
    _look(page)
    key = "".join(page.locator("main code").first.inner_text().split())
    page.fill("#code", f"{totp(base64.b32decode(key)):06d}")
    page.click("main form button")
    page.wait_for_selector("main code")
    _look(page)
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("#username", "supervisor")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/sign-in/code/**")
    _look(page)
    assert complaints == []
