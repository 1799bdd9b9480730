"""``pytest-iflow doctor``: what of a tenant works, looked at from the configuration to the iFlow."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pytest_iflow.cli.tenant_run import (
    TENANTS,
    EnvironmentOption,
    JsonOption,
    TenantOption,
    TenantsOption,
    output_console,
    show_error,
    tenant_run,
)
from pytest_iflow.diagnosis.doctor.probe import (
    Advice,
    Examination,
    Probe,
    ProbeResult,
    State,
    broken,
    unanswered,
)
from pytest_iflow.errors import ConfigurationError, ExitCode, IflowError, TenantFileError
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.results.json_format import to_plain
from pytest_iflow.tenants.catalogue import chosen_tenant
from pytest_iflow.tenants.model import Environment

if TYPE_CHECKING:
    from pytest_iflow.diagnosis.doctor.plan import Choice

_STYLES = {
    State.PASSED: "green",
    State.WARNED: "yellow",
    State.FAILED: "bold red",
    State.SKIPPED: "dim",
}
_WIDTHS = (9, 14)
"""Columns of state and name of a probe."""


def doctor(
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    client: Annotated[
        list[str] | None, typer.Option(help="Client to look at, repeatable (default: that of most calls).")
    ] = None,
    iflow: Annotated[
        str | None, typer.Option(help="iFlow, by name or /address (default: all of the tenant file).")
    ] = None,
    send: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Send this message to the iFlow, which runs it.")
    ] = None,
    tenants: TenantsOption = TENANTS,
    *,
    as_json: JsonOption = False,
) -> None:
    """Find out what does not work between here and an iFlow, and what to do about it.

    It looks at configuration, network, TLS, tokens, clock, runtime, API, endpoints and roles. No message is
    sent without --send. Exit code 0: nothing is broken (certificates that end within 30 days are warned
    about); 1: something is, the tenant file included; 2: options that cannot be used.

    Example: pytest-iflow doctor --tenant=trial --iflow=orders
    """
    show = partial(_show_error, tenant, as_json=as_json)
    with tenant_run(tenant, environment, tenants, show) as run:
        choice = _choice(run.environment, client or (), iflow, send)
        run.start_local_tenant()  # it starts while modules are loaded
        from pytest_iflow.diagnosis.doctor.plan import plan

        names = (run.environment.tenant, run.environment.name)
        code = _perform(Examination(partial(unanswered, run)), plan(run, choice), *names, as_json=as_json)
    raise typer.Exit(code)


def _choice(
    environment: Environment, clients: list[str] | tuple[()], iflow: str | None, send: Path | None
) -> Choice:
    """Return what is to be examined; raises ConfigurationError for a message that cannot be sent."""
    from pytest_iflow.diagnosis.doctor.plan import Choice

    if send is None:
        return Choice(tuple(clients), iflow)
    if iflow is None:
        raise ConfigurationError("--send needs an iFlow to send to.", remedy="Add --iflow NAME.")
    if environment.protected:
        raise ConfigurationError(
            f"{environment} is protected: the doctor sends no message there.",
            remedy="Leave --send out, or send it by a scenario with pytest --allow-protected.",
        )
    try:
        return Choice(tuple(clients), iflow, send.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"The message cannot be read: {error.strerror}.", where=str(send), remedy="Correct --send FILE."
        ) from error


def _show_error(tenant: str | None, error: IflowError, *, as_json: bool) -> None:
    """Show an error; a tenant file that cannot be used is shown as the only probe, which failed."""
    if not isinstance(error, TenantFileError):
        show_error(error)
        return
    from pytest_iflow.diagnosis.doctor.plan import CONFIGURATION

    name = chosen_tenant(Path.cwd(), tenant, os.environ)
    probe = Probe(CONFIGURATION, name, partial(broken, error))
    raise typer.Exit(_perform(Examination(broken), [probe], name, None, as_json=as_json)) from error


def _perform(
    examination: Examination, probes: Iterable[Probe], tenant: str, environment: str | None, *, as_json: bool
) -> int:
    """Perform probes, show them, and return the exit code."""
    if as_json:
        for probe in probes:
            examination.perform(probe)
        typer.echo(_json(tenant, environment, examination))
    else:
        report = Report()
        for probe in probes:
            with report.under_way(probe.title):
                result = examination.perform(probe)
            report.show(result)
        report.conclude("/".join(filter(None, (tenant, environment))), examination)
    return ExitCode.FINDING if examination.first_broken else 0


def _json(tenant: str, environment: str | None, examination: Examination) -> str:
    first = examination.first_broken
    probes = [
        {
            "probe": result.probe.name,
            "subject": result.probe.subject,
            "state": result.state.value,
            "said": result.observation.said,
            "because": result.because,
            "findings": to_plain(result.observation.advice),
        }
        for result in examination.results
    ]
    title = first.probe.title if first else None
    return masked_json(
        {"tenant": tenant, "environment": environment, "first_broken": title, "probes": probes}
    )


class Report:
    """Writes to standard output; a terminal also shows what is under way."""

    def __init__(self) -> None:
        self._console = output_console()

    def under_way(self, title: str) -> AbstractContextManager[object]:
        """Show the title of the probe that runs, while the context lasts."""
        if not self._console.is_terminal:
            return contextlib.nullcontext()
        # The usual spinner is of characters that a console without UTF-8 cannot show.
        spinner = "dots" if self._console.encoding.startswith("utf") else "line"
        return self._console.status(Text(console_text(title)), spinner=spinner)

    def show(self, result: ProbeResult) -> None:
        """Write the line of a probe, and what to do."""
        state, name = _WIDTHS
        line = Text(f"{result.state.value:<{state}}", style=_STYLES[result.state])
        line.append(console_text(f"{result.probe.name:<{name}}{result.probe.subject}"), style="default")
        line.append(f"  {console_text(result.observation.said)}", style="dim")
        self._console.print(line)
        for advice in result.observation.advice:
            self._console.print(Padding(_advice_table(advice), (0, 0, 0, state), expand=False))

    def conclude(self, environment: str, examination: Examination) -> None:
        """Write the last line: all is well, or what is broken first."""
        first = examination.first_broken
        warned = sum(result.state is State.WARNED for result in examination.results)
        if first is not None:
            causes = [advice.cause for advice in first.observation.advice if advice.cause]
            cause = f" ({causes[0]})" if causes else ""
            self._print_last_line(f"{environment}: first broken: {first.probe.title}{cause}", State.FAILED)
        elif warned:
            self._print_last_line(f"{environment}: nothing is broken, warnings: {warned}", State.WARNED)
        else:
            self._print_last_line(f"{environment}: all is well", State.PASSED)

    def _print_last_line(self, text: str, state: State) -> None:
        self._console.print(Text(console_text(text), style=_STYLES[state]))


def _advice_table(advice: Advice) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    name = f"{advice.certainty}: {advice.cause}. " if advice.cause else ""
    rows = [("why", name + advice.why), ("what to do", advice.remedy or "")]
    rows += [("" if number else "evidence", line) for number, line in enumerate(advice.evidence)]
    for label, text in rows:
        if text:
            table.add_row(label, Text(console_text(text)))
    return table
