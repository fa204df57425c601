"""A pack's parameters: every number of the policy with its day and its source, and overlays that decide open ones."""

from __future__ import annotations

from typing import Any

from doudi.facts.entries import complain, complain_of_key, known_keys, text, words
from doudi.policy.packs_context import Context, day_at, flag, spoken, spoken_if_any
from doudi.policy.packs_parts import DatedValue, Parameter
from doudi.policy.packs_values import type_named
from doudi.rules.types import SCALARS
from doudi.values.toml import Document, KeyPath

_KEYS = ("type", "zh", "en", "unit", "undecided", "value", "from", "source", "later")
_DATED_KEYS = ("value", "from", "source")
_OVERLAY_KEYS = ("title", "by", "dated", "parameters")
_CHOSEN_KEYS = ("value", "from", "source", "why")


def read_parameters(context: Context, name: str = "parameters.toml") -> None:
    """Read the pack's parameters into the context, complaining of each wrong one."""
    document = context.open(name)
    for order, each in enumerate(document.data):
        with context.collecting():
            context.parameters[each] = _parameter(context, document, each, order)


def read_overlay(context: Context, name: str) -> None:
    """Add an overlay's dated values to parameters the pack already has."""
    document = context.open(name)
    with context.collecting():
        known_keys(document, (), document.data, _OVERLAY_KEYS)
        by = spoken(document, ("by",))
        spoken(document, ("title",))
        day_at(document, ("dated",), document.data.get("dated"))
        for each, table in document.data.get("parameters", {}).items():
            with context.collecting():
                _choose(context, document, each, table, by)


def _parameter(context: Context, document: Document, name: str, order: int) -> Parameter:
    path: KeyPath = (name,)
    table = document.data[name]
    known_keys(document, path, table, _KEYS)
    zh, en = words(document, path, table)
    written = text(document, path, table, "type")
    wanted = type_named(written)
    if wanted is None:
        zh, en = f"没有类型“{written}”", f"there is no type '{written}'"
        raise complain(document, (name, "type"), zh, en, written, [*SCALARS, "list(code)"])
    undecided = flag(document, path, table, "undecided", default=False)
    source = context.clause(document, (name, "source"), table.get("source"), unverified=not undecided)
    parameter = Parameter(name, wanted, zh, en, str(table.get("unit", "")), source, undecided, (), order)
    return _with_values(context, document, path, table, parameter)


def _with_values(
    context: Context, document: Document, path: KeyPath, table: dict[str, Any], parameter: Parameter
) -> Parameter:
    if parameter.undecided:
        if "value" in table or "later" in table:
            zh, en = "未定的参数不能有值", "an undecided parameter has no value"
            raise complain(document, (*path, "value"), zh, en, parameter.name)
        return parameter
    dated = [_dated(context, document, path, table, parameter)]
    for index, later in enumerate(table.get("later", [])):
        here = (*path, "later", index)
        known_keys(document, here, later, _DATED_KEYS)
        dated.append(_dated(context, document, here, later, parameter))
    return _with(parameter, dated)


def _dated(
    context: Context, document: Document, path: KeyPath, table: dict[str, Any], parameter: Parameter
) -> DatedValue:
    if "value" not in table:
        zh = f"参数“{parameter.name}”没有值;还没定就写 undecided = true"
        en = f"the parameter '{parameter.name}' has no value; write undecided = true while it is open"
        raise complain(document, path, zh, en, parameter.name)
    value = context.value(document, (*path, "value"), table["value"], parameter.type)
    start = day_at(document, (*path, "from"), table.get("from"))
    source = context.clause(document, (*path, "source"), table.get("source"), unverified=True)
    return DatedValue(start, value, source)


def _choose(context: Context, document: Document, name: str, table: dict[str, Any], by: Any) -> None:
    path: KeyPath = ("parameters", name)
    known_keys(document, path, table, _CHOSEN_KEYS)
    parameter = context.parameters.get(name)
    if parameter is None:
        zh, en = f"政策包没有参数“{name}”", f"the pack has no parameter '{name}'"
        raise complain_of_key(document, path, zh, en, context.parameters)
    value = context.value(document, (*path, "value"), table.get("value"), parameter.type)
    start = day_at(document, (*path, "from"), table.get("from"))
    why = spoken_if_any(document, (*path, "why"))
    source = str(table.get("source", "")) or document.file.rsplit("/", 1)[-1]
    context.parameters[name] = _with(parameter, [*parameter.values, DatedValue(start, value, source, by, why)])


def _with(parameter: Parameter, values: list[DatedValue]) -> Parameter:
    """The parameter with these values, the later of two from the same day in force."""
    ordered = tuple(sorted(values, key=lambda value: value.start))
    fields = (parameter.name, parameter.type, parameter.zh, parameter.en, parameter.unit, parameter.source)
    return Parameter(*fields, parameter.undecided, ordered, parameter.order)
