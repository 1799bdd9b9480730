"""``pytest-iflow doctor``: what of a tenant works, looked at from the configuration to the iFlow."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pytest_iflow.cli.tenant_run import (
    FINDING,
    TENANTS,
    EnvironmentOption,
    TenantOption,
    TenantsOption,
    tenant_run,
)
from pytest_iflow.reporting.console_text import masked_json

if TYPE_CHECKING:
    from pytest_iflow.diagnosis.doctor.examination import Examination, Outcome, Probe
    from pytest_iflow.diagnosis.doctor.plan import Choice
    from pytest_iflow.errors import TenantFileError
    from pytest_iflow.run import Run
    from pytest_iflow.tenants.model import Environment


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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find out what does not work between here and an iFlow, and what to do about it.

    It looks at configuration, network, TLS, tokens, clock, runtime, API, endpoints and roles. No message is
    sent without --send. Exit code 0: nothing is broken (certificates that end within 30 days are warned
    about); 1: something is, the tenant file included; 2: options that cannot be used.

    Example: pytest-iflow doctor --tenant=trial --iflow=orders
    """
    report_file = partial(_report_file, tenant, as_json=as_json)
    with tenant_run(tenant, environment, tenants, report_file) as run:
        choice = _choice(run.environment, client or (), iflow, send)
        code = _examine(run, choice, as_json=as_json)
    raise typer.Exit(code)


def _choice(
    environment: Environment, clients: list[str] | tuple[()], iflow: str | None, send: Path | None
) -> Choice:
    """What is to be looked at; raises ConfigurationError for a message that cannot be sent."""
    from pytest_iflow.diagnosis.doctor.plan import Choice
    from pytest_iflow.errors import ConfigurationError

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


def _examine(run: Run, choice: Choice, *, as_json: bool) -> int:
    """Perform all probes, show them, and return the exit code."""
    run.start_local_tenant()  # it starts while the modules are loaded
    from pytest_iflow.diagnosis.doctor.examination import Examination
    from pytest_iflow.diagnosis.doctor.outcome import unanswered
    from pytest_iflow.diagnosis.doctor.plan import plan

    examination = Examination(partial(unanswered, run))
    environment = run.environment
    return _perform(examination, plan(run, choice), environment.tenant, environment.name, as_json=as_json)


def _report_file(tenant: str | None, error: TenantFileError, *, as_json: bool) -> int:
    """Show a tenant file that cannot be used as the one probe that there is, and return the exit code."""
    from pytest_iflow.diagnosis.doctor.examination import Examination, Probe
    from pytest_iflow.diagnosis.doctor.outcome import unusable
    from pytest_iflow.diagnosis.doctor.plan import CONFIGURATION
    from pytest_iflow.tenants.choice import chosen_tenant

    name = chosen_tenant(Path.cwd(), tenant, os.environ)
    probe = Probe(CONFIGURATION, name, partial(unusable, error))
    return _perform(Examination(unusable), [probe], name, None, as_json=as_json)


def _perform(
    examination: Examination, probes: Iterable[Probe], tenant: str, environment: str | None, *, as_json: bool
) -> int:
    """Perform probes, show them, and return the exit code."""
    if as_json:
        for probe in probes:
            examination.perform(probe)
        typer.echo(_json(tenant, environment, examination))
    else:
        from pytest_iflow.cli.doctor_report import Report

        report = Report()
        for probe in probes:
            with report.under_way(probe.title):
                outcome = examination.perform(probe)
            report.show(outcome)
        report.conclude("/".join(filter(None, (tenant, environment))), examination)
    return FINDING if examination.first_broken else 0


def _json(tenant: str, environment: str | None, examination: Examination) -> str:
    broken = examination.first_broken
    return masked_json(
        {
            "tenant": tenant,
            "environment": environment,
            "first_broken": broken.title if broken else None,
            "probes": [_probe(outcome) for outcome in examination.outcomes],
        }
    )


def _probe(outcome: Outcome) -> dict[str, Any]:
    return {
        "probe": outcome.name,
        "subject": outcome.subject,
        "state": outcome.state.value,
        "said": outcome.said,
        "because": outcome.because,
        "findings": [asdict(advice) for advice in outcome.advice],
    }
