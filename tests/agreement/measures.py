"""Random measures with limits, and where an engine decides them otherwise than the definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa

from doudi.rules import lines
from doudi.rules.engines import memory
from doudi.rules.engines.sql import AnswerColumns, compile_kind
from doudi.rules.errors import CAUSES
from doudi.rules.measures import Condition, Key, Limit, Measure, pack_reasons
from doudi.rules.nodes import And, Literal, Node, Not, One, Or, Parameter, Subject, Variable
from doudi.rules.results import ERROR, YES
from doudi.rules.rows import Row
from doudi.rules.types import BOOL, DATE, INT, MONEY, row_of
from tests.agreement.harness import Engine
from tests.agreement.strategies import draw
from tests.agreement.telling import tell
from tests.agreement.world import AS_OF, VOCABULARY, World, draw_parameters

SEED = "2020-02-27"
WAYS = {"household": ("village",), "person": ("household", "village"), "loan": ("household", "village")}


@dataclass(frozen=True)
class Case:
    """Measures of one kind, under two sets of parameters."""

    seed: int
    measures: tuple[Measure, ...]
    params: tuple[dict[str, Any], dict[str, Any]]


def draw_measures(seed: int) -> Case:
    """Two measures of one kind; most have a limit, and half of the numbers they depend on differ between the sets."""
    random = Random(seed)
    kind = random.choice(list(WAYS))
    params = draw_parameters(random)
    if "p_int" in params:
        params["p_int"] = random.randrange(-1, 6)
    other = {**params, "p_int": random.randrange(0, 4), "p_bool": not params.get("p_bool")}
    return Case(seed, tuple(_measure(random, kind, f"m{i}") for i in range(2)), (params, other))


def _measure(random: Random, kind: str, name: str) -> Measure:
    depth = random.choice((1, 2))
    conditions = tuple(
        Condition(f"c{index}", draw(random, subject=kind, depth=depth)) for index in range(random.randrange(1, 4))
    )
    limit = Limit(_walk(kind), _count(random), tuple(_key(random, kind) for _ in range(random.randrange(4))))
    return Measure(
        name,
        kind,
        conditions,
        amount=draw(random, subject=kind, of=MONEY, depth=2) if random.random() < 0.8 else None,
        limit=limit if random.random() < 0.8 else None,
        combine=_combined(random, conditions) if random.random() < 0.3 else None,
    )


def _combined(random: Random, conditions: tuple[Condition, ...]) -> Node:
    terms: tuple[Node, ...] = tuple(Variable(name=condition.name, type=BOOL) for condition in conditions)
    return random.choice((Or, And))(terms=(*terms[:-1], Not(term=terms[-1], type=BOOL)), type=BOOL)


def _walk(kind: str) -> Node:
    walked: Node = Subject(type=row_of(kind))
    for relation in WAYS[kind]:
        walked = One(of=walked, relation=relation, type=row_of("place" if relation == "village" else relation))
    return walked


def _count(random: Random) -> Node:
    return Parameter(name="p_int", type=INT) if random.random() < 0.6 else Literal(value=random.randrange(4), type=INT)


def _key(random: Random, kind: str) -> Key | str:
    if random.random() < 0.25:
        return "lot"
    return Key(
        draw(random, subject=kind, of=random.choice((BOOL, BOOL, INT, MONEY, DATE)), depth=1), random.random() < 0.4
    )


def measure_differences(case: Case, engine: Engine, world: World) -> Iterator[str]:
    """Each measure and set of parameters of which some subject's answer differs, told by its first such subject."""
    program = compile_kind(
        case.measures, vocabulary=VOCABULARY, params_sets=case.params, as_of=AS_OF, dialect=engine.name, seed=SEED
    )
    found = _by_id(engine.run(program))
    for (index, name), columns in (program.answers or {}).items():
        measure = next(measure for measure in case.measures if measure.name == name)
        params = case.params[index]
        for row, wanted in _expected(measure, params, world).items():
            got = {part: found[row.id][column] for part, column in _named(columns).items()}
            if got != {part: wanted[part] for part in got}:
                yield f"{engine.name}, seed {case.seed}, set {index}: {_tell(measure)}\n{row} {params}\n{wanted}\n{got}"
                break


def _by_id(table: pa.Table) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in table.to_pylist()}


def _named(columns: AnswerColumns) -> dict[str, str]:
    parts = ("verdict", "amount", "reasons", "cause", "qualifies", "place", "last")
    return {part: getattr(columns, part) for part in parts if getattr(columns, part)}


def _expected(measure: Measure, params: Mapping[str, Any], world: World) -> dict[Row, dict[str, Any]]:
    rows = world.rows[measure.subject]
    places = lines.stand_in_line(measure, rows, params=params, as_of=AS_OF, seed=SEED) if measure.limit else {}
    answers = {}
    for row in rows:
        given: dict[str, Any] = {"row": row, "params": params, "as_of": AS_OF}
        results = [memory.evaluate(condition.node, **given) for condition in measure.conditions]
        verdict = places[row.id].verdict if places else lines.qualifies(measure, **given)
        answers[row] = {
            "verdict": verdict,
            "amount": memory.evaluate(measure.amount, **given).value if measure.amount and verdict == YES else None,
            "reasons": pack_reasons([result.verdict for result in results]),
            "cause": next((CAUSES[result.cause] for result in results if result.status is ERROR), 0),
        }
        if places:
            answers[row] |= {
                "qualifies": places[row.id].qualifies,
                "place": places[row.id].best,
                "last": places[row.id].worst,
            }
    return answers


def _tell(measure: Measure) -> str:
    conditions = "; ".join(tell(condition.node) for condition in measure.conditions)
    if measure.limit is None:
        return conditions
    order = ", ".join(
        key if isinstance(key, str) else f"{tell(key.node)}{' ↓' * key.descending}" for key in measure.limit.order
    )
    return f"{conditions} | {tell(measure.limit.count)} by {order}"
