"""Poverty projects: who answers for one, what it costs, by when works and money are due, how far both have come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from doudi.places.divisions import Place
from doudi.register import items
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.items import Item
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WHOLE = 10_000  # basis points of a finished project
_CODE = re.compile(r"[\w.-]{1,64}")
LARGEST_FEN = 10**12  # ten billion yuan: times WHOLE it still fits a bigint
KINDS = {  # word: zh, en
    "road": ("道路", "road"),
    "water": ("饮水", "drinking water"),
    "irrigation": ("水利灌溉", "irrigation"),
    "housing": ("危房改造", "housing"),
    "industry": ("产业发展", "industry"),
    "land": ("土地整治", "land"),
    "clinic": ("公共服务", "public service"),
    "other": ("其他", "other"),
}


class Projects(models.QuerySet["Project"]):
    """The questions asked about projects."""

    def under_way(self) -> Projects:
        """Started and not finished."""
        return self.filter(started_on__isnull=False, accepted_bp__lt=WHOLE)

    def not_begun(self) -> Projects:
        """Those whose start nobody has agreed to yet."""
        return self.filter(started_on__isnull=True)


class Project(models.Model):
    """One project, beside the register's item of the same code, whose facts the rules read.

    Money is in fen; `accepted_bp` is accepted progress in basis points of the contract, `out_fen` what was asked for
    and not refused. Both, `started_on` and the two days are written by the database alone, when a report is accepted,
    money asked for, a start or a slip agreed by two persons (`doudi.projects.guards`).
    """

    id = models.BigAutoField(primary_key=True)
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="project")
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=[(name, en) for name, (_, en) in KINDS.items()])
    owner = models.CharField(max_length=100)
    bureau = models.CharField(max_length=100)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    planned_fen = models.BigIntegerField()
    contractor = models.CharField(max_length=100, blank=True)
    contract_fen = models.BigIntegerField(null=True, blank=True)
    contract_days = models.IntegerField(null=True, blank=True)
    works_due = models.DateField()
    money_due = models.DateField()
    started_on = models.DateField(null=True, blank=True)
    accepted_bp = models.IntegerField(default=0)
    out_fen = models.BigIntegerField(default=0)

    objects = Projects.as_manager()

    class Meta:
        db_table = "projects_project"
        ordering = ["code"]
        constraints = [
            place_code_is_whole("projects_project_place_whole"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="projects_project_kind_known"),
            models.CheckConstraint(
                condition=Q(planned_fen__gt=0, planned_fen__lte=LARGEST_FEN), name="projects_project_planned_sum"
            ),
            models.CheckConstraint(
                condition=Q(contract_fen__isnull=True, contractor="", contract_days__isnull=True)
                | (Q(contract_fen__gt=0, contract_fen__lte=LARGEST_FEN, contract_days__gt=0) & ~Q(contractor="")),
                name="projects_project_contract_whole",
            ),
            models.CheckConstraint(
                condition=Q(accepted_bp__gte=0, accepted_bp__lte=WHOLE), name="projects_project_progress_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(out_fen__gte=0, out_fen__lte=Coalesce(F("contract_fen"), 0) * F("accepted_bp") / WHOLE),
                name="projects_project_money_within_progress",
            ),
            models.CheckConstraint(
                condition=Q(money_due__gte=F("works_due")), name="projects_project_money_after_works"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def allowed_fen(self) -> int:
        """The most that may have gone out by now: accepted progress times the contract, rounded down."""
        return (self.contract_fen or 0) * self.accepted_bp // WHOLE

    @property
    def finished(self) -> bool:
        """Whether all works are accepted."""
        return self.accepted_bp == WHOLE


@dataclass(frozen=True, slots=True)
class Contract:
    """Who builds, for how many fen, in how many days."""

    contractor: str
    fen: int
    days: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list of projects says of one; `place` is a village's or the county's twelve digits."""

    code: str
    name: str
    kind: str
    owner: str
    bureau: str
    place: str
    planned_fen: int
    works_due: date
    money_due: date
    contract: Contract | None = None


def register(entry: Entry, *, by: str, on: date, now: datetime) -> Project:
    """Take a project into the records, and into the register when its code is new there.

    Raises Refusal for a code taken, a place that is none, or what cannot stand in the records.
    """
    refuse_wrong(entry)
    if Project.objects.filter(code=entry.code).exists():
        raise Refusal(
            f"项目编号 {entry.code} 已有记录。请换一个编号,或在该项目页上修改。",
            f"The code {entry.code} is taken. Use another, or change that project on its page.",
            "code",
        )
    with carry_out("projects.register", by=by, payload=[entry.code, entry.name, entry.planned_fen, on]) as act:
        item = items.find_or_add("project", entry.code, label=entry.name, place_code=entry.place, on=on, now=now)
        made = Project(
            item=item,
            code=entry.code,
            name=entry.name,
            kind=entry.kind,
            owner=entry.owner,
            bureau=entry.bureau,
            place_code=item.place_code,
            planned_fen=entry.planned_fen,
            works_due=entry.works_due,
            money_due=entry.money_due,
        )
        if entry.contract:
            _write_contract(made, entry.contract)
        made.save()
        act.result = {"project": made.pk}
    return made


def sign(project: Project, contract: Contract, *, by: str) -> Project:
    """Write the contract down, or correct it while no money has gone out. Raises Refusal."""
    refuse_wrong_contract(contract)
    with carry_out("projects.sign", by=by, payload=[project.pk, contract.contractor, contract.fen, contract.days]):
        held = hold(project)
        if held.out_fen:
            raise Refusal(
                "这个项目已经拨过款,合同不能再改。确需变更的,请先退回拨款。",
                "Money of this contract has gone out, so it can no longer be changed.",
                "contract_fen",
            )
        _write_contract(held, contract)
        held.save(update_fields=["contractor", "contract_fen", "contract_days"])
    return held


def hold(project: Project) -> Project:
    """The project as it stands now, held until the transaction ends."""
    return Project.objects.select_for_update(of=("self",)).get(pk=project.pk)


def refuse_wrong(entry: Entry) -> None:
    """Raise Refusal, naming the field, for what the records cannot take."""
    for name, text in (("code", entry.code), ("name", entry.name), ("owner", entry.owner), ("bureau", entry.bureau)):
        if not text.strip():
            raise Refusal("这一项没有填。请填写。", "This is empty. Fill it in.", name)
    if not _CODE.fullmatch(entry.code):
        raise Refusal("项目编号只能用文字、数字、点和短横线。", "A code is letters, digits, dots and dashes.", "code")
    if entry.kind not in KINDS:
        listed = "、".join(zh for zh, _ in KINDS.values())
        raise Refusal(f"没有“{entry.kind}”这一类项目。可选:{listed}。", f"No kind “{entry.kind}”.", "kind")
    if not 0 < entry.planned_fen <= LARGEST_FEN:
        raise Refusal("计划资金应大于0、不超过100亿元。", "The planned sum must be above 0 and sensible.", "planned")
    if entry.money_due < entry.works_due:
        raise Refusal("拨付期限不能早于完工期限。", "Money cannot be due before the works.", "money_due")
    if not Place.objects.filter(code=entry.place, level__in=("county", "village")).exists():
        raise Refusal(f"没有代码为 {entry.place} 的村或县。", f"There is no village or county {entry.place}.", "place")
    if entry.contract:
        refuse_wrong_contract(entry.contract)


def refuse_wrong_contract(contract: Contract) -> None:
    """Raise Refusal for a contract without a builder, a sum or a time."""
    if not contract.contractor.strip():
        raise Refusal("没有填施工单位。", "The contractor is missing.", "contractor")
    if not 0 < contract.fen <= LARGEST_FEN:
        raise Refusal("合同金额应大于0、不超过100亿元。", "The contract's sum must be above 0.", "contract_fen")
    if not 0 < contract.days <= 3_650:
        raise Refusal("工期应在1天到3650天之间。", "The time must be between 1 and 3,650 days.", "contract_days")


def _write_contract(project: Project, contract: Contract) -> None:
    project.contractor, project.contract_fen = contract.contractor, contract.fen
    project.contract_days = contract.days
