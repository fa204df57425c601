"""The other people of the story, in a process of their own: `python hand.py` reads what is asked, a line of JSON each.

They act by the application's verbs on the served home: what they do is as real as what the telephone does.
"""

from __future__ import annotations

import json
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

BY = "county"


@contextmanager
def everywhere() -> Iterator[None]:
    """One transaction that sees the whole county."""
    from django.db import transaction

    from doudi.access.scope import Scope, enter
    from doudi.places.counties import present

    with transaction.atomic():
        county = present()
        assert county is not None
        with enter(Scope(frozenset([county.code[:6]]), frozenset(), frozenset())):
            yield


def helper(households: int, *, owed: bool = False) -> dict[str, Any]:
    """A new helper, who takes some households over from those who have them; `owed` those with something to confirm."""
    from django.utils import timezone

    from doudi.access import duties, users
    from doudi.register import pairings
    from doudi.register.pairings import Pairing
    from doudi.register.spans import holds_on

    now, today = timezone.now(), timezone.localdate() - timedelta(days=3)  # a pairing lasts a day at least
    with everywhere():
        (user,) = users.enrol([(f"trial_{uuid.uuid4().hex[:8]}", "试用帮扶责任人", "县供销社")], by=BY)
        duties.give(user, "helper", "", on=today, by=BY)
        free = Pairing.objects.filter(holds_on(today)).exclude(helper__username__startswith="trial_")
        free = free.exclude(helper__username="helper")
        free = free.exclude(household__counselling__state__in=("open", "assigned"))  # a wish of theirs is a new one
        if owed:
            free = free.filter(household_id__in=_hand_over(list(free.values_list("household_id", flat=True))))
        taken = list(free.order_by("household__code")[:households])
        assert len(taken) == households, f"{len(taken)} of {households} households are there to take over"
        pairings.transfer(taken, user, on=today, by=BY, now=now)
        return {"username": user.username, "households": [each.household_id for each in taken]}


def _hand_over(households: list[int]) -> set[int]:
    """Goods that were ready are handed over by the village; answers the households that have not said so yet."""
    from doudi.delivery import entitlements
    from doudi.delivery.entitlements import Entitlement
    from doudi.monitoring import waiting

    goods = ("07a_farm_inputs", "07b_spring_ploughing")
    for one in Entitlement.objects.filter(household_id__in=households, state="deliverable", measure__in=goods):
        entitlements.deliver([one.pk], by="village", on=one.granted_on, evidence={"kind": "handover_list"})
    return {int(one.household_id or 0) for one in waiting.unconfirmed(households)}


def code(username: str) -> str:
    """The eight digits the desk shows."""
    from django.utils import timezone

    from doudi.access import pairing_codes
    from doudi.access.users import User

    with everywhere():
        return pairing_codes.issue(User.objects.get(username=username), now=timezone.now())


def give_away(household: int, to: str) -> None:
    """The household gets another helper today."""
    from django.utils import timezone

    from doudi.access.users import User
    from doudi.register import pairings
    from doudi.register.pairings import Pairing
    from doudi.register.spans import holds_on

    with everywhere():
        held = list(Pairing.objects.filter(holds_on(timezone.localdate()), household_id=household))
        pairings.transfer(held, User.objects.get(username=to), on=timezone.localdate(), by=BY, now=timezone.now())


def revoke(username: str) -> None:
    """All telephones of a person are taken back."""
    from django.utils import timezone

    from doudi.access import devices
    from doudi.access.devices import Device

    with everywhere():
        for each in Device.objects.filter(user__username=username, revoked_at=None):
            devices.revoke(each, by=BY, now=timezone.now())


def state(household: int, kind: str, subject: int, fact: str, value: str) -> None:
    """Somebody says it at a desk, in the words of the source most trusted with it."""
    from django.utils import timezone

    from doudi.monitoring import days
    from doudi.policy import answers, versions

    now = timezone.now()
    with everywhere():
        known = versions.in_force().pack.vocabulary.fact(kind, fact.partition("@")[0])
        assert known is not None
        answers.record(
            household, fact, value, source=known.sources[0], by=BY, about=days.county_day(now), now=now,
            subject=(kind, subject), key=uuid.uuid4(),
        )  # fmt: skip


def deciding() -> int:
    """How many households were put off and wait to be decided."""
    from doudi.policy import deferrals

    return deferrals.waiting().households


def put_off(household: int) -> None:
    """Let a household wait to be decided; while its turn is held, it goes on waiting."""
    from django.utils import timezone

    from doudi.policy import deferrals
    from doudi.register.households import Household

    with everywhere():
        place, now = Household.objects.get(pk=household).place_code, timezone.now()
        deferrals.put(household, place, on=timezone.localdate(now), lines={}, now=now)


def told(household: int) -> dict[str, Any]:
    """What the server has of a household: its checks and what waits for a choice."""
    from doudi.monitoring.checks import Check
    from doudi.monitoring.disputes import Dispute
    from doudi.monitoring.follow_ups import FollowUp
    from doudi.monitoring.kept_work import KeptWork

    with everywhere():
        checks = list(Check.objects.filter(household_id=household).order_by("recorded_at"))
        return {
            "checks": [str(each.pk) for each in checks],
            "notes": [each.note for each in checks],
            "days": [each.about_day.isoformat() for each in checks],
            "photos": [each.photo for each in checks],
            "facts": [fact for each in checks for fact in each.facts],
            "disputes": list(Dispute.objects.filter(household_id=household).values("id", "kind", "choice", "fact")),
            "told": [each.told for each in checks],
            "follow_ups": FollowUp.objects.filter(household_id=household).count(),
            "kept": KeptWork.objects.count(),
        }


def reached(household: int, script: str, by: str) -> list[str]:
    """By which channels somebody told a household a script."""
    from doudi.outreach.reaches import Reach

    with everywhere():
        told = Reach.objects.filter(household_id=household, confirmed_by=by, things__contains=[f"script:{script}"])
        return list(told.order_by("id").values_list("channel", flat=True))


def state_of(entitlement: int) -> str:
    """How far an entitlement has come."""
    from doudi.delivery.entitlements import Entitlement

    with everywhere():
        return str(Entitlement.objects.get(pk=entitlement).state)


def pin_days(kept: int, paired: int) -> None:
    """The county decides how long telephones keep what they hold."""
    from django.utils import timezone

    from doudi.places import counties

    with everywhere():
        counties.decide_phone_days(counties.PhoneDays(kept, paired), reason="试", by=BY, now=timezone.now())


class _Turn:
    """A household somebody else is deciding, for as long as they like: in a thread, and a connection, of its own."""

    def __init__(self, household: int) -> None:
        self.taken, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold, args=(household,))
        self.thread.start()
        assert self.taken.wait(60)

    def _hold(self, household: int) -> None:
        from django.db import connection

        from doudi.policy import turns

        with everywhere():
            turns.take_of_household(household)
            self.taken.set()
            self.over.wait()
        connection.close()

    def end(self) -> None:
        """Let the others have it."""
        self.over.set()
        self.thread.join(60)


_turns: dict[int, _Turn] = {}


def hold(household: int) -> None:
    """Take the turn of a household and keep it."""
    _turns[household] = _Turn(household)


def let_go(household: int) -> None:
    """Give it back."""
    _turns.pop(household).end()


def queued(household: int) -> int:
    """How many wait for the turn of a household."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid::bigint = %s",
            [household],
        )
        return int(cursor.fetchone()[0])


def photo(sha256: str) -> bool:
    """Whether a photo has come."""
    from doudi.monitoring import photos

    place = photos.place_of(sha256)
    return bool(place and place.is_file())


def county_day() -> str:
    """The day it is for the county."""
    from django.utils import timezone

    from doudi.monitoring import days

    with everywhere():
        return days.county_day(timezone.now()).isoformat()


def campaign(household: int, title: str) -> str:
    """A campaign by calls in the household's village, prepared by one officer and started by another; its thing."""
    from doudi.outreach import audiences, campaigns, messages, starting
    from doudi.outreach.messages import Wording
    from doudi.policy.runs import Run
    from doudi.register.households import Household
    from doudi.web.telling import days

    with everywhere():
        village, now = Household.objects.get(pk=household).place_code, days.now()
        day, run = now.date(), Run.objects.in_force()
        message = messages.write(title, [Wording("领稻种带上身份证。")], measures=[], place_code=village, by=BY, on=day)
        plan = campaigns.Plan(village, "true", ("call_list",), day, day + timedelta(days=20))
        made = campaigns.prepare(message, plan, by=BY, on=day)
        audience = audiences.find(made.rule, run, places=[village], reads=["open"])
        return str(starting.start(made, audience, run, by="county2", now=now).thing)


def heard(household: int, thing: str) -> list[tuple[str, str]]:
    """Who told the household of a thing, and how sure it is."""
    from doudi.outreach import reaches

    with everywhere():
        found = reaches.Reach.objects.of(thing).filter(household=household)
        return list(found.values_list("confirmed_by", "sure"))


DEEDS = {
    each.__name__: each
    for each in (
        *(helper, code, give_away, revoke, state, told, photo, county_day, reached, state_of, deciding),
        *(pin_days, hold, let_go, queued, campaign, heard, put_off),
    )
}


def main() -> None:
    """Answer until there is nothing more asked."""
    import django

    from doudi.cli import home
    from doudi.cli.cluster import Cluster

    with Cluster(home.present()).running():
        django.setup()
        print("ready", flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = {"done": DEEDS[asked.pop("do")](**asked)}
            except Exception as error:  # told to who asked, whose test then fails with it
                answer = {"failed": repr(error)}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.settings")
    main()
