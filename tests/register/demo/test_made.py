"""The demo county: the report's figures among what is believed, unknowns, disagreement, the same bytes every time."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import numpy as np
import orjson
import pytest

from doudi.facts.kinds import Fact, Kind, Vocabulary
from doudi.register import sayings
from doudi.register.demo import county, registry, size
from doudi.register.demo.places import QINGGANG, TOWNS
from doudi.register.demo.statements import digest
from doudi.values import idnumbers
from doudi.values.refusals import Refusal
from tests.register.demo.believing import DIGESTS, SMALL, Believed, Document, true

AS_OF = "2020-02-27"


def test_the_full_county_has_the_report_s_sizes(full: Believed) -> None:
    families = full.demo.county.families
    assert (len(families.size), int(families.registered.sum())) == (24_180, 22_180)
    assert int(families.size[families.registered].sum()) == 44_726
    assert len(full.demo.county.places) == 321
    assert len(full.demo.helpers) == 9_000
    assert sum(true(d, "registered_poor") for d in full.documents["household"].values()) == 22_180


@pytest.mark.parametrize(
    ("fact", "figure"),
    [("wage_income_hit", 9_100), ("business_income_hit", 2_983), ("unsold_produce", 289), ("monitored", 445)],
)
def test_household_figures_are_exact_among_what_is_believed(either: Believed, fact: str, figure: int) -> None:
    households = either.demo.county.size.households
    assert either.poor_households(fact) == round(figure * households / size.HOUSEHOLDS)


def test_willing_and_out_are_exact_among_what_is_believed(either: Believed) -> None:
    poor = np.flatnonzero(either.demo.county.poor_person) + 1
    willing = [p for p in poor.tolist() if either.value("person", p, "willing_to_go_out") is True]
    out = [p for p in willing if either.value("person", p, "working_away") is True]
    share = either.demo.county.size.households / size.HOUSEHOLDS
    assert (len(willing), len(out)) == (round(4_204 * share), round(1_291 * share))
    assert sum(either.value("person", p, "working_away") is True for p in poor.tolist()) == len(out)


# facts that speak only of some subjects: of whom
SPEAKS_OF = {
    "household.main_risk": lambda d: true(d, "monitored"),
    "person.education": lambda d: _is(d, "in_school", "no"),
    "person.work_place": lambda d: "work_months" in d and d["work_months"][0] > 0,
    "person.disability_category": lambda d: _is(d, "health", "disabled"),
    "person.disability_grade": lambda d: _is(d, "health", "disabled"),
    "person.kept_home_by": lambda d: true(d, "willing_to_go_out") and _is(d, "working_away", False),
}
OF_FEW = {"place.code", "person.dropout_reason"}  # always known; of a handful of children


def test_every_fact_is_missing_for_two_to_eight_in_a_hundred(full: Believed, words: Vocabulary) -> None:
    counts = {kind: len(made) for kind, made in full.demo.things.items()}
    counts |= {"place": 321, "household": 24_180, "person": 50_726}
    keys = [(k.name, f"{f.name}@2019" if f.yearly else f.name) for k in words.kinds.values() for f in _stated(k)]
    shares = {}
    for kind, key in keys:
        whom = SPEAKS_OF.get(f"{kind}.{key}")
        documents = [d for d in full.documents[kind].values() if whom is None or whom(d)]
        total = len(documents) if whom else counts[kind]
        shares[f"{kind}.{key}"] = 1 - sum(key in d for d in documents) / total
    wrong = {fact: share for fact, share in shares.items() if not 0.02 <= share <= 0.08}
    never = {fact for fact, share in wrong.items() if share == 1}  # what only the national system's exports carry
    assert not never & _read_by_the_pack()
    assert not {fact: share for fact, share in wrong.items() if fact not in OF_FEW | never}


def _read_by_the_pack() -> set[str]:
    from doudi.policy import needs, packs, versions

    measures = packs.load(versions.folder_of("pengxi_2020")).measures.values()
    return {f"{kind}.{name}" for kind, name in needs.facts_of(node for m in measures for node in m.nodes())}


def _stated(kind: Kind) -> list[Fact]:
    return [fact for fact in kind.facts.values() if fact.sources]


def _is(document: Document, fact: str, value: Any) -> bool:
    return fact in document and document[fact][0] == value


def test_three_villages_are_not_asked_at_all(full: Believed) -> None:
    places = full.demo.county.places
    assert int((~places.asked).sum()) == 3
    codes = {code for code, asked in zip(places.codes, places.asked.tolist(), strict=True) if not asked}
    table = full.demo.statements
    spoken = {
        place
        for place, source in zip(table["place_code"].to_pylist(), table["source"].to_pylist(), strict=True)
        if source in ("field", "household")
    }
    assert not codes & spoken


def test_believable_disagreement(full: Believed) -> None:
    """Sources differ on a few in a hundred of the facts two of them speak of, and on every fact with two sources."""
    believed = Counter(f"{kind}.{f}" for kind, docs in full.documents.items() for d in docs.values() for f in d)
    share = sum(full.contested.values()) / sum(believed.values())
    assert 0.005 <= share <= 0.05
    for fact in ("household.wage_income@2019", "household.minimum_allowance", "household.wage_income_hit"):
        assert 0.005 <= full.contested[fact] / believed[fact] <= 0.08


def test_at_least_three_sources_speak_of_households(full: Believed) -> None:
    table = full.demo.statements
    pairs = Counter(zip(table["subject_kind"].to_pylist(), table["source"].to_pylist(), strict=True))
    assert min(pairs["household", source] for source in ("national", "field", "household", "bureau", "paper")) > 1_000


def test_sources_keep_to_what_they_may_say(either: Believed, words: Vocabulary) -> None:
    table, check = either.demo.statements, sayings.of(words).check
    columns = (table[name].to_pylist() for name in ("subject_kind", "source", "facts"))
    for kind, source, facts in zip(*columns, strict=True):
        check(kind, source, orjson.loads(facts))


def test_nothing_is_recorded_before_it_is_spoken_of_or_after_the_county_s_day(either: Believed) -> None:
    table = either.demo.statements
    about = np.array(table["about_day"].to_numpy(), dtype="datetime64[D]")
    at = np.array(table["recorded_at"].to_numpy(), dtype="datetime64[D]")
    assert (about <= at).all()
    assert at.max() <= np.datetime64(AS_OF)


def test_the_same_seed_gives_the_same_bytes(either: Believed) -> None:
    assert digest(either.demo.statements) == DIGESTS[either.demo.county.size.households]


def test_making_it_again_makes_the_same_and_another_seed_another(words: Vocabulary, small: Believed) -> None:
    again, other = county.make(words, SMALL), county.make(words, SMALL, seed=7)
    assert again.statements.equals(small.demo.statements)
    assert list(registry.persons(again)) == list(registry.persons(small.demo))
    assert list(registry.items(again)) == list(registry.items(small.demo))
    assert digest(other.statements) != DIGESTS[SMALL]


def test_villages_have_codes_no_real_village_has(either: Believed) -> None:
    places = either.demo.county.places
    assert len(set(places.codes)) == len(set(places.names)) == len(places)
    assert places.names[places.codes.index(QINGGANG)] == "青杠村"
    towns = {code for code, *_ in TOWNS}
    for code in set(places.codes) - {QINGGANG}:
        assert code[:9] in towns
        assert 700 <= int(code[9:]) <= 899


def test_towns_have_their_villages_and_communities(full: Believed) -> None:
    places = full.demo.county.places
    for code, _, villages, communities in TOWNS:
        here = [c for c, p in zip(places.community.tolist(), places.codes, strict=True) if p[:9] == code]
        assert (len(here) - sum(here), sum(here)) == (villages, communities)


def test_no_village_bears_the_name_of_a_real_one(full: Believed, reference_data: Any) -> None:
    real = set()
    for file in (reference_data / "divisions").glob("*villages*.csv"):
        with file.open(encoding="utf-8") as text:
            real |= {re.sub("(村民|社区居民|居民)委员会$", "", row["name"]) for row in csv.DictReader(text)}
    assert len(real) > 250
    ours = {re.sub("(村|社区)$", "", name) for name in full.demo.county.places.names}
    assert ours & real == {"青杠"}


def test_id_numbers_are_right_and_nobody_s(either: Believed) -> None:
    numbers = [person.id_number for person in registry.persons(either.demo) if person.id_number]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        assert number.startswith("510999")
        assert idnumbers.read(number).standing in (idnumbers.Standing.SOUND, idnumbers.Standing.TRUNCATED)


def test_helpers_have_two_or_three_households_of_registered_poor(either: Believed) -> None:
    helpers, families = either.demo.helpers, either.demo.county.families
    assert set(Counter(h for h in helpers.of.tolist() if h >= 0).values()) <= {2, 3}
    assert ((helpers.of >= 0) == families.registered).all()
    assert len(helpers.usernames) == len(set(helpers.usernames))


def test_incomes_lie_where_a_county_that_has_left_poverty_has_them(full: Believed) -> None:
    made, families = full.demo.county.incomes, full.demo.county.families
    per_head = made.net // families.size
    poor = families.registered
    assert 720_000 <= np.median(per_head[poor]) <= 880_000
    assert 0.2 <= made.allowance[poor].mean() <= 0.3
    assert 0.05 <= (per_head[poor] < 500_000).mean() <= 0.15
    assert (per_head[poor] < 375_000).mean() <= 0.03
    assert int((per_head == 500_000).sum()) >= 10
    assert int((per_head == 499_999).sum()) >= 10


def test_the_epidemic_struck_few_persons_and_most_in_the_village_of_the_report(full: Believed) -> None:
    persons = full.documents["person"]
    assert 1 <= sum(true(d, "patient") for d in persons.values()) <= 5
    isolated = [p for p, d in persons.items() if true(d, "isolated")]
    families = full.demo.county.families
    here = families.village[families.household[np.array(isolated) - 1]] == full.demo.county.places.qinggang
    assert 20 <= len(isolated) <= 60
    assert here.mean() > 0.5


@pytest.mark.parametrize("households", [0, 59, 24_181])
def test_a_size_that_cannot_be_is_refused(words: Vocabulary, households: int) -> None:
    with pytest.raises(Refusal, match="households"):
        county.make(words, households)


@pytest.mark.parametrize("households", [60, 61, 100, 997])
def test_small_counties_can_be_made(words: Vocabulary, households: int) -> None:
    made = county.make(words, households)
    assert len(made.county.families.size) == households
    assert made.statements.num_rows > 10 * households
