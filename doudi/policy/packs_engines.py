"""The engines that run in this process, put beside the definition: the same cases, the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date

from doudi.facts.kinds import Vocabulary
from doudi.policy.packs_answers import answer, by_memory, gives
from doudi.policy.packs_boundaries import Situation
from doudi.policy.packs_noticing import Trial
from doudi.policy.packs_tables import tables_of
from doudi.rules.measures import Measure, pack_reasons
from doudi.rules.nodes import Parameter, Value
from doudi.rules.results import YES
from doudi.rules.rows import Row

ENGINES = ("memory", "closure", "duckdb")
AT_ONCE = 16  # sets of parameters in one query
Compared = tuple[int, int | None, int]  # verdict, amount of a yes, reasons


def disagreements(held: Trial, vocabulary: Vocabulary) -> Iterator[tuple[Situation, str, Compared, Compared]]:
    """Cases an engine answers otherwise than the definition: the case, the engine, both answers."""
    truth = [_defined(held.measure, case) for case in held.cases]
    closures = [(*gives(each), pack_reasons(each.reasons)) for each in held.answers]
    for name, answers in (("closure", closures), ("duckdb", _by_duckdb(held.measure, held.cases, vocabulary))):
        for case, expected, got in zip(held.cases, truth, answers, strict=True):
            if expected != got:
                yield case, name, expected, got


def _defined(measure: Measure, case: Situation) -> Compared:
    got = answer(measure, row=case.row, params=case.params, as_of=case.as_of, evaluate=by_memory)
    return (*gives(got), pack_reasons(got.reasons))


def _by_duckdb(measure: Measure, cases: tuple[Situation, ...], vocabulary: Vocabulary) -> list[Compared]:
    rows = [_renumbered(case.row, index) for index, case in enumerate(cases)]
    tables = tables_of(rows, vocabulary)
    used = {each.name for node in measure.nodes() for each in node.walk() if isinstance(each, Parameter)}
    wanted: dict[date, dict[tuple[tuple[str, Value], ...], list[int]]] = {}
    for index, case in enumerate(cases):
        chosen = tuple(sorted((name, value) for name, value in case.params.items() if name in used))
        wanted.setdefault(case.as_of, {}).setdefault(chosen, []).append(index)
    found: dict[int, Compared] = {}
    for day, by_params in wanted.items():
        sets = list(by_params)
        for start in range(0, len(sets), AT_ONCE):
            part = sets[start : start + AT_ONCE]
            asked = {position: by_params[each] for position, each in enumerate(part)}
            found |= _decided(measure, tables, [dict(each) for each in part], day, asked, rows, vocabulary)
    return [found[index] for index in range(len(cases))]


def _decided(
    measure: Measure,
    tables: Mapping[str, object],
    sets: list[dict[str, Value]],
    day: date,
    asked: Mapping[int, list[int]],
    rows: list[Row],
    vocabulary: Vocabulary,
) -> dict[int, Compared]:
    """The answers to the cases asked under each set of parameters, in one query."""
    from doudi.rules.engines import duckdb, sql  # only here: every command would load the engines to check no pack

    program = sql.compile_kind([measure], vocabulary=vocabulary, params_sets=sets, as_of=day, dialect="duckdb")
    table = duckdb.Engine().run(program, tables)
    place = {subject: at for at, subject in enumerate(table.column("id").to_pylist())}
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    found = {}
    for position, cases in asked.items():
        names = (program.answers or {})[position, measure.name]
        for index in cases:
            at = place[rows[index].id]
            verdict = columns[names.qualifies or names.verdict][at]
            amount = columns[names.amount][at] if verdict == YES else None
            found[index] = (verdict, amount, columns[names.reasons][at])
    return found


def _renumbered(row: Row, index: int) -> Row:
    """A copy whose ids are those of no other case."""
    copied = deepcopy(row)
    for each in copied.reachable():
        each.id += (index + 1) * 1_000
    return copied
