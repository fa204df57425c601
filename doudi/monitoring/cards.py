"""Household cards: what a telephone holds of a household, as JSON. No full ID number and no account is ever in one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from doudi.access.masking import NAME, Reads, shown
from doudi.facts.kinds import Vocabulary
from doudi.monitoring import card_facts, decided, kept_reviews, looking, need_codes, needs, speakers, tasks, waiting
from doudi.monitoring.checks import Check
from doudi.monitoring.disputes import Dispute
from doudi.monitoring.looking import Looked
from doudi.monitoring.needs import Need
from doudi.monitoring.speakers import Speaker
from doudi.places import contacts
from doudi.places.divisions import Place
from doudi.policy import deferrals, versions
from doudi.policy.households import Decided
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register import vocabularies
from doudi.register.children import is_child
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.register.sayings import base_name
from doudi.trail.written import NUMBERS, TEXTS, Written

Card = dict[str, Any]
MOST_NEEDS = 8
_households = Written(lambda ids: Household.objects.filter(pk__in=ids).order_by("pk"), ids=NUMBERS)
_names = Written(lambda codes: Place.objects.filter(code__in=codes).values_list("code", "name"), codes=TEXTS)
_people = Written(lambda ids: Person.objects.filter(household_id__in=ids).order_by("pk"), ids=NUMBERS)
_checks = Written(lambda ids: Check.objects.last_of(ids), ids=NUMBERS)
_disputes = Written(lambda ids: Dispute.objects.waiting().filter(household_id__in=ids), ids=NUMBERS)


def of(
    household_ids: Iterable[int],
    *,
    reader: Reads,
    on: date,
    duties_on: date,
    known: Mapping[int, Decided] | None = None,
    run: Run | None = None,
) -> list[Card]:
    """The cards of households in scope, as this reader may know them, by id; the same content makes the same card.

    `on` is the county's day. Duties run by the calendar, in a demonstration too: who spoke is named by the duty of
    `duties_on`. `known` are those that were just decided in this transaction (`looking.look`), `run` the one in force.
    """
    rows = _households(ids=set(household_ids))
    ids = [row.pk for row in rows]
    run = run or Run.objects.standing()
    looked = looking.look(ids, on=on, known=known, run=run)
    around = _Around(rows, looked, reader, on, duties_on, run)
    return [_card(row, looked.get(row.pk), around) for row in rows]


def digest(card: Card) -> str:
    """A short hash of a card's content: who holds the same needs no other."""
    return hashlib.sha256(orjson.dumps(card, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


class _Around:
    """What is read for all cards at once."""

    def __init__(
        self,
        rows: Sequence[Household],
        looked: Mapping[int, Looked],
        reader: Reads,
        on: date,
        duties_on: date,
        run: Run | None,
    ) -> None:
        ids, self.reader, self.on = [row.pk for row in rows], reader, on
        villages = {row.place_code for row in rows}
        self.contacts = contacts.around(villages)
        codes = villages | {code[:9] + "000" for code in villages} | {code[:6] + "000000" for code in villages}
        self.places = dict(_names(codes=codes))
        self.people = _by_household(_people(ids=ids))
        self.decisions = decided.of(ids, reader, run)
        self.checks = {each.household_id: each for each in _checks(ids=ids)}
        clashes = _disputes(ids=ids)
        disputes, kept = disputes_of(clashes, duties_on=duties_on), kept_reviews.waiting(ids)
        unconfirmed = waiting.unconfirmed(ids)
        self.disputes, self.unconfirmed = _by_household(disputes), _by_household(unconfirmed)
        self.kept = kept_reviews.of(kept, reader, duties_on=duties_on)
        self.checkers = speakers.of({each.by for each in self.checks.values()}, on=duties_on)
        asked = {
            "doudi.monitoring.looking.questions": [task for each in looked.values() for task in looking.tasks_of(each)],
            "doudi.monitoring.waiting.disputes": waiting.tasks_of_disputes(clashes, on),
            "doudi.monitoring.kept_reviews.tasks": kept_reviews.tasks_of(kept, on),
            "doudi.monitoring.waiting.deliveries": waiting.tasks_of_deliveries(unconfirmed),
        }
        self.tasks = tasks.of_households(ids, on=on, known=asked)
        self.versions = {number: each.version for number, each in looked.items()}
        self.versions |= looking.versions_of([number for number in ids if number not in looked])
        self.paid = waiting.paid(ids)
        self.needs = needs.of_households(ids)
        self.pack = versions.of_hash(run.pack_id) if run else None
        self.put_off = deferrals.of(ids)


def _by_household(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        number = row["household"] if isinstance(row, Mapping) else row.household_id
        found.setdefault(int(number or 0), []).append(row)
    return found


def _card(row: Household, looked: Looked | None, around: _Around) -> Card:
    people, reader = around.people.get(row.pk, []), around.reader
    names = {("person", person.pk): _name(person, looked, around) for person in people}
    head = _head(row, people, names, reader)
    facts, asks = card_facts.of(looked, reader, around.on) if looked else ([], [])
    return {
        "id": row.pk,
        "version": around.versions[row.pk],
        "code": row.code,
        "name": head,
        "village": around.places.get(row.place_code, row.place_code),
        "town": around.places.get(row.place_code[:9] + "000", ""),
        "group": row.group_name,
        **(card_facts.about(row.pk, looked, around.on) if looked else {"phone": "", "category": None}),
        "members": [_member(person, names, looked) for person in people],
        "facts": facts,
        "ask": asks,
        "deciding": row.pk in around.put_off,
        "decisions": [
            {**one, "who": names.get((one["kind"], one["id"]), "")} for one in around.decisions.get(row.pk, [])
        ],
        "paid": around.paid.get(row.pk, []),
        "needs": [_need(one, around.pack) for one in around.needs.get(row.pk, [])[:MOST_NEEDS]],
        "to_confirm": [_to_confirm(one, names) for one in around.unconfirmed.get(row.pk, [])],
        "tasks": [_task(one) for one in around.tasks[row.pk]],
        "call": [*_own_numbers(row.pk, people, names, head, looked), *_contacts(row, around)],
        "last_check": _last_check(around.checks.get(row.pk), around.checkers),
        "disputes": around.disputes.get(row.pk, []),
        "kept": around.kept.get(row.pk, []),
    }


def _name(person: Person, looked: Looked | None, around: _Around) -> str:
    row = looked.decided.graph.rows.get(("person", person.pk)) if looked else None
    child = row is not None and is_child(row.facts.get("birth_date"), on=around.on)  # type: ignore[arg-type]
    return shown(NAME, person.name, around.reader, household_id=person.household_id, child=child)


def _head(row: Household, people: Sequence[Person], names: Mapping[tuple[str, int], str], reader: Reads) -> str:
    """The head's name: as the member's who bears it, for a child may be one."""
    own = next((names["person", person.pk] for person in people if person.name == row.head_name), "")
    return own or shown(NAME, row.head_name, reader, household_id=row.pk)


def _member(person: Person, names: Mapping[tuple[str, int], str], looked: Looked | None) -> dict[str, Any]:
    row = looked.decided.graph.rows.get(("person", person.pk)) if looked else None
    born, sex = (row.facts.get("birth_date"), row.facts.get("sex")) if row else (None, None)
    day = looked.decided.decider.as_of if looked else None
    age = None
    if isinstance(born, date) and day is not None:
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return {"id": person.pk, "name": names["person", person.pk], "age": age, "sex": sex}


def _own_numbers(
    household_id: int,
    people: Sequence[Person],
    names: Mapping[tuple[str, int], str],
    head: str,
    looked: Looked | None,
) -> list[dict[str, Any]]:
    """The household's own number, or where it has none those of its members: calling them is the helper's duty."""
    if looked is None:
        return []
    if phone := card_facts.phone(("household", household_id), looked):
        return [{"who": {"zh": "这一户", "en": "the household"}, "name": head, "phone": phone}]
    told = [(names["person", each.pk], card_facts.phone(("person", each.pk), looked)) for each in people]
    return [{"who": {"zh": "家里人", "en": "a member"}, "name": name, "phone": phone} for name, phone in told if phone]


def _contacts(row: Household, around: _Around) -> list[dict[str, Any]]:
    """Whom the village, the town and the county name to be called."""
    told = []
    for each in around.contacts[row.place_code]:
        place, (zh, en) = around.places.get(each.place_code, each.place_code), each.words
        told.append({"who": {"zh": f"{place}{zh}", "en": f"{place}, {en}"}, "name": each.name, "phone": each.number})
    return told


def _to_confirm(one: Any, names: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    zh, en = waiting.title_of(one)
    who = names.get((one.subject_kind, one.subject_id), "")
    return {"thing": "entitlement", "id": one.pk, "zh": zh, "en": en, "who": who, "fen": one.amount_fen}


def _task(task: tasks.Task) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "zh": task.zh,
        "en": task.en,
        "reason_zh": task.reason_zh,
        "reason_en": task.reason_en,
        "due": task.due.isoformat() if task.due else None,
        "fact": task.fact,
        "where": task.where,
    }


def _need(one: Need, pack: Pack | None) -> dict[str, Any]:
    """What became of a need: who noted it learns what it led to."""
    said, term = need_codes.NEEDS[one.code], pack.terms.get(one.measure) if pack else None
    return {
        "zh": said.zh,
        "en": said.en,
        "state": one.state,
        "on": (one.decided_on or one.noted_on).isoformat(),
        "measure_zh": term.title.zh if term else "",
        "measure_en": term.title.en if term else "",
        "reason": one.reason,
    }


def _last_check(check: Check | None, people: Mapping[str, Speaker]) -> dict[str, Any] | None:
    if check is None:
        return None
    who = people.get(check.by, speakers.NOBODY)
    told = {"on": check.about_day.isoformat(), "reached": check.reached}
    return told | {"by": who.name, "by_zh": who.zh, "by_en": who.en}


def disputes_of(found: Iterable[Dispute], *, duties_on: date) -> list[dict[str, Any]]:
    """Disputes as a card and a result tell them: who said what by name and duty of a day, never by account."""
    rows = list(found)
    if not rows:
        return []
    people = speakers.of({who for each in rows for who in (each.mine_by, each.theirs_by)}, on=duties_on)
    words = vocabularies.in_force()
    return [_dispute(each, people, words) for each in rows]


def _dispute(one: Dispute, people: Mapping[str, Speaker], words: Vocabulary) -> dict[str, Any]:
    fact = words.fact(one.subject_kind, base_name(one.fact)) if one.subject_kind in words.kinds else None
    mine, theirs = (people.get(name, speakers.NOBODY) for name in (one.mine_by, one.theirs_by))
    return {
        "id": one.pk,
        "household": one.household_id,
        "why": one.kind,
        "kind": one.subject_kind,
        "subject": one.subject_id,
        "fact": one.fact,
        "of": card_facts.words_of(fact, one.fact) if fact else {},
        "base": one.base,
        "mine": one.mine,
        "theirs": one.theirs,
        "mine_by": mine.name,
        "mine_by_zh": mine.zh,
        "mine_by_en": mine.en,
        "theirs_by": theirs.name,
        "theirs_by_zh": theirs.zh,
        "theirs_by_en": theirs.en,
        "theirs_source": one.theirs_source,
        "choice": one.choice,
        "settled": one.settled_at is not None,
    }
