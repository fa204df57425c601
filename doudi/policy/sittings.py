"""A sitting: several words about several households, said in one transaction, after which each is decided once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from doudi.access.permissions import passes_on
from doudi.access.scope import as_engine
from doudi.facts.vocabulary import load as shipped
from doudi.policy import deferrals, households, redecisions, turns, versions
from doudi.policy.deferrals import Deferral
from doudi.policy.households import Decided, Subject
from doudi.policy.packs import Pack
from doudi.policy.redecisions import Answered, Moves, Redecision
from doudi.policy.runs import Run
from doudi.register import graphs, statements, subjects, vocabularies
from doudi.register.graphs import Graph
from doudi.register.households import Household
from doudi.register.statements import Saying
from doudi.register.subjects import Subject as Placed
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Word:
    """One fact as one source says it of one subject; `value` is encoded as `doudi.rules.types` says."""

    kind: str
    subject_id: int
    fact: str
    value: Any
    source: str

    def plain(self) -> list[Any]:
        """As JSON."""
        return [self.kind, self.subject_id, self.fact, self.value, self.source]


@dataclass(slots=True)
class _Touched:
    """A household something was said of: how it was decided before, and the latest day spoken of."""

    before: Decided
    day: date


class Sitting:
    """Opened in a transaction for some households, whose turns it takes at once and in order (`policy.turns`).

    What is said in a savepoint that is undone is not said; the household is decided again none the worse. Without a run
    nothing is decided.
    """

    def __init__(self, household_ids: Iterable[int], *, now: datetime) -> None:
        self.now = now
        ids = sorted(set(household_ids))
        turns.take_of_households(ids)
        self.run = Run.objects.standing()
        self.pack: Pack | None = versions.of_hash(self.run.pack_id) if self.run else None
        self.vocabulary = self.pack.vocabulary if self.pack else shipped()
        self._days = households.days_of(ids, self.run) if self.run else {}
        self._taken = frozenset(ids)
        self._touched: dict[int, _Touched] = {}
        self._before: dict[tuple[int, date], Decided] = {}
        self._subjects: dict[Subject, Placed] = {}
        self._homes: dict[int, Household] | None = None
        self.decided: dict[int, Decided] = {}  # by `decide`, after everything that was said

    def household(self, household_id: int) -> Household | None:
        """The household as the reader may see it; all of the sitting's are read at once."""
        if self._homes is None:
            self._homes = Household.objects.in_bulk(self._taken)
        return self._homes.get(household_id)

    def graph(self, household_id: int, about: date) -> Graph:
        """The household's rows as they stood before anything was said. Raises Refusal where there is none that day."""
        touched = self._touched.get(household_id)
        if touched:
            return touched.before.graph
        if self.pack is None:
            return graphs.graph_of(household_id, as_of=about, vocabulary=self.vocabulary)
        return self._touch(household_id, about).graph

    def _touch(self, household_id: int, about: date) -> Decided:
        assert self.pack is not None
        if household_id not in self._taken:
            raise RuntimeError(f"household {household_id} has no turn in this sitting")
        day = max(self._days.get(household_id, about), about)
        held = self._touched.get(household_id)
        if held is None:
            held = self._touched[household_id] = _Touched(self._stood(household_id, about), day)
        held.day = max(held.day, day)
        return held.before

    def _stood(self, household_id: int, about: date) -> Decided:
        """The household before anything was said of it. Nobody else may say anything: all of the day are read at once.

        Raises Refusal where there is none that day.
        """
        assert self.pack is not None
        day = max(self._days.get(household_id, about), about)
        if (household_id, day) not in self._before:
            same = [n for n in self._taken - self._touched.keys() if max(self._days.get(n, about), about) == day]
            for number, decided in households.decide_all(same, self.pack, as_of=day).items():
                self._before[number, day] = decided
        found = self._before.get((household_id, day))
        return found or households.decide(household_id, self.pack, as_of=day)

    def say(
        self,
        household_id: int,
        words: Sequence[Word],
        *,
        by: str,
        about: date,
        roles: Collection[str] | None = None,
        evidence: Mapping[str, Any] | None = None,
        command: UUID | None = None,
    ) -> list[int]:
        """Record words about a household and its subjects, all or none; answers the statements' ids.

        They are a part of `command`, which is under way; without one they are a command of their own.

        Raises Refusal as `policy.answers.record` does.
        """
        if not words:
            return []
        graph = self.graph(household_id, about)
        for word in words:
            _refuse_wrong(word, graph, roles)
        if self.pack is not None:
            self._touch(household_id, about)
        sayings = _sayings(words)
        made = statements.record_all(
            sayings,
            about=about,
            by=by,
            now=self.now,
            evidence=evidence,
            vocabulary=self.vocabulary,
            found=self._placed(sayings),
            command=command,
        )
        return [statement.pk for statement in made]

    def _placed(self, sayings: Sequence[Saying]) -> list[Placed]:
        """The subjects as the reader may see them, each looked for once."""
        keys = [(saying.kind, saying.subject_id) for saying in sayings]
        new = sorted({key for key in keys if key not in self._subjects})
        if new:
            self._subjects |= dict(zip(new, subjects.find_all(new), strict=True))
        return [self._subjects[key] for key in keys]

    def decide(self, *, by: str) -> dict[int, Answered]:
        """Decide each household spoken of once; answers what changed for each."""
        if self.run is None or self.pack is None:
            return {number: Answered(0, (), (), ()) for number in self._taken}
        done = {number: Answered(0, (), (), ()) for number in self._taken}
        if not self._touched:
            return done
        with carry_out("policy.sittings.decide", by=by, payload=sorted(self._touched)) as act:
            with as_engine():
                put_off = deferrals.take(self._touched)
                self.decided = self._decide_touched(self.pack, put_off)
                held, moves = redecisions.standing(self.run, self.decided.values()), Moves(self.run)
                for number, after in sorted(self.decided.items()):
                    waited = put_off.get(number)
                    lines = waited.lines if waited else households.lines_of(self._touched[number].before)
                    done[number] = Redecision(self.run, lines, after, act.id, self.now).write(0, held, moves)
                moves.put()
            act.result = {str(number): len(answered.changed) for number, answered in done.items()}
        return done

    def put_off(self) -> frozenset[int]:
        """Leave the deciding to `policy.deferrals`, where it is done within seconds; answers whom it leaves undecided.

        What was said is believed all the same. Without a run nobody is decided, now or later.
        """
        if self.run is None:
            return frozenset()
        for number, touched in sorted(self._touched.items()):
            home = self.household(number)
            lines = households.lines_of(touched.before)
            deferrals.put(number, home.place_code if home else "", on=touched.day, lines=lines, now=self.now)
        return frozenset(self._touched)

    def _decide_touched(self, pack: Pack, put_off: Mapping[int, Deferral]) -> dict[int, Decided]:
        by_day: dict[date, list[int]] = {}
        for number, touched in self._touched.items():
            waited = put_off.get(number)
            day = max(touched.day, waited.on_day) if waited else touched.day
            by_day.setdefault(day, []).append(number)
        found: dict[int, Decided] = {}
        for day, some in by_day.items():
            found |= households.decide_all(some, pack, as_of=day)
        return found


def _sayings(words: Sequence[Word]) -> list[Saying]:
    """One statement a subject and source, in the order of the words."""
    grouped: dict[tuple[str, int, str], dict[str, Any]] = {}
    for word in words:
        grouped.setdefault((word.kind, word.subject_id, word.source), {})[word.fact] = word.value
    return [Saying(kind, number, source, facts) for (kind, number, source), facts in grouped.items()]


def _refuse_wrong(word: Word, graph: Graph, roles: Collection[str] | None) -> None:
    subject: Subject = (word.kind, word.subject_id)
    if subject not in graph.rows:
        raise Refusal(
            f"{word.kind} {word.subject_id} 不属于这一户。",
            f"{word.kind} {word.subject_id} does not belong to this household.",
            word.fact,
        )
    refuse_not_theirs(word.source, roles)


def refuse_not_theirs(source: str, roles: Collection[str] | None) -> None:
    """Raise Refusal where no role of who records it passes on what a source says; None is the operator."""
    if roles is None or passes_on(roles, source):
        return
    words = vocabularies.in_force().sources
    theirs = [each for name, each in words.items() if passes_on(roles, name)]
    zh = words[source].zh if source in words else source
    en = words[source].en if source in words else source
    listed_zh, listed_en = "、".join(each.zh for each in theirs) or "无", ", ".join(e.en for e in theirs) or "none"
    raise Refusal(
        f"您的职责不能代“{zh}”回答。可以选的来源:{listed_zh};别的来源请报县里录入。",
        f"Your duty does not let you answer for “{en}”. Sources you may pass on: {listed_en}."
        " What another source says is recorded by the county.",
        source,
    )
