"""Which test meets which case of the reliability notes' list of bad input (section 7): one place.

Each case names its tests (`file::function`), or says why these doors do not meet it. `docs/reference/bad_input.md` is
written from it; a test keeps it true.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

HOSTILE, IMPORTING, NATIONAL = (
    "register/test_hostile_files.py",
    "register/test_importing.py",
    "register/test_national.py",
)
NASTY, FUZZ, SIGN_IN = "web/test_nasty.py", "web/test_fuzz.py", "web/test_sign_in.py"
IMPORTS, EXPORTS, BOOKS, DOORS = (
    "web/test_imports.py",
    "web/test_exports.py",
    "register/test_books.py",
    "web/test_doors.py",
)
TABLES, SHEETS = "register/test_doors.py", "web/test_check_books.py"
NUMBERS, RETURNS, FACTOR = "values/test_idnumbers.py", "web/test_returns.py", "web/test_second_factor.py"
READ = f"{HOSTILE}::test_a_cell_is_read_as_it_is_meant"
UNREAD = f"{HOSTILE}::test_a_cell_that_says_nothing_sure_is_never_guessed"
LINE = f"{HOSTILE}::test_one_bad_line_is_one_bad_row"
TURNS = f"{HOSTILE}::test_text_that_turns_or_controls_is_refused"
UNSEEN = f"{HOSTILE}::test_text_is_kept_without_what_nobody_sees"
NO_TABLE = f"{HOSTILE}::test_a_file_that_is_no_table_is_refused_in_words"
REFUSED = f"{IMPORTING}::test_a_hostile_file_is_refused_in_words_and_writes_nothing"
QUERY, ANSWER = f"{NASTY}::test_no_query_breaks_a_page", f"{NASTY}::test_no_answer_breaks_the_form"
ADDRESS, EVERY = f"{NASTY}::test_no_address_breaks_a_page", f"{FUZZ}::test_nothing_breaks"
FORMULA = f"{BOOKS}::test_no_cell_is_a_formula_or_a_link"
ID = f"{NUMBERS}::test_a_written_number_is_what_it_is"
WRITTEN = f"{IMPORTING}::test_a_table_is_read_as_offices_save_it"
PHONE = "monitoring/test_door.py"
PART = f"{PHONE}::test_a_part_that_is_wrong_is_named_and_nothing_is_written"
NO_OBJECT = f"{PHONE}::test_what_is_no_object_is_refused"
PHOTO = f"{PHONE}::test_a_photograph_is_kept_once_and_without_where_it_was_taken"
NO_PHOTO = f"{PHONE}::test_what_is_no_photograph_is_refused"


class Case(NamedTuple):
    """A case of the list: its number, what it is, its tests, or why not."""

    number: int
    what: str
    tests: tuple[str, ...] = ()
    why_not: str = ""


CASES = [
    # A: any text field
    Case(1, "NUL in a text", (TURNS, ANSWER, QUERY, REFUSED)),
    Case(2, "lone surrogate", (TURNS, QUERY, ANSWER)),
    Case(
        3,
        "text turned right to left in a name",
        (TURNS, f"{BOOKS}::test_control_characters_and_turned_text_do_not_leave"),
    ),
    Case(4, "zero-width characters", (UNSEEN,)),
    Case(5, "full-width space", (UNSEEN,)),
    Case(6, "decomposed accents", (UNSEEN,)),
    Case(7, "rare characters", (UNSEEN, ANSWER)),
    Case(
        8,
        "middle dots of many kinds match",
        (
            f"{TABLES}::test_a_name_is_one_whichever_dot_it_is_written_with",
            f"{DOORS}::test_a_name_is_found_whichever_dot_it_is_written_with",
        ),
    ),
    Case(9, "ten megabytes in a field", (f"{SIGN_IN}::test_a_password_of_ten_megabytes_is_refused_unread", LINE)),
    Case(10, "markup", (ANSWER, EVERY)),
    Case(11, "templates and formats", (ANSWER, EVERY)),
    Case(
        12,
        "a cell that begins like a formula",
        (FORMULA, f"{IMPORTING}::test_what_stays_out_is_a_file_that_no_spreadsheet_runs"),
    ),
    Case(13, "emoji and joiners", (QUERY, ANSWER)),
    Case(14, "a line break in a name", (UNSEEN, ANSWER)),
    Case(15, "a name that is null, NaN, 无, 不详", (LINE, f"{TABLES}::test_a_name_that_is_no_name_is_refused")),
    # B: numbers and money
    Case(16, "full-width digits", (READ,)),
    Case(17, "Arabic digits", (UNREAD,)),
    Case(18, "low lines in a number", (UNREAD,)),
    Case(19, "exponents", (UNREAD,)),
    Case(20, "thousands separators", (READ,)),
    Case(21, "less than a fen", (UNREAD,)),
    Case(22, "minus nothing", (READ,)),
    Case(23, "a negative amount", (UNREAD,)),
    Case(24, "two to the 31st", (EVERY,)),
    Case(25, "two to the 63rd", (UNREAD, QUERY)),
    Case(26, "five thousand digits", (UNREAD,)),
    Case(27, "NaN, Infinity, 1e400", (UNREAD, QUERY)),
    Case(28, "12.0 for a count", (READ,)),
    Case(29, "the wrong unit", (f"{HOSTILE}::test_an_amount_in_the_wrong_unit_is_held",)),
    Case(30, "100元, 约100, 100-200", (READ, UNREAD)),
    Case(31, "percentages", (UNREAD,)),
    Case(32, "a total that is not the sum", (f"{NATIONAL}::test_a_total_unlike_the_sum_of_its_parts_is_told",)),
    # C: dates
    Case(33, "30 February", (UNREAD, f"{IMPORTS}::test_a_day_that_is_none_is_told_at_its_field")),
    Case(34, "0000-00-00", (UNREAD,)),
    Case(
        35,
        "a spreadsheet's day number",
        (UNREAD, f"{SHEETS}::test_numbers_and_days_of_a_spreadsheet_are_read_as_they_are_meant"),
    ),
    Case(
        36, "a workbook that counts from 1904", (f"{HOSTILE}::test_days_are_read_in_either_epoch_and_numbers_as_text",)
    ),
    Case(37, "days as offices write them", (READ, UNREAD)),
    Case(38, "02/03/2020", (UNREAD, f"{IMPORTS}::test_a_day_that_is_none_is_told_at_its_field")),
    Case(39, "year 1", (UNREAD,)),
    Case(40, "year 9999", (UNREAD, QUERY)),
    Case(41, "an hour that never was", (READ,)),
    Case(
        42,
        "born after the day spoken of, 140 years old (a check with its examples)",
        ("policy/test_packs_check.py::test_the_shipped_packs_are_whole",),
    ),
    Case(43, "a day to come", (f"{IMPORTS}::test_a_day_that_is_none_is_told_at_its_field",)),
    # D: identity numbers, phones, accounts
    Case(44, "small or full-width x", (ID, LINE)),
    Case(45, "a number of fifteen digits", (ID, LINE)),
    Case(46, "5.10921E+17", (ID,)),
    Case(47, "a number that ends in 000", (ID,)),
    Case(48, "a number kept as a figure", (f"{IMPORTING}::test_a_workbook_is_read_like_a_table",)),
    Case(49, "apostrophe and spaces before it", (ID, LINE)),
    Case(50, "a wrong check digit", (ID,)),
    Case(51, "an impossible day inside", (ID, LINE)),
    Case(52, "a day or sex unlike the column", (LINE,)),
    Case(
        53,
        "one number twice, two numbers of one person",
        (
            f"{HOSTILE}::test_a_second_number_for_one_name_and_a_passport",
            f"{IMPORTING}::test_a_row_that_stays_out_says_why_and_the_others_go_in",
        ),
    ),
    Case(54, "somebody who died", (f"{TABLES}::test_a_number_of_somebody_dead_is_held",)),
    Case(55, "other papers, none yet", (f"{HOSTILE}::test_a_second_number_for_one_name_and_a_passport", LINE)),
    Case(56, "telephones", (READ,)),
    Case(
        57,
        "bank accounts",
        (
            f"{NATIONAL}::test_account_numbers_are_looked_at_and_never_kept",
            f"{NATIONAL}::test_an_account_of_three_households_is_told_of_nobody",
        ),
    ),
    # E: JSON, and what a telephone sends
    Case(58, "nesting without end", (f"{PHONE}::test_nesting_is_refused",)),
    Case(59, "a key twice in one object", (f"{PHONE}::test_a_key_that_stands_twice_is_refused",)),
    Case(60, "NUL written as an escape", (PART,)),
    Case(61, "__proto__", (PART,)),
    Case(62, "an array, a number, null instead of an object", (NO_OBJECT,)),
    Case(
        63,
        "another content type, UTF-16, a byte order mark",
        (NO_OBJECT, f"{PHONE}::test_another_content_type_is_refused"),
    ),
    Case(64, "a gzip bomb", (f"{PHONE}::test_a_packed_body_is_not_unpacked",)),
    Case(65, "a length that lies", (f"{PHONE}::test_a_length_that_lies_is_no_failure",)),
    Case(
        66,
        "the same key with another content",
        ("monitoring/test_kept_work.py::test_an_id_with_another_content_is_refused_and_kept",),
    ),
    Case(67, "a key of another person", ("monitoring/test_sync.py::test_an_id_of_somebody_else_is_refused",)),
    Case(
        68,
        "a key that is no UUID, nil, in capitals",
        (f"{PHONE}::test_an_id_that_is_none_is_refused", f"{PHONE}::test_an_id_in_capitals_is_the_same_id"),
    ),
    Case(
        69,
        "too many commands, one bad among them",
        (f"{PHONE}::test_a_body_too_large_is_told_so", "monitoring/test_sync.py::test_one_bad_command_fails_alone"),
    ),
    Case(70, "out of order", ("monitoring/simulator/test_simulator.py::test_ten_thousand_operations",)),
    Case(71, "a version older, newer, unknown", (f"{PHONE}::test_a_version_older_newer_or_unknown_is_no_failure",)),
    Case(72, "unknown parts: is_superuser, area, approved_by", (PART,)),
    Case(
        73,
        "a household that changed hands, or is out of scope",
        ("monitoring/test_kept_work.py::test_what_comes_late_is_kept_for_whoever_stands_by_the_household_now",),
    ),
    Case(74, "a clock of 1970, 2038, ten years on", (f"{PHONE}::test_a_clock_that_is_wrong_is_set_right_and_kept",)),
    Case(
        75,
        "a token revoked, or on two telephones",
        (
            "monitoring/test_sync.py::test_a_token_that_is_none_is_told_why",
            f"{PHONE}::test_a_token_on_two_telephones_is_one_device",
        ),
    ),
    Case(
        76,
        "a photograph before its check, twice",
        (f"{PHONE}::test_a_photograph_before_or_after_its_check_is_shown_with_it", PHOTO),
    ),
    Case(
        77, "a telephone of an older release", (f"{PHONE}::test_a_version_older_newer_or_unknown_is_no_failure", PART)
    ),
    # F: files
    Case(78, "a zip bomb", (REFUSED, NO_TABLE)),
    Case(79, "one cell far away", (REFUSED,)),
    Case(80, "a million rows", (f"{TABLES}::test_more_rows_than_may_be_are_refused",)),
    Case(81, "a wrong dimension", (f"{HOSTILE}::test_a_wrong_dimension_loses_no_row",)),
    Case(82, "billion laughs, XXE", (f"{HOSTILE}::test_a_document_type_is_refused_wherever_it_stands",)),
    Case(
        83,
        "renamed, cut, locked, old workbooks",
        (
            NO_TABLE,
            REFUSED,
            f"{HOSTILE}::test_an_old_workbook_and_one_with_macros_are_read_like_any",
            f"{HOSTILE}::test_a_workbook_without_its_list_of_types_is_read_or_refused",
        ),
    ),
    Case(
        84,
        "a formula without its result, #REF!",
        (f"{HOSTILE}::test_a_formula_without_its_result_and_an_error_hold_the_row",),
    ),
    Case(
        85,
        "merged, hidden, totals, notes, twice",
        (
            f"{HOSTILE}::test_merged_cells_two_header_rows_totals_and_notes",
            f"{HOSTILE}::test_hidden_sheets_are_left_out_and_hidden_rows_are_rows",
            f"{NATIONAL}::test_columns_of_one_name_that_disagree_hold_the_row",
        ),
    ),
    Case(86, "GBK, GB18030, BOM, UTF-16", (WRITTEN,)),
    Case(87, "a quotation mark without its partner", (LINE, NO_TABLE)),
    Case(88, "NUL, an endless cell", (LINE, NO_TABLE)),
    Case(89, "other separators", (WRITTEN,)),
    Case(90, "archives that reach outside, too many parts", (NO_TABLE,)),
    Case(91, "pictures without end", (NO_PHOTO,)),
    Case(92, "SVG with a script, polyglots", (f"{TABLES}::test_a_drawing_is_no_table",)),
    Case(93, "odd file names", (f"{IMPORTS}::test_a_name_is_only_ever_text",)),
    Case(
        94,
        "nothing, too much, twice, last month's",
        (
            REFUSED,
            f"{IMPORTING}::test_the_very_same_table_is_taken_once",
            f"{IMPORTS}::test_the_same_file_again_says_who_took_it_in",
        ),
    ),
    Case(95, "where a picture was taken", (PHOTO,)),
    # G: addresses, search, lists
    Case(96, "impossible pages", (QUERY, f"{IMPORTS}::test_no_question_breaks_the_preview")),
    Case(
        97,
        "order or filter by what is not theirs",
        (
            f"{DOORS}::test_no_order_and_no_filter_reaches_beyond_the_list",
            f"{EXPORTS}::test_a_village_officers_table_holds_only_the_village_even_with_filters_made_by_hand",
        ),
    ),
    Case(98, "%, _, very long searches", (QUERY, f"{DOORS}::test_a_search_of_a_megabyte_is_answered")),
    Case(99, "a parameter twice", (f"{DOORS}::test_a_parameter_twice_is_one_question",)),
    Case(
        100,
        "odd paths, hosts, methods",
        (
            ADDRESS,
            f"{DOORS}::test_a_host_that_is_not_ours_is_refused",
            f"{DOORS}::test_no_header_changes_the_method_or_the_door",
        ),
    ),
    # H: sessions, forms, exports
    Case(
        101,
        "posts from elsewhere, too many fields",
        (
            f"{SIGN_IN}::test_a_post_from_another_site_is_refused",
            f"{SIGN_IN}::test_a_form_without_its_mark_is_told_so",
            f"{SIGN_IN}::test_ten_thousand_fields_are_refused",
        ),
    ),
    Case(
        102,
        "twice, two tabs, one's own",
        (
            f"{IMPORTS}::test_what_another_tab_closed_stays_closed",
            f"{RETURNS}::test_the_same_file_twice_says_so",
            f"{EXPORTS}::test_the_database_itself_refuses_ones_own_word_and_a_file_nobody_allowed",
            f"{EXPORTS}::test_a_duty_that_ended_no_longer_fetches",
        ),
    ),
    Case(
        103,
        "passwords, codes and twins",
        (
            f"{SIGN_IN}::test_a_password_of_ten_megabytes_is_refused_unread",
            f"{SIGN_IN}::test_long_passwords_are_whole",
            f"{SIGN_IN}::test_twins_of_a_name_are_one_account",
            f"{SIGN_IN}::test_fifty_guesses_at_once_count_as_fifty",
            f"{FACTOR}::test_a_code_works_once",
        ),
    ),
    Case(
        104,
        "too many rows, ids as text, another's link",
        (
            f"{BOOKS}::test_more_rows_than_a_sheet_holds_are_refused_before_a_line_is_written",
            f"{BOOKS}::test_identity_numbers_keep_every_digit_through_our_own_reader",
            f"{EXPORTS}::test_a_link_belongs_to_who_asked",
        ),
    ),
]
COVERED = [*range(1, 105)]


def page() -> str:
    """The table as Markdown."""
    lines = [
        "# Bad input: which test meets which case",
        "",
        "Written by `make docs` from `tests/bad_input.py`. The numbers are those of the reliability notes, section 7.",
        "",
        "| no. | case | tests |",
        "|---|---|---|",
    ]
    for case in CASES:
        told = "<br>".join(f"`{each.replace('::test_', ': ')}`" for each in case.tests) or case.why_not
        lines.append(f"| {case.number} | {case.what} | {told} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the page."""
    place = Path(__file__).parents[1] / "docs" / "reference" / "bad_input.md"
    place.write_text(page(), encoding="utf-8")
