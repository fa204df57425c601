"""Somebody at the desk, step by step: pages opened and looked at, forms filled and sent, days that pass, money paid."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

WRONG = "main .notice.bad:visible, main .field-error:visible"
WIDE, NARROW = 1366, 360
WAIT = 60
OPEN_ALL = "document.querySelectorAll('main details').forEach(d => { d.open = true; })"
COUNTY, QINGGANG, HOME = "510921", "510921110212", "510921110212-0001"


class Person:
    """One who signed in. Every page passed is looked at; `seen` keeps which kinds of page were, for a journey."""

    def __init__(self, page: Any, name: str, seen: set[str]) -> None:
        self.page, self.name, self._seen = page, name, seen

    def open(self, path: str) -> Person:
        """Go there; whatever the address needs is there for this person."""
        answer = None
        for _ in range(5):  # a page that waits for a run loads itself anew, and may come first
            with suppress(Error):
                answer = answer or self.page.goto(path)
        assert answer is not None, f"{self.name} {path} does not come"
        assert answer.status == 200, f"{self.name} {path}: {answer.status}"
        return self.look()

    def follow(self, words: str, *, within: str = "main") -> Person:
        """Follow the first link of these words."""
        self.page.locator(within).first.get_by_role("link", name=words).first.click()
        self.page.wait_for_load_state()
        return self.look()

    def fill(self, within: str = "main", /, **fields: str) -> Person:
        """Fill fields by their names, in the first element of the page that has them all, folded or not."""
        self.page.evaluate(OPEN_ALL)
        for name, value in fields.items():
            field = self.page.locator(f"{within} [name={name.rstrip('_')}]").first
            kind = field.evaluate("e => e.tagName + ':' + e.type")
            if kind.startswith("SELECT"):
                field.select_option(value)
            elif kind.endswith((":radio", ":checkbox")):
                self.page.locator(f"{within} [name={name.rstrip('_')}][value='{value}']").first.check()
            else:
                field.fill(value)
        return self

    def attach(self, name: str, text: str, *, within: str = "main", field: str = "file") -> Person:
        """Choose a file of this text."""
        data = text if isinstance(text, bytes) else text.encode()
        kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
        self.page.locator(f"{within} input[name={field}]").first.set_input_files(
            {"name": name, "mimeType": kind, "buffer": data}
        )
        return self

    def press(self, words: str, *, within: str = "main", refused: str = "") -> Person:
        """Press the first button of these words; what the form says is no refusal, or the refusal that is expected."""
        button = self.page.locator(within).first.get_by_role("button", name=words).first
        in_place = button.evaluate("b => Boolean(b.closest('form[hx-post]'))")
        with self.page.expect_response(_posted) if in_place else self.page.expect_navigation():
            button.click()
        self.page.wait_for_load_state("networkidle" if in_place else "load")
        told = " ".join(self.page.locator(WRONG).all_inner_texts())
        if refused:
            assert refused in told, f"{self.name} {words}: {told!r} says nothing of {refused!r}"
        else:
            assert not told, f"{self.name} {words}: {told}"
            assert self.page.locator("h1").count() == 1, f"{self.name} {words}: {self.page.url}"
        return self.look()

    def look(self) -> Person:
        """Accessible and no wider than the window on a desk and on a phone; each kind of page once a journey."""
        kind = re.sub(r"\d{4}-\d\d-\d\d|[0-9a-f-]{6,}|\d+", "#", self.page.url)
        if kind not in self._seen:
            self._seen.add(kind)
            self.page.evaluate(OPEN_ALL)
            self.page.wait_for_load_state("networkidle")
            for late in (".htmx-request", ".htmx-settling"):  # what is still being loaded is paler than it will be
                self.page.locator(late).first.wait_for(state="detached")
            found = Axe().run(self.page)
            assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
            assert self.page.locator("h1").count() == 1, self.page.url
            for width in (NARROW, WIDE):
                self.page.set_viewport_size({"width": width, "height": 800})
                wide = self.page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{self.page.url} is {wide} wide at {width}"
        return self

    def says(self, words: str, *, within: str = "main") -> Person:
        """The page says these words."""
        told = self.text(within)
        assert words in told, f"{self.name} {self.page.url} does not say {words!r}: {told[:1500]}"
        return self

    def text(self, within: str = "main") -> str:
        """What the page says, on one line."""
        return " ".join(self.page.locator(within).first.inner_text().split())

    def number(self, pattern: str, *, within: str = "main") -> int:
        """The number in what the page says, by a pattern with one group."""
        found = re.search(pattern, self.text(within))
        assert found, f"{self.page.url} says nothing like {pattern}: {self.text(within)[:1500]}"
        return int(found.group(1).replace(",", ""))

    def address(self, pattern: str) -> str:
        """The first address on the page that looks so."""
        for link in self.page.locator("main a[href]").all():
            href = str(link.get_attribute("href"))
            if re.search(pattern, href):
                return href
        raise AssertionError(f"{self.page.url} leads to no {pattern}")

    def leads(self, pattern: str) -> bool:
        """Whether a link of the page leads there."""
        hrefs = self.page.locator("main a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        return any(re.search(pattern, href) for href in hrefs)


People = Callable[[str], Person]


def _posted(answer: Any) -> bool:
    return str(answer.request.method) == "POST"


def today(county: Person) -> date:
    """The county's day."""
    county.page.goto("/runs/")
    return date.fromisoformat(county.page.locator("#as_of").input_value())


def pass_days(county: Person, days: int) -> date:
    """Let days pass: the county is decided again as of the later day, which a demonstration then stands at."""
    day = today(county) + timedelta(days=days)
    county.fill(as_of=day.isoformat()).look().press("开始运行")
    until = time.monotonic() + WAIT
    while day.isoformat() not in county.text("main table tbody tr"):
        assert time.monotonic() < until, f"no run as of {day}: {county.text()[:500]}"
        county.page.wait_for_timeout(300)
        county.page.goto("/runs/")
    return day


def answer(one: Person, code: str, fact: str, value: str, *, about: str = "", kind: str = "") -> None:
    """Answer an open question of a household: the first about this fact (of this kind of subject)."""
    one.open(f"/households/{code}/")
    form = f"#questions .question[id^='q-{kind}'][id$='-{fact}'] form"
    one.fill(form, value=value)
    if about:
        one.fill(form, about=about)
    with one.page.expect_response(lambda told: "/answer" in told.url or told.request.method == "POST"):
        one.page.locator(form).first.get_by_role("button").first.click()
    one.page.locator(".notice.good").first.wait_for()


def grant(county: Person, measure: str, place: str = "") -> str:
    """Grant a measure's list from the run in force; what the page says of it."""
    county.open("/deeds/grant/").fill(measure=measure, place=place).press("办理这份名单")
    return county.text(".notice.good")


def take_office(admin: Person, page: Any, username: str, seen: set[str]) -> Person:
    """Somebody who never signed in gets a password from the administrator, changes it, and is at the desk."""
    admin.open(f"/accounts/{username}/").press("重设密码")
    once, own = admin.text("main code"), "春耕不误农时,家家有种"
    page.goto("/sign-in/")
    page.fill("#username", username)
    page.fill("#password", once)
    page.click("main form button")
    page.wait_for_url("**/profile/password/**")
    one = Person(page, username, seen)
    one.look().fill(old=once, new=own, again=own).press("更换")
    return one


def hand_in(one: Person, name: str, headings: str, *rows: str, button: str = "上传并预览", within: str = "main") -> str:
    """Send a table in, look at its preview and take it in; what the preview said."""
    one.attach(name, "\r\n".join([headings, *rows]), within=within).press(button, within=within)
    told = one.text()
    one.press("收下这")
    return told


def review(one: Person, stage: str, measure: str, ids: Iterable[int], *, words: str = "同意勾选的") -> None:
    """Agree at a stage to some of the lists that wait for this person, through the lists that hold them."""
    left = set(ids)
    one.open("/deeds/")
    pattern = rf"stage={stage}&measure={measure}&"
    links = one.page.locator("main table a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    for href in dict.fromkeys(each for each in links if re.search(pattern, each)):
        one.page.goto(f"/deeds/{href}" if href.startswith("?") else href)
        here = {int(each) for each in one.page.locator("main input[name=id]").evaluate_all("a => a.map(e => e.value)")}
        if mine := here & left:
            for number in here - mine:
                one.page.locator(f"#e-{number}").uncheck()
            one.look()
            if words == "张贴公示":
                one.fill(phone="0825-5420000")
            one.press(words)
            left -= mine
    assert not left, f"{one.name}: {sorted(left)} do not wait at {stage} of {measure}"


def publish(one: Person, county: Person, measure: str, ids: Iterable[int], *, days: int = 7) -> date:
    """Post the notice, let its days pass, take it down."""
    wanted = list(ids)
    review(one, "public_notice", measure, wanted, words="张贴公示")
    day = pass_days(county, days)
    review(one, "public_notice", measure, wanted, words="公示无异议,结束公示")
    return day


def evidence(bringer: Person, looker: Person, number: int, kind: str, note: str) -> None:
    """One brings evidence of an entitlement, another looks at it."""
    bringer.open(f"/deeds/entitlements/{number}/").fill("#evidence", kind=kind, note=note)
    bringer.press("提交佐证", within="#evidence")
    looker.open("/deeds/evidence/")
    assert looker.leads(rf"/deeds/entitlements/{number}/"), f"{looker.name} is not asked to look at {number}"
    looker.open(f"/deeds/entitlements/{number}/").press("看过,认可", within="#evidence")


def entitlements_of(one: Person, measure: str, **asked: str) -> list[int]:
    """The numbers of a measure's entitlements, newest first, as the list of this person shows them."""
    query = "&".join(f"{name}={value}" for name, value in {"measure": measure, **asked}.items())
    one.open(f"/deeds/entitlements/?{query}")
    links = one.page.locator("main table a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    found = (re.search(r"/deeds/entitlements/(\d+)/", each) for each in links)
    return list(dict.fromkeys(int(each.group(1)) for each in found if each))


def pay(people: People, measure: str, title: str, numbers: Iterable[int]) -> None:
    """From payable to paid: one makes, another checks, the treasurer sends, the bank's answer is taken in."""
    wanted, county = list(numbers), people("county")
    county.open("/deeds/pay/")
    if county.page.locator(f"main form:has(input[value='{measure}'])").count():
        county.press("制付款单", within=f"main form:has(input[value='{measure}'])")
    for number in wanted:
        assert _payment(county, number)
    pay_made(people, title)
    for number in wanted:
        county.open(f"/deeds/entitlements/{number}/").says("已到账")


def pay_made(people: People, title: str) -> None:
    """From made to paid: checked by another officer, sent in a batch of a budget, answered by the bank."""
    county, second, treasurer = people("county"), people("county2"), people("treasurer")
    second.open("/money/payments/?state=made").press("复核全部")
    _answer(treasurer, _send(county, second, treasurer, title))


def _payment(county: Person, number: int) -> str:
    """The reference of the payment of an entitlement."""
    county.open(f"/deeds/entitlements/{number}/")
    found = re.search(r"付款 .*?·.*?· (\S+)", county.text())
    assert found, county.text()
    return found.group(1)


def _send(county: Person, second: Person, treasurer: Person, title: str) -> str:
    county.open("/money/batches/").press("制成一批", within=f"main tr:has-text('{title}')")
    batch = re.sub(r"^\w+://[^/]+", "", county.page.url)
    second.open(batch).press("复核这批")
    treasurer.open("/money/").open(batch).press("交银行")
    return batch


def _answer(treasurer: Person, batch: str) -> None:
    """The bank answers that all of it was paid."""
    rows = treasurer.page.locator("main tr:has(th a[href*='/money/payments/'])")
    told = rows.evaluate_all(
        "all => all.map(r => [r.cells[0].innerText, r.querySelector('[data-label^=金额]').innerText])"
    )
    lines = [f"{reference.strip()},{fen.strip().replace(',', '')},成功," for reference, fen in told]
    assert lines, treasurer.text()
    treasurer.follow("上传银行回单").attach("银行回单.csv", "\r\n".join(["业务参考号,金额,处理结果,失败原因", *lines]))
    treasurer.press("上传").press("收下").open(batch)
