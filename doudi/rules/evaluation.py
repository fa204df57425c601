"""One expression, some facts, one answer: what `doudi rule eval` and the conformance tests run, on any engine.

A case is one JSON object:

| key         | what it holds                                                                                          |
|-------------|--------------------------------------------------------------------------------------------------------|
| `expr`      | the rule, in the language of packs; `has()` is allowed                                                 |
| `facts`     | what is known, by name. A name may have dots in it. null, or nothing at all, is unknown                |
| `params`    | the parameters decided, by name; in the rule `params.<name>`                                           |
| `types`     | the types of facts by name and, in the object under the name `params`, of parameters                   |
| `as_of`     | the day of the evaluation, 2020-02-27 when left out                                                    |
| `container` | a namespace in which free names are looked up first (rarely needed)                                    |
| `check`     | false lets a side of `&&` or `||` with a wrong name or type stand, as an error when it is reached      |

A type is `bool`, `int`, `decimal`, `money`, `text` (or `string`), `date`, `days`, `months`, `code`, `code(a, b)`, or
`list(<type>)`. An object of types is a record (walked: `household.village.town`), a list of one such object the rows of
a to-many relation (folded: `household.members.exists(m, m.age > 60)`); inside a record `yearly(<type>)` is a fact of
a year, read `income(2019)` and given as `{"2019": …}`. The name of a kind of the vocabulary as a type (`"household"`)
takes its facts, derived ones included; a free name that is such a kind needs no type. What `types` leaves out is taken
from the values: true, 3, "x", 1.5, [1, 2], records and lists of records.

Values: money in whole fen; decimals as numbers or as texts ("1.5"); dates as "2020-02-27"; days, months and int as
whole numbers. Rows carry their completeness, as everywhere: `"members": […], "members_complete": true`; without it
more may belong.

The answer is one JSON object: `{"value": …}`, or `{"unknown": [facts]}` with the facts that could still change it (all
that are missing, when none could), as `household.members[0].birth_date`, `household.members_complete`, `params.line`;
or `{"error": "<cause>"}` with a cause of `doudi.rules.errors.CAUSES`; or, when the rule cannot be read,
`{"error": "<line>:<column>: …", "refused": "<kind>"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from doudi.rules import nodes
from doudi.rules.check import check, is_unstorable
from doudi.rules.engines import memory
from doudi.rules.errors import RuleError
from doudi.rules.evaluation_shapes import Shapes
from doudi.rules.evaluation_types import encode
from doudi.rules.matter import facts_that_matter
from doudi.rules.nodes import Node, Value
from doudi.rules.results import ERROR, OK, Result
from doudi.rules.rewriting import rewrite
from doudi.rules.rows import FactRef, Row
from doudi.rules.scope import VocabularyLike
from doudi.rules.types import Type, row_of
from doudi.values.refusals import Refusal

SUBJECT = "case"
AS_OF = date(2020, 2, 27)


@dataclass(frozen=True)
class Prepared:
    """A case as engines evaluate it: one subject of kind `case`, with id 1, whose facts are the free names.

    `row` is that subject; everything else is reached from it. `names` tell what was missing in the words of the case.
    """

    node: Node
    vocabulary: VocabularyLike
    row: Row
    params: Mapping[str, Value]
    as_of: date
    names: Mapping[FactRef, str] = field(default_factory=dict)
    subject: str = SUBJECT


Engine = Callable[[Sequence[Prepared]], Sequence[Result]]


def in_memory(cases: Sequence[Prepared]) -> list[Result]:
    """The definition as an engine."""
    return [memory.evaluate(case.node, row=case.row, params=case.params, as_of=case.as_of) for case in cases]


def answer(
    cases: Sequence[Mapping[str, Any]], *, engine: Engine = in_memory, vocabulary: VocabularyLike | None = None
) -> list[dict[str, Any]]:
    """The answer to each case. An engine sees only the cases that could be read, all at once."""
    prepared = [_prepared_or_refused(case, vocabulary) for case in cases]
    readable = [case for case in prepared if isinstance(case, Prepared)]
    # A constant text with U+0000 in it is CEL, but no database can hold it: only the definition can evaluate it.
    for_engine = [case for case in readable if not any(is_unstorable(part) for part in case.node.walk())]
    results = dict(zip(map(id, for_engine), engine(for_engine), strict=True))
    results |= {id(case): in_memory([case])[0] for case in readable if id(case) not in results}
    return [_tell(case, results[id(case)]) if isinstance(case, Prepared) else case for case in prepared]


def _prepared_or_refused(case: Mapping[str, Any], vocabulary: VocabularyLike | None) -> Prepared | dict[str, Any]:
    try:
        return prepare(case, vocabulary=vocabulary)
    except RuleError as error:
        return {"error": error.say("en"), "refused": error.kind}
    except Refusal as error:
        return {"error": error.say("en"), "refused": "case"}


def prepare(case: Mapping[str, Any], *, vocabulary: VocabularyLike | None = None) -> Prepared:
    """A case read and checked. Raises RuleError for the rule, Refusal for the case around it."""
    if not isinstance(case, Mapping) or not isinstance(case.get("expr"), str):
        raise Refusal("每一行应是含 expr 的 JSON 对象", "each case is a JSON object with a text under expr")
    shapes = Shapes(vocabulary)
    given = shapes.read_facts(_object(case, "facts"), _object(case, "types"), case["expr"])
    params, parameters = shapes.read_parameters(_object(case, "params"), _object(case, "types").get("params", {}))
    node = check(
        case["expr"],
        vocabulary=shapes.checking(),
        subject=None,
        parameters=parameters,
        variables=given,
        container=str(case.get("container", "")),
        allow_has=True,
        unchecked=case.get("check") is False,
    )
    lists = {shapes.list_name(name): value for name, value in shapes.lists.items()}
    return Prepared(
        node=rewrite(node, lambda part: _placed(part, given, shapes)),
        vocabulary=shapes.vocabulary(),
        row=shapes.root,
        params={**params, **lists},
        as_of=_day(case),
        names=shapes.names,
    )


def _object(case: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = case.get(key) or {}
    if not isinstance(value, Mapping):
        raise Refusal(f"{key} 应是 JSON 对象", f"{key} is a JSON object", key)
    return value


def _day(case: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(case["as_of"]) if case.get("as_of") else AS_OF
    except (TypeError, ValueError):
        raise Refusal("as_of 应写成 2020-02-27", "as_of is a day, as 2020-02-27", "as_of") from None


def _placed(node: Node, given: Mapping[str, Type], shapes: Shapes) -> Node | None:
    """A free name as a fact, record or rows of the case; a free list as a parameter, which engines read as a whole."""
    if not isinstance(node, nodes.Variable) or node.name not in given:
        return None
    case, name = nodes.Subject(type=row_of(SUBJECT), at=node.at), shapes.column(node.name)
    if node.type.name == "row":
        return nodes.One(of=case, relation=name, type=node.type, at=node.at)
    if node.type.name == "rows":
        return nodes.Many(of=case, relation=name, type=node.type, at=node.at)
    if node.type.name == "list":
        return nodes.Parameter(name=shapes.list_name(node.name), type=node.type, at=node.at)
    return nodes.Fact(of=case, name=name, type=node.type, at=node.at)


def _tell(case: Prepared, result: Result) -> dict[str, Any]:
    """A result as JSON. What is missing is found by the definition, so that every engine names the same facts."""
    if result.status is OK:
        assert not isinstance(result.value, Row)
        return {"value": encode(result.value, case.node.type)}
    if result.status is ERROR:
        return {"error": result.cause}
    given = {"row": case.row, "params": case.params, "as_of": case.as_of}
    matter = facts_that_matter(case.node, vocabulary=case.vocabulary, **given)  # type: ignore[arg-type]
    missing = matter or memory.evaluate(case.node, **given).missing  # type: ignore[arg-type]
    return {"unknown": sorted(_name(case, ref) for ref in missing)}


def _name(case: Prepared, ref: FactRef) -> str:
    subject = case.names.get(FactRef(ref.kind, ref.id, ""), "")
    named = case.names.get(FactRef(ref.kind, ref.id, ref.name), "")
    if named:
        return named
    year = f"({ref.year})" if ref.year is not None else ""
    return f"{subject}.{ref.name}{year}"
