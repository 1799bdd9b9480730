"""Fixtures of a run, as a suite uses and overrides them."""

from __future__ import annotations

from pytest_iflow.gherkin.tags import KNOWN_TAGS
from pytest_iflow.plugin import fixtures as plugin_fixtures
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

USES = """
    import pytest
    from pytest_iflow.checks.document import parse_document
    from pytest_iflow.errors import CheckError
    from pytest_iflow.tenants.model import Environment

    def test_environment(tenant_environment: Environment) -> None:
        assert str(tenant_environment) == "local/dev"
        assert "default" in tenant_environment.clients

    def test_tokens(token, token_for, token_source) -> None:
        assert token_for("default") is token
        assert token_source.token("default") is token
        assert token_for("second").client_id != token.client_id

    def test_monitor(monitor, iflow_caller) -> None:
        exchange = iflow_caller.call("echo", body=b"x")
        assert monitor.message_log(exchange.mpl_id).status == "COMPLETED"

    def test_calls_and_schemas(iflow_caller, schemas) -> None:
        exchange = iflow_caller.call("product-details", body=b'{"productIdentifier": "HT-1080"}')
        answer = parse_document(exchange.response.body, "application/xml")
        schemas.validate(answer, "product-details.schema.json")
        with pytest.raises(CheckError):
            schemas.validate(answer, "no-product.schema.json")
"""

COUNTS = """
    from pytest_iflow.run import RUN

    def test_plugin_workers(request):
        assert request.config.stash[RUN].workers == 2

    def test_a_call_waits_for_nothing(iflow_caller):
        assert iflow_caller.call("echo", body=b"x").response.status == 200
"""

OVERRIDES = """
    import dataclasses
    import pytest

    @pytest.fixture(scope="session")
    def token_for(token_source):
        def spoiled(client):
            return dataclasses.replace(token_source.token(client), value="spoiled")
        return spoiled
"""

FEATURE = """
    Feature: Overridden
      Scenario: every call takes the suite's token
        When I request the details of product "HT-1080"
        Then the response status is 401
      Scenario: also where it is asked for
        Given an access token
        When I request the details of product "HT-1080"
        Then the response status is 401
"""


def test_python_tests_run_beside_features_with_the_fixtures(project: InnerProject) -> None:
    """One token per client, calls, schemas, in ordinary test functions, which Allure and JUnit know, too."""
    project.write("test_uses.py", USES)
    project.write("features/a.feature", "Feature: F\n  Scenario: a\n    Given an access token\n")
    run = project.run("--tenant=local", "-q")
    assert "5 passed" in run.out, run.text
    assert {"a", "test_tokens", "test_environment"} <= set(run.results())
    assert 'name="test_tokens"' in run.files()["reports/local/dev/junit.xml"]
    assert {title for title, each in run.scenarios().items() if each["kind"] == "scenario"} == {"a"}


def test_each_worker_knows_of_how_many_it_is_one(project: InnerProject) -> None:
    """It takes its share of the tenant's limits; what keeps them is loaded when logs are asked for."""
    project.write("test_counts.py", COUNTS)
    run = project.run("--tenant=local", "-q", "-n2")
    assert "2 passed" in run.out, run.text


def test_a_suite_overrides_where_tokens_come_from(project: InnerProject) -> None:
    """Calls and phrases take what the suite gives."""
    project.write("conftest.py", OVERRIDES)
    project.write("features/overridden.feature", FEATURE)
    run = project.run("--tenant=local", "-q")
    assert list(run.statuses().values()) == ["passed", "passed"], run.text


def test_pytest_lists_our_fixtures_and_tags_and_leaves_the_reports_of_the_last_run(
    project: InnerProject,
) -> None:
    """Each with one sentence; no definitions of steps, no scenarios."""
    project.write("features/f.feature", "Feature: F\n  @soft\n  Scenario: s\n    Given an access token\n")
    project.write("reports/local/dev/summary.json", "{}")
    fixtures, markers = project.run_several(
        (["--fixtures", "--tenant=local"], {}), (["--markers", "--tenant=local"], {})
    )
    ours = fixtures.out.partition("fixtures defined from pytest_iflow.plugin.fixtures")[2]
    for name in plugin_fixtures.__all__:
        assert f"\n{name} [session scope] -- " in ours
    assert "    The environment of the tenant that is tested.\n" in ours
    assert "\nconversation -- " in ours
    assert "pytestbdd_stepdef" not in fixtures.out
    assert ".feature" not in fixtures.out
    for name in KNOWN_TAGS:
        assert f"@pytest.mark.{name}" in markers.out
    assert markers.out.count("[pytest-iflow]") == len(KNOWN_TAGS)
    reports = project.root / "reports"
    left = sorted(path.relative_to(reports).as_posix() for path in reports.rglob("*"))
    assert left == ["local", "local/dev", "local/dev/summary.json"]
