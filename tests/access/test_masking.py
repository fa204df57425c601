"""What names a person, as each reader sees it: by example, and that nothing but the shown part ever gets through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from doudi.access import masking, permissions
from doudi.access.masking import ACCOUNT, FIELDS, ID_NUMBER, NAME, PHONE
from doudi.facts import vocabulary

NUMBER = "510999195503030011"


@dataclass(frozen=True)
class Reader:
    roles: tuple[str, ...]
    households: tuple[int, ...] = ()

    def reads(self, sensitivity: str) -> bool:
        return permissions.reads(self.roles, sensitivity)

    def helps(self, household_id: int | None) -> bool:
        return household_id in self.households


HELPER, COUNTY, VILLAGE, AUDITOR = (
    Reader(("helper",), (7,)),
    Reader(("county_officer",)),
    Reader(("village_officer",)),
    Reader(("auditor",)),
)


@pytest.mark.parametrize(
    ("field", "value", "reader", "about", "shown"),
    [
        (NAME, "张三丰", COUNTY, {}, "张三丰"),
        (NAME, "张三丰", AUDITOR, {}, "张**"),
        (NAME, "李", AUDITOR, {}, "李*"),
        (NAME, "", AUDITOR, {}, ""),
        (NAME, "张小宝", COUNTY, {"child": True}, "张**"),
        (NAME, "张小宝", VILLAGE, {"child": True}, "张小宝"),
        (NAME, "张小宝", HELPER, {"child": True}, "张小宝"),
        (ID_NUMBER, NUMBER, COUNTY, {"household_id": 7}, "5****************1"),
        (ID_NUMBER, NUMBER, HELPER, {"household_id": 7}, "510999********0011"),
        (ID_NUMBER, NUMBER, HELPER, {"household_id": 8}, "5****************1"),
        (ID_NUMBER, NUMBER, HELPER, {}, "5****************1"),
        (ID_NUMBER, "5", HELPER, {"household_id": 7}, "*"),
        (PHONE, "13812341234", COUNTY, {}, "138****1234"),
        (PHONE, "+86 138-1234-1234", HELPER, {"household_id": 7}, "138****1234"),
        (PHONE, "0825-5412345", COUNTY, {}, "********2345"),
        (PHONE, "110", COUNTY, {}, "**0"),
        (ACCOUNT, "6228480402564890018", COUNTY, {}, "***************0018"),
    ],
)
def test_by_example(field: str, value: str, reader: Reader, about: dict[str, Any], shown: str) -> None:
    assert masking.shown(field, value, reader, **about) == shown


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="none of"):
        masking.shown("face", "x", COUNTY)


@given(some.sampled_from(FIELDS), some.text(min_size=1, max_size=30).filter(str.strip))
def test_who_may_not_see_it_never_gets_it_whole(field: str, value: str) -> None:
    assert masking.shown(field, value, AUDITOR) != value or set(value.strip()[1:] or "*") == {"*"}


@given(some.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_at_most_two_digits_of_a_number_reach_whom_the_household_is_not_paired_with(number: str) -> None:
    assert sum(c != "*" for c in masking.shown(ID_NUMBER, number, COUNTY, household_id=1)) == 2
    assert sum(c != "*" for c in masking.partly_by_form(number)) == 2


def test_facts_that_name_somebody_are_declared_so() -> None:
    words = ("电话", "手机", "账号", "卡号", "证件号码", "身份证号")
    facts = [f for kind in vocabulary.load().kinds.values() for f in kind.facts.values() if f.type.name == "text"]
    wrong = [f"{f.zh}" for f in facts if any(word in f.zh for word in words) and f.sensitivity != "identity"]
    assert not wrong, f'write sensitivity = "identity" in doudi/facts/vocabulary.toml: {wrong}'


@pytest.mark.django_db
def test_a_child_is_under_fourteen_by_what_is_believed_or_by_the_number(seeing_county: None, places: Any) -> None:
    from django.utils import timezone

    from doudi.register import children
    from doudi.register.beliefs import Belief
    from doudi.register.households import Household
    from doudi.register.persons import Person

    common: dict[str, Any] = {"place_code": "510921110212", "recorded_at": timezone.now()}
    home = Household.objects.create(code="H", **common)
    numbers = {"A": "510999200803071046", "B": "510999200602270006", "C": None, "D": None}
    made = {c: Person.objects.create(code=c, name=c, household=home, id_number=n, **common) for c, n in numbers.items()}
    born = {"B": "2012-01-01", "D": "2006-02-28"}
    for code, day in born.items():
        document = {"birth_date": [day, 1, "national", "2019-01-01"]}
        Belief.objects.create(subject_kind="person", subject_id=made[code].pk, household_id=home.pk,
                              place_code="510921110212", document=document, facts={}, revision=1)  # fmt: skip
    young = {on: {p.code for p in made.values() if p.pk in children.of_household(home.pk, on=on)}
             for on in (date(2020, 2, 27), date(2020, 2, 28), date(2022, 3, 7))}  # fmt: skip
    assert list(young.values()) == [{"A", "B", "D"}, {"A", "B"}, {"B"}]
