"""Flows for tests of a client."""

from __future__ import annotations

import re
import threading

import pytest
import requests

from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.flows.responses import escalation
from tests.emulator.emulator_process import Emulator


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo_tells_what_arrived(emulator: Emulator, method: str) -> None:
    """Method, query, headers and body, for every method."""
    answer = emulator.call(
        "/echo", "grüß".encode(), method=method, params={"a": "b c"}, headers={"X-Mine": "1"}
    )
    received = answer.json()
    assert answer.status_code == 200
    assert (received["method"], received["query"], received["body"]) == (method, {"a": "b c"}, "grüß")
    assert received["headers"]["x-mine"] == "1"


def test_echo_keeps_credentials_to_itself(emulator: Emulator) -> None:
    """Neither the token nor a cookie comes back."""
    answer = emulator.call("/echo", headers={"Cookie": "JSESSIONID=1"})
    assert {"authorization", "cookie"}.isdisjoint(answer.json()["headers"])


def test_head_is_answered_without_a_body(emulator: Emulator) -> None:
    """HTTP requires that."""
    answer = emulator.call("/echo", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_echo_of_any_path_tells_the_rest(emulator: Emulator) -> None:
    """What stands for the asterisk of its address."""
    assert emulator.call("/echo/a/b").json()["path"] == "a/b"


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


def test_slow_flow_answers_in_the_end(emulator: Emulator) -> None:
    """It says how long it waited."""
    answer = emulator.call("/slow", method="GET", params={"seconds": "0.01"})
    assert (answer.status_code, answer.text) == (200, "waited 0.01 seconds")


def test_impatient_client_gives_up(emulator: Emulator) -> None:
    """A read time-out below the wait ends the call."""
    with pytest.raises(requests.exceptions.ReadTimeout):
        emulator.call("/slow?seconds=5", timeout=(10, 0.2))


def test_seconds_that_are_none_fail_the_message(emulator: Emulator) -> None:
    """500 with the cause."""
    answer = emulator.call("/slow", params={"seconds": "soon"})
    assert answer.status_code == 500
    assert 'NumberFormatException: For input string: "soon"' in answer.text


def test_large_answer_has_the_size_asked_for(emulator: Emulator) -> None:
    """Three mebibytes of lines, sent in chunks."""
    answer = emulator.call("/large", params={"megabytes": "3"})
    assert len(answer.content) == 3 * 1024 * 1024
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.content.endswith(b"\n")


def test_html_comes_with_a_200(emulator: Emulator) -> None:
    """A success by its status only."""
    answer = emulator.call("/broken-html", method="GET")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<html>")
