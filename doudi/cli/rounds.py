"""Rounds: something done again every few seconds beside what this process does, for as long as it lasts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from doudi.values.refusals import Refusal

PATIENCE = 5.0  # seconds a round under way has to end
log = logging.getLogger(__name__)


@contextmanager
def beside(name: str, act: Callable[[], object], *, seconds: float) -> Iterator[None]:
    """Do `act` every so many seconds in a thread of its own while the body lasts.

    What it refuses is logged once and not every few seconds; what else breaks it off is tried again, anew connected.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_go_on, args=(name, act, seconds, ended), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(PATIENCE)


def _go_on(name: str, act: Callable[[], object], seconds: float, ended: threading.Event) -> None:
    told = ""
    while not ended.wait(seconds):
        try:
            act()
            told = ""
        except Refusal as refusal:
            if str(refusal) != told:
                log.warning("the %s refuses: %s", name, refusal)
            told = str(refusal)
        except Exception:  # a round is not the last one because one household of it cannot be decided
            log.exception("the %s broke off; it is tried again", name)
            connection.close()
    connection.close()
