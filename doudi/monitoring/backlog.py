"""The backlog: households put off while many were sending, decided within seconds and looked at like any other.

A piece is one transaction: its households are decided and their disagreements and alerts settled, or they wait as
before. What breaks a piece off costs the others nothing: its households are then tried one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from django.db import Error, transaction

from doudi.monitoring import days, watching
from doudi.policy import deferrals

BY = "system"
log = logging.getLogger(__name__)


class Backlog:
    """Works off what waits, again and again; `now` tells the moment. Keeps in mind whom it could not decide."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.stuck: set[int] = set()

    def settle(self) -> int:
        """Decide until nobody waits but those it cannot decide; answers how many were decided."""
        stuck, self.stuck, number = self.stuck, set(), 0
        while ids := deferrals.oldest(but=self.stuck):
            number += self._piece(ids, stuck)
        return number

    def _piece(self, ids: Collection[int], known: Collection[int]) -> int:
        try:
            return settle(ids, now=self.now())
        except Error:  # the database's own refusal is nobody's fault in particular
            raise
        except Exception:
            if len(ids) > 1:
                return sum(self._piece([number], known) for number in ids)
            self.stuck |= set(ids)
            if not self.stuck <= set(known):  # told once, and by `doudi doctor`, not every second
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
