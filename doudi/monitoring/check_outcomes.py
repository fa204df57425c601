"""What a filled check sheet would record, box by box, before anything is: the value, what clashes, what is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from doudi.facts.kinds import Fact, Vocabulary
from doudi.facts.vocabulary import load as shipped
from doudi.monitoring import card_facts, changes, check_items, check_sheets, merging
from doudi.monitoring.cards import Card
from doudi.monitoring.check_bodies import Given, Said
from doudi.monitoring.check_items import Answers
from doudi.monitoring.check_sheets import Clerk, Filled
from doudi.monitoring.checks import Check
from doudi.policy import sittings, versions
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register import sayings
from doudi.register.sheets import CHANGED, NEW
from doudi.values.refusals import Refusal

Words = tuple[str, str]
DOOR = "door"  # what may be said where it is not known how they were reached


class Told(NamedTuple):
    """What becomes of one box: as a row of the preview, in both languages."""

    action: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as it came: the household's card as of now, and what is written in each box that is not empty."""

    card: Card
    number: str
    version: int
    texts: Mapping[str, str]
    key: UUID


@dataclass(slots=True)
class Outcome:
    """The check it would be with what becomes of each box; or by box why it is none."""

    filled: Filled | None = None
    told: dict[str, Told] = field(default_factory=dict)
    problems: dict[str, Refusal] = field(default_factory=dict)


class Desk:
    """What the sheets of one file are read by, asked for once."""

    def __init__(self, household_ids: Collection[int], keys: Collection[UUID], clerk: Clerk) -> None:
        self.clerk = clerk
        run = Run.objects.standing()
        self.pack: Pack | None = versions.of_hash(run.pack_id) if run else None
        self.vocabulary: Vocabulary = self.pack.vocabulary if self.pack else shipped()
        self.minor = self.pack.currency.minor if self.pack else 100
        self.helpers = check_sheets.helpers_of(household_ids)
        self.recorded = frozenset(Check.objects.filter(pk__in=keys).values_list("pk", flat=True))
        spoken = Check.objects.filter(household__in=household_ids).values_list("household", "by", "about_day")
        self.spoken = frozenset(spoken)

    def around(self, card: Card) -> check_items.Around:
        """What the rows beside the questions are read by."""
        helpers = self.helpers.get(card["id"], {})
        members = [each["name"] for each in card["members"]]
        speakers = check_sheets.speakers(helpers, self.clerk)
        return check_items.Around(self.clerk.today, speakers, list(helpers), members)


def read(sheet: Sheet, desk: Desk) -> Outcome:
    """What a sheet would record; writes nothing."""
    outcome, around = Outcome(), desk.around(sheet.card)
    found, wrong = check_items.read(sheet.texts, around)
    outcome.problems = {refusal.where: refusal for refusal in wrong}
    said = _said(sheet, str(found.get("reached") or DOOR), desk, outcome.problems)
    if outcome.problems:
        return outcome
    answers = Answers(**found)  # type: ignore[arg-type]
    try:
        given = _given(sheet, answers, said.values())
    except Refusal as refusal:
        outcome.problems[refusal.where] = refusal
        return outcome
    card = sheet.card
    outcome.filled = Filled(card["id"], sheet.number, given, answers.spoken_by, answers.on, sheet.key)
    outcome.told = _items(sheet, answers, around, desk) | _facts(sheet, given, said, outcome.filled, desk)
    return outcome


def _said(sheet: Sheet, reached: str, desk: Desk, problems: dict[str, Refusal]) -> dict[str, dict[str, Any]]:
    """The facts a sheet says, by box; what cannot be said goes to the problems."""
    found = {}
    for fact in sheet.card["facts"]:
        box = check_sheets.box_of(fact)
        if not fact["can_say"] or box not in sheet.texts:
            continue
        try:
            told = check_sheets.said(fact, sheet.texts[box], sheet.version)
            if told is not None:
                _refuse_unsayable(told, reached, desk)
                found[box] = told
        except Refusal as refusal:
            problems[box] = refusal
    return found


def _refuse_unsayable(told: Mapping[str, Any], reached: str, desk: Desk) -> None:
    """Raise Refusal for what recording it would refuse."""
    if told["said"] == "cannot_say":
        return
    said = _as_said(told)
    _fact, source, value = merging.understand(said, reached, desk)
    sittings.refuse_not_theirs(source, desk.clerk.roles)
    sayings.of(desk.vocabulary).check(said.kind, source, {said.fact: value})


def _as_said(told: Mapping[str, Any]) -> Said:
    return Said(told["kind"], told["id"], told["fact"], told["said"], told["base"], told.get("value"))


def _given(sheet: Sheet, answers: Answers, said: Collection[Mapping[str, Any]]) -> Given:
    around = check_sheets.Around(
        reached=answers.reached,
        reached_whom=answers.reached_whom,
        needs=answers.needs,
        wants_counselling=answers.wants_counselling,
        note=answers.note,
        agrees=answers.agrees,
        disagreement=answers.disagreement,
    )
    return check_sheets.given(around, said, base_version=sheet.version or sheet.card["version"])


# -- in words


def _items(sheet: Sheet, answers: Answers, around: check_items.Around, desk: Desk) -> dict[str, Told]:
    """The rows beside the questions as they were understood; that of how they were reached tells of the whole sheet."""
    told = {}
    for item in check_items.ITEMS:
        if item in sheet.texts:
            zh, en = check_items.told(item, answers, around)
            told[item] = Told(NEW, f"记:{zh}", f"recorded as: {en}")
    told["reached"] = _whole(sheet, answers, around, desk)
    return told


def _whole(sheet: Sheet, answers: Answers, around: check_items.Around, desk: Desk) -> Told:
    way, who = check_items.WAYS[answers.reached], around.speakers[answers.spoken_by]
    zh, en, action = f"记一次核对:{answers.on} {who} {way[0]}", f"a check is recorded: {answers.on} {who} {way[1]}", NEW
    if not sheet.version:
        zh, en = f"{zh};表号没有版本,按现在的记录算", f"{en}; the number has no version: as of what is on record now"
    if (sheet.card["id"], answers.spoken_by, answers.on) in desk.spoken:
        zh, en = f"{zh};这一天 {who} 已有一次核对,会再记一次", f"{en}; {who} checked that day already: it is one more"
        action = CHANGED
    return Told(action, zh, en)


def _facts(
    sheet: Sheet, given: Given, said: Mapping[str, Mapping[str, Any]], filled: Filled, desk: Desk
) -> dict[str, Told]:
    merged = merging.merge(sheet.card["id"], given, desk, by=desk.clerk.by, about=filled.on)
    became = {(kind, number, key): outcome for kind, number, key, outcome in merged.outcomes}
    against = {(each.said.kind, each.said.subject_id, each.said.fact): each for each in merged.held}
    facts = {check_sheets.box_of(fact): fact for fact in sheet.card["facts"]}
    told = {}
    for box, each in said.items():
        key = (each["kind"], each["id"], each["fact"])
        told[box] = _fact(facts[box], each, became[key], against.get(key), desk)
    return told


def _fact(
    fact: Mapping[str, Any], each: Mapping[str, Any], outcome: str, clash: merging.Clash | None, desk: Desk
) -> Told:
    if each["said"] == "cannot_say":
        return Told(NEW, "记:说不清,记录不动", "recorded as: cannot say; what is on record stays")
    kind, _source, value = merging.understand(_as_said(each), DOOR, desk)
    now, before = _value(value, fact, kind, desk), _value(fact["value"], fact, kind, desk)
    if clash is not None:
        theirs = _value(clash.theirs.value, fact, kind, desk)
        return Told(
            CHANGED,
            f"和现在的记录不一样:{theirs[0]} → {now[0]};先不采用,等人看清再定",
            f"clashes with what is on record: {theirs[1]} → {now[1]}; it waits for a person to choose",
        )
    if each["said"] == "same" or outcome == changes.SAME:
        return Told(NEW, f"没变:{now[0]}", f"the same: {now[1]}")
    if fact["value"] is None:
        return Told(NEW, f"记:{now[0]}", f"recorded as: {now[1]}")
    return Told(CHANGED, f"{before[0]} → {now[0]}", f"{before[1]} → {now[1]}")


def _value(value: Any, fact: Mapping[str, Any], kind: Fact, desk: Desk) -> Words:
    """A value with its unit."""
    zh, en = card_facts.in_words(kind, value, desk.minor)
    if value is None or kind.type.name not in card_facts.AMOUNTS:
        return zh, en
    if kind.type.name == "money":
        return f"{zh}元", f"{en} yuan"
    return f"{zh}{fact['unit']}", f"{en} {fact['unit_en']}".strip()
