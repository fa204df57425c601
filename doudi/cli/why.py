"""`doudi why`: the reasons of a household's verdicts, with the source of every fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from doudi.cli import frame
from doudi.cli.options import amounts, household_id, subject_option

if TYPE_CHECKING:
    from doudi.policy.reasons import Reason
    from doudi.policy.why import Explanation

MARKS = {0: "✗", 1: "✓", 2: "?", 3: "!", None: "·"}
VERDICTS = {0: "no / 不符合", 1: "yes / 符合", 2: "not yet known / 待核"}


@click.command("why")
@click.argument("household")
@click.option("--measure", help="One measure only; all that speak of the household and its members otherwise.")
@subject_option
@frame.json_option
@click.pass_context
def why_command(ctx: click.Context, household: str, measure: str | None, subject: tuple[str, int] | None) -> None:
    """Why each measure says what it says of HOUSEHOLD, its members, loans and hires."""
    frame.open_home(ctx)
    from doudi.policy import why

    number = household_id(household)
    wanted = [
        each
        for each in why.verdicts_of(number)
        if measure in (None, each["measure"]) and subject in (None, (each["kind"], each["subject_id"]))
    ]
    if measure and not wanted:
        why.explain("household", number, measure, reader=None)  # refuses, with the measures there are
    told = [why.explain(each["kind"], each["subject_id"], each["measure"], reader=None) for each in wanted]
    text = "\n\n".join(_told(each, amounts()) for each in told)
    frame.answer(ctx, {"household": number, "verdicts": [asdict(each) for each in told]}, text or "No verdict yet.")


def _told(each: Explanation, told_amount: Callable[[int], str]) -> str:
    amount = f"  {told_amount(each.amount_fen)}" if each.amount_fen is not None else ""
    clause = f"({each.document_zh}, {each.clause})"
    marks = [word for word, on in (("contested", each.contested), ("stale", each.stale), ("moved", each.moved)) if on]
    lines = [
        f"{each.kind}:{each.subject_id} {each.label}  {each.measure}  {each.title_zh} / {each.title_en}",
        "  ".join([f"  {VERDICTS[each.verdict]}{amount}", clause, *marks]),
    ]
    lines += [line for reason in each.conditions for line in _lines(reason, 1)]
    if each.line is not None:
        lines += _lines(each.line, 1)
    if each.changes:
        lines.append("  what would change it / 什么会改变这个结论:")
        lines += [f"    - {change.zh} / {change.en}" for change in each.changes]
    return "\n".join(lines)


def _lines(reason: Reason, depth: int) -> list[str]:
    found = f": {reason.value_zh} / {reason.value_en}" if reason.value_zh else ""
    source = ""
    if reason.source is not None:
        day = f" {reason.source.about}" if reason.source.about else ""
        number = f" #{reason.source.statement_id}" if reason.source.statement_id else ""
        source = f"  [{reason.source.zh}{day}{number}]"
        source += "".join(f" {{另说 {value}: {name}}}" for value, name, _ in reason.source.others)
    source += "".join(f"  [{deed.zh}]" for deed in reason.deeds)
    own = f"{'  ' * depth}{MARKS[reason.verdict]} {reason.zh} / {reason.en}{found}{source}"
    return [own, *(line for child in reason.children for line in _lines(child, depth + 1))]


commands = [why_command]
