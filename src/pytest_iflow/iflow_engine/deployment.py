"""A flow that is deployed: the values of its parameters in it, its steps ready to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_iflow.iflow_engine.expressions.xpath import namespaces_of
from pytest_iflow.iflow_engine.failures import NotSupportedError
from pytest_iflow.iflow_engine.settings import Settings, header_fits
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Adapter, Flow, Process, Route, Step
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import resolve_flow

ALL_HEADERS = "*"


class DeployedFlow:
    """A flow of a bundle.

    ``values`` are those of externalised parameters that come before the ones of the bundle. ``package``
    holds what the flow uses beside its own bundle, such as script collections. ``kept`` is what steps have
    ready for the next message, by the id of the step.
    """

    def __init__(
        self, bundle: Bundle, values: Mapping[str, str] | None = None, package: Package | None = None
    ) -> None:
        if bundle.flow is None:
            raise NotSupportedError(f"{bundle.name} is no integration flow but a {bundle.kind}")
        self.bundle = bundle
        self.package = package
        given = bundle.values(values)
        self.flow: Flow = resolve_flow(bundle.flow, given)
        self.missing = frozenset(name for name in bundle.parameters if name not in given)
        self.namespaces = namespaces_of(self.flow.properties.get("namespaceMapping", ""))
        self.allowed_headers = self.flow.properties.get("allowedHeaderList", "").strip()
        self.kept: dict[str, object] = {}
        self._processes = {step: one for one in self.flow.processes.values() for step in one.steps}
        self._routes: dict[str, list[Route]] = {}

    @property
    def id(self) -> str:
        """The id of the artifact."""
        return self.bundle.id

    @property
    def returns_exception(self) -> bool:
        """Whether the sender gets to read the exception (*Return Exception to Sender*)."""
        return Settings(self.flow.properties, self.missing).flag("returnExceptionToSender")

    def settings(self, properties: Mapping[str, str]) -> Settings:
        """Return the settings that properties of a step, route or adapter make."""
        return Settings(properties, self.missing)

    def routes_from(self, process: Process, step: str) -> list[Route]:
        """Return the routes that leave a step, in the order of the editor; made once."""
        if step not in self._routes:
            self._routes[step] = process.routes_from(step)
        return self._routes[step]

    def process_of(self, step: str) -> Process:
        """Return the process that a step stands in."""
        return self._processes[step]

    def receivers_of(self, step: str) -> list[Adapter]:
        """Return the adapters by which a step sends."""
        return [adapter for adapter in self.flow.adapters_of(step) if adapter.direction == "receiver"]

    def receiver_name(self, adapter: Adapter) -> str:
        """Return the name that the flow has for the system behind an adapter."""
        participant = self.flow.participants.get(adapter.participant)
        return participant.name if participant else adapter.name

    def allows(self, header: str) -> bool:
        """Tell whether a header of the sender reaches the flow; that case does not matter is assumed."""
        allowed = self.allowed_headers
        if allowed == ALL_HEADERS:
            return True
        return bool(allowed) and header_fits(allowed, header)

    def ready(self, step: Step, make: Callable[[], object]) -> object:
        """Return what a step has ready for each message; ``make`` makes it for the first one."""
        if step.id not in self.kept:
            self.kept[step.id] = make()
        return self.kept[step.id]
