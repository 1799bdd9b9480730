"""Runtime and API that answer oddly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.doctor.outcome import State
from pytest_iflow.diagnosis.doctor.planes import judge_rate, reach_api, reach_runtime
from pytest_iflow.run import Run
from tests.loopback_server import LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, calls_of_iflows, token_reply

HTML = {"Content-Type": "text/html;charset=utf-8"}
Answering = Callable[..., tuple[Run, LoopbackServer]]


@pytest.fixture
def answering(serve: Serve, loopback_tenant: LoopbackTenant) -> Answering:
    """Make a run against a server that answers everything but token requests with one reply."""

    def with_reply(reply: Reply, **settings: str) -> tuple[Run, LoopbackServer]:
        def answer(received: Received) -> Reply:
            return token_reply("a-token") if received.target.startswith("/oauth") else reply

        server = serve(answer)
        loopback_tenant.client(host=server.url, **settings)
        return loopback_tenant.run(), server

    return with_reply


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(503, b"<html><h1>Service Unavailable</h1></html>", HTML), "gateway-html"),
        (Reply(404, b"404 Not Found: Requested route ('x') does not exist.\n"), "unknown-route"),
        (Reply(418), None),
        (Reply(200, b"hello"), None),
    ],
)
def test_runtime_that_is_none(answering: Answering, reply: Reply, cause: str | None) -> None:
    """The table knows the usual reasons; for others the answer is shown."""
    run, _ = answering(reply)
    look = reach_runtime(run, "default")
    assert look.state is State.FAILED
    assert cause is None or cause in {one.cause for one in look.advice}
    assert cause is not None or "why is not recognised" in look.advice[0].why


def test_client_with_basic_credentials_calls_with_them(answering: Answering) -> None:
    """As its calls of iFlows do; the page of the container means that the runtime is there."""
    page = Reply(404, "<h1>HTTP Status 404 – Not Found</h1>".encode(), HTML)  # noqa: RUF001, as it is written
    run, server = answering(page, runtime_auth="basic")
    assert reach_runtime(run, "default").state is State.PASSED
    assert str(calls_of_iflows(server)[0].headers["Authorization"]).startswith("Basic ")


def test_api_that_answers_with_a_page(answering: Answering) -> None:
    """It is no API."""
    run, _ = answering(Reply(200, b"<html>oauth/authorize</html>", HTML))
    for look in (reach_api(run, "default"), judge_rate(run, "default")):
        assert (look.state, look.advice[0].cause) == (State.FAILED, "login-page")
