"""What reading a pack's files has in common: the documents, what is known so far, and every complaint collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from doudi.facts.entries import complain, complain_of_key, text, words
from doudi.facts.kinds import Vocabulary
from doudi.policy.packs_parts import NO_WORDS, UNVERIFIED, Currency, Parameter, Source, Words
from doudi.policy.packs_values import encode
from doudi.rules.check import check
from doudi.rules.errors import RuleError
from doudi.rules.nodes import Node, Value
from doudi.rules.types import Type
from doudi.values import toml
from doudi.values.refusals import Refusal
from doudi.values.toml import Document, KeyPath, TomlError


class PackErrors(Refusal):
    """A pack that says something wrong; `errors` are all the complaints found."""

    def __init__(self, errors: list[RuleError]) -> None:
        self.errors = errors
        super().__init__(
            "政策包有错:\n" + "\n".join(error.say("zh") for error in errors),
            "The pack has errors:\n" + "\n".join(error.say("en") for error in errors),
        )


@dataclass
class Context:
    """A pack while it is read. `files` is the text by path within the pack, `prefix` the folder shown in complaints."""

    files: Mapping[str, str]
    prefix: str
    vocabulary: Vocabulary
    currency: Currency = field(default_factory=lambda: Currency("", 0, NO_WORDS))
    sources: dict[str, Source] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    errors: list[RuleError] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep a complaint and go on with the next item."""
        try:
            yield
        except RuleError as error:
            self.errors.append(error)

    def open(self, name: str) -> Document:
        """A file of the pack; an empty document where it is absent. Raises RuleError where it is not TOML."""
        if name not in self.documents:
            shown = f"{self.prefix}/{name}" if self.prefix else name
            try:
                self.documents[name] = toml.parse(self.files.get(name, ""), shown)
            except TomlError as error:
                zh, en = f"不是合法的 TOML:{error}", f"not valid TOML: {error}"
                raise RuleError(zh, en, shown, error.line, error.column, "", "", "syntax") from None
        return self.documents[name]

    def settle(self) -> None:
        """Raise what was complained of so far, in the order of the files; nothing read later can be trusted."""
        if self.errors:
            raise PackErrors(sorted(self.errors, key=lambda error: (error.file, error.line, error.column)))

    def within(self, folder: str) -> list[str]:
        """The files of a folder of the pack, in the order of their names."""
        return sorted(name for name in self.files if name.startswith(f"{folder}/") and name.endswith(".toml"))

    def rule(
        self,
        document: Document,
        path: KeyPath,
        subject: str | None,
        *,
        expect: Type | None = None,
        allow_has: bool = False,
        variables: Mapping[str, Type] | None = None,
        written: str | None = None,
    ) -> Node:
        """The checked rule at a path (or `written` for it). Raises RuleError placed in the file."""
        rule_text = written if written is not None else _value(document, path)
        types = {name: parameter.type for name, parameter in self.parameters.items()}
        try:
            return check(
                rule_text,
                vocabulary=self.vocabulary,
                subject=subject,
                parameters=types,
                variables=variables,
                allow_has=allow_has,
                expect=expect,
            )
        except RuleError as error:
            line, column = document.place_within(path, (error.line, error.column))
            zh, en = error.message_zh, error.message_en
            raise RuleError(zh, en, document.file, line, column, error.word, error.nearest, error.kind) from None

    def clause(self, document: Document, path: KeyPath, named: Any, *, unverified: bool = False) -> str:
        """A citation "document:clause" that resolves; "unverified" where that is allowed."""
        if not isinstance(named, str) or not named:
            zh, en = "缺少出处(文件:条款)", "no citation (document:clause)"
            raise complain(document, path, zh, en)
        if unverified and named == UNVERIFIED:
            return named
        name, _, clause = named.partition(":")
        source = self.sources.get(name)
        if source is None or clause not in source.clauses:
            among = [f"{held.name}:{each}" for held in self.sources.values() for each in held.clauses]
            zh, en = f"出处“{named}”不在 pack.toml 的文件中", f"the citation '{named}' is in no document of pack.toml"
            raise complain(document, path, zh, en, named, among)
        return named

    def parameter(self, document: Document, path: KeyPath, named: str, *, of: str) -> str:
        """The name in "params.name" of a parameter of a type."""
        name = named.removeprefix("params.")
        found = self.parameters.get(name)
        if not named.startswith("params.") or found is None or found.type.name != of:
            among = [f"params.{each.name}" for each in self.parameters.values() if each.type.name == of]
            zh, en = f"“{named}”不是 {of} 类型的参数", f"'{named}' is no parameter of type {of}"
            raise complain(document, path, zh, en, named, among)
        return name

    def value(self, document: Document, path: KeyPath, raw: Any, wanted: Type) -> Value:
        """A value as written, encoded."""
        try:
            return encode(raw, wanted, self.currency)
        except ValueError:
            zh, en = f"“{raw}”不是 {wanted} 类型的值", f"'{raw}' is no value of type {wanted}"
            raise complain(document, path, zh, en, str(raw)) from None


def spoken(document: Document, path: KeyPath) -> Words:
    """The words (zh and en) at a path, which must be there."""
    return Words(*words(document, path, _value_or_none(document, path)))


def spoken_if_any(document: Document, path: KeyPath) -> Words:
    """The words at a path; none where it is absent."""
    return spoken(document, path) if _value_or_none(document, path) is not None else NO_WORDS


def subject_at(context: Context, document: Document, path: KeyPath, table: Mapping[str, Any]) -> str:
    """The kind of subject named by `subject`."""
    subject = text(document, path, table, "subject")
    if subject not in context.vocabulary.kinds:
        zh, en = f"没有“{subject}”这一类对象", f"there is no kind of subject '{subject}'"
        raise complain(document, (*path, "subject"), zh, en, subject, context.vocabulary.kinds)
    return subject


def flag(document: Document, path: KeyPath, table: Mapping[str, Any], key: str, *, default: bool) -> bool:
    """True or false at a key."""
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise complain(document, (*path, key), f"“{key}”应当是 true 或 false", f"'{key}' is true or false", str(value))
    return value


def day_at(document: Document, path: KeyPath, value: Any) -> date:
    """A day, which must be there."""
    if not isinstance(value, date) or isinstance(value, datetime):
        zh, en = f"“{path[-1]}”要写日期,如 2020-02-01", f"'{path[-1]}' is a day, as 2020-02-01"
        raise complain(document, path, zh, en, str(path[-1] if value is None else value))
    return value


def not_twice(document: Document, path: KeyPath, held: Mapping[str, Any]) -> None:
    """Refuse a name that was given before."""
    if path[-1] in held:
        zh, en = f"“{path[-1]}”重复", f"'{path[-1]}' is given twice"
        raise complain_of_key(document, path, zh, en)


def _value_or_none(document: Document, path: KeyPath) -> Any:
    found: Any = document.data
    for key in path:
        inside = range(len(found)) if isinstance(found, list) else found if isinstance(found, dict) else ()
        if key not in inside:
            return None
        found = found[key]
    return found


def _value(document: Document, path: KeyPath) -> str:
    found = _value_or_none(document, path)
    if not isinstance(found, str) or not found.strip():
        zh, en = f"缺少规则“{path[-1]}”", f"the rule '{path[-1]}' is missing or is no text"
        raise complain(document, path, zh, en, str(path[-1]))
    return found
