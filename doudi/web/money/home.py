"""Money at a glance: what each budget holds, and what waits for this reader."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.funds import payments, reconciliation
from doudi.funds.batches import Batch
from doudi.funds.payments import Payment
from doudi.web.deeds import days
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("money.read")
def show_money(request: HttpRequest) -> HttpResponse:
    """What waits, then the budgets."""
    reader = reader_of(request)
    by = reader.user.username
    waits = [
        ("check", Payment.objects.waiting_for_check(by=by).count(), "payment.check"),
        ("batch", Payment.objects.filter(state="checked", batch=None).count(), "batch.make"),
        ("batch_check", Batch.objects.filter(state="made").exclude(made_by=by).count(), "batch.check"),
        ("send", Batch.objects.filter(state="checked").count(), "batch.send"),
        ("answer", Batch.objects.filter(state="sent").count(), "batch.answer"),
        ("failed", Payment.objects.failed().count(), "payment.make"),
    ]
    context = {
        "waits": [(name, number) for name, number, needs in waits if number and reader.may(needs)],
        "books": reconciliation.books(),
        "sums": payments.sums(Payment.objects.all()),
        "day": days.today(),
        "may_manage": reader.may("budget.manage"),
    }
    return show(request, "money/home.html", context)
