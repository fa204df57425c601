"""Mapping profiles: which column means what, in which unit, with which words (TOML in `doudi/register/profiles/`)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from doudi.facts import vocabulary as vocabularies
from doudi.facts.kinds import Fact, Vocabulary
from doudi.rules.errors import RuleError
from doudi.values import toml
from doudi.values.refusals import Refusal
from doudi.values.toml import Document

FOLDER = Path(str(resources.files("doudi.register") / "profiles"))
PACKS = Path(str(resources.files("doudi") / "packs"))
BLANK = ("", "na", "n/a", "null", "-", "--", "—", "/", "不详", "未知")
YES = ("是", "有", "yes", "y", "true", "1", "√", "✓")
NO = ("否", "无", "没有", "no", "n", "false", "0", "×")
CONVERSIONS = ("", "exp")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "": ("title", "subject", "source", "pack", "minor", "blank", "place", "household", "person", "division"),
    "place": ("code", "number", "town", "village", "create"),
    "place.code": (),
    "place.create": ("county", "town", "name", "kind"),
    "household": ("code", "form", "head", "group", "facts", "always"),
    "person": ("code", "name", "number", "facts"),
    "division": ("code", "name", "kind", "town_name", "kinds"),
    "fact": ("column", "convert", "unit", "year", "codes", "yes", "no", "otherwise"),
}
Headings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column that states a fact; `key` is the fact's, with its year once the day is known."""

    kind: str
    fact: Fact
    headings: Headings
    convert: str = ""
    unit: int = 1
    year: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    yes: Headings = YES
    no: Headings = NO
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Create:
    """The places a table may bring along: a county and a town of their own, and how a village is named."""

    county: Mapping[str, str]
    town: Mapping[str, str]
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Profile:
    """How one sort of table is read. A part the table does not have has no headings."""

    name: str
    sha256: str
    title_zh: str
    title_en: str
    subject: str
    source: str
    vocabulary: Vocabulary
    minor: int
    blank: frozenset[str]
    headings: Mapping[str, Headings]
    place_form: str
    create: Create | None
    household_form: str
    facts: tuple[FactColumn, ...]
    division_kinds: Mapping[str, str]
    always: Mapping[str, bool]

    def required(self) -> dict[str, Headings]:
        """The parts without which a row has no identity."""
        names = ["place_code", "name"] if self.subject == "place" else ["household_code"]
        if self.subject == "person":
            names.append("person_name")
        return {name: self.headings[name] for name in names}


def names() -> list[str]:
    """The profiles doudi ships."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Profile:
    """A profile by its name, or from a path that ends in `.toml`. Raises Refusal, with file and line, for any fault."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not name.endswith(".toml") and name not in names():
        raise _no_profile(name)
    try:
        return _profile(toml.read(path), path)
    except toml.TomlError as error:
        raise Refusal(
            f"方案文件不是合格的 TOML:{error}",
            f"the profile is not TOML: {error}",
            f"{path}:{error.line}:{error.column}",
        ) from error
    except RuleError as error:
        raise Refusal(error.message_zh, error.message_en, f"{error.file}:{error.line}:{error.column}") from error
    except OSError as error:
        raise Refusal(
            f"方案读不出来:{error.strerror}", f"the profile cannot be read: {error.strerror}", str(path)
        ) from error


def _no_profile(name: str) -> Refusal:
    close = get_close_matches(name, names(), n=1, cutoff=0.4)
    zh, en = (f",是否为“{close[0]}”?", f"; did you mean “{close[0]}”?") if close else ("", "")
    listed = "、".join(names())
    return Refusal(
        f"没有“{name[:60]}”这个方案{zh} 可用:{listed}",
        f"there is no profile “{name[:60]}”{en} There are: {', '.join(names())}",
    )


def _profile(document: Document, path: Path) -> Profile:
    data = document.data
    _known(document, (), data, "")
    place, household, person = (
        _table(document, (part,), data.get(part, {}), part) for part in ("place", "household", "person")
    )
    division = _table(document, ("division",), data.get("division", {}), "division")
    vocabulary = _vocabulary(document, data)
    facts = [
        _fact_column(document, kind, name, table, vocabulary)
        for kind, part in (("household", household), ("person", person))
        for name, table in part.get("facts", {}).items()
    ]
    title = data.get("title", {})
    return Profile(
        name=path.stem,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        title_zh=str(title.get("zh", path.stem)),
        title_en=str(title.get("en", path.stem)),
        subject=str(data.get("subject", "person" if person else "household")),
        source=str(data.get("source", "")),
        vocabulary=vocabulary,
        minor=int(data.get("minor", 100)),
        blank=frozenset(normal(word) for word in data.get("blank", BLANK)) | {""},
        headings=_headings(place, household, person, division),
        place_form=place["code"] if isinstance(place.get("code"), str) else "{}",
        create=_create(document, place),
        household_form=str(household.get("form", "{}")),
        facts=tuple(facts),
        always=_always(document, household.get("always", {}), vocabulary),
        division_kinds={normal(word): kind for kind, words in division.get("kinds", {}).items() for word in words},
    )


def _vocabulary(document: Document, data: Mapping[str, Any]) -> Vocabulary:
    shipped = vocabularies.load()
    if "pack" not in data:
        return shipped
    extra = PACKS / str(data["pack"]) / "facts.toml"
    if not extra.is_file():
        raise vocabularies.complain(
            document, ("pack",), f"没有规则包“{data['pack']}”", f"there is no pack “{data['pack']}”"
        )
    return vocabularies.extend(shipped, toml.read(extra))


def _headings(
    place: Mapping[str, Any], household: Mapping[str, Any], person: Mapping[str, Any], division: Mapping[str, Any]
) -> dict[str, Headings]:
    code = place.get("code", [])
    given = {
        "place_code": division.get("code", []) or (code if isinstance(code, list) else []),
        "place_number": place.get("number", []),
        "town": place.get("town", []) or division.get("town_name", []),
        "village": place.get("village", []),
        "name": division.get("name", []),
        "kind": division.get("kind", []),
        "household_code": household.get("code", []),
        "head": household.get("head", []),
        "group": household.get("group", []),
        "person_code": person.get("code", []),
        "person_name": person.get("name", []),
        "id_number": person.get("number", []),
    }
    return {name: tuple(words) for name, words in given.items()}


def _create(document: Document, place: Mapping[str, Any]) -> Create | None:
    if "create" not in place:
        return None
    table = _table(document, ("place", "create"), place["create"], "place.create")
    return Create(table["county"], table["town"], str(table.get("name", "{}")), str(table.get("kind", "village")))


def _fact_column(document: Document, kind: str, name: str, table: Any, vocabulary: Vocabulary) -> FactColumn:
    path = (kind, "facts", name)
    _known(document, path, table, "fact")
    fact = vocabulary.fact(kind, name)
    if fact is None or fact.formula:
        zh, en = f"“{kind}”没有可填报的事实“{name}”", f"“{kind}” has no fact “{name}” that can be stated"
        raise vocabularies.complain(document, path, zh, en, name, vocabulary.kinds[kind].facts)
    if str(table.get("convert", "")) not in CONVERSIONS:
        zh, en = "convert 只能是 exp", "convert can only be exp"
        raise vocabularies.complain(document, (*path, "convert"), zh, en, str(table["convert"]), CONVERSIONS)
    if fact.yearly != ("year" in table):
        zh, en = "年度事实要写 year(其他事实不写)", "a fact of a year needs `year`, and no other has it"
        raise vocabularies.complain(document, path, zh, en, name)
    return FactColumn(
        kind=kind,
        fact=fact,
        headings=tuple(table.get("column", [])),
        convert=str(table.get("convert", "")),
        unit=int(table.get("unit", 1)),
        year=str(table.get("year", "")),
        codes={normal(word): value for word, value in table.get("codes", {}).items()},
        yes=tuple(map(normal, table.get("yes", YES))),
        no=tuple(map(normal, table.get("no", NO))),
        otherwise=str(table.get("otherwise", "")),
    )


def _always(document: Document, table: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, bool]:
    """Facts of the household that being in such a table states: a roster lists all members."""
    for name, value in table.items():
        fact = vocabulary.fact("household", name)
        if fact is None or fact.type.name != "bool" or not isinstance(value, bool):
            zh, en = f"“{name}”不是可以是或否的农户事实", f"“{name}” is no fact of a household that is yes or no"
            raise vocabularies.complain(document, ("household", "always", name), zh, en, name)
    return dict(table)


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


def normal(text: str) -> str:
    """Text as headings and words are compared: half-width, without any space or invisible mark, small letters."""
    half = unicodedata.normalize("NFKC", text)
    return "".join(c for c in half if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")).casefold()


def find(headings: Iterable[str], header: list[str]) -> list[int]:
    """The positions of the columns that bear one of the headings."""
    wanted = {normal(word) for word in headings}
    return [place for place, word in enumerate(header) if word in wanted]
