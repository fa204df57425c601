"""Which households a list holds: conditions on the roll, their counts, an order; only what the wall lets one see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q

from doudi.policy.household_rolls import ASKS, NO, NOTHING, SENSITIVITIES, UNKNOWN, YES, Roll
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register import children
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.rules.nodes import Compare, Derived, Fact, Node, Parameter
from doudi.values.person_names import with_one_dot

STATES = {"yes": YES, "unknown": UNKNOWN, "no": NO}
TRUTHS = {"yes": YES, "no": NO, "unknown": UNKNOWN}
MOST_MEMBERS = 6  # "6" is six or more
SORTS = ("members", "yeses", "unknowns", "fen", "income")
Mask = np.ndarray

# A facet's counts leave out its own condition, and those that choosing another of its values takes away.
LEFT_OUT: dict[str, tuple[str, ...]] = {"town": ("town", "village", "group"), "village": ("village", "group")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The conditions of a list; what is empty asks nothing.

    `town` 9 and `village` 12 digits; `state` yes, unknown or no, of `measure` or of any; `registered` and `monitored`
    yes, no or unknown; `contested`, `open` and `differ` "yes" or "no"; `ask` one of ASKS, who can answer what is open;
    `members` "1" to "6" (six or more); `band` the number of the band of expected income a head, from the lowest, or
    "unknown"; `text` a code or a name.
    """

    town: str = ""
    village: str = ""
    group: str = ""
    measure: str = ""
    state: str = ""
    registered: str = ""
    monitored: str = ""
    contested: str = ""
    open: str = ""
    differ: str = ""
    ask: str = ""
    members: str = ""
    band: str = ""
    text: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Selection:
    """The households of a list, in order, and how many there would be with another value of one condition."""

    rows: np.ndarray  # those the reader may see and the text finds, in the roll's order
    roll: Roll
    wanted: Wanted
    lines: tuple[int, ...]  # fen: where one band of income ends and the next begins
    readable: int  # the bits of the sensitivities the reader reads
    masks: Mapping[str, Mask] = field(default_factory=dict)

    @cached_property
    def ids(self) -> np.ndarray:
        """The ids of the list, sorted."""
        return self.chosen["id"]

    @cached_property
    def chosen(self) -> np.ndarray:
        """The rows of the list, sorted: ties stand by village and code, and what is not known stands last."""
        found = self.rows[_all(self.masks.values(), len(self.rows))]
        name = self.wanted.sort.removeprefix("-")
        if name not in SORTS:
            return found
        key = found[name].astype("i8")
        missing = key == NOTHING
        return found[np.lexsort((-key if self.wanted.sort.startswith("-") else key, missing))]

    def counts(self, name: str) -> dict[str, int]:
        """How many households each value of a condition would leave, all other conditions holding."""
        out = LEFT_OUT.get(name, (name,))
        rows = self.rows[_all((mask for other, mask in self.masks.items() if other not in out), len(self.rows))]
        return _COUNTS[name](self, rows)


def select(
    roll: Roll,
    wanted: Wanted,
    *,
    names: bool,
    reads: Iterable[str],
    adults_on: date | None = None,
    only: frozenset[str] = frozenset(),
    lines: Sequence[int] = (),
) -> Selection:
    """The households within the reader's scope that fulfil the conditions, under the wall of the transaction.

    `names`: whether the text may find names, with `adults_on` only of who is no child on that day; `reads`: the
    sensitivities the reader reads; `only`: the measures of a limited duty; `lines`: of the bands of income.
    """
    seen = {name: bit for name, bit in roll.measures.items() if not only or name in only}
    rows = roll.rows[np.sort(roll.places_of(visible(wanted.text, names=names, adults_on=adults_on)))]
    readable = sum(1 << place for place, name in enumerate(SENSITIVITIES) if name in reads)
    found = Selection(rows, Roll(roll.rows, seen), wanted, tuple(lines), readable)
    asked = {name: getattr(wanted, name) for name in _MASKS if getattr(wanted, name)}
    masks = {
        name: _MASKS[name](found, rows, value) for name, value in asked.items() if name not in ("measure", "state")
    }
    if wanted.measure or wanted.state:
        masks["standing"] = _standing(found, rows, wanted.measure, wanted.state)
    return Selection(rows, found.roll, wanted, found.lines, readable, masks)


def visible(text: str, *, names: bool, adults_on: date | None = None) -> np.ndarray:
    """The ids the wall lets through whose code, national number or, where `names`, a name matches the text.

    With `adults_on` a name that only a child bears on that day finds nothing: finding would tell it.
    """
    wanted = Household.objects.order_by()
    if text:
        matches = Q(code__icontains=text) | Q(national_code__startswith=text)
        if names:
            matches |= _named(text, adults_on)
        wanted = wanted.filter(matches)
    return np.array(wanted.aggregate(ids=ArrayAgg("pk", default=[]))["ids"], np.int64)


def _named(text: str, adults_on: date | None) -> Q:
    """Households whose head or one of whose members is called so."""
    text = with_one_dot(text)
    member = Person.objects.filter(household__isnull=False, name__contains=text)
    young = member.filter(pk__in=children.among(member.values_list("pk", flat=True), on=adults_on)) if adults_on else ()
    if not young:
        return Q(head_name__contains=text) | Exists(member.filter(household_id=OuterRef("pk")))
    child = young.filter(household_id=OuterRef("pk"), name=OuterRef("head_name"))
    grown = member.exclude(pk__in=[one.pk for one in young]).filter(household_id=OuterRef("pk"))
    return (Q(head_name__contains=text) & ~Exists(child)) | Exists(grown)


def lines_of(pack: Pack, run: Run) -> list[tuple[str, int]]:
    """The parameters some rule holds an income a head against and that are decided on the run's day: name and fen."""
    decided = pack.values_on(run.as_of)
    nodes = (inner for measure in pack.measures.values() for node in measure.nodes() for inner in node.walk())
    sides = ((node.left, node.right) for node in nodes if isinstance(node, Compare))
    names = {
        one.name
        for pair in sides
        for one, other in (pair, pair[::-1])
        if isinstance(one, Parameter) and _is_income(other)
    }
    found = [(name, int(str(decided[name]))) for name in names if name in decided]
    return sorted(found, key=lambda line: (line[1], line[0]))


def _is_income(node: Node) -> bool:
    return isinstance(node, Fact | Derived) and "income_per_head" in node.name


def _all(masks: Iterable[Mask], many: int) -> Mask:
    found = np.ones(many, bool)
    for mask in masks:
        found &= mask
    return found


# -- the conditions


def _standing(_found: Selection, rows: np.ndarray, measure: str, state: str) -> Mask:
    bits = _bits(_found, measure)
    named = [state] if state else list(STATES)
    return _any((rows[name] & bits for name in named), len(rows))


def _bits(found: Selection, measure: str) -> int:
    names = [measure] if measure else list(found.roll.measures)
    return sum(1 << found.roll.measures[name] for name in names if name in found.roll.measures)


def _any(words: Iterable[np.ndarray], many: int) -> Mask:
    mask = np.zeros(many, bool)
    for word in words:
        mask |= word != 0
    return mask


def _flag(of: Any) -> Any:
    """A condition that holds where `of(selection, rows)` is not zero, asked for by "yes", its opposite by "no"."""

    def mask(found: Selection, rows: np.ndarray, value: str) -> Mask:
        return (of(found, rows) != 0) == (value == "yes")

    return mask


def _contested(found: Selection, rows: np.ndarray) -> np.ndarray:
    return rows["contested"] & _bits(found, "")


def _open(found: Selection, rows: np.ndarray) -> np.ndarray:
    return rows["unknown"] & _bits(found, "")


def _differ(found: Selection, rows: np.ndarray) -> np.ndarray:
    return rows["differ"] & found.readable


def _members(rows: np.ndarray) -> np.ndarray:
    return np.minimum(rows["members"], MOST_MEMBERS)


def _bands(found: Selection, rows: np.ndarray) -> np.ndarray:
    """The number of each row's band: how many lines its income reaches; -1 where it is not known."""
    income = rows["income"]
    return np.where(income == NOTHING, -1, np.searchsorted(np.array(found.lines, np.int64), income, side="right"))


def _band(found: Selection, rows: np.ndarray, value: str) -> Mask:
    return _bands(found, rows) == (-1 if value == "unknown" else int(value))


_MASKS: dict[str, Any] = {
    "town": lambda _, rows, value: rows["place"] // 1000 == int(value),
    "village": lambda _, rows, value: rows["place"] == int(value),
    "group": lambda _, rows, value: rows["group"] == value,
    "registered": lambda _, rows, value: rows["registered"] == TRUTHS[value],
    "monitored": lambda _, rows, value: rows["monitored"] == TRUTHS[value],
    "contested": _flag(_contested),
    "open": _flag(_open),
    "differ": _flag(_differ),
    "ask": lambda _, rows, value: rows["asks"] & (1 << ASKS.index(value)) != 0,
    "members": lambda _, rows, value: _members(rows) == int(value),
    "band": _band,
}


# -- the counts


def _counted(values: np.ndarray) -> dict[str, int]:
    found, many = np.unique(values, return_counts=True)
    return {str(value): int(number) for value, number in zip(found, many, strict=True)}


def asked_of(rows: np.ndarray) -> dict[str, int]:
    """How many of some households each of ASKS can be asked about."""
    return {name: int(np.count_nonzero(rows["asks"] & (1 << bit))) for bit, name in enumerate(ASKS)}


def _truths(name: str) -> Any:
    words = {str(number): word for word, number in TRUTHS.items()}
    return lambda _, rows: {words[value]: number for value, number in _counted(rows[name]).items()}


def _flags(of: Any) -> Any:
    words = {"True": "yes", "False": "no"}
    return lambda found, rows: {words[value]: number for value, number in _counted(of(found, rows) != 0).items()}


def _by_measure(found: Selection, rows: np.ndarray) -> dict[str, int]:
    return {name: int(_standing(found, rows, name, found.wanted.state).sum()) for name in found.roll.measures}


def _by_state(found: Selection, rows: np.ndarray) -> dict[str, int]:
    return {state: int(_standing(found, rows, found.wanted.measure, state).sum()) for state in STATES}


def _by_band(found: Selection, rows: np.ndarray) -> dict[str, int]:
    return {"unknown" if value == "-1" else value: n for value, n in _counted(_bands(found, rows)).items()}


LEFT_OUT |= {"measure": ("standing",), "state": ("standing",)}
_COUNTS: dict[str, Any] = {
    "town": lambda _, rows: _counted(rows["place"] // 1000),
    "village": lambda _, rows: {f"{int(code):012d}": n for code, n in _counted(rows["place"]).items()},
    "group": lambda _, rows: _counted(rows["group"]),
    "measure": _by_measure,
    "state": _by_state,
    "registered": _truths("registered"),
    "monitored": _truths("monitored"),
    "contested": _flags(_contested),
    "open": _flags(_open),
    "differ": _flags(_differ),
    "ask": lambda _, rows: asked_of(rows),
    "members": lambda _, rows: _counted(_members(rows)),
    "band": _by_band,
}
