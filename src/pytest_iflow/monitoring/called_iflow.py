"""Which iFlow a call reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_iflow.runtime.address import runtime_path
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:  # not for a run whose iFlows all stand in the tenant file
    from pytest_iflow.monitoring.artifacts import ServiceEndpoint

_ANY_REST = "/*"


def called_artifact(
    exchange: Exchange, environment: Environment, endpoints: Callable[[], Iterable[ServiceEndpoint]]
) -> str | None:
    """Return the artifact id of the iFlow that an exchange called; None if nobody knows it.

    The tenant file goes first; ``endpoints``, the tenant's own list, is asked for where that says nothing.
    """
    path = urlsplit(exchange.request.url).path
    return described_artifact(exchange.iflow, path, environment) or artifact_at(path, endpoints())


def described_artifact(name: str | None, path: str, environment: Environment) -> str | None:
    """Return the artifact id that the tenant file has for an iFlow, by its ``name`` or its ``path``."""
    for iflow in environment.iflows.values():
        called = iflow.name == name or (iflow.address is not None and runtime_path(iflow.address) == path)
        if called and iflow.artifact:
            return iflow.artifact
    return None


def artifact_at(path: str, endpoints: Iterable[ServiceEndpoint]) -> str | None:
    """Return the artifact id of the iFlow that answers at a path of the runtime; None if none is listed."""
    fits = {address: each.iflow for each in endpoints for address in _addresses(each) if _fits(path, address)}
    # "/orders/list" goes before "/orders/*", and that before "/*" (assumed).
    closest = max(fits, key=lambda address: (not address.endswith(_ANY_REST), len(address)), default=None)
    return None if closest is None else fits[closest]


def _addresses(endpoint: ServiceEndpoint) -> Iterable[str]:
    return (urlsplit(url).path for url in endpoint.urls)


def _fits(path: str, address: str) -> bool:
    return path == address or (address.endswith(_ANY_REST) and path.startswith(address[:-1]))
