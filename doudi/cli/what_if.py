"""`doudi whatif`: other numbers or another rule over the whole county; adopting one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, amounts, default_day, now, signed_in
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.policy.proposals import Proposal
    from doudi.policy.what_if import Trial


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Refusal(f"{option} 写作 名称=值,不是“{text}”。", f"Write {option} NAME=VALUE, not “{text}”.")
        found[name.strip()] = value.strip()
    return found


@click.command("whatif")
@click.option(
    "--set", "sets", multiple=True, metavar="NAME=VALUE", help="Another value of a parameter; repeat for more."
)
@click.option("--or", "others", multiple=True, metavar="NAME=VALUE,...", help="One more overlay, in the same pass.")
@click.option("--rule", "rules", multiple=True, metavar="MEASURE.CONDITION=TEXT", help="Another rule for a condition.")
@click.option("--pack", help="A pack's name.")
@click.option("--adopt", is_flag=True, help="Propose the one --set as the county's own; needs --source and --named-by.")
@click.option("--from", "from_day", type=Day(), help="With --adopt: the day it holds from.")
@click.option("--source", default="", help="With --adopt: the document or decision it rests on.")
@click.option("--named-by", default="", help="With --adopt: who decided it.")
@click.option("--second", metavar="USERNAME", help="With --adopt: who adopts it at once, by their own password.")
@click.option("--password-stdin", is_flag=True, help="With --second: read that password from the first line of stdin.")
@frame.json_option
@click.pass_context
def what_if_command(
    ctx: click.Context,
    sets: tuple[str, ...],
    others: tuple[str, ...],
    rules: tuple[str, ...],
    pack: str | None,
    adopt: bool,
    from_day: date | None,
    source: str,
    named_by: str,
    second: str | None,
    password_stdin: bool,
) -> None:
    """Who gains, who loses and what it costs, were a number or a rule another one. Nothing is stored unless proposed.

    With --adopt the number waits for a second person (doudi pack adopt), unless --second names one here.
    """
    overlay = _pairs(sets, "--set")
    if not overlay and not rules:
        raise Refusal("请用 --set 或 --rule 写明要试什么。", "Say what to try, with --set or --rule.")
    frame.open_home(ctx)
    if adopt:
        other = signed_in(second, from_stdin=password_stdin) if second else None
        made = _propose(overlay, rules, pack=pack, from_day=from_day, source=source, named_by=named_by)
        _answer(ctx, made, other)
        return
    from doudi.policy import what_if

    overlays = [overlay, *(_pairs(tuple(other.split(",")), "--or") for other in others)]
    trials = what_if.try_out(overlays, rules=_pairs(rules, "--rule"), pack=pack)
    frame.answer(
        ctx,
        {"trials": [asdict(trial) for trial in trials]},
        "\n\n".join(_told(trial, amounts(pack)) for trial in trials),
    )


def _propose(
    overlay: dict[str, str],
    rules: tuple[str, ...],
    *,
    pack: str | None,
    from_day: date | None,
    source: str,
    named_by: str,
) -> Proposal:
    if len(overlay) != 1 or rules:
        raise Refusal("一次采用一个参数:一个 --set。", "Adopt one parameter at a time: one --set.")
    from doudi.policy import what_if

    ((name, value),) = overlay.items()
    day = from_day or default_day()
    given: dict[str, Any] = {"source": source, "named_by": named_by, "by": actor(), "now": now(), "pack": pack}
    return what_if.propose(name, value, from_day=day, **given)


def _answer(ctx: click.Context, made: Proposal, second: str | None) -> None:
    """Say that it waits; or where a second person is named and gave their password, adopt it."""
    named = {"proposal": made.pk, "pack": made.pack_name, **made.change}
    title = f"{made.change['parameter']} = {made.change['value']}"
    if second is None:
        told = (
            f"proposed {title} (proposal {made.pk}). It waits for another person: doudi pack adopt {made.pk} --as NAME"
        )
        frame.answer(ctx, {**named, "adopted": False}, told)
        return
    from doudi.policy import proposals

    version = proposals.adopt(made, by=second, now=now())
    payload = {**named, "adopted": True, "hash": version.hash, "based_on": version.based_on}
    frame.answer(ctx, payload, f"adopted {title}: {version}. It decides from the next run on: doudi run")


def _told(trial: Trial, yuan: Callable[[int], str]) -> str:
    lines = [f"against run {trial.run}: {trial.command}"]
    for each in trial.effects:
        budget = f", budget {yuan(each.budget_fen)}" if each.budget_fen is not None else ""
        over = " OVER BUDGET" if each.budget_fen is not None and each.amount_fen > each.budget_fen else ""
        lines.append(
            f"{each.measure}: {each.yes_before} -> {each.yes} yes ({each.gains} gain, {each.loses} lose, "
            f"{each.unknown} unknown), {yuan(each.amount_before_fen)} -> {yuan(each.amount_fen)}{budget}{over}"
        )
        lines += [
            f"    {town.code}  +{town.gains} -{town.loses}  {yuan(town.change_fen)}"
            for town in each.towns
            if town.gains or town.loses or town.change_fen
        ]
    return "\n".join(lines) if trial.effects else lines[0] + "\nno measure reads this"


commands = [what_if_command]
