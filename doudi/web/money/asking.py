"""What the pages of money have in common: numbers in addresses, what was typed, amounts, words of states."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from doudi.funds.payments import Payment
from doudi.register.households import Household
from doudi.values import money
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.reader import Reader

LONGEST_NUMBER = 18
A_PAGE = 50


def number_of(text: str) -> int:
    """A number in an address; 404 for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
        return int(text)
    raise Http404


def found(rows: QuerySet[Any], number: str) -> Any:
    """The row of that number within the scope; 404 for none."""
    row = rows.filter(pk=number_of(number)).first()
    if row is None:
        raise Http404
    return row


def typed(request: HttpRequest, *names: str, most: int = 300) -> dict[str, str]:
    """What was typed in some fields, without what a text never holds."""
    return {name: request.POST.get(name, "").replace("\0", "").strip()[:most] for name in names}


def fen_of(text: str) -> int:
    """An amount in yuan as fen. Raises Refusal for what is none."""
    try:
        return money.read(text)
    except ValueError as error:
        raise Refusal(
            f"“{text[:30]}”不是金额。请写成 4472600 或 4472600.00(元)。",
            f"“{text[:30]}” is not an amount. Write 4472600 or 4472600.00 (yuan).",
            "fen",
        ) from error


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """One page of a list; the nearest there is to the one asked for."""
    return Paginator(rows, A_PAGE).get_page(request.GET.get("page"))


def payment_words() -> dict[str, str]:
    """The states of a payment in words."""
    return {
        "made": _("待复核"),
        "checked": _("已复核"),
        "sent": _("已交银行"),
        "held": _("银行暂挂"),
        "paid": _("已到账"),
        "failed": _("银行退回"),
        "stopped": _("已停止"),
    }


def batch_words() -> dict[str, str]:
    """The states of a batch in words."""
    return {
        "made": _("待复核"),
        "checked": _("已复核,待交银行"),
        "sent": _("已交银行"),
        "closed": _("已办结"),
        "dropped": _("已撤销"),
    }


CHIPS = {"made": "v-unknown", "checked": "v-unknown", "sent": "v-unknown", "held": "v-error", "paid": "v-yes",
         "closed": "v-yes", "failed": "v-error", "stopped": "v-no", "dropped": "v-no"}  # fmt: skip


def rows_of(payments: list[Payment], reader: Reader) -> list[dict[str, Any]]:
    """Payments with their words: the payee's name as the duty shows it, the account by its last four digits."""
    codes = dict(
        Household.objects.filter(pk__in=[p.household_id for p in payments if p.household_id]).values_list("pk", "code")
    )
    words = payment_words()
    accounts = [(p.household_id, p.bank_account.holder) for p in payments if p.bank_account]
    holders = names.bearers(accounts, reader)
    return [
        {
            "payment": payment,
            "state": words[payment.state],
            "chip": CHIPS[payment.state],
            "holder": holders[payment.household_id, payment.bank_account.holder] if payment.bank_account else "",
            "account": payment.bank_account.shown if payment.bank_account else "",
            "household": codes.get(payment.household_id or 0, ""),
        }
        for payment in payments
    ]
