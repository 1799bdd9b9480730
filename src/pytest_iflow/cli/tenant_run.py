"""What the commands about a tenant have in common: their options, the run, and how errors end them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pytest_iflow.errors import TenantFileError
    from pytest_iflow.run import Run

FINDING = 1
USAGE_ERROR = 2

TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Tenant (default: IFLOW_TENANT, else local).")
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option("--environment", help="Environment (default: IFLOW_ENVIRONMENT, else the tenant's own)."),
]
TenantsOption = Annotated[Path, typer.Option("--tenants", help="Folder with the tenant files.")]
ClientOption = Annotated[
    str | None,
    typer.Option("--client", help='Client of the tenant file (default: "default", else its first).'),
]
TENANTS = Path("tenants")


@contextlib.contextmanager
def tenant_run(
    tenant: str | None,
    environment_name: str | None,
    tenants: Path,
    report_file: Callable[[TenantFileError], int] | None = None,
) -> Iterator[Run]:
    """Give a run against the environment that is meant, and close it.

    An error within ends the command: with exit code 2 where options, files or keys cannot be used, else
    with 1, and with its text, masked, on standard error. A tenant file that is wrong is shown by
    ``report_file``, which returns the exit code.
    """
    from pytest_iflow.errors import ConfigurationError, IflowError, TenantFileError
    from pytest_iflow.reporting.console_text import console_text
    from pytest_iflow.run import Run
    from pytest_iflow.tenants.choice import choose_environment

    root = Path.cwd()
    try:
        chosen, environ = choose_environment(root, root / tenants, tenant, environment_name, os.environ)
        with contextlib.closing(Run(chosen, environ, root)) as run:
            yield run
    except IflowError as error:
        if isinstance(error, TenantFileError) and report_file is not None:
            raise typer.Exit(report_file(error)) from error
        lines = (str(error), *getattr(error, "__notes__", ()))
        typer.echo(console_text("\n".join(lines)), err=True)
        raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigurationError) else FINDING) from error
