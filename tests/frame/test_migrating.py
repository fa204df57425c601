"""Migrating lightly comes to the same tables as migrating as Django does."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from typing import Any

import pytest
from django.db.migrations.state import ProjectState

from doudi.cli import migrating, programs, schema
from tests import databases


def dumped(cluster: Any, name: str) -> list[str]:
    told = subprocess.run(
        [programs.client("pg_dump"), "--schema-only", f"--dbname=host={cluster.host()} user=doudi_owner dbname={name}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return sorted(line for line in told.splitlines() if line and not line.startswith(("--", "\\")))


@pytest.mark.heavy
def test_the_tables_are_those_that_django_makes(
    cluster: Any, django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "lightly", nullcontext)
    with django_db_blocker.unblock():
        schema.make_database(cluster, "plainly")
        databases.point_at("plainly")
        try:
            schema.migrate()
            plainly = dumped(cluster, "plainly")
        finally:
            databases.point_at(databases.MIGRATED)
            databases.drop(cluster, "plainly")
        assert len(plainly) > 1000
        assert dumped(cluster, databases.MIGRATED) == plainly


def test_django_is_itself_again_afterwards() -> None:
    before = ProjectState.add_constraint, ProjectState.add_index
    with pytest.raises(ZeroDivisionError), migrating.lightly():
        assert ProjectState.add_constraint is not before[0]
        raise ZeroDivisionError
    assert (ProjectState.add_constraint, ProjectState.add_index) == before
