"""What goes into a flow."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.message import Message


@pytest.mark.parametrize(
    ("text", "number"), [("2.5", 2.5), ("-1", 0.0), ("1e9", 30.0), ("inf", 30.0), ("nan", 0.0)]
)
def test_number_is_kept_within_its_bounds(text: str, number: float) -> None:
    """Nothing beyond 0 and the highest that is allowed."""
    assert Message("GET", {"seconds": text}, {}, b"").number("seconds", 30.0) == number


def test_number_that_is_not_given_is_one() -> None:
    """A default that shows the effect."""
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
