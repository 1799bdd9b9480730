"""The message mapping step: SAP's graphical mapping of the body (``iflow_engine/mapping/``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.failures import NotSupportedError
from pytest_iflow.iflow_engine.mapping.definition import Call
from pytest_iflow.iflow_engine.mapping.evaluation import Evaluation
from pytest_iflow.iflow_engine.mapping.own_functions import own_queues, parameter_types
from pytest_iflow.iflow_engine.mapping.preparation import Prepared, UnsupportedMappingError, prepared
from pytest_iflow.iflow_engine.mapping.queues import AnyQueue
from pytest_iflow.iflow_engine.mapping.target import Target
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.scripting.services import ValueMappings
from pytest_iflow.iflow_engine.steps.scripts import value_mappings_of
from pytest_iflow.iflow_model.flow import Step

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle


def message_mapping(step: Step, deployed: DeployedFlow) -> Action:
    """Return what maps the body; raises NotSupportedError with the first part that is not run here."""
    try:
        held = prepared(deployed.package, deployed.bundle, step)
    except UnsupportedMappingError as error:
        raise NotSupportedError(
            f"not supported by the local tenant: {step.name or step.id}, {error}"
        ) from error
    bundles = value_mappings_of(deployed)

    def run(processing: Processing, message: Message) -> None:
        mappings = processing.tenant.scripts().services.value_mappings
        mappings.add_bundles(bundles)
        surroundings = _OfMessage(message, processing, mappings)
        source = message.tree()
        own = _OwnFunctions(held, step, message, processing)
        evaluation = Evaluation(source, surroundings, own.queues, processing.budget.check_time)
        target = Target(evaluation.queue, processing.budget.check_time)
        root = target.made(held.target, held.mapping.prefixes)
        message.body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    return run


class _OfMessage:
    """What functions ask of the message and the tenant."""

    def __init__(self, message: Message, processing: Processing, mappings: ValueMappings) -> None:
        self._message = message
        self._processing = processing
        self._mappings = mappings

    def now(self) -> datetime:
        """Return the time of the tenant."""
        return self._processing.tenant.now()

    def header(self, name: str) -> str:
        """Return a header as text."""
        return as_text(self._message.headers.get(name))

    def property(self, name: str) -> str:
        """Return a property as text."""
        return as_text(self._message.properties.get(name))

    def mapped_value(self, source: tuple[str, str], value: str, target: tuple[str, str]) -> str | None:
        """Return what a value mapping of the package or the services file has."""
        return self._mappings.find(source, value, target)


class _OwnFunctions:
    """The functions that the mapping brings along, for one message."""

    def __init__(self, held: Prepared, step: Step, message: Message, processing: Processing) -> None:
        self._held = held
        self._version = step.component_version or step.variant_version
        self._message = message
        self._processing = processing

    def queues(self, call: Call, arguments: Sequence[AnyQueue]) -> list[AnyQueue]:
        """Return what a function makes of the queues of its arguments, a queue for each of its outputs."""
        from pytest_iflow.iflow_engine.scripting.runner import Script

        script = Script(self._scripts(), self._file(call), call.function, self._version)
        source = self._held.holder.script(script.file) or b""
        types = parameter_types(source.decode("utf-8", "replace"), call.function) or []
        return own_queues(arguments, lambda calls: self._run(script, calls), types.count("Output"))

    def _file(self, call: Call) -> str:
        return self._held.mapping.libraries[call.library].rpartition("/")[2]

    def _scripts(self) -> ScriptBundle:
        from pytest_iflow.iflow_engine.scripting.runner import ScriptBundle

        holder, kept = self._held.holder, self._processing.deployed.kept
        name = f"scripts of mapping bundle {holder.id}"
        if not isinstance(kept.get(name), ScriptBundle):
            kept[name] = ScriptBundle(holder.name, holder.files)
        return kept[name]  # type: ignore[return-value]

    def _run(self, script: Script, calls: Sequence[Sequence[Any]]) -> list[Any]:
        runner = self._processing.tenant.scripts()
        seconds = self._processing.budget.seconds_left
        return runner.run_function(script, self._message, calls, self._processing.deployed.id, seconds)
