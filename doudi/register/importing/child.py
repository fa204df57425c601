"""Reads a file's cells and writes them as JSON lines; run as a process of its own, which a bad file may kill.

`python -m doudi.register.importing.child FILE NAME book|text`: exit 0 and `[sheet, row number, [text, ...]]` a line,
or exit 2 and, on stderr, one object with `zh` and `en`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from doudi.values.refusals import Refusal


def main(path: str, name: str, form: str) -> int:
    """Write every row; a file that is no table is told in words."""
    out = sys.stdout.buffer
    try:
        if form == "book":
            from doudi.register.importing import workbooks

            for row in workbooks.rows(Path(path)):
                out.write(orjson.dumps(row) + b"\n")
        else:
            from doudi.register.importing import delimited

            for number, cells in delimited.rows(name, Path(path).read_bytes()):
                out.write(orjson.dumps(("", number, cells)) + b"\n")
    except Refusal as refusal:
        sys.stderr.buffer.write(orjson.dumps({"zh": refusal.zh, "en": refusal.en}) + b"\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
