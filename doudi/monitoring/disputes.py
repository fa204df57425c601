"""Disputes: what somebody said of a fact against what is believed, until a person has chosen; no conflict vanishes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from doudi.monitoring import changes
from doudi.policy import answers, replies
from doudi.policy.sittings import Sitting, Word
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.monitoring.merging import Clash

MINE, THEIRS, ASK_VILLAGE, STATED = CHOICES = ("mine", "theirs", "ask_village", "stated")
OFFERED = (MINE, THEIRS, ASK_VILLAGE)
REVIEWERS = frozenset({"county_officer", "town_clerk", "village_officer"})  # who settles what is protected


class Disputes(models.QuerySet["Dispute"]):
    """The questions asked about disputes."""

    def waiting(self) -> Disputes:
        """Those that nobody has settled."""
        return self.filter(settled_at=None)

    def for_village(self) -> Disputes:
        """Those that were handed to the village, and those of protected facts, which its officers look at."""
        asked = models.Q(choice=ASK_VILLAGE) | models.Q(kind=changes.PROTECTED)
        return self.waiting().filter(asked)

    def within(self, prefix: str) -> Disputes:
        """Those of a county, town or village, by 6, 9 or 12 digits."""
        return self.filter(place_code__startswith=prefix)


class Dispute(models.Model):
    """Two words on one fact. `base` is what `mine_by` saw, `mine` what they said, `theirs` what stood against it.

    `kind` is conflict (somebody else said otherwise meanwhile) or protected (the fact keeps the server's value until it
    is looked at). `choice` is the last one made; with `settled_at` it is done, and `statement` is what it stated.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="disputes")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    fact = models.CharField(max_length=80)
    kind = models.CharField(max_length=16)
    base = models.JSONField(null=True)
    mine = models.JSONField(null=True)
    mine_by = models.CharField(max_length=150)
    mine_source = models.CharField(max_length=32)
    theirs = models.JSONField(null=True)
    theirs_by = models.CharField(max_length=150, blank=True, default="")
    theirs_source = models.CharField(max_length=32)
    check_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    choice = models.CharField(max_length=16, blank=True, default="")
    chosen_by = models.CharField(max_length=150, blank=True, default="")
    chosen_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    statement_id = models.BigIntegerField(null=True)

    objects = Disputes.as_manager()

    class Meta:
        db_table = "monitoring_dispute"
        ordering = ["opened_at", "id"]
        constraints = [
            place_code_is_whole("dispute_place_code_whole"),
            models.CheckConstraint(condition=models.Q(kind__in=changes.HELD), name="dispute_kind_known"),
            models.CheckConstraint(condition=models.Q(choice__in=("", *CHOICES)), name="dispute_choice_known"),
            models.CheckConstraint(
                condition=models.Q(choice="", chosen_by="", chosen_at=None)
                | (~models.Q(choice="") & ~models.Q(chosen_by="") & models.Q(chosen_at__isnull=False)),
                name="dispute_chosen_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at=None) | models.Q(choice__in=(MINE, THEIRS, STATED)),
                name="dispute_settled_by_choice",
            ),
        ]
        indexes = [
            models.Index(fields=["household"], name="dispute_waiting_of", condition=models.Q(settled_at=None)),
            models.Index(fields=["place_code"], name="dispute_waiting_in", condition=models.Q(settled_at=None)),
        ]


def open_all(
    household: Household, clashes: Iterable[Clash], *, check_id: UUID | None, by: str, now: datetime
) -> list[int]:
    """Open a dispute for each clash, inside the command that found them; answers their ids.

    The same word of the same person on the same fact, still waiting, is the same dispute.
    """
    clashing, waiting = list(clashes), {}
    if clashing:
        waiting = {
            (each.subject_kind, each.subject_id, each.fact): each
            for each in Dispute.objects.waiting().filter(household=household, mine_by=by)
        }
    found = []
    for clash in clashing:
        said, held = clash.said, waiting.get((clash.said.kind, clash.said.subject_id, clash.said.fact))
        if (
            held is None
            or not changes.alike(held.mine, clash.mine)
            or not changes.alike(held.theirs, clash.theirs.value)
        ):
            held = Dispute.objects.create(
                household=household,
                place_code=household.place_code,
                subject_kind=said.kind,
                subject_id=said.subject_id,
                fact=said.fact,
                kind=clash.kind,
                base=said.base,
                mine=clash.mine,
                mine_by=by,
                mine_source=clash.source,
                theirs=clash.theirs.value,
                theirs_by=clash.theirs.by,
                theirs_source=clash.theirs.source,
                check_id=check_id,
                opened_at=now,
            )
        found.append(held.pk)
    return found


def choose(
    dispute_id: int,
    choice: str,
    *,
    by: str,
    roles: Collection[str],
    now: datetime,
    household_id: int | None = None,
    key: UUID | None = None,
    sitting: Sitting | None = None,
    source: str = "",
) -> Dispute:
    """Choose mine, theirs or ask the village. Mine is stated today in the words of who said it; theirs changes nothing.

    Who looked for themselves names the `source` that mine is now said by: what was seen in the field is not outdone by
    what somebody saw there before. A helper's choice about a protected fact is kept and waits for the village or the
    town, and nobody settles their own word there. Raises Refusal for a dispute out of scope or settled, for a choice
    that is none, and for a source the roles do not pass on.
    """
    if choice not in OFFERED:
        raise Refusal("请选“我的”“对方的”或“请村里核实”。", "Choose mine, theirs or ask the village.", "choice")
    if source:
        answers.refuse_not_theirs(source, roles)
    payload = [dispute_id, choice, source] if source else [dispute_id, choice]
    with carry_out("monitoring.disputes.choose", by=by, key=key, payload=payload) as act:
        held = _held(dispute_id, household_id)
        settles = choice != ASK_VILLAGE and _may_settle(held, choice, by=by, roles=roles)
        if settles and choice == MINE:
            word = Word(held.subject_kind, held.subject_id, held.fact, held.mine, source or held.mine_source)
            held.statement_id = _state(held, word, by=by, now=now, sitting=sitting)
        _note(held, choice, settles, by=by, now=now)
        act.result = {"dispute": held.pk, "choice": choice, "settled": settles, "statement": held.statement_id}
    return held


def state(
    dispute_id: int, text: str, *, source: str, by: str, roles: Collection[str], now: datetime, key: UUID | None = None
) -> Dispute:
    """Settle a dispute by what was found on looking: `text` as a person types it, said by `source`.

    Raises Refusal for a dispute out of scope or settled, a value that is none, and one's own word of a protected fact.
    """
    with carry_out("monitoring.disputes.state", by=by, key=key, payload=[dispute_id, text, source]) as act:
        held = _held(dispute_id)
        if not _may_settle(held, STATED, by=by, roles=roles):
            raise _not_alone()
        sitting = Sitting([held.household_id], now=now)
        fact = sitting.vocabulary.fact(held.subject_kind, held.fact.partition("@")[0])
        assert fact is not None
        minor = sitting.pack.currency.minor if sitting.pack else 100
        word = Word(held.subject_kind, held.subject_id, held.fact, replies.read(text, fact, minor=minor), source)
        answers.refuse_not_theirs(source, roles)
        held.statement_id = _state(held, word, by=by, now=now, sitting=sitting)
        sitting.decide(by=by)
        _note(held, STATED, True, by=by, now=now)
        act.result = {"dispute": held.pk, "statement": held.statement_id}
    return held


def _held(dispute_id: int, household_id: int | None = None) -> Dispute:
    held = Dispute.objects.select_for_update(of=("self",)).filter(pk=dispute_id).first()
    if held is None or household_id not in (None, held.household_id):
        raise Refusal(f"没有编号为 {dispute_id} 的分歧。", f"There is no dispute {dispute_id}.", "dispute")
    if held.settled_at is not None:
        when = timezone.localdate(held.settled_at)
        raise Refusal(
            f"这处分歧已由 {held.chosen_by} 于 {when} 处理。", f"{held.chosen_by} settled this on {when}.", "dispute"
        )
    return held


def _may_settle(held: Dispute, choice: str, *, by: str, roles: Collection[str]) -> bool:
    """Whether a choice is the last word: of a protected fact only somebody else's than who said `mine`."""
    if held.kind != changes.PROTECTED or (choice == THEIRS and by == held.mine_by):
        return True
    return not REVIEWERS.isdisjoint(roles) and by != held.mine_by


def _not_alone() -> Refusal:
    return Refusal(
        "这一项关系到身份、收入、资格或贷款,要由村里或乡镇的另一位来定。",
        "This decides identity, income, standing or a loan: somebody else of the village or the town settles it.",
        "dispute",
    )


def _state(held: Dispute, word: Word, *, by: str, now: datetime, sitting: Sitting | None) -> int:
    own = sitting or Sitting([held.household_id], now=now)
    evidence: dict[str, Any] = {"dispute": held.pk, "said_by": held.mine_by}
    (number,) = own.say(held.household_id, [word], by=by, about=timezone.localdate(now), evidence=evidence)
    if sitting is None:
        own.decide(by=by)
    return number


def _note(held: Dispute, choice: str, settles: bool, *, by: str, now: datetime) -> None:
    held.choice, held.chosen_by, held.chosen_at = choice, by, now
    held.settled_at = now if settles else None
    held.save(update_fields=["choice", "chosen_by", "chosen_at", "settled_at", "statement_id"])
