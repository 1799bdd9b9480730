"""Failures of a message."""

from __future__ import annotations

from pytest_iflow.emulator.flows.failure import FlowFailureError, SoapFaultError


def test_failure_is_failed_unless_it_says_otherwise() -> None:
    """An escalation is the exception."""
    assert FlowFailureError("x").status == "FAILED"
    assert FlowFailureError(None, status="ESCALATED").status == "ESCALATED"


def test_fault_has_its_reason_for_a_cause() -> None:
    """So that the log tells it."""
    fault = SoapFaultError("No such product.", b"<Unknown/>")
    assert (fault.cause, fault.detail, str(fault)) == ("No such product.", b"<Unknown/>", "No such product.")
