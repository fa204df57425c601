"""Monitored households: the list with what comes next, and one household's file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.states import WORDS
from doudi.monitoring import exits, grounds, monitored_files
from doudi.monitoring.exits import Sighting
from doudi.monitoring.monitored_files import LEFT, PEOPLE, MonitoredFile, MonitoredFiles
from doudi.policy.packs import Pack
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on
from doudi.web import figures
from doudi.web.deeds import days
from doudi.web.desk.areas import parts_of, trail_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.watch import asking, words

STATES = ("open", "gone", "late", "left")


@permission("monitored.read")
def show_files(request: HttpRequest) -> HttpResponse:
    """The files within the duty, by place."""
    reader, day, (run, pack) = reader_of(request), days.today(), asking.ruled()
    area = asking.area(request, reader)
    state, prefix = asking.word(request, "state"), area.prefix if area else ""
    page = Paginator(filtered(request, prefix, day), asking.SIZE).get_page(request.GET.get("page"))
    every = MonitoredFile.objects.below(prefix)
    context = {
        "run": run,
        "area": area,
        "day": day,
        "trail": trail_of(area, reader) if area else [],
        "places": parts_of(area) if area else [],
        "state": state if state in STATES else "open",
        "figures": {"open": every.open().count(), "gone": every.gone().count(), "late": every.late(on=day).count(),
                    "left": every.filter(state=LEFT).count()},
        "rows": rows_of(list(page), reader, pack, day) if pack else [],
        "page": page,
        "may": {name: reader.may(f"monitored.{name}") for name in ("open", "export")},
    }  # fmt: skip
    return show(request, "watch/files.html", context)


def filtered(request: HttpRequest, prefix: str, day: date) -> MonitoredFiles:
    """The files asked for."""
    every = MonitoredFile.objects.below(prefix)
    state = asking.word(request, "state")
    found = {"gone": every.gone, "late": lambda: every.late(on=day), "left": lambda: every.filter(state=LEFT)}
    rows = found.get(state, every.open)()
    return rows.order_by("place_code", "household_id", "id")


def rows_of(found: Collection[MonitoredFile], reader: Reader, pack: Pack, day: date) -> list[dict[str, Any]]:
    """Files as a row shows them: who, the risks, who helps, what comes next."""
    subjects = words.Subjects([("household", each.household_id, each.household_id) for each in found], reader)
    called = words.places({each.place_code for each in found})
    seen = exits.sightings([each.pk for each in found])
    helpers = _helpers([each.household_id for each in found], day)
    return [
        {
            "it": each,
            "who": subjects.head(each.household_id),
            "code": subjects.code(each.household_id),
            "place": called.get(each.place_code, each.place_code),
            "risks": [_risk(pack, risk) for risk in each.risks],
            "helpers": helpers.get(each.household_id, []),
            "next": next_of(each, seen.get(each.pk, []), day),
            "late": each.state != LEFT and each.touched_on < day - monitored_files.ENTRY_EVERY,
        }
        for each in found
    ]


def _risk(pack: Pack, risk: str) -> str:
    return figures.of_fact(risk, pack.vocabulary.fact("household", "main_risk"))


def _helpers(households: Collection[int], day: date) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Pairing.objects.filter(holds_on(day), household__in=households).select_related("helper")
    for each in rows.order_by("household_id", "id"):
        found.setdefault(each.household_id, []).append(f"{each.helper.name}({each.unit})" if each.unit else
                                                       each.helper.name)  # fmt: skip
    return found


def next_of(file: MonitoredFile, seen: Collection[Sighting], day: date) -> str:
    """What comes next: `left`, `measures`, `see` (with how many are missing), `door`, `leave`."""
    if file.state == LEFT:
        return "left"
    if file.gone_on is None:
        return "measures"
    people = exits.people(seen, since=file.gone_on)
    if len(people) < PEOPLE:
        return "see_two" if not people else "see_one"
    return "leave" if any(each.door for each in people.values()) else "door"


@permission("monitored.read")
def show_file(request: HttpRequest, number: str) -> HttpResponse:
    """One file: risks, helpers, measures, what was written, the conditions of leaving and who has seen it."""
    return page_of(request, file_of(number))


def file_of(number: str) -> MonitoredFile:
    """The file of a number in an address, within the duty. Raises Http404."""
    found = MonitoredFile.objects.select_related("household").filter(pk=asking.number(number)).first()
    if found is None:
        raise Http404
    return found


def page_of(
    request: HttpRequest, file: MonitoredFile, *, problem: str = "", at: str = "", where: str = "",
    typed: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422, told `at` the form it is of, with what was typed."""
    reader = reader_of(request)
    context = contents(request, file) | {
        "may": {name: reader.may(f"monitored.{name}") for name in ("write", "leave", "open", "export")},
        "problem": problem,
        "at": at,
        "where": where,
        "typed": typed or {},
    }
    return show(request, "watch/file.html", context, status=422 if problem else 200)


def contents(request: HttpRequest, file: MonitoredFile) -> dict[str, Any]:
    """What the page and the paper show of a file."""
    reader, day, (_run, pack) = reader_of(request), days.today(), asking.ruled()
    if pack is None:
        raise Http404
    entries = list(file.entries.order_by("-on_day", "-id"))
    seen = exits.sightings([file.pk]).get(file.pk, [])
    people = exits.people(seen, since=file.gone_on) if file.gone_on else {}
    told = grounds.of(list(pack.exits.values()), "household", file.household_id, file.household_id, pack, on=day,
                      reader=reader)  # fmt: skip
    accounts = {file.opened_by, file.left_by, *(each.by for each in entries), *people}
    return {
        "row": rows_of([file], reader, pack, day)[0],
        "file": file,
        "day": day,
        "entries": [_entry(each, pack) for each in entries],
        "exits": told,
        "people": list(people.values()),
        "lacking": max(0, PEOPLE - len(people)),
        "door": any(each.door for each in people.values()),
        "names": words.people(accounts),
        "deeds": _deeds(file, pack),
        "kinds": [(name, word) for name, word in words.entry_kinds() if name != "seen" or file.gone_on],
        "ways": words.ways_to_see(),
        "measures": [(name, figures.word(terms.title)) for name, terms in pack.terms.items()
                     if pack.measures[name].subject in ("household", "person", "loan")],
    }  # fmt: skip


def _entry(each: Any, pack: Pack) -> dict[str, Any]:
    terms = pack.terms.get(each.measure)
    return {
        "it": each,
        "kind": dict(words.entry_kinds())[each.kind],
        "measure": figures.word(terms.title) if terms else "",
        "way": dict(words.ways_to_see()).get(each.way, ""),
    }


def _deeds(file: MonitoredFile, pack: Pack) -> list[dict[str, Any]]:
    """What was granted to the household and whoever is in it, and how far each has come."""
    rows = Entitlement.objects.filter(household_id=file.household_id).order_by("measure", "id")
    return [
        {"it": each, "word": figures.word(pack.terms[each.measure].title) if each.measure in pack.terms else "--",
         "state": figures.in_words(*WORDS[each.state])}
        for each in rows
    ]  # fmt: skip
