"""Files out and in again in a real browser: a table changed by two, and refused rows that go in on the second try."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

Open = Callable[..., Any]
VILLAGE = "510921110212"
WAGE = "工资性收入"
LONG = 60_000  # ms: a background job on a busy machine


def rows_of(file: Path, sheet: int = 0) -> list[list[Any]]:
    return list(python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(sheet).to_python())


def saved(file: Path, rows: list[list[Any]], name: str) -> Path:
    """The rows as a spreadsheet saves them anew: no format, no comment, no hidden column kept."""
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for at, value in enumerate(row):
                if value not in ("", None):
                    sheet.write(number, at, value)
    return file


def downloaded(page: Any, folder: Path, link: Any) -> Path:
    with page.expect_download() as download:
        link.click()
    place = folder / download.value.suggested_filename
    download.value.save_as(place)
    return place


def taken_out(page: Any, folder: Path, colleague: Any) -> list[list[Any]]:
    """The village's households with their wages, to be changed in a spreadsheet and sent again."""
    page.goto(f"/exports/new/?list=households&village={VILLAGE}")
    for summary in page.locator("form details summary").all():
        summary.click()
    page.check("input[name=fact][value='household.wage_income@2019']")
    page.check("input[name=comes_back]")
    page.fill("#reason", "核对工资收入")
    page.get_by_role("button", name=re.compile("^(导出|提交申请)$")).click()
    page.wait_for_url(re.compile(r"/exports/\d+/"))
    if page.get_by_text("要另一人同意").count():
        colleague.goto(page.url)
        colleague.get_by_role("button", name="同意导出").click()
        colleague.wait_for_load_state()
        page.reload()
    link = page.get_by_role("link", name=re.compile("下载"))
    link.wait_for(timeout=LONG)
    return rows_of(downloaded(page, folder, link))


def sent_back(page: Any, file: Path) -> None:
    page.goto("/exports/return/")
    page.set_input_files("#file", file)
    page.select_option("#source", "field")
    page.get_by_role("button", name="上传比对").click()
    page.locator("#sum-head").wait_for(timeout=LONG)


def test_a_table_changed_by_two_comes_back_cell_by_cell(open_as: Open, complaints: list[str], tmp_path: Path) -> None:
    one, other = open_as("county"), open_as("county2")
    mine, theirs = taken_out(one, tmp_path, other), taken_out(other, tmp_path, one)
    wage = next(at for at, word in enumerate(mine[0]) if str(word).startswith(WAGE))
    filled = [number for number, row in enumerate(mine) if number and row[wage] not in ("", None)]
    assert len(filled) >= 2, "two households of the village have wages"
    both, alone = filled[:2]
    before = mine[both][wage]

    theirs[both][wage] = before + 500
    sent_back(other, saved(tmp_path / "theirs.xlsx", theirs, "农户"))
    other.get_by_role("button", name="确认并记录").click()
    other.locator(".notice.good", has_text="1 处改动").wait_for(timeout=LONG)

    mine[both][wage], mine[alone][wage] = before + 900, mine[alone][wage] + 12.5
    sent_back(one, saved(tmp_path / "mine.xlsx", mine, "农户"))
    assert "1 处可以记录,1 处两边都改过" in one.locator("section [role=status]").inner_text()
    change = one.locator("[aria-labelledby=change-head] tbody tr")
    assert change.count() == 1
    assert str(mine[alone][0]) in change.inner_text()
    clash = one.locator("fieldset.question")
    assert clash.count() == 1
    told = clash.inner_text().replace(",", "")
    assert all(f"{value:g}" in told for value in (before, before + 500, before + 900)), told
    one.get_by_role("button", name="确认并记录").click()  # without a choice the browser sends nothing
    assert one.locator("fieldset.question").count() == 1
    clash.locator("input[value=mine]").check()
    one.get_by_role("button", name="确认并记录").click()
    one.locator(".notice.good", has_text="2 处改动").wait_for(timeout=LONG)

    sent_back_again = one.get_by_text("同一份文件已于")
    one.set_input_files("#file", tmp_path / "mine.xlsx")
    one.get_by_role("button", name="上传比对").click()
    sent_back_again.wait_for(timeout=LONG)
    assert complaints == []


HEADINGS = ["年度", "行政村编号", "户编号", "户主姓名", "人口编号", "姓名", "与户主关系", "出生日期", "是否享受低保"]


def person(household: str, name: str, village: str, born: str) -> list[str]:
    return ["2019", village, household, name, f"{household}1", name, "户主", born, "是"]


def previewed(page: Any, file: Path) -> None:
    page.goto("/imports/")
    page.set_input_files("#file", file)
    page.fill("#about", "2020-02-26")
    page.get_by_role("button", name="上传并预览").click()
    page.locator("#sum-head").wait_for(timeout=LONG)


def test_refused_rows_of_a_national_file_go_in_on_the_second_try(
    open_as: Open, complaints: list[str], tmp_path: Path
) -> None:
    page = open_as("county")
    first = tmp_path / "国扶导出.csv"
    with first.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([
            HEADINGS,
            person("5109219901", "钱一来", VILLAGE, "19700506"),
            person("5109219902", "孙二来", "510921110999", "19710203"),
            person("5109219903", "李三来", VILLAGE, "19700231"),
        ])  # fmt: skip
    previewed(page, first)
    assert "国扶系统导出表" in page.locator("main").inner_text()
    page.get_by_role("button", name=re.compile("收下这 1 行")).click()
    page.locator(".notice.good").wait_for(timeout=LONG)

    back = rows_of(downloaded(page, tmp_path, page.get_by_role("link", name="xlsx")))
    assert [row[at] for row in back[1:] for at, word in enumerate(back[0]) if word == "姓名"] == ["孙二来", "李三来"]
    village, born = back[0].index("行政村编号"), back[0].index("出生日期")
    back[1][village], back[2][born] = VILLAGE, "19700228"
    previewed(page, saved(tmp_path / "改好的.xlsx", back, "未收下的行"))
    page.get_by_role("button", name=re.compile("收下这 2 行")).click()
    page.locator(".notice.good").wait_for(timeout=LONG)
    for name in ("钱一来", "孙二来", "李三来"):
        page.goto(f"/households/?q={name}")
        assert page.locator("#results tbody tr", has_text=name).count() == 1, name
    assert complaints == []


def check_sheets(page: Any, folder: Path) -> list[list[Any]]:
    """The check sheets of the village's first group, as they are given out."""
    page.goto("/village/paper/")
    page.select_option("#book-group", index=1)
    return rows_of(downloaded(page, folder, page.get_by_role("button", name=re.compile("^下载核实表"))))


def test_check_sheets_go_out_and_come_back_filled_in(open_as: Open, complaints: list[str], tmp_path: Path) -> None:
    page = open_as("village")
    heading, *rows = check_sheets(page, tmp_path)
    number, filled, item = (heading.index(word) for word in ("表号", "填写", "项目编号"))
    one, two = list(dict.fromkeys(row[number] for row in rows))[:2]
    went = {"on": "2020-02-26", "spoken_by": "演示村干部", "reached": "3", "reached_whom": "1", "agrees": "1"}
    for row in rows:
        if row[number] in (one, two):
            row[filled] = went.get(row[item], "")
        if row[number] == two and row[item] == "reached":
            row[filled] = "托梦"
    page.set_input_files("#file-book", saved(tmp_path / "填好.xlsx", [heading, *rows], "入户核实表"))
    page.locator("form[action*=bring]", has=page.locator("#file-book")).locator("button").click()
    page.get_by_role("heading", name="收下会怎样").wait_for()
    assert "“托梦”读不懂" in page.locator("tbody tr").first.inner_text(), "what is wrong stands before what goes along"
    page.get_by_role("button", name=re.compile("收下这 5 行")).click()
    page.locator(".notice.good").wait_for()
    code = one.partition("/")[0]
    page.goto("/village/paper/")
    page.fill("#code", one)
    page.get_by_role("button", name="打开").click()
    page.get_by_role("heading", name="录入核实表").wait_for()
    page.goto("/village/checks/")
    assert code in page.locator("main").inner_html()
    assert complaints == []
