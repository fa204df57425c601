"""The reconciliation: sent = paid + returned + open, to the fen; the books counted anew; how old unspent money is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.funds import reconciliation
from doudi.places import counties
from doudi.web.deeds import days
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("money.read")
def show_reconciliation(request: HttpRequest) -> HttpResponse:
    """Per batch, measure and budget; who does not see the whole county sees the payments of the duty's places alone."""
    day, county = days.today(), counties.present()
    whole = bool(county and county.code in reader_of(request).scope.places)
    context = {"whole": whole, "day": day, "ages": reconciliation.ages(on=day)}
    if whole:
        context["told"] = reconciliation.tell()
    return show(request, "money/reconciliation.html", context)
