"""The correction table: in the other system's own form, only the cells that differ, and a list of every difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from doudi.facts.kinds import Fact
from doudi.policy import disagreements
from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.register import children
from doudi.register.exporting import columns
from doudi.register.exporting.books import Marked, Page
from doudi.register.exporting.columns import Cell, Column, in_words
from doudi.register.exporting.corrections import KINDS, Difference
from doudi.register.households import Household
from doudi.register.importing import profiles, writing
from doudi.register.importing.profiles import FactColumn, Layout, LayoutColumn
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.values.refusals import Refusal

SOURCES = ("national", "provincial")  # the copies kept elsewhere; the provincial platform takes the national form
PROFILE = "national"
LAYOUT = "member_2021"
KNOWN = ("source", "layout", "town", "village")
LISTED = (
    Column("household", "户编号", "household code", width=18),
    Column("head", "户主", "head", width=12),
    Column("person", "人口编号", "person code", width=20),
    Column("name", "姓名", "name", width=12),
    Column("town", "乡镇", "town"),
    Column("village", "村(社区)", "village"),
    Column("fact", "哪一项", "fact", width=24),
    Column("theirs", "对方系统", "the other system says", width=20),
    Column("theirs_day", "对方说的是哪天", "of which day", width=14),
    Column("ours", "本登记采信", "the register believes", width=20),
    Column("source", "谁说的", "who says so", width=16),
    Column("ours_day", "说的是哪天", "of which day", width=14),
    Column(
        "where",
        "表中的列",
        "column of the form",
        width=26,
        note_zh="“本表无此列”的,请在对方系统里逐户更正",
        note_en="what the form has no column for is corrected there by hand",
    ),
)
NO_COLUMN = ("本表无此列", "the form has none")


def layout_of(query: Mapping[str, str]) -> Layout:
    """The form asked for. Raises Refusal for none."""
    known = profiles.load(PROFILE).layouts
    name = query.get("layout") or LAYOUT
    if name not in known:
        listed = "、".join(known)
        raise Refusal(
            f"没有“{name[:40]}”这种表样,可用:{listed}。", f"There is no form “{name[:40]}”: {listed}.", "layout"
        )
    return known[name]


def differing(query: Mapping[str, str], asker: Asker) -> list[Difference]:
    """The differences asked for, of facts the asker's duty shows. Raises Refusal for what cannot be understood."""
    only_known(query, KNOWN)
    source = query.get("source") or SOURCES[0]
    if source not in SOURCES:
        raise Refusal(
            f"只能与 {'、'.join(SOURCES)} 比对。", f"Compared with one of {', '.join(SOURCES)} only.", "source"
        )
    place = query.get("village") or query.get("town") or ""
    if place and not (len(place) in (9, 12) and place.isascii() and place.isdigit()):
        raise Refusal("区划代码应是 9 位或 12 位数字。", "The code of the place has 9 or 12 digits.", "town")
    words = asker.words
    found = disagreements.find(source, words, as_of=asker.day, place=place)
    facts_said = {(one.kind, base_name(one.key)) for one in found}
    shown = {(kind, name) for kind, name in facts_said if (fact := words.fact(kind, name)) and asker.reads(fact)}
    return [one for one in found if (one.kind, base_name(one.key)) in shown]


def _names_somebody(one: Difference, asker: Asker) -> bool:
    fact = asker.words.fact(one.kind, base_name(one.key))
    return fact is not None and facts.is_identity(fact)


class Corrections:
    """One row a difference; as a file, the other system's form."""

    name, zh, en, kind = "differences", "与其他系统的差异", "differences from another system", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The differences; concerned are the persons who differ and the heads of households that do."""
        layout_of(query)
        keys = differing(query, asker)
        persons = {(one.kind, one.subject_id) for one in keys}
        return Found(keys, len(persons), len({one.household_id for one in keys}))

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        source = asker.words.sources[query.get("source") or SOURCES[0]]
        form = layout_of(query)
        return [
            ("与谁比对", "compared with", in_words(source.zh, source.en, asker.language)),
            ("表样", "form", in_words(form.zh, form.en, asker.language)),
            *households.tell({name: query[name] for name in ("town", "village") if query.get(name)}, asker),
        ]

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Those of the list of differences."""
        return list(LISTED)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row, for the list of differences."""
        known = _Known(found.keys, asker, layout_of(query))
        for one in found.keys:
            yield [one.subject_id, 0, *known.listed(one, asker)]


class _Known:
    """The households and persons of some differences."""

    def __init__(self, found: Sequence[Difference], asker: Asker, layout: Layout) -> None:
        self.columns = _columns(layout)
        self.holders = _holders(layout)
        self.shown = cache(lambda kind, key: _shown(asker.words.fact(kind, base_name(key)), key))
        homes = Household.objects.only("code", "national_code", "head_name")
        self.homes = homes.in_bulk({one.household_id for one in found if one.household_id})
        self.young = children.among([one.subject_id for one in found if one.kind == "person"], on=asker.day)
        self.named = asker.heads(self.homes.values())
        people = Person.objects.only("code", "name", "id_number", "household_id")
        self.people = people.in_bulk({one.subject_id for one in found if one.kind == "person"})
        self.heads = self._heads({one.household_id for one in found if one.kind == "household"})
        self.places = households.place_names({one.place_code for one in found})
        self.believed = {
            kind: dict(facts.believed(kind, [o.subject_id for o in found if o.kind == kind])) for kind in KINDS
        }

    def _heads(self, homes: set[int | None]) -> dict[int, Person]:
        """The member each household is written beside: whoever bears the head's name, else the first."""
        found: dict[int, Person] = {}
        members = Person.objects.only("code", "name", "id_number", "household_id")
        for one in members.filter(household_id__in=homes).order_by("code"):
            home = self.homes.get(one.household_id or 0)
            if home is not None and (home.pk not in found or one.name == home.head_name != found[home.pk].name):
                found[home.pk] = one
        return found

    def person(self, one: Difference) -> Person | None:
        """Beside whom a difference is written."""
        return self.people.get(one.subject_id) if one.kind == "person" else self.heads.get(one.household_id or 0)

    def column(self, one: Difference) -> LayoutColumn | None:
        """The column of the form that says the fact."""
        return self.columns.get((one.kind, base_name(one.key)))

    def listed(self, one: Difference, asker: Asker) -> list[Any]:
        """One line of the list of differences."""
        home = self.homes.get(one.household_id or 0)
        person = self.people.get(one.subject_id) if one.kind == "person" else None
        shown = self.shown(one.kind, one.key)
        column = self.column(one)
        return [
            home.code if home else "",
            self.named[home.pk] if home else "",
            person.code if person else "",
            asker.name(person.name, child=person.pk in self.young) if person else "",
            self.places.get(one.place_code[:9] + "000", ""),
            self.places.get(one.place_code, one.place_code),
            in_words(shown.zh, shown.en, asker.language) if shown else one.key,
            _said(shown, one.theirs.value, asker),
            one.theirs.about,
            _said(shown, one.ours.value, asker),
            _source(one.ours.source, asker),
            one.ours.about,
            column.heading if column else in_words(*NO_COLUMN, asker.language),
        ]


def _shown(fact: Fact | None, key: str) -> Column | None:
    return columns.of_fact(fact, key) if fact else None


def _said(column: Column | None, value: Any, asker: Asker) -> Cell:
    told = facts.told(column, value, asker) if column else str(value)
    return None if told is None else str(told)


def _source(name: str, asker: Asker) -> str:
    source = asker.words.sources.get(name)
    return in_words(source.zh, source.en, asker.language) if source else name


# -- the other system's form


def shows(one: Difference, asker: Asker) -> bool:
    """Whether the asker's duty shows the fact."""
    fact = asker.words.fact(one.kind, base_name(one.key))
    return fact is not None and asker.reads(fact)


def pages(query: Mapping[str, str], asker: Asker, *, numbers: bool) -> list[Page]:
    """The form with the differing cells alone, then the list of every difference."""
    return pages_of(differing(query, asker), query, asker, numbers=numbers)


def pages_of(found: Sequence[Difference], query: Mapping[str, str], asker: Asker, *, numbers: bool) -> list[Page]:
    """The same of differences found elsewhere."""
    layout = layout_of(query)
    known = _Known(found, asker, layout)
    form = Page(in_words(layout.zh, layout.en, asker.language)[:31], _form_columns(layout), [], raw=True)
    # The other system takes a cell as it stands: one that may not leave whole is left out, not masked.
    whole = found if numbers else [one for one in found if not _names_somebody(one, asker)]
    form.rows = _form_rows(layout, whole, known, asker, numbers)
    listed = Page(
        in_words("差异清单", "differences", asker.language), LISTED, (known.listed(one, asker) for one in found)
    )
    return [form, listed]


def _form_columns(layout: Layout) -> list[Column]:
    return [Column(f"c{at}", column.heading, column.heading, width=max(10, min(24, 2 * len(column.heading))))
            for at, column in enumerate(layout.columns)]  # fmt: skip


def column_for(layout: Layout, one: Difference) -> LayoutColumn | None:
    """The column of the form that says the fact; None where it has none."""
    return _columns(layout).get((one.kind, base_name(one.key)))


def _columns(layout: Layout) -> dict[tuple[str, str], LayoutColumn]:
    """The columns by the fact they say; the first of several that say the same."""
    return {(said.kind, said.fact.name): each for each in reversed(layout.columns) for said in each.facts}


def _holders(layout: Layout) -> dict[tuple[str, str], list[int]]:
    """Where in a row each fact is said; several facts may share a column."""
    found: dict[tuple[str, str], list[int]] = {}
    for at, column in enumerate(layout.columns):
        for said in column.facts:
            found.setdefault((said.kind, said.fact.name), []).append(at)
    return found


def _form_rows(
    layout: Layout, found: Sequence[Difference], known: _Known, asker: Asker, numbers: bool
) -> Iterator[list[Any]]:
    """One row a person concerned; a household's own differences stand beside its head."""
    together: dict[Any, list[Difference]] = {}
    for one in found:
        if known.column(one) is not None:
            beside = known.person(one)
            together.setdefault(beside.pk if beside else ("household", one.household_id), []).append(one)
    for some in together.values():
        yield from _rows_of(layout, some, known, asker, numbers)


def _rows_of(
    layout: Layout, some: Sequence[Difference], known: _Known, asker: Asker, numbers: bool
) -> Iterator[list[Any]]:
    """The row of a person; facts of several years take a row a year."""
    years = sorted({key.partition("@")[2] for key in (one.key for one in some)} - {""}) or [""]
    for year in years:
        here = [one for one in some if one.key.partition("@")[2] in ("", year)]
        yield _row(layout, here, known, asker, year or str(asker.day.year), numbers)


def _row(
    layout: Layout, some: Sequence[Difference], known: _Known, asker: Asker, year: str, numbers: bool
) -> list[Any]:
    home, person = known.homes.get(some[0].household_id or 0), known.person(some[0])
    parts = {"household_code": (home.national_code or home.code) if home else "", "year": year}
    if home and not any(column.part == "person_name" for column in layout.columns):
        parts["head"] = known.named[home.pk]
    if person:
        parts |= {"person_code": person.code, "person_name": asker.name(person.name, child=person.pk in known.young)}
        parts["id_number"] = (person.id_number or "") if numbers else ""
    differ = {(one.kind, base_name(one.key)): one for one in some}
    cells: list[Any] = [parts.get(column.part, "") for column in layout.columns]
    for at in {at for said in differ for at in known.holders.get(said, ())}:
        column = layout.columns[at]
        one = next(differ[f.kind, f.fact.name] for f in column.facts if (f.kind, f.fact.name) in differ)
        cells[at] = Marked(_text(column, one, known, asker, int(year)))
    return cells


def _text(column: LayoutColumn, one: Difference, known: _Known, asker: Asker, year: int) -> str:
    """The whole cell: where several facts share it, those that do not differ are said again."""
    held = known.believed[one.kind].get(one.subject_id)
    said = (_one(each, one, held, asker, year) for each in column.facts)
    return ",".join(text for text in said if text)


def _one(column: FactColumn, one: Difference, held: Any, asker: Asker, year: int) -> str:
    key = f"{column.fact.name}@{year}" if column.fact.yearly else column.fact.name
    value = one.ours.value if key == one.key else facts.values(held, [columns.of_fact(column.fact, key)], asker)[0]
    return writing.cell_of(column, {one.kind: {key: value}}, year=year)


LIST = Corrections()
