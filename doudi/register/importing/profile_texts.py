"""A profile's TOML judged and taken apart (docs/reference/import_profiles.md); faults are told with line and column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from doudi.facts import vocabulary as vocabularies
from doudi.facts.kinds import Fact, Vocabulary
from doudi.register.importing import units
from doudi.register.importing.profiles import (
    NO,
    YES,
    Create,
    FactColumn,
    Headings,
    Layout,
    LayoutColumn,
    Profile,
    normal,
)
from doudi.register.vocabularies import Words, shipped
from doudi.values import toml
from doudi.values.toml import Document

LISTS = Path(str(resources.files("doudi") / "register" / "profiles" / "lists" / "codes.toml"))
BLANK = ("", "na", "n/a", "null", "-", "--", "—", "/", "不详", "未知")
# What `convert` may be, and for facts of which type.
CONVERSIONS = {"exp": ("money",), "month": ("date",), "phone": ("text",)}
SUBJECTS = ("person", "household", "either", "place")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        *("title", "subject", "source", "pack", "minor", "blank", "year", "signs"),
        *("place", "household", "person", "division", "known", "layouts"),
    ),
    "place": ("code", "number", "county", "town", "village", "create"),
    "place.code": (),
    "place.create": ("county", "town", "name", "kind"),
    "household": ("code", "form", "head", "group", "facts", "always", "national", "sums"),
    "person": ("code", "name", "number", "facts"),
    "division": ("code", "name", "kind", "town_name", "kinds"),
    "fact": ("column", "convert", "unit", "year", "codes", "yes", "no", "otherwise", "part"),
    "layout": ("zh", "en", "header_row", "columns"),
}


def profile_of(document: Document, name: str, words_of: Words = shipped) -> Profile:
    """The profile a document describes, in the vocabulary `words_of` gives. Raises RuleError at the first fault."""
    data = document.data
    _known(document, (), data, "")
    place, household, person, division = (
        _table(document, (part,), data.get(part, {}), part) for part in ("place", "household", "person", "division")
    )
    pack = str(data.get("pack", ""))
    words = words_of(pack)
    if words is None:
        raise vocabularies.complain(document, ("pack",), f"没有政策包“{pack}”", f"there is no pack “{pack}”")
    facts = tuple(_facts(document, household, person, words))
    headings = _headings(document, place, household, person, division)
    title = data.get("title", {})
    return Profile(
        name=name,
        sha256=hashlib.sha256(document.text.encode()).hexdigest(),
        title_zh=str(title.get("zh", name)),
        title_en=str(title.get("en", name)),
        subject=_subject(document, data, person),
        source=str(data.get("source", "")),
        vocabulary=words,
        pack=pack,
        minor=int(data.get("minor", 100)),
        blank=frozenset(normal(word) for word in data.get("blank", BLANK)) | {""},
        headings=headings,
        place_form=place["code"] if isinstance(place.get("code"), str) else "{}",
        create=_create(document, place),
        household_form=str(household.get("form", "{}")),
        facts=facts,
        sums=_sums(document, household),
        always=_always(document, household.get("always", {}), words),
        division_kinds={normal(word): kind for kind, words in division.get("kinds", {}).items() for word in words},
        signs=_words(document, ("signs",), data.get("signs", [])),
        national=bool(household.get("national", False)),
        layouts=dict(_layouts(document, headings, facts)),
    )


def _subject(document: Document, data: Mapping[str, Any], person: Mapping[str, Any]) -> str:
    subject = str(data.get("subject", "person" if person else "household"))
    if subject not in SUBJECTS:
        listed = ", ".join(SUBJECTS)
        raise vocabularies.complain(
            document, ("subject",), f"subject 只能是 {listed}", f"subject is one of {listed}", subject, SUBJECTS
        )
    return subject


def _headings(
    document: Document,
    place: Mapping[str, Any],
    household: Mapping[str, Any],
    person: Mapping[str, Any],
    division: Mapping[str, Any],
) -> dict[str, Headings]:
    """The headings of each part; those of `[known]` are parts of which nothing is kept."""
    code = place.get("code", [])
    given = {
        "place_code": (("place", "code"), division.get("code", []) or (code if isinstance(code, list) else [])),
        "place_number": (("place", "number"), place.get("number", [])),
        "county": (("place", "county"), place.get("county", [])),
        "town": (("place", "town"), place.get("town", []) or division.get("town_name", [])),
        "village": (("place", "village"), place.get("village", [])),
        "name": (("division", "name"), division.get("name", [])),
        "kind": (("division", "kind"), division.get("kind", [])),
        "household_code": (("household", "code"), household.get("code", [])),
        "head": (("household", "head"), household.get("head", [])),
        "group": (("household", "group"), household.get("group", [])),
        "person_code": (("person", "code"), person.get("code", [])),
        "person_name": (("person", "name"), person.get("name", [])),
        "id_number": (("person", "number"), person.get("number", [])),
        "year": (("year",), document.data.get("year", [])),
    }
    known = document.data.get("known", {})
    if not isinstance(known, dict):
        raise vocabularies.complain(document, ("known",), "这里应当是一张表", "a table belongs here", "known")
    given |= {f"known.{name}": (("known", name), words) for name, words in known.items()}
    return {name: _words(document, path, words) for name, (path, words) in given.items()}


def _words(document: Document, path: tuple[str | int, ...], words: Any) -> Headings:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        zh, en = "这里应当是表头的列表", "a list of headings belongs here"
        raise vocabularies.complain(document, path, zh, en, str(path[-1]))
    return tuple(words)


def _create(document: Document, place: Mapping[str, Any]) -> Create | None:
    if "create" not in place:
        return None
    table = _table(document, ("place", "create"), place["create"], "place.create")
    return Create(table["county"], table["town"], str(table.get("name", "{}")), str(table.get("kind", "village")))


def _facts(
    document: Document, household: Mapping[str, Any], person: Mapping[str, Any], words: Vocabulary
) -> Iterable[FactColumn]:
    for kind, part in (("household", household), ("person", person)):
        for name, table in part.get("facts", {}).items():
            yield _fact_column(document, kind, name, table, words)


def _fact_column(document: Document, kind: str, name: str, table: Any, words: Vocabulary) -> FactColumn:
    path = (kind, "facts", name)
    _known(document, path, table, "fact")
    fact = words.fact(kind, name)
    if fact is None or fact.formula:
        zh, en = f"“{kind}”没有可填报的事实“{name}”", f"“{kind}” has no fact “{name}” that can be stated"
        raise vocabularies.complain(document, path, zh, en, name, words.kinds[kind].facts)
    _fits(document, path, fact, table)
    codes = _codes(document, path, table)
    return FactColumn(
        kind=kind,
        fact=fact,
        headings=_words(document, (*path, "column"), table.get("column", [])),
        convert=str(table.get("convert", "")),
        unit=_unit(document, path, fact, table.get("unit", 1)),
        year=str(table.get("year", "")),
        codes={normal(word): value for word, value in codes.items()},
        labels={value: word for word, value in reversed(list(codes.items()))},
        yes=tuple(map(normal, table.get("yes", YES))),
        no=tuple(map(normal, table.get("no", NO))),
        otherwise=str(table.get("otherwise", "")),
        part=int(table.get("part", 0)),
    )


def _fits(document: Document, path: tuple[str, ...], fact: Fact, table: Mapping[str, Any]) -> None:
    """A conversion must suit the fact, a year belong to a yearly fact, a code list name values it has."""
    convert = str(table.get("convert", ""))
    if convert and fact.type.name not in CONVERSIONS.get(convert, ()):
        listed = ", ".join(f"{word} ({types[0]})" for word, types in CONVERSIONS.items())
        zh = f"“{fact.name}”({fact.type.name})不能用 convert = “{convert}”;有:{listed}"
        en = f"“{fact.name}” is of type {fact.type.name}; `convert` can be {listed}"
        raise vocabularies.complain(document, (*path, "convert"), zh, en, convert, CONVERSIONS)
    if fact.yearly != ("year" in table):
        zh, en = "年度事实要写 year(其他事实不写)", "a fact of a year needs `year`, and no other has it"
        raise vocabularies.complain(document, path, zh, en, fact.name)
    allowed = [choice.value for choice in fact.choices]
    for word, value in _codes(document, path, table).items():
        if allowed and value not in allowed:
            zh, en = f"“{fact.name}”没有“{value}”这个值", f"“{fact.name}” has no value “{value}”"
            raise vocabularies.complain(document, (*path, "codes", word), zh, en, str(value), allowed)


def _codes(document: Document, path: tuple[str, ...], table: Mapping[str, Any]) -> Mapping[str, str]:
    """The words of a column and their values: written here, or the name of a list that several columns share."""
    given = table.get("codes", {})
    if not isinstance(given, str):
        return given  # type: ignore[no-any-return]
    shared = _shared_codes()
    if given not in shared:
        zh, en = f"没有代码表“{given}”", f"there is no list of codes “{given}”"
        raise vocabularies.complain(document, (*path, "codes"), zh, en, given, shared)
    return shared[given]


@cache
def _shared_codes() -> dict[str, dict[str, str]]:
    return toml.read(LISTS).data


def _unit(document: Document, path: tuple[str, ...], fact: Fact, written: Any) -> Decimal:
    """A factor, or a word such as 万元; one that does not measure the fact is refused."""
    try:
        found = units.factor(fact.unit, normal(written)) if isinstance(written, str) else Decimal(str(written))
    except InvalidOperation:
        found = None
    if found is None or found <= 0:
        words = list(units.FACTORS.get(fact.unit, {}))
        zh, en = f"单位“{written}”不能用于“{fact.zh}”", f"the unit “{written}” does not measure “{fact.en}”"
        raise vocabularies.complain(document, (*path, "unit"), zh, en, str(written), words)
    return found


def _layouts(
    document: Document, headings: Mapping[str, Headings], facts: tuple[FactColumn, ...]
) -> Iterable[tuple[str, Layout]]:
    parts = {normal(word): name for name, words in reversed(list(headings.items())) for word in words}
    for name, table in document.data.get("layouts", {}).items():
        path = ("layouts", name)
        _known(document, path, table, "layout")
        columns = []
        for heading in _words(document, (*path, "columns"), table.get("columns", [])):
            word = normal(heading)
            told = tuple(column for column in facts if word in {normal(each) for each in column.headings})
            if word not in parts and not told:
                zh, en = f"版式里的列“{heading}”没有说明", f"nothing says what the column “{heading}” of the layout is"
                raise vocabularies.complain(document, path, zh, en, heading)
            columns.append(LayoutColumn(heading, "" if told else parts[word], told))
        zh, en = vocabularies.words(document, path, table)
        yield name, Layout(name, zh, en, int(table.get("header_row", 1)), tuple(columns))


def _always(document: Document, table: Mapping[str, Any], words: Vocabulary) -> dict[str, bool]:
    """Facts of the household that being in such a table states: a roster lists all members."""
    for name, value in table.items():
        fact = words.fact("household", name)
        if fact is None or fact.type.name != "bool" or not isinstance(value, bool):
            zh, en = f"“{name}”不是可以是或否的农户事实", f"“{name}” is no fact of a household that is yes or no"
            raise vocabularies.complain(document, ("household", "always", name), zh, en, name)
    return dict(table)


def _sums(document: Document, household: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Columns of the table that are the sum of others of it."""
    facts, found = household.get("facts", {}), household.get("sums", {})
    for total, parts in found.items():
        for name in (total, *_words(document, ("household", "sums", total), parts)):
            if name not in facts:
                zh, en = f"这张表没有列“{name}”", f"the table has no column “{name}”"
                raise vocabularies.complain(document, ("household", "sums", total), zh, en, name, facts)
    return {total: tuple(parts) for total, parts in found.items()}


def _table(document: Document, path: tuple[str, ...], table: Any, keys: str) -> Mapping[str, Any]:
    _known(document, path, table, keys)
    return table  # type: ignore[no-any-return]


def _known(document: Document, path: tuple[str, ...], table: Any, keys: str) -> None:
    if not isinstance(table, dict):
        raise vocabularies.complain(document, path, "这里应当是一张表", "a table belongs here", str(path[-1]))
    for key in table:
        if key not in _KEYS[keys]:
            zh, en = f"没有“{key}”这一项", f"there is no entry “{key}” here"
            raise vocabularies.complain(document, (*path, key), zh, en, key, _KEYS[keys])
