"""Households, persons, pairings and items of the demo county as rows for the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import orjson
import pyarrow as pa

from doudi.register.bulk import HouseholdRow, ItemRow, PairingRow, PersonRow, StatementRow
from doudi.register.demo.condition import Days
from doudi.register.demo.county import Demo
from doudi.register.demo.dice import Ints
from doudi.register.demo.places import COUNTY
from doudi.register.demo.things import NOBODY, place_codes
from doudi.values.idnumbers import check_digit

BEGUN = datetime(2019, 12, 1, tzinfo=UTC)  # before the first statement, so that every past state can be asked for
PREFIX = "510999"  # assigned to no place: nobody has such a number
WRONG_CERTIFICATE = 12  # certificates that bear somebody else's number
_PAIRED = date(2020, 1, 1)


def households(demo: Demo) -> Iterator[HouseholdRow]:
    """Every household, with the year it was registered in."""
    families, places, dice = demo.county.families, demo.county.places, demo.county.dice
    n = len(families.size)
    year = np.where(families.registered, dice.whole("registered in", 2014, 2017, n), 2018).tolist()
    heads = [demo.names[first] for first in families.first.tolist()]
    rows = zip(
        codes(demo), families.village.tolist(), families.group.tolist(), families.registered.tolist(), strict=True
    )
    for index, (code, village, group, poor) in enumerate(rows):
        number = f"{PREFIX}{index + 1:08d}" if poor else None
        yield HouseholdRow(
            index + 1, code, places.codes[village], date(year[index], 12, 31), heads[index], number, f"{group}社"
        )


def codes(demo: Demo) -> list[str]:
    """The village's code and a running number within it."""
    village = demo.county.families.village
    number = np.arange(len(village)) - np.searchsorted(village, village) + 1
    places = demo.county.places.codes
    return [f"{places[v]}-{k:04d}" for v, k in zip(village.tolist(), number.tolist(), strict=True)]


def persons(demo: Demo) -> Iterator[PersonRow]:
    """Every person, a member since the household was registered or since birth."""
    families, birth = demo.county.families, demo.county.condition.birth
    homes = codes(demo)
    within = (np.arange(len(families.age)) - families.first[families.household] + 1).tolist()
    since = np.maximum(birth, np.datetime64("2018-12-31")).astype(object).tolist()
    numbers = id_numbers(birth, families.male.astype(np.int64))
    sound = (demo.forms == "valid").tolist()
    certificates = _certificates(demo, numbers)
    for index, home in enumerate(families.household.tolist()):
        yield PersonRow(
            index + 1, f"{homes[home]}-{within[index]}", home + 1, demo.names[index], since[index],
            numbers[index] if sound[index] else None, "", certificates[index],
            "born" if since[index] > date(2018, 12, 31) else "registered",
        )  # fmt: skip


def id_numbers(birth: Days, male: Ints) -> list[str]:
    """Numbers under a prefix no place has, each once, with the right check digit; the sequence tells the sex."""
    taken: dict[tuple[str, int], int] = {}
    numbers = []
    for day, odd in zip(birth.astype(str).tolist(), male.tolist(), strict=True):
        key = (day, odd)
        taken[key] = taken.get(key, -1) + 1
        sequence = 2 * taken[key] + 11 + (odd == 0)
        first = f"{PREFIX}{day.replace('-', '')}{sequence:03d}"
        numbers.append(first + check_digit(first))
    return numbers


def _certificates(demo: Demo, numbers: list[str]) -> list[str]:
    """Disabled persons have a certificate: the number, a category, a grade; a few bear somebody else's number."""
    dice, n = demo.county.dice, len(numbers)
    disabled = demo.county.condition.health == "disabled"
    wrong = dice.sample(
        "wrong certificate", disabled, min(demo.county.size.scaled(WRONG_CERTIFICATE), int(disabled.sum()))
    )
    category, grade = dice.whole("category", 1, 7, n).tolist(), dice.whole("grade", 1, 4, n).tolist()
    certificates = [""] * n
    for index in np.flatnonzero(disabled).tolist():
        owner = index - 1 if wrong[index] and index else index
        certificates[index] = f"{numbers[owner]}{category[index]}{grade[index]}"
    return certificates


def pairings(demo: Demo, users: dict[str, int]) -> Iterator[PairingRow]:
    """Every registered poor household with its helper; `users` gives the ids of usernames."""
    helpers = demo.helpers
    for index, helper in enumerate(helpers.of.tolist()):
        if helper >= 0:
            yield PairingRow(index + 1, users[helpers.usernames[helper]], helpers.units[helper], _PAIRED)


def items(demo: Demo) -> Iterator[ItemRow]:
    """Every loan, hire, post, platform and project."""
    villages = demo.county.places.codes
    for kind, made in demo.things.items():
        walls = place_codes(made, demo.county.places).tolist()
        begun = made.from_day.astype("datetime64[D]").astype(object).tolist()
        links = zip(made.household.tolist(), made.person.tolist(), made.village.tolist(), strict=True)
        for index, (household, person, village) in enumerate(links):
            yield ItemRow(
                demo.first_ids[kind] + index, kind, made.codes[index], made.labels[index], begun[index],
                household + 1 if household != NOBODY and kind == "loan" else None,
                person + 1 if person != NOBODY else None,
                villages[village] if kind in ("post", "project") else None,
                walls[index] if walls[index] else f"{COUNTY[0]}000000",
            )  # fmt: skip


def statements(demo: Demo) -> Iterator[StatementRow]:
    """Every statement, in the order they were recorded."""
    table, read = demo.statements, orjson.loads
    columns = [table.column(name).to_pylist() for name in _COLUMNS]
    evidence = {text: read(text) for text in set(columns[-1])}
    seconds = table.column("recorded_at").cast(pa.int64()).to_numpy() // 1_000_000
    moments = [datetime.fromtimestamp(second, UTC) for second in seconds.tolist()]
    for kind, subject, source, about, facts, by, seen, at in zip(*columns, moments, strict=True):
        yield StatementRow(kind, subject, source, about, read(facts), by, evidence[seen], at)


_COLUMNS = ("subject_kind", "subject_id", "source", "about_day", "facts", "recorded_by", "evidence")
