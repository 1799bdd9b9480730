"""``pytest-iflow report``: Allure's HTML of what runs left, one report for each tenant and environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pytest_iflow.reporting.allure.all_reports import Outcome

FINDING = 1
USAGE_ERROR = 2


def report(
    tenant: Annotated[str | None, typer.Option(help="Tenant (default: every one with a run).")] = None,
    environment: Annotated[
        str | None, typer.Option(help="Environment (default: every one with a run).")
    ] = None,
    reports: Annotated[Path, typer.Option(help="Folder that the runs wrote to.")] = Path("reports"),
    *,
    install: Annotated[
        bool, typer.Option("--install", help="Only install Allure's command line into the cache.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make the Allure report of each tenant and environment, and link it from its summary.

    It needs Node.js; the extra pytest-iflow[report] brings one. Allure's command line is installed into a
    cache at the first time, with npm; later no network is needed. Exit code 1: a report could not be made,
    all other pages are there; 2: options that cannot be used.

    Example: pytest-iflow report --tenant=trial --environment=dev
    """
    from pytest_iflow.cli.console_text import console_text, masked_json  # noqa: PLC0415, --help is quick
    from pytest_iflow.errors import ConfigurationError, IflowError  # noqa: PLC0415, the same
    from pytest_iflow.reporting.allure.all_reports import find_runs, make_reports  # noqa: PLC0415, the same
    from pytest_iflow.reporting.allure.html_report import AllureCommand  # noqa: PLC0415, the same

    try:
        if install:
            typer.echo(console_text(f"installed: {AllureCommand.ready(os.environ).script}"))
            return
        outcomes = make_reports(reports, find_runs(reports, tenant, environment), os.environ)
    except IflowError as error:
        typer.echo(console_text(str(error)), err=True)
        raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigurationError) else FINDING) from error
    if as_json:
        typer.echo(masked_json([outcome.to_dict() for outcome in outcomes]))
    else:
        _tell(outcomes)
    if any(outcome.trouble for outcome in outcomes):
        raise typer.Exit(FINDING)


def _tell(outcomes: list[Outcome]) -> None:
    """Print where each report is; a trouble that several have in common is printed once."""
    from pytest_iflow.cli.console_text import console_text  # noqa: PLC0415, --help is quick without

    told: set[str] = set()
    for outcome in outcomes:
        shown = outcome.page or "no Allure report"
        typer.echo(console_text(f"{outcome.tenant}/{outcome.environment}: {shown}"))
        if outcome.trouble and outcome.trouble not in told:
            told.add(outcome.trouble)
            typer.echo(console_text(outcome.trouble), err=True)
