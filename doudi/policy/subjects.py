"""Where each subject of a snapshot belongs: its household and its village, found by walking to-one relations."""

from __future__ import annotations

from collections import deque

import duckdb

from doudi.access.scope import Scope
from doudi.facts.kinds import Vocabulary
from doudi.policy.tables import columns_of
from doudi.rules.rows import Row


def way_to(target: str, kind: str, vocabulary: Vocabulary) -> list[str] | None:
    """The shortest chain of to-one relations from a kind to another: person to place is household, village."""
    waiting: deque[tuple[str, list[str]]] = deque([(kind, [])])
    seen = {kind}
    while waiting:
        here, way = waiting.popleft()
        if here == target:
            return way
        for relation in vocabulary.kinds[here].relations.values():
            if not relation.many and relation.to not in seen:
                seen.add(relation.to)
                waiting.append((relation.to, [*way, relation.name]))
    return None


def walk(row: Row, way: list[str]) -> Row | None:
    """Where a chain of to-one relations leads from a row; None when a link is not stated."""
    here: Row | None = row
    for name in way:
        if here is None:
            return None
        here = here.ones.get(name)
    return here


def belonging(connection: duckdb.DuckDBPyConnection, kind: str, vocabulary: Vocabulary, *, county: str) -> str:
    """SQL for (id, household_id, place_code) of every subject of a kind; what has no village is the county's."""
    household = walked(connection, kind, way_to("household", kind, vocabulary), vocabulary, "h")
    place = walked(connection, kind, way_to("place", kind, vocabulary), vocabulary, "p")
    code = f"coalesce(lpad(CAST({place[0]} AS VARCHAR), 12, '0'), '{_digits(county)}')"
    return (
        f"SELECT s.id, CAST({household[0]} AS BIGINT) AS household_id, {code} AS place_code"
        f' FROM "{kind}" AS s {household[1]} {place[1]}'
    )


def seen(scope: Scope, alias: str = "b") -> str:
    """SQL for the rows of `belonging` that a scope covers: the wall's own rule, for what DuckDB answers."""
    ways = [f"starts_with({alias}.place_code, '{code}')" for code in sorted(scope.places)]
    if scope.households:
        ways.append(f"{alias}.household_id IN ({', '.join(str(number) for number in sorted(scope.households))})")
    return f"({' OR '.join(ways)})" if ways else "false"


def below(prefix: str, alias: str = "b") -> str:
    """SQL for the rows of `belonging` in a place; all of them without one."""
    return f"starts_with({alias}.place_code, '{prefix}')" if prefix and prefix.isdigit() else "true"


def walked(
    connection: duckdb.DuckDBPyConnection, kind: str, way: list[str] | None, vocabulary: Vocabulary, prefix: str
) -> tuple[str, str]:
    """The expression at the end of a way of to-one relations from `s`, and the joins that lead there."""
    if way is None:
        return "NULL", ""
    if not way:
        return "s.id", ""
    alias, here, joins = "s", kind, ""
    for step, name in enumerate(way):
        if f"{name}_id" not in columns_of(connection, here):
            return "NULL", joins
        link, here = f"{alias}.{name}_id", vocabulary.kinds[here].relations[name].to
        if step < len(way) - 1:
            alias = f"{prefix}{step}"
            joins += f' LEFT JOIN "{here}" AS {alias} ON {alias}.id = {link}'
    return link, joins


def _digits(code: str) -> str:
    return code if code.isdigit() else "0" * 12
