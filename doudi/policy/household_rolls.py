"""The roll: one narrow row a household, held in memory, for whoever filters, counts and sorts the whole county.

Everything on it is worked out from the register and from the decisions in force and is read anew wherever they moved
(`moving`); who may see which household is never on it, that is asked of the database each time (`selections`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import orjson
from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy import needs
from doudi.policy.moving import Watch
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.resolution import oldest_kept, settle
from doudi.rules.measures import Key, Limit
from doudi.rules.nodes import Node
from doudi.values.refusals import Refusal

KINDS = ("household", "person", "loan", "hire")
ASKS = ("household", "village", "bureau", "bank", "county")  # who can answer
SENSITIVITIES = ("open", "personal", "money", "health", "identity")
NO, YES, UNKNOWN = 0, 1, 2
NOTHING = np.iinfo(np.int64).min  # an amount nobody has stated
MOST_MEASURES = 62  # one bit of a signed whole number each

ROW = np.dtype(
    [
        ("id", "i8"),
        ("place", "i8"),  # twelve digits
        ("code", "U32"),
        ("group", "U50"),
        ("members", "i4"),
        ("yes", "i8"),  # bit i: some subject of the household stands so with measure i of the roll
        ("no", "i8"),
        ("unknown", "i8"),
        ("contested", "i8"),
        ("yeses", "i4"),  # how many verdicts
        ("unknowns", "i4"),
        ("fen", "i8"),
        ("asks", "i4"),  # bit i: ASKS[i] can answer what some open verdict's conditions leave unknown
        ("differ", "i4"),  # bit i: sources differ on a fact of SENSITIVITIES[i]
        ("registered", "i1"),
        ("monitored", "i1"),
        ("income", "i8"),  # fen expected a head this year, NOTHING where not known
    ]
)


@dataclass(frozen=True)
class Roll:
    """The rows by village and code, and which measure each bit stands for."""

    rows: np.ndarray
    measures: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> np.ndarray:
        """The places of the rows, in the order of their ids."""
        return np.argsort(self.rows["id"])

    def places_of(self, ids: np.ndarray) -> np.ndarray:
        """Where the households of these ids stand on the roll; those not on it are left out."""
        known = self.rows["id"][self.by_id]
        at = np.searchsorted(known, ids)
        at[at == len(known)] = 0
        return self.by_id[at[known[at] == ids]] if len(known) else at[:0]


@dataclass
class _Held:
    key: tuple[Any, ...]
    roll: Roll
    watch: Watch


_held: list[_Held] = []
_lock = threading.Lock()
REBUILD = 4_000  # households moved at once: reading all of them is then no dearer


def present(run: Run | None) -> Roll:
    """The roll as it stands now under the decisions in force of a run (None: before the first), inside a transaction.

    Held by the process between requests. A transaction that has written reads its own, which nobody else sees.
    """
    with transaction.atomic(), as_engine(), _lock:
        return _brought_up(run)


def forget() -> None:
    """Let go of the held roll (a home was closed or replaced)."""
    with _lock:
        _held.clear()


def _brought_up(run: Run | None) -> Roll:
    key = _key(run)
    held = _held.pop() if _held and _held[0].key == key else None  # put back when it is whole again
    watch = held.watch if held else Watch()
    moved = watch.look()
    if moved is None:
        _held[:] = [held] if held else []
        return _read(run, None)
    if held is None or len(moved) > REBUILD:
        held = _Held(key, _read(run, None), watch)
    elif moved:
        held.roll = _joined(held.roll, _read(run, moved), moved)
    _held[:] = [held]
    return held.roll


def _key(run: Run | None) -> tuple[Any, ...]:
    """What a roll depends on beside the rows: the database, the order of measures, the day on which words hold."""
    database = (connection.settings_dict["HOST"], connection.settings_dict["NAME"])
    return (*database, run.pack_id, run.as_of, repr(run.measures)) if run else database


def _joined(roll: Roll, fresh: Roll, moved: Iterable[int]) -> Roll:
    kept = roll.rows[~np.isin(roll.rows["id"], np.fromiter(moved, np.int64))]
    return Roll(_ordered(np.concatenate([kept, fresh.rows])), roll.measures)


def _ordered(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort((rows["code"], rows["place"]))]


# -- reading


def _read(run: Run | None, ids: Iterable[int] | None) -> Roll:
    words = run.pack.pack.vocabulary if run else shipped.load()
    bits = bits_of(run)
    some = "" if ids is None else "WHERE {} = ANY(%(ids)s)"
    parts = {
        "of_household": some.format("h.id"),
        "of_person": some.format("household_id"),
        "and_of_standing": some.format("s.household_id").replace("WHERE", "AND"),
        "and_of_belief": some.format("b.household_id").replace("WHERE", "AND"),
        **{name: _masks(run, bits, verdict) for name, verdict in (("yes", YES), ("no", NO), ("unknown", UNKNOWN))},
        **_amounts_and_contests(run, bits),
        "asks": _asks(run),
    }
    values = {"ids": sorted(ids) if ids is not None else [], "pack": run.pack_name if run else "", **_sensitive(words)}
    with connection.cursor() as cursor:
        cursor.execute(_ROLL.format(**parts), values)
        found = cursor.fetchall()
    facts = [words.kinds["household"].facts[name] for name in ("registered_poor", "monitored", INCOME)]
    limits = [oldest_kept(fact, run.as_of) if run else "" for fact in facts]
    rows = [(*row[:-1], *_settled(orjson.loads(row[-1]), facts, limits)) for row in found]
    return Roll(_ordered(np.array(rows, ROW)), bits)


INCOME = "expected_income_per_head"


def bits_of(run: Run | None) -> dict[str, int]:
    """The bit of each measure about a household, its members, loans or hires; those of a kind lie together."""
    names = [name for kind in KINDS for name in run.measures.get(kind, [])] if run else []
    if len(names) > MOST_MEASURES:
        raise Refusal(
            f"一个政策包最多有 {MOST_MEASURES} 项针对农户的措施,现有 {len(names)} 项。",
            f"A pack may have {MOST_MEASURES} measures about households at most; this one has {len(names)}.",
        )
    return {name: bit for bit, name in enumerate(names)}


def _by_kind(run: Run | None, one: Any) -> str:
    """`CASE kind ...` over the kinds that have measures; `one(kind's names)` is the SQL of a kind."""
    cases = [f"WHEN '{kind}' THEN {one(run.measures[kind])}" for kind in KINDS if run and run.measures.get(kind)]
    return f"CASE s.subject_kind {' '.join(cases)} END" if cases else "0::bigint"


def _masks(run: Run | None, bits: Mapping[str, int], verdict: int) -> str:
    return _by_kind(
        run,
        lambda names: " | ".join(
            f"((d.verdicts[{n + 1}] = {verdict})::int::bigint << {bits[name]})" for n, name in enumerate(names)
        ),
    )


def _amounts_and_contests(run: Run | None, bits: Mapping[str, int]) -> dict[str, str]:
    return {
        "fen": _by_kind(run, lambda names: " + ".join(f"coalesce(d.amounts[{n + 1}], 0)" for n in range(len(names)))),
        "contested": _by_kind(run, lambda names: f"(d.contested << {bits[names[0]]})"),
    }


def _asks(run: Run | None) -> str:
    """Who can answer, of every condition that leaves a verdict open."""
    return f"CASE WHEN 2 = ANY(d.verdicts) THEN {_by_kind(run, lambda names: _open_conditions(run, names))} ELSE 0 END"


def _open_conditions(run: Run | None, names: Iterable[str]) -> str:
    assert run is not None
    pack, decided = run.pack.pack, run.pack.pack.values_on(run.as_of)
    parts = []
    for n, name in enumerate(names, 1):
        measure = pack.measures[name]
        for i, condition in enumerate(measure.conditions):
            open_here = f"d.verdicts[{n}] = 2 AND (d.reasons[{n}] >> {2 * i}) & 3 >= 2"
            parts.append(f"CASE WHEN {open_here} THEN {_answerers([condition.node], pack, decided)} ELSE 0 END")
        if measure.limit is not None:  # the place in line may be what is open
            mask = _answerers(_of_line(measure.limit), pack, decided)
            parts.append(f"CASE WHEN d.verdicts[{n}] = 2 THEN {mask} ELSE 0 END")
    return " | ".join(parts) or "0"


def _of_line(limit: Limit) -> list[Node]:
    return [limit.per, limit.count, *(key.node for key in limit.order if isinstance(key, Key))]


def _answerers(nodes: list[Node], pack: Pack, decided: Mapping[str, Any]) -> int:
    """The bits of those who can state a fact the nodes read, and of the county where it has a number to decide."""
    facts = (pack.vocabulary.fact(kind, name) for kind, name in needs.facts_of(nodes))
    names = {who for fact in facts if fact is not None for who in fact.asks}
    if needs.parameters_of(nodes) - decided.keys():
        names.add("county")
    return sum(1 << ASKS.index(name) for name in names if name in ASKS)


def _sensitive(words: Vocabulary) -> dict[str, list[Any]]:
    """Every fact with the bit of its sensitivity, as three lists."""
    facts = [(k, f.name, 1 << SENSITIVITIES.index(f.sensitivity)) for k in KINDS for f in words.kinds[k].facts.values()]
    return {"kinds": [f[0] for f in facts], "names": [f[1] for f in facts], "masks": [f[2] for f in facts]}


def _settled(cells: list[Any], facts: list[Fact], limits: list[str]) -> tuple[int, int, int]:
    """Two yes-or-no facts and an amount, as far as words still hold."""
    known = (settle(cell, fact, limit) for cell, fact, limit in zip(cells, facts, limits, strict=True))
    one, two, amount = known
    return _truth(one), _truth(two), NOTHING if amount is None else int(amount)


def _truth(value: Any) -> int:
    return UNKNOWN if value is None else YES if value else NO


_ROLL = """
WITH stands AS MATERIALIZED (
    SELECT s.household_id, {yes} AS yes, {no} AS no, {unknown} AS unknown, {contested} AS contested, {fen} AS fen,
        {asks} AS asks
    FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
    WHERE s.pack_name = %(pack)s AND s.household_id IS NOT NULL {and_of_standing}
), stood AS (
    SELECT household_id, bit_or(yes) AS yes, bit_or(no) AS no, bit_or(unknown) AS unknown,
        bit_or(contested) AS contested, sum(bit_count(yes::bit(64)))::int AS yeses,
        sum(bit_count(unknown::bit(64)))::int AS unknowns, sum(fen)::bigint AS fen, bit_or(asks) AS asks
    FROM stands GROUP BY household_id
), people AS (
    SELECT household_id, count(*)::int AS members FROM register_person {of_person} GROUP BY household_id
), sensitive AS (SELECT * FROM unnest(%(kinds)s::text[], %(names)s::text[], %(masks)s::int[]) AS t (kind, name, mask)
), disputed AS (
    SELECT b.household_id, bit_or(coalesce(t.mask, 1)) AS mask
    FROM register_belief b CROSS JOIN LATERAL jsonb_array_elements_text(b.contested) AS key
    LEFT JOIN sensitive t ON t.kind = b.subject_kind AND t.name = split_part(key, '@', 1)
    WHERE b.contested <> '[]' AND b.household_id IS NOT NULL {and_of_belief} GROUP BY b.household_id
)
SELECT h.id, h.place_code::bigint, h.code, h.group_name, coalesce(p.members, 0), coalesce(s.yes, 0), coalesce(s.no, 0),
    coalesce(s.unknown, 0), coalesce(s.contested, 0), coalesce(s.yeses, 0), coalesce(s.unknowns, 0),
    coalesce(s.fen, 0), coalesce(s.asks, 0), coalesce(d.mask, 0),
    jsonb_build_array(b.facts -> 'registered_poor', b.facts -> 'monitored', b.facts -> 'expected_income_per_head')::text
FROM register_household h
LEFT JOIN people p ON p.household_id = h.id
LEFT JOIN stood s ON s.household_id = h.id
LEFT JOIN disputed d ON d.household_id = h.id
LEFT JOIN register_belief b ON b.subject_kind = 'household' AND b.subject_id = h.id
{of_household}
"""
