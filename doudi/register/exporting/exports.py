"""Tables asked for, allowed, made and fetched: each with its reason, and a second person for many people at once.

Who asks says why. Where more than `ALONE` persons are concerned, in one table or in all that a person takes out alone
on a day, another person must allow it (GB/T 35273-2020, 7.1; reliability notes, section 10). The database holds both.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from doudi.access.scope import Scope, as_engine
from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

ALONE = 500  # persons one officer may take out alone, in all the tables of a day
LASTS = timedelta(days=3)  # from asking until allowed, and from then until fetched
KEPT = timedelta(days=30)  # how long the file is kept to compare what comes back with
WAITING, ALLOWED, READY, DECLINED = "waiting", "allowed", "ready", "declined"
STATES = (WAITING, ALLOWED, READY, DECLINED)
FORMS = ("xlsx", "csv")
SHORTEST_REASON, LONGEST_REASON = 2, 500


class Exports(models.QuerySet["Export"]):
    """The questions asked about exports; the wall leaves those whose place is in scope."""

    def of(self, username: str) -> Exports:
        """Those a person asked for, the latest first."""
        return self.filter(requested_by=username).order_by("-id")

    def waiting_for(self, username: str, *, now: datetime) -> Exports:
        """Those that wait for somebody else's word, which this person could give."""
        return self.filter(state=WAITING, expires_at__gt=now).exclude(requested_by=username).order_by("id")


class Export(models.Model):
    """One table that was asked for. `token` names it in the file, so that it can come back; `kind` is the list's name.

    `asked` holds what was asked for (filters, chosen facts, layout), `sight` what the reader saw then: roles, places,
    households, measures. `persons` and `households` are how many are concerned, `earlier` how many its asker took out
    alone before on that day, `rows` what was counted when asked and then written. `sha256` is the file's; empty until
    it was made. `with_numbers`: whole identity numbers are in it.
    """

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=32)
    form = models.CharField(max_length=8, default="xlsx")
    language = models.CharField(max_length=8, default="zh")
    asked = models.JSONField(default=dict)
    told = models.JSONField(default=list)  # (zh, en, value) of each filter, in words
    columns = models.JSONField(default=list)
    reason = models.TextField()
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    place_code = models.CharField(max_length=12)
    sight = models.JSONField(default=dict)
    as_of = models.DateField()
    run_id = models.BigIntegerField(null=True)
    rows = models.BigIntegerField()
    persons = models.BigIntegerField()
    households = models.BigIntegerField()
    earlier = models.BigIntegerField(default=0)
    with_numbers = models.BooleanField(default=False)
    comes_back = models.BooleanField(default=False)
    state = models.CharField(max_length=16)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(default=0)

    objects = Exports.as_manager()

    class Meta:
        db_table = "register_export"
        ordering = ["-id"]
        indexes = [models.Index(fields=["requested_by"], name="export_requested_by")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="export_state_known"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(requested_by=""), name="export_has_reason_and_person"),
            models.CheckConstraint(condition=~Q(approved_by=F("requested_by")), name="export_not_allowed_by_oneself"),
            models.CheckConstraint(
                condition=Q(persons__lte=ALONE - F("earlier"))
                | ~Q(approved_by="")
                | Q(sha256="", state__in=[WAITING, DECLINED]),
                name="export_of_many_needs_second_person",
            ),
        ]

    @property
    def scope(self) -> Scope:
        """What the reader saw when asking."""
        return Scope(
            frozenset(self.sight.get("places", ())),
            frozenset(self.sight.get("households", ())),
            frozenset(self.sight.get("measures", ())),
        )

    @property
    def roles(self) -> frozenset[str]:
        """The roles the reader had when asking."""
        return frozenset(self.sight.get("roles", ()))

    @property
    def path(self) -> Path:
        """Where the file is kept."""
        return folder() / f"{self.token}.{self.form}"

    @property
    def file_name(self) -> str:
        """What the file is called where it is saved."""
        return f"doudi-{self.kind}-{self.as_of:%Y%m%d}-{self.pk}.{self.form}"

    def has_ended(self, now: datetime) -> bool:
        """Whether its days are over."""
        return now >= self.expires_at


class Download(models.Model):
    """One fetching of a file; never changed."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="downloads")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    place_code = models.CharField(max_length=12)

    class Meta:
        db_table = "register_export_download"
        ordering = ["-id"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, counted already."""

    kind: str
    asked: Mapping[str, Any]
    told: list[tuple[str, str, str]]
    columns: list[str]
    reason: str
    rows: int
    persons: int
    households: int
    as_of: date
    run_id: int | None = None
    form: str = "xlsx"
    language: str = "zh"
    with_numbers: bool = False
    comes_back: bool = False


def folder() -> Path:
    """Where files that leave are kept until they are fetched, closed to others."""
    return Path(settings.HOME.path) / "exports"


def ask(request: Request, *, by: str, sight: Mapping[str, Any], now: datetime) -> Export:
    """Ask for a table. Allowed at once for few people that day, else it waits for a second person.

    Raises Refusal without a reason, with nothing to export, or for a form there is none of.
    """
    reason = check_reason(request.reason)
    _refuse_empty(request)
    place = min(sight.get("places", ()), default="")
    payload = [request.kind, dict(request.asked), reason, request.form, request.with_numbers]
    with carry_out("register.exports.ask", by=by, payload=payload) as act:
        earlier = taken_alone(by, now=now, hold=True)
        made = Export.objects.create(
            token=uuid.uuid4().hex,
            kind=request.kind,
            form=request.form,
            language=request.language,
            asked=dict(request.asked),
            told=[list(line) for line in request.told],
            columns=list(request.columns),
            reason=reason,
            requested_by=by,
            requested_at=now,
            place_code=place,
            sight=dict(sight),
            as_of=request.as_of,
            run_id=request.run_id,
            rows=request.rows,
            persons=request.persons,
            households=request.households,
            earlier=earlier,
            with_numbers=request.with_numbers,
            comes_back=request.comes_back,
            state=ALLOWED if request.persons + earlier <= ALONE else WAITING,
            expires_at=now + LASTS,
        )
        act.result = {"export": made.pk}
    return made


def taken_alone(username: str, *, now: datetime, hold: bool = False) -> int:
    """How many persons a person took out alone on the day of `now`, each table counted whole, whatever their duty was.

    `hold` lets nobody else ask in their name until the transaction ends, so that two tables at once are counted too.
    """
    if hold:
        list(User.objects.select_for_update().filter(username=username))
    day = timezone.localdate(now)
    with transaction.atomic(), as_engine():
        alone = Export.objects.filter(requested_by=username, requested_at__date=day, state__in=(ALLOWED, READY))
        return int(alone.filter(approved_by="").aggregate(n=Sum("persons"))["n"] or 0)


def check_reason(reason: str) -> str:
    """The reason as it is kept. Raises Refusal for none."""
    kept = " ".join(reason.replace("\0", "").split())
    if not SHORTEST_REASON <= len(kept) <= LONGEST_REASON:
        raise Refusal(
            f"请写明导出原因({SHORTEST_REASON}–{LONGEST_REASON} 个字),例如“报县防疫指挥部 2 月 27 日通知”。",
            f"Say why ({SHORTEST_REASON} to {LONGEST_REASON} characters): who asked for it, what it is for.",
            "reason",
        )
    return kept


def _refuse_empty(request: Request) -> None:
    if request.form not in FORMS:
        raise Refusal(f"格式只能是 {'、'.join(FORMS)}。", f"The form is one of {', '.join(FORMS)}.", "form")
    if request.rows == 0:
        raise Refusal(
            "按这些条件没有可导出的行。请放宽条件。", "No row fulfils these conditions. Widen them.", "filters"
        )


def approve(export: Export, *, by: str, now: datetime) -> Export:
    """Allow what somebody else asked for; its days begin anew.

    Raises Refusal for one's own, for what does not wait (any more), and after its days.
    """
    with carry_out("register.exports.approve", by=by, payload=[export.pk]):
        held = _held_for_answer(export, by, now)
        held.state, held.approved_by, held.approved_at, held.expires_at = ALLOWED, by, now, now + LASTS
        held.save(update_fields=["state", "approved_by", "approved_at", "expires_at"])
    return held


def decline(export: Export, answer: str, *, by: str, now: datetime) -> Export:
    """Refuse what somebody else asked for, saying why."""
    kept = check_reason(answer)
    with carry_out("register.exports.decline", by=by, payload=[export.pk, kept]):
        held = _held_for_answer(export, by, now)
        held.state, held.answer, held.approved_by, held.approved_at = DECLINED, kept, by, now
        held.save(update_fields=["state", "answer", "approved_by", "approved_at"])
    return held


def _held_for_answer(export: Export, by: str, now: datetime) -> Export:
    """The export, locked, when it waits for this person's answer."""
    held = Export.objects.select_for_update().get(pk=export.pk)
    if held.requested_by == by:
        raise Refusal(
            "不能审批自己申请的导出,请由另一人审批。",
            "One cannot allow one's own export; another person must.",
        )
    if held.state != WAITING:
        who = held.approved_by or "--"
        raise Refusal(
            f"第 {held.pk} 号导出已经处理过({who}),不能再审批。",
            f"Export {held.pk} was answered already (by {who}).",
        )
    _refuse_ended(held, now)
    return held


def _refuse_ended(export: Export, now: datetime) -> None:
    if export.has_ended(now):
        raise Refusal(
            f"第 {export.pk} 号导出已过期({export.expires_at:%Y-%m-%d %H:%M})。请重新申请。",
            f"Export {export.pk} ended on {export.expires_at:%Y-%m-%d %H:%M}. Ask for it again.",
        )


def check_may_be_made(export: Export, now: datetime) -> None:
    """Raises Refusal for what was not allowed or is over."""
    _refuse_ended(export, now)
    if export.state not in (ALLOWED, READY):
        raise Refusal(
            f"第 {export.pk} 号导出涉及 {export.persons} 人,还没有第二人同意,不能生成。",
            f"Export {export.pk} concerns {export.persons} persons; nobody has allowed it yet.",
        )


def note_made(
    export: Export, *, sha256: str, rows: int, by: str, now: datetime, key: uuid.UUID | None = None
) -> Export:
    """Note the file that was made. A file of many people nobody allowed is refused by the database."""
    with carry_out("register.exports.make", by=by, key=key, payload=[export.pk, export.token]) as act:
        held = Export.objects.select_for_update().get(pk=export.pk)
        check_may_be_made(held, now)
        held.state, held.sha256, held.rows, held.made_at = READY, sha256, rows, now
        held.size = held.path.stat().st_size
        held.save(update_fields=["state", "sha256", "rows", "made_at", "size"])
        act.result = {"export": held.pk, "rows": rows, "sha256": sha256}
    return held


def fetch(export: Export, *, by: str, now: datetime) -> Path:
    """The file, for whoever asked for it and nobody else; each fetching is noted.

    Raises Refusal when it is not made yet, over, or no longer kept.
    """
    if export.requested_by != by:
        raise Refusal("只有申请人可以下载。", "Only who asked for it may fetch it.")
    check_may_be_made(export, now)
    if export.state != READY or not export.path.is_file():
        raise Refusal(
            "文件还没有生成,或已被清理。请稍后再试,或重新申请。",
            "The file is not made yet, or no longer kept. Try again later, or ask for it again.",
        )
    with carry_out("register.exports.fetch", by=by, payload=[export.pk]):
        Download.objects.create(export=export, by=by, at=now, place_code=export.place_code)
    return export.path


def clean(now: datetime) -> int:
    """Remove files kept long enough; answers how many went. Their rows stay."""
    gone = 0
    limit = (now - KEPT).timestamp()
    every = [*folder().glob("*.*"), *folder().glob("returned/*.*")] if folder().is_dir() else []
    for path in every:
        if path.is_file() and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
