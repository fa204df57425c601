"""The commands a telephone sends, each carried out by one verb of the domain."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from doudi.access.devices import Device
from doudi.monitoring import check_bodies, checks
from doudi.policy.sittings import Sitting
from doudi.values.refusals import Refusal
from doudi.web.phone import bodies, days
from doudi.web.reader import Reader

DONE, REPEATED, REFUSED, CONFLICT, NOT_YOURS, LATER = STATES = (
    "done",
    "repeated",
    "refused",
    "conflict",
    "not_yours",
    "later",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One command as it came. `at` is when it was written by the telephone's clock, which showed `device_at` now."""

    id: uuid.UUID
    verb: str
    household: int
    body: Mapping[str, Any]
    base_version: int = 0
    at: datetime | None = None
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Who sends, from what, when; and the sitting in which what is said is decided."""

    reader: Reader
    device: Device | None
    now: datetime
    sitting: Sitting

    @property
    def by(self) -> str:
        """The actor."""
        return self.reader.user.username


def read(content: Any, *, device_at: datetime | None) -> Sent:
    """A command of a batch. Raises Refusal naming what is wrong with it."""
    if not isinstance(content, Mapping):
        raise Refusal("这一条不是操作。", "This is no command.", "commands")
    bodies.refuse_unsafe(content)
    verb, household, version = content.get("verb"), content.get("household"), content.get("base_version", 0)
    if verb not in VERBS:
        known = "、".join(VERBS)
        raise Refusal(f"没有“{str(verb)[:40]}”这种操作,可用:{known}。请更新应用。", "There is no such verb.", "verb")
    if type(household) is not int or not 0 < household < 2**63:
        raise Refusal("没有写明是哪一户。", "It does not say which household.", "household")
    if type(version) is not int or not 0 <= version < 2**63 or not isinstance(content.get("body"), Mapping):
        raise Refusal("这一条的格式不对。", "Its form is not right.", "body")
    return Sent(
        id=id_of(content),
        verb=str(verb),
        household=household,
        body=content["body"],
        base_version=version,
        at=days.read(content.get("at")),
        device_at=device_at,
    )


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


def carry_out(sent: Sent, world: World) -> Any:
    """Carry out a command; answers its result as JSON. Raises what the verb raises."""
    return VERBS[sent.verb](sent, world)


def _check(sent: Sent, world: World) -> Any:
    given = check_bodies.read(sent.body)
    day = days.spoken_on(given.about_day, sent.at, device_at=sent.device_at, now=world.now)
    whole = replace(given, about_day=day, base_version=sent.base_version, client_at=sent.at)
    done = checks.record(
        sent.household,
        whole,
        by=world.by,
        roles=world.reader.roles,
        device=world.device,
        now=world.now,
        key=sent.id,
        sitting=world.sitting,
    )
    return done.plain()


VERBS: dict[str, Callable[[Sent, World], Any]] = {"check": _check}
