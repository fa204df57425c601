"""The sealer: every few seconds what was written is sealed, by whichever process has the turn (`cli.rounds`)."""

from __future__ import annotations

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.cli.options import now
from doudi.trail import sealing
from doudi.trail.heads import Head

SECONDS = 5.0


def seal() -> Head | None:
    """One round; the new head, or None where nothing was new or another process has the turn."""
    with transaction.atomic(), as_engine():
        return sealing.seal(now=now())
