"""The difference between two runs: who gained, lost, became unknown, and what made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from doudi.policy import attribution, results, stores, tables
from doudi.policy.attribution import Causes
from doudi.policy.results import Answers
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict (or amount) that differs; None where the subject is not in that run.

    `because` names what made it: ("fact", "household:12:labour"), ("parameter", name), ("rule", "measure.condition"),
    ("day", "2020-03-31"), ("subject", "new" or "gone"), ("line", "others") where others moved the place in line; empty
    when nothing by itself explains it.
    """

    kind: str
    subject_id: int
    measure: str
    before: int | None
    after: int | None
    amount_before: int | None
    amount_after: int | None
    because: Causes = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed from run `a` to run `b`.

    The counts are over all changes; `changes` holds the first `most`, and `causes` counts what made those: facts by
    name ("fact person.labour"), parameters, rules, the day.
    """

    a: int
    b: int
    gained: int
    lost: int
    became_unknown: int
    settled_no: int
    amount_changed: int
    measures: tuple[dict[str, Any], ...]
    changes: tuple[Change, ...]
    causes: dict[str, int]


def diff(a: Run, b: Run, *, most: int = 1000) -> Difference:
    """Compare two runs of packs of one name; at most `most` changes are attributed one by one."""
    if a.pack_name != b.pack_name:
        raise Refusal(
            f"运行 {a.pk} 用政策包 {a.pack_name},运行 {b.pk} 用 {b.pack_name},无法比较。",
            f"Run {a.pk} is of {a.pack_name}, run {b.pk} of {b.pack_name}: only runs of one pack can be compared.",
        )
    changes = [change for kind in sorted({*a.measures, *b.measures}) for change in _changes(a, b, kind)]
    told = attribution.explain(a, b, [(c.kind, c.subject_id, c.measure) for c in changes[:most]])
    named = tuple(
        Change(**{**asdict(change), "because": because}) for change, because in zip(changes[:most], told, strict=True)
    )
    groups = Counter(_group(change) for change in changes)
    return Difference(
        a=a.pk,
        b=b.pk,
        gained=groups["gained"],
        lost=groups["lost"],
        became_unknown=groups["became_unknown"],
        settled_no=groups["settled_no"],
        amount_changed=groups["amount_changed"],
        measures=tuple(_by_measure(changes)),
        changes=named,
        causes=_causes(named),
    )


def _changes(a: Run, b: Run, kind: str) -> list[Change]:
    """The changes of one kind of subject, by measure and id. A measure only one pack has is new or gone for all."""
    before, after = _answers(a).get(kind), _answers(b).get(kind)
    connection = tables.connect()
    connection.register("a", _or_empty(before))
    connection.register("b", _or_empty(after))
    names = dict.fromkeys([*a.measures.get(kind, []), *b.measures.get(kind, [])])
    return [
        Change(kind, row[0], name, *row[1:])
        for name in names
        for row in _changes_of(connection, name, name in a.measures.get(kind, []), name in b.measures.get(kind, []))
    ]


def _answers(run: Run) -> Answers:
    return results.read(stores.folder_of(stores.ANSWERS, run.answers_hash))


def _or_empty(table: pa.Table | None) -> pa.Table:
    return table if table is not None else pa.table({"id": pa.array([], pa.int64())})


def _changes_of(connection: duckdb.DuckDBPyConnection, name: str, in_a: bool, in_b: bool) -> Sequence[tuple[Any, ...]]:
    columns = [
        f'{side}."{name}_{part}"' if there else "NULL"
        for part in ("verdict", "amount")
        for side, there in (("a", in_a), ("b", in_b))
    ]
    verdict_a, verdict_b, amount_a, amount_b = columns
    return connection.execute(
        f"SELECT coalesce(a.id, b.id) AS id, {verdict_a}, {verdict_b}, {amount_a}, {amount_b}"
        " FROM a FULL OUTER JOIN b ON a.id = b.id"
        f" WHERE {verdict_a} IS DISTINCT FROM {verdict_b} OR {amount_a} IS DISTINCT FROM {amount_b} ORDER BY 1"
    ).fetchall()


def _group(change: Change) -> str:
    """What a change counts as; empty for an open or refused subject that is gone, or a new one that is refused."""
    if change.before == change.after:
        return "amount_changed"
    if change.after == 1:
        return "gained"
    if change.before == 1 and change.after != 2:
        return "lost"
    if change.after == 2:
        return "became_unknown"
    return "settled_no" if (change.before, change.after) == (2, 0) else ""


def _by_measure(changes: Sequence[Change]) -> list[dict[str, Any]]:
    groups: dict[str, Counter[str]] = {}
    for change in changes:
        groups.setdefault(change.measure, Counter())[_group(change)] += 1
    names = ("gained", "lost", "became_unknown", "settled_no", "amount_changed")
    return [{"measure": name, **{each: counts[each] for each in names}} for name, counts in sorted(groups.items())]


def _causes(changes: Sequence[Change]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for change in changes:
        found.update({_cause(what, which) for what, which in change.because} or {"several together"})
    return dict(found.most_common())


def _cause(what: str, which: str) -> str:
    if what == "fact":
        kind, _, key = which.split(":", 2)
        return f"fact {kind}.{key}"
    return f"{what} {which}".strip()


def tell(found: Difference) -> Mapping[str, Any]:
    """What `doudi diff --json` prints."""
    return asdict(found)
