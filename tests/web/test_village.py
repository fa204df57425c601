"""The village's pages: doors, paper, the ledger, needs, reviews and turns at a shared desk, for those they are for."""

from __future__ import annotations

import datetime
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.db import transaction
from django.test import Client
from django.urls import reverse

from doudi.access.scope import as_engine
from doudi.register.demo.places import QINGGANG

Open = Callable[[str], Client]
DAY = datetime.date(2020, 2, 27)
PAGES = ["village-desk", "patrol", "suspicions", "needs", "reviews"]


@pytest.fixture
def household(decided: None, db: None) -> Any:
    from doudi.register.models import Household

    with transaction.atomic(), as_engine():
        return Household.objects.filter(place_code=QINGGANG).order_by("pk").first()


def tap(**more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "ill": "nobody", "unsold": "no", "inputs": "yes", **more}


@pytest.mark.parametrize("reader", ["county", "town", "village", "supervisor", "auditor"])
@pytest.mark.parametrize("name", PAGES)
def test_every_reader_of_the_village_sees_these_pages(reader: str, name: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("reader", ["helper", "bank", "bureau", "treasurer", "admin"])
@pytest.mark.parametrize("name", PAGES)
def test_others_do_not(reader: str, name: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["patrol-paper", "paper", "paper-grid", "paper-form", "group-paper"])
def test_paper_is_drawn_of_the_village(name: str, reading_as: Open, household: Any) -> None:
    answer = reading_as("village").get(reverse(name), {"place": QINGGANG})
    assert answer.status_code == 200
    if answer["Content-Type"] == "application/pdf":
        assert answer.content.startswith(b"%PDF")


def test_six_taps_and_the_door_is_done(reading_as: Open, household: Any) -> None:
    village, address = reading_as("village"), reverse("patrol-door", args=[household.code])
    assert 'name="ill"' in village.get(address).content.decode()
    answer = village.post(address, tap(isolated="nobody", back_from="nobody", willing="nobody"))
    assert answer.status_code == 302
    page = village.get(answer["Location"]).content.decode()
    assert f"{household.code} 户已记下" in page
    assert re.search(r"已看", page)


def test_what_is_wrong_is_told_and_what_was_tapped_stays(reading_as: Open, household: Any) -> None:
    village, address = reading_as("village"), reverse("patrol-door", args=[household.code])
    answer = village.post(address, tap(wrong="yes", note="明天再来"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "请写明哪里不对" in page
    assert "明天再来" in page
    assert re.search(r'name="inputs" value="yes" checked', page)


def test_a_town_sees_how_far_each_of_its_villages_is(reading_as: Open, household: Any) -> None:
    def row() -> list[str]:
        page = reading_as("town").get(reverse("village-desk")).content.decode()
        found = re.search(rf"place={QINGGANG}.*?</tr>", page, re.S)
        assert found
        return re.findall(r'data-label="[^"]*">([^<]*)<', found[0])

    from doudi.monitoring.models import PatrolLine
    from doudi.register.models import Household

    looked, doors = row()[0].split(" / ")
    with transaction.atomic(), as_engine():
        seen = set(PatrolLine.objects.since(DAY - datetime.timedelta(days=6)).values_list("household", flat=True))
        other = Household.objects.filter(place_code=QINGGANG).exclude(pk__in=seen).order_by("pk").first()
    assert len(seen) == int(looked) < int(doors)
    assert other is not None
    assert reading_as("village").post(reverse("patrol-door", args=[other.code]), tap()).status_code == 302
    assert row()[0] == f"{int(looked) + 1} / {doors}"


@pytest.mark.parametrize("ill", ["x", "9" * 30, "-1", "\0", "٣"])
def test_a_person_no_form_sends_is_told(reading_as: Open, household: Any, ill: str) -> None:
    answer = reading_as("village").post(reverse("patrol-door", args=[household.code]), tap(ill=ill))
    assert answer.status_code == 422


@pytest.mark.parametrize("code", ["nobody", "x" * 40, "%00", "1;--"])
def test_a_door_that_is_not_there(reading_as: Open, code: str) -> None:
    assert reading_as("village").get(f"/village/patrol/{code}/").status_code == 404


def test_another_villages_door_is_not_there(reading_as: Open, decided: None, db: None) -> None:
    from doudi.register.models import Household

    with transaction.atomic(), as_engine():
        other = Household.objects.exclude(place_code=QINGGANG).first()
    assert other is not None
    village = reading_as("village")
    assert village.get(reverse("patrol-door", args=[other.code])).status_code == 404
    assert village.get(reverse("patrol"), {"place": other.place_code}).status_code == 404


def test_a_family_on_no_list_is_entered_and_its_door_opens(reading_as: Open, decided: None, db: None) -> None:
    village = reading_as("village")
    answer = village.post(reverse("patrol-enter"), {"place": QINGGANG, "names": "牟大山\n牟小山", "group": "三社"})
    assert answer.status_code == 302
    assert "牟小山" in village.get(answer["Location"]).content.decode()
    again = village.post(reverse("patrol-enter"), {"place": QINGGANG, "names": "牟大山"})
    assert again.status_code == 422
    assert "牟大山" in again.content.decode()


def test_the_grid_writes_the_rows_that_are_right_and_keeps_the_others(
    reading_as: Open, decided: None, db: None
) -> None:
    from doudi.monitoring.models import PatrolLine
    from doudi.register.models import Household

    with transaction.atomic(), as_engine():
        one, two = Household.objects.filter(place_code=QINGGANG).order_by("group_name", "code")[:2]
    typed = {
        "place": QINGGANG, f"{one.code}:ill": "0", f"{one.code}:unsold": "1", f"{one.code}:key": str(uuid.uuid4()),
        f"{two.code}:ill": "77", f"{two.code}:key": str(uuid.uuid4()), "day": "2020-02-25",
    }  # fmt: skip
    answer = reading_as("village").post(reverse("paper-grid"), typed)
    page = answer.content.decode()
    assert answer.status_code == 200, "an error would undo the row that is said to be written"
    assert "已登记 1 户" in page
    assert "不是这户的人" in page
    assert 'value="77"' in page
    assert 'value="2020-02-25"' in page
    with transaction.atomic(), as_engine():
        line = PatrolLine.objects.filter(household=one).order_by("-pk").first()
    assert line is not None
    assert line.on_day == datetime.date(2020, 2, 25), "the day of the list, not the day it was typed in"


@pytest.mark.parametrize("day", ["", "2020-02-28", "2019-01-01", "x", "2020-13-01"])
def test_a_grid_without_a_day_that_can_be_writes_nothing_and_keeps_what_was_typed(
    day: str, reading_as: Open, household: Any
) -> None:
    from doudi.monitoring.models import PatrolLine

    with transaction.atomic(), as_engine():
        before = PatrolLine.objects.count()
    typed = {"place": QINGGANG, f"{household.code}:ill": "0", f"{household.code}:unsold": "1", "day": day}
    answer = reading_as("village").post(reverse("paper-grid"), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "摸排日" in page
    assert re.search(rf'name="{household.code}:unsold" value="1"', page)
    with transaction.atomic(), as_engine():
        assert PatrolLine.objects.count() == before


def test_a_filled_table_comes_back_by_row(reading_as: Open, household: Any) -> None:
    village = reading_as("village")
    form = village.get(reverse("paper-form"), {"place": QINGGANG})
    given = b"".join(form.streaming_content) if form.streaming else form.content
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(given)).get_sheet_by_index(0).to_python()
    heading = next(row for row in rows if "户编号" in row)
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heading)
        sheet.write_row(1, 0, [household.code, "", "0", "0", "0", "0", "1", "0"])
        sheet.write_row(2, 0, ["nobody", "", "0"])
    body.seek(0)
    body.name = "摸排表.xlsx"
    looked = village.post(reverse("paper-bring") + f"?place={QINGGANG}", {"file": body})
    assert looked.status_code == 302
    page = village.get(looked["Location"]).content.decode()
    assert "不能收" in page
    taken = village.post(looked["Location"] + "accept/")
    assert taken.status_code == 302


def test_the_ledger_passes_between_town_and_village(reading_as: Open, household: Any) -> None:
    from doudi.monitoring.models import Suspicion

    village, town = reading_as("village"), reading_as("town")
    village.post(reverse("patrol-door", args=[household.code]), tap(wrong="yes", wrong_what="户主已过世"))
    with transaction.atomic(), as_engine():
        line = Suspicion.objects.get(what="户主已过世")
    page = town.get(reverse("suspicion", args=[line.pk])).content.decode()
    assert 'value="return"' in page
    decide, answer = reverse("suspicion-decide", args=[line.pk]), reverse("suspicion-answer", args=[line.pk])
    assert village.post(decide, {"verdict": "settle", "reason": "x"}).status_code == 403
    assert town.post(decide, {"verdict": "return", "reason": ""}).status_code == 422
    assert town.post(decide, {"verdict": "return", "reason": "附死亡证明"}).status_code == 302
    assert village.post(answer, {"verdict": "answer", "reason": "证明已交"}).status_code == 302
    assert town.post(decide, {"verdict": "settle", "reason": "已报县里更正"}).status_code == 302
    told = town.get(reverse("suspicion", args=[line.pk])).content.decode()
    assert "证明已交" in told
    assert "已报县里更正" in told


def test_the_town_decides_a_need_with_a_measure_that_meets_it(reading_as: Open, household: Any) -> None:
    from doudi.monitoring.models import Need

    village, town = reading_as("village"), reading_as("town")
    village.post(reverse("patrol-door", args=[household.code]), tap(unsold="yes"))
    with transaction.atomic(), as_engine():
        need = Need.objects.get(household=household, code="sell")
    assert village.post(reverse("need-propose", args=[need.pk]), {"measure": "02_farm_purchases"}).status_code == 302
    decide = reverse("need-decide", args=[need.pk])
    assert town.post(decide, {"verdict": "help", "measure": "08a_loan_extension"}).status_code == 422
    assert town.post(decide, {"verdict": "help", "measure": "02_farm_purchases"}).status_code == 302
    assert "已定帮扶" in town.get(reverse("needs"), {"state": "decided"}).content.decode()


def test_what_is_proposed_waits_for_the_town_and_what_is_not_for_the_village(reading_as: Open, household: Any) -> None:
    from doudi.monitoring.models import Need

    def waits(username: str, words: str) -> int:
        page = reading_as(username).get(reverse("village-desk")).content.decode()
        found = re.search(rf"{words}<span class=\"figure-value\">(\d+)<", page)
        assert found, words
        return int(found[1])

    village = reading_as("village")
    village.post(reverse("patrol-door", args=[household.code]), tap(unsold="yes"))
    with transaction.atomic(), as_engine():
        need = Need.objects.get(household=household, code="sell")
    open_, proposed = waits("village", "待提建议的需求"), waits("town", "待定帮扶的需求")
    village.post(reverse("need-propose", args=[need.pk]), {"measure": "02_farm_purchases"})
    assert waits("village", "待提建议的需求") == open_ - 1
    assert waits("town", "待定帮扶的需求") == proposed + 1


# -- a helper's check, as the village reads it


def test_the_village_marks_a_check_by_what_it_says(reading_as: Open, household: Any) -> None:
    """Whose fact, what is said of it now and what stood there: a word alone could not be judged."""
    from django.utils import timezone

    from doudi.monitoring import checks
    from doudi.register.models import Person

    with transaction.atomic(), as_engine():
        person = Person.objects.filter(household=household).order_by("pk").first()
        assert person is not None
        facts = [
            {"kind": "household", "id": household.pk, "fact": "expected_income_per_head", "said": "changed",
             "base": 880_000, "value": "5200.50"},
            {"kind": "person", "id": person.pk, "fact": "willing_to_go_out", "said": "same", "base": True,
             "value": None},
        ]  # fmt: skip
        body = {"reached": "door", "reached_whom": person.name, "facts": facts, "needs": ["seed"], "read_back": True,
                "agrees": "yes"}  # fmt: skip
        done = checks.record(household.pk, body, by="helper", on=DAY, now=timezone.now())
    page = reading_as("village").get(reverse("checks-to-mark")).content.decode()
    start = page.index(household.code, page.index(str(done.check_id)) - 6000)
    told = re.sub(r"<[^>]+>", "", page[start : page.index(str(done.check_id))])
    for words in ("5,200.5", "元", "原来记的是", person.name, "没变", "种子", "农户同意这样记", "上门"):
        assert words in told, (words, told)


def test_what_the_town_sends_back_is_told_to_the_village_with_the_reason(reading_as: Open, household: Any) -> None:
    from django.utils import timezone

    from doudi.monitoring import checks, reviews

    with transaction.atomic(), as_engine():
        body = {"reached": "phone", "reached_whom": "户主"}
        done = checks.record(household.pk, body, by="helper", on=DAY, now=timezone.now())
        made = reviews.mark(checks.Check.objects.get(pk=done.check_id), "right", by="village", on=DAY)
    decide = reverse("review-decide", args=[made.pk])
    assert reading_as("town").post(decide, {"verdict": "return", "reason": "请补问收入"}).status_code == 302
    village = reading_as("village")
    home = village.get(reverse("village-desk")).content.decode()
    assert re.search(r"乡镇退回重核或请入户看的核实<span class=\"figure-value\">1<", home)
    page = village.get(reverse("reviews"), {"state": "returned"}).content.decode()
    assert "乡镇退回重核" in page
    assert "请补问收入" in page


# -- turns at a shared desk


@pytest.fixture
def desk(reading_as: Open) -> Client:
    """The village officer's browser, made a desk of the village, with a PIN chosen."""
    from doudi.register.demo import accounts

    village = reading_as("village")
    chosen = village.post(reverse("pin-choose"), {"pin": "482916", "password": accounts.PASSWORD})
    assert chosen.status_code == 302, chosen.content.decode()
    assert village.post(reverse("desks"), {"name": "村部"}).status_code == 302
    return village


def test_a_turn_is_taken_by_pin_under_ones_own_name(desk: Client) -> None:
    desk.post(reverse("sign-out"))
    assert desk.get(reverse("village-desk")).status_code == 302
    page = desk.get(reverse("desk-turn"))
    assert page.status_code == 200
    assert desk.post(reverse("desk-turn"), {"username": "village", "pin": "482917"}).status_code == 422
    assert desk.post(reverse("desk-turn"), {"username": "village", "pin": "482916"}).status_code == 302
    assert desk.get(reverse("village-desk")).status_code == 200


def test_elsewhere_a_pin_opens_nothing(desk: Client) -> None:
    answer = Client().post(reverse("desk-turn"), {"username": "village", "pin": "482916"})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("sign-in")


def test_a_forged_desk_is_none(desk: Client) -> None:
    forged = Client()
    forged.cookies["doudi_desk"] = desk.cookies["doudi_desk"].value[:-2] + "xx"
    assert forged.get(reverse("desk-turn"))["Location"] == reverse("sign-in")


def test_a_pin_wants_the_password(reading_as: Open) -> None:
    answer = reading_as("village").post(reverse("pin-choose"), {"pin": "482916", "password": "wrong"})
    assert answer.status_code == 422
