"""All flows that the tenant comes with, and which of them are deployed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pytest_iflow.emulator.flows import business_documents, products, receiver_flow, responses
from pytest_iflow.emulator.flows.message import Flow

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


@dataclass(frozen=True, slots=True)
class DeployedFlow:
    """A flow with what its deployment adds; ``deployed_on`` is in seconds since 1970, UTC."""

    flow: Flow
    version: str
    deployed_on: float
    status: RuntimeStatus = "STARTED"
    deployed_by: str = "local-tenant"


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
    return next((other for other in others if _exclude_each_other(flow, other)), None)


def _exclude_each_other(one: Flow, other: Flow) -> bool:
    return one.artifact != other.artifact and (
        one.path == other.path or _takes_in(one, other) or _takes_in(other, one)
    )


def _takes_in(outer: Flow, inner: Flow) -> bool:
    return (
        outer.protocol == "http" and outer.path.endswith(ANY_REST) and inner.path.startswith(outer.path[:-1])
    )


class Deployment:
    """All flows of the tenant by artifact id, deployed or not; in the beginning all of them are.

    Belongs to the event loop's thread. ``restored`` counts returns to the beginning. Start and
    stop of a flow take no time (assumed).
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._first = {flow.artifact: flow for flow in flows}
        self._designed = dict(self._first)
        self.restored = 0
        self._deployed: dict[str, DeployedFlow] = {}
        self._by_path: dict[str, Flow] = {}
        for artifact in self._designed:
            self.deploy(artifact)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of the design time, in the order of the registry."""
        return tuple(self._designed.values())

    @property
    def deployed(self) -> tuple[DeployedFlow, ...]:
        """The flows that are deployed."""
        return tuple(self._deployed.values())

    def flow(self, artifact: str) -> Flow | None:
        """Return the flow of an artifact id, deployed or not; None if there is none."""
        return self._designed.get(artifact)

    def get(self, artifact: str) -> DeployedFlow | None:
        """Return a deployed flow by its artifact id, or None."""
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
        for artifact, flow in self._first.items():
            deployed = self._deployed.get(artifact)
            if deployed is None or deployed.flow is not flow:
                self.deploy(artifact)
        self.restored += 1

    def deploy(self, artifact: str, version: str | None = None) -> DeployedFlow:
        """Deploy a flow, or deploy it again; ``version`` None is its own. Raises KeyError if unknown.

        A flow whose address is another's does not start: its status is ERROR.
        """
        flow = self._designed[artifact]
        self.undeploy(artifact)
        taken = flow.address and flow.path in self._by_path
        status: RuntimeStatus = "ERROR" if taken else "STARTED"
        deployed = DeployedFlow(flow, version or flow.version, time.time(), status)
        self._deployed[artifact] = deployed
        if flow.address and not taken:
            self._by_path[flow.path] = flow
        return deployed

    def undeploy(self, artifact: str) -> bool:
        """Take a flow out of the runtime; False if it is not deployed."""
        deployed = self._deployed.pop(artifact, None)
        if deployed is None:
            return False
        if self._by_path.get(deployed.flow.path) is deployed.flow:
            del self._by_path[deployed.flow.path]
        return True

    def at(self, path: str) -> Destination | None:
        """Return the deployed flow behind a path such as ``/http/orders``; case matters (wire-facts 4.1).

        An address without ``/*`` is preferred to one with it, and of those the longer one. That ``/*`` may
        stand for nothing at all is assumed. SOAP senders answer below their address, too (wire-facts 4.9).
        """
        flow = self._by_path.get(path)
        if flow is not None:
            return Destination(flow, "")
        base = path
        while base:
            flow = self._by_path.get(f"{base}{ANY_REST}") or self._by_path.get(base)
            if flow is not None and (flow.protocol == "cxf" or flow.path.endswith(ANY_REST)):
                return Destination(flow, path[len(base) + 1 :])
            base = base.rpartition("/")[0]
        return None
