"""The pages of farm inputs: depots kept, lists looked at before they are allotted, nothing handed over unsigned."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.db import transaction
from django.test import Client
from django.urls import reverse

Open = Callable[[str], Client]
VILLAGE = "510921110212"


@pytest.fixture
def stock(reading_as: Open) -> Callable[[], dict[str, Any]]:
    """What the town's depot holds of fertiliser, and what waits in the village, past the wall."""
    from doudi.access.scope import as_engine
    from doudi.delivery import allotments, depots
    from doudi.delivery.models import Allotment, Depot, Good

    def look() -> dict[str, Any]:
        with transaction.atomic(), as_engine():
            depot, good = Depot.objects.get(name="鸣凤镇农资点"), Good.objects.get(name="复合肥")
            waits = list(Allotment.objects.filter(state="planned", place_code=VILLAGE).order_by("pk"))
            there, free = depots.held_of(depot, good), allotments.free_of(depot, good)
        return {"depot": depot, "good": good, "there": there, "free": free, "waits": waits}

    return look


@pytest.mark.parametrize("reader", ["county", "town", "village", "bureau", "supervisor", "auditor"])
@pytest.mark.parametrize("name", ["depots", "handing"])
def test_every_reader_of_inputs_sees_these_pages(reader: str, name: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("reader", ["helper", "bank", "admin"])
def test_others_do_not(reader: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse("depots")).status_code == 403


@pytest.mark.parametrize("reader", ["village", "bureau", "auditor"])
def test_who_keeps_no_depot_cannot(reader: str, reading_as: Open) -> None:
    assert reading_as(reader).post(reverse("depots-keep"), {"act": "receive"}).status_code == 403


def test_the_town_receives_and_cannot_send_more_than_it_has(reading_as: Open, stock: Any) -> None:
    town, before = reading_as("town"), stock()
    given = {
        "act": "receive",
        "depot": before["depot"].pk,
        "good": before["good"].pk,
        "quantity": "1,000",
        "note": "加拨",
    }
    assert town.post(reverse("depots-keep"), given).status_code == 302
    assert stock()["there"] == before["there"] + 1_000
    wrong = town.post(reverse("depots-keep"), {**given, "act": "spoil", "quantity": "999999", "note": "虫蛀了半库"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "不够" in page
    assert "虫蛀了半库" in page  # what was typed is not lost
    assert stock()["there"] == before["there"] + 1_000


def test_a_town_does_not_keep_the_county_s_depot(reading_as: Open, stock: Any) -> None:
    from doudi.access.scope import as_engine
    from doudi.delivery.models import Depot

    with transaction.atomic(), as_engine():
        other = Depot.objects.get(name="县农资储备库")
    given = {"act": "receive", "depot": other.pk, "good": stock()["good"].pk, "quantity": "1"}
    answer = reading_as("town").post(reverse("depots-keep"), given)
    assert answer.status_code == 422
    assert "请选择您管的仓库" in answer.content.decode()
    assert "县农资储备库" not in reading_as("town").get(reverse("depots")).content.decode()


@pytest.mark.parametrize("quantity", ["", "0", "-3", "1e3", "三十", "9" * 40, "1.5", "\0"])
def test_an_impossible_quantity_is_told_at_the_form(reading_as: Open, stock: Any, quantity: str) -> None:
    before = stock()
    given = {"act": "receive", "depot": before["depot"].pk, "good": before["good"].pk, "quantity": quantity}
    answer = reading_as("town").post(reverse("depots-keep"), given)
    assert answer.status_code == 422
    assert "整数" in answer.content.decode()
    assert stock()["there"] == before["there"]


def test_a_list_is_looked_at_and_only_that_list_is_allotted(reading_as: Open, stock: Any) -> None:
    town, before = reading_as("town"), stock()
    from doudi.delivery.models import Good

    seed = Good.objects.get(name="水稻种子")
    asked = {"depot": before["depot"].pk, "good": seed.pk, "basis": "each", "rate": "1"}
    page = town.get(reverse("allot"), asked).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    stale = town.post(reverse("allot"), {**asked, "seen": "1-1"})
    assert stale.status_code == 422
    assert "有了变化" in stale.content.decode()
    assert town.post(reverse("allot"), {**asked, "seen": seen}).status_code == 302
    again = town.get(reverse("allot"), asked).content.decode()
    assert "能领到 0 户" in again


@pytest.mark.parametrize("rate", ["", "0", "x"])
def test_an_impossible_rate_is_refused(reading_as: Open, stock: Any, rate: str) -> None:
    found = stock()
    asked = {"depot": found["depot"].pk, "good": found["good"].pk, "basis": "each", "rate": rate}
    assert reading_as("town").get(reverse("allot"), asked).status_code == 422


def test_the_village_records_who_signed_and_the_rest_waits(reading_as: Open, stock: Any) -> None:
    village, before = reading_as("village"), stock()
    one = before["waits"][0]
    given = {
        "place": VILLAGE,
        f"tick-{one.pk}": "on",
        f"handed-{one.pk}": str(one.quantity),
        f"by-{one.pk}": "",
        f"signer-{one.pk}": "self",
    }
    unsigned = village.post(reverse("hand"), given)
    assert unsigned.status_code == 422
    assert "没有签收的不算发放" in unsigned.content.decode()
    assert village.post(reverse("hand"), {**given, f"by-{one.pk}": "王某"}).status_code == 302
    after = stock()
    assert after["there"] == before["there"] - one.quantity
    assert len(after["waits"]) == len(before["waits"]) - 1
    assert "王某" in village.get(reverse("handing"), {"place": VILLAGE}).content.decode()


def test_a_village_hands_over_nothing_of_another(reading_as: Open, stock: Any) -> None:
    one = stock()["waits"][0]
    answer = reading_as("village").post(reverse("hand"), {"place": "510921102701", f"tick-{one.pk}": "on"})
    assert answer.status_code == 422
    assert stock()["waits"][0].pk == one.pk


def test_the_list_to_sign_is_a_paper_without_a_reason(reading_as: Open) -> None:
    answer = reading_as("village").get(reverse("handover-paper"), {"place": VILLAGE})
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_list_goes_out_comes_back_filled_and_the_bad_row_stays_out(reading_as: Open, stock: Any) -> None:
    village = reading_as("village")
    form = village.get(reverse("handing-form"), {"place": VILLAGE})
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(form.content)).get_sheet_by_index(0).to_python()
    head, first, second = rows[0], [*rows[1]], [*rows[2]]
    first[5:8], second[5:8] = ["1", "王某", "家属"], ["很多", "李某", ""]
    sent = io.BytesIO()
    with xlsxwriter.Workbook(sent) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([head, first, second]):
            sheet.write_row(at, 0, [str(cell) for cell in row])
    sent.seek(0)
    sent.name = "签收表.xlsx"
    came = village.post(reverse("handing-bring"), {"file": sent})
    assert came.status_code == 302, came.content.decode()
    page = village.get(came["Location"]).content.decode()
    assert "新增 1" in page
    assert "不能收 1" in page
    number = came["Location"].rstrip("/").rsplit("/", 1)[1]
    before = stock()["there"]
    assert village.post(reverse("handing-take-in", args=[number])).status_code == 302
    assert stock()["there"] == before - 1
    assert village.post(reverse("handing-take-in", args=[number])).status_code == 422


def test_what_is_no_list_is_refused_in_words(reading_as: Open) -> None:
    village = reading_as("village")
    for content in (b"", b"a,b\n1,2\n", b"PK\x03\x04x"):
        file = io.BytesIO(content)
        file.name = "x.csv"
        assert village.post(reverse("handing-bring"), {"file": file}).status_code == 422
    assert village.post(reverse("handing-bring")).status_code == 422
    assert village.get(reverse("handing-sheet", args=["9" * 30])).status_code == 404
