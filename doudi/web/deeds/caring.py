"""Special care: the list of cases with what is due and overdue, and the page of one case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.delivery import care_cases, care_decisions, income_sheets
from doudi.delivery.care_cases import CareCase
from doudi.places.divisions import Place
from doudi.register.persons import Person
from doudi.web import names
from doudi.web.deeds import caring_words, days
from doudi.web.money.asking import payment_words
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 50
LONGEST_NUMBER = 18
DUE = ("overdue", "going", "to_hand")
YEAR = 2019  # the year the measure asks about


@permission("care.read")
def show_cases(request: HttpRequest) -> HttpResponse:
    """The cases within the duty."""
    return listing(request)


def listing(request: HttpRequest, problem: str = "", chosen: frozenset[int] = frozenset()) -> HttpResponse:
    """The list, filtered as asked; with a problem 422 and what was ticked."""
    reader, day = reader_of(request), days.today()
    asked = request.GET or request.POST
    kind, state, due, measure = (asked.get(name, "")[:64] for name in ("kind", "state", "due", "measure"))
    every = CareCase.objects.all()
    rows = _filtered(every, kind, state, due, measure, day)
    page = Paginator(rows, A_PAGE).get_page(asked.get("page"))
    context = {
        "day": day,
        "page": page,
        "rows": rows_of(list(page), reader, day),
        "figures": _figures(every, day),
        "per_measure": _per_measure(every, day),
        "kinds": caring_words.kinds(),
        "states": [(name, caring_words.of_state(name)) for name in care_cases.STATES],
        "kind": kind,
        "state": state,
        "due": due if due in DUE else "",
        "measure": measure,
        "without": care_cases.without_case() if reader.may("care.manage") else 0,
        "against": len(care_decisions.spoken_against()) if reader.may("care.manage") else 0,
        "may": {name: reader.may(f"care.{name}") for name in ("manage", "hand", "export", "result")},
        "picks": due == "to_hand" and reader.may("care.hand"),
        "chosen": chosen,
        "problem": problem,
    }
    return show(request, "deeds/care_cases.html", context, status=422 if problem else 200)


def _filtered(every: Any, kind: str, state: str, due: str, measure: str, day: Any) -> QuerySet[CareCase]:
    rows = {"overdue": lambda: every.overdue(on=day), "going": every.going, "to_hand": every.to_hand_over}.get(
        due, every.all
    )()
    if kind in dict(caring_words.kinds()):
        rows = rows.filter(kind=kind)
    if state in care_cases.STATES:
        rows = rows.filter(state=state)
    if measure in care_cases.MEASURES:
        rows = rows.filter(measure=measure)
    found: QuerySet[CareCase] = rows.select_related("household", "entitlement").annotate(drawn=Count("sheets"))
    return found.order_by("due_on", "id")


def _figures(every: Any, day: Any) -> dict[str, int]:
    return {
        "all": every.count(),
        "going": every.going().count(),
        "overdue": every.overdue(on=day).count(),
        "handed": every.filter(state=care_cases.HANDED).count(),
        "to_hand": every.to_hand_over().count(),
        "review": every.filter(state=care_cases.REVIEW).count(),
    }


def _per_measure(every: Any, day: Any) -> list[dict[str, Any]]:
    granted = Count("pk", filter=Q(state__in=[care_cases.GRANTED, care_cases.REVIEW]))
    refused = Count("pk", filter=Q(state__in=[care_cases.REFUSED, care_cases.ENDED]))
    late = Count("pk", filter=Q(pk__in=every.overdue(on=day).values("pk")))
    sums = every.order_by().values("measure").annotate(count=Count("pk"), granted=granted, refused=refused, late=late)
    return [{**row, "word": caring_words.of_measure(row["measure"])} for row in sums.order_by("measure")]


def rows_of(cases: list[CareCase], reader: Reader, day: Any) -> list[dict[str, Any]]:
    """Cases as a row shows them; names as the duty has them, children masked for who does not read them."""
    called = dict(Place.objects.filter(code__in={each.place_code for each in cases}).values_list("code", "name"))
    people = {each.subject_id for each in cases if each.subject_kind == "person"}
    persons = dict(names.persons(dict(Person.objects.filter(pk__in=people).values_list("pk", "name")), reader))
    names.look_up((each.household for each in cases), reader)
    return [
        {
            "case": each,
            "who": _who(each, persons, reader),
            "code": each.household.code if each.household else "",
            "place": called.get(each.place_code, each.place_code),
            "measure": caring_words.of_measure(each.measure),
            "state": caring_words.of_state(each.state),
            "chip": caring_words.CHIPS[each.state],
            "step": care_cases.step_of(each, sheets=getattr(each, "drawn", 0)),
            "next": caring_words.of_step(care_cases.step_of(each, sheets=getattr(each, "drawn", 0))),
            "late": bool(each.due_on and each.due_on < day and each.entitlement.live),
        }
        for each in cases
    ]


def _who(case: CareCase, persons: Mapping[int, str], reader: Reader) -> str:
    name = persons.get(case.subject_id, "") if case.subject_kind == "person" else ""
    return name or (names.head(case.household, reader) if case.household else "")


@permission("care.read")
def show_case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: where it stands, its income sheets, its checklist, what can be done."""
    return page(request, case_of(number))


def case_of(number: str) -> CareCase:
    """The case of a number in an address, within the duty. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    rows = CareCase.objects.select_related("household", "entitlement__run")
    found = rows.annotate(drawn=Count("sheets")).filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def page(
    request: HttpRequest, case: CareCase, *, problem: str = "", at: str = "", where: str = "",
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422, told `at` the form it is of, with what was typed."""
    reader, day = reader_of(request), days.today()
    row = rows_of([case], reader, day)[0]
    paid = care_decisions.standing([case.pk]).get(case.pk) if reader.may("money.read") else None
    context = {
        **row,
        "day": day,
        "sheets": list(case.sheets.order_by("-id")),
        "lines": _lines(case, typed if at == "sheet" else None),
        "year": (typed or {}).get("year", str(YEAR)) if at == "sheet" else str(YEAR),
        "heads": _heads(case, typed if at == "sheet" else None),
        "thresholds": thresholds(case),
        "checks": _checks(case),
        "paid": paid,
        "paid_word": payment_words()[paid.state] if paid else "",
        "forms": _forms(case, reader, row["step"]),
        "problem": problem,
        "at": at,
        "where": where,
        "typed": typed or {},
    }
    return show(request, "deeds/care_case.html", context, status=422 if problem else 200)


def _lines(case: CareCase, typed: Mapping[str, str] | None) -> list[dict[str, str]]:
    told = {} if typed is not None else income_sheets.believed(case, YEAR)
    shown = {name: f"{value / 100:.2f}" for name, value in told.items() if value is not None}
    return [
        {"name": name, "label": label, "value": typed.get(name, "") if typed is not None else shown.get(name, "")}
        for name, label in caring_words.lines()
    ]


def _heads(case: CareCase, typed: Mapping[str, str] | None) -> str:
    if typed is not None:
        return typed.get("heads", "")
    return str(income_sheets.believed(case, YEAR).get("heads") or "")


def thresholds(case: CareCase) -> list[tuple[str, int]]:
    """The lines of the pack the case's entitlement was granted under, in fen a head, by name."""
    wanted = {
        "06a_keep_allowance_poor": "allowance_line_registered",
        "06b_keep_allowance_without": "allowance_line_without",
        "06c_enter_allowance": "line_2020",
        "07d_non_registered_hit": "monitoring_line",
    }.get(case.measure)
    values = case.entitlement.run.pack.pack.values_on(case.entitlement.run.as_of)
    found = values.get(wanted) if wanted else None
    return [(wanted, found)] if wanted and isinstance(found, int) else []


def _checks(case: CareCase) -> list[dict[str, Any]]:
    done = {each.item: each for each in case.checks.all()}
    return [{"name": name, "label": label, "done": done.get(name)} for name, label in caring_words.items()]


def _forms(case: CareCase, reader: Reader, step: str) -> set[str]:
    """The forms that stand on the page for this reader."""
    manage, decide, hand = (reader.may(f"care.{name}") for name in ("manage", "decide", "hand"))
    live, allowance = case.entitlement.live, case.kind == care_cases.ALLOWANCE
    wanted = {
        "sheet": manage and live and case.kind != care_cases.LEAVING and case.state in ("open", "granted", "review"),
        "tick": manage and live and case.kind == care_cases.LEAVING and case.state == "open",
        "prepared": manage and step == "checklist",
        "hand": hand and step == "hand_over",
        "back": decide and case.state == care_cases.HANDED,
        "grant": decide and step == "decide",
        "pay": decide and step == "pay",
        "close": manage and case.state == care_cases.GRANTED and case.entitlement.state == "delivered",
        "review": manage and allowance and case.state == care_cases.GRANTED,
        "keep": decide and case.state == care_cases.REVIEW,
    }
    return {name for name, stands in wanted.items() if stands}
