"""A call as the message that a flow gets (wire-facts 4.1)."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.message_logs.message_ids import new_message_id
from tests.emulator.emulator_process import Emulator
from tests.emulator.runtime.conftest import MakeInside


def test_rest_of_the_path_and_query_become_camel_headers(emulator: Emulator) -> None:
    """The rest without a slash ahead, the query as it came, both also taken apart."""
    answer = emulator.call("/echo/a/b%20c?x=1%2F2&y=z", method="PUT")
    received = answer.json()
    camel = {name: value for name, value in received["headers"].items() if name.startswith("Camel")}
    assert camel == {
        "CamelHttpMethod": "PUT",
        "CamelHttpPath": "a/b c",
        "CamelHttpQuery": "x=1%2F2&y=z",
        "CamelHttpUrl": f"{emulator.runtime}/http/echo/a/b c",
        "CamelServletContextPath": "/echo/*",
    }
    assert (received["path"], received["query"]) == ("a/b c", {"x": "1/2", "y": "z"})
    assert (received["headers"]["x"], received["headers"]["y"]) == ("1/2", "z")


def test_headers_of_the_framework_cannot_be_set_from_outside(emulator: Emulator) -> None:
    """Neither as a header nor as a query parameter."""
    answer = emulator.call("/echo?CamelHttpResponseCode=418", headers={"CamelHttpPath": "/elsewhere"})
    assert answer.status_code == 200
    headers = {name.lower(): value for name, value in answer.json()["headers"].items()}
    assert headers["camelhttppath"] == ""
    assert "camelhttpresponsecode" not in headers


def test_sap_headers_describe_the_message_in_its_log(inside: MakeInside) -> None:
    """As headers or as query parameters; the sender notes its address."""
    runtime = inside()
    runtime.ask(
        "POST",
        "/http/echo",
        query="SAP_Receiver=Warehouse",
        headers={"SAP_ApplicationID": "4711", "SAP_MessageType": "Order", "SAP_Sender": "Shop"},
    )
    (log,) = runtime.landscape.message_logs.latest(1)
    assert (log.application_message_id, log.application_message_type) == ("4711", "Order")
    assert (log.sender, log.receiver) == ("Shop", "Warehouse")
    assert [(each.adapter_id, each.name, each.value) for each in log.adapter_attributes] == [
        ("HTTPS", "Address", "/http/echo")
    ]


def test_correlation_of_the_caller_is_kept(inside: MakeInside) -> None:
    """A flow that calls another one passes its own on."""
    correlation = new_message_id()
    answer = inside().ask("POST", "/http/echo", headers={"SAP_MplCorrelationId": correlation})
    assert answer.headers["sap_mplcorrelationid"] == correlation


@pytest.mark.parametrize("correlation", ["", "too short", "x" * 29])
def test_correlation_that_is_none_is_replaced(inside: MakeInside, correlation: str) -> None:
    """The message gets one of its own."""
    answer = inside().ask("POST", "/http/echo", headers={"SAP_MplCorrelationId": correlation})
    assert answer.headers["sap_mplcorrelationid"].startswith("AG")
