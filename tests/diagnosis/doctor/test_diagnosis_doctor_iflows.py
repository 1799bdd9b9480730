"""iFlows that are listed, and iFlows that are not."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from pytest_iflow.diagnosis.doctor.iflows import DeployedIflows, ask_to_call, send_message
from pytest_iflow.diagnosis.doctor.probe import State
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Iflow
from tests.emulated_tenant import undeploy
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, token_reply

pytest_plugins = ["tests.emulated_tenant"]


def knowing(run: Run, *iflows: Iflow) -> DeployedIflows:
    """Describe these iFlows in the tenant file, and look at them."""
    known = {iflow.name: iflow for iflow in iflows}
    run.environment = replace(run.environment, iflows=known)
    return DeployedIflows(run, list(known))


@pytest.mark.parametrize(
    ("iflow", "said"),
    [
        (Iflow("/orders"), "/http/orders is listed"),
        (Iflow("Orders"), "/http/orders is listed"),
        (Iflow("any", "/echo/a/b"), "/http/echo/a/b is listed"),
        (Iflow("soap", "/cxf/products"), "/cxf/products is listed"),
        (Iflow("odata", "/ORDERS;v=1"), "/gw/odata/SAP/ORDERS;v=1 is listed"),
    ],
)
def test_iflow_that_is_listed(emulated_run: Run, iflow: Iflow, said: str) -> None:
    """By address, by name, or below an address with a pattern; and started."""
    deployed = knowing(emulated_run, iflow)
    assert deployed.judge_endpoints().said == said
    assert deployed.judge_artifacts().state is State.PASSED


@pytest.mark.parametrize(
    ("iflow", "cause"),
    [
        (Iflow("x", "/Orders", "Orders"), "wrong-case-in-address"),
        (Iflow("x", "/products", "Product_SOAP"), "soap-flow-under-http"),
        (Iflow("x", "/http/ORDERS;v=1", "Orders_OData"), "odata-flow-under-http"),
        (Iflow("x", "/http/gw/odata/SAP/ORDERS;v=1", "Orders_OData"), "odata-flow-under-http"),
        (Iflow("x", "/nowhere", "Orders"), "wrong-address"),
        (Iflow("x", "/nowhere"), "wrong-address"),
        (Iflow("x", "/nowhere", "No_Such"), "flow-not-deployed"),
        (Iflow("No_Such"), None),
    ],
)
def test_iflow_that_is_not_listed(emulated_run: Run, iflow: Iflow, cause: str | None) -> None:
    """The reason is the surest that fits; a name that nobody knows is an error of its own."""
    look = knowing(emulated_run, iflow).judge_endpoints()
    assert (look.state, look.advice[0].cause) == (State.FAILED, cause)


def test_iflow_of_a_minute_ago(emulated_run: Run, emulator: Emulator) -> None:
    """It is started, and its endpoint comes later."""
    emulator.set_faults({"endpoint_delay": 3600})
    look = knowing(emulated_run, Iflow("orders", "/orders", "Orders")).judge_endpoints()
    assert look.advice[0].cause == "endpoint-not-listed-yet"
    assert "the tenant lists: none" in look.advice[0].evidence


def test_each_iflow_that_is_wrong_is_named(emulated_run: Run, emulator: Emulator) -> None:
    """Not just the first one."""
    undeploy(emulator, "Orders")
    wrong = (Iflow("orders", "/orders", "Orders"), Iflow("case", "/STATUS", "Own_Status"))
    looked_at = knowing(emulated_run, *wrong)
    assert [one.cause for one in looked_at.judge_endpoints().advice] == [
        *("flow-not-deployed", "wrong-case-in-address"),
    ]
    assert [one.why for one in looked_at.judge_artifacts().advice] == ['the iFlow "orders" is not deployed']


def test_wrong_versions(emulated_run: Run) -> None:
    """The version of the tenant file is the one that has to be deployed."""
    deployed = knowing(emulated_run, Iflow("orders", "/orders", version="9.9.9"))
    assert "expected 9.9.9" in deployed.judge_artifacts().said


def test_iflow_whose_start_failed(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """It is there, and answers nowhere."""
    broken = {"Id": "Orders", "Name": "Orders", "Version": "1.0.0", "Status": "ERROR"}

    def answer(received: Received) -> Reply:
        if received.target.startswith("/oauth"):
            return token_reply("a-token")
        results = [broken] if "IntegrationRuntimeArtifacts" in received.target else []
        said = json.dumps({"d": {"results": results}}).encode()
        return Reply(200, said, {"Content-Type": "application/json"})

    loopback_tenant.client("monitoring", host=serve(answer).url, clientid="sb-x!b1|it!b2")
    look = knowing(loopback_tenant.run(), Iflow("orders", "/orders", "Orders")).judge_endpoints()
    assert [one.cause for one in look.advice] == ["flow-not-started"]
    assert "state of the iFlow: ERROR" in look.advice[0].evidence


CSRF = Iflow("csrf", "/products/details/csrf", csrf_protected=True)


def test_runtime_is_asked_without_running_the_iflow(emulated_run: Run, emulator: Emulator) -> None:
    """A CSRF-protected sender answers by itself."""
    knowing(emulated_run, CSRF)
    look = ask_to_call(emulated_run, "default", "csrf")
    assert (look.state, look.said) == (State.PASSED, "the runtime lets it in; the iFlow did not run")
    assert emulator.counters()["calls"] == {}


def test_runtime_that_lets_nobody_in_says_why(emulated_run: Run) -> None:
    """The token alone would not tell: the role is that of another sender."""
    knowing(emulated_run, CSRF)
    look = ask_to_call(emulated_run, "without-role", "csrf")
    assert look.state is State.FAILED
    assert look.advice[0].cause == "missing-role"


def test_sender_that_is_not_protected_is_told(emulated_run: Run) -> None:
    """The tenant file is wrong then."""
    knowing(emulated_run, replace(CSRF, address="/echo"))
    look = ask_to_call(emulated_run, "default", "csrf")
    assert look.state is State.FAILED
    assert "the sender is not CSRF protected" in look.said
    assert "Remove csrf-protected" in str(look.advice[0].remedy)


@pytest.mark.parametrize(("address", "is_allowed"), [("/orders", True), ("/products/details", False)])
def test_application_id_that_the_iflow_does_not_allow_is_told(
    emulated_run: Run, address: str, is_allowed: bool
) -> None:
    """The message went through; later its log would not be found by the id."""
    knowing(emulated_run, Iflow("sent", address, application_id=True))
    look = send_message(emulated_run, "default", "sent", b'{"productIdentifier": "HT-1000"}')
    if is_allowed:
        assert (look.state, look.advice) == (State.PASSED, ())
    else:
        assert look.state is State.FAILED
        assert "which is without the application id" in look.said
        assert "Name SAP_ApplicationID in Allowed Header(s)" in str(look.advice[0].remedy)
