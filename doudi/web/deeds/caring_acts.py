"""What people do to cases of special care: each form one act; a refusal comes back with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import care_cases, care_decisions, income_sheets, leavings
from doudi.delivery.care_cases import CareCase
from doudi.values import money
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.deeds import caring, days
from doudi.web.reader import reader_of

LONGEST = 500
Typed = Mapping[str, str]
Act = Callable[[CareCase, Typed, str, date], None]


@permission("care.manage")
@require_POST
def open_all(request: HttpRequest) -> HttpResponse:
    """Open the cases that lack, and a review of each allowance a later decision speaks against."""
    by, on = reader_of(request).user.username, days.today()
    try:
        with transaction.atomic():
            if request.POST.get("act") == "reviews":
                care_decisions.open_reviews(by=by, on=on)
            else:
                care_cases.open_cases(by=by, on=on)
    except IntegrityError:
        return caring.listing(request, _("刚才有人同时办理,请看最新情况后再办。"))
    return HttpResponseRedirect(reverse("care-cases"))


@permission("care.hand")
@require_POST
def hand(request: HttpRequest) -> HttpResponse:
    """Hand the ticked cases over to civil affairs, or all that can be."""
    by, on = reader_of(request).user.username, days.today()
    texts = request.POST.getlist("case")
    chosen = frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18)
    if request.POST.get("all"):
        chosen = frozenset(CareCase.objects.to_hand_over().values_list("pk", flat=True))
    try:
        care_cases.hand_over(chosen, by=by, on=on)
    except Refusal as refusal:
        return caring.listing(request, errors.words_of(refusal), chosen)
    return HttpResponseRedirect(reverse("care-cases") + "?state=handed")


@permission("care.manage")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One of the acts of village and town."""
    return _carry(request, number, MANAGE)


@permission("care.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """One of the acts of who decides."""
    return _carry(request, number, DECIDE)


def _carry(request: HttpRequest, number: str, known: Mapping[str, Act]) -> HttpResponse:
    case, name = caring.case_of(number), request.POST.get("act", "")[:20]
    typed = {key: str(value).replace("\0", "").strip()[:LONGEST] for key, value in request.POST.items()}
    if name == "tick":
        typed["items"] = ",".join(request.POST.getlist("item"))[:LONGEST]
    try:
        verb = known.get(name, _unknown)
        with transaction.atomic():
            verb(case, typed, reader_of(request).user.username, days.today())
    except Refusal as refusal:
        problem, where = errors.words_of(refusal), refusal.where or ""
        return caring.page(request, caring.case_of(number), problem=problem, at=name, where=where, typed=typed)
    except IntegrityError:
        problem = _("刚才有人同时办理,请看最新情况后再办。")
        return caring.page(request, caring.case_of(number), problem=problem, at=name, typed=typed)
    return HttpResponseRedirect(reverse("care-case", args=[case.pk]))


def _unknown(case: CareCase, typed: Typed, by: str, on: date) -> None:
    raise Refusal("没有选办理哪一项。请重新打开本页再办。", "Nothing was chosen. Open the page again.", "act")


def _sheet(case: CareCase, typed: Typed, by: str, on: date) -> None:
    lines = {name: fen_of(typed.get(name, ""), name) for name in income_sheets.LINES}
    year, heads = _whole(typed.get("year", ""), "year"), _whole(typed.get("heads", ""), "heads")
    income_sheets.draw(case, year, heads, lines, by=by, on=on)


def fen_of(text: str, where: str) -> int:
    """Fen of an amount typed in yuan. Raises Refusal, at its field."""
    try:
        return money.read(text)
    except ValueError as error:
        raise Refusal(
            "金额写元,如 3200 或 3200.00;没有的填 0。",
            "Write yuan, like 3200 or 3200.00; 0 where there is none.",
            where,
        ) from error


def _whole(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refusal("要写整数。", "Write a whole number.", where)
    return int(text)


def _tick(case: CareCase, typed: Typed, by: str, on: date) -> None:
    leavings.tick(case, [item for item in typed["items"].split(",") if item], by=by, on=on)


def _prepared(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.prepared(case, by=by, on=on)


def _close(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.close(case, by=by, on=on)


def _review(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.review(case, reason=typed.get("reason", ""), by=by, on=on)


def _back(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_cases.take_back(case, by=by, on=on)


def _grant(case: CareCase, typed: Typed, by: str, on: date) -> None:
    fen = fen_of(typed.get("fen", ""), "fen")
    care_decisions.grant(case, fen, reason=typed.get("reason", ""), by=by, on=on)


def _pay(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.pay(case, by=by, on=on)


def _settle(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.settle(case, by=by, on=on)


def _keep(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.keep(case, reason=typed.get("reason", ""), by=by, on=on)


def _end(case: CareCase, typed: Typed, by: str, on: date) -> None:
    care_decisions.end(case, reason=typed.get("reason", ""), by=by, on=on, now=timezone.now())


MANAGE: Mapping[str, Act] = {
    "sheet": _sheet, "tick": _tick, "prepared": _prepared, "close": _close, "review": _review,
}  # fmt: skip
DECIDE: Mapping[str, Act] = {"back": _back, "grant": _grant, "pay": _pay, "settle": _settle, "keep": _keep, "end": _end}
