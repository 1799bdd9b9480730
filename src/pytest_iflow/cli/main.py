"""The command ``pytest-iflow``; each sub-command is a module of this package."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from pytest_iflow.cli.accept import accept
from pytest_iflow.cli.doctor import doctor
from pytest_iflow.cli.endpoints import endpoints
from pytest_iflow.cli.invoke import invoke
from pytest_iflow.cli.report import report
from pytest_iflow.cli.serve import serve
from pytest_iflow.cli.steps import steps
from pytest_iflow.cli.token import token
from pytest_iflow.cli.verify import verify

app = typer.Typer(
    name="pytest-iflow",
    help="End-to-end tests of SAP Cloud Integration.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("accept")(accept)
app.command("doctor")(doctor)
app.command("endpoints")(endpoints)
app.command("invoke")(invoke)
app.command("report")(report)
app.command("serve")(serve)
app.command("steps")(steps)
app.command("token")(token)
app.command("verify")(verify)


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
