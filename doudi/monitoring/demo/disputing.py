"""Words that clash in the demo county: of the demo helper's own households, each waiting for another person.

One is of income, which another than the helper settles; one the helper has handed to the village; one waits on the
helper's own telephone (docs/decisions/0057).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.facts.kinds import Vocabulary
from doudi.monitoring import checks, disputes
from doudi.monitoring.check_bodies import Given, Said
from doudi.policy.runs import Run
from doudi.register import statements
from doudi.register.beliefs import Belief
from doudi.register.demo import accounts
from doudi.register.pairings import households_of

HELPER, TOWN, VILLAGE = accounts.HELPER, "town", "village"
ROLES = frozenset({"helper"})
TODAY = date(2020, 2, 27)
BEFORE, NOW = datetime(2020, 2, 27, 9, 10, tzinfo=UTC), datetime(2020, 2, 27, 9, 40, tzinfo=UTC)
WAGES, LACKS, STARTS = "wage_income@2019", "lacks_farm_inputs", "wants_to_start_business"
MORE_FEN = 3_200_00


def load(run: Run) -> dict[str, int]:
    """Have words clash; answers how many disputes wait. Inside the demo's own transaction."""
    with transaction.atomic(), as_engine():
        helper, words = User.objects.get(username=HELPER), run.pack.pack.vocabulary
        homes = sorted(households_of(helper, TODAY))
        income = _of_income(homes)
        asked = _of_what_was_seen(homes[0], STARTS, words, by=VILLAGE, note="电话里说先不办养殖了")
        for number in asked:
            disputes.choose(number, disputes.ASK_VILLAGE, by=HELPER, roles=ROLES, now=NOW)
        kept = _of_what_was_seen(homes[-1], LACKS, words, by=TOWN, note="说化肥儿子已经买回来了")
    return {"disputes": len([*income, *asked, *kept])}


def _of_income(homes: list[int]) -> list[int]:
    """The first household whose wages of 2019 are known: at the door they are more than the register has."""
    for home in homes:
        held = Belief.objects.filter(subject_kind="household", subject_id=home).first()
        if held is not None and (cell := held.document.get(WAGES)):
            said = Said("household", home, WAGES, "changed", base=cell[0], value=cell[0] + MORE_FEN)
            return _check(home, said, "door", "工资卡流水看过,比登记的多两个月工资")
    return []


def _of_what_was_seen(home: int, fact: str, words: Vocabulary, *, by: str, note: str) -> list[int]:
    """Somebody was at the door in the morning and saw it so; the helper's card is of before, and says it is not."""
    seen = {fact: True}
    statements.record("household", home, seen, source="field", about=TODAY, by=by, now=BEFORE, vocabulary=words)
    return _check(home, Said("household", home, fact, "same", base=False), "phone", note)


def _check(home: int, said: Said, reached: str, note: str) -> list[int]:
    given = Given(reached=reached, reached_whom="户主", facts=(said,), note=note, read_back=True, agrees="yes")
    done: Any = checks.record(home, given, on=TODAY, by=HELPER, roles=ROLES, now=NOW)
    return list(done.disputes)
