"""Why: reasons down to the statements, and for each reader no more than a duty covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from doudi.access.permissions import reads
from doudi.access.scope import as_engine
from doudi.policy import why
from doudi.policy.decisions import Decision
from doudi.policy.reasons import Reason
from doudi.policy.runs import Run
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal


@dataclass(frozen=True)
class As:
    """A reader with one role."""

    role: str

    def reads(self, sensitivity: str) -> bool:
        return reads([self.role], sensitivity)


def walk(reason: Reason) -> Iterator[Reason]:
    yield reason
    for child in reason.children:
        yield from walk(child)


def one(run: Run, kind: str, measure: str, verdict: int) -> Decision:
    """A decision of a measure with that verdict."""
    order = run.measures[kind].index(measure)
    with as_engine():
        for decision in Decision.objects.filter(run=run, subject_kind=kind).order_by("id"):
            if decision.verdicts[order] == verdict:
                return decision
    pytest.fail(f"nobody has verdict {verdict} by {measure}")


def test_every_leaf_names_the_statement_that_says_so(run: Run) -> None:
    decision = one(run, "household", "06a_keep_allowance_poor", 1)
    told = why.explain("household", decision.subject_id, "06a_keep_allowance_poor", reader=None)
    assert told.verdict == 1
    assert [reason.condition for reason in told.conditions] == ["receives_allowance", "registered_poor", "below_line"]
    assert told.clause == "report:measure-6"
    assert told.clause_zh.startswith("实施特殊关爱工程")
    leaves = [part for reason in told.conditions for part in walk(reason) if part.ref and "params" not in part.ref]
    assert len(leaves) > 5
    for leaf in leaves:
        assert leaf.source is not None, leaf
        assert leaf.source.about is not None
        with as_engine():
            statement = Statement.objects.get(pk=leaf.source.statement_id)
        assert leaf.ref.rpartition(":")[2] in statement.facts
        assert statement.source == leaf.source.name


def test_a_number_names_its_document_and_day(run: Run) -> None:
    decision = one(run, "household", "06a_keep_allowance_poor", 0)
    told = why.explain("household", decision.subject_id, "06a_keep_allowance_poor", reader=None)
    (line,) = [p for reason in told.conditions for p in walk(reason) if p.ref == "params:0:allowance_line_registered"]
    assert line.value_zh == "5,000.00元"
    assert line.source is not None
    assert (line.source.name, line.source.clause) == ("report", "report:measure-6")


def test_an_assumed_number_is_told_as_the_officers_assumption(run: Run) -> None:
    decision = one(run, "person", "04_village_posts", 1)
    told = why.explain("person", decision.subject_id, "04_village_posts", reader=None)
    (limit,) = [part for reason in told.conditions for part in walk(reason) if part.ref == "params:0:post_age_limit"]
    assert limit.source is not None
    assert "演示县扶贫办干部(假定)" in limit.source.zh


def test_the_reasons_agree_with_the_decision(run: Run) -> None:
    for measure, verdict in [("01_livelihood_award", 1), ("01_livelihood_award", 0), ("01_livelihood_award", 2)]:
        decision = one(run, "person", measure, verdict)
        told = why.explain("person", decision.subject_id, measure, reader=None)
        order = run.measures["person"].index(measure)
        assert told.verdict == verdict
        assert [reason.verdict for reason in told.conditions] == [
            (decision.reasons[order] >> 2 * n) & 3 for n in range(len(told.conditions))
        ]
        assert not told.moved
        assert bool(told.changes) == (verdict != 1)
        assert bool(told.questions) == (verdict == 2)


def test_a_leaf_is_withheld_from_whom_no_duty_covers(run: Run) -> None:
    """A village officer's duty does not cover health; a county officer's does."""
    decision = one(run, "person", "03_labour_transfer", 1)
    told = {
        role: why.explain("person", decision.subject_id, "03_labour_transfer", reader=As(role))
        for role in ("village_officer", "county_officer")
    }
    hidden = [p for reason in told["village_officer"].conditions for p in walk(reason) if p.protected]
    assert hidden
    for part in hidden:
        assert part.verdict is None
        assert part.source is None
        assert part.value_en.startswith("a protected fact, seen by: county officer")
        assert "village officer" not in part.value_en
    assert not [p for reason in told["county_officer"].conditions for p in walk(reason) if p.protected]
    assert told["village_officer"].verdict == told["county_officer"].verdict


def test_nothing_of_a_withheld_leaf_is_left_anywhere(run: Run) -> None:
    decision = one(run, "person", "03_labour_transfer", 1)
    told = why.explain("person", decision.subject_id, "03_labour_transfer", reader=As("village_officer"))
    for reason in (*told.conditions, *told.changes):
        for part in walk(reason):
            if "person.patient" in part.ref or "patient" in part.ref:
                assert part.protected
            if part.protected:
                assert not part.children or all(child.protected for child in part.children)


def test_an_administrator_sees_that_there_is_a_reason_and_no_more(run: Run) -> None:
    decision = one(run, "household", "06a_keep_allowance_poor", 1)
    told = why.explain("household", decision.subject_id, "06a_keep_allowance_poor", reader=As("administrator"))
    for reason in told.conditions:
        assert reason.protected
        assert reason.source is None
        for part in walk(reason):
            assert part.protected or part.ref.startswith("params:") or part.en == "number of members", part


def test_what_is_worked_out_from_withheld_facts_is_withheld(run: Run) -> None:
    """Net income per head is money, and so is every income in it: neither shows through a comparison."""

    class NoMoney(As):
        def reads(self, sensitivity: str) -> bool:
            return sensitivity != "money"

    decision = one(run, "household", "06a_keep_allowance_poor", 1)
    told = why.explain("household", decision.subject_id, "06a_keep_allowance_poor", reader=NoMoney("bureau"))
    (line,) = [reason for reason in told.conditions if reason.condition == "below_line"]
    assert line.protected
    open_told = why.explain("household", decision.subject_id, "06a_keep_allowance_poor", reader=None)
    (open_line,) = [reason for reason in open_told.conditions if reason.condition == "below_line"]
    amounts = {part.value_zh for part in walk(open_line) if "元" in part.value_zh and "params" not in part.ref}
    shown = {part.value_zh for reason in told.conditions for part in walk(reason)}
    assert amounts
    assert not amounts & shown


def test_a_line_tells_the_cut_and_nobody_elses_facts(run: Run) -> None:
    decision = one(run, "person", "04_village_posts", 1)
    told = why.explain("person", decision.subject_id, "04_village_posts", reader=None)
    assert told.line is not None
    words = {part.en: part.value_en for part in told.line.children}
    assert "qualify" in words["the line in this village"]
    assert words["place in line"] in ("1", "2", "1–2")
    assert words["cannot leave home"] in ("yes", "no", "not known")


def test_every_verdict_of_a_household_can_be_told(run: Run) -> None:
    decision = one(run, "household", "02_farm_purchases", 2)
    verdicts = why.verdicts_of(decision.subject_id)
    kinds = {each["kind"] for each in verdicts}
    assert {"household", "person"} <= kinds
    for each in verdicts:
        told = why.explain(each["kind"], each["subject_id"], each["measure"], reader=None)
        assert told.verdict == each["verdict"]
        assert told.label == each["label"] != ""


def test_a_measure_of_another_kind_is_refused(run: Run) -> None:
    decision = one(run, "household", "02_farm_purchases", 2)
    with pytest.raises(Refusal, match="says nothing of household"):
        why.explain("household", decision.subject_id, "01_livelihood_award", reader=None)


def test_posts_platforms_and_projects_can_be_told(run: Run) -> None:
    for kind, measure in [
        ("post", "04b_posts_in_force"),
        ("platform", "09_platform_subsidy"),
        ("project", "10a_start_works"),
    ]:
        with as_engine():
            found: Any = Decision.objects.filter(run=run, subject_kind=kind).order_by("id").first()
        told = why.explain(kind, found.subject_id, measure, reader=None)
        assert told.label
        assert told.conditions


def test_what_decides_the_line_is_withheld_as_any_fact_is(run: Run) -> None:
    """Income is a key of the line: who is not shown money sees that it counts, not what it is."""

    class NoMoney(As):
        def reads(self, sensitivity: str) -> bool:
            return sensitivity != "money"

    decision = one(run, "person", "04_village_posts", 1)
    lines = {
        reader: why.explain("person", decision.subject_id, "04_village_posts", reader=reader).line
        for reader in (None, NoMoney("bureau"), As("administrator"))
    }
    told = {reader: [p for p in walk(line) if line and p.en] for reader, line in lines.items() if line is not None}
    assert len(told) == 3
    incomes = {p.value_zh for p in told[None] if p.value_zh.endswith("元")}
    assert incomes
    for reader, hidden in ((NoMoney("bureau"), 1), (As("administrator"), 2)):
        assert not incomes & {p.value_zh for p in told[reader]}
        keys = [p for p in told[reader] if p.protected and p.en != "what decided"]
        assert len(keys) == hidden
        assert all(p.value_en.startswith("a protected fact, seen by: county officer") for p in keys)
        assert all(p.verdict is None for p in keys)
