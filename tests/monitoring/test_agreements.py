"""The copies that must agree: two ways of comparing agree, and a disagreement ends when its copy is proved changed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from doudi.access.scope import Scope, as_engine, enter
from doudi.monitoring import agreement_counts, agreement_rates, agreements, corrections, disagreements, watching
from doudi.monitoring.agreements import AGREE, DIFFER, MISSING, STALE, compare, verifiable
from doudi.monitoring.disagreements import GONE, MOVED, PROVED, SILENT, Disagreement
from doudi.register import households, statements
from doudi.register.households import Household
from doudi.register.resolution import Word
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

DAY, LATER = datetime.date(2020, 2, 27), datetime.date(2020, 2, 28)
NOW = datetime.datetime(2020, 2, 28, 9, tzinfo=datetime.UTC)


@pytest.fixture
def county(run: Any) -> Iterator[None]:
    """All of the county, looked at once."""
    with transaction.atomic(), as_engine():
        watching.look(by="county", on=DAY, run=run)
        yield


@pytest.fixture
def home(county: None) -> Household:
    """A household nobody disagrees about."""
    told = Disagreement.objects.values("household_id")
    return Household.objects.exclude(pk__in=told).order_by("pk")[0]


def say(home: Household, source: str, about: datetime.date = DAY, **facts: Any) -> None:
    statements.record("household", home.pk, facts, source=source, about=about, by="county", now=NOW)


def only(home: Household, fact: str) -> Disagreement:
    return Disagreement.objects.filter(household=home, fact=fact).latest("id")


def test_counted_at_once_and_cell_by_cell_are_the_same(county: None, pack: Any) -> None:
    looked = agreement_counts.look(pack, on=DAY)
    cells = list(agreements.read(pack, on=DAY))
    by_hand: dict[tuple[str, str, str], list[int]] = {}
    for cell in cells:
        fact = f"{cell.kind}:{cell.key.partition('@')[0]}"
        for copy, state in [*cell.states.items(), ("", cell.state)]:
            counts = by_hand.setdefault((cell.place_code, fact, copy), [0, 0, 0, 0])
            counts[agreements.STATES.index(state)] += 1
    at_once = {
        (place, fact, copy): list(numbers)
        for place, counts in looked.villages.items()
        for fact, copies in counts.items()
        if fact != agreement_counts.EVERY
        for copy, numbers in copies.items()
    }
    assert at_once == by_hand
    differing = {(c.kind, c.subject_id, c.key): (c.words, c.believed) for c in cells if c.state == DIFFER}
    assert {(d.kind, d.subject_id, d.key): (d.words, d.believed) for d in looked.differing} == differing
    assert len(differing) > 20
    homes = agreement_rates.households(looked.villages)
    assert homes.all == len({cell.household_id for cell in cells})
    assert homes.differ == len({cell.household_id for cell in cells if cell.state == DIFFER})


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ({"national": True, "paper": True}, {"national": AGREE, "provincial": MISSING, "paper": AGREE}),
        ({"national": True, "paper": False}, {"national": AGREE, "provincial": MISSING, "paper": DIFFER}),
        ({"paper": 1}, {"national": MISSING, "provincial": MISSING, "paper": AGREE}),
        ({"national": 1, "paper": True}, {"national": AGREE, "provincial": MISSING, "paper": DIFFER}),
    ],
)
def test_what_a_copy_says_beside_what_is_believed(pack: Any, said: dict[str, Any], states: dict[str, str]) -> None:
    known = verifiable(pack)["household", "electricity"]
    words = {source: Word(value, source, 1, "2019-12-31") for source, value in said.items()}
    cell = compare(known, words, on=DAY)
    assert cell is not None
    assert cell.states == states


def test_a_word_that_no_longer_holds_is_stale_and_judges_nobody(pack: Any) -> None:
    known = verifiable(pack).get(("person", "isolated"), None)
    assert known is None, "one copy alone can say it: there is nothing to compare"
    fact = verifiable(pack)["household", "phone"]
    kept = fact._replace(fact=fact.fact.__class__(**{**_fields(fact.fact), "keeps": 30}))
    old, new = Word("1", "national", 1, "2020-01-01"), Word("2", "village", 2, "2020-02-20")
    cell = compare(kept, {"national": old, "village": new}, on=DAY)
    assert cell is not None
    assert cell.states["national"] == STALE
    assert cell.states["reality"] == AGREE
    assert cell.believed == new
    assert compare(kept, {}, on=DAY) is None


def _fields(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__}


def test_a_disagreement_ends_when_the_copy_that_differed_says_the_same(home: Household) -> None:
    say(home, "national", electricity=True)
    say(home, "paper", electricity=False)
    watching.look_at([home.pk], by="county", on=DAY)
    one = only(home, "electricity")
    assert (one.differs, one.closed_on) == (["paper"], None)
    assert [w[0] for w in (one.words["national"], one.words["paper"])] == [True, False]
    assert watching.look_at([home.pk], by="county", on=DAY)["disagreements"] == {"opened": 0, "renewed": 0, "closed": 0}
    say(home, "paper", LATER, electricity=True)
    watching.look_at([home.pk], by="county", on=LATER)
    one.refresh_from_db()
    assert (one.closed_on, one.how, list(one.proof)) == (LATER, PROVED, ["paper"])
    assert disagreements.resolved(home.place_code, since=DAY, on=LATER)["paper"][0] == 1


def test_who_is_right_is_decided_and_the_national_register_is_proved_changed(home: Household, pack: Any) -> None:
    say(home, "national", **{"wage_income@2019": 900_000})
    say(home, "field", **{"wage_income@2019": 1_200_000})
    watching.look_at([home.pk], by="county", on=DAY)
    one = only(home, "wage_income@2019")
    assert one.differs == ["reality"]  # the national register is believed until somebody finds out
    decided = disagreements.decide(one, "reality", reason="入户看了工资单", by="town", on=DAY)
    assert (decided.differs, decided.closed_on) == (["national"], None)
    wanted = [d for d in corrections.of_copy("national") if d.household_id == home.pk and d.key == one.fact]
    assert [(d.theirs.value, d.ours.value) for d in wanted] == [(900_000, 1_200_000)]
    watching.look_at([home.pk], by="county", on=DAY)
    one.refresh_from_db()
    assert (one.right, one.differs, one.closed_on) == ("reality", ["national"], None)  # saying so ends nothing
    say(home, "national", LATER, **{"wage_income@2019": 1_200_000})
    watching.look_at([home.pk], by="county", on=LATER)
    one.refresh_from_db()
    assert (one.how, list(one.proof), one.closed_on) == (PROVED, ["national"], LATER)
    assert not [d for d in corrections.of_copy("national") if d.household_id == home.pk and d.key == one.fact]


def test_what_was_decided_lapses_where_the_right_copy_says_otherwise(home: Household) -> None:
    say(home, "national", electricity=True)
    say(home, "provincial", electricity=False)
    watching.look_at([home.pk], by="county", on=DAY)
    disagreements.decide(only(home, "electricity"), "provincial", reason="看过电表", by="town", on=DAY)
    say(home, "provincial", LATER, electricity=True)
    say(home, "paper", LATER, electricity=False)
    watching.look_at([home.pk], by="county", on=LATER)
    one = only(home, "electricity")
    assert (one.right, one.differs, one.closed_on) == ("", ["paper"], None)


def test_what_is_believed_may_move_instead_and_a_copy_may_fall_silent(home: Household) -> None:
    say(home, "national", electricity=True, safe_water=True)
    say(home, "paper", electricity=False, safe_water=False)
    watching.look_at([home.pk], by="county", on=DAY)
    say(home, "national", LATER, electricity=False)
    say(home, "paper", LATER, safe_water=None)
    watching.look_at([home.pk], by="county", on=LATER)
    assert only(home, "electricity").how == MOVED
    assert only(home, "safe_water").how == SILENT


def test_a_household_that_leaves_ends_it_and_is_not_counted_as_resolved(home: Household) -> None:
    say(home, "national", electricity=True)
    say(home, "paper", electricity=False)
    watching.look_at([home.pk], by="county", on=DAY)
    before = disagreements.resolved(home.place_code, since=DAY, on=LATER)[""][0]
    households.dissolve(home, on=LATER, by="county", now=NOW)
    watching.look_at([home.pk], by="county", on=LATER)
    assert only(home, "electricity").how == GONE
    assert disagreements.resolved(home.place_code, since=DAY, on=LATER)[""][0] == before


@pytest.mark.parametrize(("right", "reason"), [("paper", "  "), ("reality", "看过"), ("nonsense", "看过")])
def test_nobody_decides_without_a_reason_or_for_a_copy_that_is_silent(home: Household, right: str, reason: str) -> None:
    say(home, "national", electricity=True)
    say(home, "paper", electricity=False)
    watching.look_at([home.pk], by="county", on=DAY)
    one = only(home, "electricity")
    with pytest.raises(Refusal), transaction.atomic():
        disagreements.decide(one, right, reason=reason, by="town", on=DAY)
    one.refresh_from_db()
    assert (one.right, one.differs) == ("", ["paper"])


def test_only_a_system_kept_elsewhere_has_a_form_of_corrections(county: None) -> None:
    with pytest.raises(Refusal):
        corrections.of_copy("paper")


def test_a_look_again_changes_nothing_and_catches_up_with_what_was_said(home: Household) -> None:
    again = watching.look(by="county", on=DAY)
    assert again["disagreements"] == {"opened": 0, "renewed": 0, "closed": 0}
    assert again["alerts"] == {"raised": 0, "ceased": 0}
    assert again["households"]["all"] > 100


def test_the_wall_hides_other_villages_disagreements_and_counts(county: None) -> None:
    every = Disagreement.objects.count()
    place = Disagreement.objects.order_by("place_code")[0].place_code
    there = Disagreement.objects.filter(place_code=place).count()
    assert 0 < there < every
    with as_plain(), enter(Scope(frozenset([place]))):
        assert Disagreement.objects.count() == there
        assert set(agreement_rates.counts_of("")) == {place}


def as_plain() -> Any:
    """The application's own role again."""
    from contextlib import contextmanager

    from django.db import connection

    @contextmanager
    def plain() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
        yield

    return plain()


def test_the_database_closes_none_without_saying_how(home: Household) -> None:
    say(home, "national", electricity=True)
    say(home, "paper", electricity=False)
    watching.look_at([home.pk], by="county", on=DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Disagreement.objects.filter(pk=only(home, "electricity").pk).update(closed_on=DAY)


FIFTH = """
[sources]
civil = { zh = "民政低收入平台", en = "civil affairs' platform of low incomes", beside = "provincial" }
"""
AS_COPIES = """
[civil]
zh = "民政平台"
en = "civil affairs' platform"
sources = ["civil"]
to = ["bureau"]
do.zh = "民政局在平台更正"
do.en = "the civil affairs bureau corrects it there"
"""


@pytest.fixture(scope="module")
def with_fifth(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The pack of a county that keeps a fifth copy, says who keeps it, and calls the national one otherwise."""
    import shutil

    from doudi.policy import packs, versions

    folder = tmp_path_factory.mktemp("county") / "pengxi_2020"
    shutil.copytree(versions.SHIPPED / "pengxi_2020", folder)
    facts, copies = folder / "facts.toml", folder / "copies.toml"
    facts.write_text(facts.read_text("utf-8") + FIFTH, encoding="utf-8")
    copies.write_text(copies.read_text("utf-8").replace("国扶系统", "国扶子系统") + AS_COPIES, encoding="utf-8")
    return packs.load(folder)


def test_a_county_adds_a_source_and_a_copy_and_renames_one(home: Household, with_fifth: Any, pack: Any) -> None:
    known = verifiable(with_fifth)["household", "wage_income"]
    assert {"provincial", "civil"} <= set(known.copies)
    assert with_fifth.copies["national"].words.zh == "国扶子系统"
    before = pack.vocabulary.fact("household", "wage_income").sources
    after = with_fifth.vocabulary.fact("household", "wage_income").sources
    assert [each for each in after if each != "civil"] == list(before), "nobody's trust changes"
    assert after.index("civil") == after.index("provincial") + 1
    say(home, "provincial", **{"wage_income@2019": 1_000_00})
    words = {"wage_income@2019": 2_000_00}
    statements.record("household", home.pk, words, source="civil", about=DAY, by="county", now=NOW,
                      vocabulary=with_fifth.vocabulary)  # fmt: skip
    cells = agreements.read(with_fifth, on=DAY, households=[home.pk])
    (cell,) = [each for each in cells if each.key == "wage_income@2019"]
    assert cell.words["civil"].value == 2_000_00
    found = {one.key: one for one in agreement_counts.look(with_fifth, on=DAY).differing if one.household_id == home.pk}
    assert found["wage_income@2019"].states == {name: cell.states[name] for name in cell.words}
    with carry_out("test", by="county"):
        disagreements.settle([cell], with_fifth, on=DAY, households=[home.pk])
    assert only(home, "wage_income@2019").differs == sorted(n for n, state in cell.states.items() if state == DIFFER)


def test_a_source_stands_beside_one_that_is_there() -> None:
    from doudi.facts import vocabulary
    from doudi.rules.errors import RuleError
    from doudi.values import toml

    wrong = toml.parse(FIFTH.replace('"provincial"', '"provinical"'), "facts.toml")
    with pytest.raises(RuleError) as refused:
        vocabulary.extend(vocabulary.load(), wrong)
    assert (refused.value.word, refused.value.nearest) == ("provinical", "provincial")
