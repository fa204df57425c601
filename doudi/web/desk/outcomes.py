"""What a trial would do, as far as its reader sees: the sums of the towns in scope, never of others."""

from __future__ import annotations

from dataclasses import dataclass, field

from doudi.places.divisions import Place
from doudi.policy.packs import Pack
from doudi.policy.what_if import Effect, Town, Trial
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Here:
    """A measure's change in one town, with the town's name."""

    name: str
    counts: Town


@dataclass(frozen=True, slots=True)
class Result:
    """One measure's change: counts of `subject`, fen; `budget_fen` only for who sees the whole county."""

    measure: str
    title: str
    subject: str
    yes_before: int
    yes: int
    no: int
    unknown_before: int
    unknown: int
    gains: int
    loses: int
    opens: int
    amount_before_fen: int
    amount_fen: int
    budget_fen: int | None
    priced: bool
    towns: list[Here] = field(default_factory=list)

    @property
    def whole(self) -> int:
        """Subjects asked about: yes, no and unknown add up to it."""
        return self.yes + self.no + self.unknown

    @property
    def change_fen(self) -> int:
        """What it costs more, or less."""
        return self.amount_fen - self.amount_before_fen

    @property
    def left_fen(self) -> int | None:
        """What of the budget would be left; negative beyond it."""
        return None if self.budget_fen is None else self.budget_fen - self.amount_fen

    @property
    def over(self) -> int:
        """Fen beyond the budget, or 0."""
        return max(0, -(self.left_fen or 0))

    @property
    def moves(self) -> bool:
        """Whether anything changes for anybody."""
        return bool(self.gains or self.loses or self.opens or self.change_fen or self.unknown != self.unknown_before)

    @property
    def moving(self) -> list[Here]:
        """The towns in which anything changes."""
        return [each for each in self.towns if _moves(each.counts)]

    @property
    def most(self) -> int:
        """The longest bar of the chart: fen where the measure gives money, else subjects."""
        counts = [each.counts for each in self.towns]
        if self.priced:
            return max([1, *(max(each.amount_before_fen, each.amount_fen) for each in counts)])
        return max([1, *(max(each.yes_before, each.yes) for each in counts)])


def _moves(town: Town) -> bool:
    return bool(town.gains or town.loses or town.opens or town.change_fen or town.unknown != town.unknown_before)


def of_trial(trial: Trial, pack: Pack, reader: Reader) -> list[Result]:
    """Every measure the trial can move, the largest change first; a limited duty sees its own measures."""
    names = dict(Place.objects.filter(level=Place.TOWN).values_list("code", "name"))
    only = reader.scope.measures
    found = [_result(each, pack, reader, names) for each in trial.effects if not only or each.measure in only]
    return sorted(found, key=lambda each: -(each.gains + each.loses + each.opens))


def sees_county(reader: Reader) -> bool:
    """Whether the reader's duty holds the county, whose budgets are then theirs to see."""
    return any(len(code) == 6 for code in reader.scope.places)


def _result(effect: Effect, pack: Pack, reader: Reader, names: dict[str, str]) -> Result:
    inside = [town for town in effect.towns if reader.scope.covers(town.code)]
    return Result(
        measure=effect.measure,
        title=standings.title_of(pack, effect.measure),
        subject=figures.word(pack.vocabulary.kinds[effect.subject]),
        yes_before=sum(t.yes_before for t in inside),
        yes=sum(t.yes for t in inside),
        no=sum(t.no for t in inside),
        unknown_before=sum(t.unknown_before for t in inside),
        unknown=sum(t.unknown for t in inside),
        gains=sum(t.gains for t in inside),
        loses=sum(t.loses for t in inside),
        opens=sum(t.opens for t in inside),
        amount_before_fen=sum(t.amount_before_fen for t in inside),
        amount_fen=sum(t.amount_fen for t in inside),
        budget_fen=effect.budget_fen if sees_county(reader) else None,
        priced=pack.measures[effect.measure].amount is not None,
        towns=[Here(names.get(t.code, t.code), t) for t in inside],
    )
