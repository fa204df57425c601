"""What a claim for hiring makes one ask: told as questions to the bureau, never a refusal.

A shell firm shows in its phone, its address or its owner being the household's own or another firm's, in more hires
than it insures, and in being founded just before (field notes, section 4, row 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from doudi.access.scope import as_engine

YOUNG_DAYS = 90  # founded so few days before the work began


class Signal(NamedTuple):
    """One question about a claim."""

    name: str
    zh: str
    en: str


_WORDS = {
    "owner_in_household": ("法定代表人与这户成员同名:是不是自己雇自己?",
                           "The legal person bears the name of a member of the household: do they employ themselves?"),
    "phone_of_household": ("企业电话就是这户的电话:企业是否真实经营?",
                           "The firm's phone is the household's own: is the firm in business?"),
    "shared_with_firm": ("另有企业用同一法人、电话或地址:是不是一家企业换牌重复申报?",
                         "Another firm has the same legal person, phone or address: is it one firm under two names?"),
    "more_than_insured": ("申报人数超过参保人数:未参保的人是否真在岗?",
                          "More hires are claimed than the firm insures: do the others work there?"),
    "young": (f"企业成立不到{YOUNG_DAYS}天就招人申报:是否为奖补而设?",
              f"The firm was founded less than {YOUNG_DAYS} days before: was it founded for the award?"),
    "hired_elsewhere": ("登记里此人另有用人单位:是不是两家同时在用?",
                        "On record the person has another employer as well: do both employ them?"),
    "no_payroll": ("还没有工资凭证:工资发了没有?", "No payroll proof was shown yet: were wages paid?"),
}  # fmt: skip

_SIGNALS = """
SELECT c.id, array_remove(ARRAY[
    CASE WHEN e.legal_person <> '' AND EXISTS (SELECT FROM register_person p
        WHERE p.household_id = c.household_id AND p.name = e.legal_person) THEN 'owner_in_household' END,
    CASE WHEN e.phone <> '' AND EXISTS (SELECT FROM register_person p JOIN register_belief b
        ON b.subject_kind = 'person' AND b.subject_id = p.id
        WHERE p.household_id = c.household_id AND b.document -> 'phone' ->> 0 = e.phone) THEN 'phone_of_household' END,
    CASE WHEN EXISTS (SELECT FROM delivery_enterprise o WHERE o.id <> e.id AND (
        (o.phone <> '' AND o.phone = e.phone) OR (o.address <> '' AND o.address = e.address)
        OR (o.legal_person <> '' AND o.legal_person = e.legal_person))) THEN 'shared_with_firm' END,
    CASE WHEN e.insured < (SELECT count(*) FROM delivery_hire_claim m
        WHERE m.enterprise_id = e.id AND m.state = 'claimed') THEN 'more_than_insured' END,
    CASE WHEN e.registered_on > c.begun_on - %(young)s THEN 'young' END,
    CASE WHEN EXISTS (SELECT FROM register_item i WHERE i.kind = 'hire' AND i.person_id = c.person_id
        AND i.until_day IS NULL AND i.id <> c.hire_id AND i.label <> e.name) THEN 'hired_elsewhere' END,
    CASE WHEN c.payroll = '' THEN 'no_payroll' END], NULL)
FROM delivery_hire_claim c JOIN delivery_enterprise e ON e.id = c.enterprise_id
WHERE c.id = ANY (%(ids)s::bigint[])
"""


def signals(ids: Sequence[int]) -> dict[int, list[Signal]]:
    """The questions each claim raises, by its id; looked for over the whole county, told in words without names."""
    with as_engine(), connection.cursor() as cursor:
        cursor.execute(_SIGNALS, {"ids": list(ids), "young": YOUNG_DAYS})
        return {number: [Signal(name, *_WORDS[name]) for name in names] for number, names in cursor.fetchall()}
