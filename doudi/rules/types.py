"""The types of the rule language (DESIGN: section 4).

Values of each type, as every engine sees them:

| type     | Python        | SQL column      | note                                        |
|----------|---------------|-----------------|---------------------------------------------|
| bool     | bool          | BOOLEAN         |                                             |
| int      | int           | BIGINT          | checked to 64 bits after every operation    |
| decimal  | int           | BIGINT          | ten-thousandths: 1.5 is 15000               |
| money    | int           | BIGINT          | minor units (fen)                           |
| code     | str           | VARCHAR         | one of the fact's choices                   |
| text     | str           | VARCHAR         | ordered by code point                       |
| date     | datetime.date | DATE            |                                             |
| days     | int           | BIGINT          | a span in days                              |
| months   | int           | BIGINT          | a span in calendar months                   |
"""

from __future__ import annotations

from dataclasses import dataclass

DECIMAL_UNIT = 10_000
INT_MIN, INT_MAX = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `name` says which; `of` is the element of a list, `kind` the subject of a row or rows."""

    name: str
    of: Type | None = None
    kind: str = ""

    def __str__(self) -> str:
        inner = str(self.of) if self.of else self.kind
        return f"{self.name}({inner})" if inner else self.name


BOOL = Type("bool")
INT = Type("int")
DECIMAL = Type("decimal")
MONEY = Type("money")
CODE = Type("code")
TEXT = Type("text")
DATE = Type("date")
DAYS = Type("days")
MONTHS = Type("months")
NOTHING = Type("nothing")  # the element type of an empty list literal

SCALARS = {t.name: t for t in (BOOL, INT, DECIMAL, MONEY, CODE, TEXT, DATE, DAYS, MONTHS)}


def list_of(element: Type) -> Type:
    """A list written out in the rule, or a list parameter."""
    return Type("list", of=element)


def row_of(kind: str) -> Type:
    """One subject of a kind: a household, a person."""
    return Type("row", kind=kind)


def rows_of(kind: str) -> Type:
    """The rows of a to-many relation, whose completeness is itself a fact."""
    return Type("rows", kind=kind)
