"""Checking folds over rows and lists: exists, all, exists_one, filter, map."""

from __future__ import annotations

from doudi.rules import nodes, syntax
from doudi.rules.check_names import literal
from doudi.rules.check_operators import require
from doudi.rules.check_types import refuse_row_list
from doudi.rules.errors import refuse
from doudi.rules.nodes import Node
from doudi.rules.scope import Scope
from doudi.rules.types import BOOL, NOTHING, Type, list_of, row_of


def count_args(piece: syntax.Call, *counts: int) -> None:
    """Refuse a call with another number of arguments."""
    if len(piece.args) not in counts:
        wanted = " / ".join(str(count) for count in counts)
        raise refuse(
            piece.at,
            f"“{piece.name}”要 {wanted} 个参数,给了 {len(piece.args)} 个",
            f"{piece.name} takes {wanted} arguments, not {len(piece.args)}",
            word=piece.name,
        )


def check_fold(scope: Scope, piece: syntax.Call) -> Node:
    """`over.exists(name, body)` and its kin; `map(name, filter, body)` filters first."""
    count_args(piece, *((2, 3) if piece.name == "map" else (2,)))
    assert piece.of is not None
    over, of = _check_over(scope, piece)
    name = piece.args[0]
    if not isinstance(name, syntax.Name) or name.name in ("params", "as_of"):
        raise refuse(
            name.at,
            f"“{piece.name}”的第一项应是一个新名字,如 m",
            f"the first argument of {piece.name} is a new name, as m",
            word=piece.name,
        )
    inner, fresh = scope.bind(name.name, of, name.at)
    *guards, body = (inner.read(arg) for arg in piece.args[1:])
    for guard in guards:
        require(guard, BOOL, "“map”的条件", "the filter of map")
        over = nodes.Filter(over=over, name=fresh, body=guard, type=over.type, at=piece.at)
    return _never(piece, over) if of == NOTHING else _make_fold(piece, over, fresh, body)


def _never(piece: syntax.Call, over: Node) -> Node:
    """A fold over `[]`: its body has no type and never runs."""
    if piece.name in ("filter", "map"):
        return over
    return literal(piece.name == "all", BOOL, piece.at)


def _check_over(scope: Scope, piece: syntax.Call) -> tuple[Node, Type]:
    assert piece.of is not None
    over = scope.read(piece.of)
    refuse_row_list(over)
    if over.type.name == "rows":
        return over, row_of(over.type.kind)
    if over.type.name == "list":
        return over, over.type.of or NOTHING
    raise refuse(
        piece.at,
        f"“{piece.name}”用于一组记录或列表,不用于 {over.type}",
        f"{piece.name} folds rows or a list, not {over.type}",
        word=piece.name,
    )


def _make_fold(piece: syntax.Call, over: Node, name: str, body: Node) -> Node:
    if piece.name == "map":
        if body.type.name in ("row", "rows"):
            raise refuse(body.at, "“map”应得出数值或文本,不是记录", "map gives values, not rows", word="map")
        return nodes.Map(over=over, name=name, body=body, type=list_of(body.type), at=piece.at)
    require(body, BOOL, f"“{piece.name}”的条件", f"the body of {piece.name}")
    if piece.name == "filter":
        return nodes.Filter(over=over, name=name, body=body, type=over.type, at=piece.at)
    op = "exists_one" if piece.name == "existsOne" else piece.name
    return nodes.Fold(op=op, over=over, name=name, body=body, type=BOOL, at=piece.at)
