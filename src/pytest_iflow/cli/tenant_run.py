"""What commands have in common: options about a tenant, the run against it, and how errors end them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_iflow.errors import ConfigurationError, ExitCode, IflowError
from pytest_iflow.reporting.console_text import console_text

if TYPE_CHECKING:
    from rich.console import Console

    from pytest_iflow.run import Run
    from pytest_iflow.tenants.catalogue import Catalogue

TENANTS = Path("tenants")


def _names(ctx: typer.Context, incomplete: str, names: Callable[[Catalogue], Iterable[str]]) -> list[str]:
    """Return the names of tenant files that begin like this; none where a file cannot be read."""
    from pytest_iflow.tenants.catalogue import Catalogue

    folder = Path.cwd() / (ctx.params.get("tenants") or TENANTS)
    try:
        return [name for name in names(Catalogue(folder, os.environ)) if name.startswith(incomplete)]
    except IflowError:
        return []


def _tenants(ctx: typer.Context, incomplete: str) -> list[str]:
    return _names(ctx, incomplete, lambda catalogue: catalogue.names())


def _environments(ctx: typer.Context, incomplete: str) -> list[str]:
    from pytest_iflow.tenants.catalogue import chosen_tenant

    tenant = chosen_tenant(Path.cwd(), ctx.params.get("tenant"), os.environ)
    return _names(ctx, incomplete, lambda catalogue: catalogue.tenant(tenant).environments)


TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", help="Tenant (default: IFLOW_TENANT, else local).", autocompletion=_tenants),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment",
        help="Environment (default: IFLOW_ENVIRONMENT, else the tenant's own).",
        autocompletion=_environments,
    ),
]
TenantsOption = Annotated[Path, typer.Option("--tenants", help="Folder with the tenant files.")]
ClientOption = Annotated[
    str | None,
    typer.Option("--client", help='Client of the tenant file (default: "default", else its first).'),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_UNBOUNDED = 10_000
"""Columns of an output that is no terminal: there nothing is wrapped."""


def output_console() -> Console:
    """Return standard output as rich writes to it."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if console.is_terminal:
        return console
    return Console(markup=False, highlight=False, width=_UNBOUNDED, file=sys.stdout)


def show_error(error: IflowError) -> None:
    """Print an error with its notes, masked, on standard error."""
    typer.echo(console_text("\n".join((str(error), *getattr(error, "__notes__", ())))), err=True)


@contextlib.contextmanager
def errors_end_command(show: Callable[[IflowError], None] = show_error) -> Iterator[None]:
    """Show an error of this package and end the command.

    The exit code is 2 where options, files or keys cannot be used, else 1.
    """
    try:
        yield
    except IflowError as error:
        show(error)
        unusable = isinstance(error, ConfigurationError)
        raise typer.Exit(ExitCode.USAGE_ERROR if unusable else ExitCode.FINDING) from error


@contextlib.contextmanager
def tenant_run(
    tenant: str | None,
    environment_name: str | None,
    tenants: Path,
    show: Callable[[IflowError], None] = show_error,
) -> Iterator[Run]:
    """Give a run against the chosen environment, and close it; errors end the command."""
    from pytest_iflow.run import Run
    from pytest_iflow.tenants.catalogue import choose_environment

    root = Path.cwd()
    with errors_end_command(show):
        chosen, environ = choose_environment(root, root / tenants, tenant, environment_name, os.environ)
        with contextlib.closing(Run(chosen, environ, root)) as run:
            yield run
