"""How far the copies agree in each village: counted at every look, added up for whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import orjson
from django.db import models
from django.db.models import TextField
from django.db.models.functions import Cast

from doudi.monitoring.agreement_counts import EVERY, TOGETHER, Counts
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.putting import put_in


class VillageAgreement(models.Model):
    """The counts of one village at the last look: {"household:wage_income": {copy: [agree, differ, stale, missing]}}.

    The copy "" is all copies of the fact together, the fact ":" the household as a whole.
    """

    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, primary_key=True)
    looked_on = models.DateField()
    counts = models.JSONField()

    class Meta:
        db_table = "monitoring_village_agreement"
        ordering = ["place_code"]
        constraints = [place_code_is_whole("village_agreement_place_whole")]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many agree, differ, are stale or missing, of all that there are."""

    agree: int = 0
    differ: int = 0
    stale: int = 0
    missing: int = 0

    @property
    def all(self) -> int:
        """Everything counted."""
        return self.agree + self.differ + self.stale + self.missing

    @property
    def held(self) -> int:
        """What the copy says something of."""
        return self.all - self.missing

    def plus(self, counts: Iterable[int]) -> Rate:
        """With further counts added."""
        agree, differ, stale, missing = counts
        return Rate(self.agree + agree, self.differ + differ, self.stale + stale, self.missing + missing)


def keep(villages: Mapping[str, Counts], *, on: date, below: str) -> None:
    """Put the counts of a look in the place of the earlier ones below a place's prefix, inside a transaction."""
    VillageAgreement.objects.filter(place_code__startswith=below).delete()
    put_in([VillageAgreement(place_code=code, looked_on=on, counts=counts) for code, counts in villages.items()])


def counts_of(prefix: str) -> dict[str, Counts]:
    """The counts of every village of a place, as far as the wall lets the reader see."""
    rows = VillageAgreement.objects.filter(place_code__startswith=prefix).annotate(text=Cast("counts", TextField()))
    return {code: _read(text) for code, text in rows.values_list("place_code", "text")}


class _Read(dict[str, Any]):
    """A village's counts as they stand in the database, and what they come to over all facts."""

    @cached_property
    def over_facts(self) -> dict[str, list[int]]:
        """The sums by copy."""
        return _summed(copies for name, copies in self.items() if name != EVERY)


@lru_cache(maxsize=512)
def _read(text: str) -> _Read:
    """Held by what it says, which changes with a look and not with a page: a county's is three million letters."""
    return _Read(orjson.loads(text))


def by_copy(villages: Mapping[str, Counts], fact: str = "") -> dict[str, Rate]:
    """The rate of each copy, and under "" of all together, over one fact or all facts."""
    held = (counts.get(fact, {}) if fact else _over_facts(counts) for counts in villages.values())
    return {copy: Rate(*numbers) for copy, numbers in _summed(held).items()}


def _over_facts(counts: Counts) -> Mapping[str, Sequence[int]]:
    read = counts if isinstance(counts, _Read) else _Read(counts)
    return read.over_facts


def _summed(every: Iterable[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for copies in every:
        for copy, numbers in copies.items():
            _add(sums.setdefault(copy, [0, 0, 0, 0]), numbers)
    return sums


def _add(sums: list[int], numbers: Sequence[int]) -> None:
    """Add in place: a county has tens of thousands of these counts."""
    sums[0] += numbers[0]
    sums[1] += numbers[1]
    sums[2] += numbers[2]
    sums[3] += numbers[3]


def by_fact(villages: Mapping[str, Counts]) -> dict[str, dict[str, Rate]]:
    """The rates of each fact by copy."""
    sums: dict[str, dict[str, list[int]]] = {}
    for counts in villages.values():
        for name, copies in counts.items():
            if name != EVERY:
                held = sums.setdefault(name, {})
                for copy, numbers in copies.items():
                    _add(held.setdefault(copy, [0, 0, 0, 0]), numbers)
    return {name: {copy: Rate(*numbers) for copy, numbers in held.items()} for name, held in sums.items()}


def households(villages: Mapping[str, Counts]) -> Rate:
    """Households by the worst of their facts: agree means that every copy holds every fact and all say the same."""
    return by_copy(villages, EVERY).get(TOGETHER, Rate())


def by_place(villages: Mapping[str, Counts], digits: int, fact: str = EVERY, copy: str = TOGETHER) -> dict[str, Rate]:
    """The rate of each part of a place: towns with nine digits, villages with twelve."""
    found: dict[str, Rate] = {}
    for code, counts in villages.items():
        rate = by_copy({code: counts}, "" if fact == "" else fact).get(copy, Rate())
        held = found.get(code[:digits], Rate())
        found[code[:digits]] = held.plus((rate.agree, rate.differ, rate.stale, rate.missing))
    return found


def last_look(prefix: str) -> date | None:
    """The day of the oldest look that still counts within a place."""
    found: date | None = VillageAgreement.objects.filter(place_code__startswith=prefix).aggregate(
        first=models.Min("looked_on")
    )["first"]
    return found
