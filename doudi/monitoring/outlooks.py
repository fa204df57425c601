"""Outlooks of households from the register: of one as believed now, of all as in the run in force."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from doudi.access.scope import Scope, as_engine
from doudi.monitoring import projections
from doudi.monitoring.projections import NOT_KNOWN, Added, Projection
from doudi.policy import engines, known, stores, subjects, tables
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.graphs import Graph
from doudi.register.households import Household
from doudi.rules.engines import closure
from doudi.rules.nodes import Node
from doudi.rules.results import NOT_KNOWN as UNDECIDED
from doudi.rules.results import OK, YES
from doudi.rules.rows import Row

FACTS = ("wage_income_hit", "business_income_hit", "unsold_produce", "wages_now", "wages_a_year_ago")
INCOMES = ("wage_income", "business_income", "business_expense", "property_income", "transfer_income")
TO = ("household", "person")  # a sum that goes to anybody else is no income of the household
FEW = 500  # households asked for one by one
_lock = threading.Lock()
_held: dict[tuple[str, str, str], list[Entry]] = {}


class Entry(NamedTuple):
    """A household's outlook in the list of all: fen a head, the risk without and with what is decided."""

    household_id: int
    place_code: str
    low: int | None
    high: int | None
    with_low: int | None
    with_high: int | None
    risk: str
    risk_with: str


def of_household(household_id: int, run: Run, *, on: date) -> Projection:
    """The outlook of one household by what is believed now and decided. Raises Refusal where there is none."""
    pack = run.pack.pack
    graph, _deeds = known.graph_of(household_id, as_of=on, vocabulary=pack.vocabulary)
    row = graph.rows["household", household_id]
    members = row.manys.get("members", [])
    heads = len(members) if row.facts.get("members_complete") is True else None
    return _project(pack, row.facts, heads or None, _decided(graph, household_id, run, on), on)


def _project(pack: Pack, facts: Mapping[str, Any], heads: int | None, added: list[Added], on: date) -> Projection:
    params = pack.values_on(on)
    without = projections.blocked(params, start=pack.start, on=on)
    return projections.project(facts, heads, added, params=params, year=on.year - 1, without=without)


def _decided(graph: Graph, household_id: int, run: Run, on: date) -> list[Added]:
    """What each measure adds by the decisions in force about the household and whoever and whatever is in it."""
    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(_STANDING, [run.pack_name, household_id])
        rows = cursor.fetchall()
    sums: dict[str, Added] = {}
    for kind, number, verdicts, amounts in rows:
        for name, verdict, amount in zip(run.measures.get(kind, []), verdicts, amounts, strict=False):
            if verdict in (YES, UNDECIDED):
                found = _one(run.pack.pack, name, graph.rows.get((kind, number)), amount, on)
                sums[name] = _joined(sums.get(name), replace(found, sure=verdict == YES))
    return list(sums.values())


def _one(pack: Pack, name: str, row: Row | None, amount: int | None, on: date) -> Added:
    """What a measure adds for one subject: the sum it gives to household or member, or what the pack says."""
    add = pack.adds.get(name)
    if add is None:
        fen = amount if pack.terms[name].to in TO else None
        return Added(name, fen, fen)
    low, high = (_value(node, row, pack, on) for node in (add.low, add.high))
    return Added(name, low, high, lifts=add.lifts)


def _value(node: Node | None, row: Row | None, pack: Pack, on: date) -> int | None:
    if node is None or row is None:
        return None
    found = closure.compiled(node).evaluate(row=row, params=pack.values_on(on), as_of=on)
    return int(str(found.value)) if found.status is OK else None


def _joined(one: Added | None, other: Added) -> Added:
    """Two members' together; what is decided hides what is open."""
    if one is None or (other.sure and not one.sure):
        return other
    if one.sure and not other.sure:
        return one
    low, high = (None if a is None and b is None else (a or 0) + (b or 0)
                 for a, b in ((one.low, other.low), (one.high, other.high)))  # fmt: skip
    return replace(one, low=low, high=high)


_STANDING = """
SELECT d.subject_kind, d.subject_id, d.verdicts, d.amounts
FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
WHERE s.pack_name = %s AND s.household_id = %s ORDER BY d.subject_kind, d.subject_id
"""


def of_run(run: Run) -> list[Entry]:
    """The outlook of every household in a run's snapshot, the lowest first; reckoned once and held while asked for."""
    key = (str(stores.root()), run.snapshot_hash, run.answers_hash)
    with _lock:
        if key not in _held:
            _held.clear()
            _held[key] = sorted(_reckon(run), key=lambda each: (each.low is None, each.low or 0, each.household_id))
        return _held[key]


def forget() -> None:
    """Let go of what is held (a home was closed or replaced)."""
    with _lock:
        _held.clear()


def _reckon(run: Run) -> Iterator[Entry]:
    pack, sums = run.pack.pack, _sums(run)
    for number, place, heads, facts in _facts(run):
        one = _project(pack, facts, heads or None, sums.get(number, []), run.as_of)
        low, high = one.with_measures() or (None, None)
        yield Entry(number, place, one.low, one.high, low, high, one.risk, one.risk_with)


def _facts(run: Run) -> Iterator[tuple[int, str, int | None, dict[str, Any]]]:
    held, year = run.snapshot.hold(), run.as_of.year - 1
    known = tables.columns_of(held, "household")
    yearly = tables.columns_of(held, "household_year")
    facts = [name if name in known else f"NULL AS {name}" for name in FACTS]
    incomes = [f"y.{name}" if name in yearly else f"NULL AS {name}" for name in INCOMES]
    rows = held.execute(
        f"SELECT h.id, lpad(CAST(h.village_id AS VARCHAR), 12, '0'), CASE WHEN h.members_complete THEN m.heads END,"
        f" {', '.join(facts)}, {', '.join(incomes)} FROM household h"
        " LEFT JOIN household_year y ON y.household_id = h.id AND y.year = ?"
        " LEFT JOIN (SELECT household_id, count(*) AS heads FROM person GROUP BY 1) m ON m.household_id = h.id"
        " ORDER BY 2, 1",
        [year],
    ).fetchall()
    names = [*FACTS, *(f"{name}@{year}" for name in INCOMES)]
    for number, place, heads, *values in rows:
        yield number, place, heads, {name: v for name, v in zip(names, values, strict=True) if v is not None}


def _sums(run: Run) -> dict[int, list[Added]]:
    """What the run decided adds to each household."""
    found: dict[int, list[Added]] = {}
    pack, folder, held = run.pack.pack, stores.folder_of(stores.ANSWERS, run.answers_hash), run.snapshot.hold()
    for kind, measures in run.measures.items():
        file = folder / f"{kind}.parquet"
        mine = [name for name in measures if name in pack.adds or _gives(pack, name)]
        if mine and file.exists():
            for name, number, low, high in held.execute(*_added(run, kind, mine, str(file), held)).fetchall():
                lifts = pack.adds[name].lifts if name in pack.adds else ""
                found.setdefault(number, []).append(Added(name, low, high, lifts=lifts))
    return found


def _gives(pack: Pack, name: str) -> bool:
    return pack.measures[name].amount is not None and pack.terms[name].to in TO


def _added(run: Run, kind: str, measures: list[str], file: str, held: Any) -> tuple[str, list[str]]:
    """One row a measure and household: what it adds at least and at most, over its subjects with a yes."""
    pack = run.pack.pack
    rules = [(name, part, node) for name in measures if name in pack.adds
             for part, node in (("low", pack.adds[name].low), ("high", pack.adds[name].high)) if node]  # fmt: skip
    told = {(name, part): node for name, part, node in rules}
    columns, source = {}, f'SELECT id FROM "{kind}"'
    if told:
        values = engines.duckdb_values(
            told, kind=kind, vocabulary=pack.vocabulary, params=pack.values_on(run.as_of), as_of=run.as_of
        )
        columns, source = values.columns, values.text
    where = subjects.belonging(held, kind, pack.vocabulary, county="")
    parts = []
    for name in measures:
        own = "NULL" if name in pack.adds else f'a."{name}_amount"'
        low, high = (columns.get((name, part), own) for part in ("low", "high"))
        parts.append(f"SELECT '{name}', household_id, sum({low})::BIGINT, sum({high})::BIGINT FROM j a"
                     f' WHERE a."{name}_verdict" = 1 AND household_id IS NOT NULL GROUP BY household_id')  # fmt: skip
    joined = f"SELECT * FROM read_parquet(?) JOIN ({where}) b USING (id) LEFT JOIN ({source}) v USING (id)"
    return f"WITH j AS ({joined}) {' UNION ALL '.join(parts)}", [file]


def seen(entries: list[Entry], scope: Scope, *, prefix: str = "", risk: str = "") -> list[Entry]:
    """Those a scope covers below a place's prefix, of a risk, in the order given. Who moved away is seen no more."""
    whole = any(prefix.startswith(place) for place in scope.places)  # then it covers everybody below the prefix
    inside = [
        each
        for each in entries
        if each.place_code.startswith(prefix)
        and (not risk or each.risk == risk)
        and (whole or scope.covers(each.place_code, each.household_id))
    ]
    there = _there([each.household_id for each in inside])
    return [each for each in inside if each.household_id in there]


def tally(entries: list[Entry]) -> dict[str, int]:
    """How many stand at which risk, without measures and (`with:`) with them."""
    counts = Counter(each.risk for each in entries)
    counts.update({f"with:{risk}": n for risk, n in Counter(each.risk_with for each in entries).items()})
    return counts


def _there(ids: list[int]) -> set[int]:
    """Those of some households the reader may see today. Of very many, all there are is the shorter question."""
    if len(ids) <= FEW:
        return set(Household.objects.filter(pk__in=ids).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM register_household")
        return {row[0] for row in cursor.fetchall()}


def by_place(entries: list[Entry], digits: int) -> dict[str, dict[str, int]]:
    """How many households of each part of a place stand at which risk, without measures and (`with:`) with them."""
    parts: dict[str, list[Entry]] = {}
    for each in entries:
        parts.setdefault(each.place_code[:digits], []).append(each)
    return {code: {"all": len(some), **tally(some)} for code, some in sorted(parts.items())}


__all__ = ["NOT_KNOWN", "Entry", "by_place", "forget", "of_household", "of_run", "seen", "tally"]
