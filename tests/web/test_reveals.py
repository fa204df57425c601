"""Seeing in full what is masked: once, for a reason, on record, so many times a day."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from doudi.access.reveals import Reveal
from doudi.access.scope import as_engine
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from tests.web.relations import ID_NUMBER

Open = Callable[[str], Client]
REASON = "电话回访核对务工去向"


@pytest.fixture
def person(codes: dict[str, str]) -> Person:
    with transaction.atomic(), as_engine():
        found = Person.objects.filter(household__code=codes["near"], id_number__isnull=False).order_by("code").first()
    assert found is not None
    return found


def form_of(person: Person, **other: str) -> dict[str, str]:
    return {"subject": f"person:{person.pk}", "field": "id_number", "reason": REASON, "key": str(uuid.uuid4()), **other}


def kept() -> list[Reveal]:
    with transaction.atomic(), as_engine():
        return list(Reveal.objects.order_by("id"))


def test_it_is_shown_once_and_on_record(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    town, address, form = reading_as("town"), f"/households/{codes['near']}/reveal/", form_of(person)
    assert not ID_NUMBER.search(town.get(f"/households/{codes['near']}/").content.decode())
    answer = town.post(address, form)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert str(person.id_number) in answer.content.decode()
    assert "还可以看 19 次" in answer.content.decode()
    again = town.post(address, form)
    assert (again.status_code, str(person.id_number) in again.content.decode()) == (422, False)
    (one,) = kept()
    assert (one.user.username, one.household_id, one.subject_id, one.field, one.reason) == (
        "town", person.household_id, person.pk, "id_number", REASON)  # fmt: skip


def test_in_place_it_is_a_piece_of_the_page(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    answer = reading_as("town").post(
        f"/households/{codes['near']}/reveal/", form_of(person, field="name"), headers={"HX-Request": "true"}
    )
    assert "<html" not in answer.content.decode()
    assert f'<strong class="nowrap">{person.name}</strong>' in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "请写明为什么"),
        ({"reason": "  看 "}, "请写明为什么"),
        ({"field": "phone", "subject": "person:999999"}, "没有登记"),
        ({"field": "face"}, "请选一个人和一项"),
        ({"subject": "person:1;x"}, "请选一个人和一项"),
        ({"key": "no"}, "请选一个人和一项"),
        ({"reason": "x" * 3_000}, "请选一个人和一项"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_shown_or_kept(
    reading_as: Open, codes: dict[str, str], person: Person, wrong: dict[str, str], said: str
) -> None:
    answer = reading_as("town").post(f"/households/{codes['near']}/reveal/", form_of(person, **wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ID_NUMBER.search(answer.content.decode())
    assert kept() == []


def test_a_member_of_another_household_is_not_shown(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    answer = reading_as("county").post(f"/households/{codes['far']}/reveal/", form_of(person))
    assert answer.status_code == 422
    assert str(person.id_number) not in answer.content.decode()


def test_twenty_a_day_and_told_before(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    town, address = reading_as("town"), f"/households/{codes['near']}/reveal/"
    bodies = [town.post(address, form_of(person)).content.decode() for _ in range(20)]
    assert all(str(person.id_number) in body for body in bodies)
    assert "快到每天的上限" in bodies[17]
    assert "今天的次数已用完" in bodies[19]
    more = town.post(address, form_of(person))
    assert (more.status_code, str(person.id_number) in more.content.decode()) == (422, False)
    assert len(kept()) == 20
    assert str(person.id_number) in reading_as("county").post(address, form_of(person)).content.decode()


def test_the_record_stands_and_is_read_by_the_auditor(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    reading_as("town").post(f"/households/{codes['near']}/reveal/", form_of(person))
    with transaction.atomic(), as_engine():
        for change in (Reveal.objects.all().delete, lambda: Reveal.objects.update(reason="另外的理由")):
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
                change()
    auditor = reading_as("auditor")
    body = auditor.get("/reveals/", {"household": codes["near"]}).content.decode()
    assert REASON in body
    assert re.search(r"<td[^>]*>演示镇干部 town</td>", body)
    assert str(person.id_number) not in body
    assert person.name not in body
    assert REASON not in auditor.get("/reveals/", {"household": codes["far"]}).content.decode()
    assert [reading_as(name).get("/reveals/").status_code for name in ("county", "town", "helper")] == [403] * 3


@pytest.mark.parametrize("query", ["day=soon", "page=0", "page=x", "household=%00", "user=" + "x" * 300])
def test_a_nasty_filter_is_told(reading_as: Open, query: str) -> None:
    assert reading_as("auditor").get(f"/reveals/?{query}").status_code == 400


def test_a_merger_leaves_the_record_as_it_was(reading_as: Open, codes: dict[str, str], person: Person) -> None:
    from doudi.register import stamping

    reading_as("town").post(f"/households/{codes['near']}/reveal/", form_of(person))
    with carry_out("test", by="tester"), as_engine():
        found: Any = stamping.follow_move(int(person.household_id or 0), "510921110700")
    assert "access_reveal" not in found
