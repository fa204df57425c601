"""What the compiled SQL looks like: shared, readable, and free where a rule cannot fail."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from pyarrow import parquet

from doudi.rules.check import check
from doudi.rules.engines import duckdb
from doudi.rules.engines.sql import SqlProgram, compile_kind, compile_values
from doudi.rules.measures import Condition, Key, Limit, Measure
from doudi.rules.nodes import Node
from doudi.rules.types import row_of
from tests.agreement.harness import draw_worlds, tables_of
from tests.agreement.world import AS_OF, PARAMETERS, VOCABULARY

RULES = (
    "household.members.exists(m, m.age >= 60)",
    "household.members.all(m, m.able)",
    "size(household.members.filter(m, m.sex == 'male')) >= 2",
    "household.members.map(m, m.days_out).max() > params.p_int",
)


def read(text: str, subject: str = "household") -> Node:
    return check(text, vocabulary=VOCABULARY, subject=subject, parameters=PARAMETERS)


def values(*texts: str, subject: str = "household", dialect: str = "duckdb") -> SqlProgram:
    rules = [read(text, subject) for text in texts]
    return compile_values(rules, vocabulary=VOCABULARY, params={"p_int": 3}, as_of=AS_OF, dialect=dialect, kind=subject)


def measure(*rules: str, subject: str = "household", limit: Limit | None = None) -> Measure:
    conditions = tuple(Condition(f"c{index}", read(rule, subject)) for index, rule in enumerate(rules))
    return Measure("m", subject, conditions, amount=read("params.p_money", subject), limit=limit)


def decide(measures: list[Measure], *params: dict[str, int], seed: str = "") -> SqlProgram:
    return compile_kind(measures, vocabulary=VOCABULARY, params_sets=params, as_of=AS_OF, dialect="duckdb", seed=seed)


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return tables_of(draw_worlds(Random(5), 40))


def test_all_folds_of_a_relation_share_one_group_by():
    assert values(*RULES).text.count("GROUP BY") == 1


def test_a_rule_that_cannot_fail_costs_no_cause_column():
    program = values("household.poor && household.members.exists(m, m.able)", "household.rooms + 1 > 2")
    assert program.shapes[0].cause is None
    assert program.shapes[1].cause is not None
    assert "e0_cause" not in program.text


def test_what_depends_on_the_household_alone_is_summed_once_for_all_its_members():
    text = values("person.household.elders || person.able", subject="person").text
    assert text.count("GROUP BY") == 1
    assert '"person_household_values"' in text


def test_sixteen_sets_of_parameters_share_their_folds():
    one = decide([measure(*RULES)], {"p_int": 1, "p_money": 1})
    sixteen = decide([measure(*RULES)], *({"p_int": number, "p_money": number} for number in range(16)))
    assert sixteen.text.count("GROUP BY") == one.text.count("GROUP BY")
    assert len(sixteen.text) < 12 * len(one.text)


def test_several_sets_at_once_answer_as_each_alone(tables: dict[str, pa.Table]):
    sets = [{"p_int": number, "p_money": 100 * number} for number in (-1, 3, 60)]
    together = decide([measure(*RULES)], *sets)
    answers = duckdb.Engine().run(together, tables).sort_by("id")
    assert together.answers is not None
    for index, params in enumerate(sets):
        alone = duckdb.Engine().run(decide([measure(*RULES)], params), tables).sort_by("id")
        names = together.answers[index, "m"]
        assert answers.column(names.verdict).to_pylist() == alone.column("s0_m_verdict").to_pylist()
        assert answers.column(names.reasons).to_pylist() == alone.column("s0_m_reasons").to_pylist()
        assert answers.column(names.amount).to_pylist() == alone.column("s0_m_amount").to_pylist()


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_no_fold_is_a_subquery_for_each_row(dialect: str):
    nested = "household.village.households.exists(h, h.members.exists(m, m.age > 60) && h.sold > household.sold)"
    text = values(*RULES, nested, dialect=dialect).text
    assert "EXISTS" not in text
    assert text.count("GROUP BY") >= 2


def test_parquet_files_are_read_in_place(tables: dict[str, pa.Table], tmp_path: Path):
    for name, table in tables.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in tables}
    program = decide([measure(*RULES)], {"p_int": 3, "p_money": 1})
    assert duckdb.Engine().run(program, paths).num_rows == tables["household"].num_rows


def test_a_program_names_the_tables_it_reads():
    assert values("household.income(2019) > household.sold", *RULES).tables == {"household", "household_year", "person"}


def test_the_seed_of_the_lot_decides_who_comes_first(tables: dict[str, pa.Table]):
    village = check(
        "household.village", vocabulary=VOCABULARY, subject="household", parameters={}, expect=row_of("place")
    )
    limit = Limit(village, read("1"), ("lot",))
    chosen = set()
    for seed in ("a", "b", "it's"):
        answers = duckdb.Engine().run(decide([measure("true", limit=limit)], {"p_money": 1}, seed=seed), tables)
        rows = answers.to_pylist()
        assert {row["s0_m_place"] for row in rows if row["s0_m_verdict"] == 1} == {1}
        chosen.add(frozenset(row["id"] for row in rows if row["s0_m_verdict"] == 1))
    assert len(chosen) == 3


def test_measures_of_two_kinds_are_not_compiled_together():
    with pytest.raises(ValueError, match="one kind"):
        decide([measure("household.poor"), measure("person.able", subject="person")], {})


def test_a_descending_key_turns_the_line_round(tables: dict[str, pa.Table]):
    village = check(
        "household.village", vocabulary=VOCABULARY, subject="household", parameters={}, expect=row_of("place")
    )
    lines = []
    for descending in (False, True):
        limit = Limit(village, read("1"), (Key(read("household.sold"), descending),))
        ranked = measure("household.sold >= household.sold", limit=limit)
        answers = duckdb.Engine().run(decide([ranked], {"p_money": 1}), tables).to_pylist()
        lines.append({row["id"]: (row["s0_m_place"], row["s0_m_last"]) for row in answers if row["s0_m_place"]})
    assert lines[0] != lines[1]
