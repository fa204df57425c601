"""A whole pack tried over the run's snapshot says what a run by it says, and stores no decision."""

from __future__ import annotations

import pytest

from doudi.policy import differences, pack_trials, packs, results, snapshots, stores, versions
from doudi.policy.complaints import complaints
from doudi.policy.decisions import Decision
from doudi.policy.pack_trials import Ground
from doudi.policy.runs import Run
from tests.policy.conftest import DAY, NOW

POSTS, KEEP = "measures/04_village_posts.toml", "measures/06a_keep_allowance_poor.toml"
COUNTY = ["510921"]
FACT = """
[household.facts.has_ox]
type = "bool"
zh = "有耕牛"
en = "keeps an ox"
sources = ["field", "village", "household"]
question_zh = "您家有耕牛吗?"
question_en = "Do you keep an ox?"
"""


@pytest.fixture
def ground(run: Run) -> Ground:
    return pack_trials.ground_of(run, county=snapshots.county_code())


def changed(run: Run, file: str, old: str, new: str) -> dict[str, str]:
    assert old in run.pack.files[file]
    return {**run.pack.files, file: run.pack.files[file].replace(old, new)}


def test_gains_and_losses_are_those_of_a_real_run_over_the_same_snapshot(run: Run, ground: Ground) -> None:
    files = changed(run, KEEP, "params.allowance_line_registered", "yuan(100000)")
    files = {**files, POSTS: files[POSTS].replace("person.age <= params.post_age_limit", "person.age < 40")}
    pack = packs.from_files(files)
    found = pack_trials.compare(ground, pack)
    version = versions.store(pack, by="t", now=NOW, based_on=run.pack_id)
    answers = results.evaluate(pack, run.snapshot, as_of=DAY, engine="duckdb", params=pack.values_on(DAY))
    with stores.part(stores.ANSWERS) as folder:
        results.write(answers, folder)
        stores.keep(stores.ANSWERS, folder, results.hash_of(answers))
    other = Run(pk=0, pack=version, pack_name=run.pack_name, as_of=DAY, engine="duckdb", measures=run.measures,
                snapshot_hash=run.snapshot_hash, answers_hash=results.hash_of(answers))  # fmt: skip
    truth = differences.diff(run, other, most=0)
    assert sum(effect.gains for effect in found.effects) == truth.gained > 0
    assert sum(effect.loses for effect in found.effects) == sum(
        1 for c in differences._changes(run, other, "person") + differences._changes(run, other, "household")
        if c.before == 1 and c.after != 1
    ) > 0  # fmt: skip
    total, rows = pack_trials.moved(found, places=COUNTY, side="gains", most=10_000)
    assert total == len(rows) == truth.gained
    assert {row.measure for row in rows} == {"04_village_posts", "06a_keep_allowance_poor"} & {r.measure for r in rows}
    for effect in found.effects:
        assert sum(town.gains for town in effect.towns) == effect.gains


def test_trying_stores_no_decision_and_is_read_again(run: Run, ground: Ground) -> None:
    pack = packs.from_files(changed(run, POSTS, "person.age <= params.post_age_limit", "person.age < 50"))
    before = (Run.objects.count(), Decision.objects.count())
    first = pack_trials.compare(ground, pack)
    assert pack_trials.read(ground, pack.hash) == first == pack_trials.compare(ground, pack)
    assert (Run.objects.count(), Decision.objects.count()) == before


def test_a_fact_the_snapshot_does_not_hold_is_unknown(run: Run, ground: Ground) -> None:
    rule = '[when.ox]\nrule = "household.has_ox"\nzh = "有耕牛"\nen = "keeps an ox"\n\n[gives]'
    files = changed(run, KEEP, "[gives]", rule)
    files["facts.toml"] += FACT
    assert not complaints(files)
    found = pack_trials.compare(ground, packs.from_files(files))
    assert found.unknown_facts == ("household.has_ox",)
    (effect,) = [each for each in found.effects if each.measure == "06a_keep_allowance_poor"]
    assert effect.yes == 0 < effect.yes_before
    assert effect.unknown >= effect.yes_before == effect.loses


def test_a_measure_gone_is_lost_by_all_and_a_new_one_gained(run: Run, ground: Ground) -> None:
    files = dict(run.pack.files)
    files["measures/06z_again.toml"] = files.pop(KEEP)
    files.pop("examples/06a_keep_allowance_poor.toml")
    found = {effect.measure: effect for effect in pack_trials.compare(ground, packs.from_files(files)).effects}
    gone, new = found["06a_keep_allowance_poor"], found["06z_again"]
    assert (gone.yes, gone.loses) == (0, gone.yes_before)
    assert (new.yes_before, new.gains) == (0, gone.yes_before)


def test_who_changes_is_told_within_some_places_only(run: Run, ground: Ground) -> None:
    pack = packs.from_files(changed(run, KEEP, "params.allowance_line_registered", "yuan(100000)"))
    found = pack_trials.compare(ground, pack)
    whole, rows = pack_trials.moved(found, places=COUNTY, most=10_000)
    town = rows[0].place_code[:9]
    part, some = pack_trials.moved(found, places=[town], most=10_000)
    assert 0 < part < whole
    assert {row.place_code[:9] for row in some} == {town}
    assert pack_trials.moved(found, places=[], most=10)[0] == 0
