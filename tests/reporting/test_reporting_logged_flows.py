"""Flow coverage of a tenant by its message logs, held against that of the engine for the same scenarios."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.acceptance.objection import run_objections
from pytest_iflow.results.run_result import RunResult
from tests import engine_flows as flows
from tests import exported_bundles as made
from tests.browser import Browser
from tests.emulator.emulator_process import Emulator, running
from tests.iflow_engine.scripting.groovy_scripts import groovy_or_skip
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.browser", "tests.inner_project"]

EXAMPLE = Path(__file__).parents[2] / "examples/iflows"
TENANT = """
[environments.{name}]
ca-bundle = "{ca}"
{more}
[environments.{name}.clients.default]
service-key = "file:{keys}/integration-flow.json"
[environments.{name}.clients.monitoring]
service-key = "file:{keys}/{key}.json"
"""
OTHERS = """
    Feature: Other iFlows
      @safe
      Scenario Outline: An iFlow that calls another one
        When I send a POST request to the iFlow "/front" with the body:
          \"\"\"
          <a><kind><which></kind></a>
          \"\"\"
        Then the response status is <status>

        Examples:
          | which | status |
          | x     | 200    |
          | bad   | 500    |
"""
AGAIN = """
    Feature: A deployment while the run goes on
      Scenario: Before it
        When I send a POST request to the iFlow "/front" with the body:
          \"\"\"
          <a><kind>x</kind></a>
          \"\"\"
        Then the iFlow "Front" is deployed again as version "1.0.1"

      Scenario: After it
        When I send a POST request to the iFlow "/front" with the body:
          \"\"\"
          <a><kind>x</kind></a>
          \"\"\"
        Then the response status is 200
"""
CONFTEST = """
    import json, os, time
    import requests
    from pytest_iflow.gherkin.vocabulary import step

    @step("the iFlow {string} is deployed again as version {string}")
    def deployed_again(iflow, version):
        session = requests.Session()
        session.trust_env = False
        session.verify = os.environ["EMULATOR_CA"]
        session.headers["Authorization"] = "Bearer " + os.environ["EMULATOR_TOKEN"]
        root = os.environ["EMULATOR_API"] + "/api/v1/"
        time.sleep(0.01)  # the tenant's times are whole milliseconds
        for path in (
            f"IntegrationDesigntimeArtifactSaveAsVersion?Id='{iflow}'&SaveAsVersion='{version}'",
            f"DeployIntegrationDesigntimeArtifact?Id='{iflow}'&Version='active'",
        ):
            session.post(root + path).raise_for_status()
"""


def front_and_back() -> dict[str, bytes]:
    """Return a flow that calls another one, which has a router, a multicast and an end for errors."""
    to_back = flows.receiver("Back", "ProcessDirect", "call", address="/back")
    front = flows.bundle_files(
        flows.row([flows.start(), flows.call_step("call"), flows.end()]),
        (),
        to_back,
        own="Front",
        address="/front",
        allowedHeaderList="SAP_MessageProcessingLogLevel",
    )
    held = {"activityType": "Multicast", "cmdVariantUri": made.variant("Multicast")}
    join = {"activityType": "Join", "cmdVariantUri": made.variant("Join")}
    parts = [
        flows.start(),
        made.router("router", "Kind?", ["bad", "x", "other"], "other"),
        made.event("failed", "Failed", "endEvent", "error"),
        made.tag("parallelGateway", "multi", "Both", made.extension(held)),
        flows.modifier("one"),
        flows.modifier("two"),
        made.tag("parallelGateway", "join", "Join", made.extension(join)),
        made.step("gather", "All", "Gather", aggregationAlgorithm="concatenate-strategy"),
        flows.end(),
        made.route("r0", "start", "router"),
        made.route("bad", "router", "failed", "/a/kind = 'bad'", "XML"),
        made.route("x", "router", "multi", "/a/kind = 'x'", "XML"),
        made.route("other", "router", "end"),
        *(made.route(f"m-{each}", "multi", each) for each in ("one", "two")),
        *(made.route(f"j-{each}", each, "join") for each in ("one", "two")),
        made.route("r1", "join", "gather"),
        made.route("r2", "gather", "end"),
    ]
    back = flows.bundle_files(parts, own="Back", sender="ProcessDirect", address="/back")
    return {"front.zip": made.zipped(front), "back.zip": made.zipped(back)}


@pytest.fixture(scope="module")
def local_flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the flows, for the local tenant and for the emulator that is a tenant."""
    groovy_or_skip("2.4", {})
    folder = tmp_path_factory.mktemp("flows") / "local-flows"
    shutil.copytree(EXAMPLE / "tenants/local-flows", folder)
    shutil.copytree(EXAMPLE / "order-routing", folder / "order-routing")
    for name, content in front_and_back().items():
        made.write(folder / name, content)
    return folder


@pytest.fixture(scope="module")
def tenant(local_flows: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator that the suite knows by its service keys alone."""
    with running(tmp_path_factory.mktemp("emulator") / "keys", "--flows", str(local_flows)) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def runs(local_flows: Path, tenant: Emulator, new_project: Any) -> dict[str, InnerRun]:
    """One run on the local tenant, and some on the other one: with all logs, without, and without roles."""
    project: InnerProject = new_project()
    shutil.copytree(EXAMPLE / "features", project.root / "features")
    shutil.copytree(local_flows, project.root / "tenants/local-flows")
    project.write("features/others.feature", OTHERS)
    project.write("again/again.feature", AGAIN)
    project.write("conftest.py", CONFTEST)
    said = {"ca": tenant.ca.as_posix(), "keys": tenant.keys.as_posix(), "key": "api", "more": ""}
    tables = [
        TENANT.format(**{**said, "name": "dev", "more": "debug-logs = true"}),
        TENANT.format(**said, name="quiet"),
        TENANT.format(**{**said, "name": "poor", "key": "api-monitoring", "more": "debug-logs = true"}),
        TENANT.format(**{**said, "name": "live", "more": "debug-logs = true\nprotected = true"}),
    ]
    project.write("tenants/acme.toml", "".join(tables))
    measured = ("--tenant=acme", "--flow-coverage", "features")
    known = {"EMULATOR_API": tenant.api, "EMULATOR_CA": str(tenant.ca), "EMULATOR_TOKEN": tenant.token("api")}
    asked = {
        "local": ["--tenant=local", "features"],
        "dev": [*measured, "--environment=dev", "--parallel=4"],
        "quiet": [*measured, "--environment=quiet", "--flow-coverage-fail-under=50"],
        "poor": [*measured, "--environment=poor"],
        "live": [*measured, "--environment=live", "-o", "iflow_coverage_fail_under=0"],
    }
    found = dict(zip(asked, project.run_several(*((each, {}) for each in asked.values())), strict=True))
    shutil.copytree(project.root / "reports/acme/dev", project.root / "reports/kept")
    found["again"] = project.run("--tenant=acme", "--environment=dev", "--flow-coverage", "again", **known)
    return found


def coverage(run: InnerRun, place: str) -> Any:
    """Return ``coverage.json``."""
    return json.loads((run.root / "reports" / place / "coverage.json").read_text(encoding="utf-8"))


def passed(document: Any) -> Mapping[tuple[str, str], list[str]]:
    """Return the scenarios that passed each part of each iFlow."""
    return {
        (flow["id"], part["id"]): [document["scenarios"][each]["title"] for each in part.get("scenarios", ())]
        for flow in document["flows"]
        for part in flow["branches"] + flow["steps"]
    }


def test_logs_tell_what_the_engine_tells(runs: dict[str, InnerRun]) -> None:
    """The same scenarios pass the same parts, also in an iFlow that another one calls."""
    assert "Order routing 7 of 7 branches, 23 of 23 steps" in runs["local"].out
    by_engine, by_logs = coverage(runs["local"], "local/dev"), coverage(runs["dev"], "kept")
    assert passed(by_logs) == passed(by_engine)
    assert {flow["id"] for flow in by_logs["flows"]} == {"Order_Routing", "Front", "Back"}
    assert not any(part.get("unknown") for flow in by_logs["flows"] for part in flow["branches"])
    assert (by_logs["engine"], by_logs["source"]) == ("", "message logs of acme/dev, level DEBUG")
    assert by_logs["notes"] == []


def test_the_run_is_one_of_a_tenant(runs: dict[str, InnerRun]) -> None:
    """Nothing marks it as one of an engine, and an acceptance record has no objection to that."""
    run = runs["dev"]
    assert "flow coverage (message logs of acme/dev, level DEBUG): Back 2 of 3 branches, " in run.out
    page = (run.root / "reports/kept/summary.html").read_text(encoding="utf-8")
    assert "Flow coverage by message logs of acme/dev, level DEBUG:" in page
    assert "engine, not SAP" not in page
    found = RunResult.read(run.root / "reports/kept/summary.json")
    assert not found.is_of_engine
    assert "engine" not in {each.kind for each in run_objections(found, run.root / "reports/kept")}


def test_what_scripts_print_is_evidence(runs: dict[str, InnerRun]) -> None:
    """On the local tenant, beside the call whose message ran the script; a real one tells nobody."""
    local, real = (
        [
            path.read_text(encoding="utf-8")
            for path in (runs["local"].root / "reports" / place / "allure-results").glob("*-attachment.txt")
        ]
        for place in ("local/dev", "kept")
    )
    (printed,) = (text for text in local if text.startswith('Order routing, script "Price the item":'))
    assert "item 1: 2 pieces for 3.00\n" in printed
    assert printed.count("Price the item") == 3
    assert real
    assert not any("Price the item" in text for text in real)


def test_the_page_says_what_it_is_based_on(runs: dict[str, InnerRun], browser: Browser) -> None:
    """And draws the iFlows that were downloaded, if they have a diagram."""
    with browser.open(runs["dev"].root / "reports/kept/coverage.html") as page:
        assert "By message logs of acme/dev, level DEBUG." in page.text
        assert "unknown: grey, dotted lines" not in page.text
        page.driven.click('[data-id="CallActivity_11"] rect')
        assert "A large order is priced item by item" in page.driven.inner_text(".chosen:visible")
        assert (page.errors, page.foreign_requests) == ([], [])


def test_messages_without_steps_are_told(runs: dict[str, InnerRun]) -> None:
    """A tenant keeps no steps of what completed at INFO; a message that failed there counts."""
    document = coverage(runs["quiet"], "acme/quiet")
    parts = passed(document)
    assert parts["Back", "bad"] == ["An iFlow that calls another one [bad, 500]"]
    assert parts["Order_Routing", "CallActivity_3"] == []
    (note,) = document["notes"]
    assert note.startswith("8 messages left no steps in their logs, which have the level INFO: ")
    assert "set debug-logs in the tenant file" in note
    assert "The run fails: " in runs["quiet"].out
    assert runs["quiet"].code == 1


def test_a_refused_download_is_told(runs: dict[str, InnerRun]) -> None:
    """Without any iFlow there is no page; the run says why."""
    (line,) = (each for each in runs["poor"].out.splitlines() if "coverage.json cannot be written" in each)
    assert "no iFlow of the tenant can be shown: Not shown: Back, Front, Order_Routing. The design" in line
    assert line.count("the service key needs the role WorkspacePackagesRead.") == 1


def test_a_protected_environment_is_left_as_it_is(runs: dict[str, InnerRun]) -> None:
    """Its messages are logged as ever unless --allow-protected is given."""
    (note,) = coverage(runs["live"], "acme/live")["notes"]
    assert "the level INFO" in note
    assert runs["live"].statuses("acme/live")["An iFlow that calls another one [x, 200]"] == "passed"


def test_a_version_before_a_deployment_does_not_count(runs: dict[str, InnerRun]) -> None:
    """Its steps may be others."""
    document = coverage(runs["again"], "acme/dev")
    (front,) = (flow for flow in document["flows"] if flow["id"] == "Front")
    assert passed(document)["Front", "call"] == ["After it"]
    assert front["bundle"] == "the deployed version"
    assert document["notes"] == [
        "Front was deployed again during the run: 1 message of the version before it do not count."
    ]
