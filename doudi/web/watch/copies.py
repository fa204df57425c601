"""The copies that must agree: how far they do by copy, fact and place, and every disagreement one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.monitoring import agreement_rates, disagreements
from doudi.monitoring.agreement_counts import TOGETHER
from doudi.monitoring.disagreements import Disagreement
from doudi.policy.packs import Pack
from doudi.web import figures
from doudi.web.deeds import days
from doudi.web.desk.areas import Area, parts_of, trail_of
from doudi.web.desk.sheets import source_word
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.watch import asking, disagreement_rows, words
from doudi.web.watch.weeks import WEEK

SHOWN = ("open", "decided", "closed")

A_PAGE = 15  # facts, each with a cell a copy


@permission("copy.read")
def show_copies(request: HttpRequest) -> HttpResponse:
    """Every verifiable fact by copy, and the parts of the place; `?copy=` and `?fact=` narrow the parts."""
    reader, (run, pack) = reader_of(request), asking.compared()
    area = asking.area(request, reader)
    if pack is None or area is None:
        return show(request, "watch/copies.html", {"run": run, "area": area})
    counts, day = agreement_rates.counts_of(area.prefix), days.today()
    copy, fact = asking.word(request, "copy"), asking.word(request, "fact")
    known = copy if copy in pack.copies else TOGETHER
    facts = agreement_rates.by_fact(counts)
    chosen = fact if fact in facts else ""
    context = {
        "run": run,
        "area": area,
        "trail": trail_of(area, reader),
        "looked_on": agreement_rates.last_look(area.prefix),
        "copies": list(pack.copies.values()),
        "copy": known,
        "fact": chosen,
        "fact_word": _fact_word(pack, chosen) if chosen else "",
        "facts": len(facts),
        "page": Paginator(_facts(pack, facts), A_PAGE).get_page(request.GET.get("page")),
        "parts": parts(counts, area, day, fact=chosen, copy=known),
        "may": {name: reader.may(f"copy.{name}") for name in ("decide", "export", "correct", "look")},
    }
    return show(request, "watch/copies.html", context)


def _fact_word(pack: Pack, name: str) -> str:
    kind, _colon, key = name.partition(":")
    return words.fact(pack, kind, key)


def _facts(pack: Pack, facts: dict[str, dict[str, agreement_rates.Rate]]) -> list[dict[str, Any]]:
    """A row a fact: its rate in each copy, or nothing where the copy cannot hold it; the most differing first."""
    rows = [
        {
            "name": key,
            "word": _fact_word(pack, key),
            "whose": figures.word(pack.vocabulary.kinds[key.partition(":")[0]]),
            "together": rates[TOGETHER],
            "cells": [(figures.word(copy.words), rates.get(name)) for name, copy in pack.copies.items()],
        }
        for key, rates in facts.items()
    ]
    return sorted(rows, key=lambda row: (-row["together"].differ, row["name"]))


def parts(
    counts: dict[str, agreement_rates.Counts], area: Area, day: date, *, fact: str, copy: str
) -> list[dict[str, Any]]:
    """The parts of a place: their rate, and how many disagreements were resolved this week."""
    digits = area.part_length
    if fact or copy:
        rates = agreement_rates.by_place(counts, digits, fact, copy)
    else:
        rates = agreement_rates.by_place(counts, digits)
    resolved = disagreements.by_place(area.prefix, digits, since=day - WEEK, on=day)
    called = {place.code[:digits]: place.name for place in parts_of(area)} | {area.prefix: area.name}
    return [
        {"prefix": code, "name": called.get(code, code), "rate": rate, "resolved": resolved.get(code, (0, 0))}
        for code, rate in sorted(rates.items())
    ]


@permission("copy.read")
def show_disagreements(request: HttpRequest) -> HttpResponse:
    """The disagreements within the duty, by place; narrowed by copy, fact, state."""
    reader, (run, pack) = reader_of(request), asking.compared()
    area = asking.area(request, reader)
    if pack is None or area is None:
        return show(request, "watch/disagreements.html", {"run": run})
    rows = filtered(request, pack, area.prefix)
    page = Paginator(rows, asking.SIZE).get_page(request.GET.get("page"))
    shown = asking.word(request, "state")
    context = {
        "run": run,
        "area": area,
        "trail": trail_of(area, reader),
        "copies": list(pack.copies.values()),
        "copy": asking.word(request, "copy"),
        "fact": asking.word(request, "fact"),
        "fact_word": _fact_word(pack, asking.word(request, "fact")) if asking.word(request, "fact") else "",
        "state": shown if shown in SHOWN else "open",
        "places": parts_of(area),
        "rows": disagreement_rows.told(list(page), reader, pack),
        "page": page,
        "may": {name: reader.may(f"copy.{name}") for name in ("decide", "export", "correct")},
    }
    return show(request, "watch/disagreements.html", context)


def filtered(request: HttpRequest, pack: Pack, prefix: str) -> disagreements.Disagreements:
    """The disagreements asked for."""
    state = asking.word(request, "state")
    found = Disagreement.objects.below(prefix)
    found = found.filter(closed_on__isnull=state != "closed")
    if state == "decided":
        found = found.exclude(right="")
    if (copy := asking.word(request, "copy")) in pack.copies:
        found = found.of_copy(copy)
    kind, _colon, name = asking.word(request, "fact").partition(":")
    if name:
        found = found.filter(subject_kind=kind).filter(fact__regex=f"^{_plain(name)}(@[0-9]{{4}})?$")
    return found.order_by("place_code", "household_id", "id")


def _plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter == "_"))


@permission("copy.read")
def show_disagreement(request: HttpRequest, number: str) -> HttpResponse:
    """One disagreement: what each copy says, which is right and why, who must change what, what proved it over."""
    return page_of(request, disagreement_of(number))


def disagreement_of(number: str) -> Disagreement:
    """The disagreement of a number in an address, within the duty. Raises Http404."""
    found = Disagreement.objects.select_related("household").filter(pk=asking.number(number)).first()
    if found is None:
        raise Http404
    return found


def page_of(
    request: HttpRequest, one: Disagreement, *, problem: str = "", where: str = "", typed: dict[str, str] | None = None
) -> HttpResponse:
    """The page; with a problem 422, and what was typed."""
    reader, (_run, pack) = reader_of(request), asking.compared()
    if pack is None:
        raise Http404
    believed = one.believed
    context = {
        "row": disagreement_rows.told([one], reader, pack)[0],
        "believed": words.value(pack, one.subject_kind, one.fact, believed[0], reader) if believed else "",
        "believed_source": source_word(pack.vocabulary, believed[1]) if believed else "",
        "newer": _newer(one),
        "names": words.people([one.decided_by]),
        "may_decide": reader.may("copy.decide") and one.closed_on is None,
        "problem": problem,
        "where": where,
        "typed": typed or {},
    }
    return show(request, "watch/disagreement.html", context, status=422 if problem else 200)


def _newer(one: Disagreement) -> bool:
    """Whether a copy that differs spoke of a later day than what it is held against: then somebody must look first."""
    judge = one.judge
    return not one.right and judge is not None and any(one.words[copy][3] > judge[3] for copy in one.differs)
