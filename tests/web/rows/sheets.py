"""Tables of every kind that are sent in and looked at before they are taken in: one at each place."""

from __future__ import annotations

from datetime import date
from functools import partial
from importlib import import_module
from typing import Any

from django.utils import timezone

from tests.web.rows.base import PLACES, Noun, Row, here
from tests.web.rows.making import copied, of, sighted, written

KINDS = {  # noun: where the kind is told
    "list of places": "register.importing.place_lists.LIST",
    "table of care results": "delivery.care_results.LIST",
    "table of insurance answers": "delivery.insurance_answers.LIST",
    "table of goods handed out": "delivery.handovers.LIST",
    "table of attendance": "delivery.attendance_sheets.ATTENDANCE",
    "table of hires": "delivery.hire_sheets.HIRES",
    "table of openings": "delivery.travel_sheets.OPENINGS",
    "table of arrivals": "delivery.travel_sheets.ARRIVALS",
    "table of stock": "delivery.stock_sheets.STOCK",
    "table of loans": "delivery.loan_lists.LIST",
    "table of receipts": "outreach.receipt_sheets.RECEIPTS",
    "table of numbers to call": "register.contact_sheets.CONTACTS",
    "table of a patrol": "monitoring.patrol_sheets.PATROL",
    "table of check sheets": "monitoring.check_books.kind",
}
ABOUT = {
    **dict.fromkeys(("table of attendance", "table of hires", "table of a patrol"), "2020-02-27"),
    "table of arrivals": "1",
}


def clerk() -> Any:
    """Who brings check sheets: what one of them may say depends on what they read."""
    from doudi.access.permissions import reads
    from doudi.monitoring.check_sheets import Clerk

    class Reads:
        def reads(self, sensitivity: str) -> bool:
            return reads(["town_clerk"], sensitivity)

        def helps(self, household_id: int | None) -> bool:
            return False

    return Clerk("county", "county", Reads(), ["town_clerk"], date(2020, 2, 27), timezone.now(), None)  # type: ignore[arg-type]


def _made(noun: str) -> list[Row]:
    """One sent in for the county, and the same at every other place."""
    from doudi.register import sheets

    module, name = KINDS[noun].rsplit(".", 1)
    kind = getattr(import_module(f"doudi.{module}"), name)
    kind = kind(clerk()) if name == "kind" else kind
    measure = "03_labour_transfer" if module.endswith("travel_sheets") else ""
    with sighted():
        first = sheets.receive(
            written(kind.columns), "table.csv", kind, place_code=PLACES[0].ljust(12, "0"), about=ABOUT.get(noun, ""),
            measure=measure, by="county", now=timezone.now(),
        )  # fmt: skip
        return of([first, *(copied(first, place) for place in PLACES[1:])])


NOUNS: dict[str, Noun] = {noun: Noun(partial(_made, noun), here) for noun in KINDS}
