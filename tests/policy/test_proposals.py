"""A change of the policy takes two persons: one proposes, another adopts; what is adopted is what was proposed."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError

from doudi.access.scope import as_engine
from doudi.facts import vocabulary
from doudi.policy import drafts, proposals, retyping, running, texts, versions
from doudi.policy.drafts import Clash, Draft
from doudi.policy.packs_context import PackErrors
from doudi.policy.proposals import Proposal
from doudi.policy.runs import Run
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from doudi.values import toml
from doudi.values.refusals import Refusal
from tests.policy.conftest import DAY, NOW, PACK

MEASURE = "measures/06a_keep_allowance_poor.toml"
LATER = DAY + datetime.timedelta(days=10)


@pytest.fixture
def draft(run: Run) -> Draft:
    return drafts.begin(run.pack, title="抬高兜底线", by="county", now=NOW)


def edited(draft: Draft, old: str, new: str, file: str = MEASURE) -> Draft:
    text = draft.files[file]
    assert old in text
    return drafts.write(draft, file, text.replace(old, new), seen=texts.mark(text), by="county", now=NOW)


def proposed(draft: Draft, **more: Any) -> Proposal:
    given = {"title": draft.title, "reason": "县长办公会", "from_day": DAY, "by": "county", "now": NOW, **more}
    return proposals.propose(dict(draft.files), base=draft.base, draft=draft, **given)


def dearer(draft: Draft) -> Draft:
    return edited(draft, "params.allowance_line_registered", "yuan(100000)")


def test_what_one_proposes_another_adopts_and_the_next_run_decides_by_it(run: Run, draft: Draft) -> None:
    proposal = proposed(dearer(draft))
    assert Run.objects.in_force(PACK).pack_id == versions.in_force(PACK).hash == run.pack_id
    version = proposals.adopt(proposal, answer="同意", by="county2", now=NOW)
    assert (version.hash, version.based_on, version.own_text) == (proposal.hash, run.pack_id, True)
    assert (version.change["proposed_by"], version.stored_by) == ("county", "county2")
    after = running.run(PACK, as_of=DAY, by="tester", now=NOW)
    assert after.pack_id == version.hash, "the county's own rules, not the folder's"
    counts = {row["name"]: row["yes"] for row in after.counts["measures"]}
    before = {row["name"]: row["yes"] for row in run.counts["measures"]}
    assert counts["06a_keep_allowance_poor"] > before["06a_keep_allowance_poor"]
    with as_engine():
        assert Entry.objects.filter(table="policy_proposal", actor="county2", operation="U").count() == 1


def test_nobody_adopts_their_own(run: Run, draft: Draft) -> None:
    proposal = proposed(dearer(draft))
    for act in (proposals.adopt, proposals.send_back):
        with pytest.raises(Refusal, match="another county officer"):
            act(proposal, answer="x", by="county", now=NOW)
    with pytest.raises(IntegrityError, match="policy_proposal_two_persons"), carry_out("test", by="county"):
        Proposal.objects.filter(pk=proposal.pk).update(state="adopted", decided_by="county", decided_at=NOW)
    proposal.refresh_from_db()
    assert proposal.state == "waiting"


@pytest.mark.parametrize("by", ["town", "auditor", "nobody", "cli:root"])
def test_only_a_county_officer_in_office_adopts(run: Run, draft: Draft, by: str) -> None:
    proposal = proposed(dearer(draft))
    with pytest.raises(Refusal, match="no duty that adopts policy"):
        proposals.adopt(proposal, by=by, now=NOW)


@pytest.mark.parametrize("change", [{"hash": "0" * 64}, {"files": {}}, {"reason": "x"}, {"proposed_by": "town"}])
def test_what_was_proposed_never_changes(run: Run, draft: Draft, change: dict[str, Any]) -> None:
    proposal = proposed(dearer(draft))
    with pytest.raises(DatabaseError, match="decided as it was made"), carry_out("test", by="county2"):
        Proposal.objects.filter(pk=proposal.pk).update(**change)


def test_a_proposal_on_an_older_text_is_not_adopted(run: Run, draft: Draft) -> None:
    first = proposed(dearer(draft))
    other = edited(drafts.begin(run.pack, title="另一份", by="county", now=NOW), "2019年", "二〇一九年")
    second = proposed(other)
    newest = proposals.adopt(first, by="county2", now=NOW)
    second.refresh_from_db()
    assert second.stale
    with pytest.raises(Refusal, match="newest version"):
        proposals.adopt(second, by="county2", now=NOW)
    with pytest.raises(Refusal, match="newest version"):
        proposed(edited(other, "二〇一九年", "2019 年"))
    caught, both = drafts.catch_up(other, newest, by="county", now=NOW)
    assert (caught.base_id, both) == (newest.hash, [MEASURE])


def test_a_decided_proposal_is_decided_once(run: Run, draft: Draft) -> None:
    proposal = proposed(dearer(draft))
    with pytest.raises(Refusal, match="Say why it is sent back"):
        proposals.send_back(proposal, answer=" ", by="county2", now=NOW)
    returned = proposals.send_back(proposal, answer="缺依据", by="county2", now=NOW)
    assert (returned.state, returned.answer) == ("returned", "缺依据")
    with pytest.raises(Refusal, match="decided by county2 already"):
        proposals.adopt(proposal, by="county2", now=NOW)


def test_it_waits_for_the_others_only_and_can_be_withdrawn(run: Run, draft: Draft) -> None:
    proposal = proposed(dearer(draft))
    assert list(proposals.waiting("county2")) == [proposal]
    assert list(proposals.waiting("county")) == []
    with pytest.raises(Refusal, match="Only who proposed it"):
        proposals.withdraw(proposal, by="county2", now=NOW)
    proposals.withdraw(proposal, by="county", now=NOW)
    assert list(proposals.waiting("county2")) == []


def test_what_cannot_be_read_or_changes_nothing_is_not_proposed(run: Run, draft: Draft) -> None:
    with pytest.raises(Refusal, match="Nothing is changed"):
        proposed(draft)
    with pytest.raises(Refusal, match="Say why"):
        proposed(dearer(draft), reason=" ")
    proposed(dearer(draft))
    with pytest.raises(Refusal, match="waits already"):
        proposed(Draft.objects.get(pk=draft.pk))
    broken = edited(Draft.objects.get(pk=draft.pk), "yuan(100000)", "params.alowance_line_registered")
    with pytest.raises(PackErrors) as refused:
        proposed(broken)
    (error,) = refused.value.errors
    assert (error.file, error.nearest) == (MEASURE, "allowance_line_registered")
    line = broken.files[MEASURE].splitlines()[error.line - 1]
    assert line[error.column - 1 :].startswith("alowance_line_registered")


def test_examples_that_no_longer_hold_are_told_to_the_second_person(run: Run, draft: Draft) -> None:
    proposal = proposed(dearer(draft))
    assert {finding["kind"] for finding in proposal.findings} >= {"example"}
    assert all(finding["line"] and finding["file"] for finding in proposal.findings)


def retyped(draft: Draft) -> Draft:
    """Lacking inputs is no longer yes or no but how many."""
    edited(draft, 'inputs]\ntype = "bool"', 'inputs]\ntype = "int"\nlow = 0\nhigh = 9', "facts.toml")
    for old, new in (
        ("&& household.lacks_farm_inputs", "&& household.lacks_farm_inputs > 0"),
        ("lacks_farm_inputs = true", "lacks_farm_inputs = 2"),
        ("lacks_farm_inputs = false", "lacks_farm_inputs = 0"),
    ):
        draft = edited(draft, old, new, "alerts.toml")
    return draft


def test_a_fact_that_is_stated_keeps_its_type(run: Run, draft: Draft) -> None:
    changed = retyped(draft)
    with pytest.raises(Refusal, match="is stated already and cannot become int from bool") as refused:
        proposed(changed)
    assert "不能由 bool 改为 int" in refused.value.zh
    with pytest.raises(Refusal, match="lacks_farm_inputs"):  # as a folder it does not come in either
        versions.store(versions.pack_of(changed.files), by="county", now=NOW)


def test_a_fact_nobody_stated_may_change_its_type(run: Run) -> None:
    told = '[household.facts.never_said]\nzh = "从没说过"\nen = "never said"\nsources = ["field"]\n'
    as_yes_or_no, as_number = (
        vocabulary.extend(vocabulary.load(), toml.parse(f'{told}type = "{name}"\n')) for name in ("bool", "int")
    )
    retyping.refuse(as_number, as_yes_or_no)


def test_a_version_from_a_later_day_leaves_earlier_days_alone(run: Run, draft: Draft) -> None:
    version = proposals.adopt(proposed(dearer(draft), from_day=LATER), by="county2", now=NOW)
    assert version.from_day == LATER
    assert running.run(PACK, as_of=DAY, by="t", now=NOW).pack_id == run.pack_id
    after = running.run(PACK, as_of=LATER, by="t", now=NOW + datetime.timedelta(days=20))
    assert after.pack_id == version.hash


def test_two_who_edit_one_file_lose_nothing(run: Run, draft: Draft) -> None:
    begun = texts.mark(draft.files[MEASURE])
    mine = draft.files[MEASURE] + "# mine\n"
    drafts.write(draft, MEASURE, draft.files[MEASURE] + "# theirs\n", seen=begun, by="county2", now=NOW)
    with pytest.raises(Clash) as clash:
        drafts.write(draft, MEASURE, mine, seen=begun, by="county", now=NOW)
    assert clash.value.theirs.endswith("# theirs\n")
    assert clash.value.who == "county2"
    kept = drafts.write(draft, MEASURE, mine + "# theirs\n", seen=clash.value.seen, by="county", now=NOW)
    assert kept.files[MEASURE].endswith("# mine\n# theirs\n")
    drafts.write(draft, "facts.toml", "# other file\n", seen=texts.mark(draft.files["facts.toml"]), by="c", now=NOW)


BAD_NAMES = ["../etc/passwd", "measures/../x.toml", "a.py", "MEASURES/x.toml", "measures/a/b.toml", "", "a\0.toml",
             "x" * 300 + ".toml", "measures/é.toml", "measures/x.toml\n"]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_no_other_file_can_be_written(run: Run, draft: Draft, name: str) -> None:
    with pytest.raises(Refusal, match="small letters"):
        drafts.write(draft, name, "a = 1\n", seen="", by="county", now=NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [("x" * 1_000_000, "too long"), ("\n" * 20_000, "many lines"), ("a\0b", "Line 1"), ("a\n\udc80", "Line 2")],
)
def test_a_text_that_cannot_be_kept_is_refused_with_words(run: Run, draft: Draft, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        drafts.write(draft, "facts.toml", text, seen=texts.mark(draft.files["facts.toml"]), by="county", now=NOW)


def test_a_closed_draft_is_only_read(run: Run, draft: Draft) -> None:
    drafts.close(draft, by="county", now=NOW)
    with pytest.raises(Refusal, match="closed"):
        dearer(draft)


def test_a_difference_shows_lines_with_their_numbers() -> None:
    (change,) = texts.compare({"a": "1\n2\n3\n", "b": ""}, {"a": "1\nzwei\n3\n4\n", "b": ""})
    assert (change.file, change.state, change.added, change.removed) == ("a", "changed", 2, 1)
    signs = [(line.sign, line.before, line.after, line.text) for block in change.blocks for line in block]
    assert signs == [(" ", 1, 1, "1"), ("-", 2, 0, "2"), ("+", 0, 2, "zwei"), (" ", 3, 3, "3"), ("+", 0, 4, "4")]
