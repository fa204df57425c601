"""The pages of projects: seen by whom it concerns, refused in words at the field, nothing half-written."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.db import transaction
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from doudi.access.scope import as_engine
from doudi.funds.demo.money import card
from doudi.projects import disbursements, outlooks
from doudi.projects.projects import Project
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
DAY = RUN_DAY.isoformat()


def every() -> list[outlooks.Outlook]:
    with transaction.atomic(), as_engine():
        return outlooks.of(list(Project.objects.all()), on=RUN_DAY)


def one_that(fits: Callable[[outlooks.Outlook], bool]) -> Project:
    return next(each.project for each in every() if fits(each))


def fresh(project: Project) -> Project:
    with transaction.atomic(), as_engine():
        return Project.objects.get(pk=project.pk)


def send(client: Client, route: str, project: Project, **fields: str) -> Any:
    return client.post(reverse(route, args=[project.code]), {"on": DAY, **fields})


@pytest.fixture
def going(county: Client) -> Project:
    return one_that(lambda each: each.standing == "under_way" and each.project.allowed_fen > each.project.out_fen)


@pytest.mark.parametrize(
    ("reader", "status"),
    [("county", 200), ("town", 200), ("village", 200), ("bureau", 200), ("supervisor", 200), ("auditor", 200),
     ("bank", 403), ("helper", 403), ("admin", 403)],
)  # fmt: skip
def test_the_list_is_read_by_whom_it_concerns(reading_as: Open, reader: str, status: int) -> None:
    assert reading_as(reader).get("/works/").status_code == status


def test_a_town_sees_its_own_projects_and_no_others(reading_as: Open) -> None:
    town = reading_as("town")
    far = one_that(lambda each: not each.project.place_code.startswith("510921110"))
    assert town.get(reverse("work", args=[far.code])).status_code == 404
    assert town.get(reverse("work", args=["XM-99999"])).status_code == 404
    shown = town.get("/works/").content.decode()
    assert far.code not in shown


def test_every_project_has_its_page_and_the_charts_are_there(county: Client) -> None:
    for each in every():
        page = county.get(reverse("work", args=[each.project.code]))
        assert page.status_code == 200
        assert each.project.name in page.content.decode()
    charts = county.get("/works/charts/").content.decode()
    assert charts.count("<svg") > sum(each.project.started_on is not None for each in every())


def test_a_late_one_stands_in_the_list_of_late_ones(county: Client) -> None:
    late = {each.project.code for each in every() if each.late}
    assert late
    shown = county.get("/works/?late=on").content.decode()
    assert {each.project.code for each in every() if each.project.code in shown.partition("list-head")[2]} == late


def test_progress_is_reported_by_one_and_accepted_by_another(reading_as: Open, going: Project) -> None:
    bureau, county = reading_as("bureau"), reading_as("county")
    more = str((going.accepted_bp + 100) / 100)
    assert send(bureau, "work-act", going, act="report", done=more, basis="value").status_code == 302
    with transaction.atomic(), as_engine():
        report = going.reports.get(state="waiting", day=RUN_DAY)
    own = send(bureau, "work-decide", going, act="decide-report", number=str(report.pk), verdict="yes")
    assert own.status_code == 403
    assert (
        send(county, "work-decide", going, act="decide-report", number=str(report.pk), verdict="yes").status_code == 302
    )
    assert fresh(going).accepted_bp == going.accepted_bp + 100


def test_money_goes_through_three_hands(reading_as: Open, going: Project) -> None:
    left = going.allowed_fen - going.out_fen
    asked = send(reading_as("bureau"), "work-act", going, act="ask", sum=f"{left / 100:.2f}", note="按进度")
    assert asked.status_code == 302
    with transaction.atomic(), as_engine():
        made = going.disbursements.latest("id")
        payment = disbursements.payments_of([made])[made.pk]
    assert payment.made_by == "bureau"
    county = reading_as("county")
    shown = county.get(reverse("work", args=[going.code])).content.decode()
    assert payment.reference in shown
    assert going.code in county.get(reverse("payment", args=[payment.pk])).content.decode()
    assert county.post("/money/payments/check/", {"payment": payment.pk}).status_code == 302
    assert fresh(going).out_fen == fresh(going).allowed_fen
    refuse = {"act": "refuse-sum", "number": str(made.pk)}
    assert send(county, "work-decide", going, **refuse).status_code == 422
    assert send(county, "work-decide", going, **refuse, answer="发票未到").status_code == 302
    assert fresh(going).out_fen == going.out_fen
    with transaction.atomic(), as_engine():
        assert disbursements.payments_of([made])[made.pk].state == "stopped"


def test_a_wrong_account_is_told_and_not_shown_again(reading_as: Open, going: Project) -> None:
    typed = {"act": "account", "bank": "县农商行", "account": "6228480900000000011"}
    answer = send(reading_as("county"), "work-decide", going, **typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="县农商行"' in page
    assert typed["account"] not in page
    good = {**typed, "account": card(799_999_990)}
    assert send(reading_as("bureau"), "work-decide", going, **good).status_code == 403
    assert send(reading_as("county"), "work-decide", going, **good).status_code == 302
    assert (
        f"**** {good['account'][-4:]}" in reading_as("bureau").get(reverse("work", args=[going.code])).content.decode()
    )


def test_a_fen_too_much_comes_back_with_what_was_typed(reading_as: Open, going: Project) -> None:
    typed = f"{(going.allowed_fen - going.out_fen + 1) / 100:.2f}"
    answer = send(reading_as("bureau"), "work-act", going, act="ask", sum=typed, note="多一分")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "最多还能申请" in page
    assert f'value="{typed}" aria-invalid="true"' in page
    assert 'value="多一分"' in page
    assert fresh(going).out_fen == going.out_fen


NASTY = ("", "-1", "1e9", "NaN", "१२", "9" * 40, "<script>", "0x10", "1,2", "\u202e5", "2020-02-30", "a\x00b")


@pytest.mark.parametrize(
    ("route", "fields", "field"),
    [
        ("work-act", {"act": "report", "basis": "value"}, "done"), ("work-act", {"act": "ask"}, "sum"),
        ("work-act", {"act": "slip", "which": "works", "reason": "封路"}, "new"),
        ("work-act", {"act": "prepare", "what": "砂", "unit": "吨", "due": "2020-03-03"}, "quantity"),
        ("work-act", {}, "act"), ("work-decide", {"act": "decide-report", "verdict": "yes"}, "number"),
        ("work-decide", {"act": "decide-slip", "number": "1"}, "verdict"), ("work-check", {}, "disinfected"),
        ("work-act", {"act": "contract", "contractor": "甲", "contract_days": "9"}, "contract_fen"),
        ("work-act", {"act": "start"}, "on"),
    ],
)  # fmt: skip
def test_nasty_input_is_told_and_writes_nothing(
    county: Client, going: Project, route: str, fields: dict[str, str], field: str
) -> None:
    from doudi.trail.commands import Command

    before = Command.objects.filter(verb__startswith="projects.").count()
    for text in NASTY:
        answer = send(county, route, going, **{**fields, field: text})
        assert answer.status_code == 422, (field, text)
        assert "data-focus" in answer.content.decode(), "the message takes the focus"
    assert Command.objects.filter(verb__startswith="projects.").count() == before


def test_a_new_project_is_registered_and_a_wrong_one_keeps_what_was_typed(county: Client) -> None:
    fields = {
        "code": "N-1", "name": "新路", "kind": "road", "owner": "村委会", "bureau": "县交通局", "place": "510921110212",
        "planned": "120000", "works_due": "2020-06-30", "money_due": "2020-08-31",
    }  # fmt: skip
    wrong = county.post("/works/new/", {**fields, "planned": "十二万"})
    assert wrong.status_code == 422
    assert 'value="十二万" aria-invalid="true"' in wrong.content.decode()
    assert county.post("/works/new/", fields).status_code == 302
    assert county.get("/works/projects/N-1/").status_code == 200


# -- tables in and out


def table(rows: list[list[Any]]) -> io.BytesIO:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    out.seek(0)
    out.name = "week.xlsx"
    return out


def rows_of(answer: Any) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def upload(client: Client, rows: list[list[Any]], kind: str = "progress") -> Any:
    return client.post("/works/import/", {"kind": kind, "file": table(rows)})


HEAD = ["项目编号", "截至日期", "累计进度(%)", "口径", "说明", "倒退原因"]


def test_the_weeks_form_comes_back_filled_in_and_is_taken_in_once(county: Client) -> None:
    sent = county.get("/works/export/?kind=progress")
    assert sent["Content-Type"].endswith("sheet")
    rows = rows_of(sent)
    for row in rows[1:]:
        row[1], row[2] = DAY, float(row[7]) + 1
    made = upload(county, rows)
    assert made.status_code == 302
    page = county.get(made["Location"]).content.decode()
    assert f"新增 {len(rows) - 1}" in page
    assert county.post(made["Location"] + "accept/").status_code == 302
    assert county.post(made["Location"] + "accept/").status_code == 422
    with transaction.atomic(), as_engine():
        from doudi.projects.reports import Report

        assert Report.objects.filter(day=RUN_DAY, state="waiting").count() == len(rows) - 1


def test_a_bad_row_stays_out_and_goes_back_with_its_reason(county: Client, going: Project) -> None:
    good = [going.code, DAY, going.accepted_bp / 100 + 1, "按产值", "", ""]
    made = upload(
        county, [HEAD, good, [going.code, DAY, 50, "按产值", "", ""], ["XM-none", DAY, "很多", "按产值", "", ""]]
    )
    page = county.get(made["Location"]).content.decode()
    assert "不能收 2" in page
    assert "没有这个编号的项目" in page
    assert county.post(made["Location"] + "accept/").status_code == 302
    assert "没有这个编号的项目" in str(rows_of(county.get(made["Location"] + "refused/")))
    with transaction.atomic(), as_engine():
        assert going.reports.filter(day=RUN_DAY).count() == 1


def test_a_table_of_bad_rows_writes_nothing(county: Client, going: Project) -> None:
    made = upload(county, [HEAD, [going.code, DAY, "很多", "按产值", "", ""]])
    told = county.post(made["Location"] + "accept/")
    assert told.status_code == 422
    assert "第 2 行" in told.content.decode()
    assert county.post(made["Location"] + "discard/").status_code == 302
    with transaction.atomic(), as_engine():
        assert not going.reports.filter(day=RUN_DAY).exists()


def test_the_exported_list_comes_back_as_the_same(county: Client) -> None:
    sent = county.get("/works/export/")
    rows = rows_of(sent)
    page = county.get(upload(county, rows, "projects")["Location"]).content.decode()
    assert f"相同 {len(rows) - 1} + 不能收 0" in page


@pytest.mark.parametrize("body", [b"", b"<html>", b"PK\x03\x04broken", b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_what_is_no_such_table_is_refused_in_words(county: Client, body: bytes) -> None:
    file = io.BytesIO(body)
    file.name = "week.csv"
    answer = county.post("/works/import/", {"kind": "progress", "file": file})
    assert answer.status_code == 422
    assert "data-focus" in answer.content.decode()


def test_the_sheet_of_a_bureau_is_drawn(reading_as: Open) -> None:
    answer = reading_as("auditor").get("/works/paper/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert reading_as("town").get("/works/paper/").status_code == 403


def test_the_form_begins_with_the_days_of_the_policy(county: Client) -> None:
    page = county.get("/works/new/").content.decode()
    assert 'name="works_due" type="date" value="2020-06-30"' in page
    assert 'name="money_due" type="date" value="2020-08-31"' in page
