"""The accounts a household is paid into: the last four digits of each, and a form to record or correct one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doudi.access.permissions import permission
from doudi.funds import bank_accounts
from doudi.funds.bank_accounts import BankAccount, Holding
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds import days
from doudi.web.errors import words_of
from doudi.web.money.asking import typed
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


@permission("bank_account.record")
def show_accounts(request: HttpRequest, code: str) -> HttpResponse:
    """The accounts of one household; 422 with what is wrong with a new one, everything kept but the number."""
    household = Household.objects.filter(code=code).first()
    if household is None:
        raise Http404
    if request.method != "POST":
        return _page(request, household)
    given = typed(request, "payee", "holder", "bank", "number")
    try:
        holding = _holding(household, given)
        bank_accounts.record([holding], by=reader_of(request).user.username, on=days.today())
    except Refusal as refusal:
        return _page(request, household, given, words_of(refusal), refusal.where or "")
    return HttpResponseRedirect(reverse("bank-accounts", args=[household.code]))


def _holding(household: Household, given: dict[str, str]) -> Holding:
    kind, number = "household", household.pk
    if given["payee"]:
        person = Person.objects.filter(household_id=household.pk, code=given["payee"]).first()
        if person is None:
            raise Refusal("这户没有这个人。", "There is no such person in the household.", "payee")
        kind, number = "person", person.pk
    return Holding(
        kind, number, household.pk, household.place_code, given["holder"][:100], given["bank"][:100], given["number"]
    )


def _page(
    request: HttpRequest, household: Household, given: dict[str, str] | None = None, problem: str = "", where: str = ""
) -> HttpResponse:
    reader = reader_of(request)
    persons = {person.pk: person for person in Person.objects.filter(household_id=household.pk).order_by("code")}
    rows = list(BankAccount.objects.filter(household_id=household.pk).order_by("until_day", "-id"))
    holders = names.bearers(((household.pk, row.holder) for row in rows), reader)
    context = {
        "household": household,
        "head": names.head(household, reader),
        "rows": [(row, _payee(row, persons, reader, household), holders[household.pk, row.holder]) for row in rows],
        "persons": [(one.code, names.person(one.name, one.pk, household, reader)) for one in persons.values()],
        "typed": {**(given or {}), "number": ""},
        "problem": problem,
        "where": where,
    }
    return show(request, "money/accounts.html", context, status=422 if problem else 200)


def _payee(row: BankAccount, persons: dict[int, Person], reader: Reader, household: Household) -> str:
    """Whose account it is, where a member's."""
    person = persons.get(row.payee_id) if row.payee_kind == "person" else None
    return names.person(person.name, person.pk, household, reader) if person else ""
