"""Kept work on the telephone of whoever stands by the household now: a task, and three equal ways to answer it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from doudi.access.masking import Reads
from doudi.facts.kinds import Vocabulary
from doudi.monitoring import card_facts, kept_work, speakers
from doudi.monitoring.kept_work import KeptWork
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Taker
from doudi.monitoring.speakers import Speaker
from doudi.monitoring.tasks import KEPT, Task
from doudi.register import vocabularies
from doudi.register.sayings import base_name
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

MINE, THEIRS, ASK_VILLAGE = CHOICES = ("mine", "theirs", "ask_village")
MOST_FACTS, MOST_NOTE = 40, 1_000
WHY_MINE = "现任帮扶责任人看过:照现在的记录"


def tasks(household_ids: Sequence[int], on: date) -> list[Task]:
    """What was kept for whoever stands by each household now, and was not handed to the village."""
    return tasks_of(waiting(household_ids), on)


def tasks_of(kept: Iterable[KeptWork], on: date) -> list[Task]:
    """The same of what was read already."""
    return [
        Task(
            kind=KEPT,
            household_id=int(each.household_id or 0),
            zh="前一位填的内容等您看:用,还是照现在的",
            en="What the one before you wrote waits for you: use it, or leave what stands",
            reason_zh=f"{each.received_at:%Y-%m-%d} 传到时这一户已转给您,没有写入",
            reason_en=f"when it came on {each.received_at:%Y-%m-%d} the household was yours, so it was not recorded",
            due=on,
            where=f"kept:{each.pk}",
        )
        for each in kept
    ]


def of(kept: Iterable[KeptWork], reader: Reads, *, duties_on: date) -> dict[int, list[dict[str, Any]]]:
    """What cards say of it, by household: the words as they came, as far as the reader reads them."""
    rows = list(kept)
    found: dict[int, list[dict[str, Any]]] = {}
    if not rows:
        return found
    people, words = speakers.of({each.sent_by for each in rows}, on=duties_on), vocabularies.in_force()
    for each in rows:
        found.setdefault(int(each.household_id or 0), []).append(_told(each, reader, people, words))
    return found


def choose(kept_id: int, choice: str, taker: Taker, *, household_id: int) -> Mapping[str, Any]:
    """Answer: `theirs` carries it out in one's own name, `mine` leaves what stands, `ask_village` hands it on.

    What it says of facts that were said anew meanwhile opens a dispute, as everywhere. Raises Refusal for a choice that
    is none, and for work that somebody has looked at or that is not of this household.
    """
    if choice not in CHOICES:
        raise Refusal("请选“用对方的”“照现在的”或“请村里核实”。", "Choose theirs, mine or ask the village.", "choice")
    if not KeptWork.objects.waiting().filter(pk=kept_id, household_id=household_id).exists():
        raise Refusal("这一条已有人处理,或不在您的范围内。", "Somebody has looked at it, or it is not yours.", "kept")
    if choice == THEIRS:
        return {"choice": choice, **kept_work.take(kept_id, taker)}
    if choice == MINE:
        kept_work.drop(kept_id, reason=WHY_MINE, by=taker.by, now=taker.now)
    else:
        kept_work.hand_on(kept_id, by=taker.by, now=taker.now)
    return {"choice": choice, "kept": kept_id}


_waiting = Written(lambda ids: KeptWork.objects.waiting().filter(household_id__in=ids, asked_at=None), ids=NUMBERS)


def waiting(household_ids: Collection[int]) -> list[KeptWork]:
    """What was kept for whoever stands by each of some households now."""
    return _waiting(ids=household_ids)


def _told(kept: KeptWork, reader: Reads, people: Mapping[str, Speaker], words: Vocabulary) -> dict[str, Any]:
    body = kept.content.get("body")
    said = body if isinstance(body, dict) else {}
    given = said.get("facts")
    facts = [_fact(each, reader, words) for each in given[:MOST_FACTS]] if isinstance(given, list) else []
    who = people.get(kept.sent_by, speakers.NOBODY)
    return {
        "id": kept.pk,
        "verb": str(kept.content.get("verb"))[:40],
        "by_zh": who.zh,
        "by_en": who.en,
        "at": str(kept.content.get("at") or "")[:10],
        "facts": [line for line in facts if line],
        "needs": [code for code in said.get("needs") or [] if code in NEEDS],
        "wants_counselling": said.get("wants_counselling") is True,
        "note": str(said.get("note") or said.get("what") or "")[:MOST_NOTE],
    }


def _fact(said: Any, reader: Reads, words: Vocabulary) -> dict[str, Any] | None:
    """One fact; nothing where it is of a class the reader does not read, or where nothing was said of it."""
    kind, key = (str(said.get("kind")), str(said.get("fact"))) if isinstance(said, dict) else ("", "")
    fact = words.fact(kind, base_name(key)) if kind in words.kinds else None
    if fact is None or not reader.reads(fact.sensitivity) or said.get("said") not in ("same", "changed"):
        return None
    value = said.get("base") if said["said"] == "same" else said.get("value")
    about = {"kind": kind, "subject": said.get("id"), "fact": key, "of": card_facts.words_of(fact, key)}
    return about | {"value": value, "same": said["said"] == "same"}
