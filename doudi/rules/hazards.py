"""Which expressions can end in an error: the question that decides whether a fold may decide early.

`exists_one` and a size compared with a number may be decided by the rows present, before the rest is known, only where
what is still unknown could not turn out to be an error: an early answer would then have to be taken back.
"""

from __future__ import annotations

from doudi.rules import nodes
from doudi.rules.nodes import Node


def can_err(node: Node) -> bool:
    """Some row could make the expression an error (never mind which). Errs on the side of True."""
    return any(_is_hazard(part) for part in node.walk())


def _is_hazard(node: Node) -> bool:
    if isinstance(node, nodes.Arithmetic):
        return node.left.type.name not in ("text", "list")
    return isinstance(node, nodes.Negate | nodes.Total)
