"""Awards for hiring: claims with their questions, one by one or by a table, and the account to pay to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.delivery import enterprises, hire_sheets, hire_signals, hires, reserving
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.hires import Claim
from doudi.delivery.states import OVER, WORDS
from doudi.funds.bank_accounts import ENTERPRISE, BankAccount
from doudi.funds.payments import STATES_ZH
from doudi.places.divisions import Place
from doudi.register.exporting.columns import Column
from doudi.register.persons import Person
from doudi.values.refusals import Refusal
from doudi.web import names, papers, shell
from doudi.web.deeds import wording
from doudi.web.deeds.days import today
from doudi.web.deeds.purchases import table
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

A_PAGE, MOST = 50, 5_000
DOOR = Door(
    kind=hire_sheets.HIRES,
    back=reverse_lazy("hires"),  # type: ignore[arg-type]
    back_words=gettext_lazy("本地就业奖补"),
    look="hire-sheet",
    accept="hire-sheet-accept",
    discard="hire-sheet-discard",
    refused="hire-sheet-refused",
)
FIELDS = tuple(each.field for each in hire_sheets.COLUMNS)


@permission("hire.read")
@require_safe
def show_hires(request: HttpRequest) -> HttpResponse:
    """The claims within the duty, those that raise questions first where asked."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", sheet_problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    asked = request.GET.get("asked", "") == "open"
    every = _claims()
    questions = hire_signals.signals([each.pk for each in every if each.live and not each.answered])
    chosen = [each for each in every if questions.get(each.pk)] if asked else every
    page = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": today(),
        "page": page,
        "rows": told(list(page.object_list), reader),
        "asked": asked,
        "open": sum(bool(found) for found in questions.values()),
        "live": sum(each.live for each in every),
        "count": len(every),
        "typed": _typed(request),
        "may_claim": reader.may("hire.claim"),
        "may_manage": reader.may("hire.manage"),
        "problem": problem,
        "sheet_problem": sheet_problem,
    }
    return show(request, "deeds/hires.html", context, status=422 if problem or sheet_problem else 200)


def _claims() -> list[Claim]:
    found: QuerySet[Claim] = Claim.objects.select_related("enterprise", "person")
    return list(found[:MOST])


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: plain(request.POST.get(name, "")).strip()[:200] for name in FIELDS}


def told(held: Sequence[Claim], reader: Reader) -> list[dict[str, Any]]:
    """Claims in words: who, where, the award as it stands, and the questions nobody has answered."""
    people = dict(names.persons({each.person_id: each.person.name for each in held}, reader))
    villages = dict(Place.objects.filter(code__in={each.place_code for each in held}).values_list("code", "name"))
    found = hire_signals.signals([each.pk for each in held])
    awards = {
        each.subject_id: each
        for each in Entitlement.objects.filter(
            measure=hires.MEASURE, subject_kind="hire", subject_id__in=[each.hire_id for each in held]
        ).exclude(state__in=OVER)
    }
    paid = reserving.standing([each.pk for each in awards.values()])
    return [
        {
            "claim": each,
            "name": people.get(each.person_id, ""),
            "village": villages.get(each.place_code, each.place_code),
            "award": awards.get(each.hire_id),
            "stands": _stands(each, awards.get(each.hire_id), paid),
            "questions": [signal.en if _english() else signal.zh for signal in found.get(each.pk, [])],
        }
        for each in held
    ]


def _english() -> bool:
    return (get_language() or "zh").startswith("en")


def _stands(each: Claim, award: Entitlement | None, paid: dict[int, Any]) -> str:
    if not each.live:
        return _("已撤回")
    if award is None:
        return _("已申报,待下次运行决定")
    payment = paid.get(award.pk)
    if payment is not None:
        return payment.state if _english() else STATES_ZH[payment.state]
    return WORDS[award.state][1 if _english() else 0]


@permission("hire.claim")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Take one claim in; the page as typed with the reason where it cannot be."""
    typed, by = _typed(request), reader_of(request).user.username
    try:
        person = Person.objects.filter(code=typed["person"]).first() or (
            Person.objects.filter(id_number=typed["person"].upper()).first() if typed["person"] else None
        )
        if person is None or person.name != typed["name"]:
            raise Refusal("职责范围内没有编号和姓名都对得上的人。", "Nobody has that number and that name.", "person")
        licence, said = hire_sheets.licence_of(typed), hire_sheets.hired_of(typed, person)
        made = hires.take(licence, said, by=by, on=today(), now=timezone.now())
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(reverse("hire", args=[made.pk]) + "?done=1")


def claim_of(number: str) -> Claim:
    """The claim of an address within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Claim.objects.select_related("enterprise", "person").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("hire.read")
@require_safe
def show_hire(request: HttpRequest, number: str) -> HttpResponse:
    """One claim: contract, payroll, questions, award, account."""
    return _one(request, claim_of(number))


def _one(request: HttpRequest, held: Claim, problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    (row,) = told([held], reader)
    account = BankAccount.objects.filter(payee_kind=ENTERPRISE, payee_id=held.enterprise_id, until_day=None).first()
    context = {
        "row": row,
        "claim": held,
        "claimant": hires.CLAIMANTS[held.claimant][1 if _english() else 0],
        "firm": held.enterprise,
        "account": account,
        "wanted": wording.wanted(row["award"]) if row["award"] else [],
        "typed": {name: plain(request.POST.get(name, ""))[:300] for name in ("payroll", "words", "reason", "bank")},
        "act": plain(request.POST.get("act", ""))[:10],
        "may_manage": reader.may("hire.manage"),
        "problem": problem,
    }
    return show(request, "deeds/hire.html", context, status=422 if problem else 200)


@permission("hire.manage")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Show a payroll proof, answer the questions, name the firm's account, or withdraw the claim."""
    held, does = claim_of(number), _ACTS.get(request.POST.get("act", ""))
    try:
        if does is None:
            raise Refusal("请选择要办的事。", "Choose what to do.", "act")
        does(held, request, reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, claim_of(number), words_of(refusal))
    return HttpResponseRedirect(reverse("hire", args=[held.pk]) + "?done=1")


def _show_payroll(held: Claim, request: HttpRequest, by: str) -> None:
    hires.show_payroll(held, plain(request.POST.get("payroll", "")), by=by, on=today(), now=timezone.now())


def _answer(held: Claim, request: HttpRequest, by: str) -> None:
    hires.answer(held, plain(request.POST.get("words", "")), by=by)


def _withdraw(held: Claim, request: HttpRequest, by: str) -> None:
    hires.withdraw(held, plain(request.POST.get("reason", "")), by=by)


def _keep_account(held: Claim, request: HttpRequest, by: str) -> None:
    bank, number = (plain(request.POST.get(name, "")).strip()[:100] for name in ("bank", "number"))
    enterprises.keep_account(held.enterprise, bank=bank, number=number, by=by, on=today())


_ACTS: dict[str, Callable[[Claim, HttpRequest, str], None]] = {
    "payroll": _show_payroll,
    "answer": _answer,
    "withdraw": _withdraw,
    "account": _keep_account,
}


# -- tables and the paper


@permission("hire.read")
@require_safe
def give_table(request: HttpRequest) -> HttpResponse:
    """The claims within the duty as a workbook."""
    columns = [
        Column("id", "申报号", "claim", "int"), Column("firm", "企业", "enterprise", width=24),
        Column("code", "信用代码", "credit code", width=22), Column("name", "姓名", "name"),
        Column("village", "村(社区)", "village"), Column("begun", "到岗日期", "begun on"),
        Column("months", "合同月数", "months", "int"), Column("contract", "合同编号", "contract"),
        Column("payroll", "工资凭证", "payroll proof"), Column("stands", "状态", "state", width=20),
        Column("asks", "要核的问题", "questions", width=60),
    ]  # fmt: skip
    rows = [
        [it.pk, it.enterprise.name, it.enterprise.credit_code, row["name"], row["village"], it.begun_on.isoformat(),
         it.months, it.contract, it.payroll, row["stands"], " ".join(row["questions"])]
        for row in told(_claims(), reader_of(request)) for it in [row["claim"]]
    ]  # fmt: skip
    return table(_("本地就业奖补申报"), columns, rows)


@permission("hire.read")
@require_safe
def draw_list(request: HttpRequest) -> HttpResponse:
    """The claims as a paper for the bureau's file."""
    rows = told([each for each in _claims() if each.live][:1_000], reader_of(request))
    context = {"rows": rows, "day": today(), "shell": shell.shell_of(request)}
    return papers.answer(request, "papers/hires.html", context, name=_("本地就业奖补申报") + f"-{today()}")


@permission("hire.manage")
@require_safe
def give_form(request: HttpRequest) -> HttpResponse:
    """The table to fill in."""
    return DOOR.give_form()


@permission("hire.manage")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Take a table to its preview."""
    answer = DOOR.bring(request, about=today().isoformat())
    return _page(request, sheet_problem=answer) if isinstance(answer, str) else answer


@permission("hire.manage")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("hire.manage")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return DOOR.take_in(request, number)


@permission("hire.manage")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("hire.manage")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)
