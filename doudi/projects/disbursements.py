"""Money out of a project's contract: never more than accepted progress times the contract, whoever asks at once.

What is asked for is set aside from the budget of works and becomes a payment at once (`doudi.funds`): another person
checks it, a third sends it to the bank, the bank answers. It counts from when it is asked for, so that two who ask at
the same moment cannot both get the last fen; what is refused counts no longer. The database keeps the sum, its bound
and the budget's balance.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models import Q

from doudi.funds import payments, reservations
from doudi.funds.budgets import Budget
from doudi.funds.payments import Payee, Payment
from doudi.projects import contractors, projects
from doudi.projects.projects import LARGEST_FEN, Project
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

ASKED, REFUSED = "asked", "refused"
ORIGIN = "disbursement"  # how payments name what they are for
MEASURE = "10a_start_works"  # whose budget pays the works


class Disbursement(models.Model):
    """One sum of a project's contract, in fen. How far it has come stands on its payment."""

    STATES = [(ASKED, "asked"), (REFUSED, "refused")]

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="disbursements")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    fen = models.BigIntegerField()
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=ASKED)
    asked_by = models.CharField(max_length=150)
    asked_on = models.DateField()
    refused_by = models.CharField(max_length=150, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "projects_disbursement"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(fen__gt=0, fen__lte=LARGEST_FEN), name="projects_disbursement_some"),
            models.CheckConstraint(
                condition=Q(state=ASKED, refused_by="") | (Q(state=REFUSED) & ~Q(refused_by="") & ~Q(answer="")),
                name="projects_disbursement_asked_or_refused",
            ),
        ]


def ask(project: Project, fen: int, *, note: str = "", by: str, on: date) -> Disbursement:
    """Ask for a sum: it is set aside and waits as a payment for another person's check.

    Raises Refusal for one fen more than accepted progress allows or the budget has, and without the builder's account.
    """
    with carry_out("projects.disbursements.ask", by=by, payload=[project.pk, fen, note, on]) as act:
        held = projects.hold(project)
        _refuse_beyond(held, fen)
        account, budget = contractors.require_account(held), _budget(held, on)
        made = Disbursement.objects.create(
            project=held, place_code=held.place_code, fen=fen, note=note.strip(), asked_by=by, asked_on=on
        )
        payee = Payee(ORIGIN, made.pk, None, None, held.place_code, fen, account.pk)
        payments.make([payee], by=by, on=on, budget=budget)
        act.result = {"disbursement": made.pk}
    return made


def refuse(disbursement: Disbursement, *, answer: str, by: str, on: date) -> Disbursement:
    """Refuse a sum that is not at the bank, for a reason: its payment is stopped, its money is free again.

    Raises Refusal without a reason, a second time, and for a sum with the bank or paid.
    """
    if not answer.strip():
        raise Refusal("不同意要写明原因。", "Give a reason for refusing.", "answer")
    with carry_out("projects.disbursements.refuse", by=by, payload=[disbursement.pk, answer, on]):
        projects.hold(disbursement.project)
        held = Disbursement.objects.select_for_update().get(pk=disbursement.pk)
        if held.state != ASKED:
            raise Refusal("这笔拨款已经不同意过。", "This sum was refused already.", "state")
        _stop(held, reason=answer, by=by, on=on)
        held.state, held.refused_by, held.answer = REFUSED, by, answer.strip()
        held.save(update_fields=["state", "refused_by", "answer"])
    return held


def paid(projects: Collection[Project], *, on: date) -> list[tuple[int, date, int]]:
    """What the bank has paid by a day: (project, day, fen), in order."""
    owner = dict(Disbursement.objects.filter(project__in=projects).values_list("pk", "project_id"))
    rows = Payment.objects.current().filter(origin_kind=ORIGIN, origin_id__in=owner, state=payments.PAID)
    found = rows.filter(settled_on__lte=on).values_list("origin_id", "settled_on", "fen")
    return sorted((owner[number], day, fen) for number, day, fen in found if day is not None)


def payments_for(project: Project) -> models.QuerySet[Payment]:
    """The present payments of a project's sums."""
    sums = Disbursement.objects.filter(project=project).values("pk")
    return Payment.objects.current().filter(origin_kind=ORIGIN, origin_id__in=sums)


def payments_of(rows: Collection[Disbursement]) -> dict[int, Payment]:
    """The present payment of each sum."""
    found = Payment.objects.current().filter(origin_kind=ORIGIN, origin_id__in=[row.pk for row in rows])
    return {each.origin_id: each for each in found}


def _stop(held: Disbursement, *, reason: str, by: str, on: date) -> None:
    """Stop the payment and free the money; what the bank refused is not with the bank any more."""
    standing = payments.state_of(ORIGIN, [held.pk])[held.pk]
    if standing.state not in (payments.FAILED, payments.STOPPED):
        payments.stop(ORIGIN, [held.pk], reason=reason, by=by, on=on)
    reservations.release([reservations.reference_of(ORIGIN, held.pk)], reason=reason, by=by, on=on)


def _budget(project: Project, on: date) -> Budget:
    found = Budget.objects.covering(MEASURE, project.place_code, on=on).first()
    if found is None:
        raise Refusal(
            f"项目建设在 {on} 没有可用的预算。请先在“资金”里给“{MEASURE}”下达预算。",
            f"No budget for works runs on {on}. Establish one for “{MEASURE}” under Money first.",
            "sum",
        )
    return found


def _refuse_beyond(project: Project, fen: int) -> None:
    if fen <= 0:
        raise Refusal("金额应大于0元。", "The sum must be above 0 yuan.", "sum")
    if project.contract_fen is None:
        raise Refusal("这个项目还没有登记合同,不能拨款。", "The project has no contract yet.", "sum")
    left = project.allowed_fen - project.out_fen
    if fen > left:
        raise Refusal(
            f"最多还能申请 {money.tell(max(0, left))} 元:已验收进度 {project.accepted_bp / 100:g}% × 合同"
            f" {money.tell(project.contract_fen)} 元,减去已申请 {money.tell(project.out_fen)} 元。",
            f"At most {money.tell(max(0, left))} yuan can be asked for: {project.accepted_bp / 100:g} % accepted of"
            f" {money.tell(project.contract_fen)} yuan, less {money.tell(project.out_fen)} yuan asked for.",
            "sum",
        )
