"""Corrections for another system: exported, applied to its copy, imported again, and nothing differs any more."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from django.db import transaction
from django.test import Client

from doudi.access.scope import Scope, as_engine, enter
from doudi.facts import vocabulary
from doudi.policy.listing import corrections, making
from doudi.policy.listing.lists import Asker
from doudi.policy.listing.making import Asked
from doudi.policy.runs import Run
from doudi.register import statements
from doudi.register.exporting.corrections import Difference
from doudi.register.exporting.exports import Export
from doudi.register.importing import accepting, profiles, writing
from doudi.register.persons import Person
from doudi.register.statements import Statement

COUNTY = "510921"
NOW = datetime.datetime(2020, 3, 1, 4, tzinfo=datetime.UTC)
DAY = datetime.date(2020, 2, 28)
LAYOUT = profiles.load("national").layouts["member_2021"]
ID = LAYOUT.columns.index(next(c for c in LAYOUT.columns if c.part == "person_code"))
HOME = LAYOUT.columns.index(next(c for c in LAYOUT.columns if c.part == "household_code"))


def asker(roles: str = "county_officer") -> Asker:
    run = Run.objects.standing()
    assert run is not None
    return Asker(frozenset({roles}), Scope(frozenset({COUNTY})), run.as_of, run)


def exported(numbers: bool = False, source: str = "national") -> Export:
    """The correction table; its few hundred persons need nobody else."""
    asked = Asked("differences", {"source": source}, reason="更正国扶系统", with_numbers=numbers)
    return making.make_file(making.ask(asked, asker(), by="county", now=NOW), now=NOW)


def sheet(export: Export, place: int = 0) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_path(str(export.path))
    return book.get_sheet_by_name(book.sheet_names[place]).to_python()


def in_form(found: list[Difference]) -> list[Difference]:
    return [one for one in found if corrections.column_for(LAYOUT, one) is not None]


def said_by_national() -> dict[tuple[str, int], dict[str, Any]]:
    told: dict[tuple[str, int], dict[str, Any]] = {}
    with as_engine():
        for one in Statement.objects.filter(source="national").order_by("about_day", "recorded_at", "id"):
            told.setdefault((one.subject_kind, one.subject_id), {}).update(one.facts)
    return told


def their_copy(homes: set[int | None]) -> list[list[str]]:
    """What the national system's export of these households would say: every member, with what it last said."""
    said, rows = said_by_national(), []
    for person in Person.objects.filter(household_id__in=homes).select_related("household").order_by("code"):
        home = person.household
        assert home is not None
        parts = {"household_code": home.national_code or home.code, "person_code": person.code,
                 "person_name": person.name, "id_number": person.id_number or "", "year": "2020"}  # fmt: skip
        facts = {"person": said.get(("person", person.pk), {}), "household": said.get(("household", home.pk), {})}
        rows.append(writing.row_of(LAYOUT, parts, facts, year=2019))
    return rows


def applied(rows: list[list[str]], table: list[list[Any]]) -> list[list[str]]:
    """Their copy with each filled cell put in: a person's on the person's row, a household's on every row of it."""
    kept = [list(row) for row in rows]
    for correction in table[1:]:
        for at, column in enumerate(LAYOUT.columns):
            if not column.facts or correction[at] == "":
                continue
            key = HOME if column.facts[0].kind == "household" else ID
            for row in kept:
                if row[key] == correction[key]:
                    row[at] = str(correction[at])
    return kept


@pytest.fixture
def seen(county: Client) -> Any:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        yield


def test_applied_to_the_other_copy_and_imported_no_difference_is_left(seen: None, tmp_path: Path) -> None:
    before = in_form(corrections.differing({"source": "national"}, asker()))
    assert before
    rows = applied(their_copy({one.household_id for one in before}), sheet(exported()))
    path = tmp_path / "国扶导出.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([writing.header(LAYOUT), *rows])
    table = accepting.open_table(path, profiles.load("national"), about=DAY)
    done = accepting.accept(table, by="county", now=NOW, source="national")
    assert done.counts["held"] + done.counts["refused"] == 0, accepting_problems(done)
    later = Asker(frozenset({"county_officer"}), asker().scope, DAY, asker().run)
    assert in_form(corrections.differing({"source": "national"}, later)) == []


def accepting_problems(done: Any) -> Any:
    return [line.why for line in done.comparison.lines if line.why][:3]


def test_only_the_differing_cells_are_filled(seen: None) -> None:
    found = in_form(corrections.differing({"source": "national"}, asker()))
    table = sheet(exported())
    assert table[0] == writing.header(LAYOUT)
    filled = sum(row[at] != "" for row in table[1:] for at, column in enumerate(LAYOUT.columns) if column.facts)
    assert filled == len(found)


def test_every_difference_is_listed_with_both_words_who_and_when(seen: None) -> None:
    found = corrections.differing({"source": "national"}, asker())
    listed = sheet(exported(), 1)
    assert listed[0][6:13] == ["哪一项", "对方系统", "对方说的是哪天", "本登记采信", "谁说的", "说的是哪天", "表中的列"]
    assert len(listed) - 1 == len(found)
    assert all(row[7] != row[9] and row[10] != "国扶系统" for row in listed[1:])
    assert sum(row[12] == "本表无此列" for row in listed[1:]) == len(found) - len(in_form(found))


@pytest.mark.parametrize("numbers", [False, True])
def test_identity_numbers_leave_only_when_asked_for(seen: None, numbers: bool) -> None:
    at = next(n for n, column in enumerate(LAYOUT.columns) if column.part == "id_number")
    told = [row[at] for row in sheet(exported(numbers))[1:]]
    assert any(told) is numbers
    assert all(isinstance(each, str) and len(each) == 18 for each in told if each)  # text: no digit is lost


def test_facts_the_duty_does_not_show_are_not_among_them(seen: None) -> None:
    words = vocabulary.load()
    found = corrections.differing({"source": "national"}, asker("village_officer"))
    assert all(words.fact(one.kind, one.key.partition("@")[0]).sensitivity != "health" for one in found)  # type: ignore[union-attr]


def test_the_provincial_copy_is_compared_the_same_way(seen: None) -> None:
    for one in corrections.differing({"source": "provincial"}, asker()):
        assert one.theirs.source == "provincial"
        assert one.theirs.value != one.ours.value


@pytest.mark.parametrize("numbers", [False, True])
def test_phones_are_partly_told_and_whole_only_where_asked_for(seen: None, numbers: bool) -> None:
    with as_engine():
        person = Person.objects.exclude(household=None).order_by("pk")[0]
        for source, day, phone in (("provincial", 10, "13800001111"), ("national", 20, "13900002222")):
            about = datetime.date(2020, 2, day)
            statements.record("person", person.pk, {"phone": phone}, source=source, about=about, by="village", now=NOW)
    found = [one for one in corrections.differing({"source": "provincial"}, asker()) if one.key == "phone"]
    export = exported(numbers, "provincial")
    whole = {str(value) for one in found for value in (one.ours.value, one.theirs.value)}
    assert whole == {"13800001111", "13900002222"}
    listed = {cell for row in sheet(export, 1) for cell in map(str, row)}
    assert not whole & listed
    assert any("****" in cell for cell in listed)
    form = {cell for row in sheet(export) for cell in map(str, row)}
    assert bool(whole & form) == (numbers and bool(in_form(found)))
