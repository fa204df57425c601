"""A pack's indicators, data-quality checks, exemptions and excused mutants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from doudi.facts.entries import complain, known_keys, one_of, text
from doudi.policy.packs_context import Context, not_twice, spoken, spoken_if_any, subject_at
from doudi.policy.packs_parts import Check, Claim, Excuse, Exemption, Indicator
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL, DECIMAL, INT, MONEY, Type
from doudi.values.toml import Document, KeyPath

_INDICATOR_KEYS = (
    *("zh", "en", "unit", "subject", "numerator", "denominator", "asked", "asked_of", "total"),
    *("claim", "reproducible", "note"),
)
_CLAIM_KEYS = ("value", "ratio", "text", "source")
CASES = ("fires", "silent", "also_fires", "also_silent")
_CHECK_KEYS = ("catalogue", "subject", "zh", "en", "rule", *CASES)
_EXEMPTION_KEYS = ("check", "subject", "reason", "until", "by")
_EXCUSE_KEYS = ("rule", "change", "reason")
_CATALOGUE = re.compile(r"DQ(0[1-9]|[1-3]\d|4[0-5])")
REPRODUCIBLE = ("yes", "partly", "no")
ROLES = (
    *("county_officer", "town_clerk", "village_officer", "helper", "bureau", "bank"),
    *("supervisor", "auditor", "administrator"),
)


def read_indicators(context: Context, name: str = "indicators.toml") -> dict[str, Indicator]:
    """The pack's indicators, in their order."""
    document = context.open(name)
    found: dict[str, Indicator] = {}
    for each in document.data:
        with context.collecting():
            found[each] = _indicator(context, document, each)
    return found


def _indicator(context: Context, document: Document, name: str) -> Indicator:
    path: KeyPath = (name,)
    table = document.data[name]
    known_keys(document, path, table, _INDICATOR_KEYS)
    subject = subject_at(context, document, path, table)
    total = _number_rule(context, document, (name, "total"), table, subject)
    return Indicator(
        name=name,
        subject=subject,
        words=spoken(document, path),
        unit=spoken(document, (name, "unit")),
        numerator=context.rule(document, (name, "numerator"), subject, expect=BOOL, allow_has=True),
        denominator=_rule_if_any(context, document, (name, "denominator"), table, subject),
        asked=_rule_if_any(context, document, (name, "asked"), table, subject),
        asked_of=_rule_if_any(context, document, (name, "asked_of"), table, subject),
        total=total,
        claim=_claim(context, document, (name, "claim"), table, total),
        reproducible=one_of(document, path, table, "reproducible", REPRODUCIBLE),
        note=spoken_if_any(document, (name, "note")),
        rules={key: table[key] for key in ("numerator", "denominator", "asked", "asked_of", "total") if key in table},
    )


def _rule_if_any(
    context: Context, document: Document, path: KeyPath, table: dict[str, Any], subject: str, expect: Type = BOOL
) -> Node | None:
    if path[-1] not in table:
        return None
    return context.rule(document, path, subject, expect=expect, allow_has=True)


def _number_rule(
    context: Context, document: Document, path: KeyPath, table: dict[str, Any], subject: str
) -> Node | None:
    if path[-1] not in table:
        return None
    node = context.rule(document, path, subject, allow_has=True)
    if node.type.name not in ("int", "money"):
        zh, en = "合计的规则应得出整数或金额", "what is totalled is a whole number or money"
        raise complain(document, path, zh, en, str(table["total"]))
    return node


def _claim(
    context: Context, document: Document, path: KeyPath, table: dict[str, Any], total: Node | None
) -> Claim | None:
    if path[-1] not in table:
        return None
    claim = table["claim"]
    known_keys(document, path, claim, _CLAIM_KEYS)
    wanted = MONEY if total is not None and total.type.name == "money" else INT
    value, ratio = claim.get("value"), claim.get("ratio")
    if value is None and ratio is None:
        zh, en = "没写公布的数", "the published figure is missing (value or ratio)"
        raise complain(document, path, zh, en, "claim")
    encoded = None if value is None else int(str(context.value(document, (*path, "value"), value, wanted)))
    if ratio is not None:
        context.value(document, (*path, "ratio"), ratio, DECIMAL)
    source = context.clause(document, (*path, "source"), claim.get("source"))
    said = text(document, path, claim, "text")
    return Claim(encoded, Decimal(ratio) if ratio is not None else None, said, source)


def read_checks(context: Context, name: str = "checks.toml") -> dict[str, Check]:
    """The pack's data-quality checks, in their order."""
    document = context.open(name)
    found: dict[str, Check] = {}
    for each in document.data:
        with context.collecting():
            subject, node = watcher_at(context, document, each, _CHECK_KEYS)
            table = document.data[each]
            catalogue = _catalogued(document, (each, "catalogue"), table.get("catalogue"))
            words, sides = spoken(document, (each,)), sides_of(document, (each,), table)
            found[each] = Check(each, subject, catalogue, words, table["rule"], node, *sides)
    return found


def _catalogued(document: Document, path: KeyPath, value: Any) -> str:
    if not isinstance(value, str) or not _CATALOGUE.fullmatch(value):
        zh, en = "目录编号写作 DQ01 至 DQ45", "a catalogue id is written DQ01 to DQ45"
        raise complain(document, path, zh, en, str(value))
    return value


def watcher_at(context: Context, document: Document, name: str, keys: Iterable[str]) -> tuple[str, Node]:
    """The subject and rule of a check or alert, which has a case that fires and one that does not."""
    path: KeyPath = (name,)
    table = document.data[name]
    known_keys(document, path, table, keys)
    subject = subject_at(context, document, path, table)
    for side in ("fires", "silent"):
        if not isinstance(table.get(side), dict):
            zh, en = f"缺少一例“{side}”", f"there is no case that {side} ('fires' or 'silent')"
            raise complain(document, (name, side), zh, en, side)
    return subject, context.rule(document, (name, "rule"), subject, expect=BOOL, allow_has=True)


Situations = tuple[dict[str, Any], ...]


def sides_of(document: Document, path: KeyPath, table: dict[str, Any]) -> tuple[Situations, Situations]:
    """The situations in which a check or alert fires, and those in which it is silent."""
    for key in ("also_fires", "also_silent"):
        for index, told in enumerate(table.get(key, [])):
            known_keys(document, (*path, key, index), told, told)
    fires, silent = table.get("also_fires", []), table.get("also_silent", [])
    return (table["fires"], *fires), (table["silent"], *silent)


def roles_at(document: Document, path: KeyPath, values: Any) -> tuple[str, ...]:
    """The roles named at a path, of whom there is at least one."""
    for index, value in enumerate(values):
        if value not in ROLES:
            zh, en = f"没有“{value}”这一岗位", f"there is no role '{value}'"
            raise complain(document, (*path, index), zh, en, str(value), ROLES)
    if not values:
        raise complain(document, path, "没写通知谁", "nobody is told", "to")
    return tuple(values)


def read_exemptions(context: Context, checks: dict[str, Check], name: str = "exemptions.toml") -> tuple[Exemption, ...]:
    """Subjects a check does not speak of; each has a reason and an end."""
    document = context.open(name)
    found = []
    for index, table in enumerate(document.data.get("exemption", [])):
        path: KeyPath = ("exemption", index)
        with context.collecting():
            known_keys(document, path, table, _EXEMPTION_KEYS)
            check = one_of(document, path, table, "check", checks)
            until = table.get("until")
            if not isinstance(until, date):
                zh, en = "豁免要写到期日", "an exemption has a last day"
                raise complain(document, (*path, "until"), zh, en, "until")
            subject, by = text(document, path, table, "subject"), text(document, path, table, "by")
            found.append(Exemption(check, subject, spoken(document, (*path, "reason")), until, by))
    return tuple(found)


def read_excuses(context: Context, rules: Iterable[str], name: str = "excused_mutants.toml") -> tuple[Excuse, ...]:
    """Mutants no example can notice, each with its reason."""
    document = context.open(name)
    found: dict[tuple[str, str], Excuse] = {}
    for index, table in enumerate(document.data.get("excuse", [])):
        path: KeyPath = ("excuse", index)
        with context.collecting():
            known_keys(document, path, table, _EXCUSE_KEYS)
            rule, change = one_of(document, path, table, "rule", rules), text(document, path, table, "change")
            not_twice(document, (*path, "change"), {"change": 1} if (rule, change) in found else {})
            found[rule, change] = Excuse(rule, change, spoken(document, (*path, "reason")))
    return tuple(found.values())
