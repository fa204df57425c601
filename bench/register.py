"""A synthetic register of any size: separate, unsorted Parquet tables as a snapshot has them, 2 to 8 % unknown.

One row a subject, in no order; links go anywhere. Every value follows from the seed, the fact and the row, so the same
size is the same register each time. Shares are near the demo county's; nothing here says anything about a real place.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from doudi.facts.kinds import Fact, Vocabulary
from doudi.rules import nodes
from doudi.rules.measures import Measure

SEED = 20_200_227
YEAR = 2019
PER_HOUSEHOLD = 2.12
# Subjects of a kind for each household.
SHARES = {"place": 1 / 75, "loan": 0.15, "hire": 0.04, "post": 2 / 75, "platform": 1 / 3000, "project": 1 / 200}
LIKELY = {  # how many in a hundred are true, where it is not a half
    "registered_poor": 92,
    "monitored": 2,
    "minimum_allowance": 35,
    "patient": 1,
    "isolated": 2,
    "fallen_back": 1,
    "village_officer": 2,
    "willing_to_go_out": 9,
    "working_away": 30,
    "self_employed": 12,
    "unsold_produce": 2,
    "wage_income_hit": 41,
    "business_income_hit": 13,
    "short_cycle_business": 20,
    "members_complete": 96,
}
MONEY = {  # fen
    "wage_income": 1_600_000,
    "business_income": 700_000,
    "business_expense": 300_000,
    "property_income": 80_000,
    "transfer_income": 500_000,
    "allowance_income": 250_000,
    "expected_income_per_head": 1_000_000,
    "sold_in_window": 80_000,
    "amount": 5_000_000,
    "sold_for_poor": 40_000_000,
}
NUMBERS = {"contract_months": 12, "number": 3, "extension_asked": 12}
DATES = {  # first day and how many days follow
    "birth_date": ("1930-01-01", 33_000),
    "due_date": ("2019-06-01", 700),
    "until": ("2020-02-01", 200),
    "works_end": ("2020-03-01", 300),
    "money_out": ("2020-04-01", 300),
}


@dataclass(frozen=True)
class Size:
    """How many subjects of each kind."""

    persons: int

    def of(self, kind: str) -> int:
        """The number of subjects of a kind."""
        households = max(1, round(self.persons / PER_HOUSEHOLD))
        if kind in ("person", "household"):
            return self.persons if kind == "person" else households
        return max(2, round(households * SHARES[kind]))


Facts = dict[str, dict[str, Fact]]


def facts_read(measures: Iterable[Measure], vocabulary: Vocabulary) -> Facts:
    """The stated facts the measures mention, by kind: what the tables hold."""
    found: Facts = {kind: {} for kind in vocabulary.kinds}
    for measure in measures:
        for part in (part for node in measure.nodes() for part in node.walk()):
            if isinstance(part, nodes.Fact):
                kind = part.of.type.kind
                found[kind][part.name] = vocabulary.kinds[kind].facts[part.name]
            elif isinstance(part, nodes.Many):
                kind, name = part.of.type.kind, f"{part.relation}_complete"
                found[kind][name] = vocabulary.kinds[kind].facts[name]
    return found


def write(folder: Path, size: Size, *, facts: Facts, vocabulary: Vocabulary, whole: bool = False) -> dict[str, Path]:
    """Write the tables into a folder and return their paths by name. `whole` leaves nothing unknown."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    with duckdb.connect(config={"memory_limit": "3GB", "preserve_insertion_order": "false"}) as connection:
        for kind in vocabulary.kinds:
            for name, text in _queries(kind, size, facts[kind], vocabulary, whole):
                paths[name] = folder / f"{name}.parquet"
                connection.execute(f"COPY ({text}) TO '{paths[name]}' (FORMAT parquet, COMPRESSION zstd)")
    return paths


def _queries(
    kind: str, size: Size, facts: dict[str, Fact], vocabulary: Vocabulary, whole: bool
) -> Iterable[tuple[str, str]]:
    count = size.of(kind)
    links = [
        f"{_link(kind, relation.name, relation.to, size)} AS {relation.name}_id"
        for relation in vocabulary.kinds[kind].relations.values()
        if not relation.many
    ]
    plain = [_column(kind, fact, whole) for fact in facts.values() if not fact.yearly]
    yield kind, f"SELECT {', '.join([f'{_shuffled(count)} AS id', *links, *plain])} FROM range({count}) AS t(i)"
    yearly = [_column(kind, fact, whole) for fact in facts.values() if fact.yearly]
    if yearly:
        keys = [f"{_shuffled(count)} AS {kind}_id", f"CAST({YEAR} AS BIGINT) AS year"]
        yield f"{kind}_year", f"SELECT {', '.join(keys + yearly)} FROM range({count}) AS t(i)"


def _shuffled(count: int, row: str = "i") -> str:
    """1 to count in no visible order: steps of a large prime around the circle."""
    return f"CAST(1 + (CAST({row} AS HUGEINT) * 2147483647 + 12345) % {count} AS BIGINT)"


def _link(kind: str, name: str, to: str, size: Size) -> str:
    target, die = size.of(to), _die(kind, name)
    if kind == "person":  # every household has somebody
        return f"CASE WHEN i < {target} THEN {_shuffled(target)} ELSE CAST(1 + {die} % {target} AS BIGINT) END"
    return f"CAST(1 + {die} % {target} AS BIGINT)"


def _die(kind: str, name: str) -> str:
    return f"hash(i + {zlib.crc32(f'{SEED} {kind} {name}'.encode()) << 30})"


def _column(kind: str, fact: Fact, whole: bool) -> str:
    """A fact's value, or NULL in two to eight of a hundred rows. In a whole register every relation is complete."""
    if whole and fact.relation:
        return f'TRUE AS "{fact.name}"'
    value = _VALUES.get(fact.type.name, _code)(fact, _die(kind, fact.name))
    missing = 2 + zlib.crc32(fact.name.encode()) % 7
    known = value if whole else f"CASE WHEN {_die(kind, f'{fact.name}?')} % 100 >= {missing} THEN {value} END"
    return f'{known} AS "{fact.name}"'


def _bool(fact: Fact, die: str) -> str:
    return f"({die} % 100 < {LIKELY.get(fact.name, 50)})"


def _money(fact: Fact, die: str) -> str:
    return f"CAST({die} % {2 * MONEY[fact.name]} AS BIGINT)"


def _number(fact: Fact, die: str) -> str:
    return f"CAST(1 + {die} % {NUMBERS[fact.name]} AS BIGINT)"


def _date(fact: Fact, die: str) -> str:
    first, days = DATES[fact.name]
    return f"(DATE '{first}' + CAST({die} % {days} AS INTEGER))"


def _code(fact: Fact, die: str) -> str:
    if not fact.choices:
        return "CAST(510921100000 + i AS VARCHAR)"
    choices = ", ".join(f"'{choice.value}'" for choice in fact.choices)
    return f"[{choices}][CAST(1 + {die} % {len(fact.choices)} AS BIGINT)]"


_VALUES: dict[str, Callable[[Fact, str], str]] = {
    "bool": _bool,
    "money": _money,
    "int": _number,
    "months": _number,
    "date": _date,
}
