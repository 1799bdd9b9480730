"""``pytest-iflow mock``: how the receivers of a flow on a real tenant could be led to a mock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command
from pytest_iflow.errors import ConfigurationError, ExitCode
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.mock_plan import ReceiverPlan, mock_plan
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.reporting.console_text import console_text, masked_json

_PLAN = "plan"


def mock(
    task: Annotated[str, typer.Argument(metavar="plan", help="What to do; there is only this.")],
    path: Annotated[
        Path, typer.Argument(metavar="FLOW.zip", help="Zip of a flow or of a package, or its folder.")
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Say which parameters lead the receivers of a flow on a real tenant to a mock; nothing is changed.

    On the local tenant nothing of this is needed: there receivers answer as a scenario says.

    Examples: pytest-iflow mock plan orders.zip; pytest-iflow mock plan package.zip --json

    Exit code 0: all receivers can be led to a mock; 1: some cannot; 2: the zip cannot be read.
    """
    with errors_end_command():
        if task != _PLAN:
            raise ConfigurationError(
                f'There is nothing to do that is called "{task}".', remedy=f"Say: mock {_PLAN} FLOW.zip"
            )
        plans = [(bundle, mock_plan(bundle)) for bundle in read_package(path).flows()]
        if as_json:
            flows = [
                {
                    "name": bundle.name,
                    "id": bundle.id,
                    "receivers": [{**to_builtins(each), "can_be_led": each.can_be_led} for each in receivers],
                }
                for bundle, receivers in plans
            ]
            typer.echo(masked_json({"flows": flows}))
        else:
            for bundle, receivers in plans:
                _print(bundle, receivers)
        if not all(each.can_be_led for _, receivers in plans for each in receivers):
            raise typer.Exit(ExitCode.FINDING)


def _print(bundle: Bundle, receivers: list[ReceiverPlan]) -> None:
    typer.secho(console_text(bundle.name), bold=True)
    if not receivers:
        typer.echo("  no receiver outside of the tenant")
    for each in receivers:
        typer.echo(console_text(f'  "{each.receiver}"  {each.adapter} of {each.step}: {_said(each)}'))
        for one in each.parameters:
            now = "not set" if one.value is None else one.value or "empty"
            typer.echo(console_text(f"    {one.name} = {one.set_to}  (now: {now})"))
        if each.can_be_led and each.credential:
            typer.echo(console_text(f"    the mock would get the credentials {each.credential}"))
        if each.can_be_led and each.on_premise:
            typer.echo("    it goes through the Cloud Connector, which has to know the mock")


def _said(plan: ReceiverPlan) -> str:
    return "set" if plan.can_be_led else f"cannot be led to a mock: {plan.reason}"
