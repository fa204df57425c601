"""A pack's measures: one file each, read to the rules the engines see and the terms people see."""

from __future__ import annotations

from typing import Any

from doudi.facts.entries import complain, known_keys, text, words
from doudi.facts.kinds import Vocabulary
from doudi.policy.packs_context import Context, flag, spoken, spoken_if_any, subject_at
from doudi.policy.packs_parts import Quantity, Step, Terms, Words
from doudi.rules.measures import MAX_CONDITIONS, Condition, Key, Limit, Measure
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL, INT, MONEY, row_of
from doudi.values.toml import Document, KeyPath

_KEYS = ("number", "title", "clause", "subject", "reading", "when", "combine", "limits", "gives", "notice")
_WHEN_KEYS = ("rule", "zh", "en", "clause")
_LIMIT_KEYS = ("per", "count", "order")
_ORDER_KEYS = ("rule", "descending")
_GIVES_KEYS = ("zh", "en", "to", "amount", "budget", "evidence", "evidence_each", "approval", "channel", "quantities")
_QUANTITY_KEYS = ("rule", "unit", "zh", "en")
_NOTICE_KEYS = ("publish", "public_title")
RECEIVERS = ("person", "household", "enterprise", "village", "project")
COMPARABLE = ("bool", "int", "decimal", "money", "date", "days", "months")


def read_measure(context: Context, file: str, dictionary: dict[str, dict[str, Words]]) -> tuple[Measure, Terms] | None:
    """One measure file; None when something in it is wrong (which is complained of)."""
    document = context.open(file)
    name = file.rsplit("/", 1)[-1].removesuffix(".toml")
    before = len(context.errors)
    with context.collecting():
        known_keys(document, (), document.data, _KEYS)
        subject = subject_at(context, document, (), document.data)
        clause = context.clause(document, ("clause",), document.data.get("clause"))
        title = spoken(document, ("title",))
        conditions = _conditions(context, document, subject, clause)
        measure = Measure(
            name=name,
            subject=subject,
            conditions=conditions,
            amount=_if_any(context, document, ("gives", "amount"), subject),
            limit=_limit(context, document, subject),
            combine=_combine(context, document, subject, conditions),
            zh=title.zh,
            en=title.en,
            clause=clause,
        )
        terms = _terms(context, document, measure, dictionary)
        return (measure, terms) if len(context.errors) == before else None
    return None


def _conditions(context: Context, document: Document, subject: str, clause: str) -> tuple[Condition, ...]:
    tables = document.data.get("when", {})
    known_keys(document, ("when",), tables, tables)
    if not 0 < len(tables) <= MAX_CONDITIONS:
        zh, en = f"条件应有1至{MAX_CONDITIONS}个", f"a measure has 1 to {MAX_CONDITIONS} conditions"
        raise complain(document, ("when",), zh, en, "when")
    found = []
    for name, table in tables.items():
        with context.collecting():
            path: KeyPath = ("when", name)
            known_keys(document, path, table, _WHEN_KEYS)
            zh, en = words(document, path, table)
            node = context.rule(document, (*path, "rule"), subject, expect=BOOL)
            cited = context.clause(document, (*path, "clause"), table.get("clause", clause))
            found.append(Condition(name, node, zh, en, cited))
    if not found:
        raise complain(document, ("when",), "没有一个条件可用", "no condition can be used", "when")
    return tuple(found)


def _combine(context: Context, document: Document, subject: str, conditions: tuple[Condition, ...]) -> Node | None:
    if "combine" not in document.data:
        return None
    names = {condition.name: BOOL for condition in conditions}
    return context.rule(document, ("combine",), subject, expect=BOOL, variables=names)


def _if_any(context: Context, document: Document, path: KeyPath, subject: str) -> Node | None:
    table = document.data.get(str(path[0]), {})
    return context.rule(document, path, subject, expect=MONEY) if path[1] in table else None


def _limit(context: Context, document: Document, subject: str) -> Limit | None:
    if "limits" not in document.data:
        return None
    table = document.data["limits"]
    known_keys(document, ("limits",), table, _LIMIT_KEYS)
    written = text(document, ("limits",), table, "per")
    walk = written if written.startswith(f"{subject}.") else _walk_to(context.vocabulary, subject, written)
    if not walk:
        ways = [name for kind in context.vocabulary.kinds.values() for name in kind.relations]
        zh, en = f"从{subject}走不到“{written}”", f"no to-one path leads from {subject} to '{written}'"
        raise complain(document, ("limits", "per"), zh, en, written, ways)
    return Limit(
        per=context.rule(document, ("limits", "per"), subject, expect=row_of("place"), written=walk),
        count=context.rule(document, ("limits", "count"), None, expect=INT),
        order=tuple(_key(context, document, subject, index) for index in range(len(table.get("order", [])))),
    )


def _walk_to(vocabulary: Vocabulary, subject: str, relation: str) -> str:
    """The shortest to-one walk from a kind that ends with a relation: "village" is person.household.village."""
    waiting, seen = [(subject, subject)], {subject}
    for kind, walk in waiting:
        for each in vocabulary.kinds[kind].relations.values():
            if each.name == relation and not each.many:
                return f"{walk}.{each.name}"
            if not each.many and each.to not in seen:
                seen.add(each.to)
                waiting.append((each.to, f"{walk}.{each.name}"))
    return ""


def _key(context: Context, document: Document, subject: str, index: int) -> Key | str:
    path: KeyPath = ("limits", "order", index)
    written = document.data["limits"]["order"][index]
    if written == "lot":
        return "lot"
    descending = False
    if isinstance(written, dict):
        known_keys(document, path, written, _ORDER_KEYS)
        descending = flag(document, path, written, "descending", default=False)
        path, written = (*path, "rule"), written.get("rule")
    node = context.rule(document, path, subject)
    if node.type.name not in COMPARABLE:
        zh, en = f"不能按 {node.type} 排序", f"nothing can be ordered by {node.type}"
        raise complain(document, path, zh, en, str(written))
    return Key(node, descending, str(written))


def _terms(context: Context, document: Document, measure: Measure, dictionary: dict[str, dict[str, Words]]) -> Terms:
    data = document.data
    gives, notice = data.get("gives", {}), data.get("notice", {})
    known_keys(document, ("gives",), gives, _GIVES_KEYS)
    known_keys(document, ("notice",), notice, _NOTICE_KEYS)
    budget = gives.get("budget", "")
    return Terms(
        name=measure.name,
        number=text(document, (), data, "number"),
        title=Words(measure.zh, measure.en),
        clause=measure.clause,
        reading=spoken_if_any(document, ("reading",)),
        gives=spoken(document, ("gives",)),
        to=_word(document, ("gives", "to"), gives.get("to"), RECEIVERS),
        amount_rule=str(gives.get("amount", "")),
        budget=context.parameter(document, ("gives", "budget"), budget, of="money") if budget else "",
        evidence=tuple(_listed(document, ("gives", "evidence"), gives, dictionary["evidence"])),
        evidence_each=flag(document, ("gives",), gives, "evidence_each", default=False),
        approval=tuple(_steps(document, gives, dictionary["approval"])),
        channel=_word(document, ("gives", "channel"), gives.get("channel"), dictionary["channels"]),
        quantities=tuple(_quantities(context, document, measure.subject)),
        publish=flag(document, ("notice",), notice, "publish", default=True),
        public_title=spoken(document, ("notice", "public_title")),
        rules={name: str(table.get("rule", "")) for name, table in data["when"].items()},
        file=document.file,
    )


def _word(document: Document, path: KeyPath, value: Any, among: Any) -> str:
    if value not in among:
        zh, en = f"“{value}”不在词表中", f"'{value}' is not in the list of words"
        raise complain(document, path, zh, en, str(value), among)
    return str(value)


def _listed(document: Document, path: KeyPath, table: dict[str, Any], among: Any) -> list[str]:
    values = table.get(str(path[-1]), [])
    return [_word(document, (*path, index), value, among) for index, value in enumerate(values)]


def _steps(document: Document, gives: dict[str, Any], among: Any) -> list[Step]:
    steps = []
    for index, written in enumerate(gives.get("approval", [])):
        path: KeyPath = ("gives", "approval", index)
        name, _, span = str(written).partition(":")
        if span and not (span.endswith("d") and span[:-1].isdigit()):
            zh, en = f"公示天数写作“{name}:7d”", f"write the days as '{name}:7d'"
            raise complain(document, path, zh, en, str(written))
        steps.append(Step(_word(document, path, name, among), int(span[:-1]) if span else None))
    return steps


def _quantities(context: Context, document: Document, subject: str) -> list[Quantity]:
    found = []
    for name, table in document.data.get("gives", {}).get("quantities", {}).items():
        path: KeyPath = ("gives", "quantities", name)
        known_keys(document, path, table, _QUANTITY_KEYS)
        node = context.rule(document, (*path, "rule"), subject)
        unit = spoken(document, (*path, "unit"))
        found.append(Quantity(name, str(table["rule"]), node, unit, spoken(document, path)))
    return found
