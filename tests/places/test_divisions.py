"""Divisions: codes that hold between two days, and what follows them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from doudi.places import counties, divisions, founding, lists
from doudi.places.counties import County
from doudi.places.divisions import Division, Place, Succession
from doudi.values.divisions import is_prefix, prefix_of
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 3, 1)
VILLAGE, NEIGHBOUR, FAR = "510921110212", "510921110700", "510921102701"


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("510921", True), ("510921110", True), ("510921110212", True), ("", False), ("5", False), ("51092", False),
        ("5109211", False), ("5109211102123", False), ("51092a", False), ("５１０９２１", False), ("510921\n", False),
        (" 510921", False), ("٥١٠٩٢١", False),
    ],
)  # fmt: skip
def test_a_prefix_is_six_nine_or_twelve_digits(text: str, prefix: bool) -> None:
    assert is_prefix(text) is prefix


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("510921000000", "510921"), ("510921110000", "510921110"), (VILLAGE, VILLAGE), ("510921110", "510921110")],
)
def test_the_shortest_code_says_the_same(code: str, prefix: str) -> None:
    assert prefix_of(code) == prefix


def test_a_place_knows_what_is_below_it(places: dict[str, Place]) -> None:
    below = [[code for code in places if code.startswith(place.prefix)] for place in places.values()]
    assert [len(codes) for codes in below] == [6, 2, 1, 3, 1, 1]


def test_loading_again_changes_nothing(places: dict[str, Place], acting: str) -> None:
    assert divisions.load([Division(VILLAGE, "别名", "village", "village")], by=acting) == 0
    assert Place.objects.get(code=VILLAGE).name == "青杠村"


def test_a_village_without_its_town_is_refused(db: None) -> None:
    with pytest.raises(Refusal, match="lacks the town 510921110000"):
        divisions.load([Division(VILLAGE, "青杠村", "village", "village", "510921110000")], by="tester")
    assert not Place.objects.exists()


def test_a_merger_leads_to_the_code_in_force(places: dict[str, Place], acting: str) -> None:
    divisions.succeed(NEIGHBOUR, VILLAGE, on=DAY, by=acting)
    divisions.succeed(VILLAGE, FAR, on=DAY + datetime.timedelta(days=30), by=acting)
    asked = [DAY - datetime.timedelta(days=1), DAY, DAY + datetime.timedelta(days=30)]
    assert [divisions.successor(NEIGHBOUR, on=day) for day in asked] == [NEIGHBOUR, VILLAGE, FAR]
    assert Place.objects.get(code=NEIGHBOUR).until_day == DAY


def test_a_ring_of_mergers_comes_to_an_end(places: dict[str, Place], acting: str) -> None:
    Succession.objects.create(old_code=VILLAGE, new_code=FAR, on_day=DAY)
    Succession.objects.create(old_code=FAR, new_code=VILLAGE, on_day=DAY)
    assert divisions.successor(VILLAGE, on=DAY) in (VILLAGE, FAR)


def test_an_unknown_place_cannot_be_merged(places: dict[str, Place], acting: str) -> None:
    with pytest.raises(Refusal, match="no division 510921999999"):
        divisions.succeed(VILLAGE, "510921999999", on=DAY, by=acting)


@pytest.mark.parametrize(
    "wrong", [{"code": "51092111021"}, {"code": "51092111021x"}, {"until_day": DAY, "from_day": DAY}]
)
def test_the_database_refuses_a_place_that_cannot_be(acting: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Place.objects.create(**{"code": VILLAGE, "name": "x", "level": "village", **wrong})


def test_a_demonstration_is_one_for_ever(db: None) -> None:
    counties.begin("510921", "蓬溪县", demo=True, by="tester")
    for change in (
        lambda: County.objects.update(demo=False),
        lambda: County.objects.all().delete(),
        lambda: County.objects.create(code="510922", name="射洪", demo=False),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(Refusal, match="already belongs"):
        counties.begin("510922", "射洪", demo=False, by="tester")


def test_a_county_that_cannot_be_founded_leaves_nothing(db: None, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("code12,name,kind\n510921110212,青杠村,village\n", encoding="utf-8")
    with pytest.raises(Refusal, match="lacks the town"):
        founding.found("510921", "蓬溪县", [tmp_path / "d.csv"], by="tester")
    assert not County.objects.exists()
    assert not Place.objects.exists()


def test_a_list_saved_by_a_chinese_spreadsheet_is_read(tmp_path: Path) -> None:
    text = "code12,name,kind,town_name\n510921110212,青杠村,村,鸣凤镇\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        (tmp_path / "d.csv").write_text(text, encoding=encoding)
        assert [row.name for row in lists.read(tmp_path / "d.csv", county="510921")] == ["鸣凤镇", "青杠村"]


@pytest.mark.parametrize(
    ("edition", "towns", "villages"),
    [
        ("towns_2017-10-31", 33, 0), ("towns_2018-10-31", 31, 0), ("towns_2019-10-31", 20, 0),
        ("towns_2020-06-30", 20, 0), ("towns_2021-10-31", 20, 0), ("towns_2023-06-30", 20, 0),
        ("villages_2020-06-30", 20, 321), ("villages_2021-10-31", 20, 322),
    ],
)  # fmt: skip
def test_the_editions_of_the_statistics_bureau_load(
    db: None, reference_data: Path, edition: str, towns: int, villages: int
) -> None:
    file = reference_data / "divisions" / f"pengxi_510921_{edition}.csv"
    assert founding.found("510921", "蓬溪县", [file], by="tester") == {"county": 1, "town": towns, "village": villages}
    assert Place.objects.filter(level="village").exclude(town_code="").count() == villages
