"""Text to a syntax tree, with line and column for every complaint.

The grammar is LALR and pieces are built as they are read, so a rule nested a thousand levels deep cannot exhaust the
stack here; `MAX_DEPTH` keeps it from doing so in any later pass. Brackets cost no level: they leave no piece behind.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from lark import Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from doudi.rules import syntax
from doudi.rules.errors import RuleError, refuse
from doudi.rules.grammar import parser_into
from doudi.rules.literals import read_int, read_text
from doudi.rules.syntax import Place, Syntax

MAX_LENGTH = 20_000  # characters
MAX_DEPTH = 64  # levels of operators, calls and lists within one another
_WORDS = ("true", "false", "in", "null")


def parse(text: str, file: str = "", line: int = 1) -> Syntax:
    """The syntax tree of a rule whose text begins at `line` of `file`. Raises RuleError."""
    try:
        return _parse(text)
    except RuleError as error:
        raise error.moved(file=file, line=line) from None


def _parse(text: str) -> Syntax:
    if len(text) > MAX_LENGTH:
        raise refuse(
            (1, 1),
            f"规则太长:{len(text)}字,最多{MAX_LENGTH}字;请拆成几个条件",
            f"the rule is too long: {len(text)} characters, at most {MAX_LENGTH}; split it into conditions",
            kind="size",
        )
    try:
        return parser_into(Builder).parse(text)  # type: ignore[return-value]
    except VisitError as error:
        if isinstance(error.orig_exc, RuleError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _explain(error, text) from None


def _explain(error: UnexpectedInput, text: str) -> RuleError:
    """What a person would say is wrong at the place where reading stopped."""
    if isinstance(error, UnexpectedCharacters):
        wrong = error.char
        plain = unicodedata.normalize("NFKC", wrong)
        usable = plain != wrong and plain.isascii() and plain.strip()
        return RuleError(
            f"此处不能用“{wrong}”",
            f"'{wrong}' cannot stand here",
            "",
            error.line,
            error.column,
            wrong,
            plain if usable else "",
            "syntax",
        )
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return refuse(
            (error.line, error.column),
            f"此处不能是“{error.token}”",
            f"'{error.token}' cannot stand here",
            word=str(error.token),
            kind="syntax",
        )
    lines = text.split("\n")
    return refuse((len(lines), len(lines[-1]) + 1), "规则没有写完", "the rule ends too early", kind="syntax")


def _deeper(piece: Syntax, *parts: Syntax | None) -> Syntax:
    piece.depth = 1 + max((part.depth for part in parts if part is not None), default=0)
    if piece.depth > MAX_DEPTH:
        raise refuse(
            piece.at,
            f"嵌套超过{MAX_DEPTH}层;请拆成几个条件",
            f"nested more than {MAX_DEPTH} levels deep; split it into conditions",
            kind="size",
        )
    return piece


@v_args(inline=True)
class Builder(Transformer):  # type: ignore[type-arg]
    """Builds the pieces, bottom up, as the parser reads them. Every token is kept: its place is the piece's place."""

    def literal(self, token: Token) -> Syntax:
        """A number, text, truth or null."""
        kind = token.type.removesuffix("_LIT").lower().replace("ml", "").replace("string", "text")
        word = str(token)
        value: object = word
        if kind == "int":
            value = read_int(word)
        elif kind == "text":
            value = read_text(word, _place(token))
        elif kind == "bool":
            value = word == "true"
        return syntax.Scalar(at=_place(token), kind=kind, value=value, word=word)

    def ident(self, name: Token) -> Syntax:
        """A bare word."""
        return syntax.Name(at=_place(name), name=str(name))

    def dot_ident(self, dot: Token, name: Token) -> Syntax:
        """A word with a leading dot."""
        return syntax.Name(at=_place(dot), name=str(name), rooted=True)

    def ident_arg(self, name: Token, opening: Token, *rest: Any) -> Syntax:
        """A function called."""
        args = _arguments(rest)
        return _deeper(syntax.Call(at=_place(name), of=None, name=str(name), args=args), *args)

    def dot_ident_arg(self, dot: Token, name: Token, opening: Token, *rest: Any) -> Syntax:
        """A function called with a leading dot."""
        return self.ident_arg(name, opening, *rest)  # type: ignore[no-any-return]

    def member_dot(self, of: Syntax, dot: Token, name: Token) -> Syntax:
        """A fact or relation of something."""
        return _deeper(syntax.Select(at=_place(name), of=of, name=str(name)), of)

    def member_dot_arg(self, of: Syntax, dot: Token, name: Token, opening: Token, *rest: Any) -> Syntax:
        """A fact of a year, or a function called on something."""
        args = _arguments(rest)
        return _deeper(syntax.Call(at=_place(name), of=of, name=str(name), args=args), of, *args)

    def member_index(self, of: Syntax, opening: Token, key: Syntax, closing: Token) -> Syntax:
        """Not in the language."""
        return _deeper(syntax.Foreign(at=_place(opening), feature="index", word="["), of, key)

    def member_object(self, of: Syntax, opening: Token, *rest: Any) -> Syntax:
        """Not in the language."""
        return _deeper(syntax.Foreign(at=_place(opening), feature="message", word="{"), of)

    def map_lit(self, opening: Token, *rest: Any) -> Syntax:
        """Not in the language."""
        return syntax.Foreign(at=_place(opening), feature="map", word="{")

    def exprlist(self, *items: Any) -> tuple[Syntax, ...]:
        """The arguments of a call or the items of a list."""
        return tuple(item for item in items if isinstance(item, Syntax))

    fieldinits = mapinits = exprlist

    def list_lit(self, opening: Token, *rest: Any) -> Syntax:
        """A list written out."""
        items = tuple(item for item in rest if isinstance(item, Syntax))
        return _deeper(syntax.Listing(at=_place(opening), items=items), *items)

    def paren_expr(self, opening: Token, piece: Syntax, closing: Token) -> Syntax:
        """Nothing of its own."""
        return piece

    def primary(self, piece: Syntax) -> Syntax:
        """Nothing of its own."""
        return piece

    member = primary

    def unary(self, *parts: Any) -> Syntax:
        """`!a`, `-a`, or nothing of its own. A minus before a number is part of it."""
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        sign, term = parts
        if sign == "-" and isinstance(term, syntax.Scalar) and term.kind in ("int", "float") and term.word[0] != "-":
            value = -term.value if isinstance(term.value, int) else f"-{term.value}"
            return syntax.Scalar(at=_place(sign), kind=term.kind, value=value, word=f"-{term.word}")
        return _deeper(syntax.Unary(at=_place(sign), op=str(sign), term=term), term)

    def unary_not(self, sign: Token) -> Token:
        """The sign."""
        return sign

    unary_neg = unary_not

    def addition(self, *parts: Any) -> Syntax:
        """`left op right`, or nothing of its own."""
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        (left, op), right = parts
        return _deeper(syntax.Binary(at=_place(op), op=str(op), left=left, right=right), left, right)

    multiplication = relation = addition

    def relation_lt(self, left: Syntax, op: Token) -> tuple[Syntax, Token]:
        """The half-read `left op`."""
        return left, op

    relation_le = relation_gt = relation_ge = relation_eq = relation_ne = relation_in = relation_lt
    addition_add = addition_sub = multiplication_mul = multiplication_div = multiplication_mod = relation_lt

    def conditionalor(self, *parts: Any) -> Syntax:
        """`a || b`, flattened."""
        return _join(*parts)

    conditionaland = conditionalor

    def expr(self, *parts: Any) -> Syntax:
        """`c ? a : b`, or nothing of its own."""
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        condition, mark, then, _, otherwise = parts
        piece = syntax.Ternary(at=_place(mark), condition=condition, then=then, otherwise=otherwise)
        return _deeper(piece, condition, then, otherwise)


def _arguments(rest: tuple[Any, ...]) -> tuple[Syntax, ...]:
    """What stands between the brackets; nothing, when nothing stood there."""
    return rest[0] if isinstance(rest[0], tuple) else ()


def _place(token: Token) -> Place:
    return token.line or 1, token.column or 1


def _join(left: Syntax, op: Token | None = None, right: Syntax | None = None) -> Syntax:
    if op is None or right is None:
        return left
    # Appending to the same piece keeps a chain of a thousand `&&` one level deep.
    chained = isinstance(left, syntax.Joined) and left.op == op
    terms = (*left.terms, right) if chained else (left, right)  # type: ignore[attr-defined]
    return _deeper(syntax.Joined(at=_place(op), op=str(op), terms=terms), *terms)
