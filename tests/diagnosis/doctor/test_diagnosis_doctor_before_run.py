"""Whether an environment can be tested: a handful of requests, and all that is broken in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.diagnosis.doctor.before_run import problems_before_run
from pytest_iflow.errors import CallError, IflowError, MonitoringError, TokenError
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Client, Environment, Iflow
from tests.emulated_tenant import received, undeploy
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, TokenService, token_reply

pytest_plugins = ["tests.emulated_tenant"]

ApiSays = Callable[[Reply], None]
HEALTHY = {
    "orders": Iflow("orders", "/orders", "Orders", version="1.0.0"),
    "echo": Iflow("echo", artifact="Echo"),
    "Product_SOAP": Iflow("Product_SOAP"),
    "elsewhere": Iflow("elsewhere", "/of/another/name"),
}


@pytest.fixture
def check(emulator: Emulator, tmp_path: Path) -> Iterator[Any]:
    """Check the emulator with these keys and iFlows."""
    runs: list[Run] = []

    def check(
        default: str = "integration-flow",
        monitoring: str | None = "api",
        iflows: Mapping[str, Iflow] | None = None,
    ) -> list[IflowError]:
        clients = {"default": Client("default", f"emulator:{default}.json")}
        if monitoring:
            clients["monitoring"] = Client("monitoring", f"emulator:{monitoring}.json")
        environment = Environment("acme", "dev", tmp_path, clients, iflows or {}, ca_bundle="emulator:ca.pem")
        runs.append(Run(environment, {}, tmp_path, str(emulator.keys)))
        return problems_before_run(runs[-1])

    yield check
    for run in runs:
        run.close()


@pytest.fixture
def api_says(serve: Serve, loopback_tenant: LoopbackTenant) -> ApiSays:
    """Let a server be the whole tenant: it grants tokens, and gives one reply to everything else."""

    def with_reply(reply: Reply) -> None:
        tokens = TokenService()
        server = serve(lambda asked: tokens(asked) if asked.target.startswith("/oauth") else reply)
        loopback_tenant.client(host=server.url)
        loopback_tenant.client("monitoring", host=server.url, clientid="sb-x!b1|it!b2")

    return with_reply


def test_a_healthy_environment_costs_four_requests(check: Any, emulator: Emulator) -> None:
    """Two tokens, one call of the runtime that is no message, one list of what is deployed."""
    assert check(iflows=HEALTHY) == []
    assert received(emulator) == {"token": 2, "runtime": 1, "api": 1, "messages": 0}


def test_without_a_key_of_plan_api_two_are_enough(check: Any, emulator: Emulator) -> None:
    """What is deployed stays unknown."""
    assert check(monitoring=None, iflows={"gone": Iflow("gone", artifact="Gone")}) == []
    assert received(emulator) == {"token": 1, "runtime": 1, "messages": 0}


def test_a_key_that_reads_only_is_enough(check: Any) -> None:
    """Payloads of messages are not every tester's."""
    assert check(monitoring="api-read-only", iflows=HEALTHY) == []


@pytest.mark.parametrize("key", ["integration-flow-custom-role", "integration-flow.certificate"])
def test_other_roles_and_certificates_are_good_enough(check: Any, key: str) -> None:
    """Which role an iFlow asks for is its own affair."""
    assert check(default=key) == []


def test_a_key_without_a_role_is_told(check: Any, emulator: Emulator) -> None:
    """Before each call is answered with 403."""
    (problem,) = check(default="integration-flow-without-role")
    assert isinstance(problem, TokenError)
    assert problem.what.startswith('the token of client "default" grants no role')
    assert "ESBMessaging.send" in str(problem.remedy)
    assert received(emulator)["messages"] == 0


def test_a_token_that_is_refused_hides_nothing_of_the_other_plane(check: Any, emulator: Emulator) -> None:
    """The runtime cannot be asked without a token, the Monitor can."""
    iflows = {"gone": Iflow("gone", artifact="Gone")}
    token, deployed = check(default="integration-flow-revoked", iflows=iflows)
    assert isinstance(token, TokenError)
    assert "status 401" in token.what
    assert deployed.what == 'the iFlow "gone" is not deployed'
    assert "runtime" not in received(emulator)


def test_each_iflow_that_is_not_as_required_is_told(check: Any, emulator: Emulator) -> None:
    """One problem each; those that are fine are not mentioned."""
    undeploy(emulator, "Echo")
    iflows = {**HEALTHY, "orders": Iflow("orders", "/orders", "Orders", version="2.0.0")}
    assert [problem.what for problem in check(iflows=iflows)] == [
        'the iFlow "orders" is deployed in version 1.0.0, expected 2.0.0',
        'the iFlow "echo" is not deployed',
    ]


def test_a_status_and_a_version_are_two_problems(api_says: ApiSays, loopback_tenant: LoopbackTenant) -> None:
    """So that a redeployment mends both."""
    artifact = b'{"Id":"Orders","Name":"Orders","Version":"1.0.0","Type":"x","Status":"STOPPING"}'
    api_says(Reply(200, b'{"d":{"results":[%s]}}' % artifact, {"Content-Type": "application/json"}))
    loopback_tenant.iflows["orders"] = Iflow("orders", artifact="Orders", version="2.0.0")
    problems = problems_before_run(loopback_tenant.run())
    assert [problem.what.partition(":")[0] for problem in problems] == [
        'the iFlow "orders" is not started',
        'the iFlow "orders" is deployed in version 1.0.0, expected 2.0.0',
    ]


def test_a_monitoring_client_without_a_role_is_told(
    api_says: ApiSays, loopback_tenant: LoopbackTenant
) -> None:
    """The API answers 403 (wire-facts 5.4)."""
    api_says(Reply(403, b"{}", {"Content-Type": "application/json"}))
    (problem,) = [
        each for each in problems_before_run(loopback_tenant.run()) if isinstance(each, MonitoringError)
    ]
    assert (problem.kind, problem.status) == ("forbidden", 403)


LOGIN = b'<html><script>location="https://acme.example/oauth/authorize?response_type=code"</script>'
RUNTIMES = {
    "refuses": (
        Reply(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
        "the runtime refuses the token",
    ),
    "asks for something else": (Reply(401, b"", {"WWW-Authenticate": 'Basic realm="x"'}), None),
    "no route": (
        Reply(404, b"404 Not Found: Requested route ('acme.example') does not exist."),
        "no runtime has this host name",
    ),
    "knows no root": (Reply(404, b"<!doctype html>"), None),
    "login": (Reply(200, LOGIN, {"Content-Type": "text/html"}), "a login page answered with status 200"),
    "down": (Reply(503, b""), "the runtime is not available: it answers 503"),
    "broken": (Reply(raw=b""), "broke the connection"),
}


ASKED = {"refuses": [1, 2], "down": [1] * 5, "broken": [1] * 5}
"""By which token the runtime is asked where that is more often than once."""


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", RUNTIMES)
def test_what_the_root_of_the_runtime_answers_is_judged(
    serve: Serve, loopback_tenant: LoopbackTenant, name: str
) -> None:
    """Only what no iFlow could be called behind is a problem: what a root answers is not known."""
    reply, said = RUNTIMES[name]
    tokens = TokenService()

    def answer(received: Received) -> Reply:
        return tokens(received) if received.target.startswith("/oauth") else reply

    server = serve(answer)
    loopback_tenant.client(host=server.url)
    problems = problems_before_run(loopback_tenant.run())
    assert [type(problem) for problem in problems] == ([CallError] if said else [])
    assert all(said and said in problem.what for problem in problems)
    asked = [each for each in server.received if not each.target.startswith("/oauth")]
    assert {(each.method, each.target) for each in asked} == {("GET", "/")}
    tokens_sent = [each.headers["authorization"].removeprefix("Bearer token-number-") for each in asked]
    assert tokens_sent == list(map(str, ASKED.get(name, [1])))


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", ["refuses", "down", "broken"])
def test_a_passing_trouble_of_the_runtime_is_waited_through(
    serve: Serve, loopback_tenant: LoopbackTenant, name: str
) -> None:
    """One bad answer to the check is no reason to run nothing."""
    tokens, left = TokenService(), iter([RUNTIMES[name][0]])

    def answer(received: Received) -> Reply:
        return tokens(received) if received.target.startswith("/oauth") else next(left, Reply(404))

    loopback_tenant.client(host=serve(answer).url)
    assert problems_before_run(loopback_tenant.run()) == []


@pytest.mark.parametrize(("scope", "number"), [("uaa.resource", 1), ("uaa.resource it!b1.Send", 0), ("", 0)])
def test_a_token_has_to_say_that_it_grants_nothing(
    serve: Serve, loopback_tenant: LoopbackTenant, scope: str, number: int
) -> None:
    """One that says nothing of scopes may be good."""
    server = serve(lambda _: token_reply("token", more={"scope": scope}))
    loopback_tenant.client(host=server.url)
    assert len(problems_before_run(loopback_tenant.run())) == number
