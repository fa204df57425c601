"""The questions that still decide something: the shortest way from "not yet known" to an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection

from doudi.access.scope import past_wall
from doudi.facts.kinds import Fact
from doudi.policy import households, labels, replies, results
from doudi.policy.decisions import UNKNOWN
from doudi.policy.households import Decided, Subject
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register import resolution
from doudi.rules.engines import closure
from doudi.rules.matter import facts_that_matter
from doudi.rules.measures import Key, Measure
from doudi.rules.results import OK
from doudi.rules.rows import FactRef

# How dear an answer is: who must be asked, then what they must find out.
_ASKS = {"household": 0, "village": 3, "bureau": 5, "bank": 5, "county": 8}
_TYPES = {"bool": 0, "code": 0, "date": 1}


@dataclass(frozen=True, slots=True)
class Question:
    """One fact worth asking. `fact` is its key ("wage_income@2019", "loans_complete"); `kind` "params" is the county.

    `type` "link" is a relation not stated. `choices` are (value, zh, en). `decides` names the measures it can still
    change, `verdicts` how many verdicts those are, `stake_fen` the most they could give. `last_word` is a statement
    grown too old: (value, day). For a village `households` counts those in which it is open and `where` names them.
    """

    kind: str
    subject_id: int
    label: str
    fact: str
    type: str
    text_zh: str
    text_en: str
    asks: tuple[str, ...]
    decides: tuple[str, ...]
    verdicts: int = 1
    stake_fen: int = 0
    unit: str = ""
    sensitivity: str = "open"
    sources: tuple[str, ...] = ()
    choices: tuple[tuple[str, str, str], ...] = ()
    low: int | None = None
    high: int | None = None
    last_word: tuple[Any, str] | None = None
    household_id: int | None = None
    place_code: str = ""
    households: int = 1
    where: tuple[int, ...] = ()

    def order(self) -> tuple[Any, ...]:
        """Best first: what decides most, then what gives most, then what is cheapest to find out."""
        dear = min((_ASKS.get(who, 8) for who in self.asks), default=8) + _TYPES.get(self.type, 2)
        return (-self.verdicts, -self.stake_fen, dear, self.kind, self.subject_id, self.fact)


@dataclass
class _Open:
    """A missing fact and what it holds up."""

    measures: dict[str, None] = field(default_factory=dict)
    verdicts: int = 0
    stake: int = 0


def of_household(household_id: int, *, pack_name: str | None = None) -> list[Question]:
    """The open questions of a household, its members, loans and hires, best first; empty when nothing is open.

    Asked again after every answer: what no longer decides anything is not in it.
    """
    run = Run.objects.in_force(pack_name)
    day = households.days_of([household_id], run)[household_id]
    decided = households.decide(household_id, run.pack.pack, as_of=day)
    return of_decided(decided, _cut_open(run, [household_id]))


def of_households(ids: Iterable[int], *, pack_name: str | None = None) -> dict[int, list[Question]]:
    """The same of several households, read together; one of no residence that day is left out."""
    wanted, run = list(ids), Run.objects.in_force(pack_name)
    of_day: dict[date, list[int]] = {}
    for number, day in households.days_of(wanted, run).items():
        of_day.setdefault(day, []).append(number)
    cut_open = _cut_open(run, wanted)
    return {
        number: of_decided(decided, cut_open)
        for day, some in of_day.items()
        for number, decided in households.decide_all(some, run.pack.pack, as_of=day).items()
    }


def of_decided(decided: Decided, cut_open: Mapping[Subject, frozenset[str]] | None = None) -> list[Question]:
    """The open questions of a household as decided. `cut_open` names limited measures whose line is still open."""
    found: dict[FactRef, _Open] = {}
    kinds = results.by_kind(decided.decider.pack)
    for subject, answers in decided.answers.items():
        for measure, answer in zip(kinds[subject[0]], answers, strict=True):
            open_in_line = measure.name in (cut_open or {}).get(subject, ())
            if answer.verdict == UNKNOWN or (open_in_line and answer.verdict != 0):
                _note(found, decided, subject, measure, open_in_line=open_in_line)
    names = labels.of_household(decided.household_id) if found else {}
    asked = [_question(decided, ref, held, names) for ref, held in found.items()]
    return sorted(asked, key=Question.order)


def _note(
    found: dict[FactRef, _Open], decided: Decided, subject: Subject, measure: Measure, *, open_in_line: bool
) -> None:
    row, decider = decided.row(subject), decided.decider
    world: dict[str, Any] = {"row": row, "params": decider.params, "as_of": decider.as_of}
    refs = set(facts_that_matter(measure, **world, vocabulary=decider.pack.vocabulary))
    if open_in_line and measure.limit is not None:
        keys = [each.node for each in measure.limit.order if isinstance(each, Key)]
        for node in (measure.limit.per, *keys):
            refs |= closure.compiled(node).evaluate(**world).missing
        refs |= closure.compiled(measure.limit.count).evaluate(**world).missing
    stake = closure.compiled(measure.amount).evaluate(**world) if measure.amount is not None else None
    for ref in refs:
        held = found.setdefault(ref, _Open())
        held.measures[measure.name] = None
        held.verdicts += 1
        held.stake += int(str(stake.value)) if stake is not None and stake.status is OK else 0


def _cut_open(run: Run, ids: Iterable[int]) -> dict[Subject, frozenset[str]]:
    """The limited measures whose verdict in force is open, by subject."""
    pack = run.pack.pack
    limited = {
        kind: [(n, name) for n, name in enumerate(names) if name in pack.measures and pack.measures[name].limit]
        for kind, names in run.measures.items()
    }
    kinds = [kind for kind, names in limited.items() if names]
    if not kinds:
        return {}
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.subject_kind, d.subject_id, d.verdicts FROM policy_standing s JOIN policy_decision d"
            " ON d.id = s.decision_id WHERE s.pack_name = %s AND s.household_id = ANY(%s) AND s.subject_kind = ANY(%s)",
            [run.pack_name, list(ids), kinds],
        )
        rows = cursor.fetchall()
    return {
        (kind, number): frozenset(name for n, name in limited[kind] if verdicts[n] == UNKNOWN)
        for kind, number, verdicts in rows
    }


# -- in words


def _question(decided: Decided, ref: FactRef, held: _Open, names: Mapping[Subject, str]) -> Question:
    pack = decided.decider.pack
    place = decided.graph.rows["household", decided.household_id].ones.get("village")
    common: dict[str, Any] = {
        "kind": ref.kind,
        "subject_id": ref.id,
        "label": names.get((ref.kind, ref.id), ""),
        "fact": ref.key,
        "decides": tuple(held.measures),
        "verdicts": held.verdicts,
        "stake_fen": held.stake,
        "household_id": decided.household_id,
        "place_code": f"{place.id:012d}" if place is not None else "",
    }
    if ref.kind == "params":
        return _of_parameter(pack, ref.name, common)
    fact = pack.vocabulary.fact(ref.kind, ref.name)
    if fact is None:
        return _of_link(pack, ref, common)
    belief = decided.graph.beliefs.get((ref.kind, ref.id), {}).get(ref.key)
    return _of_fact(fact, ref, common, belief)


def _of_fact(fact: Fact, ref: FactRef, common: dict[str, Any], belief: Any) -> Question:
    zh, en = fact.question_zh, fact.question_en
    if not zh:
        zh, en = (f"{fact.zh}?", f"{fact.en}?")
    of_year = str(ref.year) if ref.year is not None else ""
    if of_year and "{year}" not in zh:
        zh, en = f"{of_year}年{zh}", f"{en} ({of_year})"
    return Question(
        **common,
        type=fact.type.name,
        text_zh=zh.replace("{year}", of_year),
        text_en=en.replace("{year}", of_year),
        asks=fact.asks,
        unit=fact.unit,
        sensitivity=fact.sensitivity,
        sources=fact.sources,
        choices=replies.LISTED if fact.relation else tuple((c.value, c.zh, c.en) for c in fact.choices),
        low=fact.low,
        high=fact.high,
        last_word=resolution.last_word(belief),
    )


def _of_link(pack: Pack, ref: FactRef, common: dict[str, Any]) -> Question:
    relation = pack.vocabulary.relation(ref.kind, ref.name)
    zh, en = (relation.zh, relation.en) if relation else (ref.name, ref.name)
    return Question(
        **common,
        type="link",
        text_zh=f"{zh}是哪一个?请在登记簿中补上。",
        text_en=f"Which {en}? Enter it in the register.",
        asks=("village",),
    )


def _of_parameter(pack: Pack, name: str, common: dict[str, Any]) -> Question:
    parameter = pack.parameters[name]
    return Question(
        **{**common, "household_id": None, "label": "县" if not common["label"] else common["label"]},
        type=parameter.type.name,
        text_zh=f"县里还没定:{parameter.zh}是多少?",
        text_en=f"Not decided by the county yet: {parameter.en}?",
        asks=("county",),
        unit=parameter.unit,
    )


# -- of a village


def of_village(place_code: str, *, most: int = 50, pack_name: str | None = None) -> list[Question]:
    """The questions that settle most in a village, grouped by fact; `households` says in how many each is open."""
    run = Run.objects.in_force(pack_name)
    open_ids = _open_households(run, place_code)
    cut_open, days = _cut_open(run, open_ids), households.days_of(open_ids, run)
    together: dict[tuple[str, str], list[Question]] = {}
    for household_id in open_ids:
        decided = households.decide(household_id, run.pack.pack, as_of=days[household_id])
        for question in of_decided(decided, cut_open):
            together.setdefault((question.kind, question.fact), []).append(question)
    return sorted((_join(each) for each in together.values()), key=Question.order)[:most]


def _open_households(run: Run, place_code: str) -> list[int]:
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT s.household_id FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id"
            " WHERE s.pack_name = %s AND s.place_code = %s AND s.household_id IS NOT NULL AND 2 = ANY(d.verdicts)"
            " ORDER BY 1",
            [run.pack_name, place_code],
        )
        return [number for (number,) in cursor.fetchall()]


def _join(questions: list[Question]) -> Question:
    where = tuple(dict.fromkeys(each.household_id for each in questions if each.household_id is not None))
    decides = tuple(dict.fromkeys(name for each in questions for name in each.decides))
    same = questions[0].kind in ("params", "place")
    return replace(
        questions[0],
        subject_id=questions[0].subject_id if same else 0,
        label=questions[0].label if same else "",
        decides=decides,
        verdicts=sum(each.verdicts for each in questions),
        stake_fen=sum(each.stake_fen for each in questions),
        households=len(where) or len(questions),
        where=where,
        household_id=None,
        last_word=None,
    )
