"""What ends a message, or a part of it, before its last step."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_iflow.iflow_engine.message import BodyError, CaughtException, Message
from pytest_iflow.iflow_model.files import BundleError

RUNTIME_EXCEPTION = "java.lang.RuntimeException"
EXCEEDED = "pytest_iflow.LimitExceeded"
NOT_SUPPORTED = "pytest_iflow.NotSupported"


class StepError(Exception):
    """An exception of a step; an exception sub-process of its process may handle it.

    ``class_name`` is the Java class that a tenant would name, as far as it is known. Status, body and headers
    are those of an HTTP receiver's answer. ``step`` and ``step_name`` are set where the step is known, and
    ``at`` is the message as it was there. ``of_called_process`` says that a local process let it out.
    """

    def __init__(
        self,
        message: str,
        class_name: str = RUNTIME_EXCEPTION,
        *,
        status_code: int | None = None,
        status_text: str = "",
        response_body: str | bytes = "",
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.class_name = class_name
        self.status_code = status_code
        self.status_text = status_text
        self.response_body = response_body
        self.response_headers = dict(response_headers or {})
        self.step = ""
        self.step_name = ""
        self.at: Message | None = None
        self.of_called_process = False

    def caught(self) -> CaughtException:
        """Return the exception as the steps of an exception sub-process see it."""
        return CaughtException(
            self.message,
            self.class_name,
            self.status_code,
            self.status_text,
            self.response_body,
            self.response_headers,
            self.step,
            self.step_name,
        )


class NotSupportedError(StepError):
    """A step or adapter that the engine does not run; nothing handles it: a tenant would have run it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOT_SUPPORTED)


class LimitError(StepError):
    """The message takes more than the engine gives: steps, time, nesting, parts. Nothing handles it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, EXCEEDED)


class DuplicateEntryError(StepError):
    """An entry of a data store is there already; no exception sub-process handles that (SAP documents it)."""

    def __init__(self, own_id: str, store: str) -> None:
        super().__init__(
            f"Entry with ID {own_id} already exists in data store {store}",
            "com.sap.esb.datastore.DuplicateEntryException",
        )


class DefectError(StepError):
    """The engine itself failed. The message ends here, the tenant goes on."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "pytest_iflow.Defect")


class EscalatedError(StepError):
    """An escalation end event ends the message, with the status ESCALATED."""

    def __init__(self, category: str) -> None:
        super().__init__(f"Escalation event: {category}", "com.sap.it.rt.escalation.EscalationException")
        self.category = category
        self.cause: StepError | None = None


class TerminatedError(Exception):
    """A terminate end event ends the message, or the part of a splitter; it is no failure."""

    def __init__(self, message: Message) -> None:
        super().__init__("terminated")
        self.message = message


UNHANDLED = (NotSupportedError, LimitError, EscalatedError, DefectError, DuplicateEntryError)
"""Errors that no exception sub-process gets to see."""


def as_step_error(error: Exception) -> StepError:
    """Return the exception of a step for what one raised; what nobody foresaw is a defect of the engine."""
    if isinstance(error, StepError):
        return error
    if isinstance(error, BundleError):
        return StepError(f"the bundle cannot be read: {error.what}")
    if isinstance(error, BodyError):
        return StepError(str(error), "org.xml.sax.SAXParseException")
    if isinstance(error, RecursionError | MemoryError):
        return LimitError(f"the message is nested too deeply, or too large: {type(error).__name__}")
    return DefectError(f"this is a defect of the local tenant's engine: {type(error).__name__}: {error}")


def may_be_handled(error: StepError) -> bool:
    """Tell whether an exception sub-process gets to see an error."""
    return not isinstance(error, UNHANDLED)
