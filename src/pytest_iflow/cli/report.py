"""``pytest-iflow report``: reports of runs that are over."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from pytest_iflow.cli.tenant_run import TENANTS, JsonOption, TenantsOption, errors_end_command
from pytest_iflow.errors import ConfigurationError, ExitCode, IflowError, reason_of
from pytest_iflow.reporting.allure.all_reports import ReportOutcome, find_runs, make_reports
from pytest_iflow.reporting.allure.html_report import AllureCommand
from pytest_iflow.reporting.announcements.ci_systems import append_job_summary
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.reporting.masking.leak_gate import leak_lines, leaks_in_folder
from pytest_iflow.reporting.merged_folder import merge_reports
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.reporting.publish import ReportPlaces, publish
from pytest_iflow.results.comparison import compared_since, moment_of
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.json_format import to_plain, values_by_field
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.catalogue import choose_environment
from pytest_iflow.tenants.credentials import Credentials

if TYPE_CHECKING:
    from pytest_iflow.tenants.deployed_flows import FlowInSuite


def report(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="With --merge: reports of each machine.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant (default: every one with a run).")] = None,
    environment: Annotated[
        str | None, typer.Option(help="Environment (default: every one with a run).")
    ] = None,
    reports: Annotated[Path, typer.Option(help="Folder that the runs wrote to.")] = Path("reports"),
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Say what changed since a day, a time, or 7d.")
    ] = None,
    tenants: TenantsOption = TENANTS,
    *,
    merge: Annotated[
        bool, typer.Option("--merge", help="Make one run of the shards in DIR..., in the folder of reports.")
    ] = False,
    install: Annotated[
        bool, typer.Option("--install", help="Only install Allure's command line into the cache.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the Allure report of each tenant and environment, and link it from its summary.

    It needs Node.js; the extra pytest-iflow[report] brings one. Allure's command line is installed into a
    cache at the first time, with npm; later no network is needed. A run that was killed gets its summary.
    The files are searched for the secrets of service keys and for what is a credential by its looks.
    Exit code 1: a report could not be made, all other pages are there, or a secret was found; 2: options that
    cannot be used.

    Examples: pytest-iflow report --tenant=trial; pytest-iflow report --since=7d;
    pytest-iflow report --merge machine-*
    """
    try:
        with errors_end_command():
            _require_one_task(folders, since, merge=merge, install=install)
            if merge:
                _merge(folders or (), reports, tenants)
            elif install:
                typer.echo(console_text(f"installed: {AllureCommand.ready(os.environ).script}"))
            elif since is not None:
                _print_changes(reports, tenant, environment, since, as_json=as_json)
            else:
                _make(reports, tenant, environment, tenants, as_json=as_json)
    except OSError as error:
        shown = f"Reports cannot be read or written: {reason_of(error)}: {error.filename or reports}"
        typer.echo(console_text(shown), err=True)
        raise typer.Exit(ExitCode.FINDING) from error


def _require_one_task(
    folders: Sequence[Path] | None, since: str | None, *, merge: bool, install: bool
) -> None:
    if merge + install + (since is not None) > 1:
        raise ConfigurationError("--merge, --install and --since exclude each other.", remedy="Give one.")
    if merge != bool(folders):
        raise ConfigurationError(
            "--merge takes the folders to merge, and folders are for --merge only.",
            remedy="Write pytest-iflow report --merge DIR..., one folder for each machine.",
        )


def _merge(folders: Sequence[Path], reports: Path, tenants: Path) -> None:
    def say(said: str) -> None:
        typer.echo(console_text(said), err=True)

    runs = merge_reports(folders, reports, say, lambda run: _exported_flows(run, tenants, say))
    for run, seal in runs:
        append_job_summary(run, os.environ, typer.echo)
        part = f" Only a part: {run.selection}." if run.selection else ""
        line = f"{run.tenant}/{run.environment}: {verdict_sentence(run)}{part}"
        typer.echo(console_text(" ".join(line.splitlines())))
        if run.flow_coverage:
            from pytest_iflow.results.flow_coverage import line as coverage_line

            typer.echo(console_text(coverage_line(run.flow_coverage, run.flow_coverage_source)))
        typer.echo(f"seal: {seal}")
    if any(_leaks(reports / run.tenant / run.environment, tenants) for run, _ in runs):
        raise typer.Exit(ExitCode.FINDING)


def _exported_flows(run: RunResult, tenants: Path, say: Callable[[str], None]) -> list[FlowInSuite]:
    """Return the exported iFlows of this suite, for the pictures; none where they are not here."""
    from pytest_iflow.tenants.deployed_flows import deployed_flows

    root = Path.cwd()
    try:
        chosen, _ = choose_environment(root, root / tenants, run.tenant, run.environment, os.environ)
        return list(deployed_flows(chosen))
    except ConfigurationError as error:
        say(f"the iFlows are not drawn: {error.what}")
        return []


def _leaks(folder: Path, tenants: Path) -> tuple[str, ...]:
    """Search the folder of a run for the secrets that its settings give, and say what was found."""
    root = Path.cwd()
    with contextlib.suppress(ConfigurationError):  # settings that are not here give no secrets
        tenant, environment = folder.parent.name, folder.name
        chosen, environ = choose_environment(root, root / tenants, tenant, environment, os.environ)
        Credentials(chosen, environ).read_all()
    leaks = leaks_in_folder(folder)
    if leaks:
        _keep_leaks(folder, leaks)
        typer.echo(console_text("\n".join(["Secrets stand in the files:", *leak_lines(leaks)])), err=True)
    return leaks


def _keep_leaks(folder: Path, leaks: Sequence[str]) -> None:
    """Put what was found into the reports of the run; Allure results may stand there alone."""
    with contextlib.suppress(IflowError):
        result = RunResult.read(RunFolder(folder).summary)
        if new := tuple(leak for leak in leaks if leak not in result.leaks):
            publish(replace(result, leaks=(*result.leaks, *new)), ReportPlaces.within(folder), Troubles())


def _print_changes(
    reports: Path, tenant: str | None, environment: str | None, since: str, *, as_json: bool
) -> None:
    moment = moment_of(since)
    runs: list[RunResult] = []
    troubles: list[IflowError] = []
    for folder in find_runs(reports, tenant, environment):
        try:
            runs.append(compared_since(folder, moment))
        except IflowError as error:
            troubles.append(error)
    if as_json:
        shown = [
            {"tenant": run.tenant, "environment": run.environment, **to_plain(values_by_field(run.changes))}
            for run in runs
            if run.changes
        ]
        typer.echo(masked_json(shown))
    for run in () if as_json else runs:
        lines = run.changes.lines(run.scenarios) if run.changes else []
        typer.echo(console_text("\n  ".join([f"{run.tenant}/{run.environment}:", *lines])))
    for trouble in troubles:
        typer.echo(console_text(str(trouble)), err=True)
    if troubles:
        raise typer.Exit(ExitCode.FINDING)


def _make(
    reports: Path, tenant: str | None, environment: str | None, tenants: Path, *, as_json: bool
) -> None:
    folders = find_runs(reports, tenant, environment)
    outcomes = make_reports(reports, folders, os.environ)
    leaks = [_leaks(folder, tenants) for folder in folders]
    if as_json:
        shown = [{**to_plain(each), "leaks": found} for each, found in zip(outcomes, leaks, strict=True)]
        typer.echo(masked_json(shown))
    else:
        _print_outcomes(outcomes)
    if any(leaks) or any(outcome.trouble for outcome in outcomes):
        raise typer.Exit(ExitCode.FINDING)


def _print_outcomes(outcomes: list[ReportOutcome]) -> None:
    """Print where each report is; a trouble that several have in common is printed once."""
    printed: set[str] = set()
    for outcome in outcomes:
        shown = outcome.page or "no Allure report"
        typer.echo(console_text(f"{outcome.tenant}/{outcome.environment}: {shown}"))
        for sentence in outcome.damage:
            typer.echo(console_text(sentence), err=True)
        if outcome.trouble and outcome.trouble not in printed:
            printed.add(outcome.trouble)
            typer.echo(console_text(outcome.trouble), err=True)
