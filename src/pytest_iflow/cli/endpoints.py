"""``pytest-iflow endpoints``: what can be called in a tenant, as the Monitor's Endpoints tab shows it."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table

from pytest_iflow.cli.tenant_run import (
    TENANTS,
    EnvironmentOption,
    JsonOption,
    TenantOption,
    TenantsOption,
    output_console,
    tenant_run,
)
from pytest_iflow.errors import ConfigurationError, ExitCode
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import MONITORING

_COLUMNS = ("iFlow", "Protocol", "URL", "Version", "Status")


def endpoints(
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    tenants: TenantsOption = TENANTS,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the endpoints of a tenant: iFlow, protocol, address, version and status.

    It needs a service key of plan api. Exit code 1: the tenant does not say, or has none; 2: options, files
    or keys that cannot be used.

    Example: pytest-iflow endpoints --tenant=trial --environment=dev
    """
    with tenant_run(tenant, environment, tenants) as run:
        found = _rows(run)
    if as_json:
        typer.echo(masked_json(found))
    elif found:
        _print_table(found)
    else:
        typer.echo(
            "The tenant lists no endpoint. A new one appears some minutes after its iFlow has started."
        )
    if not found:
        raise typer.Exit(ExitCode.FINDING)


def _rows(run: Run) -> list[dict[str, Any]]:
    """One object for each endpoint, by iFlow and address."""
    environment = run.environment
    if run.monitor is None:
        if MONITORING in environment.clients:
            run.credentials.service_key(MONITORING)  # says what to do where its key is missing
        raise ConfigurationError(
            "no client has a service key of plan api",
            where=f"tenant {environment}, clients {', '.join(environment.clients)}",
            remedy="create it from a service instance of plan api, with the role MonitoringDataRead, "
            f'and name it for the client "{MONITORING}" in the tenant file',
        )
    statuses = {artifact.id: artifact.status for artifact in run.monitor.runtime_artifacts()}
    return [
        {
            "iflow": endpoint.iflow,
            "title": endpoint.title,
            "protocol": endpoint.protocol,
            "address": endpoint.address,
            "urls": list(endpoint.urls),
            "version": endpoint.version,
            "status": statuses.get(endpoint.iflow),
        }
        for endpoint in sorted(
            run.discovery.endpoints(run.monitor), key=lambda endpoint: (endpoint.iflow, endpoint.address)
        )
    ]


def _print_table(found: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column != "URL")
    for row in found:
        status = row["status"] or "not deployed"
        cells = row["iflow"], row["protocol"], "\n".join(row["urls"]), row["version"], status
        table.add_row(*map(console_text, cells), style=None if status == "STARTED" else "yellow")
    output_console().print(table)
