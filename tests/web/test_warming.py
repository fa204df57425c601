"""What the server makes ready: held once, never asked for twice, and no page's undoing when it fails."""

from __future__ import annotations

import logging

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doudi.access.scope import Scope, enter
from doudi.policy import disagreements, household_rolls, movements, tables, warming
from doudi.policy.runs import Run
from doudi.web import warming as keeping


def test_the_first_reader_finds_everything_held(decided: None, db: None) -> None:
    for held in (disagreements, household_rolls, movements, tables):
        held.forget()
    run = Run.objects.standing()
    assert run is not None
    assert warming.warm() == run.pk
    with transaction.atomic(), enter(Scope()), CaptureQueriesContext(connection) as asked:
        household_rolls.present(run)
        words = " ".join(query["sql"] for query in asked.captured_queries)
    assert "policy_standing" not in words
    assert "pg_current_snapshot" in words  # whether anything moved is asked all the same


def test_a_failure_is_logged_and_the_next_look_tries_again(
    decided: None, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeping.connection, "close", lambda: None)  # the test's own transaction stays open
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(warming, "warm", lambda: 1 / 0)
        keeping.look()
    assert "making the first pages ready" in caplog.text
    caplog.clear()
    keeping.look()
    assert not caplog.records
