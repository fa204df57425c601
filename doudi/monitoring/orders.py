"""What a telephone sends: commands with ids of its own, each carried out by one verb, once, whichever way it comes.

Reach and counselling belong to an area beside this one: whoever takes orders in says how (`Elsewhere`).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.access.devices import Device
from doudi.delivery import entitlements
from doudi.delivery.entitlements import Entitlement
from doudi.monitoring import check_bodies, checks, days, disputes, follow_ups, waiting
from doudi.monitoring.check_bodies import Given
from doudi.monitoring.follow_ups import FollowUp
from doudi.policy.sittings import Sitting
from doudi.trail.commands import carry_out as command
from doudi.values.refusals import Refusal

LONGEST = 500
PARTS = {"id", "verb", "household", "seq", "base_version", "at", "body"}  # `seq` is the telephone's own order
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Order:
    """One command as it came. `at` is when it was written by the telephone's clock, which shows `device_at` now."""

    id: uuid.UUID
    verb: str
    household: int
    body: Mapping[str, Any]
    base_version: int = 0
    at: datetime | None = None
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is written in the area beside: who was told what, what came of a call asked for, who wants counsel."""

    tell: Callable[..., Any]  # (household, names, *, channel, on, by, sure)
    answer: Callable[..., Any]  # (household, dispatch, outcome, *, note, by, on, now)
    counsel: Callable[..., Any]  # (household, *, note, by, on)


@dataclass(frozen=True, slots=True)
class Taker:
    """Who sends, from what, when, on which day of the county; and the sitting in which what is said is decided."""

    by: str
    roles: Collection[str]
    device: Device | None
    now: datetime
    county: date
    sitting: Sitting
    elsewhere: Elsewhere


def read(content: Any, *, device_at: datetime | None) -> Order:
    """A command as JSON. Raises Refusal naming what is wrong with it."""
    if not isinstance(content, Mapping):
        raise Refusal("这一条不是操作。", "This is no command.", "commands")
    refuse_unsafe(content)
    if unknown := sorted(set(content) - PARTS, key=str):
        what = str(unknown[0])[:40]
        raise Refusal(f"没有“{what}”这一项,请更新应用。", f"A command has no “{what}”; update.", what)
    verb, household, version = content.get("verb"), content.get("household"), content.get("base_version", 0)
    if not isinstance(verb, str) or verb not in VERBS:
        raise Refusal(
            f"没有“{str(verb)[:40]}”这种操作,请更新应用。", f"There is no verb “{str(verb)[:40]}”; update.", "verb"
        )
    if type(household) is not int or not 0 < household < 2**63:
        raise Refusal("没有写明是哪一户。", "It does not say which household.", "household")
    if type(version) is not int or not 0 <= version < 2**63 or not isinstance(content.get("body"), Mapping):
        raise Refusal("这一条的格式不对。", "Its form is not right.", "body")
    at = days.read(content.get("at"))
    return Order(id_of(content), verb, household, content["body"], version, at, device_at)


def id_of(content: Mapping[str, Any]) -> uuid.UUID:
    """The command's own id, which the telephone made. Raises Refusal for one that is no random UUID."""
    given = content.get("id")
    try:
        found = uuid.UUID(given) if isinstance(given, str) and len(given) == 36 else uuid.UUID(int=0)
    except ValueError:
        found = uuid.UUID(int=0)
    if found.version != 4:
        raise Refusal("编号不对。", "The id is no random UUID.", "id")
    return found


def refuse_unsafe(content: Any) -> None:
    """Raise Refusal where any text within holds what no text may: NUL or half a character."""
    waits = [content]
    while waits:
        each = waits.pop()
        if isinstance(each, str) and _UNSAFE.search(each):
            raise Refusal(
                "文字里有看不见的控制字符,请删除。", "A text holds invisible control characters; remove them."
            )
        if isinstance(each, dict):
            waits += [*each, *each.values()]
        elif isinstance(each, list):
            waits += each


def carry_out(order: Order, taker: Taker) -> Any:
    """Carry an order out; answers its result as JSON. Raises what its verb raises, AlreadyDone when it was before."""
    return VERBS[order.verb](order, taker)


# -- the verbs


def _check(order: Order, taker: Taker) -> Any:
    given = check_bodies.read(order.body, base_version=order.base_version, client_at=order.at)
    return take_check(order.household, given, taker, on=_day_of(order, taker, given.about_day), key=order.id)


def take_check(
    household: int, given: Given, taker: Taker, *, on: date, key: uuid.UUID, spoken_by: str = ""
) -> dict[str, Any]:
    """A check of a day with all it says: what is stated, what was told, who wants counsel. Raises what `record` does.

    `spoken_by` is who spoke to the household, where the taker types in their sheet of paper.
    """
    done = checks.record(
        household,
        given,
        on=on,
        by=taker.by,
        spoken_by=spoken_by,
        roles=taker.roles,
        device=taker.device,
        now=taker.now,
        key=key,
        sitting=taker.sitting,
    )
    if given.told and given.reached != check_bodies.NOT_REACHED:
        sure = "read_back" if given.read_back else "heard"
        taker.elsewhere.tell(household, given.told, channel=given.reached, on=on, by=taker.by, sure=sure)
    if given.wants_counselling:
        taker.elsewhere.counsel(household, note=given.note, by=taker.by, on=on)
    return done.plain()


def _day_of(order: Order, taker: Taker, said: date | None = None) -> date:
    return days.spoken_on(said, order.at, device_at=order.device_at, now=taker.now, county=taker.county)


def _choose(order: Order, taker: Taker) -> Any:
    number, choice = order.body.get("dispute"), order.body.get("choice")
    if type(number) is not int or not isinstance(choice, str):
        raise Refusal("没有写明是哪处分歧。", "It does not say which dispute.", "dispute")
    done = disputes.choose(
        number,
        choice,
        household_id=order.household,
        by=taker.by,
        roles=taker.roles,
        now=taker.now,
        key=order.id,
        sitting=taker.sitting,
    )
    return {"dispute": done.pk, "choice": done.choice, "settled": done.settled_at is not None}


def _confirm(order: Order, taker: Taker) -> Any:
    """Received: confirmed by the household's word. Not received: somebody comes back to it; nothing is confirmed."""
    number, received, note = order.body.get("id"), order.body.get("received"), _text(order, "note")
    if order.body.get("thing") != "entitlement" or type(number) is not int or received not in ("yes", "no"):
        raise Refusal("没有写明收到没有。", "It does not say whether it was received.", "received")
    day = _day_of(order, taker)
    with command("monitoring.orders.confirm", by=taker.by, key=order.id, payload=_sent(order)) as act:
        one = Entitlement.objects.filter(pk=number, household_id=order.household).first()
        if one is None:
            raise Refusal("这一户没有这一笔。", "The household has no such delivery.", "id")
        if received == "yes":
            entitlements.confirm([one.pk], by=taker.by, on=day, reason=note)
            for each in FollowUp.objects.open().filter(household_id=order.household, about=f"entitlement:{one.pk}"):
                follow_ups.finish(each.pk, result="农户说收到了", by=taker.by, on=day)
            act.result = {"confirmed": one.pk}
        else:
            what, about = f"农户说没有收到:{waiting.title_of(one)[0]}。{note}".strip(), f"entitlement:{one.pk}"
            why = follow_ups.NOT_RECEIVED
            made = follow_ups.promise(order.household, what, due=day, by=taker.by, on=day, why=why, about=about)
            act.result = {"follow_up": made.pk}
    return act.result


def _follow_up(order: Order, taker: Taker) -> Any:
    day, due = _day_of(order, taker), order.body.get("on")
    try:
        until = date.fromisoformat(due) if isinstance(due, str) else None
    except ValueError:
        until = None
    if until is None:
        raise Refusal("请写明哪天回访,如 2020-03-06。", "Say on which day, as 2020-03-06.", "on")
    what = _text(order, "what")
    with command("monitoring.orders.follow_up", by=taker.by, key=order.id, payload=_sent(order)) as act:
        made = follow_ups.promise(order.household, what, due=max(until, day), by=taker.by, on=day)
        act.result = {"follow_up": made.pk}
    return act.result


def _follow_up_done(order: Order, taker: Taker) -> Any:
    number, result = order.body.get("follow_up"), _text(order, "result")
    if type(number) is not int or not FollowUp.objects.filter(pk=number, household_id=order.household).exists():
        raise Refusal("这一户没有这次回访。", "The household has no such follow-up.", "follow_up")
    if not result:
        raise Refusal("请写一句回访的结果。", "Say in a line what came of it.", "result")
    with command("monitoring.orders.follow_up_done", by=taker.by, key=order.id, payload=_sent(order)) as act:
        follow_ups.finish(number, result=result, by=taker.by, on=_day_of(order, taker))
        act.result = {"follow_up": number}
    return act.result


def _counsel(order: Order, taker: Taker) -> Any:
    note = _text(order, "note")
    with command("monitoring.orders.counselling", by=taker.by, key=order.id, payload=_sent(order)) as act:
        made = taker.elsewhere.counsel(order.household, note=note, by=taker.by, on=_day_of(order, taker))
        act.result = {"request": made.pk}
    return act.result


def _tell(order: Order, taker: Taker) -> Any:
    """What came of a call or a visit that was asked for."""
    which, outcome, note = order.body.get("dispatch"), order.body.get("outcome"), _text(order, "note")
    if not isinstance(which, str) or not isinstance(outcome, str):
        raise Refusal("没有写明是哪次告知。", "It does not say which call or visit.", "dispatch")
    day = _day_of(order, taker)
    with command("monitoring.orders.tell", by=taker.by, key=order.id, payload=_sent(order)) as act:
        answer = taker.elsewhere.answer
        act.result = answer(order.household, which, outcome, note=note, by=taker.by, on=day, now=taker.now)
    return act.result


def _review(order: Order, taker: Taker) -> Any:
    from doudi.monitoring import kept_reviews  # it carries out orders in its turn

    number, choice = order.body.get("kept"), order.body.get("choice")
    if type(number) is not int or not isinstance(choice, str):
        raise Refusal("没有写明是哪一条。", "It does not say which kept work.", "kept")
    with command("monitoring.orders.review_kept", by=taker.by, key=order.id, payload=_sent(order)) as act:
        act.result = kept_reviews.choose(number, choice, taker, household_id=order.household)
    return act.result


def _sent(order: Order) -> Sequence[Any]:
    """What was asked, as it was asked: the same however late it comes."""
    return [order.household, order.base_version, order.body]


def _text(order: Order, name: str) -> str:
    value = order.body.get(name) or ""
    if not isinstance(value, str) or len(value.strip()) > LONGEST:
        raise Refusal(f"“{name}”应为不超过 {LONGEST} 字的文字。", f"“{name}” is text of at most {LONGEST}.", name)
    return value.strip()


VERBS: dict[str, Callable[[Order, Taker], Any]] = {
    "check": _check,
    "choose": _choose,
    "confirm_delivery": _confirm,
    "follow_up": _follow_up,
    "follow_up_done": _follow_up_done,
    "counselling": _counsel,
    "tell": _tell,
    "review_kept": _review,
}
