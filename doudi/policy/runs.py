"""Runs: a pack, by hash, over a snapshot of the facts, by hash, as of a day."""

from __future__ import annotations

from django.db import models

from doudi.policy.versions import PackVersion


class Run(models.Model):
    """One evaluation of a pack over the county.

    `measures` holds, for each kind of subject, the measures' names in the order of a decision's arrays. `counts` is
    the answer of `doudi run --json` (docs/reference/json.md). `standing` says that its decisions were stored: a run
    that looks back (an earlier day, or what was known earlier) stores its answers only.
    """

    DONE, FAILED = "done", "failed"

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="runs")
    pack_name = models.CharField(max_length=64)
    as_of = models.DateField()
    known_at = models.DateTimeField(null=True)
    engine = models.CharField(max_length=16)
    language_version = models.CharField(max_length=16)
    snapshot_hash = models.CharField(max_length=64)
    snapshot_folder = models.TextField()  # below the home folder
    answers_hash = models.CharField(max_length=64)
    folder = models.TextField()  # below the home folder
    status = models.CharField(max_length=8, default=DONE)
    standing = models.BooleanField(default=True)
    measures = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)
    started_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    revision = models.BigIntegerField(default=0)  # the register's revision the snapshot was taken at

    class Meta:
        db_table = "policy_run"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.pack_name} as of {self.as_of}"
