"""The CEL grammar of PyPI `cel-python`, with what is wrong in it put right, made into an LALR parser.

Only the grammar file is read; the package itself is never imported. Each replacement must hit exactly once, so another
release of the grammar is noticed at once and not silently half patched.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lark import Lark, Transformer

# What to replace (from, to), and why.
_PATCHES = (
    # A sign inside a number makes `1-1` two numbers side by side; the sign is unary minus, folded when checked.
    ("/-?/ /0x/ HEXDIGIT+ | /-?/ DIGIT+", "/0[xX][0-9a-fA-F]+/ | /[0-9]+/"),
    # `1.` is no CEL number: it would eat the dot of `1.size()`. Signs as above.
    (
        '/-?/ DIGIT+ "." DIGIT* EXPONENT? | /-?/ DIGIT* "." DIGIT+ EXPONENT? | /-?/ DIGIT+ EXPONENT',
        r"/[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/",
    ),
    # An alternation of words also matches the head of `trueish` and `nullable`; a word ends where no letter follows.
    ('BOOL_LIT       : "true" | "false"', "BOOL_LIT.2 : /(true|false)(?![_a-zA-Z0-9])/"),
    ('NULL_LIT       : "null"', "NULL_LIT.2 : /null(?![_a-zA-Z0-9])/"),
    # A trailing comma is allowed in a list.
    ('list_lit       : "[" [exprlist] "]"', 'list_lit : "[" [expr ("," expr)* [","]] "]"'),
)
# The string patterns stop at an escaped quote's mark and misread `\u` (the quantifier is written "4-8"): new ones, and
# the escapes are read by `doudi.rules.literals`, which can say where one is wrong.
_STRINGS = r"""
MLSTRING_LIT.3 : /[rR]\"\"\"[\s\S]*?\"\"\"/ | /[rR]'''[\s\S]*?'''/
               | /\"\"\"(?:[^\\]|\\[\s\S])*?\"\"\"/ | /'''(?:[^\\]|\\[\s\S])*?'''/
STRING_LIT.2 : /[rR]\"[^\"\r\n]*\"/ | /[rR]'[^'\r\n]*'/ | /\"(?:[^\"\\\r\n]|\\.)*\"/ | /'(?:[^'\\\r\n]|\\.)*'/
BYTES_LIT.4 : /[bB][rR]?(\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')/
            | /[bB][rR]?(\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*')/ | /[rR][bB](\"[^\"\r\n]*\"|'[^'\r\n]*')/
"""
_SUFFIXED = ("UINT_LIT       : INT_LIT /[uU]/", "UINT_LIT.2 : /(0[xX][0-9a-fA-F]+|[0-9]+)[uU]/")


def grammar_text() -> str:
    """The patched grammar. Raises RuntimeError when the installed grammar is not the one patched here."""
    spec = find_spec("celpy")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package cel-python is not installed: its grammar is needed to read rules")
    text = (Path(spec.submodule_search_locations[0]) / "cel.lark").read_text(encoding="utf-8")
    for old, new in (*_PATCHES, _SUFFIXED):
        if text.count(old) != 1:
            raise RuntimeError(f"cel.lark of cel-python has changed: {old!r} not found once")
        text = text.replace(old, new)
    for terminal in ("MLSTRING_LIT", "STRING_LIT", "BYTES_LIT"):
        text = re.sub(rf"^{terminal} +:.*(\n +\|.*)*\n", "", text, flags=re.MULTILINE)
    return text + _STRINGS


@cache
def parser_into(transformer: type[Transformer]) -> Lark:
    """The parser that hands every piece to `transformer` as it is read: no tree, no recursion, 1,000 levels or not."""
    return Lark(
        grammar_text(),
        parser="lalr",
        start="expr",
        transformer=transformer(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
