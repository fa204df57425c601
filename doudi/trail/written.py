"""Querysets whose text is written once a connection: to write it again took most of the time of a short question.

    _open = Written(lambda ids, on: FollowUp.objects.open().filter(household__in=ids, due_on__lte=on),
                    ids=NUMBERS, on=DAY)
    rows = _open(ids=[3, 4], on=day)

The text is the ORM's own, written for stand-ins, which are then replaced by what is asked for, and planned once too
(`trail.prepared`); rows become what the queryset makes of them. What decides the form of the queryset (a flag, a list
of fields) is no parameter: make two.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from doudi.trail import prepared

Kind = Literal["number", "text", "day", "numbers", "texts"]
NUMBER: Kind = "number"
TEXT: Kind = "text"
DAY: Kind = "day"
NUMBERS: Kind = "numbers"
TEXTS: Kind = "texts"
_ARRAYS = {NUMBERS: "bigint[]", TEXTS: "text[]"}
_FIRST_NUMBER, _FIRST_DAY = -2_000_000_000, date(1, 1, 2)  # within a column's range; nobody asks for them
_ONE_OF = re.compile(r"IN \($")


class Written:
    """One queryset to be asked many times. `kinds` name its parameters; lists take `field__in`."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], **kinds: Kind) -> None:
        self._make, self._kinds = make, kinds
        self._here = threading.local()  # a compiler belongs to a connection, a connection to a thread

    def __call__(self, **given: Any) -> list[Any]:
        """The rows, in the transaction and the scope under way. Raises django.db.DatabaseError as a queryset does."""
        if given.keys() != self._kinds.keys():
            raise TypeError(f"asked for {sorted(given)}, written for {sorted(self._kinds)}")
        held: _Text | None = getattr(self._here, "text", None)
        if held is None or held.compiler.connection is not connections[DEFAULT_DB_ALIAS]:
            held = self._here.text = _write(self._make, self._kinds)
        return held.ask(given)

    def first(self, **given: Any) -> Any:
        """The first row or None, for a queryset that is cut to one (`[:1]`)."""
        return next(iter(self(**given)), None)


@dataclass(frozen=True, slots=True)
class _Text:
    """The text, what stands where in it, and what makes its rows."""

    queryset: QuerySet[Any, Any]
    compiler: SQLCompiler
    sql: str
    slots: Sequence[tuple[str | None, Any]]  # the parameter's name, or None and a constant

    def ask(self, given: dict[str, Any]) -> list[Any]:
        params = tuple(_value(given[name]) if name is not None else constant for name, constant in self.slots)
        bound = copy.copy(self.compiler)
        bound.execute_sql = lambda *_words, **_more: [prepared.ask(self.sql, params).rows]  # type: ignore[method-assign]
        rows = self.queryset._iterable_class(_Asked(self.queryset, _Query(self.queryset.query, bound)))  # type: ignore[attr-defined]
        return list(rows)


class _Query:
    """The queryset's query, which hands out the text that was written."""

    def __init__(self, query: Any, bound: SQLCompiler) -> None:
        self._query, self._bound = query, bound

    def get_compiler(self, *_words: Any, **_more: Any) -> SQLCompiler:
        return self._bound

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class _Asked:
    """The queryset as what makes rows of an answer sees it (django.db.models.query.BaseIterable)."""

    def __init__(self, queryset: QuerySet[Any, Any], query: _Query) -> None:
        self._queryset, self.query = queryset, query

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queryset, name)


def _value(given: Any) -> Any:
    return given if isinstance(given, str | int | date) else list(given)


def _write(make: Callable[..., QuerySet[Any, Any]], kinds: dict[str, Kind]) -> _Text:
    """Write the text for stand-ins and find them in it."""
    stand_ins = {name: _stand_in(kind, turn) for turn, (name, kind) in enumerate(kinds.items())}
    queryset = make(**{name: [each] if kinds[name] in _ARRAYS else each for name, each in stand_ins.items()})
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    if queryset._prefetch_related_lookups or compiler.has_extra_select:  # type: ignore[attr-defined]
        raise TypeError("what is fetched beside the rows is not written here")
    slots = [(_name_of(param, stand_ins), param) for param in params]
    if missing := set(kinds) - {name for name, _ in slots}:
        raise TypeError(f"{sorted(missing)} is nowhere in the text: {sql}")
    return _Text(queryset, compiler, _with_arrays(sql, [kinds[name] if name else None for name, _ in slots]), slots)


def _name_of(param: Any, stand_ins: dict[str, Any]) -> str | None:
    return next((name for name, each in stand_ins.items() if each == param), None)


def _with_arrays(sql: str, kinds: Sequence[Kind | None]) -> str:
    """One array in the place of a list of one, so that the text is the same however many are asked for."""
    pieces = sql.split("%s")
    if "%%" in sql or len(pieces) != len(kinds) + 1:
        raise TypeError(f"this text has a percent sign of its own: {sql}")
    for turn, kind in enumerate(kinds):
        if kind in _ARRAYS:
            if not _ONE_OF.search(pieces[turn]):
                raise TypeError(f"a list that is no IN (...): {sql}")
            pieces[turn] = _ONE_OF.sub("= ANY (", pieces[turn])
            pieces[turn + 1] = f"::{_ARRAYS[kind]}{pieces[turn + 1]}"
    return "%s".join(pieces)


def _stand_in(kind: Kind, turn: int) -> Any:
    if kind in (NUMBER, NUMBERS):
        return _FIRST_NUMBER - turn
    return _FIRST_DAY + timedelta(days=turn) if kind == DAY else f"\x01{turn}\x01"
