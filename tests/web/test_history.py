"""A household as of any day: what was believed and decided then, by whom it was said, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client

from doudi.access.scope import as_engine, enter
from doudi.access.users import User
from doudi.facts.vocabulary import load
from doudi.policy import chronicles
from doudi.register import beliefs, histories, statements, subjects
from doudi.register.histories import Moment
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.web.reader import read_as
from tests.web.conftest import PACK, RUN_DAY

Open = Callable[[str], Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def told(county: Client, codes: dict[str, str]) -> Household:
    """Of a household the village said on two days, recorded on two days, that a platform road is and is not there."""
    reader = read_as(User.objects.get(username="county"), on=RUN_DAY)
    with transaction.atomic(), enter(reader.scope), carry_out("test", by="tester"):
        household = Household.objects.get(code=codes["near"])
        for value, about, now in (
            (True, date(2020, 2, 1), datetime(2020, 2, 10, 12, tzinfo=UTC)),
            (False, date(2020, 2, 20), datetime(2020, 2, 21, 12, tzinfo=UTC)),
            (None, date(2020, 2, 22), datetime(2020, 2, 22, 12, tzinfo=UTC)),
        ):
            fact = {"fallen_back": value}
            statements.record("household", household.pk, fact, source="village", about=about, by="village", now=now)
    return household


@pytest.mark.parametrize("day", [date(2020, 1, 31), date(2020, 2, 5), date(2020, 2, 21), date(2020, 3, 1)])
@pytest.mark.parametrize("known", [None, datetime(2020, 2, 9, tzinfo=UTC), datetime(2020, 2, 21, 13, tzinfo=UTC)])
def test_a_past_page_believes_what_was_believed(told: Household, day: date, known: datetime | None) -> None:
    with transaction.atomic(), as_engine():
        people = list(Person.objects.filter(household=told).values_list("pk", flat=True))
        mine = [("household", told.pk), *(("person", number) for number in people)]
        read = histories.documents(histories.statements_of(mine, Moment(day, known)), load())
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('doudi.test', '', true)")
        ids = ", ".join(str(number) for number in people)
        subjects.stage(
            f"SELECT 'household' AS kind, {told.pk}::bigint AS id"
            f" UNION ALL SELECT 'person', id FROM register_person WHERE id IN ({ids})"
        )
        answered = {
            (one.kind, one.id): orjson.loads(one.document)
            for one in beliefs.documents(load(), as_of=day, known_at=known)
        }
    assert orjson.loads(orjson.dumps(list(read.values()))) == [answered[key] for key in read]
    assert set(read) == set(answered)


def fallen_back(client: Client, code: str, query: str) -> str:
    body = text(client.get(f"/households/{code}/?{query}"))
    found = re.search(r"<dt>[^<]*返贫[^<]*</dt>\s*<dd><span class=\"strong\">([^<]*)</span>", body)
    return found.group(1) if found else ""


def test_the_page_of_a_day_shows_that_day(county: Client, told: Household) -> None:
    before = fallen_back(county, told.code, "day=2020-01-31")
    assert fallen_back(county, told.code, "day=2020-02-05") == "是"
    assert fallen_back(county, told.code, "day=2020-02-05&known=2020-02-09") == before
    assert fallen_back(county, told.code, "known=2020-02-10") == "是"
    assert fallen_back(county, told.code, "day=2020-02-21") == "否"
    page = text(county.get(f"/households/{told.code}/?day=2020-02-05"))
    assert "这是 2020-02-05 的情况" in page
    assert 'id="questions"' not in page


def test_every_statement_is_shown_with_who_and_when(county: Client, told: Household) -> None:
    page = text(county.get(f"/households/{told.code}/?day=2020-02-21"))
    assert re.search(r"否</span> [^<]*说的是 2020-02-20 <span[^>]*>· \S+ 记于 2020-02-21 20:00", page)
    assert re.search(r"国扶系统导出\(演示\)\.xlsx", page)


def test_decisions_of_the_past_are_those_of_the_past(reading_as: Open) -> None:
    from tests.web.test_pages import own_work_asked

    village = reading_as("village")
    code, form = own_work_asked(village)
    assert village.post(f"/households/{code}/questions/", form).status_code == 302
    kind, _colon, number = form["subject"].partition(":")
    with transaction.atomic(), as_engine():
        steps = chronicles.steps_of([(kind, int(number))], pack_name=PACK)
        last, first = steps[0], steps[-1]
        award = "01_livelihood_award"
        now, then = (
            {v.measure: v.verdict for v in chronicles.decided_at([(kind, int(number))], moment, pack_name=PACK)}
            for moment in (Moment(), Moment(RUN_DAY, first.decided_at))
        )
        early = chronicles.decided_at([(kind, int(number))], Moment(date(2020, 2, 1)), pack_name=PACK)
    assert (then[award], now[award]) == (2, 1)
    assert last.by_answer
    assert [(change[3], change[4]) for change in last.changes if change[0] == award] == [(2, 1)]
    assert early == []
    account = text(village.get(f"/households/{code}/history/"))
    assert "答复后重新判断" in account
    assert "那一天还没有结论" in text(village.get(f"/households/{code}/?day=2020-02-01"))


def test_an_account_is_for_whose_duty_it_is_and_protects_what_theirs_does_not_cover(
    reading_as: Open, codes: dict[str, str]
) -> None:
    village, auditor = reading_as("village"), reading_as("auditor")
    assert village.get(f"/households/{codes['far']}/history/").status_code == 404
    assert reading_as("bank").get(f"/households/{codes['near']}/history/").status_code == 403
    assert "受保护,您的职责不含此项" in text(village.get(f"/households/{codes['near']}/history/"))
    assert re.search(r"<h1>.\*+:", text(auditor.get(f"/households/{codes['near']}/history/")))


@pytest.mark.parametrize("day", ["2020-02-30", "9999-12-31", "0001-01-01", "明天", "2020-02-05' OR 1=1", "\0"])
def test_a_day_that_is_none_is_said(county: Client, codes: dict[str, str], day: str) -> None:
    for name in ("day", "known"):
        answer = county.get(f"/households/{codes['near']}/", {name: day})
        assert answer.status_code == 400
        assert "日期请写成" in text(answer)


def test_the_neighbours_are_those_of_the_list(county: Client, codes: dict[str, str]) -> None:
    listed = re.findall(r'<th scope="row"><a href="(/households/[\d-]+/\?list=[^"]*)"', text(
        county.get("/households/?town=510921110&sort=-yeses")
    ))  # fmt: skip
    page = text(county.get(listed[1].replace("&amp;", "&")))
    assert re.search(rf'rel="prev" href="{re.escape(listed[0])}', page)
    assert re.search(rf'rel="next" href="{re.escape(listed[2])}', page)
    assert "名单第 2 / " in page
    assert 'rel="prev"' not in text(county.get(f"/households/{codes['far']}/?list=town%3D510921110"))
