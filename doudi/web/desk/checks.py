"""Data quality: what the checks find within the reader's duty, what made them speak, and what is exempt."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy import findings, labels, quality
from doudi.policy.findings import Count, Finding, Reading
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Check
from doudi.policy.quality import Seen
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.values.divisions import is_prefix
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.desk.areas import Area, area_of, parts_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 50
MOST_PAGE = 100_000
OF_PERSONS = ("household", "person")


@dataclass(frozen=True, slots=True)
class Line:
    """One check: its words and its counts within the reader's duty."""

    name: str
    catalogue: str
    title: str
    subject: str
    unit: str
    rule: str
    count: Count


@dataclass(frozen=True, slots=True)
class Row:
    """One finding: the subject, where it is, and the values that made the check speak of it."""

    subject_id: int
    name: str
    household: str
    village: str
    values: list[tuple[str, str]]


@permission("check.read")
def show_checks(request: HttpRequest) -> HttpResponse:
    """Every check with its counts; those that find something first asked for."""
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        return show(request, "desk/checks.html", {"run": None})
    reading = reading_of(run, reader)
    pack = standings.pack_of(run)
    lines = [_line(pack.checks[count.name], count, pack) for count in reading.counts()]
    every = request.GET.get("all") == "1"
    context = {
        "run": run,
        "before": reading.before,
        "lines": lines if every else [line for line in lines if line.count.found or line.count.exempt],
        "every": every,
        "silent": sum(1 for line in lines if not line.count.found and not line.count.exempt),
        "found": sum(line.count.found for line in lines),
        "cells": sum(line.count.cells for line in lines),
        "area": area_of(reader, None),
        "may_see_exemptions": reader.may("check.read"),
    }
    return show(request, "desk/checks.html", context)


def reading_of(run: Run, reader: Reader) -> Reading:
    """The run's findings within the reader's places."""
    return quality.open_findings(run, places=sorted(reader.scope.places))


def _line(check: Check, count: Count, pack: Pack) -> Line:
    kind = pack.vocabulary.kinds[check.subject]
    return Line(
        name=check.name,
        catalogue=check.catalogue,
        title=figures.word(check.words),
        subject=figures.word(kind),
        unit=figures.word(kind),
        rule=check.rule,
        count=count,
    )


@permission("check.read")
def show_check(request: HttpRequest, name: str) -> HttpResponse:
    """One check: its rule, its counts by place, and what it finds."""
    reader, run, check = opened(request, name)
    reading, pack = reading_of(run, reader), standings.pack_of(run)
    area = _area(reader, request.GET.get("place", ""))
    number = _page(request.GET.get("page", "1"))
    prefix = area.prefix if area else ""
    total, some = reading.listed(name, prefix=prefix, first=(number - 1) * SIZE, most=SIZE)
    count = next(each for each in reading.counts() if each.name == name)
    context = {
        "run": run,
        "line": _line(check, count, pack),
        "facts": [_fact_word(pack, *each) for each in sorted(findings.facts_of(check))],
        "parts": _parts(reading, name, area) if area else [],
        "area": area,
        "rows": rows_of(run, check, some, reader, pack),
        "total": total,
        "number": number,
        "pages": max(1, -(-total // SIZE)),
        "previous": number - 1,
        "next": number + 1,
        "may_exempt": reader.may("exemption.propose"),
        "export": _export(reader, name, request.GET.get("place", "")),
        "before": reading.before,
    }
    return show(request, "desk/check.html", context)


def _export(reader: Reader, name: str, place: str) -> str:
    """The address that asks for this list as a table; empty for who may not."""
    asked = {"list": "findings", "check": name, **({"place": place} if place else {})}
    return f"{reverse('export-new')}?{urlencode(asked)}" if reader.may("export.request") else ""


def opened(request: HttpRequest, name: str) -> tuple[Reader, Run, Check]:
    """The reader, the run in force and a check of its pack. Raises Http404."""
    reader, run = reader_of(request), standings.run_in_force()
    check = standings.pack_of(run).checks.get(name) if run else None
    if run is None or check is None:
        raise Http404
    return reader, run, check


def _area(reader: Reader, place: str) -> Area | None:
    if place and not is_prefix(place):
        raise Http404
    return area_of(reader, place or None)


def _page(text: str) -> int:
    return min(MOST_PAGE, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _parts(reading: Reading, name: str, area: Area) -> list[tuple[str, str, int]]:
    """The parts of an area in which the check finds something: prefix, name, findings; the most first."""
    counts = reading.by_part(name, area.part_length)
    named = {part.code[: area.part_length]: part.name for part in parts_of(area)}
    inside = [(code, number) for code, number in counts.items() if code.startswith(area.prefix)]
    rows = [(code, named.get(code, _("县里")), number) for code, number in inside]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def rows_of(run: Run, check: Check, some: list[Finding], reader: Reader, pack: Pack) -> list[Row]:
    """Findings with the names masked and the values the reader's duty covers."""
    values = quality.values_of(run, check, [each.subject_id for each in some])
    homes = {each.pk: each for each in Household.objects.filter(pk__in={each.household_id for each in some})}
    people: dict[int, str] = {}
    if check.subject == "person":
        people = dict(Person.objects.filter(pk__in=[each.subject_id for each in some]).values_list("pk", "name"))
    places = dict(Place.objects.filter(code__in={each.place_code for each in some}).values_list("code", "name"))
    return [
        _row(
            check,
            each,
            homes.get(each.household_id or 0),
            people,
            places,
            _told(values.get(each.subject_id, []), reader, pack),
        )
        for each in some
    ]


def _told(seen: list[Seen], reader: Reader, pack: Pack) -> list[tuple[str, str]]:
    return [(_fact_word(pack, each.kind, each.name, each.year), _value(each, reader, pack)) for each in seen]


def _row(
    check: Check,
    finding: Finding,
    home: Household | None,
    people: dict[int, str],
    places: dict[str, str],
    values: list[tuple[str, str]],
) -> Row:
    village = places.get(finding.place_code, finding.place_code)
    name = people.get(finding.subject_id, "") if check.subject == "person" else home.head_name if home else ""
    shown = figures.masked(name) if name else _named(check.subject, finding, village)
    return Row(
        subject_id=finding.subject_id,
        name=shown,
        household=home.code if home else "",
        village=village,
        values=values,
    )


def _named(kind: str, finding: Finding, village: str) -> str:
    """What a subject that is no person is called."""
    if kind == "place":
        return village
    return labels.of_item(kind, finding.subject_id) if kind not in OF_PERSONS else ""


def _fact_word(pack: Pack, kind: str, name: str, year: int | None = None) -> str:
    fact = pack.vocabulary.fact(kind, name)
    words = figures.word(fact) if fact else name
    return f"{words} {year}" if year else words


def _value(seen: Seen, reader: Reader, pack: Pack) -> str:
    fact = pack.vocabulary.fact(seen.kind, seen.name)
    if fact is not None and not reader.reads(fact.sensitivity):
        return _("受保护的信息")
    return figures.of_fact(seen.value, fact) if seen.value is not None else _("没有")
