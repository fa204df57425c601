"""The engines the language is tested on, by name. An engine takes prepared cases and gives their results."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from doudi.rules.engines import duckdb, postgres
from doudi.rules.engines.sql_cases import evaluator
from doudi.rules.evaluation import Engine, in_memory


def _postgres(request: pytest.FixtureRequest) -> Engine:
    """On the server of the tests' home, which lasts as long as the tests do."""
    connection = request.getfixturevalue("cluster").connect("postgres", "postgres")
    request.addfinalizer(connection.close)
    return evaluator(postgres.Engine(connection))


ENGINES: dict[str, Callable[[pytest.FixtureRequest], Engine]] = {
    "memory": lambda request: in_memory,
    "duckdb": lambda request: evaluator(duckdb.Engine()),
    "postgres": _postgres,
}
