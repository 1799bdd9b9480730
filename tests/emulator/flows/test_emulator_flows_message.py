"""A flow, its messages, and how they fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Protocol, SoapFaultError
from pytest_iflow.emulator.flows.responses import FLOWS


@pytest.mark.parametrize(
    ("protocol", "path"), [("http", "/http/echo"), ("cxf", "/cxf/echo"), ("odata", "/gw/odata/SAP/echo")]
)
def test_path_begins_with_the_senders_own(protocol: Protocol, path: str) -> None:
    """As in wire-facts 4.1; the one of the OData sender is assumed."""
    assert replace(FLOWS[0], protocol=protocol).path == path


def test_flow_asks_for_the_usual_role_and_40_megabytes() -> None:
    """These are the defaults."""
    assert (FLOWS[0].role, FLOWS[0].body_limit, FLOWS[0].csrf_protected) == ("ESBMessaging.send", 40.0, False)


def test_failure_is_failed_unless_it_says_otherwise() -> None:
    """An escalation is the exception."""
    assert FlowFailureError("x").status == "FAILED"
    assert FlowFailureError(None, status="ESCALATED").status == "ESCALATED"


def test_fault_has_its_reason_for_a_cause() -> None:
    """The log holds the reason."""
    fault = SoapFaultError("No such product.", b"<Unknown/>")
    assert (fault.cause, fault.detail, str(fault)) == ("No such product.", b"<Unknown/>", "No such product.")


@pytest.mark.parametrize(
    ("text", "number"), [("2.5", 2.5), ("-1", 0.0), ("1e9", 30.0), ("inf", 30.0), ("nan", 0.0)]
)
def test_number_is_kept_within_its_bounds(text: str, number: float) -> None:
    """A number below 0 or above the highest is replaced by the bound."""
    assert Message("GET", {"seconds": text}, {}, b"").number("seconds", 30.0) == number


def test_number_that_is_not_given_is_one() -> None:
    """The default has a visible effect."""
    assert Message("GET", {}, {}, b"").number("seconds", 30.0) == 1.0


def test_what_is_no_number_fails_the_message() -> None:
    """With the words of Java."""
    with pytest.raises(FlowFailureError, match=r'java\.lang\.NumberFormatException: For input string: "x"'):
        Message("GET", {"seconds": "x"}, {}, b"").number("seconds", 30.0)


def test_header_is_found_in_any_case() -> None:
    """As in the framework; what is not there is empty."""
    message = Message("GET", {}, {"SAP_ApplicationID": "1"}, b"")
    assert message.header("sap_applicationid") == "1"
    assert message.header("SAP_Sender") == ""
    assert message.header("SAP_Sender", "nobody") == "nobody"


def test_number_may_be_a_header() -> None:
    """If there is no query parameter of the name."""
    assert Message("GET", {}, {"Seconds": "2"}, b"").number("seconds", 30.0) == 2.0
