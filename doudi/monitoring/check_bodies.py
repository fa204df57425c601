"""What is sent as a check, read: every part looked at before anything is written, nothing taken that has no name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.monitoring import need_codes
from doudi.values.refusals import Refusal

NOT_REACHED = "not_reached"
REACHED = ("phone", "wechat", "door", "relative", NOT_REACHED)
AGREES = ("yes", "no", "not_asked")
SAID = ("same", "changed", "cannot_say")
LONGEST, LONGEST_NAME, MOST_FACTS, MOST_TOLD = 1000, 40, 300, 40
_KEY = re.compile(r"[a-z0-9_]{1,64}(@[0-9]{4})?")
_KIND = re.compile(r"[a-z]{1,16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Said:
    """One fact: `said` is same, changed or cannot_say; `base` what was shown, `value` what is said instead.

    A text is read as a person types it; a number or a truth is encoded as the card had it.
    """

    kind: str
    subject_id: int
    fact: str
    said: str
    base: Any = None
    value: Any = None

    def plain(self) -> dict[str, Any]:
        """As JSON, as it is kept."""
        return {
            "kind": self.kind,
            "id": self.subject_id,
            "fact": self.fact,
            "said": self.said,
            "base": self.base,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Given:
    """A check as it is given. `base_version` is the card's it was made on, 0 where none is known."""

    reached: str
    about_day: date | None = None
    reached_whom: str = ""
    facts: tuple[Said, ...] = ()
    needs: tuple[str, ...] = ()
    wants_counselling: bool = False
    note: str = ""
    photo: str = ""
    read_back: bool = False
    agrees: str = "not_asked"
    disagreement: str = ""
    told: tuple[str, ...] = ()
    base_version: int = 0
    client_at: datetime | None = None


def read(body: object, *, base_version: int = 0, client_at: datetime | None = None) -> Given:
    """A check from JSON. Raises Refusal naming the part that is wrong."""
    if not isinstance(body, Mapping):
        raise _wrong("check", "不是一份核对", "is no check")
    if unknown := sorted(set(body) - _PARTS, key=str):
        raise _wrong(str(unknown[0])[:LONGEST_NAME], "没有这一项", "is no part of a check")
    given = Given(
        reached=_one_of(body, "reached", REACHED),
        about_day=_day(body.get("about_day")),
        reached_whom=_text(body, "reached_whom", LONGEST_NAME),
        facts=_facts(body.get("facts") or []),
        needs=_needs(body.get("needs") or []),
        wants_counselling=_truth(body, "wants_counselling"),
        note=_text(body, "note", LONGEST),
        photo=_photo(body.get("photo") or ""),
        read_back=_truth(body, "read_back"),
        agrees=_one_of(body, "agrees", AGREES, "not_asked"),
        disagreement=_text(body, "disagreement", LONGEST),
        told=_told(body.get("told") or []),
        base_version=base_version,
        client_at=client_at,
    )
    _refuse_at_odds(given)
    return given


_PARTS = set(Given.__dataclass_fields__) - {"base_version", "client_at"}


def _refuse_at_odds(given: Given) -> None:
    if given.reached == NOT_REACHED and any(fact.said != "cannot_say" for fact in given.facts):
        raise Refusal(
            "没有联系上,就没有可核对的内容。请去掉各项回答,或改为怎样联系上的。",
            "Nobody was reached, so nothing can have been checked. Take the answers out, or say who was reached.",
            "reached",
        )
    if given.agrees == "no" and not given.disagreement:
        raise Refusal("农户不同意的,请写明不同意什么。", "Say what the household disagrees with.", "disagreement")


def _wrong(where: str, zh: str, en: str) -> Refusal:
    return Refusal(f"“{where}”{zh}。", f"“{where}” {en}.", where)


def _one_of(body: Mapping[str, Any], name: str, allowed: Sequence[str], usual: str = "") -> str:
    value = body.get(name, usual) or usual
    if value not in allowed:
        raise _wrong(name, f"应为 {'、'.join(allowed)} 之一", f"is one of {', '.join(allowed)}")
    return str(value)


def _text(body: Mapping[str, Any], name: str, most: int) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str) or _UNSAFE.search(value):
        raise _wrong(name, "应为文字,不带看不见的控制字符", "is text without invisible control characters")
    if len(value.strip()) > most:
        raise _wrong(name, f"超过 {most} 字,请写短些", f"is longer than {most} letters; make it shorter")
    return value.strip()


def _truth(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if value is not True and value is not False:
        raise _wrong(name, "应为是或否", "is true or false")
    return value


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("about_day", "应为日期,如 2020-02-27", "is a day, as 2020-02-27") from None


def _photo(value: Any) -> str:
    if value and not (isinstance(value, str) and _SHA256.fullmatch(value)):
        raise _wrong("photo", "应为照片的 SHA-256", "is the SHA-256 of a photograph")
    return str(value)


def _listed(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _wrong(name, f"应为不超过 {most} 项的列表", f"is a list of at most {most}")
    return value


def _needs(value: Any) -> tuple[str, ...]:
    given = _listed(value, "needs", len(need_codes.NEEDS))
    if wrong := need_codes.unknown(given):
        raise _wrong("needs", f"没有“{wrong[0]}”这种需求", f"has no “{wrong[0]}”")
    return need_codes.known(given)


def _told(value: Any) -> tuple[str, ...]:
    given = _listed(value, "told", MOST_TOLD)
    if not all(isinstance(each, str) and 0 < len(each) <= 64 and not _UNSAFE.search(each) for each in given):
        raise _wrong("told", "应为讲过的内容的名称", "names what was told")
    return tuple(dict.fromkeys(given))


def _facts(value: Any) -> tuple[Said, ...]:
    found = tuple(_fact(each) for each in _listed(value, "facts", MOST_FACTS))
    keys = [(each.kind, each.subject_id, each.fact) for each in found]
    if len(set(keys)) != len(keys):
        raise _wrong("facts", "里同一项填了两次", "says one fact twice")
    return found


def _fact(each: Any) -> Said:
    if not isinstance(each, Mapping) or set(each) - {"kind", "id", "fact", "said", "base", "value"}:
        raise _wrong("facts", "里有读不懂的一项", "holds something that is no fact")
    kind, number, key = each.get("kind"), each.get("id"), each.get("fact")
    named = isinstance(kind, str) and _KIND.fullmatch(kind) and isinstance(key, str) and _KEY.fullmatch(key)
    if not named or type(number) is not int or not 0 < number < 2**63:
        raise _wrong("facts", "里有一项没有写明是谁的哪件事", "has one that does not say what it is about")
    said = _one_of(each, "said", SAID)
    base, value = each.get("base"), each.get("value")
    if not (_plain(base) and _plain(value)) or (said == "changed" and value in (None, "")):
        raise _wrong(str(key), "没有写明改成什么", "does not say what it is now")
    return Said(str(kind), number, str(key), said, base, value)


def _plain(value: Any) -> bool:
    """A value as a card has it: text, a truth, a whole number, or nothing."""
    if isinstance(value, str):
        return len(value) <= LONGEST and not _UNSAFE.search(value)
    return value is None or isinstance(value, bool) or (type(value) is int and abs(value) < 2**62)
