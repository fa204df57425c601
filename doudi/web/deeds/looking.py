"""Queues of single things: evidence nobody has looked at, objections nobody has answered."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.delivery.evidence import Evidence
from doudi.delivery.objections import Objection
from doudi.web.deeds import rows, wording
from doudi.web.deeds.days import today
from doudi.web.reader import reader_of
from doudi.web.shell import show

A_PAGE = 50


@permission("deed.read")
def show_evidence(request: HttpRequest) -> HttpResponse:
    """Evidence others brought and nobody has looked at, the oldest first."""
    reader = reader_of(request)
    waiting = Evidence.objects.filter(verdict="").exclude(brought_by=reader.user.username)
    related = ("entitlement", "entitlement__household", "entitlement__person")
    page = Paginator(waiting.select_related(*related).order_by("id"), A_PAGE).get_page(request.GET.get("page"))
    told = {row.entitlement.pk: row for row in rows.told([each.entitlement for each in page.object_list], reader)}
    context = {
        "page": page,
        "rows": [
            (each, told[each.entitlement_id], wording.evidence(each.entitlement, each.kind))
            for each in page.object_list
        ],
        "may_look": reader.may("deed.look"),
        "day": today(),
    }
    return show(request, "deeds/evidence.html", context)


@permission("deed.read")
def show_objections(request: HttpRequest) -> HttpResponse:
    """Objections within the duty, the open ones first."""
    reader = reader_of(request)
    related = ("entitlement", "entitlement__household", "entitlement__person")
    held = Objection.objects.select_related(*related).order_by("answered_on", "id")
    page = Paginator(held, A_PAGE).get_page(request.GET.get("page"))
    told = {row.entitlement.pk: row for row in rows.told([each.entitlement for each in page.object_list], reader)}
    context = {
        "page": page,
        "rows": [(each, told[each.entitlement_id], wording.way(each.way)) for each in page.object_list],
        "day": today(),
    }
    return show(request, "deeds/objections.html", context)
