"""The watcher: every few minutes what moved is looked at, on a new day the whole county (`cli.rounds`)."""

from __future__ import annotations

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.cli.options import default_day
from doudi.monitoring import watching

SECONDS = 300.0
BY = "system"


def ask() -> str:
    """One round: ask for the look that is called for; answers the key of its job, empty where nothing moved."""
    with transaction.atomic(), as_engine():
        return watching.ask_where_due(by=BY, on=default_day())
