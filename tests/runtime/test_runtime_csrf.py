"""CSRF-protected senders: fetched for, sent to once more, and nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.runtime.csrf import demands_token, session_headers, token_address
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.exchange_secrets import cookies_set
from tests.emulated_tenant import received
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import LoopbackTenant, caller_of, calls_of_iflows

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

IFLOW = "product-details-csrf"
BODY = b'{"productIdentifier": "HT-2000"}'
REQUIRED = {"X-CSRF-Token": "required", "Set-Cookie": "JSESSIONID=refused-session"}


def recorded(headers: Mapping[str, str], status: int = 403, method: str = "POST") -> Exchange:
    """Return an exchange that was answered so."""
    lower = {name.lower(): value for name, value in headers.items()}
    answer = Response(status, "", {**headers, **lower})
    return Exchange(Request(method, "https://rt.example/http/x", {}), answer, datetime.now(UTC), 0.1)


def test_a_protected_flow_is_called_and_runs_once(emulated_run: Run, emulator: Emulator) -> None:
    """Refused, fetched, sent again: three exchanges in the evidence, one message."""
    seen: list[Exchange] = []
    emulated_run.observers.append(seen.append)
    exchange = caller_of(emulated_run).call(IFLOW, body=BODY)
    assert exchange.response.status == 200
    assert b"<ProductId>HT-2000</ProductId>" in exchange.response.body
    calls = [(each.request.method, each.response.status) for each in seen if each.iflow]
    assert calls == [("POST", 403), ("GET", 200), ("POST", 200)]
    assert received(emulator)["messages"] == 1


def test_nothing_is_kept_of_a_session(emulated_run: Run, emulator: Emulator) -> None:
    """The next call begins anew, and no call after it skips the authentication."""
    caller = caller_of(emulated_run)
    for _ in range(2):
        assert caller.call(IFLOW, body=BODY).response.status == 200
    assert caller.call_with(None, IFLOW, body=BODY).response.status == 401
    assert received(emulator) == {"token": 1, "runtime": 7, "messages": 2}


def test_token_and_cookies_are_secrets(emulated_run: Run) -> None:
    """They are registered when they are read, so they show up nowhere."""
    exchange = caller_of(emulated_run).call(IFLOW, body=BODY)
    token, cookies = exchange.request.headers["X-CSRF-Token"], exchange.request.headers["Cookie"]
    session = cookies.partition("JSESSIONID=")[2].partition(";")[0]
    assert len(token) == 32
    assert mask(f"{token} {session}") == "*** ***"


def test_a_token_of_the_feature_is_left_alone(emulated_run: Run, emulator: Emulator) -> None:
    """Whoever sets the header wants to see what it does."""
    exchange = caller_of(emulated_run).call(IFLOW, body=BODY, headers={"x-csrf-token": "made-up"})
    assert exchange.response.status == 403
    assert received(emulator) == {"token": 1, "runtime": 1, "messages": 0}


def test_a_get_needs_no_token(emulated_run: Run, emulator: Emulator) -> None:
    """Only what modifies is guarded, so it is sent once."""
    assert caller_of(emulated_run).call(IFLOW, method="GET", body=BODY).response.status == 200
    assert received(emulator) == {"token": 1, "runtime": 1, "messages": 1}


def test_the_fetch_carries_the_authorization_and_nothing_of_the_message(
    server: LoopbackServer, caller: IflowCaller
) -> None:
    """The same URL with its query; the message goes again as it was, with token and cookies."""
    service = server.answer

    def answer(request: Received) -> Reply:
        if "oauth" in request.target:
            return service(request)
        if request.method == "GET":
            cookie = "JSESSIONID=good-session; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/"
            return Reply(200, headers={"X-CSRF-Token": "token-of-session", "Set-Cookie": cookie})
        good = request.headers["X-CSRF-Token"] == "token-of-session"
        return Reply(200) if good else Reply(403, headers=REQUIRED)

    server.answer = answer
    exchange = caller.call(
        "/x", method="PUT", body=b"<a/>", headers={"X-Order": "1", "Cookie": "mine=1"}, query={"a": "b"}
    )
    first, fetch, again = calls_of_iflows(server)
    assert exchange.response.status == 200
    assert (fetch.method, fetch.target, fetch.body) == ("GET", first.target, b"")
    assert (fetch.headers["X-CSRF-Token"], fetch.headers["X-Order"]) == ("Fetch", None)
    assert fetch.headers["Authorization"] == again.headers["Authorization"] == first.headers["Authorization"]
    assert (again.method, again.target, again.body) == ("PUT", first.target, b"<a/>")
    assert again.headers.get_all("Cookie") == ["JSESSIONID=good-session; mine=1"]
    assert again.headers["X-Order"] == "1"


@pytest.mark.parametrize("fetched", [{}, {"X-CSRF-Token": "required"}, {"X-CSRF-Token": "Fetch"}])
def test_the_refusal_stands_where_the_fetch_brings_no_token(
    server: LoopbackServer, caller: IflowCaller, fetched: dict[str, str]
) -> None:
    """An empty answer, and one that repeats what was said."""
    service = server.answer
    server.answer = lambda request: (
        service(request)
        if "oauth" in request.target
        else Reply(200, headers=fetched)
        if request.method == "GET"
        else Reply(403, headers=REQUIRED)
    )
    exchange = caller.call("/x", body=b"order")
    assert (exchange.request.method, exchange.response.status) == ("POST", 403)
    assert [each.method for each in calls_of_iflows(server)] == ["POST", "GET"]


def test_a_call_without_a_token_fetches_without_one(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """Nothing is added to what the feature chose."""
    server.answer = lambda _request: Reply(403, headers=REQUIRED)
    caller_of(loopback_tenant.run()).call_with(None, "/x", body=b"order")
    assert [each.headers["Authorization"] for each in calls_of_iflows(server)] == [None, None]


@pytest.mark.parametrize(
    ("headers", "status", "method"),
    [
        ({}, 403, "POST"),
        ({"X-CSRF-Token": "Required"}, 403, "POST"),
        ({"X-CSRF-Token": "required"}, 401, "POST"),
        ({"X-CSRF-Token": "required"}, 403, "GET"),
        ({"X-CSRF-Token": "required", "sap_messageprocessinglogid": "AGMDk4x"}, 403, "POST"),
        ({"X-CSRF-Token": "required", "sap_mplcorrelationid": "AGMDk4w"}, 403, "POST"),
    ],
)
def test_a_demand_that_is_not_the_runtimes(headers: dict[str, str], status: int, method: str) -> None:
    """A receiver's demand that an iFlow passes on names its message: to send again would process it twice."""
    assert not demands_token(recorded(headers, status, method))
    assert demands_token(recorded({"X-CSRF-Token": "required"}))


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1; Path=/; Secure, b=2; HttpOnly, c=x=y==", {"a": "1", "b": "2", "c": "x=y=="}),
        (
            "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, b=2; expires=Thu, 01-Jan-1970 00:00:00 GMT",
            {"a": "1", "b": "2"},
        ),
        ("a=1, a=2", {"a": "2"}),
        ("gone=; Max-Age=0, __VCAP_ID__=local-0", {"__VCAP_ID__": "local-0"}),
        ("no cookie at all", {}),
        ('quoted="a b"; Path=/', {"quoted": '"a b"'}),
    ],
)
def test_joined_cookies_are_told_apart(header: str, cookies: dict[str, str]) -> None:
    """The comma of a date is no end of a cookie."""
    assert cookies_set(header) == cookies


def test_a_token_without_cookies_goes_alone() -> None:
    """There is no empty Cookie header."""
    assert session_headers(recorded({"X-CSRF-Token": "lonely-token"})) == {"X-CSRF-Token": "lonely-token"}


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("https://h/http/orders?a=1", "https://h/http/orders?a=1"),
        ("https://h/gw/odata/SAP/ORDERS;v=1/Orders('1')", "https://h/gw/odata/SAP/ORDERS;v=1/"),
        ("https://h/gw/odata/SAP/ORDERS;v=1/$batch", "https://h/gw/odata/SAP/ORDERS;v=1/"),
        ("https://h/gw/odata/SAP/ORDERS?x=1", "https://h/gw/odata/SAP/ORDERS/"),
        ("https://h/http/a?to=/gw/odata/SAP/ORDERS/", "https://h/http/a?to=/gw/odata/SAP/ORDERS/"),
    ],
)
def test_token_of_an_odata_service_is_fetched_at_its_root(url: str, fetched: str) -> None:
    """As SAP's own clients do (wire-facts 4.7); any other one where the call goes."""
    assert token_address(url) == fetched
