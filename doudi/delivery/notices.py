"""Public notice (公示): who is to get what, masked by construction, for as many days as the pack says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, models

from doudi.delivery.entitlements import Entitlement
from doudi.register.households import PLACE_CODE_LENGTH, Household
from doudi.values.refusals import Refusal


class Notices(models.QuerySet["Notice"]):
    """The questions asked about notices."""

    def open(self, *, on: date) -> Notices:
        """Those hanging on a day; half-open: down on `until_day`."""
        return self.filter(from_day__lte=on, until_day__gt=on)


class Notice(models.Model):
    """A list put up in one village (or, for what belongs to none, the county) for one measure.

    `token` is its public address; `published` is False where the title would tell of health or status: then the days
    run and objections are taken, and nothing is shown to the public.
    """

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=32, unique=True)
    measure = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    published = models.BooleanField()
    from_day = models.DateField()
    until_day = models.DateField()
    phone = models.CharField(max_length=40)
    posted_by = models.CharField(max_length=150)
    command_id = models.UUIDField()

    objects = Notices.as_manager()

    class Meta:
        db_table = "delivery_notice"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(until_day__gt=models.F("from_day")), name="notice_days"),
            models.CheckConstraint(condition=~models.Q(phone=""), name="notice_names_a_number"),
        ]


class NoticeLine(models.Model):
    """One line as it hangs: nothing here tells more than household code, masked name, item and amount.

    `round` is the entitlement's: one returned and corrected is put up again.
    """

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="lines")
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="notice_lines")
    round = models.SmallIntegerField()
    household_code = models.CharField(max_length=32, blank=True)
    masked_name = models.CharField(max_length=100)
    amount_fen = models.BigIntegerField(null=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "delivery_notice_line"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["entitlement", "round"], name="notice_line_once_a_round")]


def refuse_unfinished(ids: Sequence[int], *, on: date) -> None:
    """Raise Refusal unless each entitlement has hung its days in this round and has no objection open."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED, {"ids": list(ids), "on": on})
        not_up, still_up, objected = cursor.fetchone()
    if not_up or still_up or objected:
        raise Refusal(
            f"公示还不能结束:未公示 {not_up} 条,公示期未满 {still_up} 条,有异议未答复 {objected} 条。",
            f"The notice cannot end yet: {not_up} not put up, {still_up} whose days have not run,"
            f" {objected} with an objection open.",
            "ids",
        )


_UNFINISHED = """
SELECT count(*) FILTER (WHERE n.id IS NULL), count(*) FILTER (WHERE n.until_day > %(on)s),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id AND b.state = 'open'))
FROM delivery_entitlement e
LEFT JOIN delivery_notice_line l ON l.entitlement_id = e.id AND l.round = e.round
LEFT JOIN delivery_notice n ON n.id = l.notice_id
WHERE e.id = ANY (%(ids)s::bigint[])
"""
