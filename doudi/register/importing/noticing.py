"""What is odd about a row and keeps it from nowhere: told beside it, for whoever accepts the table to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from doudi.register.importing.conversions import NO_VALUE, Value
from doudi.register.importing.reading import Complaint, RowRead
from doudi.values import account_numbers
from doudi.values.refusals import Refusal

ACCOUNT = "known.account"
MOST_HOUSEHOLDS = 3  # of one account; more is told (reliability notes, section 7: 57)
ROUNDED = 1  # of the largest unit of money: forms are filled in whole yuan


def notice_sums(row: RowRead, sums: Mapping[str, Sequence[str]], headings: Mapping[str, str], *, minor: int) -> None:
    """Note a total that is not the sum of its parts, where the row states them all (section 7: 32)."""
    facts = row.facts.get("household", {})
    for total, parts in sums.items():
        for key in [each for each in facts if each.partition("@")[0] == total]:
            year = key.removeprefix(total)
            stated = [facts.get(f"{part}{year}") for part in parts]
            if None in stated or abs(_whole(facts[key]) - sum(map(_whole, stated))) <= ROUNDED * minor:
                continue
            said, made = (f"{number / minor:,.2f}" for number in (_whole(facts[key]), sum(map(_whole, stated))))
            zh, en = f"合计 {said} 与各项之和 {made} 不一致", f"the total {said} is not the sum of its parts, {made}"
            row.notes.append(Complaint(headings.get(f"household.{total}", total), zh, en))


def _whole(value: Value | None) -> int:
    return int(value or 0)


def notice_accounts(rows: Iterable[tuple[RowRead, str]], heading: str) -> None:
    """Note account numbers that are none, and one that more than three households give. Nothing of them is kept."""
    homes: dict[str, set[str]] = {}
    given: list[tuple[RowRead, str]] = []
    for row, text in rows:
        if not text.strip() or text == NO_VALUE:
            continue
        try:
            number = account_numbers.read(text)
        except Refusal as refusal:
            row.notes.append(Complaint(heading, refusal.zh, refusal.en))
            continue
        homes.setdefault(number, set()).add(row.parts.get("household_code", ""))
        given.append((row, number))
    for row, number in given:
        count = len(homes[number])
        if count > MOST_HOUSEHOLDS:
            zh, en = f"同一账号有 {count} 户在用,请核对", f"{count} households give this account: look into it"
            row.notes.append(Complaint(heading, zh, en))
