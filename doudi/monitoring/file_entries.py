"""What is written in a monitored household's file, line by line; nothing is ever changed."""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.monitoring.monitored_files import LEFT, MonitoredFile
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MEASURE, VISIT, PROGRESS, SEEN = KINDS = ("measure", "visit", "progress", "seen")
DOOR, PHONE = WAYS = ("door", "phone")
LONGEST = 1000


class FileEntry(models.Model):
    """One line. `measure` names a measure of the pack, `way` how a visit or a sighting was made.

    `seen`: the writer saw that the risk is gone.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(MonitoredFile, on_delete=models.PROTECT, related_name="entries")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    kind = models.CharField(max_length=8)
    on_day = models.DateField()
    by = models.CharField(max_length=150)
    text = models.CharField(max_length=LONGEST)
    measure = models.CharField(max_length=64, blank=True, default="")
    way = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        db_table = "monitoring_file_entry"
        ordering = ["on_day", "id"]
        constraints = [
            place_code_is_whole("file_entry_place_whole"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="file_entry_kind_known"),
            models.CheckConstraint(condition=~models.Q(text=""), name="file_entry_says_something"),
            models.CheckConstraint(
                condition=~models.Q(kind=SEEN) | models.Q(way__in=WAYS), name="file_entry_seen_somehow"
            ),
        ]


def write(
    file: MonitoredFile, kind: str, text: str, *, by: str, on: date, measure: str = "", way: str = ""
) -> FileEntry:
    """Write a line. Raises Refusal for nothing said, a household that has left, a sighting before the risk is gone."""
    text = text.strip()[:LONGEST]
    with carry_out("monitoring.file_entries.write", by=by, payload=[file.pk, kind, text, measure, way, on]) as act:
        held = MonitoredFile.objects.select_for_update().get(pk=file.pk)
        _refuse(held, kind, text, way, on)
        made = FileEntry.objects.create(
            file=held, household_id=held.household_id, place_code=held.place_code, kind=kind, on_day=on, by=by,
            text=text, measure=measure[:64], way=way if kind in (VISIT, SEEN) else "",
        )  # fmt: skip
        held.touched_on = max(held.touched_on, on)
        held.save(update_fields=["touched_on"])
        act.result = {"entry": made.pk}
    return made


def _refuse(held: MonitoredFile, kind: str, text: str, way: str, on: date) -> None:
    if held.state == LEFT:
        raise Refusal(f"这户已在 {held.left_on} 退出。", f"The household left on {held.left_on}.", "file")
    if kind not in KINDS:
        raise Refusal("请选记录的类别。", "Choose what kind of line it is.", "kind")
    if not text:
        raise Refusal("请写明做了什么、看到什么。", "Say what was done or seen.", "text")
    if kind == SEEN and way not in WAYS:
        raise Refusal("请选是入户看的还是电话问的。", "Choose whether it was at the door or by phone.", "way")
    if kind == SEEN and (held.gone_on is None or on < held.gone_on):
        raise Refusal(
            "退出条件还没有全部满足,现在还谈不上看到风险消除。可先记为走访。",
            "Not every condition of leaving holds, so there is no risk gone to see. Write a visit instead.",
            "kind",
        )
