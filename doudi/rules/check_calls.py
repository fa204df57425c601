"""Checking calls: folds over rows and lists, functions, facts of a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from doudi.rules import nodes, syntax
from doudi.rules.check_folds import check_fold, count_args
from doudi.rules.check_names import dotted, literal, member
from doudi.rules.check_operators import pieces, require
from doudi.rules.check_types import is_textual
from doudi.rules.errors import RuleError, refuse
from doudi.rules.nodes import Node
from doudi.rules.scope import Scope
from doudi.rules.syntax import Syntax
from doudi.rules.types import (
    BOOL,
    DATE,
    DAYS,
    DECIMAL_UNIT,
    INT,
    INT_MAX,
    INT_MIN,
    MONEY,
    MONTHS,
    NOTHING,
    Type,
)

FOLDS = ("exists", "all", "exists_one", "filter", "map")
TOTALS = ("sum", "min", "max")
TEXT_TESTS = ("startsWith", "endsWith", "contains")
FUNCTIONS = ("size", *TOTALS, "has", "date", "days", "months", "yuan", "years")
METHODS = (*FOLDS, "size", *TOTALS, *TEXT_TESTS)
# Words of CEL that are not in the language, and the nearest that is.
_FOREIGN = {
    "timestamp": "date",
    "duration": "days",
    "matches": "contains",
    "type": "",
    "dyn": "",
    "double": "",
    "int": "",
    "uint": "",
    "string": "",
    "bytes": "",
    "bool": "",
    "getFullYear": "years",
    "getMonth": "",
    "getDate": "",
    "getDayOfMonth": "",
    "getDayOfWeek": "",
    "getDayOfYear": "",
    "getHours": "",
    "getMinutes": "",
    "getSeconds": "",
    "getMilliseconds": "",
    "transformList": "map",
    "transformMap": "map",
    "charAt": "startsWith",
    "split": "contains",
    "indexOf": "contains",
    "lastIndexOf": "contains",
    "lowerAscii": "",
    "upperAscii": "",
    "replace": "",
    "join": "",
    "substring": "startsWith",
    "trim": "",
    "format": "",
    "reverse": "",
    "sort": "",
    "distinct": "",
    "flatten": "",
}
_SUMMED = ("int", "decimal", "money", "days", "months")


def check_call(scope: Scope, piece: syntax.Call) -> Node:
    """`f(x)`, `x.f(...)` or a fact of a year `x.f(2019)`."""
    if piece.of is None:
        return _check_function(scope, piece)
    if piece.name in ("exists", "all", "exists_one", "existsOne", "filter", "map"):
        return check_fold(scope, piece)
    if isinstance(piece.of, syntax.Name) and piece.of.name not in scope.words():
        return _check_namespaced(scope, piece)
    of = scope.read(piece.of)
    if of.type.name == "row":
        return member(scope, of, piece.name, piece.at, _read_year(scope, piece))
    if piece.name in TEXT_TESTS:
        return _check_text_test(scope, piece, of)
    if piece.name == "size" or piece.name in TOTALS:
        count_args(piece, 0)
        return _check_size(of, piece) if piece.name == "size" else _check_total(of, piece)
    raise _unknown_call(piece, METHODS)


def _check_namespaced(scope: Scope, piece: syntax.Call) -> Node:
    """`math.greatest(...)` and its like: extensions, told by their name and not by the first word's."""
    assert piece.of is not None
    space = dotted(piece.of)[0]
    name = f"{space}.{piece.name}"
    if space in ("math", "strings", "base64", "optional", "cel", "proto", "lists", "sets", "net", "regex"):
        raise RuleError(
            f"规则语言没有“{name}”", f"{name} is not in the language", "", *piece.of.at, name, "", "unsupported"
        )
    return scope.read(piece.of)


def _unknown_call(piece: syntax.Call, among: tuple[str, ...]) -> RuleError:
    foreign = piece.name in _FOREIGN
    error = refuse(
        piece.at,
        f"规则语言没有“{piece.name}”" if foreign else f"不认识“{piece.name}”",
        f"{piece.name} is not in the language" if foreign else f"unknown function {piece.name}",
        word=piece.name,
        among=() if foreign else among,
        kind="unsupported" if foreign else "name",
    )
    if not foreign:
        return error
    return RuleError(error.message_zh, error.message_en, "", *piece.at, piece.name, _FOREIGN[piece.name], "unsupported")


def _read_year(scope: Scope, piece: syntax.Call) -> int:
    """The year in brackets: a number, or `year` in a formula, or their sum or difference."""
    count_args(piece, 1)
    year = _fold_year(scope, piece.args[0])
    if year is None or not 1 <= year <= 9999:
        raise refuse(
            piece.args[0].at,
            f"“{piece.name}”的年份应是1至9999的整数",
            f"the year of {piece.name} is a whole number from 1 to 9999",
            word=piece.name,
        )
    return year


def _fold_year(scope: Scope, piece: Syntax) -> int | None:
    if isinstance(piece, syntax.Scalar) and piece.kind == "int":
        return int(str(piece.value))
    if isinstance(piece, syntax.Name) and piece.name == "year":
        return scope.year
    if isinstance(piece, syntax.Binary) and piece.op in "+-":
        left, right = _fold_year(scope, piece.left), _fold_year(scope, piece.right)
        if left is not None and right is not None:
            return left + right if piece.op == "+" else left - right
    return None


# -- functions


def _check_function(scope: Scope, piece: syntax.Call) -> Node:
    if piece.name == "size" or piece.name in TOTALS:
        count_args(piece, 1)
        of = scope.read(piece.args[0])
        return _check_size(of, piece) if piece.name == "size" else _check_total(of, piece)
    if piece.name not in _FUNCTIONS:
        raise _unknown_call(piece, FUNCTIONS)
    return _FUNCTIONS[piece.name](scope, piece)


def _check_size(of: Node, piece: syntax.Call) -> Node:
    if of.type.name not in ("rows", "list") and not is_textual(of.type):
        raise refuse(piece.at, f"{of.type} 没有 size", f"{of.type} has no size", word="size")
    return nodes.Size(of=of, type=INT, at=piece.at)


def _check_total(of: Node, piece: syntax.Call) -> Node:
    if of.type.name == "rows":
        raise refuse(
            piece.at,
            f"先用 map 取出要合计的事实:….map(m, m.事实).{piece.name}()",
            f"first map the rows to the fact: ….map(m, m.fact).{piece.name}()",
            word=piece.name,
        )
    inner = of.type.of
    allowed = _SUMMED if piece.name == "sum" else (*_SUMMED, "date")
    if of.type.name != "list" or inner is None or inner.name not in (*allowed, "nothing"):
        raise refuse(piece.at, f"{of.type} 不能求 {piece.name}", f"{of.type} has no {piece.name}", word=piece.name)
    return nodes.Total(op=piece.name, of=of, type=INT if inner == NOTHING else inner, at=piece.at)


def _check_text_test(scope: Scope, piece: syntax.Call, of: Node) -> Node:
    count_args(piece, 1)
    part = scope.read(piece.args[0])
    for node in (of, part):
        if not is_textual(node.type):
            raise refuse(
                node.at,
                f"“{piece.name}”用于文本,不用于 {node.type}",
                f"{piece.name} is for text, not {node.type}",
                word=piece.name,
            )
    return nodes.TextTest(op=piece.name, text=of, part=part, type=BOOL, at=piece.at)


def _check_has(scope: Scope, piece: syntax.Call) -> Node:
    count_args(piece, 1)
    if not scope.allow_has:
        raise refuse(
            piece.at,
            "措施的条件里不能用 has():缺失不等于否",
            "has() is refused inside measures: missing is not no",
            word="has",
            kind="unsupported",
        )
    fact = scope.read(piece.args[0])
    given = (
        isinstance(fact, nodes.Variable) and fact.name in scope.given and fact.type.name not in ("list", "rows", "row")
    )
    if not isinstance(fact, nodes.Fact | nodes.Derived | nodes.One) and not given:
        raise refuse(fact.at, "has() 里应是一项事实", "has() asks of a fact", word="has")
    return nodes.Known(fact=fact, type=BOOL, at=piece.at)


def _check_years(scope: Scope, piece: syntax.Call) -> Node:
    count_args(piece, 2)
    start, until = pieces(scope, piece.args)
    require(start, DATE, "“years”的起日", "the first day of years")
    require(until, DATE, "“years”的止日", "the last day of years")
    return nodes.YearsBetween(start=start, until=until, type=INT, at=piece.at)


def _check_date(scope: Scope, piece: syntax.Call) -> Node:
    word = _literal_argument(scope, piece, "text", '"2020-01-31"')
    try:
        if len(word) != 10:
            raise ValueError(word)
        return literal(date.fromisoformat(word), DATE, piece.at)
    except ValueError:
        raise refuse(
            piece.args[0].at,
            f"“{word}”不是日期,请写成 2020-01-31",
            f"'{word}' is not a day; write 2020-01-31",
            word=word,
        ) from None


def _literal_argument(scope: Scope, piece: syntax.Call, kinds: str, example: str) -> Any:
    """The one argument, which must be written out."""
    count_args(piece, 1)
    node = scope.read(piece.args[0])
    if not isinstance(node, nodes.Literal) or node.type.name not in kinds.split():
        raise refuse(
            piece.args[0].at,
            f"“{piece.name}”里要直接写值,如 {piece.name}({example})",
            f"{piece.name} takes a value written out, as {piece.name}({example})",
            word=piece.name,
        )
    return node.value


def _check_span(of: Type) -> Callable[[Scope, syntax.Call], Node]:
    def check_span(scope: Scope, piece: syntax.Call) -> Node:
        return literal(_literal_argument(scope, piece, "int", "30"), of, piece.at)

    return check_span


def _check_yuan(scope: Scope, piece: syntax.Call) -> Node:
    """An amount in yuan with at most two decimals, kept in fen."""
    value = _literal_argument(scope, piece, "int decimal", "5000")
    is_int = scope.read(piece.args[0]).type == INT
    fen, rest = (value * 100, 0) if is_int else divmod(value * 100, DECIMAL_UNIT)
    if rest or not INT_MIN <= fen <= INT_MAX:
        raise refuse(
            piece.args[0].at,
            "金额最多到分(两位小数),且不超过64位",
            "an amount has at most two decimals and fits 64 bits of fen",
            word="yuan",
        )
    return literal(fen, MONEY, piece.at)


_FUNCTIONS: dict[str, Callable[[Scope, syntax.Call], Node]] = {
    "has": _check_has,
    "years": _check_years,
    "date": _check_date,
    "days": _check_span(DAYS),
    "months": _check_span(MONTHS),
    "yuan": _check_yuan,
}
