"""Waiting for messages, and the verdict on each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_iflow.errors import CheckError, IflowError, MonitoringError, MonitoringProblem
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.timing import ClockDifference
from pytest_iflow.monitoring.verdict import (
    LONGEST_ERROR,
    TIME_TO_LOOK,
    Sighting,
    WaitResult,
    expect_error,
    expect_status,
    wait_until,
)
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange, Request, Response
from tests.loopback_server import Reply
from tests.monitoring.conftest import Tells, odata, odata_error
from tests.monitoring.order_tenant import EmulatedTenant


def trouble(kind: MonitoringProblem, retry_after: float | None = None) -> MonitoringError:
    """What a look may meet."""
    return MonitoringError("the API is not well", kind=kind, retry_after=retry_after)


def looks_then(outcome: bool | Exception, *before: bool | Exception) -> Callable[[float], bool]:
    """Look and see ``before``, one after the other, then always ``outcome``."""
    left = iter(before)

    def look(_deadline: float) -> bool:
        seen = next(left, outcome)
        if isinstance(seen, Exception):
            raise seen
        return seen

    return look


def test_what_is_there_is_seen_at_once() -> None:
    """Without any wait."""
    waited = wait_until(looks_then(True), 60)
    assert (waited.seen, waited.looks, waited.trouble) == (True, 1, None)


def test_there_are_few_looks_and_the_last_is_at_the_end() -> None:
    """The intervals grow."""
    moments: list[float] = []

    def look(_deadline: float) -> bool:
        moments.append(time.monotonic())
        return False

    waited = wait_until(look, 0.9)
    assert not waited.seen
    assert waited.looks == len(moments)
    assert 1 < waited.looks <= 7
    assert moments[-1] - moments[0] >= 0.8


def test_without_time_there_is_one_look() -> None:
    """Which has some seconds to be answered all the same."""
    deadlines: list[float] = []
    began = time.monotonic()

    def look(deadline: float) -> bool:
        deadlines.append(deadline)
        return False

    assert wait_until(look, 0).looks == 1
    assert deadlines[0] >= began + TIME_TO_LOOK


@pytest.mark.parametrize("kind", ["rate-limited", "unavailable", "no-answer", "not-odata"])
def test_a_trouble_that_may_pass_is_waited_through(kind: MonitoringProblem) -> None:
    """And forgotten when it has passed."""
    waited = wait_until(looks_then(True, trouble(kind)), 5)
    assert (waited.seen, waited.looks, waited.trouble) == (True, 2, None)


def test_a_trouble_that_stays_is_told() -> None:
    """It is what the last look met."""
    lasting = trouble("unavailable")
    waited = wait_until(looks_then(lasting, False), 0.2)
    assert (waited.seen, waited.trouble) == (False, lasting)


@pytest.mark.parametrize("kind", ["refused", "forbidden", "not-found"])
def test_a_trouble_that_stays_anyway_ends_the_wait(kind: MonitoringProblem) -> None:
    """No role comes by waiting."""
    with pytest.raises(MonitoringError) as caught:
        wait_until(looks_then(trouble(kind)), 60)
    assert caught.value.kind == kind


def test_a_verdict_ends_the_wait() -> None:
    """What can only be wrong needs no second look."""
    with pytest.raises(CheckError):
        wait_until(looks_then(CheckError("ambiguous")), 60)


def test_the_tenant_says_when_to_come_again() -> None:
    """Retry-After goes before the interval."""
    waited = wait_until(looks_then(True, trouble("rate-limited", 0.4)), 5)
    assert waited.seconds >= 0.4


def test_a_later_moment_prolongs_the_wait() -> None:
    """And the time that is given does not shorten it."""
    until = time.monotonic() + 0.3
    assert wait_until(looks_then(False), 0, not_before=lambda: until).seconds >= 0.25


pytest_plugins = ["tests.monitoring.order_tenant"]

ID = "AGsDKK4imae4hU0_WoWp0Uoricad"
ANSWERED = Exchange(
    Request("POST", "https://runtime.example/http/orders?a=b", {}),
    Response(202, "Accepted", {"sap_messageprocessinglogid": ID}),
    datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    0.1,
    iflow="orders",
)


def log(status: str, **changes: object) -> Reply:
    """Answer with a message log of this status."""
    values = {
        "MessageGuid": ID,
        "Status": status,
        "LogStart": "/Date(1795348800000)/",
        "AlternateWebLink": "https://tenant.example/shell/monitoring/Messages",
        "IntegrationArtifact": {"Id": "Orders", "Name": "Orders"},
    }
    return odata({**values, **changes})


def text(content: str) -> Reply:
    """Answer with an error text."""
    return Reply(200, content.encode(), {"Content-Type": "text/plain"})


def told(tells: Tells, *replies: Reply) -> MessageSearch:
    """Look for the message at an API that gives these replies."""
    tenant = tells(*replies)
    tenant.run.tokens.token(tenant.monitor.api.client)  # what it takes is not what is tested
    return MessageSearch(ANSWERED, "Orders", tenant.monitor, ClockDifference())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("ESCALATED", "the message was escalated: the iFlow ended in an escalation, expected COMPLETED"),
        ("CANCELLED", "the message was cancelled, expected COMPLETED"),
        ("DISCARDED", "the message was discarded, expected COMPLETED"),
        ("FAILED", "the message failed, expected COMPLETED"),
    ],
)
def test_every_other_end_has_its_words(tells: Tells, status: str, words: str) -> None:
    """It is told at once, with the log and its link."""
    search = told(tells, log(status), Reply(204))
    with pytest.raises(CheckError) as caught:
        expect_status(search, "COMPLETED", 60)
    assert caught.value.what == words
    assert caught.value.remedy
    assert caught.value.where == (
        f'message log {ID} of the iFlow "Orders" (certain: named by the header of the answer), '
        "https://tenant.example/shell/monitoring/Messages"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("PROCESSING", "the message is still processing after N s, expected COMPLETED"),
        ("RETRY", "the message is still retrying after N s, expected COMPLETED"),
        (
            "ABANDONED",
            "the message is ABANDONED, which is no end: it may be taken up again; after N s, expected",
        ),
        ("WAITING", 'the message has the status "WAITING" after N s, which is not known here, expected'),
    ],
)
def test_what_is_no_end_is_never_a_success(tells: Tells, status: str, words: str) -> None:
    """It is waited for as long as there is time."""
    answers = log(status)
    with pytest.raises(CheckError) as caught:
        expect_status(told(tells, answers), "COMPLETED", 0.2)
    assert re.sub(r"after \d+ s", "after N s", caught.value.what).startswith(words)


def test_who_waits_longer_is_told_by_what(tells: Tells) -> None:
    """The setting of the tenant file says nothing of a step that has seconds of its own."""
    for answer in (log("PROCESSING"), odata_error(404, "not found")):
        for limit, named in (
            (None, "timeouts.log"),
            ("the seconds of this step", "the seconds of this step"),
        ):
            with pytest.raises(CheckError) as caught:
                expect_status(told(tells, answer), "COMPLETED", 0.1, *filter(None, [limit]))
            assert named in str(caught.value.remedy)
            assert ("timeouts.log" in str(caught.value.remedy)) is (limit is None)


def test_a_status_on_the_way_can_be_expected(tells: Tells) -> None:
    """And the end is not waited for then."""
    sighting = expect_status(told(tells, log("PROCESSING"), log("RETRY")), "RETRY", 10)
    assert str(sighting).startswith(f"RETRY: message log {ID} of the iFlow")
    assert sighting.waited.looks == 2


def test_a_completed_message_that_should_have_failed(tells: Tells) -> None:
    """Success is wrong, too, where it is not expected."""
    with pytest.raises(CheckError, match="the message is COMPLETED, expected FAILED"):
        expect_status(told(tells, log("COMPLETED")), "FAILED", 60)


def test_a_status_that_there_is_not(tells: Tells) -> None:
    """A typing error is not waited for."""
    search = told(tells, log("COMPLETED"))
    with pytest.raises(CheckError, match='Did you mean "COMPLETED"'):
        expect_status(search, "COMPLETE", 60)


def test_no_log_says_what_was_looked_for(tells: Tells) -> None:
    """And how the call was answered."""
    search = told(tells, odata_error(404, "not found"))
    with pytest.raises(CheckError) as caught:
        expect_status(search, "COMPLETED", 0.2)
    assert re.match(r"no message log was found after \d+ s, looked for by its id", caught.value.what)
    assert caught.value.where == "POST https://runtime.example/http/orders, answered 202 Accepted"


@pytest.mark.parametrize("reply", [odata({"results": []}), odata_error(503, "down")], ids=["none", "503"])
def test_a_lost_answer_is_told_where_no_log_tells_more(tells: Tells, reply: Reply) -> None:
    """It may be why there is no log."""
    search = told(tells, reply)
    request = replace(ANSWERED.request, headers={APPLICATION_ID: f"{ONE_CALL_PREFIX}1"})
    lost = replace(ANSWERED, request=request, response=Response(0, "the connection broke", {}))
    search = MessageSearch(lost, "Orders", search.monitor, ClockDifference())
    with pytest.raises(IflowError) as caught:
        expect_status(search, "COMPLETED", 0.2)
    assert "not answered: the connection broke" in str(caught.value)
    gateway = replace(lost, response=Response(504, "Gateway Timeout", {}))
    with pytest.raises(IflowError) as caught:
        expect_status(MessageSearch(gateway, "Orders", search.monitor, ClockDifference()), "COMPLETED", 0.2)
    assert "answered 504 Gateway Timeout" in str(caught.value)


def test_the_error_text_of_the_tenant_is_shown(naming_tenant: EmulatedTenant) -> None:
    """With the step that failed last."""
    search = naming_tenant.search(naming_tenant.order(outcome="FAILED"))
    with pytest.raises(CheckError) as caught:
        expect_status(search, "COMPLETED", 10)
    assert caught.value.what == (
        "the message failed, expected COMPLETED\n"
        "com.example.orders.OrderException: The order could not be passed on.\n"
        "(last failed step: ServiceTask_1)"
    )


def test_an_error_text_that_cannot_be_read_is_no_other_failure(tells: Tells) -> None:
    """The verdict stands."""
    search = told(tells, log("FAILED"), odata_error(403, None))
    with pytest.raises(CheckError, match="its error text could not be read: the monitoring API answered 403"):
        expect_status(search, "COMPLETED", 10)


def test_a_long_error_text_is_cut(tells: Tells) -> None:
    """A stack trace need not fill the terminal."""
    search = told(tells, log("FAILED"), text("x" * 10_000), odata({}))
    with pytest.raises(CheckError) as caught:
        expect_status(search, "COMPLETED", 10)
    assert "x" * LONGEST_ERROR + "\n… cut here: 4,000 of 10,000 characters" in caught.value.what


def test_a_message_that_takes_a_while_is_waited_for(naming_tenant: EmulatedTenant) -> None:
    """With looks that become rarer, not with a fixed pause."""
    search = naming_tenant.search(naming_tenant.order(seconds="1.2"))
    sighting = expect_status(search, "COMPLETED", 20)
    assert 1 < sighting.waited.looks <= 8


def test_the_last_look_is_at_the_deadline(naming_tenant: EmulatedTenant) -> None:
    """What ended before it is seen, however long the interval was."""
    search = naming_tenant.search(naming_tenant.order(seconds="0.9"))
    assert expect_status(search, "COMPLETED", 2).log


def test_a_log_that_comes_late_is_waited_for(naming_tenant: EmulatedTenant) -> None:
    """Its status counts, not that it was not there."""
    naming_tenant.emulator.set_faults({"log_delay": 0.7})
    assert expect_status(naming_tenant.search(naming_tenant.order()), "COMPLETED", 20).log


def test_a_log_that_comes_too_late_was_not_found(naming_tenant: EmulatedTenant) -> None:
    """That is no verdict on the message."""
    naming_tenant.emulator.set_faults({"log_delay": 90})
    with pytest.raises(CheckError, match="no message log was found after"):
        expect_status(naming_tenant.search(naming_tenant.order()), "COMPLETED", 0.3)


HTML = Reply(200, b"<html>Maintenance</html>", {"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (odata_error(429, "Too many requests."), "rate-limited", "answered 429"),
        (odata_error(503, "down", **{"Retry-After": "0"}), "unavailable", "answered 503"),
        (HTML, "not-odata", "no OData but text/html, with status 200"),
        (Reply(pause=30), "no-answer", "gave no answer"),
    ],
)
def test_every_trouble_with_the_api_has_its_words(
    tells: Tells, reply: Reply, kind: MonitoringProblem, words: str
) -> None:
    """It is waited through until the deadline, and then it is no verdict."""
    with pytest.raises(MonitoringError) as caught:
        expect_status(told(tells, log("PROCESSING"), reply), "COMPLETED", 1.5)
    assert caught.value.kind == kind
    assert caught.value.what.startswith("what became of the message is not known, for the monitoring API ")
    assert words in caught.value.what
    assert "; it was PROCESSING when it was seen last" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize(
    "reply",
    [odata_error(429, "Too many."), odata_error(503, "down"), HTML, Reply(raw=b"")],
    ids=["429", "503", "HTML", "nothing"],
)
def test_a_trouble_that_passes_costs_nothing_but_time(tells: Tells, reply: Reply) -> None:
    """The verdict is the one of the message."""
    assert expect_status(told(tells, reply, reply, log("COMPLETED")), "COMPLETED", 20).log


def test_a_missing_role_ends_the_wait(tells: Tells) -> None:
    """It does not come by waiting."""
    with pytest.raises(MonitoringError, match="answered 403") as caught:
        expect_status(told(tells, odata_error(403, None)), "COMPLETED", 60)
    assert "MonitoringDataRead" in (caught.value.remedy or "")


def test_an_expected_error(naming_tenant: EmulatedTenant) -> None:
    """A part of its text is enough."""
    exchange = naming_tenant.order(outcome="FAILED")
    assert expect_error(naming_tenant.search(exchange), "could not be passed on", 10).log


def test_an_error_with_other_words(tells: Tells) -> None:
    """They are shown."""
    with pytest.raises(CheckError, match='failed, but not with "no stock"; its error is: no connection'):
        expect_error(told(tells, log("FAILED"), text("no connection"), odata({})), "no stock", 10)


def test_an_error_without_words(tells: Tells) -> None:
    """The tenant may have none."""
    with pytest.raises(CheckError, match="the tenant gives no error text"):
        expect_error(told(tells, log("FAILED"), Reply(204)), "no stock", 10)


def test_an_error_that_cannot_be_read(tells: Tells) -> None:
    """Is not judged."""
    with pytest.raises(MonitoringError, match="what became of the message is not known"):
        expect_error(told(tells, log("FAILED"), HTML), "no stock", 0.2)


def test_nothing_seen_is_said_so() -> None:
    """In evidence and errors alike."""
    nothing = Sighting(None, WaitResult(seen=False, seconds=1, looks=2, trouble=None))
    assert (str(nothing), nothing.place, nothing.log) == ("no message log", "no message log", None)


def test_an_unknown_message_has_no_sighting(tells: Tells) -> None:
    """Which an error says in its own words."""
    search = told(tells, odata_error(429, "Too many requests."))
    with pytest.raises(MonitoringError) as caught:
        expect_status(search, "COMPLETED", 0.1)
    assert "seen last" not in caught.value.what
