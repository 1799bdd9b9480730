"""The runtime as an application, and how flows are processed."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pytest_iflow.emulator.flows.business_documents import FLOWS as ORDERS
from pytest_iflow.emulator.flows.business_documents import NOT_PASSED_ON
from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.registry import Deployment
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.runtime.service import Processor, RuntimeService
from pytest_iflow.emulator.start import Profile, profile_named
from tests.emulator.asgi_client import ask
from tests.emulator.emulator_process import Emulator
from tests.emulator.runtime.conftest import MakeInside

ORDER = json.dumps({"orderId": "4711"}).encode()


def _placed(
    landscape: Landscape, *, seconds: str = "0", outcome: str = "COMPLETED"
) -> tuple[Reply, list[MessageLog], list[MessageLog]]:
    """Place an order; return its answer, the logs right after it, and those in the end (newest first)."""

    async def place() -> tuple[Reply, list[MessageLog], list[MessageLog]]:
        processor = Processor(landscape, threads)
        message = Message("POST", {}, {"seconds": seconds, "outcome": outcome}, ORDER)
        message.log.artifact = ORDERS[0].artifact
        reply = await processor.process(ORDERS[0], message)
        at_once = landscape.message_logs.latest(9)
        if seconds == "0":
            await asyncio.gather(*processor._under_way)
        return reply, at_once, landscape.message_logs.latest(9)

    with ThreadPoolExecutor(1) as threads:
        return asyncio.run(place())


def test_message_is_processing_until_its_time_has_come(landscape: Landscape) -> None:
    """The answer is there, the end is not; what is under way ends with the loop."""
    reply, (log,), _ = _placed(replace(landscape), seconds="600")
    assert reply.status == 202
    assert (log.artifact, log.status, log.end) == ("Orders", "PROCESSING", None)
    assert log.run_steps == ()


def test_message_completes_after_its_child(landscape: Landscape) -> None:
    """The child flow has a log of its own under the same correlation id."""
    _, (processing,), (child, log) = _placed(replace(landscape))
    assert (log.message_id, log.status) == (processing.message_id, "COMPLETED")
    assert log.end is not None
    assert (child.artifact, child.status) == ("Order_Fulfilment", "COMPLETED")
    assert child.correlation_id == log.correlation_id
    assert child.message_id != log.message_id
    assert child.start >= log.start


@pytest.mark.parametrize("outcome", ["FAILED", "RETRY"])
def test_message_may_end_otherwise(landscape: Landscape, outcome: str) -> None:
    """The log has the error of that end."""
    _, _, (_, log) = _placed(replace(landscape), outcome=outcome)
    assert (log.status, log.error) == (outcome, NOT_PASSED_ON)
    assert log.last_error_step == "ServiceTask_1"


def test_message_fails_if_its_child_is_not_deployed(landscape: Landscape) -> None:
    """No flow processes the child message."""
    alone = replace(landscape, deployment=Deployment(ORDERS))
    alone.deployment.undeploy("Order_Fulfilment")
    _, _, (log,) = _placed(alone)
    assert (log.status, log.error) == ("FAILED", "No flow is deployed at /http/orders/fulfilment.")


def test_message_fails_with_its_child(landscape: Landscape) -> None:
    """The child's error is the message's; both have it in their logs."""
    crossed = replace(ORDERS[1], run=_refuse)
    failing = replace(landscape, deployment=Deployment((ORDERS[0], crossed)))
    _, _, (child, log) = _placed(failing)
    assert [(each.artifact, each.status, each.error) for each in (child, log)] == [
        ("Order_Fulfilment", "FAILED", "no stock"),
        ("Orders", "FAILED", "no stock"),
    ]


def _refuse(_message: Message, _surroundings: Surroundings) -> Reply:
    raise FlowFailureError("no stock")


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


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("OPTIONS", "/http/echo", 200),
        ("OPTIONS", "/http/nothing", 404),
        ("TRACE", "/http/echo", 405),
        ("GET", "/http/echo/a%2Fb", 400),
        ("GET", "/http/echo/a%5cb", 400),
        ("GET", "/http/echo/%00", 400),
    ],
)
def test_what_no_flow_gets(emulator: Emulator, method: str, path: str, status: int) -> None:
    """As Apache Camel's servlet and Apache Tomcat have it; none of these leaves a message log."""
    before = emulator.counters()["calls"]
    headers = {"Authorization": f"Bearer {emulator.token()}"}
    answer = emulator.request(method, f"{emulator.runtime}{path}", headers=headers)
    assert (answer.status_code, "sap_messageprocessinglogid" in answer.headers) == (status, False)
    assert ("POST" in answer.headers.get("allow", "")) is (status == 200)
    assert emulator.counters()["calls"] == before


def test_unknown_address_without_credentials_is_a_401(emulator: Emulator) -> None:
    """A caller without credentials cannot find out addresses."""
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


def test_every_message_is_logged(inside: MakeInside) -> None:
    """A good one as COMPLETED, a bad one as FAILED with its error; both under the id of the answer."""
    runtime = inside()
    answered = runtime.ask("GET", "/http/echo")
    refused = runtime.ask("GET", "/http/products/details")
    failed, completed = runtime.landscape.message_logs.latest(2)
    assert (completed.artifact, completed.status, completed.error) == ("Echo", "COMPLETED", None)
    assert completed.message_id == answered.headers["sap_messageprocessinglogid"]
    assert completed.correlation_id == answered.headers["sap_mplcorrelationid"]
    assert completed.end is not None
    assert failed.end is not None
    assert completed.start <= completed.end <= failed.end
    assert (failed.artifact, failed.status) == ("Product_Details", "FAILED")
    assert failed.error == "End of input at line 1 column 1 path $."
    assert failed.message_id in refused.body.decode()


def test_runtime_of_2020_answers_200_without_content(inside: MakeInside) -> None:
    """Apache Camel 2 had no 204 of its own (wire-facts 4.1)."""
    answers = [inside(profile_named(name)).ask("GET", "/http/status") for name in ("2020", "2022")]
    assert [(each.status, each.body) for each in answers] == [(200, b""), (204, b"")]


def test_tenant_may_keep_the_ids_to_itself(inside: MakeInside) -> None:
    """Observed in 2026: only the id of the request comes back (wire-facts 4.2); the log is there."""
    runtime = inside(Profile(mpl_header=False))
    answer = runtime.ask("GET", "/http/echo")
    assert [name for name in answer.headers if name.startswith("sap_")] == []
    assert answer.headers["x-correlationid"] == answer.headers["x-vcap-request-id"]
    assert len(runtime.landscape.message_logs.latest(2)) == 1


def test_undeployed_flow_is_not_found(inside: MakeInside) -> None:
    """As if it had never been there, and without a log."""
    runtime = inside()
    own = replace(runtime.landscape, deployment=Deployment(()))
    with ThreadPoolExecutor(1) as threads:
        answer = ask(
            RuntimeService(own, threads),
            "GET",
            "/http/echo",
            headers={"authorization": runtime.authorization},
        )
    assert answer.status == 404
    assert own.message_logs.latest(1) == []


def test_soap_flow_is_not_found_under_http(emulator: Emulator) -> None:
    """Each sender has its own part of the path (wire-facts 4.1)."""
    answer = emulator.call("/products")
    assert answer.status_code == 404
    assert "<h1>HTTP Status 404 \N{EN DASH} Not Found</h1>" in answer.content.decode()


def test_flow_with_a_role_of_its_own_asks_for_that_role(emulator: Emulator) -> None:
    """The usual role is not enough, and the other one is."""
    url = f"{emulator.runtime}/http/products/details/role"
    body = '{"productIdentifier": "HT-1080"}'
    statuses = [
        emulator.request(
            "POST", url, data=body, headers={"Authorization": f"Bearer {emulator.token(file)}"}
        ).status_code
        for file in ("integration-flow", "integration-flow-custom-role")
    ]
    assert statuses == [403, 200]


def test_session_is_begun_once(emulator: Emulator) -> None:
    """A caller that sends the cookie gets no new one."""
    answer = emulator.call("/echo", headers={"Cookie": "JSESSIONID=ABC"})
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("address", "status", "step"),
    [
        ("/errors/end-event", "FAILED", "EndEvent_1"),
        ("/errors/escalation", "ESCALATED", "EndEvent_1"),
        ("/errors/uncaught", "FAILED", "CallActivity_1"),
        ("/errors/handled", "COMPLETED", None),
    ],
)
def test_log_says_how_a_message_ended(
    inside: MakeInside, address: str, status: str, step: str | None
) -> None:
    """And in which step it failed (wire-facts 4.3)."""
    runtime = inside()
    runtime.ask("POST", f"/http{address}")
    (log,) = runtime.landscape.message_logs.latest(1)
    assert (log.status, log.last_error_step) == (status, step)
