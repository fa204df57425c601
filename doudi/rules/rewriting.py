"""Nodes made anew from nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from doudi.rules.nodes import Node


def rewrite(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The node with every part for which `change` gives another put in its place, outermost first."""
    made = change(node)
    if made is not None:
        return made
    changes: dict[str, Any] = {}
    for spec in fields(node):
        value = getattr(node, spec.name)
        if isinstance(value, Node):
            changes[spec.name] = rewrite(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changes[spec.name] = tuple(rewrite(item, change) for item in value)
    return replace(node, **changes) if changes else node
