"""The list of one measure's subjects: persons, loans, hires, posts, works, as its reader may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from doudi.places.divisions import Place
from doudi.policy import lines, rolls
from doudi.policy.reasons import Reason
from doudi.policy.rolls import Entry
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.rules.measures import Measure
from doudi.web import names
from doudi.web.paging import SIZE, Pages
from doudi.web.reader import Reader

STATES = {"yes": 1, "unknown": 2, "no": 0}
MOST_PAGES = 100_000


class Filter(forms.Form):
    """Which of a measure's subjects are listed; an empty choice means all."""

    place = forms.RegexField(r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$", required=False)
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in [*STATES, "all"]])
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES)


@dataclass(frozen=True, slots=True)
class Row:
    """One subject. `code` is its household's, empty where it belongs to none; `decided` what set it in its place."""

    subject_id: int
    label: str
    code: str
    household: str
    place: str
    verdict: int
    amount_fen: int | None
    in_line: int | None
    contested: bool
    decided: Reason | None


@dataclass(frozen=True, slots=True)
class Roll(Pages):
    """A page of the list."""

    rows: list[Row]


def roll_of(run: Run, measure: Measure, reader: Reader, *, state: str, prefix: str, page: int) -> Roll:
    """A page of a measure's subjects in a state; the last page stands for any beyond it."""
    asked: dict[str, Any] = {"verdict": STATES.get(state), "prefix": prefix, "size": SIZE}
    found, total = rolls.entries(run, measure, number=page, **asked)
    if not found and total:
        page = -(-total // SIZE)
        found, total = rolls.entries(run, measure, number=page, **asked)
    decided = lines.deciding(run, measure, [(e.subject_id, e.place_code) for e in found if e.place], reader=reader)
    return Roll(total, page, rows_of(found, reader, decided))


def rows_of(found: Sequence[Entry], reader: Reader, decided: Mapping[int, Reason] | None = None) -> list[Row]:
    """Subjects with what they are called, where, and of which household."""
    labels = labels_of([(each.kind, each.subject_id) for each in found], reader)
    homes = {h.pk: h for h in Household.objects.filter(pk__in={e.household_id for e in found if e.household_id})}
    places = place_words({each.place_code for each in found})
    names.look_up(homes.values(), reader)
    return [_row(each, labels, homes, places, (decided or {}).get(each.subject_id), reader) for each in found]


def _row(
    entry: Entry,
    labels: Mapping[tuple[str, int], str],
    homes: Mapping[int, Household],
    places: Mapping[str, str],
    decided: Reason | None,
    reader: Reader,
) -> Row:
    home = homes.get(entry.household_id or 0)
    head = names.head(home, reader) if home else ""
    code = home.code if home else ""
    label = labels.get((entry.kind, entry.subject_id), "")
    return Row(
        entry.subject_id,
        label or code or str(entry.subject_id),
        code,
        (head or code) if entry.kind != "household" else code,
        places.get(entry.place_code, entry.place_code),
        entry.verdict,
        entry.amount_fen,
        entry.place,
        entry.contested,
        decided,
    )


def labels_of(subjects: Sequence[tuple[str, int]], reader: Reader) -> dict[tuple[str, int], str]:
    """What subjects are called, within the scope: a person by name, masked where the duty does not need it."""
    ids: dict[str, list[int]] = {}
    for kind, number in subjects:
        ids.setdefault(kind, []).append(number)
    found: dict[tuple[str, int], str] = {}
    for kind, numbers in ids.items():
        found |= {(kind, number): name for number, name in _named(kind, numbers, reader)}
    return found


def _named(kind: str, numbers: list[int], reader: Reader) -> list[tuple[int, str]]:
    if kind == "place":
        places = dict(Place.objects.filter(code__in=[f"{n:012d}" for n in numbers]).values_list("code", "name"))
        return [(int(code), name) for code, name in places.items()]
    if kind not in ("person", "household"):
        items = Item.objects.filter(kind=kind, pk__in=numbers).values_list("pk", "label", "code")
        return [(pk, label or code) for pk, label, code in items]
    if kind == "household":
        homes = list(Household.objects.filter(pk__in=numbers))
        names.look_up(homes, reader)
        return [(home.pk, names.head(home, reader)) for home in homes]
    people = Person.objects.filter(pk__in=numbers).values_list("pk", "name")
    return names.persons(dict(people), reader)


def place_words(codes: set[str]) -> dict[str, str]:
    """Town and village of some codes, in one text each; what belongs to no village says so."""
    wanted = codes | {code[:9] + "000" for code in codes}
    names = dict(Place.objects.filter(code__in=wanted).values_list("code", "name"))
    words = {}
    for code in codes:
        town, village = names.get(code[:9] + "000", ""), names.get(code, "")
        words[code] = (f"{town} {village}" if town != village else village).strip() or code
        if code.endswith("000000"):
            words[code] = _("不分乡镇")
    return words
