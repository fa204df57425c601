"""A small world for random rules: four kinds with facts of every type, and rows of it with much unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from doudi.facts.kinds import Choice, Fact, Kind, Relation, Vocabulary
from doudi.rules.nodes import Value
from doudi.rules.rows import Row, key_of
from doudi.rules.types import BOOL, CODE, DATE, DAYS, DECIMAL, INT, INT_MAX, INT_MIN, MONEY, MONTHS, TEXT, Type, list_of

AS_OF = date(2020, 2, 29)
YEARS = (2018, 2019)
CHOICES = {
    "cause": ("illness", "school", "land"),
    "sex": ("male", "female"),
    "code": ("a", "b", "中"),
    "use": ("x", "y"),
}
PARAMETERS: dict[str, Type] = {
    **{f"p_{t.name}": t for t in (BOOL, INT, DECIMAL, MONEY, TEXT, DATE, DAYS, MONTHS)},
    "p_ints": list_of(INT),
    "p_texts": list_of(TEXT),
}

INTS = (0, 1, -1, 2, -2, 3, 7, 10, 60, 2019, 10**9, 2**31, 2**53 + 1, INT_MAX, INT_MIN, INT_MAX - 1, INT_MIN + 1)
TEXTS = (
    "",
    "a",
    "b",
    "A",
    "ab",
    "中",
    "中文",
    "😀",
    "é",
    "e\u0301",
    "%",
    "_",
    "\\",
    "'",
    '"',
    "\n",
    "a\u3000b",
    "ß",
    "\U0010ffff",
    "\ud7ff",
)
DATES = tuple(
    date.fromisoformat(text)
    for text in (
        *("0001-01-01", "0001-03-01", "1899-12-31", "1960-02-29", "1970-01-01", "1999-12-31", "2000-02-29"),
        *(
            "2019-02-28",
            "2019-03-31",
            "2020-01-31",
            "2020-02-28",
            "2020-02-29",
            "2020-03-01",
            "9999-01-31",
            "9999-12-31",
        ),
    )
)
SPANS = (0, 1, -1, 6, 12, 13, 29, 30, 365, 366, -400, 120_000, 4_000_000, INT_MAX, INT_MIN)


def _fact(kind: str, name: str, of: Type, formula: str = "", yearly: bool = False, **more: Any) -> Fact:
    choices = tuple(Choice(value, value, value) for value in CHOICES.get(name, ()))
    sources = () if formula else ("field",)
    return Fact(
        kind, name, of, f"{name}中", name, yearly=yearly, formula=formula, sources=sources, choices=choices, **more
    )


_FACTS: dict[str, list[tuple[Any, ...]]] = {
    "place": [("town", BOOL), ("code", CODE), ("budget", MONEY), ("posts", INT), ("title", TEXT)],
    "household": [
        *(("poor", BOOL), ("hit", BOOL), ("cause", CODE), ("rooms", INT), ("share", DECIMAL), ("sold", MONEY)),
        *(("note", TEXT), ("since", DATE), ("span", DAYS), ("term", MONTHS)),
        ("income", MONEY, "", True),
        ("head_count", INT, "size(household.members)"),
        ("per_head", MONEY, "household.income(year) / size(household.members)", True),
        ("elders", BOOL, "household.members.exists(m, m.age >= 60)"),
        ("last_year", MONEY, "household.income(year - 1) - household.income(year)", True),
    ],
    "person": [
        *(("able", BOOL), ("sex", CODE), ("days_out", INT), ("name", TEXT), ("birth", DATE), ("wage", MONEY, "", True)),
        ("age", INT, "years(person.birth, as_of)"),
        ("needy", BOOL, "person.age >= 60 || !person.able && person.household.poor"),
    ],
    "loan": [
        *(("hit", BOOL), ("use", CODE), ("amount", MONEY), ("due", DATE), ("rate", DECIMAL), ("term", MONTHS)),
        ("grace", DAYS),
        ("number", INT),
        ("overdue", BOOL, "loan.due + months(6) < as_of"),
    ],
}
_RELATIONS = (
    ("place", "households", "household", True, "village"),
    ("household", "village", "place", False, ""),
    ("household", "members", "person", True, "household"),
    ("household", "loans", "loan", True, "household"),
    ("person", "household", "household", False, ""),
    ("loan", "household", "household", False, ""),
)


def vocabulary() -> Vocabulary:
    """The small vocabulary, completeness facts included."""
    kinds = {}
    for kind, specs in _FACTS.items():
        facts = {spec[0]: _fact(kind, *spec) for spec in specs}
        relations = {}
        for of, name, to, many, back in _RELATIONS:
            if of == kind:
                relations[name] = Relation(kind, name, to, many, f"{name}中", name, back)
                if many:
                    facts[f"{name}_complete"] = _fact(kind, f"{name}_complete", BOOL, relation=name)
        kinds[kind] = Kind(kind, f"{kind}中", kind, facts, relations)
    return Vocabulary(kinds)


VOCABULARY = vocabulary()


def draw_value(random: Random, of: Type, choices: tuple[str, ...] = ()) -> Value:
    """A value of a type: often an extreme one, sometimes a small one, so that comparisons meet."""
    if of == BOOL:
        return random.random() < 0.5
    if of == CODE:
        return random.choice(choices)
    if of == TEXT:
        return random.choice(TEXTS) if random.random() < 0.8 else random.choice(TEXTS) + random.choice(TEXTS)
    if of == DATE:
        return random.choice(DATES)
    if of in (DAYS, MONTHS):
        return random.choice(SPANS)
    if of.name == "list" and of.of:
        return tuple(draw_value(random, of.of) for _ in range(random.randrange(4)))
    return (
        random.choice(INTS)
        if random.random() < 0.5
        else random.randrange(-5, 12) * random.choice((1, 1, 5_000, 10_000))
    )


def draw_parameters(random: Random) -> dict[str, Value]:
    """Values of the parameters; one in six is undecided."""
    return {name: draw_value(random, of) for name, of in PARAMETERS.items() if random.random() > 1 / 6}


@dataclass
class World:
    """Rows by kind, linked both ways."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def new(self, kind: str) -> Row:
        """A row of a kind with nothing known."""
        rows = self.rows.setdefault(kind, [])
        row = Row(kind, len(rows) + 1)
        rows.append(row)
        return row


def link(parent: Row, relation: str, child: Row, back: str) -> None:
    """The child is one of the parent's, and says so."""
    parent.manys.setdefault(relation, []).append(child)
    child.ones[back] = parent


def draw_world(random: Random, households: int = 3, known: float = 0.8) -> World:
    """Households in two places with members and loans; each fact known with probability `known`, most links stated."""
    world = World()
    places = [world.new("place") for _ in range(2)]
    for _ in range(households):
        household = world.new("household")
        if random.random() < known:
            link(random.choice(places), "households", household, "village")
        for relation, kind in (("members", "person"), ("loans", "loan")):
            for _ in range(random.choice((0, 1, 1, 2, 3))):
                link(household, relation, world.new(kind), "household")
    for kind in ("person", "loan"):
        if random.random() < 0.5:
            world.new(kind)  # belongs to no household
    for row in [row for rows in world.rows.values() for row in rows]:
        _fill(random, row, known)
    return world


def _fill(random: Random, row: Row, known: float) -> None:
    for fact in VOCABULARY.kinds[row.kind].facts.values():
        for year in YEARS if fact.yearly else (None,):
            if not fact.formula and random.random() < known:
                values = tuple(choice.value for choice in fact.choices)
                # A relation stated not complete is as good as one not stated, but must not be taken for complete.
                value = draw_value(random, fact.type, values) if not fact.relation else random.random() < 0.8
                row.facts[key_of(fact.name, year)] = value
    for relation in VOCABULARY.kinds[row.kind].relations.values():
        if relation.many:
            row.manys.setdefault(relation.name, [])
