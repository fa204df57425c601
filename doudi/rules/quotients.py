"""Refusing comparisons that rounding would falsify.

Money divided by a number is rounded down to the minor unit. Against a line, `<` and `>=` say the same of the rounded
and of the exact quotient; `<=`, `>`, `==` and `!=` do not, and are refused (DESIGN: section 4).
"""

from __future__ import annotations

from doudi.rules import nodes
from doudi.rules.errors import refuse
from doudi.rules.nodes import Node

_EXACT = {"left": ("<", ">="), "right": (">", "<=")}


def rounding(node: Node) -> frozenset[int]:
    """How rounding enters a value: {} exact, {1} rounded down, {-1} rounded up, both mixed."""
    if isinstance(node, nodes.Derived):
        return rounding(node.body)
    if isinstance(node, nodes.Negate):
        return _turned(rounding(node.term))
    if isinstance(node, nodes.Arithmetic):
        return _of_arithmetic(node)
    if isinstance(node, nodes.Choose):
        return rounding(node.then) | rounding(node.otherwise)
    if isinstance(node, nodes.Items):
        return frozenset().union(*(rounding(item) for item in node.items))
    if isinstance(node, nodes.Map):
        return rounding(node.body)
    if isinstance(node, nodes.Total | nodes.Size):
        return rounding(node.of) if isinstance(node, nodes.Total) else frozenset()
    return rounding(node.over) if isinstance(node, nodes.Filter) else frozenset()


def _of_arithmetic(node: nodes.Arithmetic) -> frozenset[int]:
    left, right = rounding(node.left), rounding(node.right)
    if node.op == "/" and node.left.type.name == "money":
        return left | {1}
    return left | (_turned(right) if node.op == "-" else right)


def _turned(signs: frozenset[int]) -> frozenset[int]:
    return frozenset(-sign for sign in signs)


def refuse_inexact(op: str, left: Node, right: Node, at: tuple[int, int]) -> None:
    """Refuse `left op right` when rounding a quotient could make it say something else than the exact numbers do."""
    # A value rounded up on the left stands as if it were rounded down on the right.
    signs = rounding(left) | _turned(rounding(right))
    if not signs or (signs == {1} and op in _EXACT["left"]) or (signs == {-1} and op in _EXACT["right"]):
        return
    raise refuse(
        at,
        f"金额相除向下取整,“{op}”会受取整影响;与标准比较请用 < 或 >=",
        f"a quotient of money is rounded down, {op} would depend on that; compare it with a line by < or >=",
        word=op,
    )
