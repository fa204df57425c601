"""Writes the language's reference page, and that of `doudi rule eval`, from the tables the tests run.

python -m tests.spec.render
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from doudi.rules import evaluation
from doudi.rules.errors import CAUSE_TEXTS, CAUSES
from tests.spec.tables import Example, Table, read_tables

PAGE = "docs/reference/language.md"
EVAL_PAGE = "docs/reference/rule_eval.md"
_NOTE = "<!-- Written by `python -m tests.spec.render`; change the tables in tests/spec/tables instead. -->"
_HEAD = f"""{_NOTE}

# The rule language

Rules are written in a subset of CEL, the Common Expression Language. Every row below is run by the tests, on every
engine. `…` stands for nothing known. An *error* is an unknown with its cause named; *refused* is what the author of a
rule is told when it is read.
"""


def render() -> str:
    """The language page."""
    return "\n".join([_HEAD, *(_render_table(table) for table in read_tables()), _render_causes()])


def render_eval() -> str:
    """The page of `doudi rule eval`, from the words of the module that answers."""
    note = "<!-- Written by `python -m tests.spec.render` from doudi/rules/evaluation.py. -->"
    return f"{note}\n\n# doudi rule eval\n\n{(evaluation.__doc__ or '').strip()}\n"


def _render_table(table: Table) -> str:
    lines = [f"## {table.title}", "", table.text, ""]
    if table.types:
        lines += [f"Types: `{_plain(table.types)}`", ""]
    lines += ["| rule | facts | answer | |", "|---|---|---|---|", *(_render_row(row) for row in table.examples), ""]
    return "\n".join(lines)


def _render_row(row: Example) -> str:
    given = {**row.case["facts"], **({"params": row.case["params"]} if row.case["params"] else {})}
    cells = (_code(row.case["expr"]), _code(_plain(given)) if given else "…", _render_answer(row), _cell(row.why))
    return f"| {' | '.join(cells)} |"


def _render_answer(row: Example) -> str:
    (kind, found), *_ = row.expected.items()
    if kind == "value":
        return _code(json.dumps(found, ensure_ascii=False))
    if kind == "unknown":
        return "unknown: " + ", ".join(_code(name) for name in found)
    return f"{kind}: {_cell(found)}"


def _render_causes() -> str:
    rows = [
        f"| `{name}` | {number} | {CAUSE_TEXTS[name][0]} | {CAUSE_TEXTS[name][1]} |" for name, number in CAUSES.items()
    ]
    return "\n".join(["## Causes of errors", "", "| cause | code | 中文 | English |", "|---|---|---|---|", *rows, ""])


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def main() -> None:
    """Write both pages."""
    root = Path(__file__).parents[2]
    for page, text in ((PAGE, render()), (EVAL_PAGE, render_eval())):
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
