"""A rule as text again, so that a difference can be read and written down as a case."""

from __future__ import annotations

from doudi.rules import nodes
from doudi.rules.nodes import Node
from doudi.rules.types import DECIMAL_UNIT


def tell(node: Node) -> str:
    """The expression, fully bracketed, in the language's own words."""
    return _TELLERS[type(node)](node)


def _literal(value: object, of: str) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(item, of) for item in value)}]"
    if of == "decimal":
        return f"{int(str(value)) / DECIMAL_UNIT!r}"
    words = {"money": "fen({})", "days": "days({})", "months": "months({})", "date": 'date("{}")', "bool": "{}"}
    if of in words:
        return words[of].format(str(value).lower() if of == "bool" else value)
    return repr(value)


def _of(node: nodes.Literal) -> str:
    return _literal(node.value, (node.type.of or node.type).name)


def _fact(node: nodes.Fact | nodes.Derived) -> str:
    return f"{tell(node.of)}.{node.name}" + (f"({node.year})" if node.year else "")


_TELLERS = {
    nodes.Literal: _of,
    nodes.Parameter: lambda n: f"params.{n.name}",
    nodes.AsOf: lambda n: "as_of",
    nodes.Subject: lambda n: n.type.kind,
    nodes.Variable: lambda n: n.name,
    nodes.Fact: _fact,
    nodes.Derived: _fact,
    nodes.One: lambda n: f"{tell(n.of)}.{n.relation}",
    nodes.Many: lambda n: f"{tell(n.of)}.{n.relation}",
    nodes.Known: lambda n: f"has({tell(n.fact)})",
    nodes.Not: lambda n: f"!({tell(n.term)})",
    nodes.And: lambda n: f"({' && '.join(tell(term) for term in n.terms)})",
    nodes.Or: lambda n: f"({' || '.join(tell(term) for term in n.terms)})",
    nodes.Choose: lambda n: f"({tell(n.condition)} ? {tell(n.then)} : {tell(n.otherwise)})",
    nodes.Compare: lambda n: f"({tell(n.left)} {n.op} {tell(n.right)})",
    nodes.Arithmetic: lambda n: f"({tell(n.left)} {n.op} {tell(n.right)})",
    nodes.Negate: lambda n: f"-({tell(n.term)})",
    nodes.YearsBetween: lambda n: f"years({tell(n.start)}, {tell(n.until)})",
    nodes.TextTest: lambda n: f"{tell(n.text)}.{n.op}({tell(n.part)})",
    nodes.Items: lambda n: f"[{', '.join(tell(item) for item in n.items)}]",
    nodes.In: lambda n: f"({tell(n.item)} in {tell(n.list)})",
    nodes.Fold: lambda n: f"{tell(n.over)}.{n.op}({n.name}, {tell(n.body)})",
    nodes.Filter: lambda n: f"{tell(n.over)}.filter({n.name}, {tell(n.body)})",
    nodes.Map: lambda n: f"{tell(n.over)}.map({n.name}, {tell(n.body)})",
    nodes.Size: lambda n: f"size({tell(n.of)})",
    nodes.Total: lambda n: f"{tell(n.of)}.{n.op}()",
}
