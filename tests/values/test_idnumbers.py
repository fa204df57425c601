"""Identity numbers: the forms people write them in, and what each turns out to be."""

from __future__ import annotations

import datetime

import pytest

from doudi.values import idnumbers
from doudi.values.idnumbers import Standing

SOUND = "510999196001010015"  # an unassigned prefix with a right check digit
KNOWN = ["11010519491231002X", "440524188001010014", SOUND]

WRITTEN = [
    ("as issued", SOUND, Standing.SOUND, SOUND),
    ("a small x", "11010519491231002x", Standing.SOUND, "11010519491231002X"),
    ("full-width digits", "５１０９９９１９６００１０１００１５", Standing.SOUND, SOUND),
    ("full-width X", "１１０１０５１９４９１２３１００２Ｘ", Standing.SOUND, "11010519491231002X"),
    ("spaces", " 510999 19600101 0015\u3000", Standing.SOUND, SOUND),
    ("a spreadsheet's apostrophe", f"'{SOUND}", Standing.SOUND, SOUND),
    ("a spreadsheet's formula", f'="{SOUND}"', Standing.SOUND, SOUND),
    ("an invisible mark", f"\ufeff{SOUND}\u200b", Standing.SOUND, SOUND),
    ("a disability certificate", SOUND + "43", Standing.CERTIFICATE, SOUND),
    ("a certificate issued again", SOUND + "43B1", Standing.CERTIFICATE, SOUND),
    ("fifteen digits of old", "510999600101001", Standing.OLD, ""),
    ("no number yet", "999999196001010014", Standing.NOT_ISSUED, ""),
    ("cut by a spreadsheet", "510999196001010000", Standing.TRUNCATED, ""),
    ("cut by a spreadsheet, as a number", "5.1099919600101E+17", Standing.TRUNCATED, ""),
    ("cut, with a check digit right by chance", "510999196001013000", Standing.TRUNCATED, ""),
    ("a wrong check digit", "510999196001010016", Standing.WRONG, ""),
    ("no such day", "510999196002300011", Standing.WRONG, ""),
    ("seventeen digits", "51099919600101001", Standing.WRONG, ""),
    ("nineteen digits", SOUND + "4", Standing.WRONG, ""),
    ("a category no certificate has", SOUND + "83", Standing.WRONG, ""),
    ("letters", "abc", Standing.WRONG, ""),
    ("nothing", "", Standing.WRONG, ""),
    ("digits of another script", "٥١٠٩٩٩١٩٦٠٠١٠١٠٠١٥", Standing.WRONG, ""),
    ("a megabyte", "1" * 1_000_000, Standing.WRONG, ""),
]


@pytest.mark.parametrize(("case", "written", "standing", "number"), WRITTEN, ids=[case for case, *_ in WRITTEN])
def test_a_written_number_is_what_it_is(case: str, written: str, standing: Standing, number: str) -> None:
    found = idnumbers.read(written)
    assert (found.standing, found.number) == (standing, number)
    assert bool(found.why_zh and found.why_en) == (standing in (Standing.WRONG, Standing.TRUNCATED))


@pytest.mark.parametrize("number", KNOWN)
def test_the_check_digit_notices_every_single_wrong_digit_and_every_swap(number: str) -> None:
    assert idnumbers.check_digit(number[:17]) == number[17]
    for place in range(17):
        for digit in "0123456789".replace(number[place], ""):
            assert idnumbers.check_digit(number[:place] + digit + number[place + 1 : 17]) != number[17]
        swapped = number[:place] + number[place + 1 : place + 2] + number[place] + number[place + 2 :]
        if place < 16 and swapped != number:
            assert idnumbers.check_digit(swapped[:17]) != number[17]


def test_birth_and_sex_stand_in_the_number() -> None:
    found = idnumbers.read(SOUND)
    assert (found.birth_date, found.sex) == (datetime.date(1960, 1, 1), "male")
    assert idnumbers.read("11010519491231002X").sex == "female"
    assert idnumbers.read("510999600101001").birth_date is None
