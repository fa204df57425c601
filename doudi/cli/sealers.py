"""The sealer of this process: every few seconds what was written is sealed, by whichever process has the turn."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction

from doudi.access.scope import as_engine
from doudi.cli.options import now
from doudi.trail import sealing
from doudi.trail.heads import Head
from doudi.values.refusals import Refusal

SECONDS = 5.0
log = logging.getLogger(__name__)


def seal() -> Head | None:
    """One round; the new head, or None where nothing was new or another process has the turn."""
    with transaction.atomic(), as_engine():
        return sealing.seal(now=now())


@contextmanager
def beside() -> Iterator[None]:
    """Seal in a thread for as long as the body lasts."""
    ended = threading.Event()
    thread = threading.Thread(target=_seal_on, args=(ended,), name="sealer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(SECONDS)


def _seal_on(ended: threading.Event) -> None:
    told = ""
    while not ended.wait(SECONDS):
        try:
            seal()
            told = ""
        except Refusal as refusal:  # told once, and by `doudi doctor`, not every few seconds
            if str(refusal) != told:
                log.warning("the audit log is not sealed: %s", refusal)
            told = str(refusal)
        except Error:
            log.exception("the audit log could not be sealed; it is tried again")
            connection.close()
    connection.close()
