"""Coverage of exported iFlows: a suite runs one on the local tenant, and what it leaves is looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.reporting.flow_passages import Covered
from pytest_iflow.reporting.merged_coverage import with_merged_coverage
from pytest_iflow.reporting.pages.flow_coverage import write_flow_coverage
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.flow_coverage import CoverageReport, CoveredBy, FlowCoverage, PassedPart
from pytest_iflow.results.json_format import UnfitJsonError
from pytest_iflow.results.merge import ShardReport, merged_run
from pytest_iflow.results.run_result import ENGINE, FlowCount
from pytest_iflow.secrets.registry import register_secret
from tests import engine_flows as flows
from tests import exported_bundles as made
from tests.browser import Browser
from tests.inner_project import InnerProject, InnerRun
from tests.reporting.mixed_suite import ENVIRONMENT
from tests.results.runs import run as finished_run
from tests.results.runs import scenario

pytest_plugins = ["tests.browser", "tests.inner_project"]

DIAGRAM = made.diagram(
    made.shape("p-main", 40, 40, 900, 400),
    made.shape("start", 80, 134, 32, 32),
    made.shape("country", 160, 120),
    made.shape("router", 320, 130, 40, 40),
    made.shape("german", 420, 60),
    made.shape("french", 420, 160),
    made.shape("other", 420, 260),
    made.shape("end", 700, 74, 32, 32),
    made.shape("end2", 700, 174, 32, 32),
    made.shape("end3", 700, 274, 32, 32),
    made.shape("handler", 560, 320, 300, 100),
    made.shape("err-start", 600, 354, 32, 32),
    made.shape("err-end", 760, 354, 32, 32),
    *(
        made.edge(own, *line)
        for own, line in {
            "r0": ((112, 150), (160, 150)),
            "r1": ((260, 150), (320, 150)),
            "de": ((340, 130), (340, 90), (420, 90)),
            "fr": ((360, 150), (390, 150), (390, 190), (420, 190)),
            "else": ((340, 170), (340, 290), (420, 290)),
            "g1": ((520, 90), (700, 90)),
            "f1": ((520, 190), (700, 190)),
            "o1": ((520, 290), (700, 290)),
            "e0": ((632, 370), (760, 370)),
        }.items()
    ),
)
SECRET = "Tr0ub&4dor<and>3-more"


def exported() -> bytes:
    """Return the zip of a flow that routes by country, asks a shop, and has an exception sub-process."""
    country = flows.table(flows.header("country", "/order/land", "xpath"))
    parts = [
        flows.start(),
        flows.modifier("country", headerTable=country),
        made.router("router", "Which country?", ["de", "fr", "else"], "else"),
        flows.modifier("german"),
        flows.call_step("french"),
        flows.modifier("other"),
        flows.end(),
        flows.end("end2"),
        flows.end("end3"),
        made.route("r0", "start", "country"),
        made.route("r1", "country", "router"),
        made.route("de", "router", "german", "/order/land = 'DE'", "XML", "Germany"),
        made.route("fr", "router", "french", "${header.country} = 'FR'"),
        made.route("else", "router", "other", f"${{header.x}} = '{SECRET}'", name="<b>else</b>"),
        made.route("g1", "german", "end"),
        made.route("f1", "french", "end2"),
        made.route("o1", "other", "end3"),
        flows.handler(),
    ]
    ways = [
        made.participant("Sender", "Sender", "EndpointSender"),
        made.participant("p-main", "Orders", "IntegrationProcess", "main"),
        made.adapter("in", "HTTPS", "Sender", "Sender", "start", urlPath="/shop/orders"),
        *flows.receiver(
            "Shop", "HTTP", "french", httpAddressWithoutQuery="https://shop.example", httpMethod="GET"
        ),
    ]
    flow = made.iflw(ways, [made.process("main", "Orders", parts)], DIAGRAM)
    return made.zipped({"META-INF/MANIFEST.MF": made.manifest("Shop_Orders", "Orders"), made.IFLW: flow})


FEATURE = """
    Feature: Orders
      Scenario Outline: An order of a country
        When I send a POST request to the iFlow "/shop/orders" with the body:
          \"\"\"
          <order><land><country></land></order>
          \"\"\"
        Then the response status is <status>

        Examples:
          | country | status |
          | DE      | 200    |
          | DE      | 201    |

      Scenario: A message to another iFlow
        When I request the details of product "HT-2000"
        Then the response status is 200
"""


def failed(run: InnerRun) -> list[str]:
    """Return the lines of the terminal about coverage."""
    return [line for line in run.out.splitlines() if "coverage (" in line or "The run fails" in line]


@pytest.fixture(scope="module")
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """The suite."""
    project = new_project()
    made.write(project.root / "tenants/local-flows/orders.zip", exported())
    project.write("features/orders.feature", FEATURE)
    return project


@pytest.fixture(scope="module")
def run(project: InnerProject) -> InnerRun:
    """A run in threads with a limit; one scenario of four fails."""
    return project.run("--tenant=local", "--parallel=2", "--flow-coverage-fail-under=75")


@pytest.fixture(scope="module")
def folder(project: InnerProject, run: InnerRun) -> Path:
    """The folder of the run."""
    assert set(run.statuses().values()) == {"passed", "failed"}
    return project.root / "reports/local/dev"


@pytest.fixture(scope="module")
def document(folder: Path) -> Any:
    """``coverage.json`` of the run."""
    return json.loads((folder / "coverage.json").read_text(encoding="utf-8"))


def test_the_terminal_and_the_summary_say_how_much_was_passed(run: InnerRun, folder: Path) -> None:
    """And that an engine ran the flow, as Allure does, too."""
    assert failed(run) == [
        "flow coverage (engine, not SAP): Orders 1 of 4 branches, 5 of 11 steps",
        "The run fails: 25.0 % of the branches were passed, 75 % are asked for.",
    ]
    assert run.summary()["flow_coverage"] == [
        {"name": "Orders", "branches_passed": 1, "branches": 4, "steps_passed": 5, "steps": 11}
    ]
    page = (folder / "summary.html").read_text(encoding="utf-8")
    assert "<strong>engine, not SAP</strong>" in page
    assert '<a href="coverage.html">' in page
    properties = (folder / "allure-results/environment.properties").read_text(encoding="ascii")
    assert "iFlows\\ run\\ by=engine, not SAP" in properties


def test_the_document_names_what_was_missed(document: Any) -> None:
    """Each branch with its condition, and a row that leads there."""
    (flow,) = document["flows"]
    assert (document["schema"], document["engine"], document["lost"]) == (1, "engine, not SAP", 0)
    assert (flow["id"], flow["bundle"]) == ("Shop_Orders", "orders.zip")
    assert [each["title"] for each in document["scenarios"]] == [
        "An order of a country [DE, 200]",
        "An order of a country [DE, 201]",
    ]
    branches = {each["id"]: each for each in flow["branches"]}
    assert branches["de"]["scenarios"] == [0, 1]
    assert branches["fr"]["condition"] == "${header.country} = 'FR'"
    assert branches["fr"]["example"] == {"country": "FR"}
    assert branches["else"]["is_default"]
    assert "example" not in branches["else"]
    assert branches["handler"]["kind"] == "exception sub-process"
    assert branches["handler"]["receivers"] == ["Shop"]
    assert [each["id"] for each in flow["steps"] if "scenarios" in each] == [
        *("start", "country", "router", "german", "end")
    ]


def test_the_page_shows_who_passed_a_part(folder: Path, browser: Browser) -> None:
    """A click on a part of the picture names its scenarios; nothing is asked of any host."""
    with browser.open(folder / "coverage.html") as page:
        assert "25 % of the branches passed" in page.text
        assert "Too little: at least 75 % is asked for." in page.text
        assert "| country |\n| FR |" in page.text
        assert 'Given the receiver "Shop" answers with status 500' in page.text
        page.driven.click('[data-id="german"] rect')
        assert "An order of a country [DE, 201]" in page.driven.inner_text(".chosen")
        page.driven.press('[data-id="french"]', "Enter")
        assert "No scenario passed it." in page.driven.inner_text(".chosen")
        stroke = "getComputedStyle(document.querySelector('[data-id={}] path.route')).strokeDasharray"
        assert page.evaluate(stroke.format("de")) == "none"
        assert page.evaluate(stroke.format("fr")) != "none"
        assert (page.errors, page.foreign_requests) == ([], [])


def test_a_secret_in_a_flow_is_masked(tmp_path: Path) -> None:
    """Also where the picture escapes it; markup in a name is text."""
    register_secret(SECRET)
    (bundle,) = read_package(made.write(tmp_path / "orders.zip", exported())).flows()
    covered = FlowCoverage("Shop_Orders", "Orders", "orders.zip", (), ())
    report = CoverageReport("local", "dev", datetime.now(UTC), ENGINE, (covered,), ())
    write_flow_coverage(Covered(report, (bundle,)), tmp_path, None)
    page = (tmp_path / "coverage.html").read_text(encoding="utf-8")
    assert "header.x" in page
    assert "4dor" not in page
    assert "<b>" not in page


def test_a_run_that_passes_enough_is_green(project: InnerProject, run: InnerRun) -> None:
    """The limit of pytest.ini is met, in workers, too; for a part of the suite there is none."""
    assert run.code == 1
    more = FEATURE.replace("| DE      | 201    |", "| FR      | 200    |\n          | IT      | 200    |")
    project.write("features/orders.feature", more)
    arguments = ("--tenant=local", "-n2", "-o", "iflow_coverage_fail_under=100")
    whole = project.run(*arguments)
    assert failed(whole) == ["flow coverage (engine, not SAP): Orders 4 of 4 branches, 10 of 11 steps"]
    assert whole.code == 0, whole.text
    wrong, refused, enough = project.run_several(
        (["--tenant=local", "--flow-coverage-fail-under=101"], {}),
        (["--tenant=local", "-k", "another", "--flow-coverage-fail-under=1"], {}),
        (["--tenant=local", "-k", "another", "-o", "iflow_coverage_fail_under=100"], {}),
    )
    assert failed(refused) == ["The run fails: 0.0 % of the branches were passed, 1 % are asked for."]
    assert refused.code == 1
    assert not (project.root / "reports/local/dev/coverage.html").exists()
    assert enough.code == 0
    assert (wrong.code, "101.0 is no limit of the flow coverage" in wrong.err) == (4, True)


def test_shards_make_one_page(project: InnerProject, run: InnerRun, browser: Browser, tmp_path: Path) -> None:
    """It says which shard is missing; a scenario that ran twice counts with both tries."""
    assert run.code == 1
    suite = InnerProject(tmp_path)
    shutil.copytree(project.root / "tenants", suite.root / "tenants")
    suite.write("features/orders.feature", FEATURE.replace("| DE      | 201", "| FR      | 201"))
    shards = [
        ["--tenant=local", f"--shard={n}/3", "-o", f"iflow_reports=m{n}", "--reruns=1"] for n in (1, 2, 3)
    ]
    suite.run_several(*((shard, {}) for shard in shards))
    merged = suite.command("report", "--merge", "m1", "m2", "m3")
    assert "flow coverage (engine, not SAP): Orders 3 of 4 branches, 8 of 11 steps" in merged.out, merged.text
    folder = suite.root / "reports/local/dev"
    found = json.loads((folder / "coverage.json").read_text(encoding="utf-8"))
    assert [(each["title"], each["status"]) for each in found["scenarios"]] == [
        ("An order of a country [DE, 200]", "passed"),
        ("An order of a country [FR, 201]", "failed"),
    ]
    assert found["partial"] == []
    assert merged.summary()["flow_coverage"] == [
        {"name": "Orders", "branches_passed": 3, "branches": 4, "steps_passed": 8, "steps": 11}
    ]
    record = json.loads((folder / "flow-paths.json").read_text(encoding="utf-8"))
    assert (len(record["runs"]), len(record["scenarios"])) == (3, 3)
    with browser.open(folder / "coverage.html") as page:
        page.driven.click('[data-id="french"] rect')
        assert "An order of a country [FR, 201]" in page.driven.inner_text(".chosen")
        assert (page.errors, page.foreign_requests) == ([], [])
    shutil.rmtree(suite.root / "tenants")
    suite.command("report", "--merge", "m1", "m2", "--reports=part")
    page_text = (suite.root / "part/local/dev/coverage.html").read_text(encoding="utf-8")
    assert "only a part of the suite ran: without shard 3/3" in page_text
    assert "There is no picture" in page_text


def test_what_machines_left_is_looked_at_before_it_is_merged(tmp_path: Path) -> None:
    """A report that is damaged, missing, of a killed run, or of another state of the iFlow, is told of."""

    def shard(number: int, *, text: str | None = "", step: str = "s", **facts: Any) -> ShardReport:
        result = finished_run(shard=f"{number}/9", **facts)
        folder = tmp_path / str(number)
        part = PassedPart(step, "end", "End", "P", (0,))
        flow = FlowCoverage("F", "Flow", "f.zip", (), (part,))
        scenario = CoveredBy(f"x.feature::{number}", "x", "passed")
        report = CoverageReport("local", "dev", result.started, ENGINE, (flow,), (scenario,))
        folder.mkdir()
        if text is not None:
            report.write(folder / "coverage.json")
        if text:
            made.write(folder / "coverage.json", text.encode())
        return ShardReport(folder, result)

    counted = (FlowCount("Other", 1, 2, 3, 4),)
    shards = [
        shard(1),
        shard(2, text="{"),
        shard(3, text=None, flow_coverage=counted),
        shard(4, text=None, interrupted=True),
        shard(5, interrupted=True),
        shard(6, step="t"),
        shard(7, text=None),
    ]
    run, whole = with_merged_coverage(shards, merged_run(shards[:1]))
    assert whole is not None
    assert [sentence.partition(": ")[0] for sentence in whole.partial] == [
        "only a part of the suite ran",
        "coverage.json of shard 2/9 cannot be read",
        "shard 3/9 left no coverage.json",
        "shard 4/9 was cut short, and nobody knows what it passed",
        "shard 5/9 was cut short",
        "Flow was not the same iFlow on all machines",
    ]
    assert {each.id: each.scenarios for each in whole.flows[0].steps} == {"s": (0, 1), "t": (2,)}
    assert run.flow_coverage == (FlowCount("Flow", 0, 0, 2, 2), *counted)
    whole.write(tmp_path / "coverage.json")
    broken = (tmp_path / "coverage.json").read_text(encoding="utf-8").replace("[0,1]", "[0,9]")
    with pytest.raises(UnfitJsonError, match="names a scenario that is not there"):
        CoverageReport.read(made.write(tmp_path / "coverage.json", broken.encode()))


def test_the_page_of_a_run_that_was_killed_says_that_nothing_is_known(tmp_path: Path) -> None:
    """Nobody asked the local tenant what its messages passed."""
    sent = scenario("a", "P", message_ids=["AGsLj77WKyEHxDMg0lztSQrHy__s"])
    said = "Flow coverage: none is known, for the run was cut short."
    for interrupted in (True, False):
        write_summary(finished_run(1, sent, interrupted=interrupted), tmp_path)
        assert (said in (tmp_path / "summary.html").read_text(encoding="utf-8")) is interrupted


def test_a_bundle_that_the_tenant_file_names_counts_as_well(new_project: Callable[[], InnerProject]) -> None:
    """Beside an unpacked one of the folder, and where no answer names its message log."""
    project = new_project()
    made.write(project.root / "iflows/orders.zip", exported())
    unpacked = project.root / "tenants/local-flows/nightly"
    parts = flows.row([flows.start(), flows.end()])
    for path, content in flows.bundle_files(parts, own="Nightly", address="/nightly").items():
        made.write(unpacked / path, content)
    bundle = '[environments.dev.bundles.orders]\npath = "../iflows/orders.zip"\n'
    bundle += '[environments.dev.emulator]\nprofile = "2026"\n'
    project.write("tenants/local.toml", ENVIRONMENT.replace("NAME", "dev") + bundle)
    nightly = """
      Scenario: The nightly flow
        When I send a POST request to the iFlow "/nightly" with the body:
          \"\"\"
          x
          \"\"\"
        Then the response status is 200
    """
    project.write("features/orders.feature", FEATURE.rstrip() + "\n" + nightly)
    run = project.run("--tenant=local")
    (line,) = failed(run)
    assert line.startswith("flow coverage (engine, not SAP): Orders 1 of 4 branches, 5 of 11 steps; ")
    assert line.endswith("2 of 2 steps")
    record = json.loads((project.root / "reports/local/dev/flow-paths.json").read_text(encoding="utf-8"))
    ways = [record["ways"][way] for _, way, _, _ in record["scenarios"].values()]
    assert [set(way) for way in ways] == [{"Shop_Orders", "Nightly"}] * 4  # any may have sent any message
