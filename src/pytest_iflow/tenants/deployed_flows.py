"""The exported iFlows that the local tenant of an environment runs, read from the bundles of the suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.flow_state import CALLED_BY_HTTP, FlowState, flow_state
from pytest_iflow.iflow_model.named_bundles import values_beside
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.parameters import resolve_flow
from pytest_iflow.tenants.credentials import exported_flows
from pytest_iflow.tenants.model import Environment


class FlowInSuite(Struct, frozen=True):
    """A flow of a bundle; ``file`` is its zip or folder, ``given`` the suite's values for its parameters."""

    file: Path
    package: Package
    bundle: Bundle
    given: Mapping[str, str]

    @property
    def flow(self) -> Flow:
        """Return the flow with the values that it is deployed with."""
        assert self.bundle.flow is not None  # noqa: S101, it is one
        return resolve_flow(self.bundle.flow, self.bundle.values(self.given))

    @property
    def receivers(self) -> list[str]:
        """Return the names of its receivers."""
        participants = self.bundle.flow.participants.values() if self.bundle.flow else ()
        return [each.name for each in participants if each.kind == "receiver"]

    @property
    def address(self) -> str | None:
        """Return where a scenario calls it by HTTP; None where it can only be started."""
        senders = (each for each in self.flow.senders() if each.kind in CALLED_BY_HTTP)
        return next(("/" + each.address.strip("/") for each in senders), None)

    def state(self) -> FlowState:
        """Return what decides the way of a message; raises BundleError."""
        return flow_state(self.package, self.bundle, self.given)


def deployed_flows(environment: Environment) -> list[FlowInSuite]:
    """Return the flows that the local tenant runs.

    The package of each has also what other zips of the folder ``local-flows`` bring for all, such as script
    collections. Raises ConfigurationError for a bundle that cannot be read.
    """
    named = list(environment.bundles.values())
    read = []
    for source in exported_flows(environment):
        try:
            given = source.parameters if source in named else values_beside(source.path)
            read.append((source, given, read_package(source.path)))
        except (BundleError, OSError) as error:
            raise ConfigurationError(
                f"{source.path.name} cannot be read: {error}",
                where=str(source.path),
                remedy="export the integration flow or package once more",
            ) from error
    shared = [one for source, _, package in read if source not in named for one in package.bundles]
    return [
        FlowInSuite(source.path, with_content_beside(package, shared), bundle, given)
        for source, given, package in read
        for bundle in package.flows()
    ]


def with_content_beside(package: Package, bundles: Iterable[Bundle]) -> Package:
    """Return a package that has more than its own content, such as collections; its own comes first."""
    beside = (one for one in bundles if one.flow is None)
    return replace(package, bundles=(*beside, *package.bundles))
