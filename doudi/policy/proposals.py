"""Proposals: a changed pack, frozen by its hash, that one person puts forward and another adopts or sends back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from doudi.access import permissions
from doudi.access.duties import Duty
from doudi.access.users import User
from doudi.policy import packs, packs_check, retyping, texts, versions
from doudi.policy.complaints import readable
from doudi.policy.drafts import Draft
from doudi.policy.versions import PackVersion
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WAITING, ADOPTED, RETURNED, WITHDRAWN = "waiting", "adopted", "returned", "withdrawn"
ADOPTS = "pack.adopt"  # the permission whose holders may adopt


class Proposal(models.Model):
    """A pack put forward. Its text never changes; who decides it is never who proposed it (the database keeps that).

    `findings` are the complaints of a quick check on the day it was proposed: examples that no longer hold and the
    like. `change` is what the version will say of itself: the parameter, its value, day, source and who named it.
    """

    STATES = [
        (WAITING, "waiting"),
        (ADOPTED, "adopted"),
        (RETURNED, "sent back"),
        (WITHDRAWN, "withdrawn"),
    ]

    pack_name = models.CharField(max_length=64)
    base = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="proposals")
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, null=True, related_name="proposals")
    hash = models.CharField(max_length=64)
    files = models.JSONField()
    change = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    title = models.CharField(max_length=200)
    reason = models.TextField()
    from_day = models.DateField()
    state = models.CharField(max_length=16, choices=STATES, default=WAITING)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        db_table = "policy_proposal"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[WAITING, WITHDRAWN]) | ~models.Q(decided_by=models.F("proposed_by")),
                name="policy_proposal_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(state=WAITING, decided_by="", decided_at=None)
                | (~models.Q(state=WAITING) & ~models.Q(decided_by="") & models.Q(decided_at__isnull=False)),
                name="policy_proposal_decided",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="policy_proposal_has_reason"),
            models.UniqueConstraint(
                fields=["pack_name", "hash"], condition=models.Q(state=WAITING), name="policy_proposal_once"
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}: {self.title}"

    @property
    def stale(self) -> bool:
        """Whether another version came into force since it was made."""
        return versions.in_force(self.pack_name).hash != self.base_id


# What was proposed is what is adopted: the database refuses any change of it.
FROZEN = """
CREATE FUNCTION policy_proposal_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.hash, OLD.files, OLD.base_id, OLD.reason, OLD.from_day, OLD.change, OLD.proposed_by)
       IS DISTINCT FROM (NEW.hash, NEW.files, NEW.base_id, NEW.reason, NEW.from_day, NEW.change, NEW.proposed_by)
       OR OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'a proposal is decided as it was made, once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_proposal_frozen BEFORE UPDATE ON policy_proposal
    FOR EACH ROW EXECUTE FUNCTION policy_proposal_frozen();
"""
DROP_FROZEN = "DROP TRIGGER policy_proposal_frozen ON policy_proposal; DROP FUNCTION policy_proposal_frozen();"


def waiting(for_user: str) -> models.QuerySet[Proposal]:
    """The proposals that wait for this person: put forward by somebody else."""
    return Proposal.objects.filter(state=WAITING).exclude(proposed_by=for_user)


def propose(
    files: dict[str, str],
    *,
    base: PackVersion,
    title: str,
    reason: str,
    from_day: date,
    by: str,
    now: datetime,
    change: dict[str, Any] | None = None,
    draft: Draft | None = None,
) -> Proposal:
    """Put a changed pack forward, frozen as it is. Raises PackErrors where it cannot be read.

    Refused without a reason, without a change, on a base no longer in force, or when the same waits already.
    """
    if not reason.strip():
        raise Refusal("请写明为什么要改。", "Say why it is to change.", "reason")
    if packs.hash_of(files) == base.hash:
        raise Refusal("没有任何改动,不必提请采用。", "Nothing is changed: there is nothing to propose.", "files")
    if versions.in_force(base.name).hash != base.hash:
        raise _stale()
    content_hash, findings = packs.hash_of(files), _findings(files, base)
    _refuse_twice(base.name, content_hash)
    with carry_out("policy.propose_pack", by=by, payload=[base.hash, content_hash, reason, from_day]) as act:
        made = Proposal.objects.create(
            pack_name=base.name,
            base=base,
            draft=draft,
            hash=content_hash,
            files=files,
            change=change or {},
            findings=findings,
            title=title.strip()[:200],
            reason=reason.strip(),
            from_day=from_day,
            proposed_by=by,
            proposed_at=now,
        )
        act.result = {"proposal": made.pk}
    return made


def _findings(files: dict[str, str], base: PackVersion) -> list[dict[str, Any]]:
    """What a quick check complains of in a text that can be read. Raises PackErrors where it cannot."""
    reading, name = readable(files), base.name
    if reading.pack.name != name:
        raise Refusal(
            f"pack.toml 里的名称不再是“{name}”;政策包的名称不能改。",
            f"pack.toml no longer says the name “{name}”; a pack keeps its name.",
            "pack.toml",
        )
    retyping.refuse(reading.pack.vocabulary, base.pack.vocabulary)
    return [packs_check.tell(each) for each in packs_check.check_read(reading).findings]


def adopt(proposal: Proposal, *, answer: str = "", by: str, now: datetime) -> PackVersion:
    """Adopt what another person proposed: a new version, which decides from the next run on.

    Raises Refusal for the proposer's own proposal, for who may not adopt, for one decided already, and where another
    version came into force since it was made.
    """
    with carry_out("policy.adopt_pack", by=by, payload=[proposal.pk, proposal.hash, answer]) as act:
        held = _held(proposal)
        _refuse_own(held, by)
        _refuse_stranger(by, on=timezone.localdate(now))
        if held.stale:
            raise _stale()
        change = {**held.change, "proposal": held.pk, "title": held.title, "proposed_by": held.proposed_by}
        rules = _changes_rules(held)
        version = versions.store(
            versions.pack_of(held.files),
            by=by,
            now=now,
            based_on=held.base_id,
            change=change,
            from_day=held.from_day if rules else None,
            own_text=rules,
        )
        _decide(held, ADOPTED, answer, by=by, now=now)
        act.result = {"proposal": held.pk, "version": version.hash}
    return version


def send_back(proposal: Proposal, *, answer: str, by: str, now: datetime) -> Proposal:
    """Decline what another person proposed, with the reason. The draft it came from stays open."""
    if not answer.strip():
        raise Refusal("退回要写明理由。", "Say why it is sent back.", "answer")
    with carry_out("policy.return_pack", by=by, payload=[proposal.pk, answer]):
        held = _held(proposal)
        _refuse_own(held, by)
        _refuse_stranger(by, on=timezone.localdate(now))
        return _decide(held, RETURNED, answer, by=by, now=now)


def withdraw(proposal: Proposal, *, by: str, now: datetime) -> Proposal:
    """Take one's own proposal back."""
    with carry_out("policy.withdraw_pack", by=by, payload=[proposal.pk]):
        held = _held(proposal)
        if held.proposed_by != by:
            raise Refusal("只有提请人可以撤回。", "Only who proposed it can withdraw it.", "by")
        return _decide(held, WITHDRAWN, "", by=by, now=now)


def _held(proposal: Proposal) -> Proposal:
    held = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if held.state != WAITING:
        raise Refusal(
            f"这项提请已由 {held.decided_by} 处理。",
            f"This proposal was decided by {held.decided_by} already.",
            "state",
        )
    return held


def _decide(held: Proposal, state: str, answer: str, *, by: str, now: datetime) -> Proposal:
    held.state, held.answer = state, answer.strip()
    held.decided_by, held.decided_at = by, now
    held.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    return held


def _changes_rules(held: Proposal) -> bool:
    """Whether more is changed than dated values, which carry their own first day."""
    return any(not name.startswith(versions.OVERLAYS) for name in texts.changed(held.base.files, held.files))


def _refuse_own(held: Proposal, by: str) -> None:
    if held.proposed_by == by:
        raise Refusal(
            "自己提请的,要由另一位县干部采用或退回。",
            "What you proposed yourself is for another county officer to adopt or send back.",
            "by",
        )


def _refuse_stranger(by: str, *, on: date) -> None:
    user = User.objects.active().filter(username=by).first()
    roles = {duty.role for duty in Duty.objects.of(user, on=on)} if user else set()
    if not permissions.may(roles, ADOPTS):
        raise Refusal(
            f"“{by}”没有采用政策的职责。请由一位在任的县干部办理。",
            f"“{by}” holds no duty that adopts policy. A county officer in office has to do it.",
            "by",
        )


def _refuse_twice(pack_name: str, content_hash: str) -> None:
    same = Proposal.objects.filter(pack_name=pack_name, hash=content_hash, state=WAITING).first()
    if same is not None:
        raise Refusal(
            f"同样的改动已由 {same.proposed_by} 提请(第 {same.pk} 号),正在等待。",
            f"The same change waits already: proposal {same.pk} by {same.proposed_by}.",
            "files",
        )


def _stale() -> Refusal:
    return Refusal(
        "提请之后又有新的版本生效,这项改动是对旧文本作的。请在草稿里“跟上最新版本”,核对后重新提请。",
        "Another version has come into force since: this change was made to an older text. Bring the draft up to the"
        " newest version, look at it again, and propose it anew.",
        "base",
    )
