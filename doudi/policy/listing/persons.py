"""The list of persons that leaves: the members of the households the conditions find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found
from doudi.register import children
from doudi.register.exporting.columns import Column
from doudi.register.persons import Person

COLUMNS = (
    Column("code", "人口编号", "person code", width=20),
    households.of_name("name", "姓名", "name"),
    Column("household", "户编号", "household code", width=18),
    households.of_name("head", "户主", "head"),
    *households.PLACES,
)


class Persons:
    """One row a person who belongs to a household now."""

    name, zh, en, kind = "persons", "人员", "persons", "person"

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The members of the households found, household by household."""
        homes = households.select(query, asker).ids.tolist()
        members: dict[int, list[int]] = {}
        for some in facts.batches(homes):
            pairs = Person.objects.filter(household_id__in=some).order_by("code").values_list("household_id", "pk")
            for home, number in pairs:
                members.setdefault(home, []).append(number)
        keys = [number for home in homes for number in members.get(home, ())]
        return Found(keys, len(keys), len(members))

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words; they are the households'."""
        return households.tell(query, asker)

    def facts(self, asker: Asker) -> list[Column]:
        """The facts of a person."""
        return facts.columns_of("person", asker)

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Who, and where they live."""
        return list(COLUMNS)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        for ids in facts.batches(found.keys):
            known = Person.objects.select_related("household").in_bulk(ids)
            places = households.place_names({one.place_code for one in known.values()})
            young = children.among(ids, on=asker.day)
            held = dict(facts.believed("person", ids))
            heads = asker.heads([one.household for one in known.values() if one.household])
            for number in ids:
                if number in known:
                    revision = held[number][0] if number in held else 0
                    row = _row(known[number], places, heads, asker, child=number in young)
                    yield [number, revision, *row, *facts.values(held.get(number), chosen, asker)]


def _row(one: Person, places: dict[str, str], heads: dict[int, str], asker: Asker, *, child: bool) -> list[Any]:
    home, village = one.household, places.get(one.place_code, one.place_code)
    town = places.get(one.place_code[:9] + "000", "")
    who = [
        one.code,
        asker.name(one.name, child=child),
        home.code if home else "",
        heads[home.pk] if home else "",
    ]
    return [*who, town, village, home.group_name if home else ""]


LIST = Persons()
