"""Spark against the definition: fewer rules on more rows, many rules a query. `make test-scale`; needs Java."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest

from doudi.rules.engines import spark
from tests.agreement.harness import Engine, define, differences, draw_batches, draw_worlds, list_batches, tables_of
from tests.agreement.measures import draw_measures, measure_differences
from tests.agreement.world import World

ROWS, RULES = 500, 2_000
pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def world() -> World:
    return draw_worlds(Random(20200227), ROWS)


@pytest.fixture(scope="module")
def engine(world: World) -> Iterator[Engine]:
    pytest.importorskip("pyspark", reason="needs PySpark: python3 requirements/environment.py spark")
    made = spark.Engine()
    made.load(tables_of(world))
    yield made
    made.session.stop()


def test_random_rules_have_the_same_answers_on_spark(engine: Engine, world: World):
    found = []
    for batch in draw_batches(40_000, RULES, 25):
        found += [str(each) for each in islice(differences(batch, engine, world, define(batch, world, ROWS)), 2)]
    assert not found, "\n".join(found[:5])


def test_random_lists_come_back_from_spark_as_they_are(engine: Engine, world: World):
    found = []
    for batch in list_batches(7, 60, 10):
        found += [str(each) for each in islice(differences(batch, engine, world, define(batch, world, ROWS)), 2)]
    assert not found, "\n".join(found[:5])


def test_random_measures_are_decided_alike_on_spark(engine: Engine):
    small = draw_worlds(Random(7), 50)
    engine.load(tables_of(small))
    found = [each for seed in range(20) for each in measure_differences(draw_measures(seed), engine, small)]
    assert not found, found[0]
