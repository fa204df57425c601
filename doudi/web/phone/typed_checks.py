"""A check typed into a form, read as a telephone writes it and refused where a telephone would not save it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from doudi.monitoring.check_bodies import NOT_REACHED, REACHED
from doudi.monitoring.need_codes import NEEDS
from doudi.values.refusals import Refusal

MOST = 1000  # letters of a field that are looked at
Card = Mapping[str, Any]


def text(typed: QueryDict, name: str) -> str:
    """What a field holds, within bounds."""
    return typed.get(name, "")[:MOST].replace("\0", "").strip()


def body(typed: QueryDict, card: Card) -> dict[str, Any]:
    """The check as a telephone would write it. Raises Refusal for one that is not done, naming the field."""
    fields = fields_of(typed)
    refuse_unfinished(typed, card, fields)
    return {
        "reached": text(typed, "reached"),
        "reached_whom": text(typed, "reached_whom"),
        "facts": [said for fact in card["facts"] if fact["can_say"] and (said := _said(typed, fields, fact))],
        "needs": [code for code in typed.getlist("needs") if code in NEEDS],
        "wants_counselling": typed.get("wants_counselling") == "1",
        "note": text(typed, "note"),
        "told": [name[:64] for name in typed.getlist("told")],
        "read_back": typed.get("read_back") == "1",
        "agrees": text(typed, "agrees") or "not_asked",
        "disagreement": text(typed, "disagreement"),
    }


def about(fact: Mapping[str, Any]) -> str:
    """What a fact is, in a field of the form: its place in the list may be another's by the time it comes back."""
    return f"{fact['kind']}:{fact['id']}:{fact['fact']}"


def fields_of(typed: QueryDict) -> dict[str, str]:
    """The field of each fact of a form that comes back."""
    return {text(typed, name): name.removesuffix("-about") for name in typed if name.endswith("-about")}


def _said(typed: QueryDict, fields: Mapping[str, str], fact: Mapping[str, Any]) -> dict[str, Any] | None:
    field = fields.get(about(fact), "")
    said = text(typed, f"{field}-said") if field else ""
    if not said:
        return None
    told = {"kind": fact["kind"], "id": fact["id"], "fact": fact["fact"], "said": said, "base": _base(typed, field)}
    return told | ({"value": text(typed, f"{field}-value")} if said == "changed" else {})


def _base(typed: QueryDict, field: str) -> Any:
    """What the form showed, which is not what is believed by now. Raises Refusal for a form that does not say."""
    try:
        return json.loads(text(typed, f"{field}-base"))
    except (ValueError, RecursionError):
        raise Refusal("表单不完整,请重新打开。", "The form is not whole; open it again.", field) from None


def refuse_unfinished(typed: QueryDict, card: Card, fields: Mapping[str, str]) -> None:
    """Raise Refusal for what the telephone's steps do not let pass either (static/m/check.js)."""
    reached = text(typed, "reached")
    if reached not in REACHED:
        raise Refusal("请先选怎么联系的。", "Choose first how they were reached.", "reached")
    if reached == NOT_REACHED:
        return
    if not text(typed, "reached_whom"):
        raise Refusal("请写明和谁说的。", "Say who was spoken to.", "reached_whom")
    for fact in map(card["facts"].__getitem__, card["ask"]):
        asked = fact["can_say"] and (reached == "door" or not fact["at_door_only"])
        if asked and not text(typed, f"{fields.get(about(fact), '?')}-said"):
            raise Refusal(
                f"“{fact['zh']}”还没有答。说不清的请选“说不清”。",
                f"“{fact['en']}” has no answer yet. Where they cannot say, choose “cannot say”.",
                about(fact),
            )
    _refuse_unagreed(typed)


def _refuse_unagreed(typed: QueryDict) -> None:
    agrees = text(typed, "agrees")
    if not agrees:
        raise Refusal(
            "请选对方同意不同意;没有问就选“没有问”。",
            "Say whether they agree; where they were not asked, choose “not asked”.",
            "agrees",
        )
    if agrees == "yes" and typed.get("read_back") != "1":
        raise Refusal("请先念给对方听,再记“同意”。", "Read it back to them before they agree to it.", "read_back")
