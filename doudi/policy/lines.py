"""The line of a limited measure, told: how many qualify, how many places there are, and what decided who came first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from doudi.policy import graphs, needs, results, snapshots, stores, subjects
from doudi.policy.packs import Pack
from doudi.policy.reasons import Reads, Reason, teller_of, withheld
from doudi.policy.runs import Run
from doudi.rules.engines import closure
from doudi.rules.lines import lot
from doudi.rules.measures import Key, Limit, Measure
from doudi.rules.results import OK
from doudi.rules.rows import Row
from doudi.rules.telling import EN, ZH


@dataclass(frozen=True, slots=True)
class Line:
    """A village's line: the subjects that qualify or may, as (id, qualifies, best place, worst place), in line."""

    count: int | None
    standing: tuple[tuple[int, int, int, int], ...]

    def place(self, subject_id: int) -> tuple[int, int] | None:
        """A subject's best and worst place; None when it is not in line."""
        return next(((best, worst) for number, _, best, worst in self.standing if number == subject_id), None)

    def border(self, subject_id: int) -> int | None:
        """Against whom the cut was decided: the last within the number, or the first beyond it."""
        mine = self.place(subject_id)
        if mine is None or self.count is None:
            return None
        if mine[1] <= self.count:
            return next((number for number, _, best, _ in self.standing if best > self.count), None)
        inside = [number for number, _, _, worst in self.standing if worst <= self.count and number != subject_id]
        return inside[-1] if inside else None


def of_village(run: Run, measure: Measure, place_code: str) -> Line:
    """The line of a measure in a village, as the run drew it."""
    return of_villages(run, measure, [place_code])[place_code]


def of_villages(run: Run, measure: Measure, codes: Iterable[str]) -> dict[str, Line]:
    """The lines of several villages; one without anybody in line is empty."""
    held, pack, name = run.snapshot.hold(), run.pack.pack, measure.name
    file = stores.folder_of(stores.ANSWERS, run.answers_hash) / f"{measure.subject}.parquet"
    where = subjects.belonging(held, measure.subject, pack.vocabulary, county=snapshots.county_code())
    standing: dict[str, list[tuple[int, int, int, int]]] = {code: [] for code in codes}
    rows = held.execute(
        f'SELECT b.place_code, a.id, a."{name}_qualifies", a."{name}_place", a."{name}_last" FROM read_parquet(?) a'
        f' JOIN ({where}) b USING (id) WHERE b.place_code IN (SELECT unnest(?)) AND a."{name}_qualifies" <> 0'
        " ORDER BY 4, 5, 2",
        [str(file), sorted(standing)],
    ).fetchall()
    for code, *rest in rows:
        standing[code].append((rest[0], rest[1], rest[2], rest[3]))
    assert measure.limit is not None
    count = closure.compiled(measure.limit.count).evaluate(row=None, params=pack.values_on(run.as_of), as_of=run.as_of)
    places = int(str(count.value)) if count.status is OK else None
    return {code: Line(places, tuple(found)) for code, found in standing.items()}


def deciding(
    run: Run, measure: Measure, asked: Sequence[tuple[int, str]], *, reader: Reads | None
) -> dict[int, Reason]:
    """What set each of some subjects (id, village) apart from the border of its village's cut, all of them at once.

    A subject not in line, or in a line with no border, is left out.
    """
    if measure.limit is None or not asked:
        return {}
    lines = of_villages(run, measure, {code for _, code in asked})
    borders = {mine: other for mine, code in asked if (other := lines[code].border(mine)) is not None}
    graph = graphs.build(
        run.snapshot.hold(),
        {measure.subject: {*borders, *borders.values()}},
        vocabulary=run.pack.pack.vocabulary,
        folds=needs.folds_of(measure.nodes()),
    )
    found = {}
    for mine, other in borders.items():
        one, against = (graph.rows.get((measure.subject, number)) for number in (mine, other))
        if one is not None and against is not None:
            found[mine] = _told(run, measure.limit, one, against, reader)
    return found


def tell(run: Run, measure: Measure, row: Row, place_code: str, *, stale: bool, reader: Reads | None) -> Reason:
    """The cut, for one subject. Of the others only their number is told, never who they are or what they have.

    A key that reads a fact this reader is not shown (None: shown everything) is withheld, as a reason is.
    """
    assert measure.limit is not None
    line = of_village(run, measure, place_code)
    sure = sum(qualifies == 1 for _, qualifies, _, _ in line.standing)
    maybe = len(line.standing) - sure
    parts = [_numbers(line, sure, maybe), *_place(line, row.id), *_keys(run, measure, row, reader)]
    decided = _decided(run, measure, row.id, line.border(row.id), reader)
    if decided is not None:
        parts.append(decided)
    if stale:
        parts.append(
            Reason(
                "此后的回答可能改变排队",
                "an answer since may move the line",
                None,
                "下次运行重排",
                "drawn again by the next run",
            )
        )
    return Reason(zh="名额有限,按顺序排", en="places are few: in order", children=tuple(parts))


def _numbers(line: Line, sure: int, maybe: int) -> Reason:
    count_zh = f"名额 {line.count}" if line.count is not None else "名额县里未定"
    count_en = f"places: {line.count}" if line.count is not None else "number of places not decided"
    return Reason(
        zh="本村(社区)排队",
        en="the line in this village",
        value_zh=f"符合 {sure},待核 {maybe},{count_zh}",
        value_en=f"{sure} qualify, {maybe} may, {count_en}",
    )


def _place(line: Line, subject_id: int) -> list[Reason]:
    mine = line.place(subject_id)
    if mine is None:
        return [Reason("位次", "place in line", None, "不在队中", "not in line")]
    best, worst = mine
    exact = str(best) if best == worst else f"{best}–{worst}"
    return [Reason("位次", "place in line", None, exact, exact)]


def _keys(run: Run, measure: Measure, row: Row, reader: Reads | None) -> list[Reason]:
    """The subject's own keys, in their order, as the reader may know them."""
    pack, limit = run.pack.pack, measure.limit
    assert limit is not None
    teller = teller_of(pack)
    params, found = pack.values_on(run.as_of), []
    for key in limit.order:
        if isinstance(key, str):
            found.append(Reason("抽签", "the lot", None, results.seed_of(pack), results.seed_of(pack)))
            continue
        result = closure.compiled(key.node).evaluate(row=row, params=params, as_of=run.as_of)
        known = result.status is OK
        told = Reason(
            zh=teller.tell(key.node, ZH),
            en=teller.tell(key.node, EN),
            verdict=None if known else 2,
            value_zh=teller.value(result.value, key.node.type, ZH, key.node) if known else "未知",
            value_en=teller.value(result.value, key.node.type, EN, key.node) if known else "not known",
        )
        found.append(_as_known(told, key, pack, reader))
    return found


def _as_known(told: Reason, key: Key, pack: Pack, reader: Reads | None) -> Reason:
    """What is told of a key, withheld when the reader is not shown one of the facts it reads."""
    if reader is None:
        return told
    hidden = [each for each in needs.sensitivities_of([key.node], pack.vocabulary) if not reader.reads(each)]
    return withheld(told, hidden[0]) if hidden else told


def _decided(run: Run, measure: Measure, mine: int, other: int | None, reader: Reads | None) -> Reason | None:
    """Which key set the subject and the border of the cut apart; a withheld key would tell its value by that."""
    limit, pack = measure.limit, run.pack.pack
    if other is None or limit is None:
        return None
    folds = needs.folds_of(measure.nodes())
    graph = graphs.build(run.snapshot.hold(), {measure.subject: [mine, other]}, vocabulary=pack.vocabulary, folds=folds)
    rows = [graph.rows.get((measure.subject, number)) for number in (mine, other)]
    if rows[0] is None or rows[1] is None:
        return None
    return _told(run, limit, rows[0], rows[1], reader)


def _told(run: Run, limit: Limit, one: Row, other: Row, reader: Reads | None) -> Reason:
    """The first key in which two differ, as the reader may know it."""
    pack = run.pack.pack
    key, teller = _first_apart(run, pack, limit, one, other), teller_of(pack)
    zh = "编号" if key is None else "抽签" if isinstance(key, str) else teller.tell(key.node, ZH)
    en = "the number" if key is None else "the lot" if isinstance(key, str) else teller.tell(key.node, EN)
    told = Reason("决定先后的是", "what decided", None, zh, en)
    return _as_known(told, key, pack, reader) if isinstance(key, Key) else told


def _first_apart(run: Run, pack: Pack, limit: Limit, one: Row, other: Row) -> Key | str | None:
    params = pack.values_on(run.as_of)
    for key in limit.order:
        values: Sequence[Any]
        if isinstance(key, str):
            values = [lot(results.seed_of(pack), row.id) for row in (one, other)]
        else:
            values = [
                closure.compiled(key.node).evaluate(row=row, params=params, as_of=run.as_of).value
                for row in (one, other)
            ]
        if values[0] != values[1] or None in values:
            return key
    return None
