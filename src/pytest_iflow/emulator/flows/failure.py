"""How the processing of a message ends badly."""

from __future__ import annotations

from pytest_iflow.emulator.message_logs.message_log import Status


class FlowFailureError(Exception):
    """An exception that no step of the flow handles, or an end event that says so; no reply comes of it.

    ``cause`` is what the sender gets to read (wire-facts 4.3), None if it is told nothing but the id;
    in the message log the class of the ``exception`` stands before it where the sender does not see it.
    ``status`` is what becomes of the message.
    """

    def __init__(self, cause: str | None, exception: str | None = None, status: Status = "FAILED") -> None:
        super().__init__(cause)
        self.cause = cause
        self.exception = exception
        self.status = status


class SoapFaultError(FlowFailureError):
    """A fault that the WSDL declares: ``reason`` for people, ``detail`` the XML of the fault's element."""

    def __init__(self, reason: str, detail: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
