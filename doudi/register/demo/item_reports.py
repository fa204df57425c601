"""Who reported what of villages, loans, hires, posts, platforms and projects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from doudi.register.demo import reports, telling, unknowns
from doudi.register.demo.accounts import village_usernames
from doudi.register.demo.condition import Texts
from doudi.register.demo.dice import Bools, Ints
from doudi.register.demo.reports import Desk
from doudi.register.demo.statements import Batch, Subjects, office_hours
from doudi.register.demo.things import NOBODY, Things, place_codes
from doudi.register.demo.truth import Column

# kind -> source -> the day spoken of, for what belongs to no household
_DAYS = {
    "place": {"national": "2020-01-12", "village": "2020-01-20"},
    "post": {"village": "2020-02-18", "bureau": "2020-02-20"},
    "platform": {"bureau": "2020-02-21"},
    "project": {"bureau": "2020-02-22", "village": "2020-02-24"},
    "hire": {"bureau": "2020-02-20"},
}
_OFFICE = {"national": "county", "bureau": "bureau"}


def of_places(desk: Desk) -> list[Batch]:
    """What the register says of villages, and each village asked that it has listed all its households."""
    places, n = desk.county.places, len(desk.county.places)
    everywhere = np.ones(n, dtype=bool)
    listed = unknowns.known("place", "households_complete", n, desk.dice)
    columns = {
        "code": Column(_text(places.codes), everywhere),
        "is_community": Column(places.community, unknowns.known("place", "is_community", n, desk.dice)),
        "households_complete": Column(everywhere, listed & places.asked),
    }
    ids = np.array([int(code) for code in places.codes], dtype=np.int64)
    subjects = Subjects("place", ids, np.zeros(n, dtype=np.int64), _text(places.codes))
    words = telling.tell("place", columns, dict.fromkeys(_DAYS["place"], everywhere), desk.order["place"], desk.dice)
    return [_noted(desk, subjects, source, word, np.arange(n)) for source, word in words.items()]


def of_things(desk: Desk, things: Things, first_id: int) -> list[Batch]:
    """Every source's rows about the items of one kind, whose ids run on from `first_id`."""
    ids = np.arange(first_id, first_id + len(things))
    subjects = Subjects(things.kind, ids, things.household + 1, place_codes(things, desk.county.places))
    rows = _rows(desk, things)
    words = telling.tell(things.kind, things.facts, rows, desk.order[things.kind], desk.dice)
    return [
        _noted(desk, subjects, source, word, things.village)
        if source in _DAYS.get(things.kind, {})
        else reports.written(desk, subjects, source, word, things.household)
        for source, word in words.items()
    ]


def _rows(desk: Desk, things: Things) -> dict[str, Bools]:
    """Offices have a row for everything; the field check and the household only where it was reached."""
    everything = np.ones(len(things), dtype=bool)
    rows = dict.fromkeys(_DAYS.get(things.kind, {"bank": ""}), everything)
    if things.kind in ("loan", "hire"):
        linked = things.household != NOBODY
        reached = linked & desk.county.reached[things.household]
        rows["field"] = reached
        rows["household"] = reached & desk.dice.chance(f"{things.kind} row household", 0.35, len(things))
    return rows


def _noted(desk: Desk, subjects: Subjects, source: str, word: telling.Word, village: Ints) -> Batch:
    """Words of an office or a village, all of one day."""
    n = len(subjects.ids)
    day = _DAYS[subjects.kind][source]
    at = office_hours(f"{subjects.kind} {source}", day, n, desk.dice)
    by = _text(village_usernames(desk.county.places))[village]
    if source in _OFFICE:
        by = np.full(n, _OFFICE[source], dtype=object)
    return Batch(subjects, source, np.full(n, np.datetime64(day)), at, by, reports.evidence(source, n), word)


def _text(values: Sequence[str]) -> Texts:
    return np.array(values, dtype=object)
