"""A policy pack: policy as data, read from a folder of TOML files and checked whole (DESIGN: section 4).

A pack is named by the hash of its text. Reading is pure: no database, no clock. `load` refuses a pack with anything
wrong in it and tells everything that is wrong at once (`PackErrors`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from doudi.facts import vocabulary as shipped
from doudi.facts.entries import complain, known_keys, text, words
from doudi.facts.kinds import Vocabulary
from doudi.policy.packs_context import Context, PackErrors, day_at, spoken
from doudi.policy.packs_figures import read_checks, read_excuses, read_exemptions, read_indicators
from doudi.policy.packs_measures import read_measure
from doudi.policy.packs_monitoring import read_adds, read_alerts, read_copies, read_exits
from doudi.policy.packs_parameters import read_overlay, read_parameters
from doudi.policy.packs_parts import (
    Add,
    Alert,
    Check,
    Copy,
    Currency,
    Excuse,
    Exemption,
    Exit,
    Indicator,
    Parameter,
    Source,
    Terms,
    Words,
)
from doudi.rules.errors import RuleError, nearest
from doudi.rules.measures import Measure
from doudi.rules.nodes import Value
from doudi.values.refusals import Refusal
from doudi.values.toml import Document, KeyPath

_PACK_KEYS = (
    *("name", "title", "county", "from", "as_of", "overlays", "currency", "documents"),
    *("evidence", "approval", "channels"),
)
_DOCUMENT_KEYS = ("title", "issuer", "dated", "read", "address", "clauses")
_CURRENCY_KEYS = ("code", "decimals", "unit")
DICTIONARIES = ("evidence", "approval", "channels")
_TOP = (
    *("pack.toml", "parameters.toml", "facts.toml", "indicators.toml", "checks.toml", "alerts.toml"),
    *("copies.toml", "exits.toml", "outlook.toml", "exemptions.toml", "excused_mutants.toml"),
)
_FOLDERS = ("measures", "examples", "overlays")


@dataclass(frozen=True)
class Pack:
    """A checked pack. `measures` are the rules the engines see, `terms` (same names) all that is no rule."""

    name: str
    hash: str
    title: Words
    county: str
    start: date  # the day from which the pack speaks
    as_of: date  # the day its cases are about, where they name none
    currency: Currency
    documents: Mapping[str, Source]
    dictionary: Mapping[str, Mapping[str, Words]]
    parameters: Mapping[str, Parameter]
    vocabulary: Vocabulary
    added: frozenset[tuple[str, str]]  # (kind, fact) of facts.toml
    measures: dict[str, Measure]
    terms: Mapping[str, Terms]
    indicators: Mapping[str, Indicator]
    checks: Mapping[str, Check]
    alerts: Mapping[str, Alert]
    copies: Mapping[str, Copy]  # that must agree
    adds: Mapping[str, Add]  # what measures add to income until the year's end
    exits: Mapping[str, Exit]  # what must be true before a monitored household may leave
    exemptions: tuple[Exemption, ...]
    excuses: tuple[Excuse, ...]
    overlays: tuple[str, ...]  # files on offer, not applied
    files: Mapping[str, str] = field(repr=False)
    prefix: str = field(default="", repr=False)

    def values_on(self, day: date) -> dict[str, Value]:
        """Every parameter decided on a day, encoded; an undecided one is absent."""
        found = {name: parameter.on(day) for name, parameter in self.parameters.items()}
        return {name: dated.value for name, dated in found.items() if dated is not None}

    def budget_of(self, measure: str, day: date) -> int | None:
        """The budget of a measure in minor units; None when it has none or it is undecided."""
        budget = self.terms[measure].budget
        value = self.values_on(day).get(budget) if budget else None
        return int(str(value)) if value is not None else None

    def clause(self, citation: str) -> Words | None:
        """The text of "document:clause"; None for a value that was only remembered or assumed."""
        name, _, clause = citation.partition(":")
        source = self.documents.get(name)
        return source.clauses.get(clause) if source else None


def load(path: Path) -> Pack:
    """The pack in a folder. Raises PackErrors with everything that is wrong, Refusal where there is no pack."""
    if not (path / "pack.toml").is_file():
        zh, en = "这里没有政策包(缺 pack.toml)", "there is no policy pack here (pack.toml is missing)"
        raise Refusal(zh, en, str(path))
    return from_files(read_files(path), prefix=str(path))


def read_files(path: Path) -> dict[str, str]:
    """The text of every file of a pack folder, by its path within the pack."""
    found = sorted(path.rglob("*.toml"))
    return {each.relative_to(path).as_posix(): _text_of(each) for each in found}


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        zh, en = "不是 UTF-8 文字", "this is not UTF-8 text"
        line = error.object[: error.start].count(b"\n") + 1
        raise PackErrors([RuleError(zh, en, str(file), line, 1, "", "", "syntax")]) from None


def hash_of(files: Mapping[str, str]) -> str:
    """The name of a pack's text: SHA-256 over each path and text, in the order of the paths."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name].encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def overlay(pack: Pack, file: str | Path) -> Pack:
    """The pack with an overlay's values in force: a new version with its own hash.

    `file` is one the pack offers (`demo_choices.toml`) or a path to another.
    """
    name = Path(file).name
    given = Path(file)
    if str(file) in pack.overlays:
        body = pack.files[str(file)]
    elif given.is_file():
        body = _text_of(given)
    else:
        zh, en = (
            f"没有“{file}”;可用:{'、'.join(pack.overlays)}",
            f"there is no '{file}'; offered: {', '.join(pack.overlays)}",
        )
        raise Refusal(zh, en, str(file))
    try:
        return from_files({**pack.files, f"overlays/{name}": body}, prefix=pack.prefix)
    except PackErrors as errors:
        shown = f"{pack.prefix}/{file}" if str(file) in pack.overlays and pack.prefix else str(file)
        raise PackErrors([error.moved(file=shown, line=1) for error in errors.errors]) from None


def from_files(files: Mapping[str, str], *, prefix: str = "") -> Pack:
    """The pack whose text this is. Raises PackErrors with everything that is wrong."""
    context = Context(files, prefix, shipped.load())
    _read_texts(context)
    held: dict[str, Any] = {}
    with context.collecting():
        held = _head(context, context.open("pack.toml"))
    with context.collecting():
        context.vocabulary = shipped.extend(context.vocabulary, context.open("facts.toml"))
    context.settle()
    read_parameters(context)
    for name in context.within("overlays"):
        read_overlay(context, name)
    context.settle()
    pack = _read_rules(context, held)
    context.settle()
    with context.collecting():
        _known_files(files, prefix)
    context.settle()
    return pack


def _read_texts(context: Context) -> None:
    """Every file, as TOML."""
    for name in context.files:
        with context.collecting():
            context.open(name)
    context.settle()


def _read_rules(context: Context, held: dict[str, Any]) -> Pack:
    base = shipped.load()
    read = [read_measure(context, file, held["dictionary"]) for file in context.within("measures")]
    known = [pair for pair in read if pair is not None]
    checks, alerts, exits = read_checks(context), read_alerts(context), read_exits(context)
    rules = [f"{measure.name}.{each.name}" for measure, _ in known for each in measure.conditions]
    return Pack(
        **held,
        hash=hash_of(context.files),
        documents=context.sources,
        currency=context.currency,
        parameters=context.parameters,
        vocabulary=context.vocabulary,
        added=frozenset(_facts_of(context.vocabulary) - _facts_of(base)),
        measures={measure.name: measure for measure, _ in known},
        terms={terms.name: terms for _, terms in known},
        indicators=read_indicators(context),
        checks=checks,
        alerts=alerts,
        copies=read_copies(context),
        exits=exits,
        adds=read_adds(context, {measure.name: measure.subject for measure, _ in known}),
        exemptions=read_exemptions(context, checks),
        excuses=read_excuses(
            context, [*rules, *_other_rules(known, {"checks": checks, "alerts": alerts, "exits": exits})]
        ),
        files=context.files,
        prefix=context.prefix,
    )


def _other_rules(known: list[tuple[Measure, Terms]], watchers: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The names under which rules that are no conditions are excused."""
    for measure, terms in known:
        yield from (f"{measure.name}.{each}" for each in ("amount", "limits", "combine"))
        yield from (f"{measure.name}.{quantity.name}" for quantity in terms.quantities)
    for area, names in watchers.items():
        yield from (f"{area}.{name}" for name in names)


def _facts_of(vocabulary: Vocabulary) -> set[tuple[str, str]]:
    return {(kind.name, fact) for kind in vocabulary.kinds.values() for fact in kind.facts}


def _head(context: Context, document: Document) -> dict[str, Any]:
    """What pack.toml says: name, title, currency, documents, dictionaries."""
    data = document.data
    known_keys(document, (), data, _PACK_KEYS)
    context.currency = _currency(document, data.get("currency", {}))
    for name in data.get("documents", {}):
        with context.collecting():
            context.sources[name] = _source(document, name)
    overlays = tuple(data.get("overlays", []))
    for index, name in enumerate(overlays):
        if name not in context.files:
            zh, en = f"没有文件“{name}”", f"there is no file '{name}'"
            raise complain(document, ("overlays", index), zh, en, str(name), context.files)
    return {
        "name": text(document, (), data, "name"),
        "title": spoken(document, ("title",)),
        "county": str(data.get("county", "")),
        "start": day_at(document, ("from",), data.get("from")),
        "as_of": day_at(document, ("as_of",), data.get("as_of")),
        "overlays": overlays,
        "dictionary": {each: _dictionary(document, each) for each in DICTIONARIES},
    }


def _currency(document: Document, table: dict[str, Any]) -> Currency:
    path: KeyPath = ("currency",)
    known_keys(document, path, table, _CURRENCY_KEYS)
    decimals = table.get("decimals")
    if not isinstance(decimals, int) or isinstance(decimals, bool) or decimals not in range(5):
        zh, en = "货币要写小数位数(0至4)", "a currency has 0 to 4 decimals"
        raise complain(document, (*path, "decimals"), zh, en, str(decimals))
    return Currency(text(document, path, table, "code"), decimals, spoken(document, (*path, "unit")))


def _source(document: Document, name: str) -> Source:
    path: KeyPath = ("documents", name)
    table = document.data["documents"][name]
    known_keys(document, path, table, _DOCUMENT_KEYS)
    dated = table.get("dated")
    clauses = table.get("clauses", {})
    return Source(
        name=name,
        title=spoken(document, (*path, "title")),
        issuer=spoken(document, (*path, "issuer")),
        dated=dated if isinstance(dated, date) else None,
        read=spoken(document, (*path, "read")),
        address=str(table.get("address", "")),
        clauses={each: Words(*words(document, (*path, "clauses", each), clauses[each])) for each in clauses},
    )


def _dictionary(document: Document, name: str) -> dict[str, Words]:
    return {each: spoken(document, (name, each)) for each in document.data.get(name, {})}


def _known_files(files: Mapping[str, str], prefix: str) -> None:
    """Refuse a file nobody reads: a measure put beside `measures/` would silently never decide anything."""
    for name in files:
        folder, _, rest = name.rpartition("/")
        right = folder in _FOLDERS if folder else rest in _TOP or "overlays/" + rest in files or _offered(files, rest)
        if not right:
            among = [*_TOP, *(f"{each}/{rest}" for each in _FOLDERS)]
            shown = f"{prefix}/{name}" if prefix else name
            zh, en = f"没有用到文件“{name}”", f"nothing reads the file '{name}'"
            raise RuleError(zh, en, shown, 1, 1, name, nearest(name, among), "name")


def _offered(files: Mapping[str, str], name: str) -> bool:
    return f'"{name}"' in files.get("pack.toml", "")
