"""Calls of local processes: once, in a loop, or once for each id."""

from __future__ import annotations

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.settings import whole_number
from pytest_iflow.iflow_engine.steps.routing import holds
from pytest_iflow.iflow_model.flow import Step

_MOST_LOOPS = 1000


def _take_over(message: Message, result: Message) -> None:
    """Make a message what a process returned: they share one exchange."""
    if result is not message:
        message.replace_by(result)


def process_call(step: Step, _deployed: DeployedFlow) -> Action:
    """Return what runs a local process on the message itself."""

    def call(processing: Processing, message: Message) -> None:
        _take_over(message, processing.run_process(step.called_process, message))

    return call


def looping_process_call(step: Step, deployed: DeployedFlow) -> Action:
    """Return what runs a local process, and again as long as the condition holds.

    The condition is looked at after each run. ``CamelLoopIndex`` counts from 0 (SAP's page "Define Looping
    Process Call").
    """
    loop = step.loop
    settings = deployed.settings(step.properties)
    throws = settings.text("postProcessing") == "throwException"

    def call(processing: Processing, message: Message) -> None:
        if loop is None:
            raise StepError(f"the looping process call {step.name} has no condition")
        most = whole_number(loop.maximum, _MOST_LOOPS, "the maximum of the loop")
        for number in range(most):
            message.properties["CamelLoopIndex"] = number
            _take_over(message, processing.run_process(step.called_process, message))
            if not holds(loop.condition, loop.language, processing.scope(message, step)):
                return
        if throws:
            raise StepError(
                f"the loop {step.name} reached its maximum of {most} iterations",
                "com.sap.it.rt.loop.MaximumIterationsException",
            )

    return call


def idempotent_process_call(step: Step, deployed: DeployedFlow) -> Action:
    """Return what runs a local process once for each id, and tells or skips duplicates.

    An id counts as processed once the process has ended without an error (SAP's page "Define Idempotent
    Process Call").
    """
    settings = deployed.settings(step.properties)
    expression = settings.text("sourceMessageID")
    skips = settings.flag("skipOnDuplicate", default=True)

    def call(processing: Processing, message: Message) -> None:
        own_id = evaluated_text(expression, processing.scope(message, step))
        if not own_id:
            raise StepError(
                f"the idempotent process call {step.name} has no message id: {expression} is empty"
            )
        stores, place = processing.tenant.stores, f"{deployed.id}/{step.id}"
        duplicate = stores.is_processed(place, own_id)
        message.properties["CamelDuplicateMessage"] = duplicate
        if not (duplicate and skips):
            _take_over(message, processing.run_process(step.called_process, message))
        stores.set_processed(place, own_id)

    return call
