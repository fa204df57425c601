"""Orders of platforms: volume and subsidy by platform, lists looked at row by row, traced, taken in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import campaigns, order_lists, platform_firms, platform_orders, sale_results
from doudi.delivery.enterprises import Licence
from doudi.delivery.order_lists import HELD, NEW, REFUSED, SAME, Line
from doudi.delivery.platform_firms import PlatformFirm
from doudi.delivery.platform_orders import OrderList, Volume
from doudi.funds.bank_accounts import ENTERPRISE, BankAccount
from doudi.register.exporting.columns import Column
from doudi.register.items import Item
from doudi.register.uploads import shown_name
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.deeds.days import today
from doudi.web.deeds.purchases import table
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 100
MOST_LISTS = 30
MOST_BYTES = 20_000_000
FIRM = ("platform", "credit_code", "firm", "bank")


@permission("platform_order.read")
def show_orders(request: HttpRequest) -> HttpResponse:
    """Each platform's traced volume and what it would get; the lists brought in; the form for another."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", at: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    campaign = campaigns.present(on=day)
    volumes = platform_orders.volumes(on=day)
    context = {
        "day": day,
        "campaign": campaign,
        "rate": figures.decimal(campaign.rate * 100) + "%" if campaign.rate is not None else "",
        "volumes": [(each, campaign.subsidy(each.net)) for each in volumes],
        "lists": list(OrderList.objects.defer("rows").select_related("platform")[:MOST_LISTS]),
        "may_take_in": reader.may("platform_order.take_in"),
        "platform": plain(request.POST.get("platform", ""))[:18],
        "firms": _firms(volumes),
        "may_name": reader.may("platform.name"),
        "typed": {name: plain(request.POST.get(name, ""))[:200] for name in FIRM},
        "at": at or "file",
        "problem": problem,
    }
    return show(request, "deeds/orders.html", context, status=422 if problem else 200)


def _firms(volumes: Iterable[Volume]) -> list[tuple[Volume, PlatformFirm | None, BankAccount | None]]:
    """Whose each platform is, and the account it is paid to."""
    held = {each.platform_id: each for each in PlatformFirm.objects.select_related("enterprise")}
    ids = [each.enterprise_id for each in held.values()]
    open_ones = BankAccount.objects.filter(payee_kind=ENTERPRISE, payee_id__in=ids, until_day=None)
    accounts = {each.payee_id: each for each in open_ones}
    return [
        (each, firm, accounts.get(firm.enterprise_id) if firm else None)
        for each in volumes
        for firm in [held.get(each.platform_id)]
    ]


@permission("platform.name")
@require_POST
def name_firm(request: HttpRequest) -> HttpResponse:
    """Say which enterprise a platform is, and the account its subsidy goes to; 422 with what was typed."""
    typed = {name: plain(request.POST.get(name, "")).strip()[:200] for name in FIRM}
    try:
        said = Licence(typed["credit_code"], typed["firm"], local=request.POST.get("local") == "yes")
        by = reader_of(request).user.username
        platform_firms.name(
            _platform(request), said, bank=typed["bank"][:100], number=request.POST.get("number", "")[:60], by=by,
            on=today(),
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, words_of(refusal), "firm")
    return HttpResponseRedirect(reverse("orders") + "#firms")


def _platform(request: HttpRequest) -> Item:
    """The platform a form names. Raises Refusal."""
    number = request.POST.get("platform", "")
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    platform = Item.objects.filter(pk=int(number), kind="platform").first() if whole else None
    if platform is None:
        raise Refusal("请选择是哪个平台。", "Choose the platform.", "platform")
    return platform


@permission("platform_order.take_in")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Read a list and go to its preview."""
    sent = request.FILES.get("file")
    try:
        platform = _platform(request)
        if sent is None:
            raise Refusal("请选择要上传的清单文件。", "Choose the list to send in.", "file")
        if (sent.size or 0) > MOST_BYTES:
            raise Refusal("文件超过 20 MB,请分成几份。", "The file is larger than 20 MB; split it.", "file")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "list"
            path.write_bytes(sent.read())
            name = shown_name(sent.name or "")
            made = order_lists.receive(path, name, platform, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(reverse("order-list", args=[made.pk]))


@permission("platform_order.take_in")
def give_form(request: HttpRequest) -> HttpResponse:
    """The table a platform fills in."""
    columns = [Column(name, words[0], words[-1], width=18) for name, words in order_lists.HEADINGS.items()]
    example = ["T2020022700001", "510921110212-0001", "", "", "鸡蛋", "120.50", "2020-02-27", ""]
    return table(_("平台订单清单"), columns, [example])


def list_of(number: str) -> OrderList:
    """The list of an address within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = OrderList.objects.select_related("platform").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("platform_order.read")
def show_list(request: HttpRequest, number: str) -> HttpResponse:
    """The preview: what each row would do, and for a row without a code the question whose it is."""
    return _one(request, list_of(number))


def _one(request: HttpRequest, held: OrderList, problem: str = "") -> HttpResponse:
    lines = order_lists.lines_of(held)
    reader, asked = reader_of(request), request.GET.get("standing", "")
    words = {NEW: _("可收下"), HELD: _("待认户"), SAME: _("已收过"), REFUSED: _("不能收")}
    first = next((each for each in (HELD, REFUSED, NEW, SAME) if held.counts.get(each)), NEW)
    standing = asked if asked in words else first
    page = Paginator([each for each in lines if each.standing == standing], A_PAGE).get_page(request.GET.get("page"))
    context = {
        "held": held,
        "sums": [(each, words[each], held.counts.get(each, 0), held.counts.get(f"{each}_fen", 0)) for each in words],
        "standing": standing,
        "page": page,
        "rows": _rows(list(page), reader, request),
        "open": held.state == platform_orders.READY and reader.may("platform_order.take_in"),
        "problem": problem,
    }
    return show(request, "deeds/order_list.html", context, status=422 if problem else 200)


def _rows(lines: list[Line], reader: Reader, request: HttpRequest) -> list[dict[str, Any]]:
    """Lines as shown; the head's name only to a duty that reads it."""
    english, heads = (get_language() or "zh").startswith("en"), _heads(lines, reader)
    return [
        {
            "line": line,
            "head": heads[line.household, line.head],
            "why": line.en if english else line.zh,
            "typed": plain(request.POST.get(f"row-{line.row}", ""))[:32],
        }
        for line in lines
    ]


def _heads(lines: list[Line], reader: Reader) -> dict[tuple[int | None, str], str]:
    """The heads a list names, each as the reader's duty shows it: a child may be one."""
    return names.bearers(((line.household, line.head) for line in lines), reader)


@permission("platform_order.take_in")
@require_POST
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """Say whose the held rows are."""
    held = list_of(number)
    chosen = {
        int(name[4:]): plain(value)
        for name, value in list(request.POST.items())[:2_000]
        if name.startswith("row-") and name[4:].isascii() and name[4:].isdigit() and len(name) <= 12
    }
    try:
        order_lists.settle(held, chosen, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, held, words_of(refusal))
    return HttpResponseRedirect(reverse("order-list", args=[held.pk]))


@permission("platform_order.take_in")
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take the new rows in."""
    held = list_of(number)
    try:
        sale_results.take_in(held, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, held, words_of(refusal))
    return HttpResponseRedirect(reverse("order-list", args=[held.pk]))


@permission("platform_order.take_in")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Put a list aside."""
    held = list_of(number)
    try:
        order_lists.discard(held, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, held, words_of(refusal))
    return HttpResponseRedirect(reverse("orders"))


@permission("platform_order.read")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stay out, each with its reason, as a workbook to send back."""
    held, reader = list_of(number), reader_of(request)
    english = (get_language() or "zh").startswith("en")
    columns = [
        Column("row", "行", "row", "int"),
        Column("number", "订单号", "order number", width=20),
        Column("code", "户编号", "household code", width=20),
        Column("head", "户主", "head"),
        Column("village", "村", "village"),
        Column("kind", "产品", "produce"),
        Column("fen", "金额", "amount", "money", "元"),
        Column("day", "日期", "date"),
        Column("why", "没有收下的原因", "why it stays out", width=40),
    ]
    out = [each for each in order_lists.lines_of(held) if each.standing in (HELD, REFUSED)]
    heads = _heads(out, reader)
    rows = [
        [each.row, each.number, each.code, heads[each.household, each.head], each.village, each.kind, each.fen,
         each.day, each.en if english else each.zh]
        for each in out
    ]  # fmt: skip
    return table(_("未收下的订单"), columns, rows)
