"""To the banks and back: their list of loans, the lists they answer, their answers row by row."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import loan_extensions, loan_lending, loan_lists, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loan_extensions import waiting
from doudi.delivery.loans import KIND
from doudi.register.items import Item
from doudi.register.sheets import Kind, Sheet
from doudi.values import money
from doudi.web import names
from doudi.web.deeds.days import today
from doudi.web.desk import standings
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show


def _door(kind: Kind) -> Door:
    back: Any = reverse_lazy("loan-bank")
    words = gettext_lazy("银行名单和答复")
    return Door(kind, back, words, "loan-sheet", "loan-sheet-accept", "loan-sheet-discard", "loan-sheet-refused")


DOORS = {
    "list": _door(loan_lists.LIST),
    "answers": _door(loan_extensions.ANSWERS),
    "lending": _door(loan_lending.LENDING),
}


@permission("loan.bank")
def show_bank(request: HttpRequest) -> HttpResponse:
    """The three tables: what the bank tells, what it is asked, what it answers."""
    return _page(request)


def _page(request: HttpRequest, at: str = "", problem: str = "") -> HttpResponse:
    kinds = [door.kind.name for door in DOORS.values()]
    sheets = list(Sheet.objects.filter(kind__in=kinds)[:20])
    titles = {door.kind.name: door.kind for door in DOORS.values()}
    context = {
        "day": today(),
        "waiting": waiting(KIND).count(),
        "waiting_new": waiting("household").count(),
        "sheets": [(each, titles[each.kind]) for each in sheets],
        "may_answer": "bank" in reader_of(request).roles,
        "at": at,
        "problem": problem,
    }
    return show(request, "deeds/loan_bank.html", context, status=422 if problem else 200)


def _named(name: str) -> Door:
    if name not in DOORS:
        raise Http404
    return DOORS[name]


def _of(number: str) -> Door:
    """The door a table came in by. Raises Http404 for a number that is no table of ours in sight."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    kind = Sheet.objects.filter(pk=int(number)).values_list("kind", flat=True).first() if whole else None
    found = next((door for door in DOORS.values() if door.kind.name == kind), None)
    if found is None:
        raise Http404
    return found


@permission("loan.bank")
def give_form(request: HttpRequest, name: str) -> HttpResponse:
    """The form of a table as a workbook: with what the bank is asked, where something is."""
    reader = reader_of(request)
    rows = {"answers": _asked, "lending": _offered}.get(name, lambda reader: [])(reader)
    return _named(name).give_form(rows)


def _asked(reader: Reader) -> list[list[Any]]:
    held = list(waiting(KIND))
    names.look_up((each.household for each in held), reader)
    ids = [each.subject_id for each in held]
    codes = dict(Item.objects.filter(pk__in=ids).values_list("id", "code"))
    facts = loans.facts_of(KIND, ids)
    return [
        [
            str(each.pk),
            codes.get(each.subject_id, ""),
            each.household.code if each.household else "",
            names.head(each.household, reader) if each.household else "",
            facts.get(each.subject_id, {}).get("due_date") or "",
            each.quantities.get(loan_extensions.DAY, ""),
            *([""] * 5),
            _basis(each),
        ]
        for each in held
    ]


def _basis(held: Entitlement) -> str:
    """The measure an extension was granted as, by the number and title of its own pack."""
    pack = standings.pack_named(held.pack_hash)
    return f"{pack.terms[held.measure].number} {standings.title_of(pack, held.measure)}"


def _offered(reader: Reader) -> list[list[Any]]:
    held = list(waiting("household"))
    names.look_up((each.household for each in held), reader)
    return [
        [
            str(each.pk),
            each.household.code,
            names.head(each.household, reader),
            money.tell(int(each.quantities.get(loan_lending.MOST, 0))),
            *([""] * 7),
        ]
        for each in held
        if each.household
    ]


@permission("loan.bank")
@require_POST
def bring(request: HttpRequest, name: str) -> HttpResponse:
    """A table sent in: to its preview; 422 where it is none."""
    answer = _named(name).bring(request)
    return answer if isinstance(answer, HttpResponse) else _page(request, name, answer)


@permission("loan.bank")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table. The bank alone answers for the bank; its list may also be taken in by the county."""
    door = _of(number)
    may = door is DOORS["list"] or "bank" in reader_of(request).roles
    return door.show(request, number, may_accept=may)


@permission("loan.bank")
@require_POST
def take_in(request: HttpRequest, number: str) -> HttpResponse:
    """Take in a table."""
    return _of(number).take_in(request, number)


@permission("loan.bank")
@require_POST
def throw_away(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return _of(number).throw_away(request, number)


@permission("loan.bank")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stayed out, with their reasons."""
    return _of(number).give_refused(request, number)
