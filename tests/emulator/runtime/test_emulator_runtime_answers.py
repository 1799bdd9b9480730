"""Answers for flows that have run."""

from __future__ import annotations

from pytest_iflow.emulator.flows.message import FlowFailureError, Reply
from pytest_iflow.emulator.message_log import MessageIds
from pytest_iflow.emulator.runtime.answers import failure, failure_text, logged_text, success

FAILURE = FlowFailureError("it broke", "com.example.BrokenException")


def test_success_carries_the_ids_of_the_message() -> None:
    """Each id in its header; the request's id in two."""
    answer = success(Reply(b"x", "text/plain", status=202), MessageIds("m", "c", "p"), "r")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (202, b"x")
    assert headers["sap_messageprocessinglogid"] == "m"
    assert headers["sap_mplcorrelationid"] == "c"
    assert headers["sap_pregeneratedmplid"] == "p"
    assert headers["x-correlationid"] == headers["x-vcap-request-id"] == "r"


def test_text_of_a_failure_is_the_recorded_one() -> None:
    """Two newlines at the end, a space before the colon, "occured" (wire-facts 4.3)."""
    assert failure_text(FAILURE, "AG1") == (
        "An internal server error occured: it broke\nThe MPL ID for the failed message is : AG1\n\n"
    )


def test_log_knows_the_class_of_the_exception() -> None:
    """As in the report behind wire-facts 1.3; a cause that names its class is logged as it is."""
    assert logged_text(FAILURE, "AG1") == (
        "com.example.BrokenException: An internal server error occured: it broke\n"
        "The MPL ID for the failed message is : AG1"
    )
    assert logged_text(FlowFailureError("a.B: c"), "AG1") == "a.B: c"


def test_failure_is_written_in_its_own_charset() -> None:
    """ISO-8859-1 has an e with an accent but no Greek."""
    assert b"\xe9 ?\n" in bytes(failure(FlowFailureError("é λ"), "AG1", "r").body)  # type: ignore[arg-type] # a failure's body is no iterable of chunks
