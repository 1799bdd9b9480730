"""A suite with a scenario of every fate, run once for all tests of what a run leaves.

Test modules name this one in ``pytest_plugins`` and import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

ENVIRONMENT = """
[environments.NAME]
ca-bundle = "emulator:ca.pem"
[environments.NAME.clients.default]
service-key = "emulator:integration-flow.json"
[environments.NAME.iflows.product-details]
address = "/products/details"
"""

CONFTEST = """
    import pytest
    from pytest_iflow.gherkin.vocabulary import step

    @pytest.fixture
    def warehouse():
        yield "stock"

    @pytest.fixture
    def fragile():
        yield
        raise RuntimeError("it fell apart")

    @step("the warehouse is open")
    def opened(warehouse):
        assert warehouse == "stock"

    @step("something fragile")
    def breaks_later(fragile):
        pass

    @step("the stock is:")
    def stock_is(datatable):
        assert len(datatable) == 2

    @step("the note is:")
    def note_is(docstring):
        assert docstring

    @step("the tool breaks")
    def breaks():
        reason = "no oil"
        raise RuntimeError(f"out of order: {reason}")

    @step("the numbers differ")
    def differ():
        assert 1 == 2

    @step("it is not ready")
    def not_ready():
        pytest.skip("not today")
"""

FEATURE = """
    @orders
    Feature: Every fate
      What a feature says of itself.

      @critical @ABC-12
      Scenario: good
        Given the warehouse is open
        And the stock is:
          | article | pieces |
          | "Tea"   | 3,5    |
        And the note is:
          \"\"\"
          {"article": "Tea"}
          \"\"\"
        When I request the details of product "HT-1080"
        Then the response status is 200

      Scenario: wrong answer
        Its own words.
        When I request the details of product "HT-1080"
        Then the response status is 201
        And the response value at "/Products/Product/Price" is 51

      Scenario: broken tool
        When the tool breaks
        Then the response status is 200

      Scenario: plain assertion
        Then the numbers differ

      Scenario: unknown step
        Given the warehouse is open
        When I do magic
        Then the response status is 200

      @skip(waits_for_ABC-13)
      Scenario: left out
        When I request the details of product "HT-1080"

      Scenario: gives up
        Given the warehouse is open
        When it is not ready
        Then the response status is 200

      Scenario: falls apart
        Given something fragile

      Rule: Rows
        Scenario Outline: product <id>
          When I request the details of product "<id>"
          Then the response status is 200

          Examples:
            | id      | name |
            | HT-1080 | Scan |
            | HT-1080 | Scan |
"""

FATES = {
    "good": "passed",
    "wrong answer": "failed",
    "broken tool": "broken",
    "plain assertion": "failed",
    "unknown step": "broken",
    "left out": "skipped",
    "gives up": "skipped",
    "falls apart": "broken",
    "product HT-1080": "passed",
}


@pytest.fixture(scope="session")
def mixed_suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """The suite, for three environments of the local tenant."""
    project = new_project()
    environments = (ENVIRONMENT.replace("NAME", name) for name in ("dev", "qa", "more"))
    project.write("tenants/local.toml", "".join(environments))
    project.write("conftest.py", CONFTEST)
    project.write("features/fates.feature", FEATURE)
    return project


@pytest.fixture(scope="session")
def mixed_run(mixed_suite: InnerProject) -> InnerRun:
    """One run of it, as a tester starts it: environment dev, in reports/local/dev."""
    return mixed_suite.run("--tenant=local", "--environment=dev")


@pytest.fixture(scope="session")
def mixed_run_in_qa(mixed_suite: InnerProject, mixed_run: InnerRun) -> InnerRun:
    """Another one in environment qa, with -v and with addresses for issues."""
    del mixed_run  # stands for the order: first dev, then qa
    pattern = "--allure-link-pattern=issue:https://issues.example.com/{}"
    return mixed_suite.run("--tenant=local", "--environment=qa", "-v", pattern)
