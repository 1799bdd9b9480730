"""The command ``pytest-iflow``; each sub-command is a module of this package, imported when it is called."""

from __future__ import annotations

import keyword
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "init": "Make a suite that passes at once on the local tenant.",
    "import": "Make a suite of a collection that is there already.",
    "steps": "List the phrases that a feature may use.",
    "lint": "Find what is wrong in the features, without a tenant.",
    "doctor": "Find out what does not work between here and an iFlow.",
    "endpoints": "List the endpoints of a tenant.",
    "token": "Request an access token, and explain what it says.",
    "invoke": "Call an iFlow, and see what became of the message.",
    "serve": "Run a local tenant of Cloud Integration until Ctrl-C.",
    "model": "Show what an exported iFlow is made of, and what changed.",
    "mock": "Say how receivers of a real tenant are led to a mock.",
    "load": "Put load on a tenant: many users run scenarios at once.",
    "record": "Record calls, made anonymous, as a suite.",
    "golden": "Add ignore rules where answers differ from golden messages.",
    "report": "Make Allure reports, merge shards, tell what changed.",
    "accept": "Accept or reject a run: a signed record with its evidence.",
    "verify": "Verify an acceptance record, and who signed it.",
}
"""What ``pytest-iflow --help`` lists, in the order in which a suite meets them.

A command is the function with the name of its module; behind a word of Python stands an underscore.
"""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002, given by typer
        """Return the names of all commands."""
        return list(COMMANDS)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete names of commands without importing the commands, and options of this one."""
        if incomplete.startswith("-"):
            return list(super().shell_complete(ctx, incomplete))
        names = TyperGroup(commands={name: TyperCommand(name, help=said) for name, said in COMMANDS.items()})
        return list(names.shell_complete(names.make_context("", [""], resilient_parsing=True), incomplete))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002, given by typer
        """Import the module of a command, and return it; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        from pytest_iflow.reporting.console_text import escape_missing_characters

        escape_missing_characters(sys.stdout, sys.stderr)
        command = typer.Typer(add_completion=False, rich_markup_mode=None)
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command.command(cmd_name)(getattr(import_module(f"pytest_iflow.cli.{name}"), name))
        return typer.main.get_command(command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002, given by typer
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=_Commands,
    name="pytest-iflow",
    help="End-to-end tests of SAP Cloud Integration.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pytest-iflow {version('pytest-iflow')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """End-to-end tests of SAP Cloud Integration."""


if __name__ == "__main__":
    app()
