"""Where the money of a contract goes: the account of whoever builds, in the contract's own name."""

from __future__ import annotations

from datetime import date

from doudi.funds import bank_accounts
from doudi.funds.bank_accounts import ORGANISATION, BankAccount, Holding
from doudi.projects import projects
from doudi.projects.projects import Project
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_BANK = 100


def record(project: Project, bank: str, number: str, *, by: str, on: date) -> BankAccount:
    """Record the contractor's account for a project; an earlier one is closed. Its holder is the contract's builder.

    Raises Refusal without a contract, and for a number that is none or stands in another name.
    """
    with carry_out("projects.contractors.record", by=by, payload=[project.pk, bank, number[-4:], on]):
        held = projects.hold(project)
        if not held.contractor:
            raise Refusal("这个项目还没有登记合同,不知道付给谁。", "The project has no contract yet.", "number")
        if len(bank.strip()) > LONGEST_BANK:
            raise Refusal(f"不能超过{LONGEST_BANK}个字。", f"No more than {LONGEST_BANK} characters.", "bank")
        told = Holding(ORGANISATION, held.pk, None, held.place_code, held.contractor, bank.strip(), number)
        (made,) = bank_accounts.record([told], by=by, on=on)
    return BankAccount.objects.get(pk=made)


def account_of(project: Project) -> BankAccount | None:
    """The account money of a project goes to now; None where the contract's builder has none on record."""
    held = BankAccount.objects.filter(payee_kind=ORGANISATION, payee_id=project.pk, until_day=None).first()
    return held if held and held.holder == project.contractor else None


def require_account(project: Project) -> BankAccount:
    """The account of a project's builder. Raises Refusal where there is none."""
    held = account_of(project)
    if held is None:
        raise Refusal(
            f"施工单位“{project.contractor}”还没有登记收款账号。请先在本页登记账号,再申请拨款。",
            f"The contractor “{project.contractor}” has no account on record. Record it on this page, then ask.",
            "sum",
        )
    return held
