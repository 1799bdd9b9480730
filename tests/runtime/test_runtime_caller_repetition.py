"""Messages are sent again only where they cannot have been processed."""

from __future__ import annotations

import pytest

from pytest_iflow.errors import CallError
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import FIRST_WAIT, Repetition
from tests.emulated_tenant import received
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import LoopbackServer, Reply
from tests.loopback_tenant import LoopbackTenant, caller_of, calls_of_iflows

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

LATER = Reply(503, headers={"Retry-After": "0"})
MANY = 6


def seen_by(run: Run) -> list[Exchange]:
    """Return a list that every call of an iFlow in ``run`` is put into."""
    seen: list[Exchange] = []
    run.observers.append(lambda exchange: seen.append(exchange) if exchange.iflow else None)
    return seen


def answer_in_turn(server: LoopbackServer, *replies: Reply) -> None:
    """Let the runtime answer so, and with 200 afterwards."""
    service, left = server.answer, iter(replies)
    server.answer = lambda request: (
        service(request) if "oauth" in request.target else next(left, Reply(200, b"done"))
    )


@pytest.mark.parametrize("fault", ["runtime.status_503", "runtime.status_429"])
def test_messages_that_were_turned_away_are_processed_once(
    emulated_run: Run, emulator: Emulator, fault: str
) -> None:
    """With the emulator's tallies: as many messages as answers with 200, and some were sent again."""
    emulated_run.tokens.token("default")
    emulator.set_faults({fault: 0.3}, seed=3)
    seen = seen_by(emulated_run)
    caller = caller_of(emulated_run)
    statuses = [caller.call("/echo", body=b"order").response.status for _ in range(MANY)]
    tally = received(emulator)
    assert tally["messages"] == statuses.count(200) == [each.response.status for each in seen].count(200)
    assert tally["runtime"] == len(seen) > MANY


def test_a_runtime_that_stays_away_gets_three_sends(emulated_run: Run, emulator: Emulator) -> None:
    """Then its answer stands; each attempt is in the evidence."""
    emulated_run.tokens.token("default")
    emulator.set_faults({"runtime.status_503": 1})
    seen = seen_by(emulated_run)
    assert caller_of(emulated_run).call("/echo", body=b"order").response.status == 503
    assert [each.response.status for each in seen] == [503, 503, 503]
    assert received(emulator) == {"token": 1, "runtime": 3, "messages": 0}


@pytest.mark.parametrize("fault", ["reset_after", "reset_before", "truncated"])
def test_a_broken_connection_is_never_followed_by_another_send(
    emulated_run: Run, emulator: Emulator, fault: str
) -> None:
    """The message may have been processed: after reset_after it was."""
    emulated_run.tokens.token("default")
    emulator.set_faults({f"runtime.{fault}": 1})
    with pytest.raises(CallError):
        caller_of(emulated_run).call("/echo", body=b"order")
    tally = received(emulator)
    assert (tally["runtime"], tally["messages"]) == (1, 0 if fault == "reset_before" else 1)


@pytest.mark.parametrize("status", [500, 502])
def test_other_errors_stand(emulated_run: Run, emulator: Emulator, status: int) -> None:
    """Whether these were processed nobody knows."""
    emulated_run.tokens.token("default")
    emulator.set_faults({f"runtime.status_{status}": 1})
    assert caller_of(emulated_run).call("/echo", body=b"order").response.status == status
    assert received(emulator)["runtime"] == 1


def test_an_answer_of_the_iflow_itself_stands(emulated_run: Run, emulator: Emulator) -> None:
    """A flow that answers 503 has processed its message."""
    exchange = caller_of(emulated_run).call("/status", body=b"{}", query={"code": "503"})
    assert (exchange.response.status, bool(exchange.mpl_id)) == (503, True)
    assert received(emulator)["messages"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "Thu, 31 Dec 2099 23:59:59 GMT"},
        {"Retry-After": "tomorrow"},
        {"Retry-After": "-1"},
        {"Retry-After": "1.5"},
        {"Retry-After": "²"},
        {"Retry-After": "31"},
        {"Retry-After": "0", "sap_messageprocessinglogid": "AGMDk4xoI4HyB3JEHjYPc_OacRnI"},
        {"Retry-After": "0", "sap_mplcorrelationid": "AGMDk4wmjag1XrzTGOhtBm90ydzl"},
        {"Retry-After": "0", "Set-Cookie": "JSESSIONID=1"},
    ],
)
def test_what_does_not_say_when_or_may_be_the_iflows(
    server: LoopbackServer, caller: IflowCaller, headers: dict[str, str]
) -> None:
    """Sent once: no seconds, too many of them, or signs of a message."""
    answer_in_turn(server, Reply(503, headers=headers))
    assert caller.call("/x", body=b"order").response.status == 503
    assert len(calls_of_iflows(server)) == 1


def test_a_date_says_when_too(server: LoopbackServer, caller: IflowCaller) -> None:
    """One that is over means at once."""
    answer_in_turn(server, Reply(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    assert caller.call("/x", body=b"order").response.body == b"done"
    assert len(calls_of_iflows(server)) == 2


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", [Reply(503), Reply(502), Reply(raw=b""), Reply(429)])
def test_the_fetch_of_a_csrf_token_is_safe_to_repeat(
    server: LoopbackServer, caller: IflowCaller, trouble: Reply
) -> None:
    """No flow runs for it, other than for the message itself."""
    required = Reply(403, headers={"X-CSRF-Token": "required"})
    fetched = Reply(200, headers={"X-CSRF-Token": "token-for-one-call"})
    answer_in_turn(server, required, trouble, fetched)
    assert caller.call("/x", body=b"order").response.body == b"done"
    assert [each.method for each in calls_of_iflows(server)] == ["POST", "GET", "GET", "POST"]


def test_the_same_message_goes_again(server: LoopbackServer, caller: IflowCaller) -> None:
    """Method, headers and body are those of the first; the third answer is the one."""
    answer_in_turn(server, LATER, Reply(429, headers={"Retry-After": "0"}))
    assert caller.call("/x", method="PUT", body=b"order", headers={"X-Order": "1"}).response.body == b"done"
    sent = {
        (each.method, each.target, each.body, each.headers["X-Order"]) for each in calls_of_iflows(server)
    }
    assert sent == {("PUT", "/http/x", b"order", "1")}
    assert len(calls_of_iflows(server)) == 3


def test_one_limit_for_all_requests_of_a_call(server: LoopbackServer, caller: IflowCaller) -> None:
    """A CSRF fetch in between gives no further attempts."""
    required = Reply(403, headers={"X-CSRF-Token": "required"})
    fetched = Reply(200, headers={"X-CSRF-Token": "token-for-one-call"})
    answer_in_turn(server, LATER, required, LATER, fetched, LATER)
    assert caller.call("/x", body=b"order").response.status == 503
    assert [each.method for each in calls_of_iflows(server)] == ["POST", "POST", "GET", "GET", "POST"]


def test_waits_are_capped_in_all(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> None:
    """Sixteen seconds twice are more than thirty: the second answer stands."""
    answer_in_turn(server, *[Reply(503, headers={"Retry-After": "16"})] * 3)
    run = loopback_tenant.run()
    notes: list[tuple[str, str]] = []
    waited: list[float] = []
    repetition = Repetition(lambda title, text: notes.append((title, text)), waited.append)
    connection = run.connections.runtime("default")
    exchange = repetition.send(lambda: connection.send("POST", f"{server.url}/http/x", headers={}))
    assert (exchange.response.status, waited) == (503, [16.0])
    assert notes == [
        ("sent again", "503 Service Unavailable with Retry-After: 16: not processed, sent again after 16 s")
    ]


def test_a_refused_connection_is_tried_once_more(loopback_tenant: LoopbackTenant, closed_url: str) -> None:
    """After half a second; the second refusal stands."""
    loopback_tenant.client(host=closed_url)
    connection = loopback_tenant.run().connections.runtime("default")
    notes: list[str] = []
    waited: list[float] = []
    repetition = Repetition(lambda _title, text: notes.append(text), waited.append)
    with pytest.raises(CallError, match="the connection was refused"):
        repetition.send(lambda: connection.send("POST", f"{closed_url}/http/x", headers={}))
    assert waited == [FIRST_WAIT]
    assert notes == ["the connection was refused: not processed, sent again after 0.5 s"]


def test_a_runtime_that_comes_back_gets_the_message(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, closed_url: str
) -> None:
    """The second attempt is answered, and the note tells of the first."""
    connection = loopback_tenant.run().connections.runtime("default")
    urls = iter([f"{closed_url}/http/x", f"{server.url}/http/x"])
    notes: list[str] = []
    repetition = Repetition(lambda _title, text: notes.append(text), lambda _seconds: None)
    exchange = repetition.send(lambda: connection.send("POST", next(urls), headers={}))
    assert (exchange.response.status, len(notes)) == (200, 1)


def test_no_attempt_is_left_for_a_refused_connection(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, closed_url: str
) -> None:
    """Three sends are the limit whatever the reasons are."""
    answer_in_turn(server, LATER, LATER)
    connection = loopback_tenant.run().connections.runtime("default")
    urls = iter([server.url, server.url, closed_url])
    repetition = Repetition(lambda _title, _text: None, lambda _seconds: None)
    with pytest.raises(CallError, match="the connection was refused"):
        repetition.send(lambda: connection.send("POST", f"{next(urls)}/http/x", headers={}))


def test_an_unknown_host_is_not_tried_again() -> None:
    """It will not be known half a second later."""
    attempts: list[str] = []

    def attempt() -> Exchange:
        attempts.append("one")
        raise CallError("the host is not known", cause="dns")

    with pytest.raises(CallError, match="not known"):
        Repetition(lambda _title, _text: None, lambda _seconds: None).send(attempt)
    assert attempts == ["one"]
