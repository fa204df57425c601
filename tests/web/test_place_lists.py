"""Lists of towns and villages through the county officer's own page: each row looked at, then taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine
from doudi.places.divisions import Place
from doudi.register.sheets import Sheet

Open = Callable[[str], Client]
HEADER = "区划代码,名称,类别,乡镇名称"
TOWN, VILLAGE = "510921299000", "510921299201"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def sent(client: Client, *lines: str) -> Any:
    file = SimpleUploadedFile("list.csv", "\n".join((HEADER, *lines)).encode())
    return client.post("/divisions/lists/", {"file": file})


def preview(client: Client, *lines: str) -> tuple[str, str]:
    answer = sent(client, *lines)
    assert answer.status_code == 302
    return answer["Location"], text(client.get(answer["Location"]))


def known() -> Place:
    place = Place.objects.filter(level=Place.VILLAGE).order_by("code").first()
    assert place is not None
    return place


def test_new_towns_and_villages_are_taken_in_after_a_look(county: Client) -> None:
    place = known()
    address, page = preview(
        county, f"{VILLAGE},新村,村,", f"{TOWN},新镇,,", "510921299202,河边社区,社区,", f"{place.code},{place.name},村,"
    )
    assert "list.csv" in page
    assert not Place.objects.filter(code__startswith="510921299").exists()  # looking writes nothing
    assert county.post(f"{address}accept/").status_code == 302
    made = {p.code: (p.name, p.level, p.kind, p.town_code) for p in Place.objects.filter(code__startswith="510921299")}
    assert made == {
        TOWN: ("新镇", "town", "town", ""),
        VILLAGE: ("新村", "village", "village", TOWN),
        "510921299202": ("河边社区", "village", "community", TOWN),
    }
    with transaction.atomic(), as_engine():
        counts = Sheet.objects.get(kind="places").counts
    assert counts == {"new": 3, "changed": 0, "same": 1, "refused": 0}
    assert "新镇" in text(county.get("/divisions/"))
    address, _ = preview(county, f"{VILLAGE},新村,村,", f"{TOWN},新镇,,", "510921299202,河边社区,社区,", "")
    assert county.post(f"{address}accept/").status_code == 302  # another file of the same rows: all of them known
    assert Place.objects.filter(code__startswith="510921299").count() == 3


def test_a_village_brings_its_town_by_name(county: Client) -> None:
    address, _ = preview(county, f"{VILLAGE},新村,village,新镇", "510921299202,二村,村,新镇")
    assert county.post(f"{address}accept/").status_code == 302
    assert Place.objects.get(code=TOWN).name == "新镇"
    assert Place.objects.filter(town_code=TOWN).count() == 2


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("51092129920,短,村,", "不是12位区划代码"),
        ("510922100201,外县村,村,", "不是本县乡镇或村的代码"),
        ("510921000000,本县,,", "不是本县乡镇或村的代码"),
        (f"{VILLAGE},,村,", "名称要写"),
        (f"{VILLAGE},{'长' * 81},村,", "名称要写"),
        (f"{VILLAGE},新村,组,新镇", "类别应为村或社区"),
        (f"{VILLAGE},新村,村,", f"没有代码为 {TOWN} 的乡镇"),
    ],
)
def test_what_cannot_go_in_stays_out_with_its_reason(county: Client, row: str, why: str) -> None:
    before = Place.objects.count()
    address, page = preview(county, row)
    assert why in page
    refused = county.post(f"{address}accept/")
    assert refused.status_code == 422
    assert "没有一行能收下" in text(refused)
    assert Place.objects.count() == before
    assert county.get(f"{address}refused/").status_code == 200


def test_a_known_code_keeps_its_name_and_a_code_comes_once(county: Client) -> None:
    place = known()
    address, page = preview(county, f"{place.code},改名村,村,", f"{TOWN},新镇,,", f"{TOWN},又一镇,,")
    assert f"该代码已登记为{place.name}" in page
    assert "行重复" in page
    assert county.post(f"{address}accept/").status_code == 302
    assert Place.objects.get(code=place.code).name == place.name
    assert Place.objects.get(code=TOWN).name == "新镇"


def test_who_may_and_what_is_no_list(reading_as: Open, county: Client) -> None:
    for other in ("town", "village", "helper", "auditor", "admin"):
        assert reading_as(other).get("/divisions/lists/").status_code == 403
        assert sent(reading_as(other), f"{TOWN},新镇,,").status_code == 403
    assert "/divisions/lists/" in text(county.get("/divisions/"))
    assert "/divisions/lists/" not in text(reading_as("town").get("/divisions/"))
    assert county.post("/divisions/lists/").status_code == 422
    nonsense = SimpleUploadedFile("x.csv", "甲,乙\n1,2".encode())
    answer = county.post("/divisions/lists/", {"file": nonsense})
    assert answer.status_code == 422
    assert "区划代码" in text(answer)
    assert county.get("/divisions/lists/form/").status_code == 200
    address, _ = preview(county, f"{TOWN},新镇,,")
    assert county.post(f"{address}discard/").status_code == 302
    assert not Place.objects.filter(code=TOWN).exists()


def test_the_page_says_what_a_list_holds_in_both_languages(county: Client) -> None:
    page = text(county.get("/divisions/lists/"))
    assert "区划代码" in page
    assert "必填" in page
    assert 'href="/accounts/" aria-current="page"' in page, "it belongs to that place in the navigation"
    county.cookies["doudi_language"] = "en"
    assert "(code)" in text(county.get("/divisions/lists/"))
