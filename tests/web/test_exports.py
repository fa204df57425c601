"""Tables that leave: with a reason, within the duty, a second person for many, one's own link, formula-safe."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from doudi.register.exporting import exports
from doudi.register.exporting.exports import Download, Export
from doudi.trail import jobs

VILLAGE = "510921110212"
WHY = {"reason": "报县防疫指挥部", "form": "xlsx"}
ReadingAs = Callable[[str], Client]


def asked(client: Client, query: str, **posted: Any) -> Export:
    answer = client.post(f"/exports/new/?{query}", {**WHY, **posted})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return found(re.findall(r"\d+", answer["Location"])[0])


def found(number: Any) -> Export:
    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine():
        return Export.objects.get(pk=number)


def sheets(client: Client, export: Export) -> dict[str, list[list[Any]]]:
    answer = client.get(f"/exports/{export.pk}/file/")
    assert answer.status_code == 200
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def listed(client: Client, query: str) -> int:
    """What the page of households says it lists."""
    page = client.get(f"/households/?{query}").content.decode()
    match = re.search(r"<strong>([\d,]+)</strong> 户", page)
    assert match
    return int(match[1].replace(",", ""))


@pytest.mark.parametrize("query", ["open=yes", "q=1&sort=-members", "measure=01_livelihood_award&state=yes"])
def test_the_table_holds_exactly_the_list(county: Client, query: str) -> None:
    query = f"village={VILLAGE}&{query}"
    export = asked(county, f"list=households&{query}")
    rows = sheets(county, export)["农户"]
    page = county.get(f"/households/?{query}").content.decode()
    on_page = re.findall(r'href="/households/(\d{12}-\d+)/', page)
    assert len(rows) - 1 == listed(county, query) == export.rows > 0
    assert [row[0] for row in rows[1:51]] == list(dict.fromkeys(on_page))


def test_the_filters_go_along_with_who_when_why_and_what_each_column_means(county: Client) -> None:
    export = asked(county, f"list=households&village={VILLAGE}", fact=["household.wage_income@2019"])
    sheet = {row[0]: row[1] for row in sheets(county, export)["筛选条件"]}
    assert (sheet["谁导出"], sheet["原因"], sheet["截至哪天"]) == ("county", WHY["reason"], "2020-02-27")
    assert sheet["村(社区)"] == "青杠村"
    assert f"village={VILLAGE}" in sheet["筛选网址"]
    assert sheet["行数"] == str(export.rows)
    assert "采信" in sheet["工资性收入 2019(元)"]


def test_without_a_reason_nothing_leaves_and_what_was_typed_stays(county: Client) -> None:
    typed = {"reason": " ", "form": "csv", "fact": ["household.wage_income@2019"]}
    answer = county.post(f"/exports/new/?list=households&village={VILLAGE}", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请写明导出原因" in page
    assert 'value="household.wage_income@2019" checked' in page
    assert 'value="csv" selected' in page


def test_numbers_leave_as_numbers_codes_as_text_and_money_in_yuan(county: Client) -> None:
    export = asked(county, f"list=households&village={VILLAGE}", fact=["household.wage_income@2019"])
    rows = sheets(county, export)["农户"]
    at = rows[0].index("工资性收入 2019(元)")
    assert {type(row[at]) for row in rows[1:] if row[at] != ""} == {float}
    assert all(isinstance(row[1], str) and len(row[1]) == 14 for row in rows[1:] if row[1] != "")


def test_csv_has_a_byte_order_mark(county: Client) -> None:
    export = asked(county, f"list=persons&village={VILLAGE}", form="csv", fact=["person.birth_date"])
    body = b"".join(county.get(f"/exports/{export.pk}/file/").streaming_content)
    assert body.startswith("\ufeff人口编号".encode())
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) - 1 == export.rows == export.persons


# -- scope and masking


def test_a_village_officers_table_holds_only_the_village_even_with_filters_made_by_hand(reading_as: ReadingAs) -> None:
    village = reading_as("village")
    export = asked(village, "list=households&town=510921110&sort=members")
    rows = sheets(village, export)["农户"]
    assert {row[4] for row in rows[1:]} == {"青杠村"}
    assert len(rows) - 1 == listed(village, "town=510921110")
    elsewhere = village.post("/exports/new/?list=persons&village=510921102701", WHY)
    assert elsewhere.status_code == 422
    assert "没有可导出的行" in elsewhere.content.decode()


def test_names_are_masked_where_the_duty_needs_none(reading_as: ReadingAs) -> None:
    auditor = reading_as("auditor")
    export = asked(auditor, f"list=persons&village={VILLAGE}")
    assert all(re.fullmatch(r".\*+", row[1]) for row in sheets(auditor, export)["人员"][1:])


@pytest.mark.parametrize("who", ["village", "auditor", "county"])
def test_no_identity_number_is_ever_in_a_list(reading_as: ReadingAs, who: str) -> None:
    client = reading_as(who)
    page = client.get(f"/exports/new/?list=persons&village={VILLAGE}").content.decode()
    assert "person.phone" not in page
    refused = client.post(f"/exports/new/?list=persons&village={VILLAGE}", {**WHY, "with_numbers": "1"})
    assert refused.status_code == 422
    export = asked(client, f"list=persons&village={VILLAGE}")
    assert not re.search(r"\d{17}[\dX]", repr(sheets(client, export)["人员"]))


def test_a_fact_the_duty_does_not_show_cannot_be_asked_for(reading_as: ReadingAs) -> None:
    village = reading_as("village")
    answer = village.post(f"/exports/new/?list=persons&village={VILLAGE}", {**WHY, "fact": ["person.health"]})
    assert answer.status_code == 422
    assert reading_as("bank").get("/exports/").status_code == 403
    assert reading_as("admin").get("/exports/new/?list=households").status_code == 403


# -- a second person


def test_more_than_five_hundred_persons_need_a_second_person(reading_as: ReadingAs) -> None:
    town, county = reading_as("county"), reading_as("supervisor")
    export = asked(town, "list=persons")
    assert export.persons > exports.ALONE
    assert export.state == exports.WAITING
    assert not export.path.exists()
    assert town.get(f"/exports/{export.pk}/file/").status_code == 422
    own = town.post(f"/exports/{export.pk}/answer/", {"decision": "approve"})
    assert own.status_code == 422
    assert "不能审批自己申请的导出" in own.content.decode()
    assert county.post(f"/exports/{export.pk}/answer/", {"decision": "approve"}).status_code == 302
    jobs.drain()
    assert county.get(f"/exports/{export.pk}/file/").status_code == 404
    assert len(sheets(town, export)["人员"]) - 1 == export.persons
    assert found(export.pk).approved_by == "supervisor"


def test_who_declines_says_why(reading_as: ReadingAs) -> None:
    county, supervisor = reading_as("county"), reading_as("supervisor")
    export = asked(county, "list=persons")
    silent = supervisor.post(f"/exports/{export.pk}/answer/", {"decision": "decline", "answer": ""})
    assert silent.status_code == 422
    supervisor.post(f"/exports/{export.pk}/answer/", {"decision": "decline", "answer": "范围太大"})
    assert "范围太大" in county.get(f"/exports/{export.pk}/").content.decode()
    late = supervisor.post(f"/exports/{export.pk}/answer/", {"decision": "approve"})
    assert late.status_code == 422


def test_the_database_itself_refuses_ones_own_word_and_a_file_nobody_allowed(county: Client, acting: str) -> None:
    from doudi.access.scope import as_engine

    export = asked(county, "list=persons")
    for broken in ({"approved_by": "county"}, {"sha256": "a" * 64}, {"state": exports.READY}, {"reason": ""}):
        with transaction.atomic(), as_engine(), pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(pk=export.pk).update(**broken)


def test_after_three_days_it_is_over(reading_as: ReadingAs, acting: str) -> None:
    from doudi.access.scope import as_engine

    county, supervisor = reading_as("county"), reading_as("supervisor")
    small, large = asked(county, f"list=households&village={VILLAGE}"), asked(county, "list=persons")
    assert small.expires_at - small.requested_at == datetime.timedelta(days=3)
    past = small.requested_at - datetime.timedelta(days=1)
    with transaction.atomic(), as_engine():
        Export.objects.filter(pk__in=[small.pk, large.pk]).update(expires_at=past)
    assert county.get(f"/exports/{small.pk}/file/").status_code == 422
    assert supervisor.post(f"/exports/{large.pk}/answer/", {"decision": "approve"}).status_code == 422
    assert "过期" in county.get(f"/exports/{small.pk}/").content.decode()


# -- links, log, trail


def test_a_link_belongs_to_who_asked(reading_as: ReadingAs) -> None:
    village = reading_as("village")
    export = asked(village, "list=households")
    for other in ("county", "town", "auditor", "supervisor"):
        assert reading_as(other).get(f"/exports/{export.pk}/file/").status_code == 404
    assert reading_as("town").get(f"/exports/{export.pk}/").status_code == 404
    for number in ("0", "999999999", "9" * 40, "x", "%00"):
        assert village.get(f"/exports/{number}/file/").status_code == 404


def test_each_fetching_is_noted_and_the_auditor_reads_it(reading_as: ReadingAs) -> None:
    from doudi.access.scope import as_engine

    village = reading_as("village")
    export = asked(village, "list=households")
    sheets(village, export)
    sheets(village, export)
    with transaction.atomic(), as_engine():
        assert [one.by for one in Download.objects.filter(export=export)] == ["village", "village"]
    log = reading_as("auditor").get("/exports/log/").content.decode()
    assert f"第 {export.pk} 号" in log
    assert reading_as("village").get("/exports/log/").status_code == 403


def test_a_duty_that_ended_no_longer_fetches(reading_as: ReadingAs, acting: str) -> None:
    from doudi.access.duties import Duty

    village = reading_as("village")
    export = asked(village, "list=households")
    duty = Duty.objects.get(user__username="village")
    duty.place_code = "510921110700"
    duty.save()
    assert village.get(f"/exports/{export.pk}/file/").status_code == 404


def test_the_file_is_closed_to_others_and_its_hash_is_kept(county: Client) -> None:
    export = asked(county, f"list=households&village={VILLAGE}")
    assert oct(export.path.stat().st_mode & 0o777) == "0o600"
    assert exports_hash(export.path) == export.sha256


def exports_hash(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


# -- differences and questions


def test_questions_leave_as_they_are_asked(reading_as: ReadingAs) -> None:
    village = reading_as("village")
    export = asked(village, "list=questions")
    jobs.drain()
    rows = sheets(village, export)["待答问题"]
    assert len(rows) - 1 == export.rows > 0


def test_the_page_of_differences_counts_what_the_table_lists(county: Client) -> None:
    page = county.get("/exports/differences/").content.decode()
    total = int(re.findall(r"<strong>([\d,]+)</strong> 处不同", page)[0].replace(",", ""))
    export = asked(county, "list=differences")
    assert export.rows == total > 0
    assert len(sheets(county, export)["差异清单"]) - 1 == total


@pytest.mark.parametrize("query", ["source=moon", "layout=x", "town=5"])
def test_a_difference_from_nobody_is_422(county: Client, query: str) -> None:
    assert county.get(f"/exports/differences/?{query}").status_code == 422


@pytest.mark.parametrize("query", ["list=moon", "list=households&wat=1", "list=households&village=x", "list=%00"])
def test_a_list_nobody_knows_is_told(county: Client, query: str) -> None:
    assert county.get(f"/exports/new/?{query}").status_code == 200
    assert county.post(f"/exports/new/?{query}", WHY).status_code == 422


def test_everything_is_written_down(county: Client) -> None:
    export = asked(county, f"list=households&village={VILLAGE}")
    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT operation, actor FROM trail_entry WHERE \"table\" = 'register_export' AND row = %s ORDER BY id",
            [str(export.pk)],
        )
        assert cursor.fetchall() == [("I", "county"), ("U", "county")]


def test_the_limit_of_persons_is_of_a_day_not_of_a_table(county: Client) -> None:
    """Three tables of a third of the limit and more: the third waits, as the whole at once would."""
    taken = 0
    while True:
        export = asked(county, f"list=households&village={VILLAGE}")
        if taken + export.persons > exports.ALONE:
            break
        assert (export.state, export.earlier) == (exports.READY, taken)
        taken += export.persons
    assert taken > 0
    assert (export.state, export.earlier) == (exports.WAITING, taken)
    assert (
        "今天独自导出的合计超过 500 人"
        in county.get(f"/exports/new/?list=households&village={VILLAGE}").content.decode()
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('doudi.actor', 'county', true), set_config('doudi.places', '510921', true)")
        cursor.execute("UPDATE register_export SET state = 'ready' WHERE id = %s", [export.pk])


def test_a_table_of_every_measure_is_not_fetched_by_a_duty_since_limited(reading_as: ReadingAs) -> None:
    from doudi.access.scope import Scope
    from doudi.web.desk.exports import _still_covers
    from doudi.web.reader import Reader

    places, one = frozenset({"510921"}), frozenset({"02_farm_purchases"})
    whole = Export(sight={"places": ["510921"], "roles": []})
    limited = Export(sight={"places": ["510921"], "roles": [], "measures": sorted(one)})
    wide, narrow, other = (
        Reader(None, (), Scope(places, measures=measures))  # type: ignore[arg-type]
        for measures in (frozenset(), one, frozenset({"04_village_posts"}))
    )
    covered = {
        (e is whole, r is wide, r is narrow): _still_covers(r, e)
        for e in (whole, limited)
        for r in (wide, narrow, other)
    }
    assert covered == {
        (True, True, False): True,
        (True, False, True): False,
        (True, False, False): False,
        (False, True, False): True,
        (False, False, True): True,
        (False, False, False): False,
    }
