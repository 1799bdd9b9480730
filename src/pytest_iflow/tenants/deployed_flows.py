"""The exported iFlows that the local tenant of an environment runs, read from the bundles of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.flow_state import FlowState, flow_state
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

    def state(self) -> FlowState:
        """Return what decides the way of a message; raises BundleError."""
        return flow_state(self.package, self.bundle, self.given)


def deployed_flows(environment: Environment) -> Iterator[FlowInSuite]:
    """Yield the flows that the local tenant runs.

    Raises ConfigurationError for a bundle that cannot be read.
    """
    for source in exported_flows(environment):
        try:
            is_named = source in environment.bundles.values()
            given = source.parameters if is_named else values_beside(source.path)
            package = read_package(source.path)
        except (BundleError, OSError) as error:
            raise ConfigurationError(
                f"{source.path.name} cannot be read: {error}",
                where=str(source.path),
                remedy="export the integration flow or package once more",
            ) from error
        for bundle in package.flows():
            yield FlowInSuite(source.path, package, bundle, given)
