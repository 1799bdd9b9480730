"""Names that are known before a call: methods, clients, and iFlows where nobody has to be asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Names

      Scenario: a method
        When I send a GETT request to the iFlow "/echo"

      Scenario: a client
        When I send a GET request to the iFlow "/echo"
        And I call the iFlow "/echo" with the token of client "monitring"

      Scenario: an iFlow
        When I send a GET request to the iFlow "/echo"
        And I query "Orders" of the OData iFlow "Orders_ODat"

      Scenario Outline: row <number>
        Given an access token for client "<client>"
        When I send a <method> request to the iFlow "<iflow>"

        Examples:
          | number | client  | method | iflow |
          | 1      | default | get    | Echo  |
          | 2      | defalt  | GET    | Echo  |
          | 3      | default | GTE    | Echo  |
          | 4      | default | GET    | Ecko  |

      Scenario: a tenant that may not have it
        Given the tenant has the iFlow "Ecko"
        When I send a GET request to the iFlow "Ecko"

      Scenario: what the suite may have deployed
        Given the suite deploys it
        When I send a GET request to the iFlow "Ecko"

      Scenario: what is known when it runs
        Given I remember the text "Ecko" as "name"
        When I send a GET request to the iFlow "${name}"

      Scenario: deployment is what is judged
        Then the iFlow "Ecko" is started
"""
SET_UP = """
    Feature: Set up

      Scenario: what a fixture of the suite may have deployed
        When I send a GET request to the iFlow "Ecko"

      Scenario: another's clients
        When I call the iFlow "/echo" with the token of client "monitring"
"""
STEPS = """
    from pytest_iflow.gherkin.vocabulary import given

    @given("the suite deploys it")
    def deploys():
        pass
"""
CONFTEST = """
    import pytest

    @pytest.fixture(autouse=True)
    def deployed():
        pass

    @pytest.fixture(scope="session")
    def token_for(token):
        return lambda client: token
"""
KEYLESS = """
    [environments.dev.clients.default]
    service-key = "env:KEY"
    [environments.dev.iflows.orders]
    address = "/orders"
    [environments.dev.iflows.unfinished]
    artifact = "Unfinished"
"""
CALLS = """
    Feature: Calls
      Scenario: described
        When I send a POST request to the iFlow "orders"
      Scenario: misspelt
        When I send a POST request to the iFlow "ordres"
      Scenario: without an address
        When I send a POST request to the iFlow "unfinished"
      Scenario: deployment
        Then the iFlow "ordres" is started
"""
KEY = {
    "oauth": {
        "clientid": "sb-a!b1|it-rt-acme!b2",
        "clientsecret": "no secret of anybody",
        "tokenurl": "https://acme.authentication.example/oauth/token",
        "url": "https://acme.it-rt.example",
    }
}


@pytest.fixture(scope="module")
def runs(new_project: Callable[[], InnerProject]) -> list[InnerRun]:
    """A run, what is collected without one, and what is collected for a tenant that nobody can ask."""
    project = new_project()
    project.write("features/names.feature", FEATURE)
    project.write("features/set-up/set-up.feature", SET_UP)
    project.write("features/set-up/conftest.py", CONFTEST)
    project.write("steps/deployment.py", STEPS)
    project.write("tenants/keyless.toml", KEYLESS)
    project.write("calls/calls.feature", CALLS)
    return project.run_several(
        (["--tenant=local", "features"], {}),
        (["--tenant=local", "features", "--co", "-q"], {}),
        (["--tenant=keyless", "calls", "--co", "-q"], {"KEY": json.dumps(KEY)}),
    )


@pytest.mark.parametrize(
    ("title", "line", "what", "remedy"),
    [
        ("a method", 4, '"GETT" is no method of HTTP', 'did you mean "GET"?'),
        ("a client", 8, 'There is no client "monitring" (local/dev, ', 'Did you mean "monitoring"?'),
        ("an iFlow", 12, 'there is no iFlow "Orders_ODat" (tenant local/dev)', 'Did you mean "Orders_OData"'),
        ("row 2", 15, 'There is no client "defalt"', 'Did you mean "default"?'),
        ("row 3", 16, '"GTE" is no method of HTTP', 'did you mean "GET"?'),
        ("row 4", 16, 'there is no iFlow "Ecko"', 'Did you mean "echo"'),
    ],
)
def test_a_name_that_there_is_not_breaks_the_scenario(
    runs: list[InnerRun], title: str, line: int, what: str, remedy: str
) -> None:
    """Before anything is sent, with its line and the nearest name."""
    found = runs[0].scenarios()
    broken = next(each for name, each in found.items() if name.startswith(title))
    assert (broken["status"], broken["calls"]) == ("broken", [])
    assert broken["message"].startswith(what)
    assert f"where:      features/names.feature:{line}\n" in broken["message"]
    assert remedy in broken["message"]


def test_what_cannot_be_known_before_is_left_to_the_run(runs: list[InnerRun]) -> None:
    """Names that come with the run, iFlows that may be deployed by then, and clients that a suite knows."""
    found = runs[0].scenarios()
    assert found["a tenant that may not have it"]["status"] == "skipped"
    for title in (
        "what the suite may have deployed",
        "what is known when it runs",
        "what a fixture of the suite may have deployed",
    ):
        assert found[title]["message"].startswith('there is no iFlow "Ecko"\n  where:      tenant local/dev')
    assert found["another's clients"]["status"] == "passed", found["another's clients"]["message"]
    assert found["deployment is what is judged"]["status"] == "failed"


def test_collecting_starts_no_tenant_for_a_name(runs: list[InnerRun]) -> None:
    """Methods and clients are told all the same."""
    said = runs[1].out.partition("features/names.feature::")[0]
    assert "4 scenarios cannot run" in said
    assert "is no method of HTTP" in said
    assert "there is no iFlow" not in said


def test_where_nobody_can_be_asked_the_tenant_file_names_all_iflows(runs: list[InnerRun]) -> None:
    """Without a service key of plan api; what only the API could say is left to the run, which skips it."""
    said = runs[2].out.partition("calls/calls.feature::")[0]
    assert "2 scenarios cannot run" in said
    assert 'calls/calls.feature:5: the iFlow "ordres" is not in the tenant file (tenant keyless/dev)' in said
    assert 'calls/calls.feature:7: the iFlow "unfinished" has no address' in said
