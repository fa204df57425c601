"""A profile put together column by column: what somebody says each heading of a table means, as the profile's text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from doudi.facts.kinds import Fact, Vocabulary
from doudi.register.importing import profile_texts, units
from doudi.register.importing.conversions import Unreadable, clean, value_of
from doudi.register.importing.profiles import FactColumn, normal
from doudi.values.refusals import Refusal

# A part of a row, the key it has in a profile, and its words.
PARTS: Mapping[str, tuple[str, str, str]] = {
    "place.code": ("code", "村:区划代码", "village: code"),
    "place.county": ("county", "村:所在县", "village: county"),
    "place.town": ("town", "村:所在乡镇", "village: town"),
    "place.village": ("village", "村:村名", "village: name"),
    "household.code": ("code", "户:户编号", "household: code"),
    "household.head": ("head", "户:户主姓名", "household: head"),
    "household.group": ("group", "户:组(社)", "household: group"),
    "person.code": ("code", "人:人编号", "person: code"),
    "person.name": ("name", "人:姓名", "person: name"),
    "person.number": ("number", "人:证件号码", "person: identity number"),
    "year": ("year", "年度", "year"),
}
YEARS = ("last", "this", "column")


@dataclass(slots=True)
class Assigned:
    """One column: its heading, what it means (`household.wage_income`, `person.name`, empty for nothing), and how."""

    heading: str
    means: str = ""
    unit: str = ""
    codes: dict[str, str] = field(default_factory=dict)


def statable(words: Vocabulary) -> list[Fact]:
    """The facts of households and persons that a table may state."""
    kinds = words.kinds
    return [fact for kind in ("household", "person") for fact in kinds[kind].facts.values() if not fact.formula]


def fact_of(means: str, words: Vocabulary) -> Fact | None:
    """The fact a column means, None for a part of the row."""
    kind, _, name = means.partition(".")
    return None if means in PARTS else words.fact(kind, name)


def text_of(
    title: str, source: str, columns: Sequence[Assigned], *, year: str, complete: bool, words: Vocabulary
) -> str:
    """The profile's TOML. `complete`: the table lists all members of its households. `words`: the facts there are.

    Raises Refusal, at the column (`column-<n>`), for something meant twice or a unit that does not measure it, and
    where no column tells the household.
    """
    _check(columns, words)
    lines = [f"title.zh = {_quoted(title)}", f"title.en = {_quoted(title)}"]
    lines.append(f"source = {_quoted(source)}")
    by_part = {column.means: column.heading for column in columns if column.means in PARTS}
    if "year" in by_part:
        lines.append(f"year = [{_quoted(by_part['year'])}]")
    for table in ("place", "household", "person"):
        inside = [
            f"{PARTS[part][0]} = [{_quoted(heading)}]" for part, heading in by_part.items() if part.startswith(table)
        ]
        lines += ["", f"[{table}]", *inside] if inside else []
        if table == "household" and complete and "person.name" in by_part:
            lines += ["", "[household.always]", "members_complete = true"]
    for column in columns:
        fact = fact_of(column.means, words) if column.means else None
        if fact is not None:
            lines += ["", *_fact_lines(column, fact, year)]
    return "\n".join(lines) + "\n"


def _check(columns: Sequence[Assigned], words: Vocabulary) -> None:
    first: dict[str, str] = {}
    for number, column in enumerate(columns):
        where = f"column-{number}"
        if column.means and first.setdefault(column.means, column.heading) != column.heading:
            zh, en = f"与“{first[column.means]}”是同一项", f"it means the same as “{first[column.means]}”"
            raise Refusal(zh, en, where)
        fact = fact_of(column.means, words) if column.means else None
        if column.unit and (fact is None or units.factor(fact.unit, normal(column.unit)) is None):
            zh, en = f"单位“{column.unit}”不能用于这一项", f"the unit “{column.unit}” does not measure it"
            raise Refusal(zh, en, where)
    if "household.code" not in first:
        raise Refusal("要有一列是户编号", "one column must be the household's code", "column-0")


def _fact_lines(column: Assigned, fact: Fact, year: str) -> Iterable[str]:
    yield f"[{fact.kind}.facts.{fact.name}]"
    yield f"column = [{_quoted(column.heading)}]"
    if fact.yearly:
        yield f"year = {_quoted(year)}"
    if column.unit:
        yield f"unit = {_quoted(column.unit)}"
    yes = [word for word, value in column.codes.items() if value == "yes"]
    no = [word for word, value in column.codes.items() if value == "no"]
    if fact.type.name == "bool" and (yes or no):
        yield f"yes = [{', '.join(map(_quoted, ['是', '有', *yes]))}]"
        yield f"no = [{', '.join(map(_quoted, ['否', '无', *no]))}]"
    elif fact.choices and column.codes:
        pairs = ", ".join(f"{_quoted(word)} = {_quoted(value)}" for word, value in column.codes.items())
        yield f"codes = {{ {pairs} }}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's is one, but for characters beyond the first plane, which are left as they are."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "")


def not_understood(column: Assigned, cells: Iterable[str], words: Vocabulary, *, most: int = 30) -> list[str]:
    """Of the words in a column of choices or of yes and no, those nothing says the meaning of."""
    fact = fact_of(column.means, words) if column.means else None
    if fact is None or fact.type.name not in ("bool", "code") or (fact.type.name == "code" and not fact.choices):
        return []
    reader = FactColumn(fact.kind, fact, (column.heading,))
    found: dict[str, None] = {}
    for cell in cells:
        word = cell.strip()
        if word and normal(word) not in profile_texts.BLANK and word not in column.codes and not _reads(reader, word):
            found[word[:60]] = None
        if len(found) == most:
            break
    return list(found)


def _reads(column: FactColumn, word: str) -> bool:
    try:
        value_of(column, clean(word), minor=100)
    except Unreadable:
        return False
    return True
