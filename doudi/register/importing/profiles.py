"""Mapping profiles: which column means what, in which unit, with which words (TOML in `doudi/register/profiles/`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from doudi.facts.kinds import Fact, Vocabulary
from doudi.register import vocabularies
from doudi.register.vocabularies import Words
from doudi.rules.errors import RuleError
from doudi.values import toml
from doudi.values.refusals import Refusal

FOLDER = Path(str(resources.files("doudi.register") / "profiles"))
YES = ("是", "有", "yes", "y", "true", "1", "√", "✓")
NO = ("否", "无", "没有", "no", "n", "false", "0", "×")
Headings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column that states a fact; `key` is the fact's, with its year once the day is known.

    `unit` is what one of the column's units is worth in the fact's own (10000 for 万元 where the fact is in 元).
    `part` picks the nth of several words in one cell (from 1), 0 the whole cell.
    """

    kind: str
    fact: Fact
    headings: Headings
    convert: str = ""
    unit: Decimal = Decimal(1)
    year: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    yes: Headings = YES
    no: Headings = NO
    otherwise: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Create:
    """The places a table may bring along: a county and a town of their own, and how a village is named."""

    county: Mapping[str, str]
    town: Mapping[str, str]
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One column of a form: its heading as the form prints it, and what it holds: a part of the row, or facts.

    A column with neither is one doudi keeps nothing of. Several facts share a cell, one for each of its words.
    """

    heading: str
    part: str
    facts: tuple[FactColumn, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One edition of the form, column by column in its order; the headings stand on row `header_row` (from 1)."""

    name: str
    zh: str
    en: str
    header_row: int
    columns: tuple[LayoutColumn, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """How one sort of table is read. A part the table does not have has no headings.

    `subject` is person, household, place, or either: persons where the table has names, else households.
    `sums` name household facts that are the sum of others.
    `signs` are headings of which one must be there for the profile to be chosen without being asked for.
    """

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
    signs: Headings = ()
    national: bool = False
    pack: str = ""
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(default_factory=dict)

    def required(self) -> dict[str, Headings]:
        """The parts without which a row has no identity."""
        names = ["place_code", "name"] if self.subject == "place" else ["household_code"]
        if self.subject == "person":
            names.append("person_name")
        return {name: self.headings[name] for name in names}


def names() -> list[str]:
    """The profiles doudi ships."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, words_of: Words = vocabularies.shipped) -> Profile:
    """A profile by its name, or from a path that ends in `.toml`, in the vocabulary `words_of` gives its pack.

    Raises Refusal, with file and line, for any fault.
    """
    if name.endswith(".toml"):
        return _read(Path(name), words_of)
    if name not in names():
        raise _no_profile(name)
    profile = _shipped(name)  # a pack adds and changes nothing, so what was read of the text stands
    return replace(profile, vocabulary=words_of(profile.pack) or profile.vocabulary)


@lru_cache(maxsize=32)
def _shipped(name: str) -> Profile:
    return _read(FOLDER / f"{name}.toml")


def _read(path: Path, words_of: Words = vocabularies.shipped) -> Profile:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("方案文件不是 UTF-8 文本", "the profile is not UTF-8 text", str(path)) from error
    except OSError as error:
        raise Refusal(
            f"方案读不出来:{error.strerror}", f"the profile cannot be read: {error.strerror}", str(path)
        ) from error
    return parse(text, name=path.stem, file=str(path), words_of=words_of)


def parse(text: str, *, name: str, file: str, words_of: Words = vocabularies.shipped) -> Profile:
    """A profile from its text; `file` is what a complaint names. Raises Refusal, with line and column, for a fault."""
    from doudi.register.importing import profile_texts

    try:
        return profile_texts.profile_of(toml.parse(text.replace("\r\n", "\n"), file), name, words_of)
    except toml.TomlError as error:
        raise Refusal(
            f"方案文件不是合格的 TOML:{error}",
            f"the profile is not TOML: {error}",
            f"{file}:{error.line}:{error.column}",
        ) from error
    except RuleError as error:
        raise Refusal(error.message_zh, error.message_en, f"{error.file}:{error.line}:{error.column}") from error


def _no_profile(name: str) -> Refusal:
    close = get_close_matches(name, names(), n=1, cutoff=0.4)
    zh, en = (f",是否为“{close[0]}”?", f"; did you mean “{close[0]}”?") if close else ("", "")
    listed = "、".join(names())
    return Refusal(
        f"没有“{name[:60]}”这个方案{zh} 可用:{listed}",
        f"there is no profile “{name[:60]}”{en} There are: {', '.join(names())}",
    )


def normal(text: str) -> str:
    """Text as headings and words are compared: half-width, without any space or invisible mark, small letters."""
    half = unicodedata.normalize("NFKC", text)
    return "".join(c for c in half if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")).casefold()


def find(headings: Iterable[str], header: list[str]) -> list[int]:
    """The positions of the columns that bear one of the headings."""
    wanted = {normal(word) for word in headings}
    return [place for place, word in enumerate(header) if word in wanted]
