"""A sealed log to try things on: commits are real, the sealer acts as it does in the worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

NOW = datetime(2020, 2, 27, 12, tzinfo=UTC)


@pytest.fixture
def seal(fresh_database: str) -> Iterator[Callable[[], Any]]:
    """`seal()` is one round of the sealer; its key and last head go with the test."""
    from doudi.access.scope import as_engine
    from doudi.trail import sealing, signing

    def round_() -> Any:
        with transaction.atomic(), as_engine():
            return sealing.seal(now=NOW)

    shutil.rmtree(signing.folder(), ignore_errors=True)
    yield round_
    shutil.rmtree(signing.folder(), ignore_errors=True)


@pytest.fixture
def tamper(fresh_database: str, cluster: Any) -> Iterator[Callable[..., Any]]:
    """`tamper(sql, *params)` is what the server's administrator can do: no trigger sees it."""
    with cluster.connect("postgres", fresh_database) as connection:
        connection.execute("SET session_replication_role = replica")

        def do(query: str, *params: Any) -> Any:
            return connection.execute(query, params)

        yield do
