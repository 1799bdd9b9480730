"""``pytest-iflow import``: a suite out of what a team has already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command
from pytest_iflow.drafts.report import report_data, report_lines
from pytest_iflow.drafts.writing import write_draft
from pytest_iflow.imports.kinds import KINDS, Request, read_draft
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.tenants.catalogue import LOCAL
from pytest_iflow.tenants.tenant_schema import check_name

_KINDS = "; ".join(f"{name}: {kind.source}" for name, kind in KINDS.items())


def import_(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help=f"What SOURCE is. {_KINDS}.", autocompletion=lambda: list(KINDS)),
    ],
    source: Annotated[Path | None, typer.Argument(metavar="SOURCE", help="File or folder.")] = None,
    *,
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="Folder of the suite; it is made if need be.")
    ] = Path(),
    tenant: Annotated[
        str, typer.Option("--tenant", help="Tenant whose file gets iFlows, clients and variables.")
    ] = LOCAL,
    environment: Annotated[
        str | None,
        typer.Option("--environment", help="Environment of it (default: its own, else test; of local: dev)."),
    ] = None,
    bundles: Annotated[
        list[Path] | None,
        typer.Option(
            "--bundles",
            metavar="ZIP",
            help="Exported iFlows or packages that addresses are matched with; several times for several.",
        ),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            metavar="FILE",
            help="A file beside SOURCE, such as an environment of Postman; several times for several.",
        ),
    ] = None,
    trial: Annotated[bool, typer.Option("--trial", help="Write nothing; say what would be written.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make features, payloads and entries of a tenant file of what there is already.

    Example: pytest-iflow import postman orders.postman_collection.json --into order-tests

    Example: pytest-iflow import tenant --tenant=trial --into order-tests

    Importing again brings up to date what nobody edited, and leaves the rest. Secrets are never written: the
    report says which environment variables to set.

    What is made of the flows of a tenant sends messages that are made up: other tenants than local get them
    only with pytest --generated.

    Exit code 0: it was imported, and what was left is listed; 1: the tenant does not answer; 2: SOURCE or
    the suite cannot be used, and nothing was written.
    """
    with errors_end_command():
        check_name(tenant, "a tenant")
        if environment is not None:
            check_name(environment, "an environment")
        request = Request(source, into, tenant, environment, tuple(bundles or ()), tuple(beside or ()))
        written = write_draft(read_draft(kind, request), into, is_trial=trial)
    if as_json:
        typer.echo(masked_json(report_data(written, is_trial=trial)))
        return
    for line in report_lines(written, is_trial=trial):
        typer.echo(console_text(line))
