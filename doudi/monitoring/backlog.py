"""The backlog: households put off while many were sending, decided within seconds and looked at like any other.

A piece is one transaction: its households are decided and their disagreements and alerts settled, or they wait as
before. What breaks a piece off costs the others nothing: its households are then tried one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from doudi.monitoring import days, watching
from doudi.policy import deferrals

BY = "system"
log = logging.getLogger(__name__)


class Backlog:
    """Works off what waits, piece by piece and round by round; keeps in mind whom it could not decide."""

    def __init__(self) -> None:
        self._stuck: set[int] = set()
        self._told: frozenset[int] = frozenset()

    def settle(self, *, now: datetime) -> int | None:
        """Decide a piece; answers how many households, None at the end of a round: nobody waits whom it can decide.

        The next round tries everybody again.
        """
        ids = deferrals.oldest(but=self._stuck)
        if ids:
            return self._piece(ids, now)
        self._told, self._stuck = frozenset(self._stuck), set()
        return None

    def _piece(self, ids: Collection[int], now: datetime) -> int:
        try:
            return settle(ids, now=now)
        except (InterfaceError, OperationalError):  # the database is away or busy: nobody's fault in particular
            raise
        except Exception:
            if len(ids) > 1:
                return sum(self._piece([number], now) for number in ids)
            self._stuck |= set(ids)
            if not self._told.issuperset(ids):  # told once, and by `doudi doctor`, not every second
                log.exception("household %s cannot be decided", *ids)
            return 0


def settle(household_ids: Collection[int], *, now: datetime) -> int:
    """Decide some that wait and look at them again, in one transaction; answers how many it decided."""
    with transaction.atomic():
        settled = deferrals.settle(household_ids, by=BY, now=now)
        if settled is None:
            return 0
        day = days.county_day(now, settled.run)
        watching.look_at(settled.decided, by=BY, on=day, just=settled.decided, run=settled.run)
    return len(settled.decided)
