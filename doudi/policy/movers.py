"""Movers: whom a tried number or rule makes gain, lose, or become unknown, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doudi.access.scope import Scope
from doudi.policy import subjects, what_if
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal

# The ways a verdict can move, as SQL on what was (`before`) and what would be (`after`).
WAYS = {
    "gains": "after = 1 AND before <> 1",
    "loses": "after <> 1 AND before = 1",
    "opens": "after = 2 AND before <> 2",
    "settles": "before = 2 AND after <> 2",
    "changes": "before = 1 AND after = 1 AND amount_before IS DISTINCT FROM amount_after",
}


@dataclass(frozen=True, slots=True)
class Mover:
    """One subject's verdict and amount (fen) under the numbers in force and under those tried."""

    kind: str
    subject_id: int
    household_id: int | None
    place_code: str
    before: int
    after: int
    amount_before: int | None
    amount_after: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a list is to name: the measure, the way they move, within which place, which page of what size."""

    measure: str
    way: str
    prefix: str = ""
    number: int = 1
    size: int = 50


def of_trial(
    overlay: Mapping[str, str], rules: Mapping[str, str], asked: Asked, *, scope: Scope, pack: str | None = None
) -> tuple[list[Mover], int]:
    """A page of those who move and how many do in all, by village and number, as far as a scope covers.

    Raises Refusal as `what_if.try_out` does, and for a measure or a way that is none.
    """
    run = Run.objects.in_force(pack)
    base = run.pack.pack
    if asked.measure not in base.measures or asked.way not in WAYS:
        raise Refusal("没有这项措施或这种变化。", "There is no such measure or way to move.", asked.measure)
    edited = what_if.edit(base, rules)
    params = {**base.values_on(run.as_of), **what_if.read_values(base, overlay)}
    name, held = asked.measure, run.snapshot.hold()
    beside = what_if.beside_the_run(run, held, [edited.get(name) or base.measures[name]], [params])
    rows = held.execute(
        "SELECT *, count(*) OVER () FROM ("
        f'SELECT n.id, b.household_id, b.place_code, a."{name}_verdict" AS before, n."s0_{name}_verdict" AS after,'
        f' a."{name}_amount" AS amount_before, n."s0_{name}_amount" AS amount_after {beside}'
        f" WHERE {subjects.seen(scope)} AND {subjects.below(asked.prefix)}"
        f") WHERE {WAYS[asked.way]} ORDER BY place_code, id LIMIT ? OFFSET ?",
        [asked.size, (asked.number - 1) * asked.size],
    ).fetchall()
    kind = base.measures[name].subject
    return [Mover(kind, *row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0
