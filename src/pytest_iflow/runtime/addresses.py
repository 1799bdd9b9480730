"""Addresses of iFlows: of their senders, and those at which the local tenant starts one."""

from __future__ import annotations

from urllib.parse import quote, unquote

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.credentials import needs_emulator
from pytest_iflow.tenants.model import Environment

_STARTED = "/local-tenant/start/"
"""Below this address the local tenant starts iFlows that nobody calls by HTTP; the emulator knows it, too."""

_WITH_PROTOCOL = ("/http/", "/cxf/", "/gw/")
_ODATA = "/gw/odata/SAP"
_ODATA_VERSION = lazy_pattern(r"/[^/?]+;v=\d+(?![^/?])")


def runtime_path(address: str) -> str:
    """Return the path for the address of a sender (wire-facts 4.1).

    Without a protocol one with a version is an OData sender's (4.7), for no address of an HTTPS sender can
    have a ``;`` (4.11). All others are HTTPS.
    """
    if address.startswith(_WITH_PROTOCOL):
        return address
    return f"{_ODATA}{address}" if _ODATA_VERSION.match(address) else f"/http{address}"


def start_address(name: str, environment: Environment) -> str:
    """Return where the local tenant starts an iFlow that nobody calls by HTTP, by its name or id.

    Raises ConfigurationError on a real tenant, which has no such address.
    """
    if not needs_emulator(environment):
        raise ConfigurationError(
            f'the iFlow "{name}" cannot be started on {environment}: a tenant starts a timer when the iFlow '
            "is deployed, and others when a message comes",
            remedy="run the scenario on a local tenant; for a real one call an iFlow that has an HTTP sender",
        )
    iflow = environment.iflows.get(name)
    return _STARTED + quote((iflow and iflow.artifact) or name, safe="")


def started_artifact(path: str) -> str | None:
    """Return the artifact id of the iFlow that the local tenant starts at a path of the runtime, or None."""
    start = runtime_path(_STARTED)
    return unquote(path.removeprefix(start)) if path.startswith(start) else None


def with_suffix(address: str, suffix: str) -> str:
    """Return an address with ``suffix`` behind its path; the queries of both are joined, its own first."""
    path, _, query = address.partition("?")
    more, _, more_query = suffix.partition("?")
    if more.startswith("/"):
        path = path.removesuffix("/")
    queries = "&".join(filter(None, (query, more_query)))
    return f"{path}{more}?{queries}" if queries else f"{path}{more}"
