"""What a pack says of monitoring: its alerts, the copies that must agree, when a monitored household may leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doudi.facts.entries import all_of, complain, known_keys, one_of
from doudi.policy.packs_context import Context, spoken
from doudi.policy.packs_figures import CASES, roles_at, sides_of, watcher_at
from doudi.policy.packs_parts import Add, Alert, Copy, Exit, Words
from doudi.rules.types import MONEY
from doudi.values.toml import Document, KeyPath

_ALERT_KEYS = ("subject", "zh", "en", "do", "to", "rule", *CASES)
_EXIT_KEYS = ("subject", "zh", "en", "rule", *CASES)
_COPY_KEYS = ("zh", "en", "sources", "to", "do")
_ADD_KEYS = ("zh", "en", "low", "high", "lifts")
LIFTED = ("wage",)  # lines of income that a measure can bring back


def read_alerts(context: Context, name: str = "alerts.toml") -> dict[str, Alert]:
    """The pack's alerts, in their order."""
    document = context.open(name)
    found: dict[str, Alert] = {}
    for each in document.data:
        with context.collecting():
            subject, node = watcher_at(context, document, each, _ALERT_KEYS)
            table = document.data[each]
            roles = roles_at(document, (each, "to"), table.get("to", []))
            words, deed = spoken(document, (each,)), spoken(document, (each, "do"))
            sides = sides_of(document, (each,), table)
            found[each] = Alert(each, subject, words, deed, roles, table["rule"], node, *sides)
    return found


def read_exits(context: Context, name: str = "exits.toml") -> dict[str, Exit]:
    """The conditions, all of which must be true before a monitored household may leave."""
    document = context.open(name)
    found: dict[str, Exit] = {}
    for each in document.data:
        with context.collecting():
            subject, node = watcher_at(context, document, each, _EXIT_KEYS)
            if subject != "household":
                zh, en = "退出条件说的是户(household)", "a condition of leaving speaks of a household"
                raise complain(document, (each, "subject"), zh, en, subject)
            sides = sides_of(document, (each,), document.data[each])
            found[each] = Exit(each, subject, spoken(document, (each,)), document.data[each]["rule"], node, *sides)
    return found


# Where a pack names no copies: the four that a county keeps (四个一致).
_CHANGE = Words("改这一份,下一次的数据证明已改", "change this copy; its next data prove it")
_USUAL = {
    "national": ("国扶系统", "national register", ("national",), ("county_officer",)),
    "provincial": ("省级平台", "provincial platform", ("provincial",), ("county_officer",)),
    "paper": ("纸质户档", "paper file", ("paper",), ("town_clerk", "village_officer")),
    "reality": ("实际情况", "reality", ("field", "village", "household"), ("helper", "village_officer")),
}


def read_copies(context: Context, name: str = "copies.toml") -> dict[str, Copy]:
    """The copies that must agree, in their order; a source belongs to one of them at most.

    Where the pack names none, the usual four.
    """
    document = context.open(name)
    found: dict[str, Copy] = {}
    if not document.data:
        return {each: Copy(each, Words(zh, en), some, to, _CHANGE) for each, (zh, en, some, to) in _USUAL.items()}
    taken: dict[str, str] = {}
    for each in document.data:
        with context.collecting():
            found[each] = _copy(context, document, each, taken)
            taken |= dict.fromkeys(found[each].sources, each)
    return found


def _copy(context: Context, document: Document, name: str, taken: dict[str, str]) -> Copy:
    path: KeyPath = (name,)
    table: dict[str, Any] = document.data[name]
    known_keys(document, path, table, _COPY_KEYS)
    sources = all_of(document, path, table, "sources", tuple(context.vocabulary.sources))
    if not sources:
        zh, en = "没写这一份包括哪些来源", "no source makes up this copy"
        raise complain(document, (*path, "sources"), zh, en, name)
    twice = next((source for source in sources if source in taken), "")
    if twice:
        zh, en = f"来源“{twice}”已算在“{taken[twice]}”里", f"the source '{twice}' belongs to '{taken[twice]}'"
        raise complain(document, (*path, "sources"), zh, en, twice)
    roles = roles_at(document, (*path, "to"), table.get("to", []))
    return Copy(name, spoken(document, path), sources, roles, spoken(document, (*path, "do")))


def read_adds(context: Context, subjects: Mapping[str, str], name: str = "outlook.toml") -> dict[str, Add]:
    """What measures (name: kind of subject) add to a household's income until the year's end.

    A measure whose own file was complained of is passed over: one mistake is told once.
    """
    broken = {file.rpartition("/")[2].removesuffix(".toml") for file in context.within("measures")} - set(subjects)
    document = context.open(name)
    found: dict[str, Add] = {}
    for each in (name for name in document.data if name not in broken):
        with context.collecting():
            if each not in subjects:
                zh, en = f"没有“{each}”这项措施", f"there is no measure '{each}'"
                raise complain(document, (each,), zh, en, each, subjects)
            found[each] = _add(context, document, each, subjects[each])
    return found


def _add(context: Context, document: Document, name: str, subject: str) -> Add:
    table: dict[str, Any] = document.data[name]
    known_keys(document, (name,), table, _ADD_KEYS)
    lifts = one_of(document, (name,), table, "lifts", LIFTED) if "lifts" in table else ""
    if bool(lifts) == ("low" in table and "high" in table):
        zh, en = "要么写 lifts,要么写 low 和 high", "either lifts, or low and high"
        raise complain(document, (name,), zh, en, name)
    low, high = (
        None if lifts else context.rule(document, (name, part), subject, expect=MONEY) for part in ("low", "high")
    )
    return Add(name, spoken(document, (name,)), low, high, lifts)
