"""The ways in which a message can end, over the wire."""

from __future__ import annotations

import re
import threading

import pytest

from pytest_iflow.emulator.flows.endings import escalation
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from tests.emulator.emulator_process import Emulator

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


@pytest.mark.parametrize("address", ["/errors/end-event", "/errors/escalation"])
def test_end_event_gives_no_cause(emulator: Emulator, address: str) -> None:
    """The two-line form, character by character (wire-facts 4.3)."""
    answer = emulator.call(address)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/plain;charset=ISO-8859-1")
    assert re.fullmatch(
        r"An internal server error occured: The MPL ID for the failed message is : AG[\w-]{26}\n"
        r"For more details please check tail log\.",
        answer.text,
    )


def test_escalation_is_no_failure() -> None:
    """The message is ESCALATED (wire-facts 4.3)."""
    with pytest.raises(FlowFailureError) as ended:
        escalation(Message("POST", {}, {}, b""), SURROUNDINGS)
    assert ended.value.status == "ESCALATED"


def test_uncaught_exception_gives_its_cause(emulator: Emulator) -> None:
    """Without its class."""
    text = emulator.call("/errors/uncaught").text
    assert text.startswith(
        "An internal server error occured: The receiver determination found no receiver.\n"
    )


def test_exception_is_returned_where_the_flow_says_so(emulator: Emulator) -> None:
    """With its class (wire-facts 4.3)."""
    answer = emulator.call("/errors/returned")
    assert answer.status_code == 500
    assert answer.text.startswith("java.lang.IllegalStateException: An internal server error occured: ")


def test_handled_error_is_answered_with_the_flows_own_500(emulator: Emulator) -> None:
    """The recorded body, and the sap_ headers that an unhandled one has not (wire-facts 4.3)."""
    answer = emulator.call("/errors/handled")
    assert (answer.status_code, answer.text) == (500, '{"error":"Employee\'s country not supported"}')
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    for name in ("sap_messageprocessinglogid", "sap_mplcorrelationid", "sap_pregeneratedmplid"):
        assert answer.headers[name].startswith("AG")


def test_flow_without_an_answer_is_a_204(emulator: Emulator) -> None:
    """No content, no type of it, but the ids (wire-facts 4.1)."""
    answer = emulator.call("/status")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "sap_messageprocessinglogid" in answer.headers


@pytest.mark.parametrize("code", [200, 201, 302, 418, 503, 599])
def test_flow_sets_its_own_status(emulator: Emulator, code: int) -> None:
    """CamelHttpResponseCode goes before what the runtime would say (wire-facts 4.1)."""
    answer = emulator.call(f"/status?code={code}")
    assert (answer.status_code, answer.text) == (code, f"status {code}")


@pytest.mark.parametrize("code", ["199", "600", "abc", "20", "２００"])  # noqa: RUF001 - digits that are none here
def test_status_that_is_none_fails_the_message(emulator: Emulator, code: str) -> None:
    """500 with the cause."""
    answer = emulator.call("/status", params={"code": code})
    assert answer.status_code == 500
    assert "IllegalArgumentException: Invalid status code" in answer.text
