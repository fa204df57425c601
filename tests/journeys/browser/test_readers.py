"""One working day each: county officer, town clerk, village secretary, auditor (field notes, section 9)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import python_calamine

Open = Callable[..., Any]
VILLAGE = "510921110212"
LONG = 60_000  # ms: a background job on a busy machine


def press(page: Any, words: str) -> None:
    """Press the button with these words and wait for the page that answers."""
    page.get_by_role("button", name=words, exact=True).first.click()
    page.wait_for_load_state("networkidle")


def number_in(text: str) -> int:
    """The first number of a text."""
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found.group().replace(",", ""))


def roster(folder: Path, rows: list[list[str]]) -> Path:
    """A roster as villages keep it, as the county's office program saves it."""
    place = folder / "花名册.csv"
    with place.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["乡镇", "行政村", "户编号", "户主姓名", "姓名", "与户主关系", "出生日期", "是否低保户"])
        writer.writerows(rows)
    return place


def test_a_county_officers_day(open_as: Open, complaints: list[str], tmp_path: Path) -> None:
    """The figures, a measure, its list; a table taken in; another number tried, and adopted by a colleague."""
    page = open_as("county")
    page.goto("/")
    page.locator(
        "main a[href*='measures/01_livelihood_award'], main a[href*='measure=01_livelihood_award']"
    ).first.click()
    page.wait_for_load_state()
    page.goto("/measures/01_livelihood_award/")
    assert "100" in page.locator("main").inner_text()
    page.locator("main table details.why summary").first.click()
    page.locator(".reason").first.wait_for()
    assert page.locator(".reason").count() >= 1

    rows = [["鸣凤镇", "青杠村", "XIN-0001", "赵新来", "赵新来", "户主", "1970-05-06", "是"],
            ["鸣凤镇", "没有的村", "XIN-0002", "钱无村", "钱无村", "户主", "1970-05-06", "否"]]  # fmt: skip
    page.goto("/imports/")
    page.set_input_files("#file", roster(tmp_path, rows))
    page.fill("#about", "2020-02-26")
    press(page, "上传并预览")
    page.locator("#sum-head").wait_for(timeout=LONG)
    assert "表里 2 行" in page.locator("main").inner_text()
    page.get_by_role("button", name=re.compile("收下这 1 行")).click()
    page.locator(".notice.good").wait_for(timeout=LONG)
    with page.expect_download() as download:
        page.get_by_role("link", name="xlsx").click()
    back = python_calamine.CalamineWorkbook.from_path(str(download.value.path())).get_sheet_by_index(0).to_python()
    assert any("钱无村" in [str(cell) for cell in row] for row in back), "the row that stayed out comes back"
    page.goto("/households/?q=XIN-0001")
    assert page.locator("#results").get_by_text("赵新来").count() == 1

    page.goto("/what-if/?livelihood_award_per_person=120")
    proposing = page.locator("details:has(form[action='/what-if/adopt/'])").first
    proposing.locator("summary").click()
    proposing.locator("input[name=source]").fill("县扶贫领导小组会议纪要")
    proposing.locator("input[name=named_by]").fill("演示县干部")
    proposing.get_by_role("button", name="提请采用").click()
    page.wait_for_url("**/proposals/**")
    here = page.url
    assert page.get_by_role("button", name="采用", exact=True).count() == 0, "nobody adopts their own"

    colleague = open_as("county2")
    colleague.goto(here)
    press(colleague, "采用")
    assert colleague.get_by_text("已采用").count() >= 1
    assert complaints == []


def test_a_town_clerks_day(open_as: Open, complaints: list[str]) -> None:
    """What is open in which village; one answered; a list taken out with its reason; no further than the town."""
    page = open_as("town")
    page.goto("/")
    assert "鸣凤镇" in page.locator("h1").inner_text()
    page.goto("/households/")
    total = number_in(page.locator("#results").inner_text())
    towns = page.locator("#results tbody tr").all_inner_texts()
    assert all("鸣凤镇" in text or "青杠村" in text or text for text in towns)
    page.get_by_role("link", name="导出这份名单").click()
    page.wait_for_url("**/exports/new/**")
    press(page, "导出")
    page.fill("#reason", "打印给各村核对")
    page.get_by_role("button", name=re.compile("^(导出|提交申请)$")).click()
    page.wait_for_url(re.compile(r"/exports/\d+/"))
    if page.get_by_text("要另一人同意").count():
        officer = open_as("county")
        officer.goto(page.url)
        press(officer, "同意导出")
        page.reload()
    page.get_by_role("link", name=re.compile("下载")).wait_for(timeout=LONG)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("下载")).click()
    book = python_calamine.CalamineWorkbook.from_path(str(download.value.path()))
    assert len(book.get_sheet_by_index(0).to_python()) >= total, "every household of the list is in the file"
    assert page.goto("/imports/").status == 200
    assert page.goto("/accounts/new/").status == 403
    assert page.goto("/places/510921102/").status == 404
    assert complaints == []


def test_a_village_secretarys_day(open_as: Open, complaints: list[str]) -> None:
    """On a phone: the village's questions, one household, its sheet for the wall; nothing of the next village."""
    page = open_as("village", width=360)
    page.goto(f"/places/{VILLAGE}/questions/")
    first = page.locator("main a[href*='#questions']").first
    first.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#questions").is_visible()
    page.locator(".verdict details.why:visible summary").first.click()
    page.locator(".reason").first.wait_for()
    page.goto(f"/households/{VILLAGE}-0001/history/")
    assert page.locator("ol.account-of > li").count() > 0
    page.locator("ol.account-of a").first.click()
    page.wait_for_url("**day=**")
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    page.emulate_media(media="screen")
    assert page.goto("/places/510921102/").status == 404
    assert page.goto("/what-if/").status == 403
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []


def test_an_auditors_day(open_as: Open, complaints: list[str]) -> None:
    """The rule and its SQL, a household as it was decided on a day, and the sealed log verified."""
    page = open_as("auditor")
    page.goto("/measures/06a_keep_allowance_poor/sql/")
    assert "SELECT" in page.locator("#sql-duckdb").input_value()
    assert "SELECT" in page.locator("#sql-postgres").input_value()
    page.goto(f"/households/{VILLAGE}-0001/?day=2020-02-20")
    assert page.locator("h1").inner_text().count("*") >= 1, "an auditor's duty needs no full name"
    page.goto("/trail/")
    assert page.locator("tbody tr").count() > 0
    press(page, "现在核验")
    for _ in range(60):
        if page.locator("section .notice.good, section .notice.bad").count():
            break
        page.wait_for_timeout(1_000)
        page.goto("/trail/")
    assert "完整" in page.locator("section .notice.good").first.inner_text()
    page.goto("/exports/log/")
    assert page.locator("h1").is_visible()
    assert page.goto("/runs/new/").status in (403, 405)
    assert complaints == []


TWO_WAYS = """() => document.querySelector("main").insertAdjacentHTML("beforeend", `<form method="post" id="two">
    <button name="what" value="accept">a</button><input id="why"><button name="what" value="refuse">b</button></form>
    <form method="post" id="one"><input id="only"><button>c</button></form>`)"""


def test_enter_in_a_form_with_two_ways_out_takes_neither(open_as: Open) -> None:
    """The browser would press the first button, which may say the contrary of the reason that was typed."""
    page, sent = open_as("county"), []
    page.goto("/village/")
    page.evaluate(TWO_WAYS)
    page.on("request", lambda request: sent.append(request.method))
    page.fill("#why", "不对")
    page.press("#why", "Enter")
    page.wait_for_timeout(300)
    assert (sent, page.input_value("#why")) == ([], "不对")
    page.press("#only", "Enter")
    page.wait_for_load_state()
    assert "POST" in sent
