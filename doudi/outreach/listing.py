"""The list of who has not been told, as a table that leaves by the one way out (`doudi.policy.listing`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doudi.outreach import untold
from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.register.exporting.columns import Column
from doudi.register.households import Household
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

KNOWN = ("measure", "place", "registered")
COLUMNS = (
    *households.WHO,
    Column("measures", "可享受而未告知的措施", "measures it may claim and was not told of", width=50),
    Column("how", "怎么告知的", "how they were told", width=16, note_zh="留空供填写", note_en="left empty to fill in"),
    Column("when", "哪天", "on which day", width=12, note_zh="留空供填写", note_en="left empty to fill in"),
)


class Untold:
    """One row a household."""

    name, zh, en, kind = "untold", "未告知的农户", "households not told", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The households by village and code. Raises Refusal for a condition that cannot be understood."""
        only_known(query, KNOWN)
        place, registered, measure = (query.get(name, "") for name in ("place", "registered", "measure"))
        if place and not is_prefix(place):
            raise Refusal("区划代码应是 6、9 或 12 位数字。", "The code of a place has 6, 9 or 12 digits.", "place")
        if registered not in ("", "yes", "no", "unknown"):
            raise Refusal("是否建档立卡填 yes、no 或 unknown。", "Registered is yes, no or unknown.", "registered")
        if asker.run is None:
            return Found([], 0, 0)
        found = untold.of(asker.run, prefix=place, registered=registered, only=asker.scope.measures)
        if measure and measure not in found.measures:
            raise Refusal(f"没有“{measure[:40]}”这项措施。", f"There is no measure “{measure[:40]}”.", "measure")
        ids, bits = found.households(measure)
        named = {int(number): found.names(int(mask)) for number, mask in zip(ids, bits, strict=True)}
        return Found(list(named), households.concerned(list(named)), len(named), named)

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        told = []
        if query.get("measure"):
            told.append(("措施", "measure", households.title_of(asker, query["measure"])))
        if query.get("place"):
            told.append(households.place_told(query["place"]))
        if query.get("registered"):
            told.append(("建档立卡户", "registered poor household", query["registered"]))
        return told

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Whom to tell, of what, and room to write it down."""
        return list(COLUMNS)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        for ids in facts.batches(found.keys):
            homes = Household.objects.in_bulk(ids)
            places = households.place_names({h.place_code for h in homes.values()})
            heads = asker.heads(homes.values())
            for number in ids:
                if number in homes:
                    titles = [households.title_of(asker, name) for name in found.held.get(number, ())]
                    yield [number, 0, *_who(homes[number], places, heads[number]), "、".join(titles), None, None]


def _who(home: Household, places: Mapping[str, str], head: str) -> list[Any]:
    town = places.get(home.place_code[:9] + "000", "")
    village = places.get(home.place_code, home.place_code)
    return [home.code, home.national_code, head, town, village, home.group_name]


LIST = Untold()
