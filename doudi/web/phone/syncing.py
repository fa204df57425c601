"""What a telephone sends is taken in command by command: a bad one fails alone, and none is ever done twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access import devices
from doudi.access.permissions import permission
from doudi.monitoring import cards
from doudi.monitoring.disputes import Dispute
from doudi.policy.sittings import Sitting
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web.phone import bodies, commands, days, gate
from doudi.web.phone.commands import CONFLICT, DONE, LATER, NOT_YOURS, REFUSED, REPEATED, World
from doudi.web.reader import Reader, reader_of

MOST = 50  # commands at a time
Result = dict[str, Any]
_log = logging.getLogger(__name__)


@permission("phone.sync")
@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """The result of each command, and the cards of the households touched as they are now."""
    try:
        content = bodies.read(request)
        sent = content.get("commands")
        if not isinstance(sent, list) or len(sent) > MOST:
            raise bodies.WrongForm(f"一次最多 {MOST} 条。", f"At most {MOST} commands at a time.", "commands")
    except bodies.TooLarge as refusal:
        return gate.refused(refusal, 413)
    except bodies.WrongForm as refusal:
        return gate.refused(refusal, 400)
    return gate.say(_Batch(request, content, sent).taken_in())


class _Batch:
    """One batch of one telephone, in the request's transaction; each command in a savepoint of its own."""

    def __init__(self, request: HttpRequest, content: Mapping[str, Any], sent: Sequence[Any]) -> None:
        self.reader: Reader = reader_of(request)
        self.device = gate.device_of(request)
        self.now = timezone.now()
        self.device_at = days.read(content.get("device_at"))
        self.sent = sent
        self.mine = self.reader.scope.households
        self.results: list[Result] = []
        self.touched: set[int] = set()
        self.gone: set[int] = set()

    def taken_in(self) -> dict[str, Any]:
        """Everything that is answered."""
        if self.device is not None:
            devices.refresh(self.device, on=timezone.localdate(self.now))
        named = {each.get("household") for each in self.sent if isinstance(each, Mapping)}
        sitting = Sitting(self.mine & {number for number in named if type(number) is int}, now=self.now)
        world = World(self.reader, self.device, self.now, sitting)
        self.results = [self._take(each, world) for each in self.sent]
        sitting.decide(by=self.reader.user.username)
        held = {card["id"]: card for card in cards.of(self.touched, reader=self.reader, on=days.today())}
        for result in self.results:
            if result.get("household") in held:
                result["version"] = held[result["household"]]["version"]
        return {
            "server_at": self.now.isoformat(),
            "results": self.results,
            "cards": list(held.values()),
            "gone": sorted(self.gone),
            "head": None,
        }

    def _take(self, content: Any, world: World) -> Result:
        """One command's result, whatever happens to it."""
        told: Result = {"id": str(content.get("id"))[:64] if isinstance(content, Mapping) else ""}
        try:
            sent = commands.read(content, device_at=self.device_at)
            told["household"] = sent.household
            if sent.household not in self.mine:
                self.gone.add(sent.household)
                return {**told, "state": NOT_YOURS}
            with transaction.atomic():
                done = commands.carry_out(sent, world)
            self.touched.add(sent.household)
            return {**told, **_done(done)}
        except AlreadyDone as before:
            self.touched.add(told["household"])
            return {**told, **_done(before.result), "state": REPEATED}
        except Refusal as refusal:
            said = {"zh": refusal.zh, "en": refusal.en, "where": refusal.where}
            return {**told, "state": REFUSED, "refusal": said}
        except OperationalError:
            return {**told, "state": LATER}
        except DatabaseError:
            _log.exception("a command of a telephone: %s", told["id"])
            return {**told, "state": LATER}


def _done(result: Any) -> Result:
    """What a result says: done, or done with words that wait for a choice."""
    opened = result.get("disputes", []) if isinstance(result, Mapping) else []
    if not opened:
        return {"state": DONE, "result": result}
    found = Dispute.objects.filter(pk__in=opened)
    return {"state": CONFLICT, "result": result, "disputes": [cards.dispute_of(each) for each in found]}
