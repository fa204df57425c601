"""Tables sent in on the desk: previewed first, accepted by whom it behoves, and nothing a file can do breaks a page."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doudi.access.scope import as_engine
from doudi.register import uploads
from doudi.register.demo import accounts
from doudi.register.importing.county_profiles import ImportProfile
from doudi.register.intakes import Intake
from doudi.register.persons import Person
from doudi.register.uploads import Upload
from doudi.trail import jobs
from doudi.values.refusals import Refusal

VILLAGE = "510921110212"
NOW = datetime.datetime(2020, 2, 28, 4, tzinfo=datetime.UTC)
HEADER = "户编号,村代码,户主姓名,姓名,与户主关系,性别,是否低保户"
GOOD = f"NEW-1,{VILLAGE},王德顺,王德顺,户主,男,是"
BAD = f"NEW-2,{VILLAGE},李四,李四,户主,男,也许"


def send(client: Client, *lines: str, name: str = "花名册.csv", about: str = "2020-02-20", **more: Any) -> Any:
    data = more.pop("data", "\r\n".join(lines).encode())
    return client.post("/imports/", {"file": SimpleUploadedFile(name, data), "about": about, **more})


def latest() -> Upload:
    from django.db import transaction

    with transaction.atomic(), as_engine():
        return Upload.objects.order_by("-id")[0]


def preview(client: Client, *lines: str, **more: Any) -> tuple[str, str]:
    """Send a table and make its preview; its address and page."""
    answer = send(client, *lines, **more)
    assert answer.status_code == 302, answer.content.decode()
    jobs.drain()
    return answer["Location"], client.get(answer["Location"]).content.decode()


def test_a_table_is_previewed_then_accepted_whole(county: Client) -> None:
    answer = send(county, HEADER, GOOD, BAD)
    place = answer["Location"]
    waiting = county.get(place).content.decode()
    assert "hx-get" in waiting
    part = county.get(place, headers={"HX-Request": "true", "HX-Target": "import-progress"})
    assert "HX-Refresh" not in part
    jobs.drain()
    assert county.get(place, headers={"HX-Request": "true", "HX-Target": "import-progress"})["HX-Refresh"] == "true"
    page = county.get(place).content.decode()
    assert "表里 2 行" in page
    assert "新增 1 + 有变化 0 + 相同 0 + 待核实 0 + 不能收 1" in page
    refused = county.get(place + "?state=refused").content.decode()
    assert "是否低保户" in refused
    assert "不是“是”或“否”" in refused
    with as_engine():
        assert not Person.objects.filter(name="王德顺", household__code="NEW-1").exists()
    assert county.post(place + "accept/").status_code == 302
    with as_engine():
        assert Person.objects.filter(name="王德顺", household__code="NEW-1").exists()
    assert "收下。" in county.get(place).content.decode()
    assert Intake.objects.get(sha256=latest().sha256).counts["refused"] == 1
    assert county.post(place + "accept/").status_code == 422  # a double click writes nothing twice


def test_what_a_spreadsheet_hides_is_told(county: Client) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, hidden = book.add_worksheet("花名册"), book.add_worksheet("旧表")
        for number, line in enumerate((HEADER, GOOD, GOOD.replace("NEW-1", "NEW-3"))):
            sheet.write_row(number, 0, line.split(","))
        sheet.set_row(2, None, None, {"hidden": True})
        hidden.hide()
    _place, page = preview(county, data=out.getvalue(), name="花名册.xlsx")
    assert "表里 2 行" in page
    assert "隐藏、也照样读了的行(1 行):3" in page
    assert "隐藏的工作表没有读:旧表" in page


def test_what_stays_out_comes_back_with_why_in_front(county: Client) -> None:
    place, page = preview(county, HEADER, GOOD, BAD)
    assert place + "problems.xlsx" in page
    book = b"".join(county.get(place + "problems.xlsx").streaming_content)  # type: ignore[attr-defined]
    import python_calamine

    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert rows[0][3:] == HEADER.split(",")
    assert rows[1][:2] == ["3", "refused"]
    assert rows[1][3:] == BAD.split(",")
    text = b"".join(county.get(place + "problems.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "也许" in text
    assert county.get(place + "problems.exe").status_code == 404


def test_a_change_is_shown_cell_by_cell_with_its_household(county: Client) -> None:
    place, _ = preview(county, HEADER, GOOD)
    county.post(place + "accept/")
    _, page = preview(county, HEADER, GOOD.replace(",是", ",否"), about="2020-02-21")
    assert 'href="/households/NEW-1/"' in page
    assert "<strong>是否低保户</strong>:" in page
    assert "是</span> → 否" in page


def test_the_same_file_again_says_who_took_it_in(county: Client) -> None:
    place, _ = preview(county, HEADER, GOOD)
    county.post(place + "accept/")
    again, page = preview(county, HEADER, GOOD)
    assert "同一份文件已由 county 于" in page
    assert county.post(again + "accept/").status_code == 422
    _, older = preview(county, HEADER, GOOD, about="2020-02-19")
    assert "2020-02-20 的表已经收下过" in older


def test_a_preview_the_register_has_left_behind_is_made_anew(county: Client) -> None:
    first, _ = preview(county, HEADER, GOOD)
    second, _ = preview(county, HEADER, GOOD.replace("NEW-1", "NEW-9").replace("王德顺", "王九"))
    county.post(first + "accept/")
    assert "登记册在预览之后有过变动" in county.get(second).content.decode()
    assert county.post(second + "accept/")["Location"].endswith("?recomputed=1")
    assert latest().state == uploads.READING
    jobs.drain()
    county.post(second + "accept/")
    assert latest().state == uploads.ACCEPTED


def test_a_town_clerk_previews_their_own_town_and_accepts_nothing(
    reading_as: Any, county: Client, codes: dict[str, str]
) -> None:
    town = reading_as("town")
    place, page = preview(town, HEADER, GOOD, f"{codes['far']},,,赵六,户主,男,否")
    assert "由县级干部收下" in page
    assert "登记册在预览之后有过变动" not in page
    assert "不在您的职责范围内" in town.get(place + "?state=held").content.decode()
    assert town.post(place + "accept/").status_code == 403
    assert "王德顺" in county.get(place + "?state=new").content.decode()
    county_place, _ = preview(county, HEADER, GOOD)
    assert town.get(county_place).status_code == 404  # the county's table is not the town's


@pytest.mark.parametrize("role", ["village", "helper", "auditor", "bureau"])
def test_who_takes_nothing_in_sees_no_import(role: str, reading_as: Any) -> None:
    reader = reading_as(accounts.HELPER if role == "helper" else role)
    assert [reader.get("/imports/").status_code, send(reader, HEADER, GOOD).status_code] == [403, 403]


def test_another_reading_is_asked_for_and_a_wrong_one_refused_as_typed(county: Client) -> None:
    place, _ = preview(county, HEADER, GOOD)
    answer = county.post(place + "again/", {"profile": "nowhere", "about": "2099-01-01", "source": "rumour"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="2099-01-01"' in page
    assert page.count("field-error") == 3
    assert (
        county.post(place + "again/", {"profile": "roster", "about": "2020-02-18", "source": "village"}).status_code
        == 302
    )
    jobs.drain()
    page = county.get(place).content.decode()
    assert "情况是 2020-02-18 的" in page
    assert "纸质户档" in page


def test_a_failed_preview_says_why_and_can_be_tried_again(county: Client) -> None:
    answer = send(county, "a,b,c", "1,2,3")
    jobs.drain()
    page = county.get(answer["Location"]).content.decode()
    assert "认不出这是什么表" in page
    assert "再试一次" in page
    assert "columns/" in page
    assert county.post(answer["Location"] + "again/", {"about": "2020-02-20"}).status_code == 302


def test_a_discarded_table_leaves_no_file(county: Client) -> None:
    place, _ = preview(county, HEADER, GOOD)
    folder = latest().folder
    assert folder.is_dir()
    assert county.post(place + "discard/").status_code == 302
    assert not folder.exists()
    assert county.post(place + "accept/").status_code == 422


def test_an_unknown_table_is_explained_column_by_column_and_known_ever_after(county: Client) -> None:
    lines = ["家庭号,所在村,当家人,娃他爹,身板,打工挣(万元)", "U-1,青杠村,王德顺,王德顺,硬朗,1.2"]
    place, _ = preview(county, *lines)
    form = county.get(place + "columns/").content.decode()
    assert "娃他爹" in form
    said = {"title": "乡里的表", "name": "xiang", "source": "paper", "year": "last", "complete": "1", "unit-5": "万元"}
    means = ["户:户编号", "村:村名", "户:户主姓名", "人:姓名", "人:健康状况", "户:工资性收入(元)"]
    said |= {f"means-{number}": words for number, words in enumerate(means)}
    asked = county.post(place + "columns/", said)
    assert asked.status_code == 422
    assert "“硬朗”指" in asked.content.decode()
    assert 'value="乡里的表"' in asked.content.decode()
    saved = county.post(place + "columns/", {**said, "word-4-0": "硬朗", "code-4-0": "healthy"})
    assert saved.status_code == 302, saved.content.decode()
    jobs.drain()
    assert "新增 1" in county.get(place).content.decode()
    assert len(ImportProfile.objects.get(pk="xiang").sha256) == 64
    county.post(place + "accept/")
    with as_engine():
        from doudi.register.beliefs import Belief

        person = Person.objects.get(name="王德顺", household__code="U-1")
        assert Belief.objects.get(subject_kind="person", subject_id=person.pk).facts["health"] == "healthy"
        house = Belief.objects.get(subject_kind="household", subject_id=person.household_id)
        assert house.facts["wage_income@2019"] == 1_200_000
    _, page = preview(county, *[line.replace("U-1", "U-2").replace("王德顺", "孙七") for line in lines])
    assert "乡里的表" in page
    assert county.get("/imports/profiles/xiang/").status_code == 200


WRONG_COLUMNS = {
    "no household": ({"means-0": ""}, "要有一列是户编号"),
    "no such meaning": ({"means-3": "胡说"}, "没有“胡说”这一项"),
    "one meaning twice": ({"means-2": "户:户编号"}, "是同一项"),
    "a unit of something else": ({"unit-3": "亩"}, "不能用于这一项"),
    "a name that is none": ({"name": "../x"}, "方案名用小写字母"),
    "a shipped name": ({"name": "national"}, "系统自带"),
}


@pytest.mark.parametrize("case", WRONG_COLUMNS)
def test_a_wrong_explanation_is_told_at_its_field(case: str, county: Client) -> None:
    changed, word = WRONG_COLUMNS[case]
    place, _ = preview(county, "甲,乙,丙,丁", "1,2,3,4")
    said = {"title": "t", "name": "abc", "source": "paper", "means-0": "户:户编号", "means-3": "人:姓名", **changed}
    answer = county.post(place + "columns/", said)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not ImportProfile.objects.filter(pk="abc").exists()


NAMES = {
    "../../x.csv": "x.csv", "a/b\\c.csv": "c.csv", "CON": "CON", "\u202egpj.csv": "gpj.csv", "换\n行.csv": "换行.csv",
    "长" * 300 + ".csv": "长" * 196 + ".csv", "<img src=x>.csv": "<img src=x>.csv", "...": "table",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_ever_text(name: str, county: Client, tmp_path: Any) -> None:
    assert uploads.shown_name(name) == NAMES[name]
    send(county, HEADER, GOOD, name=name)
    sent = latest()
    assert sent.folder.parent == uploads.quarantine()
    assert len(sent.stored) == 32
    assert sorted(path.name for path in sent.folder.iterdir()) == ["original"]
    page = county.get("/imports/").content.decode()
    assert "<img src=x" not in page


def workbook(**more: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, more) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "户编号")
        sheet.write(1_048_575, 16_383, "x")
    return out.getvalue()


DOORS = {
    "empty.csv": b"", "blank.csv": b"\r\n \r\n", "bytes.csv": bytes(range(256)) * 100, "page.xlsx": b"<html></html>",
    "sparse.xlsx": workbook(), "zip.xlsx": b"PK\x03\x04junk", "header.csv": HEADER.encode(),
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999,
}  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
def test_a_hostile_file_is_refused_in_words_at_the_door_or_in_its_preview(name: str, county: Client) -> None:
    before = Intake.objects.count()
    answer = send(county, name=name, data=DOORS[name])
    if answer.status_code == 302:
        jobs.drain()
        page = county.get(answer["Location"])
        assert page.status_code == 200
        assert county.post(answer["Location"] + "accept/").status_code == 422
    else:
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode()
    assert Intake.objects.count() == before


ASKED = ["?state=nowhere", "?page=-1", "?page=1e9", "?page=999999999", "?page=%00", "?state=%F0%28"]


@pytest.mark.parametrize("query", ASKED)
def test_no_question_breaks_the_preview(query: str, county: Client) -> None:
    place, _ = preview(county, HEADER, GOOD)
    assert county.get(place + query).status_code == 200
    assert county.get(f"/imports/{'9' * 30}/").status_code == 404
    assert county.get("/imports/x/").status_code == 404
    assert [county.get(f"/imports/profiles/{name}/").status_code for name in ("%00", "x" * 99, "nowhere")] == [404] * 3


@pytest.mark.parametrize("about", ["", "2020-02-30", "2099-01-01", "x" * 99, "02/03/2020"])
def test_a_day_that_is_none_is_told_at_its_field(about: str, county: Client) -> None:
    answer = send(county, HEADER, GOOD, about=about)
    assert answer.status_code == 422
    assert 'id="about-error"' in answer.content.decode()


def test_no_file_is_told_at_its_field(county: Client) -> None:
    answer = county.post("/imports/", {"about": "2020-02-20"})
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.content.decode()


def test_what_another_tab_closed_stays_closed(county: Client) -> None:
    preview(county, HEADER, GOOD)
    with as_engine():
        early, late = latest(), latest()
        uploads.accept(early, by="county", now=NOW)
        with pytest.raises(Refusal, match="已经处理过"):
            uploads.discard(late, by="county", now=NOW)
        with pytest.raises(Refusal, match="已经处理过"):
            uploads.look_again(latest_as(late), by="county")
    assert (latest().state, latest().intake_id is None) == ("accepted", False)


def latest_as(upload: Upload) -> Upload:
    """The row as a tab opened before it was closed."""
    upload.state = "ready"
    return upload


def test_a_preview_no_longer_wanted_opens_nothing_again(county: Client) -> None:
    send(county, HEADER, GOOD)
    with as_engine():
        sent = latest()
        assert uploads.awaits(sent, sent.key)
        uploads.look_again(latest(), by="county", source="village")
        assert not uploads.awaits(sent, f"upload-{sent.pk}-1"), "it was to be read otherwise meanwhile"
        uploads.discard(latest(), by="county", now=NOW)
        assert not uploads.awaits(sent, sent.key)
    assert latest().state == "discarded"


def test_who_answers_for_a_part_of_a_tables_places_does_not_see_it(county: Client, someone: Any) -> None:
    place, _page = preview(county, HEADER, GOOD)
    with as_engine():
        Upload.objects.filter(pk=latest().pk).update(place_code="510921110000", places=["510921110", "510921100"])
    client = Client()
    client.force_login(someone("town_clerk", "510921110"))
    assert client.get(place).status_code == 404
    assert client.post(place + "discard/").status_code == 404
    assert client.get(place + "problems.xlsx").status_code == 404


def test_a_town_sees_the_tables_of_its_own_places_only(county: Client, reading_as: Any) -> None:
    place, _page = preview(county, HEADER, GOOD, name="全县花名册.csv")
    assert county.post(place + "accept/").status_code == 302
    mine, _page = preview(reading_as("town"), HEADER, GOOD.replace("NEW-1", "NEW-9"), name="本镇花名册.csv")
    assert county.post(mine + "accept/").status_code in (302, 422)
    town, whole = (client.get("/imports/").content.decode() for client in (reading_as("town"), county))
    assert "全县花名册" in whole
    assert "全县花名册" not in town
    assert "本镇花名册" in town


def test_a_childs_name_in_a_preview_is_partly_shown_to_who_reads_no_childrens_names(county: Client) -> None:
    header = "户编号,村代码,户主姓名,姓名,与户主关系,性别,证件号码"
    child = f"NEW-1,{VILLAGE},王德顺,王小娃,之子,男,{number_of('20150301')}"
    grown = f"NEW-1,{VILLAGE},王德顺,王大壮,之子,男,{number_of('19850301')}"
    _place, page = preview(county, header, child, grown, about="2020-02-20")
    assert "王大壮" in page
    assert "王小娃" not in page
    assert "王**" in page


def number_of(born: str) -> str:
    from doudi.values import idnumbers

    body = f"510921{born}101"
    weights = [pow(2, 17 - at, 11) for at in range(17)]
    last = (12 - sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11) % 11
    whole = body + "0123456789X"[last]
    assert idnumbers.read(whole).birth_date is not None
    return whole
