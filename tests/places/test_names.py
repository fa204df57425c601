"""Names: a place is renamed from a day on, and the tree of an earlier day still calls it as it was called then."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest

from doudi.places import divisions, names
from doudi.places.divisions import Division, Place
from doudi.values.refusals import Refusal

MAY = datetime.date(2020, 5, 1)


def test_a_name_holds_until_the_next(places: dict[str, Place]) -> None:
    village = places["510921110212"]
    names.rename(village, "新青杠村", on=MAY, by="tester")
    names.rename(village, "青松村", on=MAY.replace(month=8), by="tester")
    told = [
        names.names_on([village.code], on=day).get(village.code, Place.objects.get(code=village.code).name)
        for day in (MAY.replace(day=30, month=4), MAY, MAY.replace(month=7), MAY.replace(month=8))
    ]
    assert told == ["青杠村", "新青杠村", "新青杠村", "青松村"]


@pytest.mark.parametrize("name", ["", "  ", "青杠村", "a\u202eb", "x" * 81, "a\nb"])
def test_no_name_is_refused(places: dict[str, Place], name: str) -> None:
    with pytest.raises(Refusal):
        names.rename(places["510921110212"], name, on=MAY, by="tester")
    assert Place.objects.get(code="510921110212").name == "青杠村"


def test_a_name_cannot_begin_before_the_last(places: dict[str, Place]) -> None:
    names.rename(places["510921110212"], "新青杠村", on=MAY, by="tester")
    with pytest.raises(Refusal, match="not after"):
        names.rename(places["510921110212"], "青松村", on=MAY, by="tester")


def test_the_towns_of_every_edition_stand_as_they_stood(reference_data: Path, acting: str) -> None:
    """33 towns in 2017, 31 in 2018, 20 in 2019: each edition's list is what the tree shows on its day."""
    editions = sorted((reference_data / "divisions").glob("pengxi_510921_towns_*.csv"))
    days = [datetime.date.fromisoformat(path.stem[-10:]) for path in editions]
    lists: list[dict[str, str]] = []
    divisions.load([Division("510921000000", "蓬溪县", "county", "county")], by=acting)
    for path, day in zip(editions, days, strict=True):
        with path.open(encoding="utf-8-sig", newline="") as file:
            lists.append({row["code12"]: row["name"] for row in csv.DictReader(file)})
        new = [Division(code, name, "town", "town") for code, name in lists[-1].items()]
        divisions.load(new, by=acting, from_day=day)
        gone = set(Place.objects.in_force(on=day).filter(level="town").values_list("code", flat=True)) - set(lists[-1])
        for code in sorted(gone):
            divisions.succeed(code, next(iter(lists[-1])), on=day, by=acting, reason="撤并")
    found: list[Any] = [
        set(Place.objects.in_force(on=day).filter(level="town").values_list("code", flat=True)) for day in days
    ]
    assert [len(each) for each in found][:3] == [33, 31, 20]
    assert found == [set(each) for each in lists]
