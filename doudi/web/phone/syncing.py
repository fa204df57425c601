"""What a telephone sends is taken in command by command: a bad one fails alone, and none is ever done twice."""

from __future__ import annotations

import base64
import logging
import random
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access import devices
from doudi.access.permissions import permission
from doudi.monitoring import cards, days, kept_work, orders, watching
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.orders import Elsewhere, Order, Taker
from doudi.outreach import counselling, reaches
from doudi.policy.sittings import Sitting
from doudi.trail import heads
from doudi.trail.commands import AlreadyDone, Command
from doudi.values.refusals import Refusal
from doudi.web.phone import bodies, errands, gate
from doudi.web.reader import Reader, reader_of

MOST = 50  # commands at a time
AT_ONCE = 3  # batches a process takes in together; its other threads answer everybody else
PATIENCE = 1.0  # seconds a batch waits for its turn before it is asked to come again
SOONEST, LATEST = 5, 20  # seconds after which it is asked to: not all of them at the same moment
CARDS_SOONEST, CARDS_LATEST = 10, 25  # seconds after which the cards of who was put off are fetched
ELSEWHERE = Elsewhere(tell=reaches.told, answer=errands.answer, counsel=counselling.ask)
DONE, REPEATED, REFUSED, CONFLICT, NOT_YOURS, LATER = STATES = (
    *("done", "repeated", "refused"),
    *("conflict", "not_yours", "later"),
)
Result = dict[str, Any]
_turns = threading.BoundedSemaphore(AT_ONCE)
_log = logging.getLogger(__name__)
BUSY = Refusal("现在上传的人多,请稍后自动重试。", "Many are sending at this moment; it is sent again a little later.")


@permission("phone.sync")
@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """The result of each command, and the cards of the households touched as they are now.

    A batch that finds no turn free is taken in shortly: what it says is believed, its households are decided within
    seconds (`policy.deferrals`), and their cards are fetched a little later. One that gets no turn comes again (429).
    """
    try:
        content = bodies.read(request)
        sent = content.get("commands")
        if not isinstance(sent, list) or len(sent) > MOST:
            raise bodies.WrongForm(f"一次最多 {MOST} 条。", f"At most {MOST} commands at a time.", "commands")
    except bodies.TooLarge as refusal:
        return gate.refused(refusal, 413)
    except bodies.WrongForm as refusal:
        return gate.refused(refusal, 400)
    crowded = not _turns.acquire(blocking=False)
    if crowded and not _turns.acquire(timeout=PATIENCE):
        return _busy()
    try:
        with transaction.atomic():
            return gate.say(_Batch(request, content, sent).taken_in(shortly=crowded))
    # It and another waited for one another, or a look at the county raised the same alert at the same moment, or the
    # server went away: nothing was written.
    except (IntegrityError, OperationalError):
        _log.exception("a batch of a telephone")
        return _busy()
    finally:
        _turns.release()


def _busy() -> HttpResponse:
    """Come again a little later, not all at the same moment."""
    return gate.refused(BUSY, 429, Retry_After=str(random.randint(SOONEST, LATEST)))  # noqa: S311 - to spread them


class _Batch:
    """One batch of one telephone, in the request's transaction; each command in a savepoint of its own."""

    def __init__(self, request: HttpRequest, content: Mapping[str, Any], sent: Sequence[Any]) -> None:
        self.reader: Reader = reader_of(request)
        self.device = gate.device_of(request)
        self.by, self.now = self.reader.user.username, timezone.now()
        self.device_at = days.read(content.get("device_at"))
        self.sent = sent
        self.mine = self.reader.scope.households
        self.touched: set[int] = set()
        self.gone: set[int] = set()

    def taken_in(self, *, shortly: bool) -> dict[str, Any]:
        """Everything that is answered; `shortly` without deciding anybody."""
        if self.device is not None:
            devices.refresh(self.device, on=timezone.localdate(self.now))
        named = {each.get("household") for each in self.sent if isinstance(each, Mapping)}
        sitting = Sitting(self.mine & {number for number in named if type(number) is int}, now=self.now)
        county = days.county_day(self.now, sitting.run)
        taker = Taker(self.by, self.reader.roles, self.device, self.now, county, sitting, ELSEWHERE)
        results = [self._take(each, taker) for each in self.sent]
        told = self._put_off(sitting, county) if shortly else self._decided(sitting, county, results)
        return {
            "server_at": self.now.isoformat(),
            "results": results,
            **told,
            "gone": sorted(self.gone),
            "head": _head(),
        }

    def _decided(self, sitting: Sitting, county: date, results: Sequence[Result]) -> dict[str, Any]:
        """Decide whom something was said of; their cards, and their versions with the results."""
        sitting.decide(by=self.by)
        watching.look_at(self.touched, by=self.by, on=county, just=sitting.decided, run=sitting.run)
        cards_ = errands.cards_of(
            self.touched,
            reader=self.reader,
            on=county,
            duties_on=timezone.localdate(self.now),
            known=sitting.decided,
            run=sitting.run,
        )
        held = {card["id"]: card for card in cards_}
        for result in results:
            if result.get("household") in held:
                result["version"] = held[result["household"]]["version"]
        return {"cards": list(held.values()), "digests": {str(n): cards.digest(card) for n, card in held.items()}}

    def _put_off(self, sitting: Sitting, county: date) -> dict[str, Any]:
        """Whose cards are fetched later, after how many seconds; not by all telephones at the same moment.

        A household of which nothing was said (something was confirmed there) has nothing to be decided by.
        """
        put_off = sitting.put_off()
        watching.look_at(self.touched - put_off, by=self.by, on=county, run=sitting.run)
        after = random.randint(CARDS_SOONEST, CARDS_LATEST)  # noqa: S311 - to spread them
        return {"cards": [], "later": sorted(put_off), "cards_after": after}

    def _take(self, content: Any, taker: Taker) -> Result:
        """One command's result, whatever happens to it."""
        told: Result = {"id": str(content.get("id"))[:64] if isinstance(content, Mapping) else ""}
        try:
            order = orders.read(content, device_at=self.device_at)
            told["household"] = order.household
            if order.household not in self.mine:
                return {**told, "state": self._keep(content, order)}
            with transaction.atomic():
                done = orders.carry_out(order, taker)
            self.touched.add(order.household)
            return {**told, **_done(done, self.now)}
        except AlreadyDone as before:
            self.touched.add(told["household"])
            return {**told, **_done(before.result, self.now), "state": REPEATED}
        except Refusal as refusal:
            self._keep_other(content)
            said = {"zh": refusal.zh, "en": refusal.en, "where": refusal.where}
            return {**told, "state": REFUSED, "refusal": said}
        except DatabaseError:
            _log.exception("a command of a telephone: %s", told["id"])
            return {**told, "state": LATER}

    def _keep(self, content: Any, order: Order) -> str:
        """Somebody else's household: what was done already stays done, the rest is kept for whoever stands by it."""
        self.gone.add(order.household)
        if not Command.objects.filter(pk=order.id, actor=self.by).exists():
            why = kept_work.NOT_YOURS
            kept_work.keep(content, order, why=why, by=self.by, device=self.device, now=self.now)
        return NOT_YOURS

    def _keep_other(self, content: Any) -> None:
        """An id that was spoken for comes with another content: neither is thrown away."""
        try:
            order = orders.read(content, device_at=self.device_at)
        except Refusal:
            return
        if Command.objects.filter(pk=order.id).exists():
            why = kept_work.OTHER_BODY
            kept_work.keep(content, order, why=why, by=self.by, device=self.device, now=self.now)


def _done(result: Any, now: datetime) -> Result:
    """What a result says: done, or done with words that wait for a choice."""
    opened = result.get("disputes", []) if isinstance(result, Mapping) else []
    if not opened:
        return {"state": DONE, "result": result}
    found = Dispute.objects.filter(pk__in=opened)
    return {
        "state": CONFLICT,
        "result": result,
        "disputes": cards.disputes_of(found, duties_on=timezone.localdate(now)),
    }


def _head() -> dict[str, Any] | None:
    """The newest head of the sealed trail, which nine thousand telephones keep as witnesses."""
    head = heads.latest()
    if head is None:
        return None
    return {**heads.told(head.said), "signature": base64.b64encode(bytes(head.signature)).decode()}
