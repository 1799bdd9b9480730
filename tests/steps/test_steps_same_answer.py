"""The same message on two tenants: emulators on loopback, run as a user runs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

SENT = 'When I send a POST request to the iFlow "orders" with the file "order.json"'
SAME = "Then the same message gives the same answer on"

FEATURE = f"""
    Feature: After a transport
      Scenario: Both give the same answer
        When I send a POST request to the iFlow "/order/old" with the body:
          \"\"\"
          {{"order": "4711"}}
          \"\"\"
        {SAME} tenant "test" and "prod"
        And the response status is 200

      Scenario: One answers otherwise
        {SENT}
        {SAME} tenant "test" and "prod"

      Scenario: Rules that the step names
        {SENT}
        {SAME} tenant "prod" and "test" by the rules of "all-but-order.golden.toml"

      Scenario Outline: Tenants of the row, two environments of one
        {SENT}
        {SAME} environment "<first>" and "<second>" by the rules of "all-but-order.golden.toml"

        Examples:
          | first | second  |
          | dev   | renewed |

      Scenario: The tested tenant is none of them
        When I send a POST request to the iFlow "/order/old" with the file "order.json"
        {SAME} tenant "local" and "test/renewed"

      Scenario: No iFlow got the message
        When I send a POST request to the iFlow "/order/none" with the file "order.json"
        {SAME} tenant "test" and "prod"

      Scenario: An iFlow that only one has
        When I send a POST request to the iFlow "orders" with the file "order.json"
        {SAME} tenant "test" and "without-orders"

      Scenario: Nobody is there
        When I send a GET request to the iFlow "/order/old"
        {SAME} tenant "test" and "down"

      Scenario: A token of its own
        Given the request header "Authorization" is "Basic dXNlcjpwYXNz"
        {SENT}
        {SAME} tenant "test" and "prod"

      Scenario: Nothing was sent
        Given an access token
        {SAME} tenant "test" and "prod"

      @safe
      Scenario: A protected one, with a safe scenario
        {SENT}
        {SAME} tenant "test" and "guarded" by the rules of "all-but-order.golden.toml"

      Scenario: A protected one
        {SENT}
        {SAME} tenant "test" and "guarded"

      Scenario: A tenant without a file
        {SENT}
        {SAME} tenant "test" and "prdo"

      Scenario: A tenant with a broken file
        {SENT}
        {SAME} tenant "broken" and "test"

      Scenario: A tenant without a key
        {SENT}
        {SAME} tenant "test" and "keyless"

      Scenario: An environment that is none
        {SENT}
        {SAME} environment "dev" and "renwed"

      Scenario: Twice the same one
        {SENT}
        {SAME} tenant "test" and "${{tenant}}/dev"

      Scenario: A tenant that nobody knows before
        {SENT}
        And I remember the text "prod" as "other"
        {SAME} tenant "test" and "${{other}}"

      Scenario: Rules that are not there
        {SENT}
        {SAME} tenant "test" and "prod" by the rules of "order.gold.toml"

      Scenario: Rules that are broken
        {SENT}
        {SAME} tenant "test" and "prod" by the rules of "broken.golden.toml"
"""
ENVIRONMENT = """
[environments.{name}]
ca-bundle = "emulator:ca.pem"
protected = {protected}
[environments.{name}.clients.default]
service-key = "emulator:integration-flow.json"
[environments.{name}.clients.monitoring]
service-key = "emulator:api.json"
[environments.{name}.iflows.{iflow}]
address = "/order/{version}"
"""
KEY = """
    {"oauth": {"clientid": "sb-down!b1|it-rt-down!b117912", "clientsecret": "the-secret-of-nobody-7$x",
     "tokenurl": "https://127.0.0.1:9/oauth/token", "url": "https://127.0.0.1:9"}}
"""


def _environment(name: str, version: str, iflow: str = "orders", protected: str = "false") -> str:
    return ENVIRONMENT.format(name=name, version=version, iflow=iflow, protected=protected)


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with tenants of which some answer otherwise."""
    project = new_project()
    project.write("features/transport.feature", FEATURE)
    project.write("payloads/order.json", '{"order": "4711"}')
    project.write("payloads/order.golden.toml", 'ignore = ["$.changed"]')
    project.write("payloads/all-but-order.golden.toml", 'ignore = ["$.changed", "$.total"]')
    project.write("payloads/broken.golden.toml", 'ignore = ["$.changed", "$["]')
    for version, total in (("old", 5), ("new", 6)):
        flow = f'artifact = "Order_{version}"\naddress = "/order/{version}"\ntemplate = "{version}.json.j2"\n'
        project.write(f"tenants/local-flows/{version}.toml", flow + 'content-type = "application/json"\n')
        answer = f'{{"order": {{{{ json.order | tojson }}}}, "total": {total}, "changed": "{version}"}}'
        project.write(f"tenants/local-flows/{version}.json.j2", answer)
    for name, text in (
        (
            "test",
            'default-environment = "dev"\n' + _environment("dev", "old") + _environment("renewed", "new"),
        ),
        ("prod", _environment("live", "new")),
        ("guarded", _environment("live", "new", protected="true")),
        ("without-orders", _environment("live", "new", iflow="invoices")),
        ("broken", "[environments"),
        ("keyless", '[environments.dev.clients.default]\nservice-key = "file:no-such-key.json"\n'),
        ("down", '[environments.dev.clients.default]\nservice-key = "file:down.json"\n'),
    ):
        project.write(f"tenants/{name}.toml", text)
    project.write("tenants/down.json", KEY)
    return project


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """The suite on the tenant test; the key in the variable is that of the tested tenant and of no other."""
    return suite.run("--tenant=test", IFLOW_SERVICE_KEY=str(suite.root / "tenants" / "down.json"))


PASSED = (
    "Both give the same answer",
    "Rules that the step names",
    "Tenants of the row, two environments of one",
    "The tested tenant is none of them",
    "A protected one, with a safe scenario",
)
FAILED = {
    "One answers otherwise": (
        "prod/live (found) gives another answer than test/dev (expected), 1 difference:",
        "$.total: expected 5, found 6",
        "order.golden.toml",
    ),
    "No iFlow got the message": ("test/dev: the call did not reach the iFlow: answered 404 Not Found",),
    "An iFlow that only one has": ("without-orders/live: ",),
    "Nobody is there": ("down/dev: ", "127.0.0.1:9"),
    "A token of its own": ("the header Authorization, which are for one tenant",),
    "Nothing was sent": ("no call was made yet in this scenario",),
}
BROKEN = {
    "A tenant without a file": ('There is no tenant "prdo"', 'Did you mean "prod"?'),
    "A tenant with a broken file": ("is not valid TOML", "broken.toml, line 1"),
    "A tenant without a key": ('Client "default" of keyless/dev has no service key', "no-such-key.json"),
    "An environment that is none": ('Tenant "test" has no environment "renwed"', 'Did you mean "renewed"?'),
    "Twice the same one": ("both are test/dev: there is nothing to compare",),
    "A tenant that nobody knows before": ("${other} is not known before the first message is sent",),
    "Rules that are not there": ('the file "order.gold.toml" is not there',),
    "Rules that are broken": ("broken.golden.toml:1",),
}


def test_what_becomes_of_each(run: InnerRun) -> None:
    """The same answer passes; what cannot be compared is broken before anything is sent."""
    expected = dict.fromkeys(PASSED, "passed") | {"A protected one": "skipped"}
    expected |= dict.fromkeys(FAILED, "failed") | dict.fromkeys(BROKEN, "broken")
    expected |= dict.fromkeys(("An iFlow that only one has", "Nobody is there"), "broken")
    found = run.statuses("test/dev").items()
    assert {title.partition(" [")[0]: status for title, status in found} == expected


@pytest.mark.parametrize("title", [*FAILED, *BROKEN])
def test_what_is_said(run: InnerRun, title: str) -> None:
    """Each failure names the tenant that it is about; no file is left that holds a secret."""
    scenario = run.scenarios("test/dev")[title]
    shown = scenario["message"]
    for text in (FAILED | BROKEN)[title]:
        assert text in shown
    calls = [call["call"] for call in scenario["calls"]]
    assert (title in BROKEN) is (calls == []) or title == "Nothing was sent"


def test_a_protected_one_is_called_by_safe_scenarios_only(run: InnerRun) -> None:
    """As on the tested tenant; nothing was sent anywhere."""
    scenario = run.scenarios("test/dev")["A protected one"]
    assert scenario["message"] == (
        "the environment guarded/live is protected and the scenario is not tagged @safe"
    )
    assert scenario["calls"] == []


def test_evidence_says_which_tenant(run: InnerRun) -> None:
    """Exchanges, answers and message logs are attached under the name of their tenant."""
    attached: dict[str, str] = {}
    for step in run.results("test/dev")["One answers otherwise"]["steps"]:
        attached |= {each["name"]: each["source"] for each in step.get("attachments", ())}
    names = " | ".join(attached)
    assert "prod/live: POST https://127.0.0.1" in names
    assert "/http/order/new → 200" in names
    told = run.root / "reports/test/dev/allure-results" / attached["answers to the same message"]
    lines = told.read_text(encoding="utf-8").splitlines()
    assert [line.partition(", message")[0] for line in lines] == [
        "test/dev: answered 200 OK",
        "prod/live: answered 200 OK",
    ]
    log = run.root / "reports/test/dev/allure-results" / attached["prod/live: message log"]
    assert "iFlow        Order_new" in log.read_text(encoding="utf-8")


def test_run_knows_whom_it_called(run: InnerRun) -> None:
    """The result names the other environments, and counts only the iFlows of the tested one."""
    summary, scenario = (
        run.summary("test/dev"),
        run.scenarios("test/dev")["The tested tenant is none of them"],
    )
    assert summary["other_environments"]["prod/live"] == 3
    assert scenario["other_environments"] == ["local/dev", "test/renewed"]
    assert scenario["iflows"] == ["Order_old"]


def test_secrets_of_all_tenants_are_masked(run: InnerRun) -> None:
    """That of a tenant that could not be reached, too."""
    assert "the-secret-of-nobody" not in run.text
    assert [name for name, text in run.files().items() if "the-secret-of-nobody" in text] == []
    assert run.summary("test/dev")["leaks"] == []


def test_side_by_side(suite: InnerProject, run: InnerRun) -> None:
    """In threads as in order. The option that allows a protected tenant to be tested allows others, too."""
    again = suite.run("--tenant=test", "--parallel=4", "--allow-protected")
    assert again.statuses("test/dev") == run.statuses("test/dev") | {"A protected one": "failed"}
    assert "guarded/live (found) gives another answer than test/dev" in again.text
