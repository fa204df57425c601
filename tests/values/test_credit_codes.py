"""Credit codes as GB 32100-2015 writes them: codes in use, each single sign changed, signs that never occur."""

from __future__ import annotations

import pytest

from doudi.values import credit_codes
from doudi.values.refusals import Refusal

REAL = "91350100M000100Y43"  # the example of the standard


def test_the_standards_own_example_is_read() -> None:
    assert credit_codes.read(" 91350100 m000100y43 ") == REAL


@pytest.mark.parametrize("at", range(18))
def test_one_changed_sign_is_noticed(at: int) -> None:
    for sign in credit_codes.SIGNS:
        if sign != REAL[at]:
            with pytest.raises(Refusal):
                credit_codes.read(REAL[:at] + sign + REAL[at + 1 :])


@pytest.mark.parametrize("text", ["", "9135", REAL + "0", "9135O100M000100Y43", "91350100М000100Y43", "１" * 18])
def test_what_is_no_code_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal) as told:
        credit_codes.read(text)
    assert told.value.zh
    assert told.value.where == "credit_code"
