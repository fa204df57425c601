"""Which expressions are surely unknown where the row they speak of is missing.

Only these may be computed in a table of such rows and joined to what leads there, for a missing row joins as NULL.
"""

from __future__ import annotations

from doudi.rules import nodes
from doudi.rules.nodes import Node

# Unknown as soon as one part is; and so wherever one part needs the row.
_STRICT = (nodes.Not, nodes.Negate, nodes.Arithmetic, nodes.YearsBetween, nodes.TextTest)


def needs_row(node: Node) -> bool:
    """The expression is unknown for a missing row. Errs on the side of False."""
    if isinstance(node, nodes.Fact | nodes.Many):
        return True
    if isinstance(node, nodes.Derived):
        return needs_row(node.body)
    if isinstance(node, _STRICT):
        return node.type.name != "list" and any(needs_row(part) for part in node.children())
    if isinstance(node, nodes.And | nodes.Or):
        return all(needs_row(term) for term in node.terms)
    if isinstance(node, nodes.Compare):
        return _compares(node)
    if isinstance(node, nodes.Choose):
        return needs_row(node.condition)
    return _folds(node)


def _compares(node: nodes.Compare) -> bool:
    if isinstance(node.left, nodes.Size) or node.left.type.name == "list":
        return False  # rows that are not there may still decide `size(...) >= 0`
    return needs_row(node.left) or needs_row(node.right)


def _folds(node: Node) -> bool:
    """A relation of a missing row is not complete: no fold over nothing but its rows is decided."""
    if isinstance(node, nodes.Fold | nodes.Filter | nodes.Map):
        return needs_row(node.over)
    if isinstance(node, nodes.Size | nodes.Total):
        return needs_row(node.of)
    return isinstance(node, nodes.In) and needs_row(node.list)
