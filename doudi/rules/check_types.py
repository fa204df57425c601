"""Which types go together, and how a complaint about two that do not is worded."""

from __future__ import annotations

from doudi.rules import nodes
from doudi.rules.errors import refuse
from doudi.rules.nodes import Node
from doudi.rules.types import CODE, NOTHING, TEXT, Type, list_of

_ALIKE = {"code", "text"}
NUMBERS = ("int", "decimal", "money", "days", "months")


def unify(left: Type, right: Type) -> Type | None:
    """The one type of two values that may be compared or stand in one list; None when they are unlike."""
    if left == right:
        return left
    if left == NOTHING or right == NOTHING:
        return right if left == NOTHING else left
    if {left.name, right.name} == _ALIKE:
        return TEXT
    if left.name == right.name == "list" and left.of and right.of:
        inner = unify(left.of, right.of)
        return list_of(inner) if inner else None
    return None


def fits(actual: Type, expected: Type) -> bool:
    """A value of one type may stand where the other is expected."""
    return actual == expected or unify(actual, expected) is not None


def is_textual(of: Type) -> bool:
    """Text, or a code."""
    return of in (TEXT, CODE, NOTHING)


def advise(left: Type, right: Type) -> tuple[str, str]:
    """What to do about a bare number that meets money, a decimal or a span."""
    names = {left.name, right.name}
    if "int" not in names and "decimal" not in names:
        return "", ""
    if "money" in names:
        return ";金额请写成 yuan(5000) 或用参数", "; write an amount as yuan(5000) or use a parameter"
    if names == {"int", "decimal"}:
        return ";请写成 1.0 这样的小数", "; write the number with a point, as 1.0"
    if "days" in names or "months" in names:
        return ";时长请写成 days(30) 或 months(6)", "; write a span as days(30) or months(6)"
    return "", ""


def is_row_list(node: Node) -> bool:
    """A list mapped from rows: as long as the relation, which may not be complete."""
    return isinstance(node, nodes.Map) and node.over.type.name == "rows"


def refuse_row_list(*found: Node) -> None:
    """Refuse a list mapped from rows anywhere but in a total, a size, or after `in`."""
    for node in found:
        if is_row_list(node):
            raise refuse(
                node.at,
                "从记录 map 出的列表只能用 sum、min、max、size 归纳,或放在 in 之后",
                "a list mapped from rows can only be folded by sum, min, max or size, or stand after in",
                word="map",
            )
