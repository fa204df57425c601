"""Small loans: what falls due by town, one town's list, what waits for the bank, what is to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.delivery import loan_dues, loan_extensions, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loans import KIND, Loan
from doudi.places.divisions import Place
from doudi.register.items import Item
from doudi.values.divisions import is_prefix
from doudi.web import names
from doudi.web.deeds import rows as entitled
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One loan in a list: the days left are null where no due day is told; `state` is how its extension stands."""

    item: Item
    code: str
    name: str
    fen: int | None
    due: date | None
    left: int | None
    state: str
    until: date | None


@permission("loan.read")
def show_loans(request: HttpRequest) -> HttpResponse:
    """What falls due in 30, 60 and 90 days, by town; the loans of a town or of all."""
    reader, day = reader_of(request), today()
    place, within = plain(request.GET.get("place", ""))[:12], _within(request.GET.get("within", ""))
    towns = loan_dues.by_town(on=day)
    page = Paginator(loan_dues.ids(place if is_prefix(place) else "", within, on=day), A_PAGE)
    shown = page.get_page(request.GET.get("page"))
    asked = [each for each in loan_dues.asked(on=day)[:A_PAGE] if each.household]
    names.look_up((each.household for each in asked), reader)
    context = {
        "day": day,
        "within": within,
        "steps": loan_dues.WITHIN,
        "towns": [
            {"row": each, "cells": list(zip(loan_dues.WITHIN, each.counts, each.fen, strict=True))} for each in towns
        ],
        "sums": _sums(towns),
        "past": sum(each.past for each in towns),
        "unknown": sum(each.unknown for each in towns),
        "total": sum(each.total for each in towns),
        "place": place,
        "place_name": Place.objects.filter(code=place.ljust(12, "0")).values_list("name", flat=True).first() or "",
        "page": shown,
        "rows": told(shown.object_list, reader, on=day),
        "asked": [(each, names.head(each.household, reader)) for each in asked if each.household],
        "waiting": loan_extensions.waiting(KIND).count(),
        "waiting_new": loan_extensions.waiting("household").count(),
        "may_propose": reader.may("loan.propose"),
        "may_bank": reader.may("loan.bank"),
    }
    return show(request, "deeds/loans.html", context)


def _within(text: str) -> int:
    return int(text) if text in {str(days) for days in loan_dues.WITHIN} else loan_dues.WITHIN[0]


def _sums(towns: Iterable[loan_dues.Due]) -> list[dict[str, int]]:
    held = list(towns)
    return [
        {"days": days, "count": sum(each.counts[at] for each in held), "fen": sum(each.fen[at] for each in held)}
        for at, days in enumerate(loan_dues.WITHIN)
    ]


def told(ids: Iterable[int], reader: Reader, *, on: date) -> list[Row]:
    """Loans as a list shows them, in the order given; the name as the reader's duty has it."""
    wanted = list(ids)
    items = Item.objects.select_related("household").in_bulk(wanted)
    names.look_up((item.household for item in items.values()), reader)
    facts = loans.facts_of(KIND, wanted)
    held = Entitlement.objects.live().filter(subject_kind=KIND, subject_id__in=wanted)
    states = {each.subject_id: entitled.state_of(each) for each in held}
    until = dict(Loan.objects.filter(item__in=wanted).values_list("item_id", "extended_until"))
    return [
        _row(items[number], facts.get(number, {}), states.get(number, ""), until.get(number), reader, on)
        for number in wanted
        if number in items
    ]


def _row(item: Item, facts: dict[str, Any], state: str, until: date | None, reader: Reader, on: date) -> Row:
    due = loans.due_of(facts)
    return Row(
        item=item,
        code=item.household.code if item.household else "",
        name=names.head(item.household, reader) if item.household else "",
        fen=facts.get("amount"),
        due=due,
        left=(due - on).days if due else None,
        state=state,
        until=until,
    )
