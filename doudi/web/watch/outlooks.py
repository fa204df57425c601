"""Expected income at the year's end: households by risk and place, and one household with and without each measure."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.monitoring import outlooks, projections
from doudi.monitoring.projections import Projection
from doudi.policy.packs import Pack
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.deeds import days
from doudi.web.desk.areas import parts_of, trail_of
from doudi.web.desk.household import household_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.watch import asking, words


@permission("outlook.read")
def show_outlooks(request: HttpRequest) -> HttpResponse:
    """The list, the lowest first; `?risk=` narrows it."""
    reader, (run, pack) = reader_of(request), asking.ruled()
    if run is None or pack is None:
        return show(request, "watch/outlooks.html", {"run": None})
    area, risk = asking.area(request, reader), asking.word(request, "risk")
    prefix = area.prefix if area else ""
    every = outlooks.seen(outlooks.of_run(run), reader.scope, prefix=prefix)
    counts = outlooks.tally(every)
    chosen = [each for each in every if each.risk == risk] if risk in words.RISK_CHIPS else every
    page = Paginator(chosen, asking.SIZE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "area": area,
        "trail": trail_of(area, reader) if area else [],
        "line": pack.values_on(run.as_of).get("line_2020"),
        "risks": [(name, words.of_risk_level(name), counts.get(name, 0), counts.get(f"with:{name}", 0))
                  for name in words.RISK_CHIPS],
        "risk": risk,
        "all": len(every),
        "parts": _parts(every, area),
        "rows": rows_of(list(page), reader),
        "page": page,
    }  # fmt: skip
    return show(request, "watch/outlooks.html", context)


def _parts(every: list[outlooks.Entry], area: Any) -> list[dict[str, Any]]:
    if area is None:
        return []
    called = {place.code[: area.part_length]: place.name for place in parts_of(area)} | {area.prefix: area.name}
    return [
        {"prefix": code, "name": called.get(code, code), "counts": counts, "cells": [
            (words.of_risk_level(risk), counts.get(risk, 0), counts.get(f"with:{risk}", 0))
            for risk in words.RISK_CHIPS]}
        for code, counts in outlooks.by_place(every, area.part_length).items()
    ]  # fmt: skip


def rows_of(found: list[outlooks.Entry], reader: Reader) -> list[dict[str, Any]]:
    """Households as a row shows them."""
    subjects = words.Subjects([("household", each.household_id, each.household_id) for each in found], reader)
    called = words.places({each.place_code for each in found})
    return [
        {"it": each, "who": subjects.head(each.household_id), "code": subjects.code(each.household_id),
         "place": called.get(each.place_code, each.place_code), "word": words.of_risk_level(each.risk),
         "chip": words.RISK_CHIPS[each.risk], "with_word": words.of_risk_level(each.risk_with),
         "with_chip": words.RISK_CHIPS[each.risk_with]}
        for each in found
    ]  # fmt: skip


@permission("outlook.read")
def show_outlook(request: HttpRequest, code: str) -> HttpResponse:
    """One household: each line of income with its band, each measure's addition, what is not known."""
    reader, day, (run, pack) = reader_of(request), days.today(), asking.ruled()
    household = household_of(code)
    if run is None or pack is None:
        raise Http404
    try:
        told = outlooks.of_household(household.pk, run, on=day)
    except Refusal as refusal:
        raise Http404 from refusal
    subjects = words.Subjects([("household", household.pk, household.pk)], reader)
    context = {
        "household": household,
        "who": subjects.head(household.pk),
        "place": words.places([household.place_code]).get(household.place_code, household.place_code),
        "day": day,
        "told": told,
        "year": day.year,
        "lines": [(words.of_line(line.name), line) for line in told.lines],
        "band": told.with_measures(),
        "risk": (words.of_risk_level(told.risk), words.RISK_CHIPS[told.risk]),
        "risk_with": (words.of_risk_level(told.risk_with), words.RISK_CHIPS[told.risk_with]),
        "measures": _measures(told, pack),
        "unknown": [_unknown(pack, each) for each in told.unknown],
        "back": _back(pack, day),
        "without_sum": [each for each in told.added if each.low is None and not each.lifts],
    }
    return show(request, "watch/outlook.html", context)


def _measures(told: Projection, pack: Pack) -> list[dict[str, Any]]:
    """Each measure that is decided or open: what it adds, and the band with it alone."""
    rows = []
    for each in told.added:
        terms, add = pack.terms[each.measure], pack.adds.get(each.measure)
        rows.append({
            "it": each,
            "word": figures.word(terms.title),
            "why": figures.word(add.words) if add else "",
            "band": told.with_measures([each.measure]) if each.low is not None or each.lifts else None,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (not row["it"].sure, row["band"] is None, row["it"].measure))


def _back(pack: Pack, day: date) -> tuple[date, date] | None:
    """The days between which the county expects work to be back; None while it has not decided both."""
    first, last = (pack.values_on(day).get(name) for name in (projections.EARLIEST, projections.LATEST))
    return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def _unknown(pack: Pack, name: str) -> str:
    kind, _colon, key = name.partition(":")
    if kind == "params":
        held = pack.parameters.get(key)
        return figures.in_words(held.zh, held.en) if held else key
    return words.fact(pack, kind, key)
