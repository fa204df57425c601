"""`doudi questions`, `doudi answer`: what still decides something, and answering it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, amounts, default_day, household_id, now, subject_option
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.policy.questions import Question


@click.command("questions")
@click.argument("household", required=False)
@click.option("--village", help="A village's twelve-digit code: the questions that settle most there.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many, for a village.")
@frame.json_option
@click.pass_context
def questions_command(ctx: click.Context, household: str | None, village: str | None, most: int) -> None:
    """The facts that can still change a verdict, best first. HOUSEHOLD is a household's code or number."""
    if bool(household) == bool(village):
        raise Refusal("请给出一户,或用 --village 给出一个村。", "Name a household, or a village with --village.")
    frame.open_home(ctx)
    from doudi.policy import questions

    if household:
        number = household_id(household)
        found = questions.of_household(number)
        payload: dict[str, Any] = {"household": number}
    else:
        found = questions.of_village(str(village), most=most)
        payload = {"village": village}
    frame.answer(ctx, {**payload, "questions": [asdict(each) for each in found]}, _told(found))


def _told(found: list[Question]) -> str:
    if not found:
        return "Nothing is open: every verdict is decided by what is known."
    return "\n".join(_line(number, each) for number, each in enumerate(found, 1))


def _line(number: int, each: Question) -> str:
    whom = f"{each.kind}:{each.subject_id}" if each.households == 1 else f"{each.households} households"
    stake = f", up to {amounts()(each.stake_fen)}" if each.stake_fen else ""
    choices = f"  [{' / '.join(choice[0] for choice in each.choices)}]" if each.choices else ""
    return (
        f"{number:>3}. {whom} {each.fact} ({each.type}): {each.text_zh} / {each.text_en}{choices}\n"
        f"     asks {', '.join(each.asks)}; decides {', '.join(each.decides)}{stake}"
    )


@click.command("answer")
@click.argument("household")
@click.argument("fact")
@click.argument("value")
@click.option("--source", required=True, help="Who says so: household, field, village, bureau, bank, ...")
@click.option("--about", type=Day(), help="The day spoken of; today, or in a demonstration the day of the report.")
@click.option("--key", type=click.UUID, help="The command's own key: sent twice, it is carried out once.")
@subject_option
@frame.json_option
@click.pass_context
def answer_command(
    ctx: click.Context,
    household: str,
    fact: str,
    value: str,
    source: str,
    about: date | None,
    key: UUID | None,
    subject: tuple[str, int] | None,
) -> None:
    """Answer one question about HOUSEHOLD and decide it again. FACT is its key, as wage_income@2019."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.policy import answers

    number = household_id(household)
    with transaction.atomic(), as_engine():
        done = answers.record(
            number,
            fact,
            value,
            source=source,
            by=actor(),
            about=about or default_day(),
            now=now(),
            subject=subject,
            key=key,
        )
    payload = {
        "household": number,
        "statement": done.statement_id,
        "changed": [
            dict(zip(("kind", "subject", "measure", "before", "after"), each, strict=True)) for each in done.changed
        ],
        "stale": list(done.stale),
        "questions": [asdict(each) for each in done.questions],
    }
    frame.answer(ctx, payload, _done(payload, done.questions))


_VERDICTS = {None: "not decided", 0: "no", 1: "yes", 2: "not yet known"}


def _done(payload: dict[str, Any], left: tuple[Question, ...]) -> str:
    lines = [
        f"{each['kind']}:{each['subject']} {each['measure']}: {_VERDICTS[each['before']]} -> {_VERDICTS[each['after']]}"
        for each in payload["changed"]
    ] or ["Recorded. No verdict changed."]
    lines += [f"the line of {name} in the village is drawn again by the next run" for name in payload["stale"]]
    return "\n".join([*lines, "", _told(list(left))])


commands = [questions_command, answer_command]
