"""The list that ``pytest --tenants`` prints: whom this project can talk to, and with which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.catalogue import Catalogue, default_environment
from pytest_iflow.tenants.credentials import Credentials

Environ = Callable[[str, str], Mapping[str, str]]
"""From the names of a tenant and an environment to the variables of a run there."""

_HEADER = ("tenant", "environment", "protected", "credentials")


@dataclass(frozen=True, slots=True)
class ListedEnvironment:
    """An environment; ``credentials`` says for each client whether a service key is found."""

    tenant: str
    environment: str
    default: bool
    protected: bool
    credentials: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenTenant:
    """A tenant that cannot be read; ``problem`` is the first line of the error."""

    tenant: str
    problem: str


def tenant_listing(catalogue: Catalogue, environ: Environ) -> list[ListedEnvironment | BrokenTenant]:
    """Return a row for each environment of each tenant; a tenant that cannot be read is one row."""
    rows: list[ListedEnvironment | BrokenTenant] = []
    for name in catalogue.names():
        try:
            rows += _environments(catalogue, name, environ)
        except ConfigurationError as error:
            rows.append(BrokenTenant(name, error.what.splitlines()[0]))
    return rows


def _environments(catalogue: Catalogue, name: str, environ: Environ) -> list[ListedEnvironment]:
    tenant = catalogue.tenant(name)
    default = default_environment(tenant)
    rows = []
    for environment in tenant.environments.values():
        credentials = Credentials(environment, environ(name, environment.name))
        rows.append(
            ListedEnvironment(
                tenant=name,
                environment=environment.name,
                default=environment.name == default,
                protected=environment.protected,
                credentials={client: credentials.has(client) for client in environment.clients},
            )
        )
    return rows


def render(rows: Sequence[ListedEnvironment | BrokenTenant]) -> str:
    """Return the rows as a table of plain text with aligned columns; values of keys are never in it."""
    cells = [_HEADER, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, line, widths)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: ListedEnvironment | BrokenTenant) -> tuple[str, str, str, str]:
    if isinstance(row, BrokenTenant):
        return row.tenant, "-", "-", row.problem
    credentials = ", ".join(
        f"{client}: {'yes' if there else 'no'}" for client, there in row.credentials.items()
    )
    return (
        row.tenant,
        f"{row.environment} (default)" if row.default else row.environment,
        "yes" if row.protected else "no",
        credentials,
    )
