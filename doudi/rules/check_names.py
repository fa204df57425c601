"""Checking literals and names: subjects, facts, relations, parameters, and the formulas of derived facts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from doudi.rules import nodes, syntax
from doudi.rules.errors import refuse
from doudi.rules.literals import read_decimal
from doudi.rules.nodes import Node
from doudi.rules.parse import MAX_DEPTH, parse
from doudi.rules.scope import Scope
from doudi.rules.syntax import Place, Syntax
from doudi.rules.types import BOOL, DATE, DECIMAL, INT, INT_MAX, INT_MIN, TEXT, Type, row_of, rows_of

MAX_LEVELS = MAX_DEPTH + 40  # of a rule with all its formulas unfolded
_FOREIGN = {"null": "has", "uint": "int", "bytes": "text"}


def check_scalar(scope: Scope, piece: syntax.Scalar) -> Node:
    """A literal. Null, unsigned numbers and bytes are not in the language."""
    if piece.kind in _FOREIGN:
        raise refuse(
            piece.at,
            f"规则语言没有“{piece.word}”这样的值",
            f"a value like {piece.word} is not in the language",
            word=piece.word,
            kind="unsupported",
        )
    if piece.kind == "float":
        return literal(_read_decimal(piece), DECIMAL, piece.at)
    if piece.kind == "int":
        return literal(_in_range(piece, int(str(piece.value))), INT, piece.at)
    if piece.kind == "bool":
        return literal(bool(piece.value), BOOL, piece.at)
    return literal(str(piece.value), TEXT, piece.at)


def literal(value: Any, of: Type, at: Place) -> nodes.Literal:
    """A literal node."""
    return nodes.Literal(value=value, type=of, at=at)


def _read_decimal(piece: syntax.Scalar) -> int:
    """Ten-thousandths. More than four places, or an exponent, is refused rather than rounded."""
    scaled = read_decimal(str(piece.value))
    if scaled is None:
        raise refuse(
            piece.at,
            f"小数最多四位,不用科学记数:“{piece.word[:30]}”",
            f"a decimal has at most four places and no exponent: {piece.word[:30]}",
            word=piece.word,
            kind="unsupported",
        )
    return _in_range(piece, scaled)


def _in_range(piece: syntax.Scalar, value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise refuse(
            piece.at, f"数字超出64位范围:{piece.word}", f"number beyond 64 bits: {piece.word}", word=piece.word
        )
    return value


# -- names


def check_name(scope: Scope, piece: syntax.Name) -> Node:
    """A bare word: a fold's variable, the subject, something one walk away from it, a given name, or `as_of`."""
    name = piece.name
    if not piece.rooted and name in scope.bound:
        return replace(scope.bound[name], at=piece.at)
    given = scope.given_name(name, rooted=piece.rooted)
    if given is not None:
        return nodes.Variable(name=given, type=scope.given[given], at=piece.at)
    if name == "as_of":
        return nodes.AsOf(type=DATE, at=piece.at)
    if name == "year" and scope.year is not None:
        return literal(scope.year, INT, piece.at)
    found = _check_subject_word(scope, name, piece.at)
    if found is not None:
        return found
    if name == "params":
        raise refuse(piece.at, "请写明是哪个参数:params.名称", "say which parameter: params.name", word=name)
    raise refuse(piece.at, f"不认识“{name}”", f"unknown name {name}", word=name, among=scope.words(), kind="name")


def _check_subject_word(scope: Scope, name: str, at: Place) -> Node | None:
    if scope.subject is None or scope.root is None:
        return None
    if name == scope.subject:
        return replace(scope.root, at=at)
    path = scope.paths().get(name)
    return scope.walk(path, at) if path else None


def dotted(piece: Syntax) -> tuple[str, syntax.Name | None]:
    """`a.b.c` as one name and its first word; "" and None for anything else."""
    if isinstance(piece, syntax.Name):
        return piece.name, piece
    if isinstance(piece, syntax.Select):
        name, first = dotted(piece.of)
        return (f"{name}.{piece.name}", first) if first else ("", None)
    return "", None


def _check_dotted(scope: Scope, piece: syntax.Select) -> Node | None:
    """A given name with dots in it, unless its first word is a fold's variable."""
    name, first = dotted(piece)
    if first is None or (first.name in scope.bound and not first.rooted):
        return None
    given = scope.given_name(name, rooted=first.rooted)
    return nodes.Variable(name=given, type=scope.given[given], at=piece.at) if given else None


def check_select(scope: Scope, piece: syntax.Select) -> Node:
    """`params.name`, a given dotted name, or a fact or relation of a row."""
    given = _check_dotted(scope, piece)
    if given is not None:
        return given
    if isinstance(piece.of, syntax.Name) and piece.of.name == "params" and "params" not in scope.bound:
        return _check_parameter(scope, piece)
    return member(scope, scope.read(piece.of), piece.name, piece.at)


def _check_parameter(scope: Scope, piece: syntax.Select) -> Node:
    found = scope.parameters.get(piece.name)
    if found is None:
        raise refuse(
            piece.at,
            f"没有参数“{piece.name}”",
            f"there is no parameter {piece.name}",
            word=piece.name,
            among=scope.parameters,
            kind="name",
        )
    return nodes.Parameter(name=piece.name, type=found, at=piece.at)


def member(scope: Scope, of: Node, name: str, at: Place, year: int | None = None) -> Node:
    """The fact or relation `name` of a row."""
    if of.type.name != "row":
        raise refuse(
            at,
            f"{of.type} 没有“{name}”这一项" + (";请用 exists、all、size 等归纳" if of.type.name == "rows" else ""),
            f"{of.type} has no {name}" + ("; fold it with exists, all, size, ..." if of.type.name == "rows" else ""),
            word=name,
        )
    relation = scope.vocabulary.relation(of.type.kind, name)
    if relation is not None and year is None:
        if relation.many:
            return nodes.Many(of=of, relation=name, type=rows_of(relation.to), at=at)
        return nodes.One(of=of, relation=name, type=row_of(relation.to), at=at)
    fact = scope.vocabulary.fact(of.type.kind, name)
    if fact is None:
        raise _unknown_fact(scope, of.type.kind, name, at)
    return _check_fact(scope, of, fact, at, year)


def _unknown_fact(scope: Scope, kind: str, name: str, at: Place) -> Exception:
    known = scope.vocabulary.kinds[kind]
    label = getattr(known, "zh", kind)
    return refuse(
        at,
        f"{label}({kind})没有事实“{name}”",
        f"{kind} has no fact {name}",
        word=name,
        among=[*known.facts, *known.relations],
        kind="name",
    )


def _check_fact(scope: Scope, of: Node, fact: Any, at: Place, year: int | None) -> Node:
    if fact.yearly and year is None:
        raise refuse(
            at,
            f"“{fact.name}”按年记录,请写明年份:{fact.name}(2019)",
            f"{fact.name} is a fact of a year; say which: {fact.name}(2019)",
            word=fact.name,
        )
    if not fact.yearly and year is not None:
        raise refuse(at, f"“{fact.name}”不按年记录,不带年份", f"{fact.name} is not a fact of a year", word=fact.name)
    if getattr(fact, "relation", "") and not scope.allow_has:
        raise refuse(
            at,
            f"措施的条件里不能用“{fact.name}”:是否列全由引擎处理",
            f"{fact.name} cannot be used in a measure: completeness is the engine's to weigh",
            word=fact.name,
            kind="unsupported",
        )
    if fact.formula:
        return _unfold(scope, of, fact, at, year)
    return nodes.Fact(of=of, name=fact.name, year=year, type=fact.type, at=at)


def _unfold(scope: Scope, of: Node, fact: Any, at: Place, year: int | None) -> Node:
    """The derived fact with its formula bound to the same row and year."""
    tree = _parse_formula(fact.formula, f"{of.type.kind}.{fact.name}")
    here = (of.type.kind, fact.name)
    scope.budget.left -= 1
    levels = scope.levels + tree.depth
    if here in scope.inside or levels > MAX_LEVELS or scope.budget.left < 0:
        raise refuse(
            at,
            f"“{fact.name}”的公式绕回自身或太深",
            f"the formula of {fact.name} comes back to itself or goes too deep",
            word=fact.name,
            kind="size",
        )
    inner = replace(
        scope,
        subject=of.type.kind,
        root=of,
        given={},
        bound={},
        taken=scope.taken | frozenset(scope.given),
        year=year,
        inside=(*scope.inside, here),
        levels=levels,
    )
    body = inner.read(tree)
    return nodes.Derived(of=of, name=fact.name, body=body, year=year, type=fact.type, at=at)


@lru_cache(maxsize=1024)
def _parse_formula(formula: str, file: str) -> Syntax:
    return parse(formula, file)
