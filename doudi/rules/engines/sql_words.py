"""Small words of SQL as SQLGlot nodes. Nothing here knows a rule or an engine."""

from __future__ import annotations

from sqlglot import exp

Sql = exp.Expr
_TIGHT = (exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Func, exp.Paren, exp.Cast, exp.Case, exp.Window)


def column(name: str, table: str = "") -> exp.Column:
    """A column, always quoted: facts may be named `until` or `number`."""
    return exp.Column(this=quoted(name), table=quoted(table) if table else None)


def quoted(name: str) -> exp.Identifier:
    """A name that no engine folds or mistakes for a keyword."""
    return exp.Identifier(this=name, quoted=True)


def tight(node: Sql) -> Sql:
    """The node, in brackets when an operator beside it could tear it apart."""
    if isinstance(node, _TIGHT) and not isinstance(node, exp.Connector):
        return node
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return node
    return exp.Paren(this=node)


def number(value: int) -> Sql:
    """A whole number without a stated width: for comparing, never for reckoning."""
    return exp.Literal(this=str(value), is_string=False) if value >= 0 else exp.Neg(this=number(-value))


def text(value: str) -> Sql:
    """A text literal."""
    return exp.Literal(this=value, is_string=True)


def truth(value: bool) -> Sql:
    """TRUE or FALSE."""
    return exp.Boolean(this=value)


def cast(node: Sql, name: str) -> Sql:
    """CAST(node AS name), `name` one of SQLGlot's type names."""
    return exp.Cast(this=node, to=exp.DataType(this=exp.DataType.Type[name]))


def nothing(name: str) -> Sql:
    """A typed NULL."""
    return cast(exp.Null(), name)


def no_cause() -> Sql:
    """A cause that is not there."""
    return nothing("SMALLINT")


def call(name: str, *arguments: Sql) -> Sql:
    """A function SQLGlot passes through as it stands."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def is_null(node: Sql) -> Sql:
    """`node` IS NULL."""
    return exp.Is(this=tight(node), expression=exp.Null())


def is_known(node: Sql) -> Sql:
    """`node` IS NOT NULL."""
    return exp.Not(this=is_null(node))


def no(node: Sql) -> Sql:
    """NOT node."""
    return exp.Not(this=tight(node))


def every(*nodes: Sql) -> Sql:
    """All of them, by AND; TRUE when there are none."""
    return _chain(exp.And, nodes) if nodes else truth(True)


def either(*nodes: Sql) -> Sql:
    """Any of them, by OR; FALSE when there are none."""
    return _chain(exp.Or, nodes) if nodes else truth(False)


def _chain(join: type[exp.Connector], nodes: tuple[Sql, ...]) -> Sql:
    if len(nodes) == 1:
        return nodes[0]
    half = len(nodes) // 2
    return join(this=_side(join, nodes[:half]), expression=_side(join, nodes[half:]))


def _side(join: type[exp.Connector], nodes: tuple[Sql, ...]) -> Sql:
    made = _chain(join, nodes)
    return exp.Paren(this=made) if isinstance(made, exp.Connector) and not isinstance(made, join) else made


def op(kind: type[exp.Binary], left: Sql, right: Sql) -> Sql:
    """`left kind right`, each side in brackets where needed."""
    return kind(this=tight(left), expression=tight(right))


def case(*branches: tuple[Sql, Sql], otherwise: Sql | None = None) -> Sql:
    """CASE WHEN ... THEN ... [ELSE otherwise] END."""
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=otherwise)


def coalesce(*nodes: Sql) -> Sql:
    """The first that is not NULL."""
    return nodes[0] if len(nodes) == 1 else exp.Coalesce(this=nodes[0], expressions=list(nodes[1:]))


def any_true(node: Sql) -> Sql:
    """Whether the truth holds in some row of a group; NULL where it holds in none and is unknown in one."""
    return call("BOOL_OR", node)


def least(*nodes: Sql) -> Sql:
    """The smallest of those that are not NULL."""
    return _extreme("LEAST", nodes)


def greatest(*nodes: Sql) -> Sql:
    """The greatest of those that are not NULL."""
    return _extreme("GREATEST", nodes)


def _extreme(name: str, nodes: tuple[Sql, ...]) -> Sql:
    different = [node for index, node in enumerate(nodes) if node not in nodes[:index]]
    return different[0] if len(different) == 1 else call(name, *different)


def between(node: Sql, low: int, high: int) -> Sql:
    """`low <= node <= high`."""
    return exp.Between(this=tight(node), low=number(low), high=number(high))


def named(node: Sql, name: str) -> Sql:
    """`node` AS name."""
    return exp.Alias(this=node, alias=quoted(name))
