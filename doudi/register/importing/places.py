"""Which place a row means: by code, by number, or by the names of town and village."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from doudi.places import counties
from doudi.places.divisions import Division, Place
from doudi.places.lineage import followed
from doudi.register.importing.profiles import Create, normal
from doudi.register.importing.reading import Complaint, Reading, RowRead
from doudi.values.refusals import Refusal

_ENDINGS = ("社区居民委员会", "社区居委会", "村民委员会", "居民委员会", "村委会", "居委会", "社区", "村")


class Places:
    """The places a table may name. `new` are those it brings along under its profile."""

    def __init__(self, reading: Reading) -> None:
        self.profile = reading.profile
        self.headings = reading.headings
        present = Place.objects.filter(level=Place.VILLAGE).filter(Q(until_day=None) | Q(until_day__gt=reading.about))
        villages = list(present.values_list("code", "name", "town_code"))
        self.codes = {code for code, _, _ in villages}
        self.by_name = _by_name(villages)
        self.new: dict[str, Division] = {}
        self._found: dict[tuple[str, ...], str | Complaint] = {}
        self._became: dict[str, frozenset[str]] = {}
        begun = counties.present()
        self.county = begun.name if begun else ""
        if self.profile.create:
            _refuse_another_county(self.profile.create)

    def of(self, row: RowRead) -> str | Complaint:
        """The code of the row's village, the empty text when it names none, or what is wrong with it."""
        parts = row.parts
        key = tuple(parts.get(name, "") for name in ("place_number", "place_code", "county", "town", "village"))
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, number: str, code: str, county: str, town: str, village: str) -> str | Complaint:
        if number:
            return self._numbered(number)
        if code and (code in self.codes or not village):
            return code if code in self.codes else self._unknown("place_code", code)
        if county and self.county and _stem(county) != _stem(self.county):
            zh, en = f"“{county[:40]}”不是本县({self.county})", f"“{county[:40]}” is not this county ({self.county})"
            return Complaint(self.headings["county"], zh, en)
        return self._named(town, village) if village else ""

    def same(self, code: str, other: str) -> bool:
        """Whether two codes mean one village: the same, or one became part of the other by today."""
        if code not in self._became:
            self._became[code] = followed([code], on=date.max)
        return code == other or other in self._became[code]

    def _numbered(self, text: str) -> str | Complaint:
        if not re.fullmatch(r"[0-9]{1,3}", text):
            return self._unknown("place_number", text)
        code = self.profile.place_form.format(int(text))
        create = self.profile.create
        if code not in self.codes and create:
            self.new[code] = Division(code, create.name.format(int(text)), "village", create.kind, create.town["code"])
            self.codes.add(code)
        return code if code in self.codes else self._unknown("place_number", text)

    def _named(self, town: str, village: str) -> str | Complaint:
        found = (
            self.by_name.get((_short(town), _short(village)), set())
            if town
            else self.by_name.get(("", _short(village)), set())
        )
        if len(found) == 1:
            return next(iter(found))
        if found:
            return Complaint(
                self.headings["village"],
                f"有{len(found)}个“{village}”,请写村代码",
                f"there are {len(found)} “{village}”; give the code",
            )
        return self._unknown("village", f"{town}{village}")

    def _unknown(self, part: str, text: str) -> Complaint:
        zh, en = (
            f"区划里没有“{text[:40]}”这个村(社区)",
            f"there is no village or community “{text[:40]}” among the divisions",
        )
        return Complaint(self.headings.get(part, part), zh, en)

    def divisions(self) -> list[Division]:
        """The places to load before the households."""
        create = self.profile.create
        if not self.new or create is None:
            return []
        county = Division(create.county["code"], create.county["name"], "county", "county")
        town = Division(create.town["code"], create.town["name"], "town", "town")
        return [county, town, *self.new.values()]


def _by_name(villages: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], set[str]]:
    """Village codes by (town, village) and by village alone, names without their endings."""
    towns = dict(Place.objects.filter(level=Place.TOWN).values_list("code", "name"))
    found: dict[tuple[str, str], set[str]] = {}
    for code, name, town in villages:
        for key in ((_short(towns.get(town, "")), _short(name)), ("", _short(name))):
            found.setdefault(key, set()).add(code)
    return found


def _short(name: str) -> str:
    """A place's name without the ending that one list writes and another leaves out."""
    word = normal(name)
    while ends := [ending for ending in _ENDINGS if word.endswith(ending) and len(word) > len(ending) + 1]:
        word = word.removesuffix(ends[0])
    return word


def _stem(county: str) -> str:
    """A county's name without the word for what it is."""
    word = normal(county).partition("(")[0]
    return word[:-1] if len(word) > 2 and word[-1] in "县区市旗" else word


def _refuse_another_county(create: Create) -> None:
    county = counties.present()
    if county is not None and county.code != create.county["code"][:6]:
        raise Refusal(
            f"本数据目录属于 {county.name},不能载入 {create.county['name']} 的数据。请另用一个 DOUDI_HOME。",
            f"This home belongs to {county.name}: {create.county['name']} needs another DOUDI_HOME.",
        )
