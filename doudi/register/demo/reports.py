"""Who reported what and when: the rows each source has, turned into statements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from doudi.register.demo import telling
from doudi.register.demo.accounts import village_usernames
from doudi.register.demo.condition import Days, Texts
from doudi.register.demo.dice import Bools, Dice, Ints
from doudi.register.demo.hardship import Columns, County
from doudi.register.demo.helpers import FIRST_CALL, Helpers
from doudi.register.demo.statements import Batch, Moments, Subjects, office_hours

Order = Mapping[str, Mapping[str, Sequence[str]]]  # kind -> fact -> sources, best first

# source -> day spoken of, day recorded (county, paper and lists arrive at once; calls have a day each)
_DAYS = {
    "national": ("2019-12-31", "2020-01-12"),
    "provincial": ("2019-11-30", "2019-12-09"),
    "paper": ("2019-12-15", "2020-01-17"),
    "bureau": ("2020-02-20", "2020-02-24"),
    "bank": ("2020-02-14", "2020-02-17"),
}
_FILES = {
    "national": "国扶系统导出(演示).xlsx",
    "provincial": "省六有平台导出(演示).xlsx",
    "paper": "扶贫手册(演示)",
    "bureau": "部门比对表(演示).xlsx",
    "bank": "小额信贷台账(演示).xlsx",
    "field": "电话核查",
    "household": "农户来电",
    "village": "村防控小组摸排表",
}
_OFFICE = {"national": "county", "provincial": "county", "bureau": "bureau", "bank": "bank"}
AGAIN = 0.05  # households called twice


@dataclass(frozen=True, slots=True)
class Desk:
    """What is needed to write a report down: the county, its helpers, and who of the village records."""

    county: County
    helpers: Helpers
    order: Order

    @property
    def dice(self) -> Dice:
        """The county's chance."""
        return self.county.dice


def of_households(desk: Desk, columns: Columns) -> list[Batch]:
    """Every source's rows about households."""
    county, families = desk.county, desk.county.families
    n = len(families.size)
    everybody = np.ones(n, dtype=bool)
    rows = _household_rows(county)
    rows |= {"bureau": everybody, "bank": everybody}
    places = np.array(county.places.codes, dtype=object)[families.village]
    subjects = Subjects("household", np.arange(1, n + 1), np.arange(1, n + 1), places)
    return _batches(desk, subjects, columns, rows, np.arange(n))


def of_persons(desk: Desk, columns: Columns) -> list[Batch]:
    """Every source's rows about persons: those of their household, and the lists of the health bureau."""
    county, families = desk.county, desk.county.families
    home = families.household
    rows = {source: present[home] for source, present in _household_rows(county).items()}
    rows["village"] = rows["village"] | ~county.poor_person
    rows["bureau"] = np.ones(len(home), dtype=bool)
    places = np.array(county.places.codes, dtype=object)[families.village[home]]
    subjects = Subjects("person", np.arange(1, len(home) + 1), home + 1, places)
    return _batches(desk, subjects, columns, rows, home)


def _household_rows(county: County) -> dict[str, Bools]:
    """Which households each source has a row for."""
    dice, poor, reached = county.dice, county.families.registered, county.reached
    n = len(poor)
    return {
        "national": poor,
        "provincial": ~poor | dice.chance("row provincial", 0.32, n),
        "paper": poor & dice.chance("row paper", 0.27, n),
        "field": reached,
        "household": reached & dice.chance("row household", 0.3, n),
        "village": reached & dice.chance("row village", 0.12, n),
    }


def _batches(desk: Desk, subjects: Subjects, columns: Columns, rows: dict[str, Bools], home: Ints) -> list[Batch]:
    """`home` is the household of each subject: everything said in one call shares its day."""
    words = telling.tell(subjects.kind, columns, rows, desk.order[subjects.kind], desk.dice)
    made = [written(desk, subjects, source, word, home) for source, word in words.items() if word]
    made.append(_earlier(desk, subjects, words["field"], home))
    return made


def written(desk: Desk, subjects: Subjects, source: str, word: telling.Word, home: Ints) -> Batch:
    """One source's words about subjects of households."""
    about, at = when(desk, source)
    by = who(desk, source)
    return Batch(subjects, source, about[home], at[home], by[home], evidence(source, len(home)), word)


def _earlier(desk: Desk, subjects: Subjects, word: telling.Word, home: Ints) -> Batch:
    """The first of two calls: some answers were others then."""
    called = desk.helpers.called
    twice = desk.dice.chance("called twice", AGAIN, len(called)) & (called > FIRST_CALL + 4)
    day = called - desk.dice.whole("days before", 1, 4, len(called))
    at = office_hours("first call", day, len(called), desk.dice)
    was = telling.earlier(subjects.kind, word, desk.dice)
    was = {fact: telling.Said(said.values, said.says & twice[home]) for fact, said in was.items()}
    return Batch(subjects, "field", day[home], at[home], who(desk, "field")[home], evidence("field", len(home)), was)


def when(desk: Desk, source: str) -> tuple[Days, Moments]:
    """Over households: the day spoken of and the moment recorded."""
    n, dice = len(desk.helpers.called), desk.dice
    if source in _DAYS:
        spoken, recorded = (np.datetime64(day) for day in _DAYS[source])
        town = desk.county.places.town[desk.county.families.village]
        at = recorded.astype("datetime64[s]") + 3_600 + 480 * town  # a file a town, from nine in the morning
        return np.broadcast_to(spoken, n), at
    shift = {"field": 0, "household": -2, "village": -1}[source]
    about = np.maximum(desk.helpers.called + shift, FIRST_CALL)
    return about, office_hours(f"call {source}", about, n, dice)


def who(desk: Desk, source: str) -> Texts:
    """Over households: the username of who recorded."""
    families, helpers = desk.county.families, desk.helpers
    if source in _OFFICE:
        return np.full(len(families.size), _OFFICE[source], dtype=object)
    village = np.array(village_usernames(desk.county.places), dtype=object)[families.village]
    if source in ("village", "paper"):
        return village
    return np.where(helpers.of >= 0, np.array(helpers.usernames, dtype=object)[helpers.of], village)


def evidence(source: str, n: int) -> Texts:
    """Where it was read or heard, as JSON."""
    return np.full(n, json.dumps({"from": _FILES[source]}, ensure_ascii=False), dtype=object)
