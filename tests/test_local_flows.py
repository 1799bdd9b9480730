"""Suites that bring flows of their own for the local tenant, and settings of it, run as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import engine_flows as flows
from tests.exported_bundles import write, zipped
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

TUTORIAL = Path(__file__).parents[1] / "examples/iflows/product-details"
TEMPLATED = """
    artifact = "Order_Confirmation"
    address = "/orders/confirm"
    template = "confirmation.xml.j2"
    status = 201
    allowed-headers = "language"
"""
TEMPLATE = """
    <Confirmation><Order>{{ json.order }}</Order><Language>{{ headers.language }}</Language></Confirmation>
"""
FUNCTION = """
    artifact = "Order_Total"
    address = "/orders/total/*"
    function = "totals:total"
"""
PYTHON = """
    import json

    from pytest_iflow.emulator.flows.message import FlowFailureError, Reply

    def total(message, surroundings):
        order = json.loads(message.body)
        if not order["items"]:
            raise FlowFailureError("The order is empty.", "com.example.OrderException")
        message.log.custom_header("customer", message.path)
        sums = {"customer": message.path, "total": sum(order["items"])}
        return Reply(json.dumps(sums).encode(), "application/json")
"""
FEATURE = """
    Feature: Flows of our own
      Scenario: A flow that is a template
        Given an access token
        And the request header "language" is "DE & EN"
        When I send a POST request to the iFlow "confirmation" with the body:
          \"\"\"
          {"order": "<4711>"}
          \"\"\"
        Then the response status is 201
        And the response header "content-type" contains "application/xml"
        And the response value at "/Confirmation/Order" is "<4711>"
        And the response value at "/Confirmation/Language" is "DE & EN"

      Scenario: A flow that is a function
        When I send a POST request to the iFlow "/orders/total/ACME" with the body:
          \"\"\"
          {"items": [12.5, 7.5]}
          \"\"\"
        Then the response value at "$.total" is 20
        And the response value at "$.customer" is "ACME"

      Scenario: A function that fails
        When I send a POST request to the iFlow "/orders/total/ACME" with the body:
          \"\"\"
          {"items": []}
          \"\"\"
        Then the response status is 500
        And the response body contains "The order is empty."
"""
BUNDLE_FEATURE = """
      Scenario: An exported iFlow
        Given the request header "SAP_MessageProcessingLogLevel" is "DEBUG"
        When I send a POST request to the iFlow "/bundle/orders" with the body:
          \"\"\"
          <order><item>7</item></order>
          \"\"\"
        Then the response status is 201
        And the response value at "/shop/sent" is "yes"
        And the response header "seen" contains "https://shop.example/7"
        And the message is completed

      Scenario Outline: The iFlow of the tutorial answers as that of the local tenant
        Given I send a POST request to the iFlow "/products/details" with the body:
          \"\"\"
          {"productIdentifier": "<product>"}
          \"\"\"
        And I remember the response body as "own"
        When I send a POST request to the iFlow "/tutorial/products" with the body:
          \"\"\"
          {"productIdentifier": "<product>"}
          \"\"\"
        Then the response status is 200
        And the response header "content-type" contains "application/xml"
        And the response body equals remembered "own"

        Examples:
          | product |
          | HT-2000 |
          | HT-9999 |

      Scenario: The iFlow of the tutorial with a product that we made up
        Given the receiver "WebShop" answers:
          \"\"\"
          {"d": {"results": [{"ProductId": "X-1", "Name": "Made up"}]}}
          \"\"\"
        When I send a POST request to the iFlow "/tutorial/products" with the body:
          \"\"\"
          {"productIdentifier": "X-1"}
          \"\"\"
        Then the response body contains "Made up"
        And the receiver "WebShop" was called 1 time
        And the method of the request to the receiver "WebShop" is "GET"
        And the query parameter "$filter" of the request to the receiver "WebShop" contains "X-1"

      Scenario: The iFlow of the tutorial without a product
        When I send a POST request to the iFlow "/tutorial/products" with the body:
          \"\"\"
          {"other": "x"}
          \"\"\"
        Then the response status is 500
        And the response body contains "Header/Property value not found for the parameter"

      Scenario: An exported iFlow that fails
        When I send a POST request to the iFlow "/bundle/orders" with the body:
          \"\"\"
          no xml
          \"\"\"
        Then the response status is 500
        And the message failed with an error containing "the body is no well-formed XML"
"""
SHOP = """
    status = 200
    body = "<shop><sent>yes</sent></shop>"
    headers = {Content-Type = "application/xml"}
"""
LOCAL = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "emulator:api.json"
    [environments.dev.iflows.confirmation]
    address = "/orders/confirm"
"""


def exported_flow() -> bytes:
    """Return the zip of an iFlow that asks a receiver; its URL has a parameter in it."""
    item = flows.header("item", "/order/item", "xpath")
    asks = flows.receiver(
        "Shop", "HTTP", "call", httpAddressWithoutQuery="{{shop url}}/${header.item}", httpMethod="GET"
    )
    answers = flows.table(
        flows.header("CamelHttpResponseCode", "201"),
        flows.header("seen", "{{shop url}}/${header.item}", "expression"),
    )
    steps = [
        flows.start(),
        flows.modifier("item", headerTable=flows.table(item)),
        flows.call_step("call"),
        flows.modifier("answers", headerTable=answers),
        flows.end(),
    ]
    allowed = "SAP_MessageProcessingLogLevel"
    files = flows.bundle_files(
        flows.row(steps),
        (),
        asks,
        "Orders_Flow",
        address="/bundle/orders",
        allowedHeaderList=allowed,
        parameters={"shop url": "https://unset"},
    )
    return zipped(files)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


@pytest.fixture
def suite(project: InnerProject) -> InnerProject:
    """A suite with a flow that is a template and one that is a function, and a feature that calls both."""
    project.write("tenants/local-flows/confirmation.toml", TEMPLATED)
    project.write("tenants/local-flows/confirmation.xml.j2", TEMPLATE)
    project.write("tenants/local-flows/total.toml", FUNCTION)
    project.write("tenants/local-flows/totals.py", PYTHON)
    write(project.root / "tenants/local-flows/orders.zip", exported_flow())
    project.write("tenants/local-flows/orders.prop", "shop\\ url=https://shop.example\n")
    project.write("tenants/local-flows/receivers/Shop.toml", SHOP)
    write(project.root / "tenants/local-flows/tutorial.zip", zipped(files_of(TUTORIAL)))
    project.write("tenants/local-flows/tutorial.prop", "Sender\\ address=/tutorial/products\n")
    project.write("tenants/local-flows/receivers/WebShop.toml", 'service = "products"')
    project.write("features/flows.feature", FEATURE + BUNDLE_FEATURE)
    return project


def test_features_call_flows_of_the_suite(suite: InnerProject) -> None:
    """The built-in tenant has them; with a tenant file, the workers of xdist share one that has them."""
    whole = FEATURE + BUNDLE_FEATURE
    suite.write("features/flows.feature", whole.replace('"confirmation"', '"/orders/confirm"'))
    for arguments in (["--tenant=local"], ["-n2"]):
        run = suite.run("-q", *arguments)
        assert run.code == 0, run.text
        assert set(run.statuses().values()) == {"passed"}
        assert len(run.statuses()) == 9
        suite.write("features/flows.feature", whole)
        suite.write("tenants/local.toml", LOCAL)


def test_faults_of_the_tenant_file_hit_the_scenarios(suite: InnerProject) -> None:
    """All of the calls, none of the token requests, when the file says so."""
    suite.write(
        "tenants/local.toml",
        f"""{LOCAL}
    [environments.dev.emulator]
    seed = 7
    [environments.dev.emulator.faults]
    "runtime.status_502" = 1
    """,
    )
    run = suite.run("-q")
    assert run.code == 1, run.text
    assert set(run.statuses().values()) == {"failed"}
    assert "the response status is 502" in run.out


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "workers"])
def test_an_unknown_fault_is_one_clear_message(suite: InnerProject, workers: list[str]) -> None:
    """Exit code 4 and the tenant file's name; nothing ran."""
    faults = "[environments.dev.emulator.faults]\n    latncy = 0.2"
    file = suite.write("tenants/local.toml", f"{LOCAL}\n    {faults}\n")
    run = suite.run("-q", *workers)
    assert run.code == 4, run.text
    assert run.err.startswith('ERROR: the local tenant did not start: There is no fault "latncy". Faults are')
    assert f"  where:      {file}, environments.dev.emulator\n  what to do: " in run.err
    assert "Traceback" not in run.text


def test_settings_of_a_tenant_that_is_real_are_refused(project: InnerProject) -> None:
    """Before anything is started or asked."""
    text = LOCAL.replace("emulator:ca.pem", "ca.pem")
    text = text.replace("emulator:integration-flow.json", "env:KEY").replace("emulator:api.json", "env:API")
    project.write("tenants/trial.toml", f'{text}\n    [environments.dev.emulator]\n    profile = "2022"\n')
    run = project.run("--tenant=trial")
    assert run.code == 4, run.text
    assert "trial.toml:10: environments.dev.emulator: these are settings of the emulator" in run.err
