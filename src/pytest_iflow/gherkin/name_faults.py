"""What is wrong with the names in a step that are known before a call: HTTP methods, clients, iFlows.

Those that are started are exported ones of the suite.

Which iFlows a tenant has only the tenant knows. It is not asked before the run, but for the local tenant,
which is a process of the run itself. Where there is no service key of plan api nobody can be asked: then the
names are those of the tenant file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError, IflowError, closest_names, suggestion
from pytest_iflow.gherkin.compiled import StepDefinition
from pytest_iflow.gherkin.faults import Fault
from pytest_iflow.gherkin.receiver_steps import FlowsOfSuite
from pytest_iflow.gherkin.step_faults import constant_text, unreadable
from pytest_iflow.run import Run
from pytest_iflow.runtime.addresses import start_address
from pytest_iflow.tenants.credentials import LOCAL_FLOWS, needs_emulator

if TYPE_CHECKING:  # not for a run whose iFlows all stand in the tenant file
    from pytest_iflow.monitoring.discovery import Discovery

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "MERGE")
"""Methods of HTTP (RFC 9110, RFC 5789), and that of OData V2 which changes a part of an entity."""

_METHOD, _CLIENT, _IFLOW, _STARTED = "method", "client", "iflow", "started"
"""Arguments of our step functions that hold such a name."""

_CALLER = "iflow_caller"
"""The fixture that calls iFlows."""

_OF_CLIENTS = ("token", "token_for", "token_source")
"""Fixtures that know the clients."""


class StepNames(Struct, frozen=True):
    """A step whose names are looked at; ``text`` is that of a row.

    ``is_replaced`` tells whether a suite has a fixture of its own in place of one of ours.
    ``iflows_may_change`` tells whether what runs before the step may deploy iFlows, or skip
    the scenario where one lacks.
    """

    step: Step
    text: str
    definition: StepDefinition
    is_replaced: Callable[[str], bool]
    iflows_may_change: Callable[[], bool]


class NameCheck:
    """Looks at names before anything is sent, at each once.

    ``run`` is that of the tested environment, None where no tenant is tested; ``suite`` has the exported
    iFlows; ``constants`` are the values of variables that are the same in all of a run. Unless calls
    ``will_follow``, no local tenant is started for the sake of a name.
    """

    def __init__(
        self, run: Run | None, suite: FlowsOfSuite, constants: Mapping[str, str], *, will_follow: bool
    ) -> None:
        self._run = run
        self._suite = suite
        self._constants = constants
        self._will_follow = will_follow
        self._discovery: Discovery | None = None
        self._known: dict[tuple[str, str], ConfigurationError | None] = {}
        self._checks: dict[str, tuple[Callable[[str], None], tuple[str, ...]]] = {
            _METHOD: (_look_at_method, ()),
            _CLIENT: (self._look_at_client, _OF_CLIENTS),
            _IFLOW: (self._look_at_iflow, (_CALLER,)),
            _STARTED: (self._look_at_started, (_CALLER,)),
        }

    def faults(self, file: str, names: StepNames) -> Iterator[Fault]:
        """Yield the fault of each name that there is not."""
        definition = names.definition
        if not definition.parameters & self._checks.keys():
            return
        if not definition.function.__module__.startswith("pytest_iflow."):
            return
        for argument, (look, fixtures) in self._checks.items():
            if argument not in definition.parameters:
                continue
            name = self._name_in(names, argument)
            if name is None or (argument == _IFLOW and self._is_left_to_run(name, names)):
                continue
            if argument == _STARTED and self._is_local and names.iflows_may_change():
                continue
            error = self._error_of(argument, name, look)
            if error is not None and not any(map(names.is_replaced, fixtures)):
                yield unreadable(file, names.step.line_number, name, error, "unknown-name")

    def _name_in(self, names: StepNames, argument: str) -> str | None:
        """Return the name that a step has; None where it is not known yet, or cannot be read."""
        try:
            arguments = names.definition.arguments_as_written(names.text)
        except (ConfigurationError, ValueError, ArithmeticError):
            return None  # another fault says so
        return constant_text(names.step, arguments[argument], self._constants)

    def _error_of(self, argument: str, name: str, look: Callable[[str], None]) -> ConfigurationError | None:
        key = argument, name
        if key not in self._known:
            self._known[key] = None
            try:
                look(name)
            except ConfigurationError as error:
                self._known[key] = error
        return self._known[key]

    def _look_at_client(self, name: str) -> None:
        if self._run is not None:
            self._run.environment.client(name)

    @property
    def _is_local(self) -> bool:
        return self._run is None or needs_emulator(self._run.environment)

    def _look_at_started(self, name: str) -> None:
        described = None
        if self._run is not None:
            start_address(name, self._run.environment)
            described = self._run.environment.iflows.get(name)
        if self._suite.flows is None:
            return
        artifact = (described and described.artifact) or name
        addresses = {each.bundle.id: each.address for each in self._suite.flows}
        if addresses.get(artifact, "") is None:
            return
        startable = [own for own, address in addresses.items() if address is None]
        remedy = suggestion(artifact, startable) if startable else f"put its exported zip into {LOCAL_FLOWS}"
        if artifact in addresses:
            remedy = f'it is called by HTTP: I send a POST request to the iFlow "{addresses[artifact]}"'
        what = f'the local tenant has no iFlow "{artifact}" that can be started'
        raise ConfigurationError(what, remedy=remedy)

    def _is_left_to_run(self, name: str, names: StepNames) -> bool:
        """Tell whether an iFlow is described, or nothing can be said of it before the run."""
        if self._run is None or name.startswith("/") or _CALLER not in names.definition.parameters:
            return True
        iflow = self._run.environment.iflows.get(name)
        return (iflow is not None and iflow.address is not None) or names.iflows_may_change()

    def _look_at_iflow(self, name: str) -> None:
        run = self._run
        is_local = run is not None and needs_emulator(run.environment)
        if run is None or (is_local and not self._will_follow):
            return
        from pytest_iflow.monitoring import discovery

        try:
            if is_local or run.credentials.api_client() is None:
                # One of its own: the run asks when it calls, for scenarios may deploy before that.
                self._discovery = self._discovery or discovery.Discovery(run.environment, lambda: run.monitor)
                self._discovery.path(name)
        except discovery.UnknownIflowError:
            raise
        except IflowError:  # the step that calls it says so
            return


def _look_at_method(name: str) -> None:
    if name.upper() not in METHODS:
        near = closest_names(name, METHODS, 1)
        question = f'did you mean "{near[0]}"? ' if near else ""
        raise ConfigurationError(
            f'"{name}" is no method of HTTP', remedy=f"{question}Methods are {', '.join(METHODS)}"
        )
