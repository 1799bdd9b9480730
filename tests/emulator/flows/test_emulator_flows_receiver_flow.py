"""The flow that calls a receiver, and the receiver."""

from __future__ import annotations

import threading

import pytest

from pytest_iflow.emulator.flows.receiver_flow import MOST_SECONDS, ConfigurableReceiver
from tests.emulator.asgi_client import ask
from tests.emulator.emulator_process import Emulator


def test_headers_of_the_receiver_leak_through(emulator: Emulator) -> None:
    """Its own, and the one that the flow sent to it (wire-facts 4.2); the sap_ headers are there too."""
    answer = emulator.call("/receiver", "passed on")
    assert (answer.status_code, answer.text) == (200, "passed on")
    assert answer.headers["x-powered-by"] == "Express"
    assert answer.headers["x-csrf-token"] == "dummyToken123"
    assert answer.headers["x-envoy-upstream-service-time"] == "3"
    assert answer.headers["apikey"] == "dummy-api-key"
    assert "etag" in answer.headers
    assert "sap_messageprocessinglogid" in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize("code", [404, 503])
def test_receiver_that_answers_an_error_fails_the_message(emulator: Emulator, code: int) -> None:
    """With the words of the adapter (wire-facts 6, row 20)."""
    answer = emulator.call(f"/receiver?code={code}")
    assert answer.status_code == 500
    assert "HTTP operation failed invoking http://127.0.0.1:" in answer.text
    assert f" with statusCode: {code}\nThe MPL ID" in answer.text


def test_receiver_that_is_down_fails_the_message(emulator: Emulator) -> None:
    """The connection is refused."""
    answer = emulator.call("/receiver?receiver=down")
    assert answer.status_code == 500
    assert "org.apache.camel.CamelExecutionException: ConnectionRefusedError: " in answer.text


def test_receiver_that_is_slower_than_the_flow_waits_fails_the_message(emulator: Emulator) -> None:
    """The adapter's own time-out ends it."""
    answer = emulator.call("/receiver?delay=30&timeout=0.1")
    assert answer.status_code == 500
    assert "TimeoutError: " in answer.text


def test_receiver_that_is_a_little_slow_is_waited_for(emulator: Emulator) -> None:
    """The answer is the usual one."""
    assert emulator.call("/receiver?delay=0.05", "x").text == "x"


@pytest.mark.parametrize("query", ["code=600", "code=1xx", "delay=soon", "timeout=never"])
def test_order_that_makes_no_sense_fails_the_message(emulator: Emulator, query: str) -> None:
    """It fails before the receiver is called."""
    answer = emulator.call(f"/receiver?{query}")
    assert answer.status_code == 500
    assert "occured: java.lang." in answer.text


def test_receiver_does_not_wait_for_the_end_of_the_process() -> None:
    """Once the landscape is stopping it answers at once; otherwise this would take a minute."""
    stopping = threading.Event()
    stopping.set()
    query = f"seconds={MOST_SECONDS}&status=202"
    answer = ask(ConfigurableReceiver(stopping), "POST", "/receiver", query=query, headers={}, body=b"x")
    assert (answer.status, answer.body) == (202, b"x")
