"""Every engine against the definition: random rules over rows with much unknown, and measures with limits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest

from doudi.rules import nodes
from doudi.rules.engines import duckdb, postgres
from doudi.rules.engines.sql_elements import GATHERERS
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.nodes import Node
from tests.agreement.harness import (
    Batch,
    Engine,
    define,
    differences,
    draw_batches,
    draw_worlds,
    list_batches,
    tables_of,
)
from tests.agreement.measures import draw_measures, measure_differences
from tests.agreement.world import World

ROWS = 50
MANY = pytest.param(20_000, id="20000", marks=[pytest.mark.heavy, pytest.mark.timeout(3600)])


@pytest.fixture(scope="module")
def world() -> World:
    return draw_worlds(Random(20200227), ROWS)


@pytest.fixture(scope="module")
def engines(cluster: Any, world: World) -> Iterator[list[Engine]]:
    with cluster.connect("postgres", "postgres") as connection:
        found: list[Engine] = [duckdb.Engine(), postgres.Engine(connection)]
        for engine in found:
            engine.load(tables_of(world))
        yield found


def _told(engines: list[Engine], world: World, batches: Iterator[Batch]) -> str:
    """The first differences of each engine, empty when there are none."""
    found: dict[str, list[str]] = {engine.name: [] for engine in engines}
    for batch in batches:
        expected = define(batch, world, ROWS)
        for engine in engines:
            differing = differences(batch, engine, world, expected)
            found[engine.name] += [str(one) for one in islice(differing, 2)]
    return "\n".join(text for texts in found.values() for text in texts[:5])


@pytest.mark.parametrize("count", [2_000, MANY])
@pytest.mark.timeout(300)
def test_random_rules_have_the_same_answers_on_every_engine(count: int, engines: list[Engine], world: World):
    assert _told(engines, world, draw_batches(20_200_227, count, 25)) == ""


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=[pytest.mark.heavy, pytest.mark.timeout(1800)])])
def test_random_lists_come_back_as_they_are(count: int, engines: list[Engine], world: World):
    assert _told(engines, world, list_batches(7, count, 10)) == ""


@pytest.mark.parametrize("count", [60, pytest.param(1_000, marks=[pytest.mark.heavy, pytest.mark.timeout(1800)])])
def test_random_measures_are_decided_alike_before_and_after_the_cut(count: int, engines: list[Engine], world: World):
    found = [
        difference
        for seed in range(count)
        for engine in engines
        for difference in measure_differences(draw_measures(seed), engine, world)
    ]
    assert not found, found[0]


def test_every_node_has_a_compiler():
    concrete = {
        cls for cls in vars(nodes).values() if isinstance(cls, type) and issubclass(cls, Node) and cls is not Node
    }
    rows = {nodes.Subject, nodes.Variable, nodes.Many}  # read by what stands on them, never values themselves
    assert concrete - set(Plan.compilers) - set(GATHERERS) - rows - {nodes.AsOf} == set()
