"""The message mapping step: SAP's graphical mapping of the body (``iflow_engine/mapping/``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.failures import NotSupportedError
from pytest_iflow.iflow_engine.mapping.definition import Call
from pytest_iflow.iflow_engine.mapping.evaluation import Evaluation
from pytest_iflow.iflow_engine.mapping.preparation import UnsupportedMappingError, prepared
from pytest_iflow.iflow_engine.mapping.queues import AnyQueue
from pytest_iflow.iflow_engine.mapping.target import Target
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.scripting.services import ValueMappings
from pytest_iflow.iflow_engine.steps.scripts import value_mappings_of
from pytest_iflow.iflow_model.flow import Step


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
        evaluation = Evaluation(message.tree(), surroundings, _no_own_function)
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


def _no_own_function(call: Call, _arguments: Sequence[AnyQueue]) -> AnyQueue:
    raise NotSupportedError(f"function {call.function} of {call.library}")
