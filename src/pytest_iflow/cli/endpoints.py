"""``pytest-iflow endpoints``: what can be called in a tenant, as the Monitor's Endpoints tab shows it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

FINDING = 1
USAGE_ERROR = 2

_COLUMNS = ("iFlow", "Protocol", "URL", "Version", "Status")
_UNBOUNDED = 10_000
"""Columns of an output that is no terminal: there nothing is wrapped."""


def endpoints(
    tenant: Annotated[str | None, typer.Option(help="Tenant (default: IFLOW_TENANT, else local).")] = None,
    environment: Annotated[
        str | None, typer.Option(help="Environment (default: IFLOW_ENVIRONMENT, else the tenant's own).")
    ] = None,
    tenants: Annotated[Path, typer.Option(help="Folder with the tenant files.")] = Path("tenants"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the endpoints of a tenant: iFlow, protocol, address, version and status.

    It needs a service key of plan api. Exit code 1: the tenant does not say, or has none; 2: options, files
    or keys that cannot be used.

    Example: pytest-iflow endpoints --tenant=trial --environment=dev
    """
    from pytest_iflow.errors import ConfigurationError, IflowError
    from pytest_iflow.reporting.console_text import console_text, masked_json

    try:
        found = _rows(tenant, environment, tenants)
    except IflowError as error:
        typer.echo(console_text(str(error)), err=True)
        raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigurationError) else FINDING) from error
    if as_json:
        typer.echo(masked_json(found))
    elif found:
        _print_table(found)
    else:
        typer.echo(
            "The tenant lists no endpoint. A new one appears some minutes after its iFlow has started."
        )
    if not found:
        raise typer.Exit(FINDING)


def _rows(tenant: str | None, environment_name: str | None, tenants: Path) -> list[dict[str, Any]]:
    """One object for each endpoint, by iFlow and address."""
    from pytest_iflow.errors import ConfigurationError
    from pytest_iflow.run import Run
    from pytest_iflow.tenants.choice import choose_environment
    from pytest_iflow.tenants.credentials import MONITORING

    root = Path.cwd()
    environment, environ = choose_environment(root, root / tenants, tenant, environment_name, os.environ)
    run = Run(environment, environ, root)
    try:
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
    finally:
        run.close()


def _print_table(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pytest_iflow.reporting.console_text import console_text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column != "URL")
    for row in found:
        status = row["status"] or "not deployed"
        told = row["iflow"], row["protocol"], "\n".join(row["urls"]), row["version"], status
        table.add_row(
            *map(console_text, told),
            style=None if status == "STARTED" else "yellow",
        )
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=_UNBOUNDED, file=sys.stdout)
    console.print(table)
