"""Message logs of many scenarios in few requests, each judged by its own; and who is alone asks as ever."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from pytest_iflow.errors import AmbiguousMessageError, CheckError, MonitoringError
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.log_desk import LONGEST_FILTER
from pytest_iflow.monitoring.timing import ClockDifference
from pytest_iflow.monitoring.verdict import Sighting, expect_status
from pytest_iflow.places import Places, RunCutShort
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange, Request, Response
from tests.emulated_tenant import received
from tests.loopback_server import Received, Reply
from tests.monitoring.conftest import Tells, ToldTenant, odata, odata_error
from tests.monitoring.order_tenant import EmulatedTenant
from tests.side_by_side import SideBySide, side_by_side

pytest_plugins = ["tests.monitoring.order_tenant"]


def of_one_call() -> str:
    """Return an application id as a call makes it up."""
    return f"{ONE_CALL_PREFIX}{uuid.uuid4()}"


def asked_of(tenant: EmulatedTenant) -> int:
    """Return how many requests the API received, by the emulator's own count."""
    return received(tenant.emulator).get("api", 0)


def message_id(sighting: Sighting) -> str:
    """Return the id of the judged log."""
    assert sighting.log is not None
    return sighting.log.message_id


@pytest.mark.parametrize("named", [True, False])
def test_two_hundred_late_logs_take_few_requests(request: pytest.FixtureRequest, named: bool) -> None:
    """Each scenario judges its own log: by the id that the answer names, or by its application id."""
    tenant: EmulatedTenant = request.getfixturevalue("naming_tenant" if named else "silent_tenant")
    tenant.emulator.set_faults({"log_delay": 1.5})

    def act(number: int) -> tuple[str, str | None, str]:
        sent = None if named else of_one_call()
        exchange = tenant.order(str(number), application_id=sent)
        sighting = expect_status(tenant.search(exchange), "COMPLETED", 60)
        assert sighting.log is not None
        return message_id(sighting), exchange.mpl_id or sent, sighting.log.application_id

    judged = side_by_side(act, range(200))
    assert all(own == (log if named else application) for log, own, application in judged)
    assert len({log for log, _, _ in judged}) == 200
    assert 1 < asked_of(tenant) < 60


def test_failures_are_told_apart_from_successes(naming_tenant: EmulatedTenant) -> None:
    """In one and the same answer; only the error texts of failures are asked for in addition."""
    naming_tenant.emulator.set_faults({"log_delay": 0.5})

    def act(number: int) -> str:
        search = naming_tenant.search(
            naming_tenant.order(outcome="FAILED" if number % 10 == 0 else "COMPLETED")
        )
        try:
            return str(expect_status(search, "COMPLETED", 30).correlation)
        except CheckError as error:
            return error.what

    verdicts = side_by_side(act, range(60))
    for number, verdict in enumerate(verdicts):
        assert ("the message failed" in verdict) == (number % 10 == 0)
    assert asked_of(naming_tenant) <= 30 + 2 * 6


def test_who_waits_alone_asks_as_ever(silent_tenant: EmulatedTenant) -> None:
    """At once, and for nothing but its own log, which is there: the flow is done when it answers."""
    body, sent = json.dumps({"orderId": "1"}).encode(), {APPLICATION_ID: of_one_call()}
    exchange = silent_tenant.call("/orders/fulfilment", body, sent)
    search = silent_tenant.search(exchange, "Order_Fulfilment")
    began = time.monotonic()
    (sighting,) = side_by_side(lambda _: expect_status(search, "COMPLETED", 30), range(1))
    assert sighting.waited.looks == asked_of(silent_tenant) == 1
    assert time.monotonic() - began < 10.0


def test_logs_by_time_are_each_of_their_own_window(silent_tenant: EmulatedTenant) -> None:
    """Of one iFlow, asked for together; where two fit one window, none is judged."""
    first = silent_tenant.order()
    time.sleep(2 * silent_tenant.run.clock.uncertainty + 0.1)
    others = [silent_tenant.order(), silent_tenant.order()]

    def judge(exchange: Exchange) -> str:
        return message_id(expect_status(silent_tenant.search(exchange), "COMPLETED", 30))

    before = asked_of(silent_tenant)
    results = SideBySide(judge, [first, *others], Places(32)).results()
    (log,) = silent_tenant.monitor.message_logs("IntegrationArtifact/Id eq 'Orders'", top=1)
    assert results[0] == log.message_id
    assert [type(each) for each in results[1:]] == [AmbiguousMessageError] * 2
    assert asked_of(silent_tenant) - before < 12


def test_an_address_has_bounds(naming_tenant: EmulatedTenant) -> None:
    """Logs that are looked for are spread over several requests."""
    seen: list[str] = []
    naming_tenant.run.observers.append(lambda exchange: seen.append(exchange.request.url))
    naming_tenant.emulator.set_faults({"log_delay": 1.0})
    try:
        side_by_side(
            lambda _: expect_status(naming_tenant.search(naming_tenant.order()), "COMPLETED", 30), range(150)
        )
    finally:
        naming_tenant.run.observers.clear()
    combined = [url for url in seen if "%20or%20" in url]
    assert max(map(len, combined)) < LONGEST_FILTER + 300
    assert max(unquote(url).count("MessageGuid eq") for url in combined) > 50


def by_filter(target: str) -> Reply:
    """Answer to a question about several logs with all of them, to one about one log with it."""
    ids = re.findall(r"MessageGuid eq '([^']+)'", unquote(target)) or re.findall(r"\('([^']+)'\)", target)
    logs = [
        {
            "MessageGuid": each,
            "Status": "COMPLETED",
            "LogStart": "/Date(1795348800000)/",
            "IntegrationArtifact": {"Id": "Orders", "Name": "Orders"},
        }
        for each in ids
    ]
    return odata({"results": logs} if "$filter" in target else logs[0])


def named_call(number: int) -> Exchange:
    """Return a call whose answer names its log."""
    headers = {"sap_messageprocessinglogid": f"AGsDKK4imae4hU0_{number:04}"}
    request = Request("POST", "https://runtime.example/http/orders", {})
    return Exchange(request, Response(202, "Accepted", headers), datetime.now(UTC), 0.1, iflow="orders")


def judged_at(tenant: ToldTenant, count: int) -> list[str | BaseException | None]:
    """Let so many scenarios wait for their logs; return the ids that they judged, or their errors."""

    def judge(number: int) -> str:
        search = MessageSearch(named_call(number), "Orders", tenant.monitor, ClockDifference())
        return message_id(expect_status(search, "COMPLETED", 1.0))

    return SideBySide(judge, range(count), Places(8)).results()


def test_a_tenant_that_takes_no_such_filter_is_asked_for_each(tells: Tells) -> None:
    """Everybody gets its log all the same, and the filter is tried once."""
    tenant = tells(Reply(200))
    told = tenant.server.answer

    def answer(request: Received) -> Reply:
        if request.target.startswith("/oauth"):
            return told(request)
        is_combined = "%20or%20" in request.target
        return (
            odata_error(400, "Invalid filter")
            if is_combined
            else replace(by_filter(request.target), pause=0.05)
        )

    tenant.server.answer = answer
    ids = [named_call(number).mpl_id for number in range(24)]
    assert judged_at(tenant, 24) == ids
    assert sum("%20or%20" in request.target for request in tenant.asked) == 1


@pytest.mark.usefixtures("hurried")
def test_a_trouble_with_the_api_is_an_error_of_each(tells: Tells) -> None:
    """Met by one request for all."""
    results = judged_at(tells(replace(odata_error(503, "down"), pause=0.05)), 16)
    errors = {id(each): each for each in results if isinstance(each, MonitoringError)}
    assert len(errors) == 16
    assert {each.kind for each in errors.values()} == {"unavailable"}


def test_a_log_that_fits_nobody_is_judged_by_nobody(tells: Tells) -> None:
    """Where an answer holds what was not asked for, each asks for itself."""
    tenant = tells(Reply(200))
    told = tenant.server.answer

    def answer(request: Received) -> Reply:
        if request.target.startswith("/oauth"):
            return told(request)
        if "$filter" in request.target:
            return replace(
                by_filter(request.target.replace("AGsDKK4imae4hU0_", "of-another-call-")), pause=0.05
            )
        return replace(by_filter(request.target), pause=0.05)

    tenant.server.answer = answer
    assert judged_at(tenant, 12) == [named_call(number).mpl_id for number in range(12)]


def test_waits_for_logs_end_with_the_run(tells: Tells) -> None:
    """Pauses, and waits for the answer that another scenario asked for."""
    tenant = tells(odata_error(404, "none"), Reply(pause=30))
    tenant.run.tokens.token(tenant.monitor.api.client)

    def judge(number: int) -> object:
        search = MessageSearch(named_call(number), "Orders", tenant.monitor, ClockDifference())
        return expect_status(search, "COMPLETED", 60)

    threads = SideBySide(judge, range(100), Places(8))
    while len(tenant.asked) < 2:
        time.sleep(0.01)
    began = time.monotonic()
    threads.places.end()
    ended = [each for each in threads.results_so_far(98, within=10) if isinstance(each, RunCutShort)]
    assert len(ended) >= 98
    assert time.monotonic() - began < 10.0
