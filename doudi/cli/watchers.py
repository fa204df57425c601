"""The watcher of this process: every few minutes what moved is looked at, and on a new day the whole county."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction

from doudi.access.scope import as_engine
from doudi.cli.options import default_day
from doudi.monitoring import watching

SECONDS = 300.0
BY = "system"
log = logging.getLogger(__name__)


def ask() -> str:
    """One round: ask for the look that is called for; answers the key of its job, empty where nothing moved."""
    with transaction.atomic(), as_engine():
        return watching.ask_where_due(by=BY, on=default_day())


@contextmanager
def beside(seconds: float = SECONDS) -> Iterator[None]:
    """Ask in a thread for as long as the body lasts, first after `seconds`."""
    ended = threading.Event()
    thread = threading.Thread(target=_ask_on, args=(ended, seconds), name="watcher", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(5.0)


def _ask_on(ended: threading.Event, seconds: float) -> None:
    while not ended.wait(seconds):
        try:
            ask()
        except Error:
            log.exception("nobody could ask for a look at the county; it is tried again")
            connection.close()
    connection.close()
