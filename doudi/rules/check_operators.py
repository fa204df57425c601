"""Checking operators: logic, comparison, reckoning, lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from doudi.rules import nodes, syntax
from doudi.rules.check_types import NUMBERS, advise, is_textual, refuse_row_list, unify
from doudi.rules.errors import RuleError, refuse
from doudi.rules.nodes import Node
from doudi.rules.quotients import refuse_inexact
from doudi.rules.scope import Scope
from doudi.rules.syntax import Place, Syntax
from doudi.rules.types import BOOL, INT, NOTHING, Type, list_of

GIVEN = "given"  # the kind whose facts say what choices given variables have (rule evaluation)
_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

# (op, left, right) -> result, by type names. What is not here is refused.
_RESULTS = {
    **{("+", name, name): name for name in (*NUMBERS, "text")},
    **{("-", name, name): name for name in NUMBERS},
    **{("*", name, "int"): name for name in NUMBERS},
    ("*", "money", "decimal"): "money",
    ("*", "decimal", "decimal"): "decimal",
    ("/", "int", "int"): "int",
    ("/", "money", "int"): "money",
    ("%", "int", "int"): "int",
    ("+", "date", "days"): "date",
    ("-", "date", "days"): "date",
    ("+", "date", "months"): "date",
    ("-", "date", "months"): "date",
    ("-", "date", "date"): "days",
}


def check_joined(scope: Scope, piece: syntax.Joined) -> Node:
    """`&&` and `||` of truths."""
    terms = tuple(_read_side(scope, piece.op, term) for term in piece.terms)
    made = nodes.And if piece.op == "&&" else nodes.Or
    return made(terms=terms, type=BOOL, at=piece.at)


def _read_side(scope: Scope, op: str, piece: Syntax) -> Node:
    """One side of `&&` or `||`. Unchecked, one that cannot be read stands as an error."""
    try:
        node = scope.read(piece)
        require(node, BOOL, f"“{op}”两边", f"both sides of {op}")
    except RuleError as error:
        if scope.unchecked and error.kind in ("name", "type"):
            return _fault(piece.at)
        raise
    return node


def _fault(at: Place) -> Node:
    """A truth that is always an error: `1 / 0 == 0`."""
    one, zero = (nodes.Literal(value=value, type=INT, at=at) for value in (1, 0))
    quotient = nodes.Arithmetic(op="/", left=one, right=zero, type=INT, at=at)
    return nodes.Compare(op="==", left=quotient, right=zero, type=BOOL, at=at)


def require(node: Node, of: Type, zh: str, en: str) -> None:
    """Refuse a node that is not of the type."""
    if node.type not in (of, NOTHING):
        raise refuse(node.at, f"{zh}应为 {of},写成了 {node.type}", f"{en}: {of} is needed, this is {node.type}")


def check_unary(scope: Scope, piece: syntax.Unary) -> Node:
    """`!a` of a truth, `-a` of a number."""
    term = scope.read(piece.term)
    if piece.op == "!":
        require(term, BOOL, "“!”之后", "after !")
        return nodes.Not(term=term, type=BOOL, at=piece.at)
    if term.type.name not in (*NUMBERS, "nothing"):
        raise refuse(piece.at, f"{term.type} 不能取负", f"{term.type} has no negative")
    return nodes.Negate(term=term, type=term.type, at=piece.at)


def check_ternary(scope: Scope, piece: syntax.Ternary) -> Node:
    """`c ? a : b`; both branches of one type."""
    parts = (piece.condition, piece.then, piece.otherwise)
    condition, then, otherwise = (scope.read(part) for part in parts)
    require(condition, BOOL, "“?”之前", "before ?")
    refuse_row_list(then, otherwise)
    if scope.unchecked and isinstance(condition, nodes.Literal):
        return then if condition.value else otherwise
    of = unify(then.type, otherwise.type)
    if of is None or of.name in ("row", "rows"):
        raise _unlike(piece.at, "? :", then.type, otherwise.type)
    return nodes.Choose(condition=condition, then=then, otherwise=otherwise, type=of, at=piece.at)


def check_listing(scope: Scope, piece: syntax.Listing) -> Node:
    """`[a, b]`; all items of one type."""
    items = tuple(scope.read(item) for item in piece.items)
    refuse_row_list(*items)
    of: Type | None = NOTHING
    for item in items:
        joined = unify(of, item.type) if of else None
        if joined is None or joined.name in ("row", "rows"):
            raise refuse(
                item.at,
                f"列表各项应为同一类型:{of} 与 {item.type}",
                f"the items of a list have one type: {of} and {item.type}",
            )
        of = joined
    return nodes.Items(items=items, type=list_of(of or NOTHING), at=piece.at)


def check_binary(scope: Scope, piece: syntax.Binary) -> Node:
    """A comparison, a membership test or reckoning."""
    left, right = scope.read(piece.left), scope.read(piece.right)
    refuse_row_list(left, *([] if piece.op == "in" else [right]))
    if piece.op == "in":
        return check_in(scope, left, right, piece.at)
    if piece.op in _MIRROR:
        return check_compare(scope, piece.op, left, right, piece.at)
    return _check_arithmetic(piece, left, right)


def _unlike(at: Place, op: str, left: Type, right: Type) -> RuleError:
    zh, en = advise(left, right)
    return refuse(
        at, f"“{op}”两边类型不同:{left} 与 {right}{zh}", f"unlike types for {op}: {left} and {right}{en}", word=op
    )


def check_compare(scope: Scope, op: str, left: Node, right: Node, at: Place) -> Node:
    """`left op right` of like types. A size of rows is put on the left."""
    of = unify(left.type, right.type)
    if of is None and scope.unchecked and op in ("==", "!="):
        return nodes.Literal(value=op == "!=", type=BOOL, at=at)
    if of is None:
        raise _unlike(at, op, left.type, right.type)
    unordered = next((t for t in (left.type, right.type) if t.name in ("row", "rows", "list", "code")), None)
    if unordered and op not in ("==", "!="):
        zh, en = f"{unordered} 不分大小,不能用“{op}”", f"{unordered} has no order: {op} cannot be used"
        raise refuse(at, zh, en, word=op)
    if of.name in ("row", "rows"):
        raise refuse(at, f"{of} 之间不能比较", f"{of} cannot be compared", word=op)
    check_choices(scope, left, right)
    check_choices(scope, right, left)
    refuse_inexact(op, left, right, at)
    if isinstance(right, nodes.Size) and not isinstance(left, nodes.Size):
        op, left, right = _MIRROR[op], right, left
    return nodes.Compare(op=op, left=left, right=right, type=BOOL, at=at)


def check_in(scope: Scope, item: Node, of: Node, at: Place) -> Node:
    """`item in list`."""
    if of.type.name != "list" or of.type.of is None:
        raise refuse(of.at, f"“in”之后应为列表,写成了 {of.type}", f"a list belongs after in, this is {of.type}")
    if unify(item.type, of.type.of) is None:
        raise _unlike(at, "in", item.type, of.type.of)
    check_choices(scope, item, of)
    refuse_inexact("==", item, of, at)
    return nodes.In(item=item, list=of, type=BOOL, at=at)


def check_choices(scope: Scope, code: Node, against: Node) -> None:
    """Refuse a text that is not one of the choices of the code it is compared with."""
    choices = _choices_of(scope, code)
    for found in _texts(against):
        if choices and found.value not in choices:
            raise refuse(
                found.at,
                f"“{found.value}”不在可选值中",
                f"'{found.value}' is not one of the choices",
                word=str(found.value),
                among=choices,
            )


def _choices_of(scope: Scope, node: Node) -> list[str]:
    if isinstance(node, nodes.Variable):
        fact = scope.vocabulary.fact(GIVEN, node.name)
        return [choice.value for choice in fact.choices] if fact else []
    if not isinstance(node, nodes.Fact | nodes.Derived):
        return []
    fact = scope.vocabulary.fact(node.of.type.kind, node.name)
    return [choice.value for choice in fact.choices] if fact else []


def _texts(node: Node) -> Iterable[nodes.Literal]:
    if isinstance(node, nodes.Literal) and is_textual(node.type):
        yield node
    elif isinstance(node, nodes.Items):
        for item in node.items:
            yield from _texts(item)
    elif isinstance(node, nodes.Choose):
        yield from _texts(node.then)
        yield from _texts(node.otherwise)


def _check_arithmetic(piece: syntax.Binary, left: Node, right: Node) -> Node:
    """`left op right`; of two unlike factors or terms, the date, money, decimal or span is put on the left."""
    op = piece.op
    if op in "+*" and (op, left.type.name, right.type.name) not in _RESULTS and left.type.name != "list":
        left, right = right, left
    if op == "+" and left.type.name == right.type.name == "list":
        of = unify(left.type, right.type)
    else:
        of = _result(op, left, right)
    if of is None:
        raise _refused(op, piece.at, left.type, right.type)
    return nodes.Arithmetic(op=op, left=left, right=right, type=of, at=piece.at)


def _result(op: str, left: Node, right: Node) -> Type | None:
    if NOTHING in (left.type, right.type):
        return unify(left.type, right.type)  # inside a fold over `[]`, whose body never runs
    name = _RESULTS.get((op, left.type.name, right.type.name))
    return Type(name) if name else None


def _refused(op: str, at: Place, left: Type, right: Type) -> RuleError:
    if op in "+-" or unify(left, right) is None:
        return _unlike(at, op, left, right)
    return refuse(at, f"{left} 与 {right} 不能用“{op}”", f"{op} is not defined for {left} and {right}", word=op)


def pieces(scope: Scope, args: Iterable[Syntax]) -> list[Any]:
    """The nodes of several pieces."""
    return [scope.read(arg) for arg in args]
