"""What waits for a reader among the projects, as lines that lead to the place where it is done."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from doudi.funds.payments import Payment
from doudi.projects import outlooks
from doudi.projects.disbursements import ASKED, ORIGIN, Disbursement
from doudi.projects.outlooks import Outlook
from doudi.projects.reports import RETURNED, Report
from doudi.projects.slips import Slip
from doudi.projects.starts import WAITING, Start
from doudi.web.reader import Reader

MOST = 40


def of(reader: Reader, every: list[Outlook]) -> list[dict[str, Any]]:
    """The lines for a reader: what they decide (never their own), then what they put forward."""
    lines: list[dict[str, Any]] = []
    if reader.may("work.decide"):
        lines += _to_decide(reader.user.username)
    if reader.may("work.manage"):
        lines += _to_put_forward(every)
    return lines


def _to_decide(by: str) -> list[dict[str, Any]]:
    starts = Start.objects.filter(state=WAITING).exclude(proposed_by=by)
    reports = Report.objects.filter(state=WAITING).exclude(reported_by=by).order_by("day")
    made = Payment.objects.waiting_for_check(by=by).filter(origin_kind=ORIGIN)
    asked = Disbursement.objects.filter(pk__in=made.values("origin_id"))
    back = Payment.objects.failed().filter(origin_kind=ORIGIN)
    failed = Disbursement.objects.filter(state=ASKED, pk__in=back.values("origin_id"))
    slips = Slip.objects.filter(state=WAITING).exclude(proposed_by=by)
    return [
        _line(_("审核开工申请"), starts, "#start"),
        _line(_("验收进度"), reports, "#progress"),
        _line(_("复核拨款"), asked, "#money"),
        _line(_("银行退回的拨款"), failed, "#money"),
        _line(_("审核改期"), slips, "#days"),
    ]


def _to_put_forward(every: list[Outlook]) -> list[dict[str, Any]]:
    proposed = set(Start.objects.filter(state=WAITING).values_list("project_id", flat=True))
    ready = [e.project for e in every if e.standing == outlooks.READY and e.project.pk not in proposed]
    unknown = [e.project for e in every if e.standing == outlooks.UNKNOWN]
    silent = [e.project for e in every if e.standing == outlooks.UNDER_WAY and e.works.standing == "stalled"]
    returned = Report.objects.filter(state=RETURNED).select_related("project")
    open_again = [report.project for report in returned if not report.project.reports.filter(day=report.day).exclude(
        state=RETURNED).exists()]  # fmt: skip
    return [
        _those(_("可以申请开工"), ready, "#start"),
        _those(_("开工条件待核"), unknown, "#checklist"),
        _those(_("进度被退回,要重报"), open_again, "#progress"),
        _those(_("进度停住了,要说明"), silent, "#days"),
    ]


def _line(word: str, found: Any, anchor: str) -> dict[str, Any]:
    return _those(word, [each.project for each in found.select_related("project")], anchor)


def _those(word: str, projects: list[Any], anchor: str) -> dict[str, Any]:
    once = list({project.pk: project for project in projects}.values())
    return {"word": word, "count": len(projects), "projects": once[:MOST], "more": len(once[MOST:]), "anchor": anchor}
