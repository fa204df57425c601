"""Entitlements as rows of a page: names as the reader's duty shows them, places by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doudi.delivery import reserving
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.states import PAYABLE
from doudi.funds.payments import Standing
from doudi.places.divisions import Place
from doudi.register.items import Item
from doudi.web import names
from doudi.web.deeds import wording
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Row:
    """One entitlement in a list."""

    entitlement: Entitlement
    title: str
    name: str
    code: str
    village: str
    state: str


def told(entitlements: Iterable[Entitlement], reader: Reader) -> list[Row]:
    """The rows, in the order given; households and persons are fetched with them."""
    rows = list(entitlements)
    people = {row.person_id: row.person.name for row in rows if row.person_id and row.person}
    shown = dict(names.persons(people, reader))
    places = dict(Place.objects.filter(code__in={row.place_code for row in rows}).values_list("code", "name"))
    labels = _labels(rows)
    names.look_up((row.household for row in rows), reader)
    held = reserving.standing([row.pk for row in rows if row.state == PAYABLE])
    return [
        Row(
            row,
            wording.title(row.pack_hash, row.measure),
            shown.get(row.person_id or 0) or _named(row, labels, reader),
            row.household.code if row.household else "",
            places.get(row.place_code, row.place_code),
            state_of(row, held.get(row.pk)),
        )
        for row in rows
    ]


def state_of(row: Entitlement, held: Standing | None = None) -> str:
    """How it stands: the stage where it waits at one, the payment's own word where there is one."""
    if row.stage:
        return wording.stage(row.stage)
    return wording.payment(held.state) if held and row.state == PAYABLE else wording.state(row.state)


def _named(row: Entitlement, labels: dict[tuple[str, int], str], reader: Reader) -> str:
    label = labels.get((row.subject_kind, row.subject_id), "")
    if label or row.household is None:
        return label or f"{row.subject_kind} {row.subject_id}"
    return names.head(row.household, reader)


def _labels(rows: Iterable[Entitlement]) -> dict[tuple[str, int], str]:
    """What is neither a household nor a person: a post, a platform, a project by its label."""
    wanted = {row.subject_id for row in rows if row.subject_kind not in ("household", "person")}
    items = Item.objects.filter(pk__in=wanted) if wanted else ()
    return {(item.kind, item.pk): item.label or item.code for item in items}
