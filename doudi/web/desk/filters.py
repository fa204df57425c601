"""What may be asked of the list of households, as it stands in an address, and the address again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.policy import household_rolls, selections
from doudi.policy.runs import Run
from doudi.policy.selections import SORTS, STATES, TRUTHS, Selection, Wanted
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.reader import Reader

COLUMNS = ("code", "place", "members", "yeses", "unknowns", "fen", "income", "registered", "monitored", "contested",
           "differ", "helpers")  # fmt: skip
USUAL = ("code", "place", "members", "yeses", "unknowns")
NEEDS_MONEY = {"band", "income"}
_FLAG = ("yes", "no")


def _among(*values: str) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, choices=[(value, value) for value in values])


class Filter(forms.Form):
    """The names of an address. Whatever is left out asks nothing."""

    town = forms.RegexField(r"^[0-9]{9}\Z", required=False)
    village = forms.RegexField(r"^[0-9]{12}\Z", required=False)
    group = forms.CharField(required=False, max_length=50)
    measure = forms.CharField(required=False, max_length=64)
    state = _among(*STATES)
    registered = _among(*TRUTHS)
    monitored = _among(*TRUTHS)
    contested = _among(*_FLAG)
    open = _among(*_FLAG)
    differ = _among(*_FLAG)
    ask = _among(*household_rolls.ASKS)
    members = forms.RegexField(r"^[0-6]\Z", required=False)
    band = forms.RegexField(r"^([0-9]|unknown)\Z", required=False)
    q = forms.CharField(required=False, max_length=50)
    sort = _among(*SORTS, *(f"-{name}" for name in SORTS))
    col = forms.MultipleChoiceField(required=False, choices=[(name, name) for name in COLUMNS])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """An address understood. `found` holds what was asked for, cleaned; `problems` say what was not understood."""

    found: Mapping[str, Any]
    problems: tuple[str, ...] = ()

    def address(self, **changes: Any) -> str:
        """The same list's query with some names changed (an empty value takes one away), beginning at its first page.

        Another town takes the village and the group away, another village the group.
        """
        gone = {"town": ("village", "group"), "village": ("group",)}
        cleared = {name: "" for changed in changes for name in gone.get(changed, ())}
        found = {**self.found, "page": "", **cleared, **changes}
        return urlencode([(name, found[name]) for name in Filter.base_fields if found.get(name)], doseq=True)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns chosen, in their own order."""
        return tuple(name for name in COLUMNS if name in (self.found.get("col") or USUAL))


def understood(query: QueryDict, reader: Reader, run: Run | None) -> Asked:
    """What an address asks; a village of another town than the one chosen since is let go."""
    form = Filter(query)
    if not form.is_valid():
        found = {name: value for name, value in form.cleaned_data.items() if value}
        return Asked(
            found, tuple(figures.with_colon(words_of(name), " ".join(said)) for name, said in form.errors.items())
        )
    found = {name: value.strip() if name == "q" else value for name, value in form.cleaned_data.items() if value}
    if found.get("village") and not found["village"].startswith(found.get("town", "")):
        del found["village"]
    if found.get("village"):
        found["town"] = found["village"][:9]
    else:
        found.pop("group", None)
    if not reader.reads("money"):
        found = {name: value for name, value in found.items() if name not in NEEDS_MONEY}
    return Asked(found, _unknown_measure(found.get("measure", ""), reader, run))


def _unknown_measure(name: str, reader: Reader, run: Run | None) -> tuple[str, ...]:
    if not name or (
        name in household_rolls.bits_of(run) and (not reader.scope.measures or name in reader.scope.measures)
    ):
        return ()
    return (_("措施:没有“%(name)s”这一项,请从列表里选。") % {"name": name},)


def selection(asked: Asked, reader: Reader, run: Run | None) -> Selection:
    """The households an address lists for this reader."""
    found = asked.found
    names = {name: found.get(name, "") for name in Wanted.__dataclass_fields__ if name != "text"}
    return selections.select(
        household_rolls.present(run),
        Wanted(**names, text=found.get("q", "")),
        names=shows_names(reader),
        adults_on=None if reader.reads("minor") else timezone.localdate(),
        reads=[word for word in household_rolls.SENSITIVITIES if reader.reads(word)],
        only=reader.scope.measures,
        lines=[fen for fen, _names in lines_of(run)],
    )


def lines_of(run: Run | None) -> list[tuple[int, tuple[str, ...]]]:
    """The lines between the bands of income: fen, and the parameters that say it."""
    if run is None:
        return []
    found: dict[int, tuple[str, ...]] = {}
    for name, fen in selections.lines_of(standings.pack_of(run), run):
        found[fen] = (*found.get(fen, ()), name)
    return list(found.items())


def ids_of(query: QueryDict, reader: Reader, run: Run | None) -> np.ndarray:
    """The ids of exactly the list that an address shows this reader, in its order; none where it is not understood."""
    asked = understood(query, reader, run)
    return np.array([], np.int64) if asked.problems else selection(asked, reader, run).ids


def shows_names(reader: Reader) -> bool:
    """Whether the duty needs names in full; those who check and audit read them masked."""
    return reader.reads("name")


def words_of(name: str) -> str:
    """What a condition or a column is called."""
    return {
        "town": _("乡镇"),
        "village": _("村(社区)"),
        "group": _("社、组"),
        "measure": _("措施"),
        "state": _("状态"),
        "registered": _("建档立卡户"),
        "monitored": _("动态监测户"),
        "contested": _("说法不一会改变结论"),
        "open": _("有待核的事"),
        "differ": _("来源说法不一"),
        "ask": _("待核的事谁可能答得上"),
        "members": _("人数(人)"),
        "band": _("预计今年人均纯收入"),
        "q": _("查找"),
        "sort": _("排序"),
        "col": _("列"),
        "page": _("页码"),
        "code": _("户编号"),
        "place": _("村(社区)"),
        "yeses": _("符合(项)"),
        "unknowns": _("待核(项)"),
        "fen": _("应得资金(元)"),
        "income": _("预计今年人均(元)"),
        "helpers": _("帮扶责任人"),
    }.get(name, name)
