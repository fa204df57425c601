"""The engines a run can be given to, each asked the same way and answering in the same columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
from django.db import connection as database

from doudi.facts.kinds import Vocabulary
from doudi.policy import graphs, needs
from doudi.policy.snapshots import Snapshot
from doudi.rules import lines
from doudi.rules.engines import memory
from doudi.rules.errors import CAUSES
from doudi.rules.measures import Measure, pack_reasons
from doudi.rules.nodes import Node
from doudi.rules.results import ERROR, OK, YES
from doudi.rules.rows import Row
from doudi.values.refusals import Refusal


class Engine(Protocol):
    """What decides: every measure of one kind of subject, over a snapshot's tables."""

    def decide(
        self,
        measures: Sequence[Measure],
        snapshot: Snapshot,
        *,
        vocabulary: Vocabulary,
        params: Mapping[str, Any],
        as_of: date,
        seed: str,
    ) -> pa.Table:
        """`id` and each measure's columns, named and encoded as `doudi.policy.results` says, in any order of rows."""
        ...


def parts_of(measure: Measure) -> tuple[str, ...]:
    """The columns of a measure: `last` is the worst place in line while some key is not known."""
    cut = ("qualifies", "place", "last") if measure.limit else ()
    return ("verdict", "amount", "reasons", "cause", *cut)


def open_engine(name: str) -> Engine:
    """The engine of a name: duckdb, postgres, spark, memory. Refused where it cannot be had."""
    makers = {"duckdb": _duckdb, "postgres": _postgres, "spark": _spark, "memory": Memory}
    if name not in makers:
        raise Refusal(
            f"没有引擎“{name}”。可用:{'、'.join(makers)}。",
            f"There is no engine “{name}”. Choose one of {', '.join(makers)}.",
        )
    return makers[name]()


class Sql:
    """An engine that runs compiled SQL: `runner` takes the program and the snapshot."""

    def __init__(self, dialect: str, runner: Callable[[Any, Snapshot], pa.Table]) -> None:
        self.dialect, self.runner = dialect, runner

    def decide(
        self,
        measures: Sequence[Measure],
        snapshot: Snapshot,
        *,
        vocabulary: Vocabulary,
        params: Mapping[str, Any],
        as_of: date,
        seed: str,
    ) -> pa.Table:
        """Compile the measures to one query and run it."""
        from doudi.rules.engines import sql as compiler

        program = compiler.compile_kind(
            measures, vocabulary=vocabulary, params_sets=[params], as_of=as_of, dialect=self.dialect, seed=seed
        )
        return named(self.runner(program, snapshot), program, measures)


def named(raw: pa.Table, program: Any, measures: Sequence[Measure], overlay: int = 0) -> pa.Table:
    """An engine's columns under their lasting names; a column the engine leaves out is 0 (no cause) or null."""
    columns = {"id": raw.column("id")}
    for measure in measures:
        found = program.answers[overlay, measure.name]
        for part in parts_of(measure):
            name = getattr(found, part)
            filler = 0 if part == "cause" else None
            column = raw.column(name) if name else pa.chunked_array([pa.array([filler] * raw.num_rows, pa.int64())])
            columns[f"{measure.name}_{part}"] = column.fill_null(0) if name and part == "cause" else column
    return pa.table(columns)


def _duckdb() -> Engine:
    from doudi.rules.engines import duckdb

    return Sql("duckdb", lambda program, snapshot: duckdb.Engine(snapshot.hold()).run(program))


def _postgres() -> Engine:
    from doudi.rules.engines import postgres

    database.ensure_connection()
    engine = postgres.Engine(database.connection)
    return Sql("postgres", lambda program, snapshot: engine.run(program, snapshot.paths))


def _spark() -> Engine:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise Refusal(
            "没有安装 Spark。请先安装 requirements/spark.txt,并确认有 Java。",
            "Spark is not installed. Install requirements/spark.txt first, and make sure that Java is there.",
        ) from None
    from doudi.rules.engines import spark

    engine = spark.Engine()
    return Sql("spark", lambda program, snapshot: engine.run(program, snapshot.paths))


class Memory:
    """The definition itself, row by row: slow and obvious, for small counties and for proof."""

    def decide(
        self,
        measures: Sequence[Measure],
        snapshot: Snapshot,
        *,
        vocabulary: Vocabulary,
        params: Mapping[str, Any],
        as_of: date,
        seed: str,
    ) -> pa.Table:
        """Walk every subject of the kind."""
        kind = measures[0].subject
        held = snapshot.hold()
        ids = [number for (number,) in held.execute(f'SELECT id FROM "{kind}" ORDER BY id').fetchall()]
        folds = needs.folds_of(node for measure in measures for node in measure.nodes())
        graph = graphs.build(held, {kind: ids}, vocabulary=vocabulary, folds=folds)
        rows = [graph.rows[kind, number] for number in ids]
        columns: dict[str, list[int | None]] = {"id": list(ids)}
        for measure in measures:
            columns.update(_column_of(measure, rows, params, as_of, seed))
        return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def _column_of(
    measure: Measure, rows: Sequence[Row], params: Mapping[str, Any], as_of: date, seed: str
) -> dict[str, list[int | None]]:
    found = [_answer(measure, row, params, as_of) for row in rows]
    columns = {f"{measure.name}_{part}": [each[part] for each in found] for part in parts_of(measure)[:4]}
    if measure.limit is None:
        return columns
    places = lines.stand_in_line(measure, rows, params=params, as_of=as_of, seed=seed)
    mine = [places[row.id] for row in rows]
    verdicts = [place.verdict for place in mine]
    given = [
        amount if v == YES else None for amount, v in zip(columns[f"{measure.name}_amount"], verdicts, strict=True)
    ]
    return columns | {
        f"{measure.name}_verdict": list(verdicts),
        f"{measure.name}_amount": given,
        f"{measure.name}_qualifies": [place.qualifies for place in mine],
        f"{measure.name}_place": [place.best for place in mine],
        f"{measure.name}_last": [place.worst for place in mine],
    }


def _answer(measure: Measure, row: Row, params: Mapping[str, Any], as_of: date) -> dict[str, int | None]:
    world: dict[str, Any] = {"row": row, "params": params, "as_of": as_of}
    results = [memory.evaluate(condition.node, **world) for condition in measure.conditions]
    verdict = lines.qualifies(measure, **world)
    amount = memory.evaluate(measure.amount, **world) if measure.amount is not None and verdict == YES else None
    return {
        "verdict": verdict,
        "amount": int(str(amount.value)) if amount is not None and amount.status is OK else None,
        "reasons": pack_reasons([result.verdict for result in results]),
        "cause": next((CAUSES[result.cause] for result in results if result.status is ERROR), 0),
    }


class Values(NamedTuple):
    """DuckDB's SQL of some expressions over a kind: `id`, and the column of each expression by its name."""

    text: str
    columns: dict[Any, str]


def duckdb_values(
    nodes: Mapping[Any, Node], *, kind: str, vocabulary: Vocabulary, params: Mapping[str, Any], as_of: date
) -> Values:
    """Compile expressions over the subjects of a kind; a null is an unknown or an error."""
    from doudi.rules.engines import sql as compiler

    program = compiler.compile_values(
        list(nodes.values()), vocabulary=vocabulary, params=params, as_of=as_of, dialect="duckdb", kind=kind
    )
    columns = {name: f'"{shape.value}"' for name, shape in zip(nodes, program.shapes, strict=True)}
    return Values(program.text, columns)


def duckdb_text(
    measures: Sequence[Measure],
    *,
    vocabulary: Vocabulary,
    params: Sequence[Mapping[str, Any]],
    as_of: date,
    seed: str = "",
    table: Callable[[str], str] | None = None,
) -> str:
    """DuckDB's SQL of measures of one kind under several sets of parameters: columns `s<set>_<measure>_<part>`."""
    return text_for("duckdb", measures, vocabulary=vocabulary, params=params, as_of=as_of, seed=seed, table=table)


def text_for(
    dialect: str,
    measures: Sequence[Measure],
    *,
    vocabulary: Vocabulary,
    params: Sequence[Mapping[str, Any]],
    as_of: date,
    seed: str = "",
    table: Callable[[str], str] | None = None,
) -> str:
    """The same for any dialect: duckdb, postgres, spark."""
    from doudi.rules.engines import sql as compiler

    program = compiler.compile_kind(
        measures, vocabulary=vocabulary, params_sets=params, as_of=as_of, dialect=dialect, seed=seed, table=table
    )
    return program.text
