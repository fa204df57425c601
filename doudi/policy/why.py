"""Why: a verdict told as reasons, with the source of every leaf, for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db import connection

from doudi.access.scope import past_wall
from doudi.policy import known, labels, lines, reasons
from doudi.policy.deciding import Decider
from doudi.policy.deeds import behind
from doudi.policy.households import Subject
from doudi.policy.known import Told
from doudi.policy.packs import Pack
from doudi.policy.reasons import Cells, Reads, Reason, Telling
from doudi.policy.runs import Run
from doudi.register.graphs import Graph
from doudi.register.resolution import Cell
from doudi.rules import changing
from doudi.rules import explain as telling
from doudi.rules.measures import Measure
from doudi.rules.rows import Row
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one verdict. `verdict` and `amount_fen` are as decided; `conditions` as the facts stand now.

    `moved`: what is believed now no longer gives that verdict; the next run decides anew. `changes` says what would
    change it, the nearest first; `line` explains a limited measure's cut; `questions` names the facts that matter.
    """

    run: int
    kind: str
    subject_id: int
    label: str
    measure: str
    title_zh: str
    title_en: str
    clause: str
    clause_zh: str
    clause_en: str
    document_zh: str
    document_en: str
    verdict: int
    amount_fen: int | None
    as_of: date
    conditions: tuple[Reason, ...]
    amount: Reason | None = None
    changes: tuple[Reason, ...] = ()
    questions: tuple[str, ...] = ()
    line: Reason | None = None
    contested: bool = False
    stale: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Standing:
    """One measure's verdict in force for one subject."""

    kind: str
    subject_id: int
    measure: str
    verdict: int
    amount_fen: int | None
    place: int | None
    contested: bool
    stale: bool
    as_of: date
    household_id: int | None
    place_code: str


_IN_FORCE = """
SELECT d.subject_kind, d.subject_id, d.verdicts, d.amounts, d.places, d.contested, d.as_of, d.household_id,
    d.place_code
FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
WHERE s.pack_name = %s AND {which} ORDER BY 1, 2
"""


def verdicts_of(household_id: int, *, pack_name: str | None = None) -> list[dict[str, Any]]:
    """Every verdict in force about a household, its members, loans and hires; empty before a run.

    Each: kind, subject_id, label, measure, verdict, amount_fen, place, contested, stale, title_zh, title_en.
    """
    run = Run.objects.in_force(pack_name)
    names, measures = labels.of_household(household_id), run.pack.pack.measures
    return [
        {
            "kind": each.kind,
            "subject_id": each.subject_id,
            "label": names.get((each.kind, each.subject_id), ""),
            "measure": each.measure,
            "verdict": each.verdict,
            "amount_fen": each.amount_fen,
            "place": each.place,
            "contested": each.contested,
            "stale": each.stale,
            "title_zh": measures[each.measure].zh,
            "title_en": measures[each.measure].en,
        }
        for each in _in_force(run, "s.household_id = %s", [household_id])
    ]


def _in_force(run: Run, which: str, params: list[Any]) -> list[_Standing]:
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(_IN_FORCE.format(which=which), [run.pack_name, *params])
        rows = cursor.fetchall()
        cursor.execute("SELECT measure, place_code FROM policy_tally WHERE run_id = %s AND stale", [run.pk])
        stale = set(cursor.fetchall())
    return [
        _Standing(
            kind, number, name, verdicts[n], amounts[n], places[n], bool(contested >> n & 1), (name, code) in stale,
            as_of, household, code,
        )
        for kind, number, verdicts, amounts, places, contested, as_of, household, code in rows
        for n, name in enumerate(run.measures[kind])
    ]  # fmt: skip


def explain(
    kind: str, subject_id: int, measure: str, *, reader: Reads | None, pack_name: str | None = None
) -> Explanation:
    """Why `measure` says what it says of the subject, as this reader may know it (None: everything).

    The evaluation sees the whole county; only what is told depends on the reader. Raises Refusal when the measure says
    nothing of the subject.
    """
    run = Run.objects.in_force(pack_name)
    pack = run.pack.pack
    held = _standing_of(run, kind, subject_id, measure)
    graph, deeds = _graph(held, pack)
    row = graph.rows[kind, subject_id]
    params = pack.values_on(held.as_of)
    names = labels.of_household(held.household_id) if held.household_id is not None else {}
    named = behind(deeds, as_of=held.as_of)
    teller = Telling(pack, held.as_of, cells_of(graph, deeds), names, reader, named)
    told = _Told(run, pack, held, row, params, teller)
    return told.explanation(names.get((kind, subject_id)) or labels.of_item(kind, subject_id))


def _standing_of(run: Run, kind: str, subject_id: int, measure: str) -> _Standing:
    found = _in_force(run, "s.subject_kind = %s AND s.subject_id = %s", [kind, subject_id])
    for each in found:
        if each.measure == measure:
            return each
    among = ", ".join(run.measures.get(kind, [])) or "-"
    raise Refusal(
        f"“{measure}”没有对 {kind} {subject_id} 作出结论。该类对象的措施:{among}。",
        f"“{measure}” says nothing of {kind} {subject_id}. Measures of that kind: {among}.",
    )


def _graph(held: _Standing, pack: Pack) -> tuple[Graph, Told]:
    if held.household_id is not None:
        return known.graph_of(held.household_id, as_of=held.as_of, vocabulary=pack.vocabulary)
    return known.graph_of_item(held.subject_id, as_of=held.as_of, vocabulary=pack.vocabulary)


def cells_of(graph: Graph, deeds: Told) -> Cells:
    """The belief documents behind the rows, with the statement of every fact; of what a deed says there is none."""
    kinds, ids = [kind for kind, _ in graph.rows], [number for _, number in graph.rows]
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.subject_kind, b.subject_id, b.document FROM register_belief b"
            " JOIN unnest(%s::text[], %s::bigint[]) AS t(kind, id) ON t.kind = b.subject_kind AND t.id = b.subject_id",
            [kinds, ids],
        )
        rows: list[tuple[str, int, Any]] = cursor.fetchall()
    return {
        (kind, number): {key: cell for key, cell in _document(document).items() if (kind, number, key) not in deeds}
        for kind, number, document in rows
    }


def _document(document: Any) -> Mapping[str, Cell]:
    return orjson.loads(document) if isinstance(document, str) else document  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Told:
    """One verdict being told."""

    run: Run
    pack: Pack
    held: _Standing
    row: Row
    params: Mapping[str, Any]
    telling: Telling

    def explanation(self, label: str) -> Explanation:
        """All of it."""
        pack, held = self.pack, self.held
        measure = pack.measures[held.measure]
        world: dict[str, Any] = {"row": self.row, "params": self.params, "as_of": held.as_of}
        currency = reasons.money_of(pack)
        told = telling.explain(
            measure, **world, vocabulary=pack.vocabulary, parameters=reasons.labels(pack), currency=currency
        )
        changes = changing.would_change(
            measure, **world, vocabulary=pack.vocabulary, explanation=told, currency=currency
        )
        now = Decider(pack, params=self.params, as_of=held.as_of).verdict(measure, self.row)
        clause, document = pack.clause(measure.clause), reasons.document_of(pack, measure.clause)
        return Explanation(
            run=self.run.pk,
            kind=held.kind,
            subject_id=held.subject_id,
            label=label,
            measure=measure.name,
            title_zh=measure.zh,
            title_en=measure.en,
            clause=measure.clause,
            clause_zh=clause.zh if clause else "",
            clause_en=clause.en if clause else "",
            document_zh=document[0],
            document_en=document[1],
            verdict=held.verdict,
            amount_fen=held.amount_fen,
            as_of=held.as_of,
            conditions=reasons.told_all(self.telling, told.conditions),
            amount=self.telling.tell(told.amount) if told.amount is not None and held.verdict == 1 else None,
            changes=tuple(self._change(change) for change in changes),
            questions=tuple(f"{c.ref.kind}:{c.ref.id}:{c.ref.key}" for c in changes if c.ref is not None),
            line=self._line(measure) if measure.limit else None,
            contested=held.contested,
            stale=held.stale,
            moved=(held.verdict == 1 and now != 1) if measure.limit else now != held.verdict,
        )

    def _line(self, measure: Measure) -> Reason:
        held, reader = self.held, self.telling.reader
        return lines.tell(self.run, measure, self.row, held.place_code, stale=held.stale, reader=reader)

    def _change(self, change: changing.Change) -> Reason:
        """What would change the verdict; of a protected part only that there is one."""
        shown = self.telling.tell(change.reason) if change.reason is not None else None
        if shown is not None and (shown.protected or _hides(shown)):
            return Reason(zh=shown.zh, en=shown.en, value_zh=shown.value_zh, value_en=shown.value_en, protected=True)
        ref = change.ref
        label = self.telling.names.get((ref.kind, ref.id), "") if ref else ""
        return Reason(
            zh=change.zh,
            en=change.en,
            verdict=None if ref is None else 2,
            condition=change.condition,
            ref=f"{ref.kind}:{ref.id}:{ref.key}" if ref else "",
            label=label,
        )


def _hides(reason: Reason) -> bool:
    return any(child.protected or _hides(child) for child in reason.children)


def subject_of(text: str) -> Subject:
    """(kind, id) of "person:12". Raises Refusal for anything else."""
    kind, _, number = text.partition(":")
    if not kind or not (number.isascii() and number.isdigit()):
        raise Refusal(f"“{text}”不是对象,应写作 person:12。", f"“{text}” is no subject; write it as person:12.")
    return kind, int(number)
