"""What-if: the same run with other numbers or an edited rule. Nothing is stored unless proposed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import duckdb
from django.utils import timezone

from doudi.facts.kinds import Fact
from doudi.policy import (
    engines,
    needs,
    overlays,
    proposals,
    replies,
    results,
    snapshots,
    stores,
    subjects,
    tables,
    versions,
)
from doudi.policy.packs import Pack
from doudi.policy.proposals import Proposal
from doudi.policy.runs import Run
from doudi.rules.check import check
from doudi.rules.errors import nearest
from doudi.rules.measures import Condition, Measure
from doudi.rules.nodes import Node, Value
from doudi.rules.types import BOOL
from doudi.values.refusals import Refusal

MOST_OVERLAYS = 64
NO, YES, UNKNOWN = 0, 1, 2
_COUNTS = (
    *("yes_before", "unknown_before", "amount_before", "yes", "no", "unknown", "amount"),
    *("gains", "loses", "opens"),
)


@dataclass(frozen=True, slots=True)
class Town:
    """A measure's change in one town."""

    code: str
    gains: int
    loses: int
    change_fen: int
    opens: int = 0
    yes_before: int = 0
    yes: int = 0
    no: int = 0
    unknown_before: int = 0
    unknown: int = 0
    amount_before_fen: int = 0
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure under one overlay, against the pack in force. Counts are subjects; amounts fen."""

    measure: str
    subject: str
    yes: int
    no: int
    unknown: int
    amount_fen: int
    gains: int  # not yes before, yes now
    loses: int  # yes before, not yes now
    yes_before: int
    amount_before_fen: int
    budget_fen: int | None
    towns: tuple[Town, ...] = ()
    shifts: int = 0  # neither gained nor lost: another amount, or become known or unknown; of a whole pack only
    unknown_before: int = 0
    opens: int = 0  # known before, not yet known now: left out until somebody finds out


@dataclass(frozen=True, slots=True)
class Trial:
    """One overlay tried out: `set` as typed (`posts_per_village=3`), what repeats it, and the measures it can move."""

    run: int
    set: dict[str, str]
    rules: dict[str, str]
    command: str
    query: str  # the URL query that repeats it
    effects: tuple[Effect, ...]


def try_out(
    overlays_asked: Sequence[Mapping[str, str]], *, rules: Mapping[str, str] | None = None, pack: str | None = None
) -> list[Trial]:
    """Try parameter overlays ({name: value as typed}) and edited rules ({"measure.condition": text}) over the county.

    All overlays run in one pass over the latest standing run's snapshot, each against that run's own pack and day.
    Raises Refusal for an unknown name, a value of the wrong type, or a rule that cannot be read.
    """
    if not 0 < len(overlays_asked) <= MOST_OVERLAYS:
        raise Refusal(f"一次可试 1 至 {MOST_OVERLAYS} 组。", f"Try 1 to {MOST_OVERLAYS} overlays at once.")
    run = Run.objects.in_force(pack)
    base = run.pack.pack
    edited = edit(base, rules or {})
    params = base.values_on(run.as_of)
    sets = [{**params, **read_values(base, overlay)} for overlay in overlays_asked]
    names = frozenset(name for overlay in overlays_asked for name in overlay)
    measures = _affected(base, names, edited)
    found = _count(run, base, measures, edited, sets)
    return [
        _trial(run, dict(overlay), dict(rules or {}), base, measures, sets[n], found, n)
        for n, overlay in enumerate(overlays_asked)
    ]


def read_values(pack: Pack, overlay: Mapping[str, str]) -> dict[str, Value]:
    """The overlay's values, read by each parameter's type and encoded."""
    return {name: read_value(pack, name, text) for name, text in overlay.items()}


def read_value(pack: Pack, name: str, text: str) -> Value:
    """One parameter's value as typed. Raises Refusal with the nearest name, or with what the type wants."""
    parameter = pack.parameters.get(name)
    if parameter is None:
        close = nearest(name, pack.parameters)
        hint_zh, hint_en = (f"是不是“{close}”?", f" Did you mean “{close}”?") if close else ("", "")
        raise Refusal(f"没有参数“{name}”。{hint_zh}", f"There is no parameter “{name}”.{hint_en}", name)
    of = parameter.type
    as_fact = Fact("params", name, of.of or of, parameter.zh, parameter.en, unit=parameter.unit)
    if of.name == "list":
        return tuple(
            _typed(replies.read(item, as_fact, minor=pack.currency.minor), as_fact) for item in text.split(",")
        )
    return _typed(replies.read(text, as_fact, minor=pack.currency.minor), as_fact)


def _typed(value: Any, fact: Fact) -> Value:
    return date.fromisoformat(value) if fact.type.name == "date" else value  # type: ignore[no-any-return]


def edit(pack: Pack, rules: Mapping[str, str]) -> dict[str, Measure]:
    """The measures whose conditions are written anew, by the name of the measure."""
    found: dict[str, Measure] = {}
    for target, text in rules.items():
        node = read_rule(pack, target, text)
        name, _, condition = target.partition(".")
        measure = found.get(name) or pack.measures[name]
        conditions = tuple(
            Condition(each.name, node, each.zh, each.en, each.clause) if each.name == condition else each
            for each in measure.conditions
        )
        found[name] = replace(measure, conditions=conditions)
    return found


def read_rule(pack: Pack, target: str, text: str) -> Node:
    """Another rule for a condition ("measure.condition"). Raises RuleError with line and column, and the nearest word.

    Raises Refusal for a condition that is none, with the nearest that is one.
    """
    name, _, condition = target.partition(".")
    measure = pack.measures.get(name)
    if measure is None or condition not in [each.name for each in measure.conditions]:
        close = nearest(target, [f"{m.name}.{c.name}" for m in pack.measures.values() for c in m.conditions])
        hint_zh, hint_en = (f"是不是“{close}”?", f" Did you mean “{close}”?") if close else ("", "")
        raise Refusal(f"没有条件“{target}”。{hint_zh}", f"There is no condition “{target}”.{hint_en}", target)
    types = {each.name: each.type for each in pack.parameters.values()}
    return check(text, vocabulary=pack.vocabulary, subject=measure.subject, parameters=types, expect=BOOL, file=target)


def _affected(pack: Pack, names: frozenset[str], edited: Mapping[str, Measure]) -> list[Measure]:
    """The measures that read a changed parameter (budgets included) or whose rule is edited, in the pack's order."""
    return [
        measure
        for measure in pack.measures.values()
        if measure.name in edited
        or needs.parameters_of(measure.nodes()) & names
        or pack.terms[measure.name].budget in names
    ]


Found = dict[tuple[str, int], list[tuple[str, tuple[int, ...]]]]  # (measure, overlay) -> (town, counts)


def _count(
    run: Run, pack: Pack, measures: Sequence[Measure], edited: Mapping[str, Measure], sets: Sequence[Mapping[str, Any]]
) -> Found:
    held = run.snapshot.hold()
    found: Found = {}
    for kind in dict.fromkeys(measure.subject for measure in measures):
        mine = [measure for measure in measures if measure.subject == kind]
        beside = beside_the_run(run, held, [edited.get(measure.name, measure) for measure in mine], sets)
        found.update(_totals(held, beside, [measure.name for measure in mine], len(sets)))
    return found


def beside_the_run(
    run: Run, held: duckdb.DuckDBPyConnection, measures: Sequence[Measure], sets: Sequence[Mapping[str, Any]]
) -> str:
    """SQL that puts what measures of one kind say under other numbers (`n`) beside what the run stored (`a`).

    `b` is where each subject belongs. What stood before is read from the run's answers, not computed again.
    """
    pack, kind = run.pack.pack, measures[0].subject
    text = engines.duckdb_text(
        measures, vocabulary=pack.vocabulary, params=sets, as_of=run.as_of, seed=results.seed_of(pack)
    )
    answers, homes = _kept(run, held, kind)
    return f"FROM ({text}) n JOIN {answers} a ON a.id = n.id JOIN {homes} b ON b.id = n.id"


def prepare(run: Run) -> None:
    """Hold what every trial over a run reads, so that the first costs no more than the next."""
    held = run.snapshot.hold()
    for kind in run.measures:
        _kept(run, held, kind)


def _kept(run: Run, held: duckdb.DuckDBPyConnection, kind: str) -> tuple[str, str]:
    """The tables of what a run stored of a kind, and of where its subjects belong."""
    county, folder = snapshots.county_code(), stores.folder_of(stores.ANSWERS, run.answers_hash)
    where = subjects.belonging(held, kind, run.pack.pack.vocabulary, county=county)
    homes = tables.keep(held, f"belonging {kind} {county} {run.pack_id}", where)
    file = str(folder / f"{kind}.parquet").replace("'", "''")
    answers = tables.keep(held, f"answers {kind} {run.answers_hash}", f"SELECT * FROM read_parquet('{file}')")
    return answers, homes


def _totals(held: duckdb.DuckDBPyConnection, beside: str, measures: Sequence[str], sets: int) -> Found:
    """Laid out once, then counted measure by measure and overlay by overlay: few groups, no filter an aggregate."""
    pairs = [(measure, n) for measure in measures for n in range(sets)]
    before = [f'a."{name}_{part}" AS "{name}_{part}"' for name in measures for part in ("verdict", "amount")]
    after = [f'n."s{n}_{name}_{part}" AS "s{n}_{name}_{part}"' for name, n in pairs for part in ("verdict", "amount")]
    columns = ", ".join(["left(b.place_code, 9)::VARCHAR AS town", *before, *after])
    held.execute(f"CREATE OR REPLACE TEMP TABLE tried AS SELECT {columns} {beside}")
    found = {pair: _by_town(held, *pair) for pair in pairs}
    held.execute("DROP TABLE tried")
    return found


def _by_town(held: duckdb.DuckDBPyConnection, name: str, n: int) -> list[tuple[str, tuple[int, ...]]]:
    """`_COUNTS` of a measure under overlay n, town by town."""
    rows = held.execute(
        f'SELECT town, "{name}_verdict", "s{n}_{name}_verdict", count(*), coalesce(sum("{name}_amount"), 0),'
        f' coalesce(sum("s{n}_{name}_amount"), 0) FROM tried GROUP BY ALL ORDER BY town'
    ).fetchall()
    towns: dict[str, list[int]] = {}
    for town, before, after, many, fen_before, fen in rows:
        counts = towns.setdefault(town.ljust(12, "0"), [0] * len(_COUNTS))
        for place, value in enumerate(_counts(before, after, int(many), int(fen_before), int(fen))):
            counts[place] += value
    return [(town, tuple(counts)) for town, counts in towns.items()]


def _counts(before: int, after: int, many: int, fen_before: int, fen: int) -> tuple[int, ...]:
    """What subjects that went from one verdict to another add to `_COUNTS`."""
    was, now = before == YES, after == YES
    return (
        many * was,
        many * (before == UNKNOWN),
        fen_before * was,
        many * now,
        many * (after == NO),
        many * (after == UNKNOWN),
        fen * now,
        many * (now and not was),
        many * (was and not now),
        many * (after == UNKNOWN != before),
    )


def _trial(
    run: Run,
    overlay: dict[str, str],
    rules: dict[str, str],
    pack: Pack,
    measures: Sequence[Measure],
    params: Mapping[str, Any],
    found: Found,
    n: int,
) -> Trial:
    words = ["doudi", "whatif", "--pack", run.pack_name]
    words += [word for name, value in overlay.items() for word in ("--set", f"{name}={value}")]
    words += [word for name, text in rules.items() for word in ("--rule", f"{name}={text}")]
    query = [("pack", run.pack_name), *(("set", f"{k}={v}") for k, v in overlay.items())]
    query += [("rule", f"{k}={v}") for k, v in rules.items()]
    effects = tuple(_effect(m, found[m.name, n], _budget(pack, m.name, params)) for m in measures)
    return Trial(run.pk, overlay, rules, shlex.join(words), urlencode(query), effects)


def _budget(pack: Pack, measure: str, params: Mapping[str, Any]) -> int | None:
    named = pack.terms[measure].budget
    return int(params[named]) if named and named in params else None


def _effect(measure: Measure, rows: Sequence[tuple[str, tuple[int, ...]]], budget: int | None) -> Effect:
    total = dict(
        zip(_COUNTS, (sum(column) for column in zip(*(counts for _, counts in rows), strict=True)), strict=True)
    )
    total = total or dict.fromkeys(_COUNTS, 0)
    return Effect(
        measure=measure.name,
        subject=measure.subject,
        yes=total["yes"],
        no=total["no"],
        unknown=total["unknown"],
        amount_fen=total["amount"],
        gains=total["gains"],
        loses=total["loses"],
        yes_before=total["yes_before"],
        amount_before_fen=total["amount_before"],
        budget_fen=budget,
        towns=tuple(_town(code, dict(zip(_COUNTS, counts, strict=True))) for code, counts in rows),
        unknown_before=total["unknown_before"],
        opens=total["opens"],
    )


def _town(code: str, counts: Mapping[str, int]) -> Town:
    same = ("gains", "loses", "opens", "yes_before", "yes", "no", "unknown_before", "unknown")
    return Town(
        code,
        change_fen=counts["amount"] - counts["amount_before"],
        amount_before_fen=counts["amount_before"],
        amount_fen=counts["amount"],
        **{name: counts[name] for name in same},
    )


def propose(
    name: str,
    value: str,
    *,
    from_day: date,
    source: str,
    named_by: str,
    by: str,
    now: datetime,
    pack: str | None = None,
) -> Proposal:
    """Put a tried value forward as the county's: a new dated parameter, with its source and who named it.

    Another person adopts it; then it decides from the next run on. Raises Refusal for a wrong name or value, or when no
    source or name is given.
    """
    if not source.strip() or not named_by.strip():
        raise Refusal(
            "提请采用一个数值要写明依据和提出人。", "To propose a value, say its source and who names it.", "source"
        )
    standing = versions.in_force(pack)
    encoded = read_value(standing.pack, name, value)
    day = timezone.localdate(now)
    files = overlays.add(standing.pack, name, encoded, from_day=from_day, source=source, named_by=named_by, on=day)
    change = {"parameter": name, "value": value, "from": from_day.isoformat(), "source": source, "named_by": named_by}
    title = f"{standing.pack.parameters[name].zh} = {value}"
    return proposals.propose(
        files, base=standing, title=title, reason=source, from_day=from_day, by=by, now=now, change=change
    )
