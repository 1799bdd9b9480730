"""Whole runs that find the message log of each call, many at once, in a tenant that helps little."""

from __future__ import annotations

from pathlib import Path

from tests.emulated_tenant import name_tenant
from tests.emulator.emulator_process import running
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

ORDERS = """
[environments.dev.iflows.orders]
address = "/orders"
artifact = "Orders"
application-id = true
"""
SCENARIOS = 50
WORKERS = 4  # each is a process to start; with eight a loaded machine takes two minutes
MOST_REQUESTS = 12
"""To the API for one scenario: a log that is looked for, waited for, and opened."""

FEATURE = """
Feature: Many orders at once

  Scenario Outline: order <number>
    Given the query parameter "seconds" is "0.3"
    When I send a POST request to the iFlow "orders" with the body:
      \"\"\"
      {"orderId": "<number>"}
      \"\"\"
    Then the message is completed
    And the message has the custom header "orderId" with "<number>"

    Examples:
      | number |
"""


def test_each_of_many_calls_finds_its_own_log(project: InnerProject, tmp_path: Path) -> None:
    """No answer names a log, so the application id has to tell; the limits of the API are kept."""
    rows = "".join(f"      | {number} |\n" for number in range(SCENARIOS))
    project.write("features/orders.feature", FEATURE + rows)
    # A tenant whose answers do not name the message log (wire-facts 4.2).
    with running(tmp_path / "keys", "--profile=2026") as emulator:
        name_tenant(project, emulator, iflows=ORDERS)
        run = project.run("--tenant=acme", f"-n{WORKERS}")
        counted = emulator.counters()
    assert run.code == 0, run.text
    summary = run.summary("acme/dev")
    assert summary["counts"]["passed"] == SCENARIOS
    assert counted["calls"] == {"/orders": SCENARIOS}
    assert counted["too many"] == {}
    asked = [scenario["monitoring_requests"] for scenario in summary["scenarios"]]
    assert max(asked) <= MOST_REQUESTS
    # Beside those of the scenarios: artifacts and endpoints, each once for all workers.
    assert counted["received"]["planes"]["api"] == summary["monitoring_requests"] + 2
