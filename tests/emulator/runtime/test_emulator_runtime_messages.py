"""A call as a message."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from pytest_iflow.emulator.flows.message import Flow, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.registry import Deployment
from pytest_iflow.emulator.message_logs.message_log import new_message_id
from tests.emulator.emulator_process import TIMEOUT, Emulator
from tests.emulator.runtime.conftest import MakeInside

MEGABYTE = 1024 * 1024


def test_gzip_body_is_unpacked(emulator: Emulator) -> None:
    """The flow sees what was packed, and nothing of the packing."""
    answer = emulator.call("/echo", gzip.compress(b"packed", mtime=0), headers={"Content-Encoding": "gzip"})
    assert answer.json()["body"] == "packed"
    assert "content-encoding" not in answer.json()["headers"]


def test_gzip_body_of_several_members_is_unpacked_to_its_end(emulator: Emulator) -> None:
    """Some packers write one after the other; the second is not to be lost."""
    members = gzip.compress(b"one ", mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(b"two", mtime=0)
    answer = emulator.call("/echo", members, headers={"Content-Encoding": "gzip"})
    assert answer.json()["body"] == "one two"


PACKED = gzip.compress(b"packed", mtime=0)


@pytest.mark.parametrize("body", [b"not packed", PACKED[:-9], PACKED[:10], PACKED + PACKED[:-1]])
def test_body_that_is_not_what_it_says_is_a_400(emulator: Emulator, body: bytes) -> None:
    """It is not packed, or incomplete. It leaves no message log."""
    answer = emulator.call("/echo", body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert "<h1>HTTP Status 400 \N{EN DASH} Bad Request</h1>" in answer.content.decode()


def test_empty_body_needs_no_packing(emulator: Emulator) -> None:
    """A GET with Content-Encoding has no body."""
    answer = emulator.call("/echo", method="GET", headers={"Content-Encoding": "gzip"})
    assert answer.json()["body"] == ""


def test_chunked_body_arrives_whole(emulator: Emulator) -> None:
    """Its length is not known before its end."""

    def chunks() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    answer = emulator.request(
        "POST",
        f"{emulator.runtime}/http/echo",
        data=chunks(),
        headers={"Authorization": f"Bearer {emulator.token()}"},
    )
    assert answer.json()["body"] == "one two"


def test_body_of_the_limit_passes(emulator: Emulator) -> None:
    """One megabyte is not more than one."""
    answer = emulator.call("/echo-limited", b"x" * MEGABYTE)
    assert answer.status_code == 200
    assert len(answer.json()["body"]) == MEGABYTE


@pytest.mark.parametrize("packed", [False, True])
def test_body_beyond_the_limit_fails_the_message(emulator: Emulator, packed: bool) -> None:
    """With the words of wire-facts 4.6; packed it is small, but what counts is what comes out."""
    body = b"x" * (MEGABYTE + 1)
    answer = emulator.call(
        "/echo-limited",
        gzip.compress(body, mtime=0) if packed else body,
        headers={"Content-Encoding": "gzip"} if packed else {},
    )
    assert answer.status_code == 500
    assert answer.text.startswith(
        "An internal server error occured: Message body exceeds configured size limit (1.0 MB)...\n"
        "The MPL ID for the failed message is : "
    )


def _raw(emulator: Emulator) -> ssl.SSLSocket:
    parts = urlsplit(emulator.runtime)
    context = ssl.create_default_context(cafile=str(emulator.ca))
    opened = socket.create_connection((parts.hostname or "", parts.port or 0), TIMEOUT)
    return context.wrap_socket(opened, server_hostname=parts.hostname)


def _head(authorization: str) -> bytes:
    return (
        f"POST /http/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n"
        "Content-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    ).encode()


def test_expectation_is_met_before_the_body_is_sent(emulator: Emulator) -> None:
    """100 Continue, then the body, then the answer."""
    with _raw(emulator) as wire:
        wire.sendall(_head(f"Bearer {emulator.token()}"))
        assert wire.recv(1024).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        wire.sendall(b"body")
        answered = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b'"body": "body"' in answered


def test_refused_call_need_not_send_its_body(emulator: Emulator) -> None:
    """The 401 comes instead of 100 Continue."""
    with _raw(emulator) as wire:
        wire.sendall(_head("Bearer none"))
        assert wire.recv(1024).startswith(b"HTTP/1.1 401 ")


def test_caller_that_leaves_in_the_middle_of_its_body_does_no_harm(emulator: Emulator) -> None:
    """The next one is served, and the process ends in silence (see the fixture)."""
    with _raw(emulator) as wire:
        head = _head(f"Bearer {emulator.token()}").replace(b"Expect: 100-continue\r\n", b"")
        wire.sendall(head + b"bo")
    assert emulator.call("/echo").status_code == 200


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


@pytest.mark.parametrize(
    ("allowed", "seen"),
    [
        ("", {"content-type": "text/plain"}),
        ("X-Step", {"content-type": "text/plain", "x-step": "1, 2"}),
        (
            "x-.*|SAP_Sender",
            {"content-type": "text/plain", "x-step": "1, 2", "x-id": "7", "sap_sender": "Shop"},
        ),
        ("X-St", {"content-type": "text/plain"}),
    ],
)
def test_only_headers_that_the_flow_allows_reach_it(
    inside: MakeInside, allowed: str, seen: dict[str, str]
) -> None:
    """Names or regular expressions for whole names; a parameter always does, appended to its header."""
    messages: list[Message] = []

    def run(message: Message, _surroundings: Surroundings) -> Reply:
        messages.append(message)
        return Reply(b"", "text/plain")

    runtime = inside()
    deployment = Deployment((Flow("Seen", "Seen", "/seen", run, allowed_headers=allowed),))
    runtime.landscape.deployment = deployment
    runtime.ask(
        "POST",
        "/http/seen",
        query="x-step=2&language=DE",
        headers={"X-Step": "1", "X-Id": "7", "SAP_Sender": "Shop", "Content-Type": "text/plain"},
    )
    reached = {name: value for name, value in messages[0].headers.items() if not name.startswith("Camel")}
    client_id = runtime.landscape.instances[0].client_id
    assert reached.pop("SapAuthenticatedUserName") == client_id
    assert reached == {"x-step": "2", "language": "DE", **seen}


def test_sap_header_that_is_not_allowed_fills_no_log(inside: MakeInside) -> None:
    """The flow of the tutorial allows none, so that the application id of a call is lost."""
    runtime = inside()
    runtime.ask("POST", "/http/products/details", headers={"SAP_ApplicationID": "4711"})
    (log,) = runtime.landscape.message_logs.latest(1)
    assert log.application_message_id is None


def test_caller_cannot_set_its_own_name(inside: MakeInside) -> None:
    """Neither by a header nor by a parameter, even where all headers are allowed."""
    runtime = inside()
    sent = {"SapAuthenticatedUserName": "somebody"}
    answer = runtime.ask("POST", "/http/echo", query="sapauthenticatedusername=else", headers=sent)
    headers = json.loads(answer.body)["headers"]
    names = {name: value for name, value in headers.items() if name.lower() == "sapauthenticatedusername"}
    assert names == {"SapAuthenticatedUserName": runtime.landscape.instances[0].client_id}


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


@pytest.mark.parametrize(
    ("path", "sent", "level"),
    [
        ("/http/orders", "Debug", "DEBUG"),
        ("/http/orders", "TRACE", "INFO"),
        ("/http/orders", "loud", "INFO"),
        ("/http/products/details", "DEBUG", "INFO"),
    ],
)
def test_header_sets_the_log_level_of_one_message(
    inside: MakeInside, path: str, sent: str, level: str
) -> None:
    """Where the flow allows it, and the value is a level that the header may have."""
    runtime = inside()
    runtime.ask("POST", path, headers={"SAP_MessageProcessingLogLevel": sent})
    assert runtime.landscape.message_logs.latest(1)[0].log_level == level


def test_message_without_a_log_level_leaves_no_log(inside: MakeInside) -> None:
    """The answer names its log all the same (assumed)."""
    runtime = inside()
    before = runtime.landscape.message_logs.latest(1)
    answer = runtime.ask("POST", "/http/echo", headers={"SAP_MessageProcessingLogLevel": "NONE"})
    assert answer.status == 200
    assert runtime.landscape.message_logs.latest(1) == before


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
