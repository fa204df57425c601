"""The list of households: filtered, counted and sorted as the address says; the address is the whole state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy.household_rolls import NOTHING
from doudi.policy.runs import Run
from doudi.policy.selections import SORTS, Selection
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on
from doudi.web import figures, names
from doudi.web.desk import facets, filters, saved_views, standings
from doudi.web.desk.filters import Asked, shows_names
from doudi.web.paging import SIZE, Pages
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

__all__ = ["place_names", "show_list", "shows_names"]

NUMBERS = {"members", "yeses", "unknowns", "fen", "income"}


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `url` sorts by it, the other way round where it is sorted by already."""

    name: str
    title: str
    number: bool
    url: str
    order: str  # ascending, descending or none


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row, under its column's title."""

    title: str
    text: str
    number: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One household in the list."""

    code: str
    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Page(Pages):
    """A page of the list. `seen` is how many households the reader may see."""

    columns: list[Column]
    rows: list[Row]

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.number - 1) * SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row."""
        return (self.number - 1) * SIZE + len(self.rows)


@permission("household.read")
def show_list(request: HttpRequest) -> HttpResponse:
    """The list; a filter that cannot be understood is 400 and says which part of it."""
    context = contents_of(request.GET, reader_of(request), standings.run_in_force())
    status = 400 if context["problems"] else 200
    if request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers:
        return show_part(request, "desk/households_results.html", context, status)
    return show(request, "desk/households.html", context, status)


def contents_of(query: QueryDict, reader: Reader, run: Run | None) -> dict[str, Any]:
    """Everything on the page for a list's query."""
    asked = filters.understood(query, reader, run)
    return {"problems": asked.problems, "run": run, "asked": asked.found, **_contents(asked, reader, run)}


def _contents(asked: Asked, reader: Reader, run: Run | None) -> dict[str, Any]:
    if asked.problems:
        return {"page": Page(0, 1, [], [])}
    found = filters.selection(asked, reader, run)
    selects, links = facets.selected(found, asked, run), facets.linked(found, asked, run)
    return {
        "page": _page(found, asked, reader),
        "selects": selects,
        "links": links,
        "conditions": facets.conditions([*selects, *links], asked),
        "seen": None if asked.found.get("q") else len(found.rows),
        "kept": [(name, asked.found[name]) for name in (*facets.LINKED, "sort") if asked.found.get(name)],
        "choices": [(name, filters.words_of(name), name in asked.columns) for name in _offered(reader)],
        "plain": asked.address(),
        "export": _export(asked, reader),
        "views": saved_views.of_reader(reader) if reader.may("view.save") else None,
    }


def _export(asked: Asked, reader: Reader) -> str:
    """The address that exports exactly this list, where there is one for this reader."""
    try:
        view = resolve("/exports/new/").func
    except Resolver404:
        return ""
    allowed = reader.may(getattr(view, "permission", ""))
    return f"/exports/new/?list=households&{asked.address()}" if allowed else ""


def _offered(reader: Reader) -> list[str]:
    return [name for name in filters.COLUMNS if name not in filters.NEEDS_MONEY or reader.reads("money")]


def _page(found: Selection, asked: Asked, reader: Reader) -> Page:
    total = len(found.ids)
    number = min(asked.found.get("page") or 1, max(1, -(-total // SIZE)))
    names = [name for name in asked.columns if name in _offered(reader)]
    columns = [_column(name, asked) for name in names]
    rows = _rows(found.chosen[(number - 1) * SIZE : number * SIZE], columns, found, reader)
    return Page(total, number, columns, rows)


def _column(name: str, asked: Asked) -> Column:
    title, sort = filters.words_of(name), asked.found.get("sort", "")
    if name not in SORTS:
        return Column(name, title, name in NUMBERS, "", "none")
    order = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    return Column(name, title, True, asked.address(sort=name if order == "descending" else f"-{name}"), order)


def _rows(some: np.ndarray, columns: list[Column], found: Selection, reader: Reader) -> list[Row]:
    known = Household.objects.in_bulk([int(number) for number in some["id"]])
    places = place_names(known.values())
    helpers = _helpers(known) if any(column.name == "helpers" for column in columns) else {}
    rows = []
    names.look_up(known.values(), reader)
    for line in some:
        household = known.get(int(line["id"]))
        if household is not None:
            told = {"helpers": helpers.get(household.pk, ""), "place": _place(household, places)}
            cells = [Cell(c.title, told.get(c.name) or _text(c.name, line, found), c.number) for c in columns]
            rows.append(Row(household.code, _name(household, reader), cells))
    return rows


def _name(household: Household, reader: Reader) -> str:
    return names.head(household, reader)


def _place(household: Household, places: dict[str, str]) -> str:
    code = household.place_code
    return " ".join(filter(None, [places.get(code[:9] + "000"), places.get(code, code), household.group_name]))


def _text(name: str, line: np.void, found: Selection) -> str:
    """A column's value in words."""
    truths = {0: _("否"), 1: _("是"), 2: _("不清楚")}
    if name in ("registered", "monitored"):
        return truths[int(line[name])]
    if name in ("fen", "income"):
        return figures.bare_yuan(None if line[name] == NOTHING else int(line[name]))
    if name == "contested":
        return _("有") if line[name] else _("没有")
    if name == "differ":
        return _("有") if line[name] & found.readable else _("没有")
    return figures.NONE if name == "helpers" else str(line[name])


def _helpers(known: Iterable[int]) -> dict[int, str]:
    """Who stands by each household today."""
    rows = Pairing.objects.filter(holds_on(timezone.localdate()), household_id__in=list(known))
    found: dict[int, list[str]] = {}
    for number, name in rows.order_by("id").values_list("household_id", "helper__name"):
        found.setdefault(number, []).append(name)
    return {number: _("、").join(names) for number, names in found.items()}


def place_names(some: Iterable[Household]) -> dict[str, str]:
    """The names of the villages and towns of some households, by 12-digit code."""
    codes = {household.place_code for household in some}
    codes |= {code[:9] + "000" for code in codes}
    return dict(Place.objects.filter(code__in=codes).values_list("code", "name"))
