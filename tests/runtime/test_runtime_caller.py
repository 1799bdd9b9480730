"""Calls of iFlows: address, encoding, headers and content."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from pytest_iflow.errors import CallError, ConfigurationError
from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.run import Run
from pytest_iflow.runtime.addresses import runtime_path
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX, CallRate, IflowCaller
from pytest_iflow.runtime.request_body import content_type_of
from pytest_iflow.tenants.model import Iflow
from pytest_iflow.transport.exchange import Exchange, HeaderLines
from tests.loopback_server import LoopbackServer, Reply
from tests.loopback_tenant import LoopbackTenant, caller_of, calls_of_iflows


def echoed(exchange: Exchange) -> dict[str, Any]:
    """Return what the echo flow of the local tenant received."""
    assert exchange.response.status == 200
    received: dict[str, Any] = json.loads(exchange.response.body)
    return received


def test_an_iflow_is_called_by_its_name(local_run: Run) -> None:
    """Name to address to answer, with the ids of the message in the evidence."""
    exchange = caller_of(local_run).call("product-details", body=b'{"productIdentifier": "HT-2000"}')
    assert exchange.response.status == 200
    assert b"<ProductId>HT-2000</ProductId>" in exchange.response.body
    assert exchange.request.url.endswith("/http/products/details")
    assert (exchange.client, exchange.iflow) == ("default", "product-details")
    assert exchange.mpl_id
    assert exchange.correlation_id


def test_method_query_headers_and_body_arrive(local_run: Run) -> None:
    """Umlauts, blanks and separators are encoded on the way and are back at the other end."""
    received = echoed(
        caller_of(local_run).call(
            "/echo",
            method="PUT",
            body="Grüße, 100 %".encode(),
            headers={"X-Order": "4711", "Content-Type": "text/x-mine"},
            query={"größe": "10 % & mehr", "plus": "a+b", "empty": ""},
        )
    )
    assert received["method"] == "PUT"
    assert received["query"] == {"größe": "10 % & mehr", "plus": "a+b", "empty": ""}
    assert received["headers"]["x-order"] == "4711"
    assert received["headers"]["content-type"] == "text/x-mine"
    assert received["body"] == "Grüße, 100 %"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/orders", "/http/orders"),
        ("/orders/", "/http/orders/"),
        ("/http/orders", "/http/orders"),
        ("/cxf/orders", "/cxf/orders"),
        ("/httporders", "/http/httporders"),
        ("/größe/zwei Wörter", "/http/gr%C3%B6%C3%9Fe/zwei%20W%C3%B6rter"),
        ("/already%20encoded%2Fhere", "/http/already%20encoded%2Fhere"),
        ("/a#b", "/http/a%23b"),
        ("/100% sure", "/http/100%25%20sure"),
        ("/Orders(1)/Items;v=1,2@x:y", "/http/Orders(1)/Items;v=1,2@x:y"),
        ("/orders?sort=up&name=Jürgen Groß", "/http/orders?sort=up&name=J%C3%BCrgen%20Gro%C3%9F"),
        ("/orders/*", "/http/orders/*"),
    ],
)
def test_an_address_is_sent_encoded(
    server: LoopbackServer, caller: IflowCaller, address: str, target: str
) -> None:
    """What a feature writes becomes one valid target; a query in it stays one."""
    caller.call(address)
    assert [received.target for received in calls_of_iflows(server)] == [target]


def test_a_query_in_the_address_and_parameters_go_together(
    server: LoopbackServer, caller: IflowCaller
) -> None:
    """Parameters are appended to those of the address."""
    caller.call("/orders?sort=up", query={"page": "2"})
    assert calls_of_iflows(server)[0].target == "/http/orders?sort=up&page=2"


@pytest.mark.parametrize(
    ("address", "target"),
    [("/orders/*", "/http/orders"), ("/cxf/orders", "/cxf/orders"), ("/*", "/http"), ("/o*", "/http/o*")],
)
def test_an_address_of_the_tenant_file(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, address: str, target: str
) -> None:
    """The channel's ``/*`` stands for what may follow, and is not sent."""
    loopback_tenant.iflow("orders", address)
    caller_of(loopback_tenant.run()).call("orders")
    assert calls_of_iflows(server)[0].target == target


def test_a_url_with_a_slash_at_its_end(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> None:
    """There is no double slash in the target."""
    loopback_tenant.client(host=server.url, url=f"{server.url}/")
    caller_of(loopback_tenant.run()).call("/orders")
    assert calls_of_iflows(server)[0].target == "/http/orders"


def test_an_unknown_name_is_explained(caller: IflowCaller, loopback_tenant: LoopbackTenant) -> None:
    """Like names, the place of the tenant file, and the way around it."""
    with pytest.raises(ConfigurationError, match='"prodct" is not in the tenant file') as caught:
        caller.call("prodct")
    assert "environments.dev.iflows.prodct" in str(caught.value.remedy)
    loopback_tenant.iflow("product", "/p")
    with pytest.raises(ConfigurationError) as caught:
        caller_of(loopback_tenant.run()).call("prodct")
    assert '"product"' in str(caught.value.remedy)


def test_an_iflow_without_address_is_explained(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """The error says which key is missing, and nothing is sent."""
    loopback_tenant.iflow("orders", None)
    with pytest.raises(ConfigurationError, match='"orders" has no address') as caught:
        caller_of(loopback_tenant.run()).call("orders")
    assert "iflows.orders" in str(caught.value.where)
    assert server.received == []


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_header_replaces_the_one_that_would_be_set(
    server: LoopbackServer, caller: IflowCaller, name: str
) -> None:
    """Names compare without case: the content type is sent once."""
    caller.call("/x", body=b"{}", headers={name: "text/csv", "User-Agent": "mine"})
    (received,) = calls_of_iflows(server)
    assert received.headers.get_all("content-type") == ["text/csv"]
    assert received.headers.get_all("user-agent") == ["mine"]


def test_the_last_of_two_spellings_counts(server: LoopbackServer, caller: IflowCaller) -> None:
    """A header that a scenario sets twice is sent once."""
    caller.call("/x", headers={"X-Order": "1", "x-order": "2"})
    assert calls_of_iflows(server)[0].headers.get_all("x-order") == ["2"]


def test_without_a_body_there_is_no_content_type(server: LoopbackServer, caller: IflowCaller) -> None:
    """Nothing is announced that is not there."""
    caller.call("/x", method="GET")
    caller.call("/x")
    assert [received.headers["content-type"] for received in calls_of_iflows(server)] == [None, None]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1}', "application/json"),
        (b"\xef\xbb\xbf \r\n\t[1]", "application/json"),
        (b"<a/>", "application/xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "application/xml"),
        ("<a>ü</a>".encode("utf-16"), "application/xml"),
        ("{}".encode("utf-16-be"), "application/json"),
        ('<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"), "application/xml"),
        (b"plain", "text/plain;charset=UTF-8"),
        (b"", "text/plain;charset=UTF-8"),
        (b"  ", "text/plain;charset=UTF-8"),
        (b"\x00\xff", "application/octet-stream"),
    ],
)
def test_the_content_type_follows_the_body(body: bytes, expected: str) -> None:
    """The first character tells, and whether it is text at all."""
    assert content_type_of(body) == expected


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_other_failures_are_not_repeated(server: LoopbackServer, caller: IflowCaller, status: int) -> None:
    """A POST is sent once, whatever the answer."""
    service = server.answer
    server.answer = lambda received: service(received) if "oauth" in received.target else Reply(status)
    assert caller.call("/x", body=b"order").response.status == status
    assert len(calls_of_iflows(server)) == 1


def test_a_call_that_gets_no_answer_is_not_repeated(server: LoopbackServer, caller: IflowCaller) -> None:
    """Nobody knows whether the message was processed."""
    service = server.answer
    server.answer = lambda received: service(received) if "oauth" in received.target else Reply(raw=b"")
    with pytest.raises(CallError, match="broke the connection") as caught:
        caller.call("/x", body=b"order", query={"secret": "not-to-be-seen"})
    assert caught.value.where == f"POST {server.url}/http/x"
    assert len(calls_of_iflows(server)) == 1


def test_a_call_that_gets_no_answer_keeps_what_was_sent(server: LoopbackServer, caller: IflowCaller) -> None:
    """Its message may have been processed: an application id leads to its log."""
    service = server.answer
    server.answer = lambda received: service(received) if "oauth" in received.target else Reply(raw=b"")
    with pytest.raises(CallError) as caught:
        caller.call("/x", body=b"order", headers={"SAP_ApplicationID": "order-1"})
    sent = caught.value.unanswered
    assert isinstance(sent, Exchange)
    assert (sent.request.url, sent.request.body) == (f"{server.url}/http/x", b"order")
    assert sent.request.headers["SAP_ApplicationID"] == "order-1"
    assert sent.response.status == 0
    assert sent.outcome == f"not answered: {caught.value.what}"


def test_a_message_that_never_left_keeps_nothing(
    loopback_tenant: LoopbackTenant, closed_url: str, server: LoopbackServer
) -> None:
    """It cannot have been processed."""
    loopback_tenant.client(host=closed_url, tokenurl=f"{server.url}/oauth/token")
    with pytest.raises(CallError, match="refused") as caught:
        caller_of(loopback_tenant.run()).call("/x", body=b"order")
    assert caught.value.unanswered is None


def test_a_login_page_is_no_success(local_run: Run, loopback_tenant: LoopbackTenant) -> None:
    """A key of plan api leads to the API host, which answers 200 with a page (wire-facts 4.6)."""
    seen: list[Exchange] = []
    local_run.observers.append(seen.append)
    with pytest.raises(CallError, match="a login page answered with status 200") as caught:
        caller_of(local_run).call("/echo", client="monitoring", query={"a": "b"})
    assert "plan integration-flow" in str(caught.value.remedy)
    assert "?" not in str(caught.value.where)
    assert seen[-1].is_login_page
    assert loopback_tenant.clients == {}


def application_ids(server: LoopbackServer) -> list[str | None]:
    """Return the application id of each call that the runtime received."""
    return [received.headers["sap_applicationid"] for received in calls_of_iflows(server)]


def test_each_call_has_an_application_id_where_the_tenant_file_says_so(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """A fresh one for each; iFlows without the setting get none."""
    loopback_tenant.iflows["orders"] = Iflow("orders", "/orders", application_id=True)
    loopback_tenant.iflow("plain", "/plain")
    caller = caller_of(loopback_tenant.run())
    for name in ("orders", "orders", "plain", "/orders"):
        caller.call(name)
    caller.call_with("Bearer mine", "orders")
    first, second, *without, with_own_token = application_ids(server)
    assert without == [None, None]
    fresh = {uuid.UUID(str(text).removeprefix(ONE_CALL_PREFIX)) for text in (first, second, with_own_token)}
    assert len(fresh) == 3


@pytest.mark.parametrize("name", ["SAP_ApplicationID", "sap_applicationid"])
def test_an_application_id_of_the_feature_stays(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, name: str
) -> None:
    """In whatever case it is written."""
    loopback_tenant.iflows["orders"] = Iflow("orders", "/orders", application_id=True)
    caller_of(loopback_tenant.run()).call("orders", headers={name: "4711"})
    (received,) = calls_of_iflows(server)
    assert received.headers.get_all("sap_applicationid") == ["4711"]


def test_a_call_that_is_sent_again_keeps_its_application_id(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """It is the same message still: the runtime did not process the first."""
    loopback_tenant.iflows["orders"] = Iflow("orders", "/orders", application_id=True)
    run = loopback_tenant.run()
    caller = caller_of(run)
    caller.call("orders")
    service, refusals = server.answer, iter([Reply(401, b"", {"WWW-Authenticate": "Bearer error=x"})])
    server.answer = lambda received: (
        service(received) if "oauth" in received.target else next(refusals, Reply(200))
    )
    caller.call("orders")
    _, first, again = application_ids(server)
    assert first == again


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/orders", "/http/orders"),
        ("/http/orders", "/http/orders"),
        ("/cxf/orders", "/cxf/orders"),
        ("/httporders", "/http/httporders"),
        ("", "/http"),
    ],
)
def test_an_address_without_protocol_is_https(address: str, path: str) -> None:
    """The Monitor shows it without."""
    assert runtime_path(address) == path


def test_calls_keep_to_the_limit_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call waits until its turn, whoever calls; without a limit none does."""
    now, waited = [50.0], list[float]()
    monkeypatch.setattr("pytest_iflow.runtime.caller.pause", waited.append)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    rate = CallRate(4)
    for _ in range(4):
        rate.wait()
    assert waited == [0.25, 0.5, 0.75]
    now[0] += 10
    rate.wait()
    CallRate(0).wait()
    assert len(waited) == 3


def test_a_header_is_sent_in_several_lines_or_not_at_all(server: LoopbackServer, caller: IflowCaller) -> None:
    """The evidence says the same: what was left out is not there, lines are one value."""
    headers = {
        "X-Order": HeaderLines("1", "2, 3"),
        "content-type": HeaderLines(),
        "Accept": HeaderLines(),
        "Accept-Encoding": HeaderLines(),
        "User-Agent": HeaderLines(),
    }
    exchange = caller.call("/x", body=b"{}", headers=headers)
    (received,) = calls_of_iflows(server)
    assert received.headers.get_all("x-order") == ["1", "2, 3"]
    sent = {name.lower() for name in received.headers}
    assert sent == {"host", "x-order", "authorization", "content-length"}
    assert {name.lower() for name in exchange.request.headers} == sent - {"host"}
    assert exchange.request.headers["x-order"] == "1, 2, 3"
    assert "X-Order: 1\nX-Order: 2, 3\n" in exchange_text(exchange)


@pytest.mark.parametrize(
    ("address", "suffix", "target"),
    [
        ("/orders", "/4711", "/http/orders/4711"),
        ("/orders/", "/4711", "/http/orders/4711"),
        ("/orders", "(1)", "/http/orders(1)"),
        ("/orders", "?lang=de", "/http/orders?lang=de"),
        ("/orders?a=1", "/4711?lang=de", "/http/orders/4711?a=1&lang=de"),
        ("/orders", "/Größe 1?q=ü", "/http/orders/Gr%C3%B6%C3%9Fe%201?q=%C3%BC"),
        ("/orders", "/a%20b%2Fc", "/http/orders/a%20b%2Fc"),
        ("orders", "/4711?lang=de", "/http/orders/4711?lang=de"),
    ],
)
def test_a_suffix_stands_behind_the_path(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, address: str, suffix: str, target: str
) -> None:
    """Its query goes with that of the address, and parameters behind both."""
    loopback_tenant.iflow("orders", "/orders/*")
    called = caller_of(loopback_tenant.run())
    called.call(address, suffix=suffix, query=[("page", "2"), ("page", "3")])
    called.call_with(None, address, suffix=suffix)
    first, second = (received.target for received in calls_of_iflows(server))
    assert first == f"{target}{'&' if '?' in target else '?'}page=2&page=3"
    assert second == target
