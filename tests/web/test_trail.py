"""The trail's page: who changed what, masked as the duty needs, sealed or not; and who may not see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.register import children
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail import jobs
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from doudi.trail.progress import Progress
from doudi.web.desk import verification

Open = Callable[[str], Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def moved(decided: None, db: None) -> dict[str, str]:
    """A household whose head is called otherwise, by the town's clerk."""
    with transaction.atomic(), as_engine(), carry_out("register.households.move", by="town"):
        home = Household.objects.order_by("id").first()
        assert home is not None
        old = home.head_name
        home.head_name = "欧阳新名"
        home.save()
    return {"code": home.code, "old": old}


@pytest.mark.parametrize("who", ["county", "auditor"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_audits_sees_every_change(reading_as: Open, moved: dict[str, str], who: str, language: str) -> None:
    client = reading_as(who)
    client.cookies["doudi_language"] = language
    page = text(client.get("/trail/?table=register_household&actor=town"))
    assert moved["code"] in page
    assert ("欧阳新名" in page) == (who == "county"), "an auditor reads names masked"
    assert (moved["old"] in page) == (who == "county")
    assert ("农户迁移" in page, "Household moved" in page) == (language == "zh-hans", language == "en")


@pytest.mark.parametrize("who", ["town", "village", "helper", "bureau"])
def test_others_are_refused(reading_as: Open, who: str) -> None:
    assert reading_as(who).get("/trail/").status_code == 403
    assert reading_as(who).post("/trail/verify/").status_code == 403


def test_a_duty_elsewhere_sees_nothing(someone: Callable[..., Any], moved: dict[str, str]) -> None:
    client = Client()
    client.force_login(someone("auditor", "510922"))
    page = text(client.get("/trail/"))
    assert page.count("<details>") == 1, "the duty just given there, and nothing of this county"
    assert moved["code"] not in page
    assert "只列出职责所管地方的变更" in page
    assert "没有符合条件的记录" in text(client.get(f"/trail/?household={moved['code']}"))


def test_a_households_trail_is_reached_from_its_page(reading_as: Open, moved: dict[str, str]) -> None:
    client = reading_as("county")
    link = f"/trail/?household={moved['code']}"
    assert link in text(client.get(f"/households/{moved['code']}/"))
    page = text(client.get(link))
    assert "欧阳新名" in page
    codes = set(re.findall(r'href="/households/([^/"]+)/"', page))
    assert codes == {moved["code"]}
    assert "/trail/" not in text(reading_as("village").get("/households/"))


def test_filters_narrow_and_pages_go_on(reading_as: Open, moved: dict[str, str]) -> None:
    client = reading_as("auditor")
    with transaction.atomic(), as_engine():
        entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    assert text(client.get(f"/trail/?command={entry.command_id}")).count("<details>") == 1
    assert "没有符合条件的记录" in text(client.get("/trail/?actor=nobody"))
    assert "没有符合条件的记录" in text(client.get("/trail/?day=1999-01-01"))
    assert "没有符合条件的记录" in text(client.get("/trail/?household=nowhere"))
    first = text(client.get("/trail/"))
    assert first.count("<details>") == 50
    older = re.search(r'rel="next" href="\?before=(\d+)"', first)
    assert older is not None
    assert text(client.get(f"/trail/?before={older.group(1)}")).count("<details>") == 50


@pytest.mark.parametrize(
    ("query", "says"),
    [("day=soon", "日期要写成"), ("command=1", "命令编号"), ("before=x", "改正"), ("actor=" + "x" * 200, "太长")],
)
def test_what_makes_no_sense_is_told_at_its_field(reading_as: Open, query: str, says: str) -> None:
    answer = reading_as("auditor").get(f"/trail/?{query}")
    assert answer.status_code == 422
    assert says in text(answer)


@pytest.mark.parametrize("query", ["actor=%00", "table=%27%3B--", "household=%25", "verb=%F0%9F%98%80", "before=-1"])
def test_nasty_words_do_no_harm(reading_as: Open, query: str) -> None:
    assert reading_as("auditor").get(f"/trail/?{query}").status_code in (200, 422)


def test_no_number_of_a_person_is_shown(reading_as: Open, moved: dict[str, str]) -> None:
    with transaction.atomic(), as_engine(), carry_out("register.persons.join", by="town"):
        person = Person.objects.exclude(id_number=None).order_by("id").first()
        assert person is not None
        Person.objects.filter(pk=person.pk).update(name="司马某")
    page = text(reading_as("auditor").get("/trail/?table=register_person&actor=town"))
    assert "司**" in page
    assert "司马某" not in page
    assert str(person.id_number) not in page


def test_a_verification_is_asked_for_and_its_result_shown(reading_as: Open) -> None:
    client = reading_as("auditor")
    assert "还没有核验过" in text(client.get("/trail/"))
    assert client.get("/trail/verify/").status_code == 405
    for _ in range(2):
        assert client.post("/trail/verify/").status_code == 302
    assert Progress.objects.filter(job=verification.VERIFY).count() == 1
    assert "正在核验" in text(client.get("/trail/"))
    news = jobs.latest(verification.VERIFY)
    assert news is not None
    told = {"well": False, "bad_count": 2, "size": 9, "rows": 9, "zh": "第 3 条被改动。", "en": "Entry 3 was changed."}
    Progress.objects.filter(pk=news.pk).update(state="done", result=told)
    assert "第 3 条被改动。" in text(client.get("/trail/"))
    Progress.objects.filter(pk=news.pk).update(state="done", result={**told, "well": True})
    assert "逐条重算,全部相符" in text(client.get("/trail/"))


def test_a_childs_name_is_masked_for_who_reads_no_childrens(reading_as: Open, decided: None, db: None) -> None:
    with transaction.atomic(), as_engine(), carry_out("register.households.move", by="town"):
        people = {person.pk: person for person in Person.objects.exclude(household=None)}
        young = children.among(people, on=timezone.localdate())
        child, grown = people[min(young)], people[min(people.keys() - young)]
        for person, name in ((child, "司马小童"), (grown, "司马成年")):
            person.name = name
            person.save()
    page = text(reading_as("county").get("/trail/?table=register_person&actor=town"))
    assert ("司马小童" in page, "司马成年" in page) == (False, True)
