"""Tables of every kind that are sent in and looked at before they are taken in: one at each place."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from django.utils import timezone

from tests.web.rows.base import PLACES, Noun, Row, here
from tests.web.rows.making import copied, of, sighted, written

KINDS = {  # noun: where the kind is told
    "table of care results": "care_results.LIST",
    "table of insurance answers": "insurance_answers.LIST",
    "table of goods handed out": "handovers.LIST",
    "table of attendance": "attendance_sheets.ATTENDANCE",
    "table of hires": "hire_sheets.HIRES",
    "table of openings": "travel_sheets.OPENINGS",
    "table of arrivals": "travel_sheets.ARRIVALS",
    "table of stock": "stock_sheets.STOCK",
    "table of loans": "loan_lists.LIST",
}
ABOUT = {"table of attendance": "2020-02-28", "table of arrivals": "1", "table of hires": "2020-02-28"}


def _made(noun: str) -> list[Row]:
    """One sent in for the county, and the same at every other place."""
    from doudi.register import sheets

    module, name = KINDS[noun].split(".")
    kind = getattr(import_module(f"doudi.delivery.{module}"), name)
    measure = "03_labour_transfer" if module == "travel_sheets" else ""
    with sighted():
        first = sheets.receive(
            written(kind.columns), "table.csv", kind, place_code=PLACES[0].ljust(12, "0"), about=ABOUT.get(noun, ""),
            measure=measure, by="county", now=timezone.now(),
        )  # fmt: skip
        return of([first, *(copied(first, place) for place in PLACES[1:])])


NOUNS: dict[str, Noun] = {noun: Noun(partial(_made, noun), here) for noun in KINDS}
