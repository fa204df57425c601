"""Cases of the list of bad input that a table brings in and no other test meets (tests/bad_input.py)."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from doudi.register.importing import tables
from doudi.register.persons import Person
from doudi.values.person_names import with_one_dot
from doudi.values.refusals import Refusal
from tests.conftest import VILLAGE
from tests.register import test_importing as importing
from tests.register.test_importing import HEADER, WANG, look, states, take

write = importing.write
DOTS = ["王·买买提", "王・买买提", "王•买买提", "王.买买提", "王 · 买买提", "王．买买提", "王･买买提"]
NO_NAMES = ["null", "None", "NaN", "无", "不详", "未知"]


@pytest.mark.parametrize("written", DOTS)
def test_a_name_is_one_whichever_dot_it_is_written_with(written: str, village: Any, write: Any) -> None:
    take(write(HEADER, WANG.replace("王德顺", DOTS[0])))
    assert states(look(write(HEADER, WANG.replace("王德顺", written), name="again.csv"))) == ["same"]


@pytest.mark.parametrize("name", ["A. Smith", "3.5", "王德顺", "·", "a·b", "王."])
def test_what_is_no_dot_within_a_name_stays(name: str) -> None:
    assert with_one_dot(name) == name


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_no_name_is_refused(name: str, village: Any, write: Any) -> None:
    found = look(write(HEADER, WANG.replace("王德顺,王德顺", f"王德顺,{name}"))).comparison.lines
    assert [(line.state, line.why[0].column) for line in found] == [("refused", "姓名")]


def test_a_number_of_somebody_dead_is_held(village: Any, write: Any, seeing: Any) -> None:
    with seeing("510921"):
        person = Person.objects.get(name="林秀英")
        person.memberships.update(until_day=datetime.date(2020, 1, 5), ended="died")
        Person.objects.filter(pk=person.pk).update(household=None)
    row = f"H-LIN,{VILLAGE},林秀英,林秀英,510999196001010023,户主,女,,,,"
    found = look(write(HEADER, row)).comparison.lines
    assert [(line.state, "dead" in line.why[0].en) for line in found] == [("held", True)]


def test_more_rows_than_may_be_are_refused(village: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 40)
    assert len(tables.read(write(HEADER, *[WANG] * 39))[0].rows) == 40
    with pytest.raises(Refusal, match="more than 40 rows"):
        tables.read(write(HEADER, *[WANG] * 40))


@pytest.mark.parametrize("name", ["x.svg", "x.csv", "x.xlsx"])
def test_a_drawing_is_no_table(name: str, tmp_path: Path) -> None:
    drawing = "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    (tmp_path / name).write_text(drawing)
    with pytest.raises(Refusal):
        tables.read(tmp_path / name)
