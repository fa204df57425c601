"""The decider: every second whoever was put off while many were sending is decided (`cli.rounds`)."""

from __future__ import annotations

from collections.abc import Callable

from doudi.cli.options import now
from doudi.monitoring.backlog import Backlog

SECONDS = 1.0


def decider() -> Callable[[], None]:
    """A round for as long as the process lasts, which decides until nobody waits."""
    backlog = Backlog()

    def settle() -> None:
        while backlog.settle(now=now()) is not None:
            pass

    return settle
