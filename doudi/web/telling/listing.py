"""Who has not been told: every measure with its share, and the households of one, of any, of a place."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.outreach import untold
from doudi.outreach.untold import Untold
from doudi.policy.runs import Run
from doudi.web import figures
from doudi.web.desk import areas, standings
from doudi.web.desk.areas import Area
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import preparing

A_PAGE = 20
REGISTERED = ("yes", "no", "unknown")


@permission("told.read")
@require_safe
def show_untold(request: HttpRequest) -> HttpResponse:
    """The list; a place outside the duty is 404, a filter that cannot be understood 400."""
    reader, run = reader_of(request), standings.run_in_force()
    area = areas.area_of(reader, request.GET.get("place") or None)
    registered, measure = request.GET.get("registered", ""), request.GET.get("measure", "")[:64]
    problem = registered not in ("", *REGISTERED)
    context: dict[str, Any] = {"run": run, "area": area, "asked": request.GET, "problem": problem}
    if run is not None:
        prefix = area.prefix if area else ""
        found = untold.of(run, prefix=prefix, registered="" if problem else registered, only=reader.scope.measures)
        problem = problem or bool(measure and measure not in found.measures)
        context |= _told(request, reader, run, found, area, "" if problem else measure)
        context["problem"] = problem
    return show(request, "telling/untold.html", context, status=400 if problem else 200)


def _told(
    request: HttpRequest, reader: Reader, run: Run, found: Untold, area: Area | None, measure: str
) -> dict[str, Any]:
    pack = standings.pack_of(run)
    ids, bits = found.households(measure)
    pages = Paginator(range(len(ids)), A_PAGE).get_page(plain(request.GET.get("page", "")))
    chosen = list(pages)
    missing = {int(ids[n]): found.names(int(bits[n])) for n in chosen}
    rows = preparing.rows_of([int(ids[n]) for n in chosen], reader)
    named = dict(zip([row["code"] for row in rows], missing.values(), strict=False))
    query = {"list": "untold", "measure": measure, "place": area.prefix if area else "",
             "registered": request.GET.get("registered", "")}  # fmt: skip
    return {
        "shares": [(standings.title_of(pack, share.measure), share) for share in found.shares()],
        "measure": measure,
        "title": standings.title_of(pack, measure) if measure else "",
        "rows": [{**row, "missing": figures.listed(standings.title_of(pack, name) for name in named[row["code"]])}
                 for row in rows],
        "page": pages,
        "count": len(ids),
        "may_claim": int((found.may != 0).sum()) if not measure else None,
        "parts": areas.parts_of(area) if area else [],
        "above": areas.trail_of(area, reader) if area else [],
        "begin": urlencode({"untold": 1, **{name: value for name, value in query.items() if value and name != "list"}}),
        "export": urlencode({name: value for name, value in query.items() if value}),
        "may_export": reader.may("export.request"),
        "may_make": reader.may("campaign.make"),
        "registered": [("", _("全部")), ("yes", _("建档立卡户")), ("no", _("非建档立卡户")), ("unknown", _("不清楚"))],
    }  # fmt: skip
