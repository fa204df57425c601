"""A table of numbers to call: put, renamed, refused with the reason; no number is taken back by what a table lacks."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from doudi.values.refusals import Refusal

NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
DAY = NOW.date()
VILLAGE, TOWN = "510921110212", "510921110000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def places(acting: str) -> None:
    from doudi.places.divisions import Place

    rows = [
        ("510921000000", "蓬溪县", "county"),
        (TOWN, "鸣凤镇", "town"),
        (VILLAGE, "青杠村", "village"),
        ("510921110213", "同名村", "village"),
        ("510921111201", "同名村", "village"),
    ]
    for code, name, level in rows:
        Place.objects.create(code=code, name=name, level=level, from_day=datetime.date(2019, 1, 1))


def judged(*rows: dict[str, str]) -> list[Any]:
    from doudi.register.contact_sheets import CONTACTS

    return CONTACTS.judge(list(enumerate(rows, 2)), "")


def said(**cells: str) -> dict[str, str]:
    return {"place": VILLAGE, "duty": "村支书", "name": "王支书", "number": "0825-545 0001"} | cells


def taken_in(*rows: dict[str, str]) -> list[str]:
    from doudi.register.contact_sheets import CONTACTS

    found = judged(*rows)
    CONTACTS.write([row for row in found if row.state in ("new", "changed")], about="", by="t", on=DAY, now=NOW)
    return [row.state for row in found]


def test_a_table_puts_renames_and_leaves(places: None) -> None:
    from doudi.places.contacts import Contact

    assert taken_in(said(), said(place="鸣凤镇", duty="duty number", name="值班室", number="110")) == ["new", "new"]
    assert taken_in(said(), said(duty="first secretary", name="李书记", number="13800000001")) == ["same", "new"]
    assert taken_in(said(name="赵支书")) == ["changed"]
    held = set(Contact.objects.standing().values_list("place_code", "duty", "name", "number"))
    assert held == {
        (VILLAGE, "secretary", "赵支书", "08255450001"),
        (VILLAGE, "first_secretary", "李书记", "13800000001"),
        (TOWN, "duty", "值班室", "110"),
    }
    assert Contact.objects.exclude(ended_at=None).get().name == "王支书", "what was renamed is kept as it was"


@pytest.mark.parametrize(
    ("cells", "where", "words"),
    [
        ({"place": "510921110999"}, "place", "no place"),
        ({"place": ""}, "place", "no place"),
        ({"place": "同名村"}, "place", "More than one"),
        ({"duty": "亲戚"}, "duty", "village secretary"),
        ({"duty": ""}, "duty", "village secretary"),
        ({"name": "\u200b"}, "name", "Name the person"),
        ({"name": "长" * 41}, "name", "at most 40"),
        ({"number": "一一〇"}, "number", "3 to 15 digits"),
        ({"number": "1" * 16}, "number", "3 to 15 digits"),
        ({"number": ""}, "number", "3 to 15 digits"),
    ],
)
def test_a_row_that_names_nobody_stays_out_with_the_reason(
    cells: dict[str, str], where: str, words: str, places: None
) -> None:
    (row,) = judged(said(**cells))
    assert isinstance(row.problem, Refusal)
    assert row.problem.where == where
    assert words in row.problem.en


def test_a_place_has_no_more_than_the_most(places: None) -> None:
    rows = [said(number=f"1380000000{n}") for n in range(7)]
    found = judged(*rows)
    assert [row.state for row in found] == ["new"] * 6 + ["refused"]
    again = judged(said(), said())
    assert [row.state for row in again] == ["new", "refused"], "one number twice"
