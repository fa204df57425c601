"""What becomes of a need: the village proposes a measure, the town decides; it is met, or refused with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from doudi.monitoring import need_codes
from doudi.monitoring.needs import DECIDED, MET, OPEN, PROPOSED, REFUSED, Need
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST = 500
NO_MEASURE = ""


def offers(code: str, measures: Iterable[str]) -> tuple[str, ...]:
    """The measures of a pack that meet a need of that code."""
    return need_codes.measures_for(code, measures)


def propose(need: Need, measure: str, *, measures: Iterable[str], by: str, on: date) -> Need:
    """Propose how a need is to be met: by a measure that meets it, or without one (“”), by the village itself."""
    _refuse_stranger(need, measure, measures)
    with carry_out("monitoring.needs.propose", by=by, payload=[need.pk, measure, on.isoformat()]) as act:
        held = _hold(need, (OPEN,))
        held.state, held.measure = PROPOSED, measure
        held.save(update_fields=["state", "measure"])
        act.result = {"need": held.pk, "state": PROPOSED}
    return held


def decide(need: Need, measure: str, *, reason: str, measures: Iterable[str], by: str, on: date) -> Need:
    """The town's word: help by this measure, or by what `reason` says where no measure meets it."""
    _refuse_stranger(need, measure, measures)
    if measure == NO_MEASURE and not reason.strip():
        raise Refusal(
            "没有对应的措施时,请写明怎样帮。", "Where no measure meets the need, say how it will be helped.", "reason"
        )
    return _close(need, DECIDED, (OPEN, PROPOSED), reason, by=by, on=on, measure=measure)


def refuse(need: Need, reason: str, *, by: str, on: date) -> Need:
    """The town's no, with its reason."""
    return _close(need, REFUSED, (OPEN, PROPOSED), _required(reason), by=by, on=on)


def meet(need: Need, reason: str, *, by: str, on: date) -> Need:
    """The help arrived: who saw it, and how."""
    return _close(need, MET, (OPEN, PROPOSED, DECIDED), _required(reason), by=by, on=on)


def _close(
    need: Need, state: str, allowed: tuple[str, ...], reason: str, *, by: str, on: date, measure: str | None = None
) -> Need:
    with carry_out(f"monitoring.needs.{state}", by=by, payload=[need.pk, measure, reason, on.isoformat()]) as act:
        held = _hold(need, allowed)
        held.state, held.reason, held.decided_by, held.decided_on = state, reason.strip()[:LONGEST], by, on
        held.measure = held.measure if measure is None else measure
        held.save(update_fields=["state", "reason", "decided_by", "decided_on", "measure"])
        act.result = {"need": held.pk, "state": state}
    return held


def _hold(need: Need, allowed: tuple[str, ...]) -> Need:
    held = Need.objects.select_for_update().filter(pk=need.pk).first()
    if held is None or held.state not in allowed:
        raise Refusal(
            "这项需求已被处理过,请刷新后再看。", "This need was dealt with already; load the page again.", "need"
        )
    return held


def _refuse_stranger(need: Need, measure: str, measures: Iterable[str]) -> None:
    if measure != NO_MEASURE and measure not in offers(need.code, measures):
        raise Refusal(
            "这项措施解决不了这种需求,请从列出的里选。",
            "This measure does not meet the need; choose one listed.",
            "measure",
        )


def _required(reason: str) -> str:
    if not reason.strip():
        raise Refusal("请写明理由或情况。", "Say why, or how.", "reason")
    return reason
