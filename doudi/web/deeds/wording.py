"""The words of these pages: states, stages, verdicts, payments, kinds of evidence, measures."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import gettext as _

from doudi.delivery.entitlements import Entitlement
from doudi.delivery.stages import STAGES, name_of
from doudi.delivery.states import WORDS
from doudi.web import figures
from doudi.web.desk import standings


def state(name: str) -> str:
    """How an entitlement stands."""
    return figures.in_words(*WORDS[name]) if name in WORDS else name


def stage(name: str) -> str:
    """A stage, or an act after the stages."""
    known = STAGES.get(name_of(name))
    return figures.word(known) if known else _acts().get(name, name)


def verdict(name: str) -> str:
    """What was done at a stage."""
    return {
        "accept": _("同意"),
        "return": _("退回上一环节"),
        "refuse": _("不同意"),
        **_acts(),
    }.get(name, name)


def _acts() -> dict[str, str]:
    return {
        "deliver": _("已落实"),
        "confirm": _("农户确认"),
        "withdraw": _("撤回"),
        "reverse": _("冲销"),
        "see": _("佐证认可"),
    }


def payment(name: str) -> str:
    """How a payment stands."""
    return {
        "made": _("已制单,待复核"),
        "checked": _("已复核,待交银行"),
        "sent": _("已交银行"),
        "held": _("银行暂挂"),
        "paid": _("已到账"),
        "failed": _("银行退回"),
        "stopped": _("已停止"),
    }.get(name, name)


def relation(name: str) -> str:
    """A declared relation."""
    return {
        "own": _("本人家"),
        "spouse": _("配偶家"),
        "parent": _("父母家"),
        "child": _("子女家"),
        "sibling": _("兄弟姐妹家"),
        "other": _("其他亲属家"),
    }.get(name, name)


def way(name: str) -> str:
    """How an objection was made."""
    return {"phone": _("电话"), "in_person": _("当面"), "letter": _("来信")}.get(name, name)


@lru_cache(maxsize=256)
def _title(pack_hash: str, measure: str) -> tuple[str, str, str]:
    terms = standings.pack_named(pack_hash).terms.get(measure)
    return (terms.number, terms.title.zh, terms.title.en) if terms else ("", measure, measure)


def title(pack_hash: str, measure: str) -> str:
    """A measure with its number: 1 产业就业扶持金."""
    number, zh, en = _title(pack_hash, measure)
    return f"{number} {figures.in_words(zh, en)}"


def evidence(entitlement: Entitlement, kind: str) -> str:
    """A kind of evidence."""
    found = standings.pack_named(entitlement.pack_hash).dictionary["evidence"].get(kind)
    return figures.word(found) if found else kind


def wanted(entitlement: Entitlement) -> list[tuple[str, str]]:
    """Each kind of evidence the measure asks for, with how it stands: seen, brought, rejected, or still to come."""
    found: dict[str, set[str]] = {}
    for kind, verdict in entitlement.evidence.values_list("kind", "verdict"):
        found.setdefault(kind, set()).add(verdict)
    return [(evidence(entitlement, kind), _brought(found.get(kind, set()))) for kind in entitlement.evidence_wanted]


def _brought(verdicts: set[str]) -> str:
    if "seen" in verdicts:
        return _("已认可")
    if "" in verdicts:
        return _("等另一人看")
    return _("不认可,请重新提交") if verdicts else _("还没有交")


def channel(entitlement: Entitlement) -> str:
    """By which way it reaches the subject."""
    found = standings.pack_named(entitlement.pack_hash).dictionary["channels"].get(entitlement.channel)
    return figures.word(found) if found else entitlement.channel
