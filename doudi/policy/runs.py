"""Runs: a pack, by hash, over a snapshot of the facts, by hash, as of a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from doudi.policy.snapshots import Snapshot, of_hash
from doudi.policy.versions import PackVersion, default_name
from doudi.trail.written import TEXT, Written
from doudi.values.refusals import Refusal


class Runs(models.QuerySet["Run"]):
    """The questions asked about runs."""

    def standing(self, pack_name: str | None = None) -> Run | None:
        """The run whose decisions are in force, of a pack or of the one last decided by (`versions.default_name`)."""
        return _standing_of.first(name=pack_name) if pack_name else _standing.first()

    def in_force(self, pack_name: str | None = None) -> Run:
        """The standing run; refused when there is none yet."""
        name = pack_name or default_name()
        run = self.standing(name)
        if run is None:
            raise Refusal(
                f"政策包“{name}”还没有运行过。请先执行 doudi run。",
                f"The pack “{name}” has not been run here yet. Start with: doudi run",
            )
        return run

    def numbered(self, number: int) -> Run:
        """The run of that number; refused, with the newest, when there is none."""
        run = self.filter(pk=number).first()
        if run is None:
            newest = self.order_by("-id").values_list("id", flat=True).first()
            raise Refusal(
                f"没有编号为 {number} 的运行(最新的是 {newest or '无'})。请用 doudi runs 查看。",
                f"There is no run {number} (the newest is {newest or 'none'}). See: doudi runs",
            )
        return run


def _newest() -> models.QuerySet[Run]:
    return Run.objects.filter(standing=True).defer("counts").order_by("-id")


_standing = Written(lambda: _newest()[:1])
_standing_of = Written(lambda name: _newest().filter(pack_name=name)[:1], name=TEXT)


class Run(models.Model):
    """One evaluation of a pack over the county.

    `measures` holds, for each kind of subject, the measures' names in the order of a decision's arrays. `counts` is
    the answer of `doudi run --json` (docs/reference/json.md). `standing` says that its decisions were stored: a run
    that looks back (an earlier day, or what was known earlier) stores its answers only. Its snapshot and its answers
    lie in the home folder under their hashes.
    """

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="runs")
    pack_name = models.CharField(max_length=64)
    as_of = models.DateField()
    known_at = models.DateTimeField(null=True)
    engine = models.CharField(max_length=16)
    language_version = models.CharField(max_length=16)
    snapshot_hash = models.CharField(max_length=64)
    answers_hash = models.CharField(max_length=64)
    standing = models.BooleanField(default=True)
    measures = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)
    started_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()

    objects = Runs.as_manager()

    class Meta:
        db_table = "policy_run"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.pack_name} as of {self.as_of}"

    @property
    def snapshot(self) -> Snapshot:
        """The stored snapshot the run decided over."""
        return of_hash(self.snapshot_hash)

    def looks_back_at(self, *, as_of: date, known_at: datetime | None) -> bool:
        """Whether another run as of that day would look back from this one, and so not stand."""
        return known_at is not None or as_of < self.as_of
