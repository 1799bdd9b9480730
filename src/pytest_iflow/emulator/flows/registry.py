"""All flows that the tenant comes with, and which of them are deployed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pytest_iflow.emulator.flows import business_documents, products, receiver_flow, responses
from pytest_iflow.emulator.flows.message import Flow
from pytest_iflow.emulator.start import StartError

FLOWS: tuple[Flow, ...] = (
    *products.FLOWS,
    *business_documents.FLOWS,
    *responses.FLOWS,
    *receiver_flow.FLOWS,
)
"""A new flow stands in one of these modules, or in a new one that is named here."""

# What wire-facts 5.3 lists for IntegrationRuntimeArtifacts.
RuntimeStatus = Literal["STARTED", "STARTING", "ERROR", "STOPPING"]
ANY_REST = "/*"
# Seconds before the start of the tenant at which the flows of the beginning were deployed.
DEPLOYED_BEFORE = 1800.0


@dataclass(frozen=True, slots=True)
class DeployedFlow:
    """A flow with what its deployment adds; ``deployed_on`` and ``started_on`` are seconds since 1970, UTC.

    With an ``error`` it does not start. Where it ``replaces`` a flow that was started, its address answers
    meanwhile (assumed). One that is being undeployed is ``gone_on`` that moment.
    """

    flow: Flow
    version: str
    deployed_on: float
    started_on: float
    error: str | None = None
    replaces: bool = False
    deployed_by: str = "local-tenant"
    gone_on: float | None = None

    @property
    def status(self) -> RuntimeStatus:
        """What the flow is now."""
        if self.gone_on is not None:
            return "STOPPING"
        if time.time() < self.started_on:
            return "STARTING"
        return "ERROR" if self.error else "STARTED"

    @property
    def answers(self) -> bool:
        """Whether the flow can be called now."""
        return self.status == "STARTED" or (self.status == "STARTING" and self.replaces)


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """A flow of a bundle; ``origin`` is what the bundle is called in errors, which are ``mistake``."""

    flow: Flow
    origin: str
    mistake: type[StartError] = StartError


@dataclass(frozen=True, slots=True)
class Destination:
    """The flow behind a path; ``rest`` is what ``/*`` of its address stands for, without a slash ahead."""

    flow: Flow
    rest: str


def conflicting(flow: Flow, others: Iterable[Flow]) -> Flow | None:
    """Return one of the ``others`` beside which ``flow`` cannot be deployed; None if there is none.

    Addresses are unique in a tenant, and below ``/*`` of an HTTPS sender no other flow can stand (wire-facts
    4.1, 4.11).
    """
    return next(
        (
            other
            for each in others
            for other in each.entries
            if any(_exclude_each_other(entry, other) for entry in flow.entries)
        ),
        None,
    )


def _exclude_each_other(one: Flow, other: Flow) -> bool:
    have_addresses = bool(one.address and other.address)
    return (
        have_addresses
        and one.artifact != other.artifact
        and (one.path == other.path or _takes_in(one, other) or _takes_in(other, one))
    )


def _takes_in(outer: Flow, inner: Flow) -> bool:
    return (
        outer.protocol == "http" and outer.path.endswith(ANY_REST) and inner.path.startswith(outer.path[:-1])
    )


class Deployment:
    """All flows of the tenant by artifact id, deployed or not; in the beginning all of them are.

    Belongs to the event loop's thread. ``restored`` counts returns to the beginning. The flows of the
    beginning were deployed some time before it.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._first = {flow.artifact: flow for flow in flows}
        self._designed = dict(self._first)
        self.restored = 0
        self._deployed: dict[str, DeployedFlow] = {}
        self._by_path: dict[str, tuple[DeployedFlow, Flow]] = {}
        for flow in self._designed.values():
            self._deploy_before(flow)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of the design time, in the order of the registry."""
        return tuple(self._designed.values())

    @property
    def deployed(self) -> tuple[DeployedFlow, ...]:
        """The flows that are deployed, also those that are stopping."""
        self._drop_gone()
        return tuple(self._deployed.values())

    def _drop_gone(self) -> None:
        now = time.time()
        gone = [name for name, each in self._deployed.items() if each.gone_on and each.gone_on <= now]
        for artifact in gone:
            del self._deployed[artifact]

    def flow(self, artifact: str) -> Flow | None:
        """Return the flow of an artifact id, deployed or not; None if there is none."""
        return self._designed.get(artifact)

    def get(self, artifact: str) -> DeployedFlow | None:
        """Return a deployed flow by its artifact id, or None."""
        self._drop_gone()
        return self._deployed.get(artifact)

    def design(self, flow: Flow) -> None:
        """Take a flow into the design time, or put it in place of the one of its id; the runtime stays."""
        self._designed[flow.artifact] = flow

    def discard(self, artifact: str) -> None:
        """Take a flow out of the design time; the runtime stays."""
        self._designed.pop(artifact, None)

    def restore(self) -> None:
        """Return to the flows of the beginning, all of them deployed."""
        for artifact in set(self._deployed) - set(self._first):
            self.undeploy(artifact)
        self._designed = dict(self._first)
        for flow in self._first.values():
            self._deploy_before(flow)
        self.restored += 1

    def deploy(
        self,
        artifact: str,
        version: str | None = None,
        *,
        seconds: float = 0.0,
        error: str | None = None,
        built: Flow | None = None,
    ) -> DeployedFlow:
        """Deploy a flow, or deploy it again; ``version`` None is its own. Raises KeyError if unknown.

        ``built`` is what was made of its design, None where that can be called as it is.
        It is STARTING for so many ``seconds``. With an ``error`` its status is ERROR then, and so it is where
        its address is another's or below ``/*`` of another.
        """
        flow = built or self._designed[artifact]
        before = self._deployed.get(artifact)
        now = time.time()
        return self._put(
            DeployedFlow(
                flow,
                version or flow.version,
                now,
                now + seconds,
                error,
                replaces=before is not None and before.answers,
            )
        )

    def _deploy_before(self, flow: Flow) -> None:
        then = time.time() - DEPLOYED_BEFORE
        self._put(DeployedFlow(flow, flow.version, then, then))

    def _put(self, deployed: DeployedFlow) -> DeployedFlow:
        flow = deployed.flow
        self.undeploy(flow.artifact)
        other = conflicting(flow, (entry for _, entry in self._by_path.values()))
        if other is not None:
            # The words are assumed.
            error = f"The address {flow.path} is already used by {other.artifact} ({other.path})."
            deployed = replace(deployed, error=error)
        else:
            self._by_path |= {entry.path: (deployed, entry) for entry in flow.entries if entry.address}
        if flow.lifecycle and not deployed.error:
            flow.lifecycle.start()
        self._deployed[flow.artifact] = deployed
        return deployed

    def undeploy(self, artifact: str, *, seconds: float = 0.0) -> bool:
        """Take a flow out of the runtime; False if it is not deployed.

        It cannot be called any more, and is STOPPING for so many ``seconds``.
        """
        deployed = self.get(artifact)
        if deployed is None:
            return False
        for path in [path for path, (each, _) in self._by_path.items() if each is deployed]:
            del self._by_path[path]
        if deployed.flow.lifecycle:
            deployed.flow.lifecycle.stop()
        if not seconds:
            del self._deployed[artifact]
        elif deployed.gone_on is None:
            self._deployed[artifact] = replace(deployed, gone_on=time.time() + seconds)
        return True

    def at(self, path: str) -> Destination | None:
        """Return the deployed flow behind a path such as ``/http/orders``; case matters (wire-facts 4.1).

        An address without ``/*`` is preferred to one with it, and of those the longer one. That ``/*`` may
        stand for nothing at all is assumed. SOAP senders answer below their address, too (wire-facts 4.9).
        """
        flow = self._answering(path)
        if flow is not None:
            return Destination(flow, "")
        base = path
        while base:
            flow = self._answering(f"{base}{ANY_REST}") or self._answering(base)
            if flow is not None and (flow.protocol == "cxf" or flow.path.endswith(ANY_REST)):
                return Destination(flow, path[len(base) + 1 :])
            base = base.rpartition("/")[0]
        return None

    def _answering(self, path: str) -> Flow | None:
        deployed, entry = self._by_path.get(path, (None, None))
        return entry if deployed is not None and deployed.answers else None
