"""Who a row speaks of: the register's person, somebody new, somebody who moves house, or somebody to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.access.scope import Scope
from doudi.register.importing import register
from doudi.register.importing.grouping import Household
from doudi.register.importing.reading import RowRead
from doudi.register.importing.register import Known, KnownPerson
from doudi.values.idnumbers import Standing

NEW, CHANGED, SAME, HELD, REFUSED = "new", "changed", "same", "held", "refused"
STATES = (NEW, CHANGED, SAME, HELD, REFUSED)


class Stays(Exception):
    """A row that stays out: refused or held, which part is why, in both languages."""

    def __init__(self, state: str, part: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.state, self.part, self.zh, self.en = state, part, zh, en


ELSEWHERE = Stays(
    HELD,
    "household_code",
    "不在您的职责范围内,请交县里导入",
    "it is outside the places you answer for; let the county take it in",
)


@dataclass(slots=True)
class Person:
    """A person of the table.

    `moves`: the register has them elsewhere or nowhere, and the table in this household; `before` is the code of the
    household they leave, if any.
    """

    row: RowRead
    household: Household
    known: KnownPerson | None
    moves: bool = False
    before: str = ""


class Persons:
    """The persons of a table, each once."""

    def __init__(self, known: Known, *, about: date, within: Scope | None = None) -> None:
        self.known, self.about, self.within = known, about, within
        self.seen: dict[Any, int] = {}

    def of(self, row: RowRead, household: Household) -> Person:
        """The person of a row. Raises Stays."""
        name = row.parts.get("person_name", "")
        if not name:
            raise Stays(REFUSED, "person_name", "没有姓名", "there is no name")
        number = row.id_number.number if row.id_number else ""
        self._once(row, number, household, name)
        known = self.known.person(number, row.parts.get("person_code", ""), household.code, name)
        if known is None:
            self._no_second_number(household, name, number)
            return Person(row, household, None)
        if self.within is not None and not self.within.covers(known.place_code):
            raise ELSEWHERE
        if known.name != name:
            zh, en = f"该证件号登记的姓名是{known.name}", f"the register has {known.name} under this number"
            raise Stays(HELD, "person_name", zh, en)
        self._no_other_number(known, number)
        if household.known is not None and known.household_id == household.known.id:
            return Person(row, household, known)
        return Person(row, household, known, moves=True, before=self._may_move(known))

    def _once(self, row: RowRead, number: str, household: Household, name: str) -> None:
        identity = ("number", number) if number else ("name", household.code, name)
        first = self.seen.setdefault(identity, row.number)
        if first != row.number:
            raise Stays(REFUSED, "person_name", f"与第{first}行是同一人", f"it is the same person as line {first}")

    def _no_second_number(self, household: Household, name: str, number: str) -> None:
        """A namesake in the household under another number is more often a slip than a second person."""
        if household.known is None or not number:
            return
        others = self.known.by_name.get((household.known.id, name), [])
        if any(other.id_number and other.id_number != number for other in others):
            zh = "该户登记有同名的人,证件号不同,请核对是不是同一人"
            en = "the household has a person of this name with another number; find out whether it is the same"
            raise Stays(HELD, "id_number", zh, en)

    def _no_other_number(self, known: KnownPerson, number: str) -> None:
        if number and known.id_number and known.id_number != number:
            zh, en = (
                "此人登记的证件号不同,请核对",
                "the register has another number for this person; find out which is right",
            )
            raise Stays(HELD, "id_number", zh, en)

    def _may_move(self, known: KnownPerson) -> str:
        """The code of the household they leave, empty for somebody who belongs to none. Raises Stays."""
        last = register.joined(known)
        if last is not None and last.ended == "died":
            zh, en = "此人已登记死亡,请核对", "the register has this person as dead; find out what is right"
            raise Stays(HELD, "person_name", zh, en)
        if last is not None and last.from_day >= self.about:
            zh = f"此人 {last.from_day} 起登记在 {last.household_code} 户,表的日期不晚于那天,不据此变动"
            en = f"since {last.from_day} the register has this person in {last.household_code}; the table is no later"
            raise Stays(HELD, "household_code", zh, en)
        return last.household_code if last is not None and known.household_id else ""


def old_number(row: RowRead) -> str:
    """The fifteen digits a row gives, if it gives such."""
    return row.id_number.written if row.id_number and row.id_number.standing is Standing.OLD else ""


def certificate(row: RowRead) -> str:
    """The disability certificate a row gives, if it gives one."""
    return row.id_number.written if row.id_number and row.id_number.standing is Standing.CERTIFICATE else ""
