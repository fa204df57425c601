"""A syntax tree to typed nodes: every name looked up, every type settled, every complaint with its place.

What cannot be evaluated alike on every engine, or could turn a yes into a no when one more fact is stated, is refused
here and not when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from doudi.rules import check_calls, check_names, check_operators, nodes, syntax
from doudi.rules.check_types import fits, is_row_list
from doudi.rules.errors import RuleError, refuse
from doudi.rules.nodes import Node
from doudi.rules.parse import parse
from doudi.rules.scope import Scope, VocabularyLike
from doudi.rules.syntax import Syntax
from doudi.rules.types import Type, row_of


def check(
    text: str,
    *,
    vocabulary: VocabularyLike,
    subject: str | None,
    parameters: Mapping[str, Type],
    variables: Mapping[str, Type] | None = None,
    allow_has: bool = False,
    container: str = "",
    unchecked: bool = False,
    expect: Type | None = None,
    file: str = "",
    line: int = 1,
) -> Node:
    """The typed nodes of a rule on a subject of the given kind. Raises RuleError, placed in `file` from `line`.

    `parameters` and `variables` are the types of `params.<name>` and of free names. `allow_has` admits `has()` and
    completeness facts (checks, alerts, indicators, audiences: never measures). `expect` is the type the whole must
    have. `container` is the namespace the free names are looked up in first. `unchecked` lets a side of `&&` or `||`
    with a wrong name or type stand, as an error when it runs (CEL without its checker; never for packs).
    """
    scope = Scope(
        reader=_check_piece,
        vocabulary=vocabulary,
        subject=subject,
        root=nodes.Subject(type=row_of(subject)) if subject else None,
        parameters=parameters,
        given=dict(variables or {}),
        allow_has=allow_has,
        container=container,
        unchecked=unchecked,
    )
    try:
        tree = parse(text)
        node = scope.read(tree)
        _check_whole(node, expect)
        _check_storable(node)
    except RuleError as error:
        raise error.moved(file=file, line=line) from None
    return node


def _check_piece(scope: Scope, piece: Syntax) -> Node:
    """The node of one piece of a rule."""
    return _CHECKS[type(piece)](scope, piece)


def _check_whole(node: Node, expect: Type | None) -> None:
    if expect is not None and expect.name == "row" and node.type == expect:
        return
    if node.type.name in ("row", "rows") or is_row_list(node):
        raise refuse(
            node.at,
            "规则不能以一组记录为结果;请用 size、exists 等归纳",
            "a rule cannot end in rows; fold them with size, exists, ...",
        )
    if expect is not None and not fits(node.type, expect):
        raise refuse(node.at, f"此处应为 {expect},写成了 {node.type}", f"{expect} is needed here, this is {node.type}")


def _check_storable(node: Node) -> None:
    """PostgreSQL has no text with U+0000 in it, so no rule that reads anything may mention one."""
    wrong = next((part for part in node.walk() if is_unstorable(part)), None)
    if wrong is not None and not is_constant(node):
        raise refuse(wrong.at, "文本不能含空字符 U+0000", "a text cannot hold the character U+0000", kind="unsupported")


def is_unstorable(node: Node) -> bool:
    """A text no database can hold."""
    return isinstance(node, nodes.Literal) and isinstance(node.value, str) and "\0" in node.value


def is_constant(node: Node) -> bool:
    """The expression reads nothing: no fact, parameter, free name or day."""
    bound = {part.name for part in node.walk() if isinstance(part, nodes.Fold | nodes.Filter | nodes.Map)}
    reading = (nodes.Subject, nodes.Parameter, nodes.AsOf)
    return not any(
        isinstance(part, reading) or (isinstance(part, nodes.Variable) and part.name not in bound)
        for part in node.walk()
    )


def _check_foreign(scope: Scope, piece: syntax.Foreign) -> Node:
    advice = {
        "index": ("下标", "an index", "exists"),
        "map": ("映射", "a map", "params"),
        "message": ("消息", "a message", "params"),
    }
    zh, en, instead = advice[piece.feature]
    raise RuleError(
        f"规则语言没有{zh}",
        f"{en} is not in the language",
        "",
        *piece.at,
        piece.word,
        instead,
        "unsupported",
    )


_CHECKS: dict[type[Syntax], Callable[[Scope, Any], Node]] = {
    syntax.Scalar: check_names.check_scalar,
    syntax.Name: check_names.check_name,
    syntax.Select: check_names.check_select,
    syntax.Call: check_calls.check_call,
    syntax.Listing: check_operators.check_listing,
    syntax.Unary: check_operators.check_unary,
    syntax.Binary: check_operators.check_binary,
    syntax.Joined: check_operators.check_joined,
    syntax.Ternary: check_operators.check_ternary,
    syntax.Foreign: _check_foreign,
}
