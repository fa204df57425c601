"""`doudi`: every command, each loaded when it is asked for."""

from __future__ import annotations

import importlib
import sys

import click

from doudi.values.refusals import Refusal

# command: the module beside this one that holds it, in the order of the help
COMMANDS = {
    "serve": "serving",
    "demo": "demo",
    "init": "founding",
    "account": "accounts",
    "import": "imports",
    "run": "runs",
    "runs": "runs",
    "diff": "runs",
    "why": "why",
    "questions": "questions",
    "answer": "questions",
    "whatif": "what_if",
    "replay": "runs",
    "pack": "packs",
    "rule": "rules",
    "backup": "backups",
    "restore": "backups",
    "bench": "bench",
    "doctor": "doctor",
}


class Doudi(click.Group):
    """The group, whose commands are looked up in the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands this installation has."""
        return [name for name, module in COMMANDS.items() if importlib.util.find_spec(f"doudi.cli.{module}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its module's `commands`."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"doudi.cli.{COMMANDS[cmd_name]}")
        return next((command for command in module.commands if command.name == cmd_name), None)


@click.group(cls=Doudi, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="doudi")
def doudi() -> None:
    """Doudi (兜底): decide who gets what, say why, ask what is not known."""


def main() -> None:
    """Run a command. A refusal is told on stderr and ends with 2; so does a wrong option."""
    try:
        doudi(prog_name="doudi")
    except Refusal as refusal:
        click.echo(f"doudi: {refusal}", err=True)
        sys.exit(2)
