"""Where iFlows are called, and which one a call reached: from the tenant file, else from the tenant."""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_iflow.errors import ConfigurationError, IflowError, suggestion
from pytest_iflow.oauth.source import FAILURE_HOLDS
from pytest_iflow.places import OneAtATime
from pytest_iflow.runtime.addresses import runtime_path, started_artifact
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:  # not for a run whose iFlows all stand in the tenant file
    from pytest_iflow.monitoring.artifacts import ServiceEndpoint
    from pytest_iflow.monitoring.monitor import Monitor


class UnknownIflowError(ConfigurationError):
    """There is no iFlow of a name, or several."""


_ANY_REST = "/*"
"""The channel's pattern for whatever follows an address (wire-facts 4.1)."""


def called_artifact(
    exchange: Exchange, environment: Environment, endpoints: Callable[[], Iterable[ServiceEndpoint]]
) -> str | None:
    """Return the artifact id of the iFlow that an exchange called; None if nobody knows it.

    The tenant file goes first; ``endpoints``, the tenant's own list, is asked for where that says nothing.
    """
    path = urlsplit(exchange.request.url).path
    return described_artifact(exchange.iflow, path, environment) or artifact_at(path, endpoints())


def described_artifact(name: str | None, path: str, environment: Environment) -> str | None:
    """Return the artifact id that the tenant file has for an iFlow, by its ``name`` or its ``path``.

    That of one which the local tenant started stands in its path.
    """
    if (started := started_artifact(path)) is not None:
        return started
    by_name = environment.iflows.get(name) if name else None
    if by_name is not None and by_name.artifact:
        return by_name.artifact
    described = (each for each in environment.iflows.values() if each.address is not None and each.artifact)
    return _closest(path, ((runtime_path(str(each.address)), str(each.artifact)) for each in described))


def artifact_at(path: str, endpoints: Iterable[ServiceEndpoint]) -> str | None:
    """Return the artifact id of the iFlow that answers at a path of the runtime; None if none is listed."""
    return _closest(path, ((address, each.iflow) for each in endpoints for address in each.paths))


def _closest(path: str, artifacts: Iterable[tuple[str, str]]) -> str | None:
    """Return the artifact of the address that a path leads to: the same one, else the longest (assumed)."""
    fits = {address: artifact for address, artifact in artifacts if leads_to(path, address)}
    if path in fits:
        return fits[path]
    return fits[max(fits, key=len)] if fits else None


def leads_to(path: str, address: str) -> bool:
    """Tell whether a path leads to an address: below /http only its ``/*`` stands for any rest.

    All other senders answer below their address, too (wire-facts 4.7, 4.8).
    """
    takes_any_rest = address.endswith(_ANY_REST) or not address.startswith("/http/")
    base = address.removesuffix(_ANY_REST).rstrip("/")
    return path == address or (takes_any_rest and path.startswith(f"{base}/"))


class Discovery:
    """Finds iFlows by the names that features use, for one run.

    The tenant file goes first. What it does not know is looked for in the tenant's list of endpoints, which
    is asked for once; ``monitor`` gives None where there is no service key of plan api to ask with.
    """

    def __init__(self, environment: Environment, monitor: Callable[[], Monitor | None]) -> None:
        self._environment = environment
        self._monitor = monitor
        self._endpoints: tuple[ServiceEndpoint, ...] | None = None
        self._failure: tuple[float, IflowError] | None = None
        self._asking = OneAtATime()

    def path(self, name: str) -> str:
        """Return the path of the runtime at which the iFlow ``name`` is called.

        Raises ``UnknownIflowError`` when there is no such iFlow or it has several, ``ConfigurationError``
        when it cannot be called now, ``MonitoringError`` when the tenant does not say.
        """
        iflow = self._environment.iflows.get(name)
        if iflow is not None and iflow.address is not None:
            return runtime_path(iflow.address.removesuffix(_ANY_REST))
        monitor = self._monitor()
        if monitor is None:
            raise self._not_described(name)
        artifact, endpoints = self.artifact(name), self.endpoints(monitor)
        found = [each for each in endpoints if artifact in (each.iflow, each.name)]
        found = found or [each for each in endpoints if each.title == artifact]
        paths = sorted({path.removesuffix(_ANY_REST) for each in found for path in each.paths})
        if len(paths) == 1:
            return paths[0]
        raise self._several(name, paths) if paths else self._not_listed(name, monitor)

    def artifact(self, name: str) -> str:
        """Return the artifact id that the tenant file has for an iFlow, else ``name`` itself."""
        iflow = self._environment.iflows.get(name)
        return name if iflow is None or iflow.artifact is None else iflow.artifact

    def endpoints(self, monitor: Monitor) -> tuple[ServiceEndpoint, ...]:
        """Return every endpoint of the tenant. It is asked once, by one thread for all.

        A recent failure is raised again, each time as an error of its own.
        """
        return self._endpoints if self._endpoints is not None else self._ask_endpoints(monitor)

    def _ask_endpoints(self, monitor: Monitor) -> tuple[ServiceEndpoint, ...]:
        with self._asking:
            if self._endpoints is None:
                failed_at, failure = self._failure or (0.0, None)
                if failure is not None and time.monotonic() - failed_at < FAILURE_HOLDS:
                    raise failure.copy()
                try:
                    self._endpoints = tuple(monitor.service_endpoints())
                except IflowError as error:
                    self._failure = (time.monotonic(), error)
                    raise error.copy() from error.__cause__
            return self._endpoints

    def called_artifact(self, exchange: Exchange, monitor: Monitor | None = None) -> str | None:
        """Return the artifact id of the iFlow that an exchange called; None if it is not known.

        The tenant is asked for its endpoints only where there is a ``monitor``, and not for an answer that
        names its message: whose log that is, the log tells.
        """

        def endpoints() -> tuple[ServiceEndpoint, ...]:
            if monitor is None or exchange.mpl_id is not None:
                return self._endpoints or ()
            return self.endpoints(monitor)

        return called_artifact(exchange, self._environment, endpoints)

    def export(self) -> bytes:
        """Ask for the endpoints, packed for the workers of this run.

        Empty where they cannot be had: the worker that needs them says why.
        """
        with contextlib.suppress(IflowError):
            if monitor := self._monitor():
                return pickle.dumps(self.endpoints(monitor))
        return b""

    def adopt(self, exported: bytes) -> None:
        """Use the endpoints that the controller of this run exported."""
        self._endpoints = pickle.loads(exported)  # noqa: S301, packed by the controller of this very run

    def _not_described(self, name: str) -> UnknownIflowError:
        iflows, stage = self._environment.iflows, self._environment.name
        by_itself = "With a service key of plan api (client monitoring) its endpoint is found without."
        if name in iflows:
            return UnknownIflowError(
                f'the iFlow "{name}" has no address',
                where=f"tenant {self._environment}, iflows.{name}",
                remedy='add address = "/…": the part of the endpoint after /http, as the Monitor shows it. '
                + by_itself,
            )
        return UnknownIflowError(
            f'the iFlow "{name}" is not in the tenant file',
            where=f"tenant {self._environment}",
            remedy=(f"{suggestion(name, iflows)} Or add" if iflows else "add")
            + f" [environments.{stage}.iflows.{name}] with its address, or name the address itself: "
            f'"/my/address". {by_itself}',
        )

    def _several(self, name: str, paths: list[str]) -> UnknownIflowError:
        return UnknownIflowError(
            f'the iFlow "{name}" has several endpoints: {", ".join(paths)}',
            where=f"tenant {self._environment}",
            remedy=f'name the one that is meant in place of the iFlow: "{paths[0]}"',
        )

    def _not_listed(self, name: str, monitor: Monitor) -> ConfigurationError:
        from pytest_iflow.monitoring.artifacts import STARTED, did_you_mean, find

        artifacts = monitor.runtime_artifacts()
        artifact = find(self.artifact(name), artifacts)
        if artifact is None:
            known = {text for each in artifacts for text in (each.id, each.name)}
            return UnknownIflowError(
                f'there is no iFlow "{name}"',
                where=f"tenant {self._environment}",
                remedy=did_you_mean(name, known | self._environment.iflows.keys())
                + f"pytest-iflow endpoints --tenant={self._environment.tenant} "
                f"--environment={self._environment.name} lists all that can be called",
            )
        where = f"tenant {self._environment}, artifact {artifact.id}"
        if artifact.status != STARTED:
            return ConfigurationError(
                f'the iFlow "{name}" cannot be called: its status is {artifact.status}',
                where=where,
                remedy="see Manage Integration Content in the Monitor, and deploy it again",
            )
        since = f" since {artifact.deployed_on:%Y-%m-%d %H:%M:%S} UTC" if artifact.deployed_on else ""
        return ConfigurationError(
            f'the iFlow "{name}" is started{since}, but the tenant lists no endpoint of it yet',
            where=where,
            # wire-facts 6, row 31
            remedy="a tenant lists a new endpoint 30 seconds to some minutes after the start: run again "
            "then, or add its address to the tenant file; a flow without a sender channel never has one",
        )
