"""The paper twin of a check: printed with its number, typed in by the clerk, and nothing confirmed nobody saw."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.monitoring.checks import Check
from doudi.register.demo.places import QINGGANG

Open = Callable[[str], Client]
DAY = datetime.date(2020, 2, 26)


@pytest.fixture
def household(decided: None, db: None) -> Any:
    """A household of the demo helper's, so that somebody may have gone."""
    from doudi.access.users import User
    from doudi.register.models import Household
    from doudi.register.pairings import households_of

    with transaction.atomic(), as_engine():
        mine = households_of(User.objects.get(username="helper"), timezone.localdate())
        found = Household.objects.filter(pk__in=mine, place_code=QINGGANG).order_by("pk").first()
    assert found is not None
    return found


class Sheet:
    """The page a sheet is typed into."""

    def __init__(self, client: Client, household: Any, version: int | None = None) -> None:
        self.client, self.address = client, reverse("sheet-type", args=[household.code])
        answer = client.get(self.address, {} if version is None else {"version": version})
        assert answer.status_code == 200
        self.page, self.card = answer.content.decode(), answer.context["card"]
        self.version = self.card["version"] if version is None else version

    def line(self, fact: str) -> Any:
        """The box of a fact the household may say."""
        answer = self.client.get(self.address, {"version": self.version})
        lines = [line for line, _typed in [*answer.context["rows"], *answer.context["others"]]]
        return next(line for line in lines if line.fact["fact"] == fact)

    def send(self, **more: Any) -> Any:
        said = {"key": str(uuid.uuid4()), "version": str(self.version), "on": DAY.isoformat(), "spoken_by": "helper",
                "reached": "door", "reached_whom": "户主", "agrees": "yes", **more}  # fmt: skip
        return self.client.post(self.address, said)


def check_of(note: str) -> Check:
    with transaction.atomic(), as_engine():
        return Check.objects.get(note=note)


def answer_in(village: Client, household: Any, fact: str, value: str) -> None:
    """Somebody records another word of a fact at the desk."""
    said = {"subject": f"household:{household.pk}", "fact": fact, "value": value, "source": "field",
            "about": "2020-02-27", "key": str(uuid.uuid4())}  # fmt: skip
    assert village.post(reverse("answer", args=[household.code]), said).status_code in (200, 302)


def test_a_sheet_is_found_by_its_number_and_typed_in_as_the_check_it_is(reading_as: Open, household: Any) -> None:
    village = reading_as("village")
    sheet = Sheet(village, household)
    number = f"{household.code}/{sheet.card['version']}"
    found = village.get(reverse("paper-find"), {"code": number})
    assert found["Location"] == f"{sheet.address}?version={sheet.card['version']}"
    line = sheet.line("unsold_produce")
    value = "否" if line.fact["value"] else "是"
    answer = sheet.send(**{line.field: value}, needs=["seed", "masks"], note="纸上的", wants_counselling="1")
    assert answer.status_code == 302
    held = check_of("纸上的")
    assert (held.by, held.typed_by, held.about_day) == ("helper", "village", DAY)
    assert (held.reached, held.reached_whom, held.agrees, held.read_back) == ("door", "户主", "yes", True)
    assert held.needs == ["seed", "masks"] or set(held.needs) == {"seed", "masks"}
    assert [(each["fact"], each["said"]) for each in held.facts] == [("unsold_produce", "changed")]
    assert "已录入" in village.get(answer["Location"]).content.decode()


def test_what_was_said_after_printing_is_not_confirmed_by_the_sheet(reading_as: Open, household: Any) -> None:
    village = reading_as("village")
    printed = Sheet(village, household)
    line = printed.line("unsold_produce")
    answer_in(village, household, "unsold_produce", "否" if line.fact["value"] else "是")
    late = Sheet(village, household, printed.version)
    assert "打印之后的" in late.page
    moved = late.line("unsold_produce")
    refused = late.send(**{moved.field: "="}, note="不该有")
    assert refused.status_code == 422
    assert "打印之后又有了新记录" in refused.content.decode()
    with transaction.atomic(), as_engine():
        assert not Check.objects.filter(note="不该有").exists()


def test_the_same_and_cannot_say_are_one_key_each(reading_as: Open, household: Any) -> None:
    sheet = Sheet(reading_as("town"), household)
    line = sheet.line("unsold_produce")
    other = next(
        each for each in sheet.client.get(sheet.address).context["others"] if each[0].record and each[0] != line
    )[0]
    assert sheet.send(**{line.field: "＝", other.field: "？"}, note="两个键").status_code == 302
    said = {each["fact"]: each["said"] for each in check_of("两个键").facts}
    assert said == {line.fact["fact"]: "same", other.fact["fact"]: "cannot_say"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"on": ""}, "请填表上的日期"),
        ({"on": "2020-02-30"}, "请填表上的日期"),
        ({"on": "2031-01-01"}, "应在"),
        ({"on": "2019-01-01"}, "应在"),
        ({"spoken_by": "county"}, "请选是谁去核实的"),
        ({"reached": "letter"}, "请选怎么联系的"),
        ({"reached_whom": ""}, "请写明和谁说的"),
        ({"agrees": ""}, "请选农户同意不同意"),
        ({"agrees": "no"}, "请写明不同意什么"),
        ({"key": "x"}, "请重新打开"),
        ({"box": "也许吧"}, "请答“是”或“否”"),
        ({"version": "9" * 40, "key": ""}, "请重新打开"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    reading_as: Open, household: Any, wrong: dict[str, str], told: str
) -> None:
    sheet = Sheet(reading_as("village"), household)
    said = {sheet.line("unsold_produce").field if name == "box" else name: value for name, value in wrong.items()}
    answer = sheet.send(note="留着我", **said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert "留着我" in page
    with transaction.atomic(), as_engine():
        assert not Check.objects.filter(note="留着我").exists()


def test_who_typed_a_sheet_in_does_not_mark_it(reading_as: Open, household: Any) -> None:
    village = reading_as("village")
    assert Sheet(village, household).send(note="自己录的").status_code == 302
    held = check_of("自己录的")
    marked = village.post(reverse("check-mark", args=[held.pk]), {"mark": "right"})
    assert marked.status_code == 422
    assert "要由别人标记" in marked.content.decode()
    assert re.search(r"纸质表,[^<]*录入", village.get(reverse("checks-to-mark")).content.decode())


@pytest.mark.parametrize("number", ["", "nobody", "510921110212-9999/3", "\0", "x" * 5000, "٣/٣"])
def test_a_number_that_is_none_leads_back_with_what_was_typed(reading_as: Open, decided: None, number: str) -> None:
    village = reading_as("village")
    answer = village.get(reverse("paper-find"), {"code": number}, follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == reverse("paper")


def test_the_sheets_of_a_large_village_come_in_parts(household: Any) -> None:
    from doudi.register.models import Household
    from doudi.web.village import household_papers

    doors = [Household(code=str(n), group_name="3社" if n < 70 else "") for n in range(75)]
    words = [each[1] for each in household_papers.parts_of(doors)]
    assert words == ["group=3%E7%A4%BE&part=1", "group=3%E7%A4%BE&part=2", "group=3%E7%A4%BE&part=3", "part=1"]


def test_groups_stand_in_the_order_of_their_numbers() -> None:
    from doudi.web.village.patrolling import in_order

    for names in (["2社", "3社", "10社", "11社", ""], ["一组", "二组", "九组", "十组", "十一组", "二十组", ""]):
        assert sorted(names[3:] + names[:3], key=in_order) == names
