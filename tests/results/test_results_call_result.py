"""What is kept of a call, and which calls are."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_iflow.results.call_result import SLOWEST, CallResult, slowest
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.transport.exchange import Exchange, Request, Response


def test_a_call_is_its_address_without_query_and_secrets() -> None:
    """What stands behind the question mark may be anybody's data."""
    register_secret("customer-1f3a9c")
    request = Request("POST", "https://runtime.example/http/orders/customer-1f3a9c?key=4711", {})
    exchange = Exchange(request, Response(202, "Accepted", {}), datetime.now(UTC), 1.5, iflow="orders")
    assert CallResult.of(exchange) == CallResult("POST https://runtime.example/http/orders/***", 202, 1.5)


def test_the_slowest_are_kept() -> None:
    """A scenario may call thousands of times."""
    calls = [CallResult("GET /", 200, float(number % 50)) for number in range(100)]
    assert [call.seconds for call in slowest(calls)] == [
        49.0,
        49.0,
        48.0,
        48.0,
        47.0,
        47.0,
        *[46.0] * 2,
        *[45.0] * 2,
    ]
    assert len(slowest(calls)) == SLOWEST
