"""Which iFlow a call reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from pytest_iflow.monitoring.artifacts import ServiceEndpoint
from pytest_iflow.runtime.address import runtime_path
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import Exchange

_ANY_REST = "/*"


def called_artifact(
    exchange: Exchange, environment: Environment, endpoints: Callable[[], Iterable[ServiceEndpoint]]
) -> str | None:
    """Return the artifact id of the iFlow that an exchange called; None if nobody knows it.

    The tenant file goes first; ``endpoints``, the tenant's own list, is asked for where that says nothing.
    """
    path = urlsplit(exchange.request.url).path
    for iflow in environment.iflows.values():
        called = iflow.name == exchange.iflow or (
            iflow.address is not None and runtime_path(iflow.address) == path
        )
        if called and iflow.artifact:
            return iflow.artifact
    return artifact_at(path, endpoints())


def artifact_at(path: str, endpoints: Iterable[ServiceEndpoint]) -> str | None:
    """Return the artifact id of the iFlow that answers at a path of the runtime; None if none is listed."""
    return next((each.iflow for each in endpoints if _answers_at(path, each)), None)


def _answers_at(path: str, endpoint: ServiceEndpoint) -> bool:
    for url in endpoint.urls:
        address = urlsplit(url).path
        if path == address or (address.endswith(_ANY_REST) and path.startswith(address[:-1])):
            return True
    return False
