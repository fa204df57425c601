"""How far a job has come: one row a job, which every page can read while the job is still at it."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from psycopg.types.json import Jsonb

WAITING, UNDER_WAY, DONE, FAILED = "waiting", "under_way", "done", "failed"


class Progress(models.Model):
    """One job: `key` names it for whoever asked for it, `job` says what it does.

    `part` goes from 0 to 1; `said` is a word of the job's own for what it is doing. Done, it has a `result` (JSON);
    failed, it says why in `zh` and `en`. `since` is when it was asked for, `at` when it was last heard of.
    """

    STATES = [(WAITING, "waiting"), (UNDER_WAY, "under way"), (DONE, "done"), (FAILED, "failed")]

    key = models.CharField(max_length=100, primary_key=True)
    job = models.CharField(max_length=100)
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    said = models.CharField(max_length=200, default="", blank=True)
    part = models.FloatField(default=0)
    since = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(db_default=Now())
    zh = models.TextField(default="", blank=True)
    en = models.TextField(default="", blank=True)
    result = models.JSONField(null=True)

    class Meta:
        db_table = "trail_progress"
        indexes = [models.Index(fields=["job", "since"], name="trail_progress_of_job")]
        constraints = [models.CheckConstraint(condition=~models.Q(by=""), name="trail_progress_has_actor")]

    @property
    def percent(self) -> int:
        """Whole percent."""
        return round(100 * self.part)

    @property
    def open(self) -> bool:
        """Waiting or under way: there is more to hear."""
        return self.state in (WAITING, UNDER_WAY)


class Apart:
    """A connection beside the job's own, so that news is seen before the job's transaction ends."""

    def __init__(self) -> None:
        self._made: BaseDatabaseWrapper | None = None

    def connection(self) -> BaseDatabaseWrapper:
        """Inside a transaction a connection of its own, else the thread's."""
        if not connection.in_atomic_block:
            return connection  # type: ignore[return-value]
        self._made = self._made or connection.copy()
        return self._made

    def close(self) -> None:
        """Let it go, if it was made."""
        if self._made is not None:
            self._made.close()
            self._made = None


def tell(key: str, within: BaseDatabaseWrapper, **news: Any) -> None:
    """Write news of a job on a connection: columns of the row by their names."""
    shown = {name: Jsonb(value) if name == "result" else value for name, value in news.items()}
    columns = ", ".join(f'"{name}" = %({name})s' for name in shown)
    with within.cursor() as cursor:
        cursor.execute(
            f"UPDATE trail_progress SET {columns}, at = clock_timestamp() WHERE key = %(key)s",
            {**shown, "key": key},
        )
