"""The runtime plane over the wire."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.service import RuntimeService
from tests.emulator.emulator_process import Emulator

MESSAGE_ID = r"AG[A-Za-z0-9_-]{26}"
SUCCESS_HEADERS = {
    "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
    "content-type": "application/xml",
    "expires": "0",
    "pragma": "no-cache",
    "server": "SAP",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "transfer-encoding": "chunked",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload;",
}


def test_success_has_the_recorded_headers(emulator: Emulator) -> None:
    """Every header of wire-facts 4.2, and beside them only the date."""
    answer = emulator.call("/products/details", '{"productIdentifier": "HT-2000"}')
    assert answer.status_code == 200
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in ("sap_messageprocessinglogid", "sap_mplcorrelationid", "sap_pregeneratedmplid"):
        assert re.fullmatch(MESSAGE_ID, headers.pop(name))
    assert headers.pop("x-correlationid") == headers.pop("x-vcap-request-id")
    assert re.fullmatch(r"JSESSIONID=[0-9A-F]{32}; Path=/; Secure; HttpOnly", headers.pop("set-cookie"))
    headers.pop("date")
    assert headers == SUCCESS_HEADERS


def test_uncaught_exception_is_answered_as_recorded(emulator: Emulator) -> None:
    """Text, newlines, content type; no sap_ header (wire-facts 4.3)."""
    answer = emulator.call("/products/details")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/plain;charset=ISO-8859-1"
    assert answer.headers["server"] == "SAP"
    assert not [name for name in answer.headers if name.lower().startswith("sap_")]
    assert re.fullmatch(
        rb"An internal server error occured: End of input at line 1 column 1 path \$\.\n"
        rb"The MPL ID for the failed message is : " + MESSAGE_ID.encode() + rb"\n\n",
        answer.content,
    )


@pytest.mark.parametrize(
    "path", ["/http/unknown", "/http/Echo", "/httpecho", "/http", "/cxf/echo", "/", "/echo"]
)
def test_unknown_address_is_a_404_without_a_message(emulator: Emulator, path: str) -> None:
    """The page of the container, case matters, and nothing is counted."""
    before = emulator.counters()["calls"]
    answer = emulator.request(
        "GET", f"{emulator.runtime}{path}", headers={"Authorization": f"Bearer {emulator.token()}"}
    )
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html;charset=utf-8"
    assert "<h1>HTTP Status 404 \N{EN DASH} Not Found</h1>" in answer.content.decode()
    assert "sap_messageprocessinglogid" not in answer.headers
    assert emulator.counters()["calls"] == before


def test_unknown_address_without_credentials_is_a_401(emulator: Emulator) -> None:
    """Who is not known learns nothing of addresses."""
    assert emulator.request("GET", f"{emulator.runtime}/http/unknown").status_code == 401


def test_calls_at_the_same_time_do_not_mix(emulator: Emulator) -> None:
    """Each of many calls from many threads gets its own product and its own ids."""
    headers = {"Authorization": f"Bearer {emulator.token()}"}
    wanted = ["HT-1000", "HT-2000", "HT-6130", "AD-1000"] * 10

    def fetch(product: str) -> tuple[str, str]:
        answer = emulator.request(
            "POST",
            f"{emulator.runtime}/http/products/details/json",
            headers=headers,
            json={"productIdentifier": product},
        )
        found = answer.json()["Products"]["Product"]["ProductId"]
        return found, answer.headers["sap_messageprocessinglogid"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(fetch, wanted))
    assert [product for product, _ in answers] == wanted
    assert len({message_id for _, message_id in answers}) == len(wanted)


def test_every_message_is_logged(landscape: Landscape) -> None:
    """A good one as COMPLETED, a bad one as FAILED with its error; both under the id of the answer."""
    instance = landscape.instances[0]
    credentials = b64encode(f"{instance.client_id}:{instance.client_secret}".encode())
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(event: Message) -> None:
        sent.append(event)

    async def call(service: RuntimeService, path: str) -> None:
        headers = [(b"authorization", b"Basic " + credentials)]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        await service(scope, receive, send)

    with ThreadPoolExecutor(1) as threads:
        service = RuntimeService(landscape, threads)
        asyncio.run(call(service, "/http/echo"))
        completed_headers = dict(sent[0]["headers"])
        asyncio.run(call(service, "/http/products/details"))
    completed, failed = landscape.message_logs
    assert (completed.artifact, completed.status, completed.error) == ("Echo", "COMPLETED", None)
    assert completed.message_id.encode() == completed_headers[b"sap_messageprocessinglogid"]
    assert completed.correlation_id.encode() == completed_headers[b"sap_mplcorrelationid"]
    assert completed.start <= completed.end <= failed.end
    assert (failed.artifact, failed.status) == ("Product_Details", "FAILED")
    assert failed.error == "End of input at line 1 column 1 path $."
    assert failed.message_id.encode() in sent[-2]["body"]
