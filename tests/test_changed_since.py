"""``--changed-since``: of a suite that has run only the scenarios run that a change may affect."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from pytest_iflow.acceptance.objection import run_objections
from pytest_iflow.iflow_engine.receivers.receivers import Answer
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow_state import FlowState, changed_parts, flow_state
from pytest_iflow.results.flow_paths import RUNS_KEPT, RecordedWay, RunState, no_paths
from pytest_iflow.results.run_result import RunResult
from tests import engine_flows as flows
from tests import exported_bundles as made
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FILES = "src/main/resources/"
FEATURE = """
    Feature: Orders
      Scenario Outline: An order of <country>
        When I send a POST request to the iFlow "/shop/orders" with the body:
          \"\"\"
          <order><land><country></land></order>
          \"\"\"
        Then the response status is 200

        Examples:
          | country |
          | DE      |
          | IT      |

      Scenario: An order of FR
        Given the receiver "Shop" answers with status 200
        When I send a POST request to the iFlow "/shop/orders" with the file "french.xml"
        Then the response status is 200

      Scenario: An order of FR without a shop
        When I send a POST request to the iFlow "/shop/orders" with the file "french.xml"
        Then the response status is 200

      Scenario: Nightly
        When I start the iFlow "Nightly"
        Then the response status is 204

      Scenario: A message to another iFlow
        When I request the details of product "HT-2000"
        Then the response status is 200
"""
ORDERS = {"DE", "IT", "FR", "FR without a shop"}


def exported(
    *,
    condition: str = "/order/land = 'DE'",
    greeting: str = "Hallo",
    parameters: Mapping[str, str] | None = None,
    address: str = "/shop/orders",
    more: bool = True,
    handled: str = "one",
    own: str = "Shop_Orders",
    version: str = "1.0.0",
    diagram: str = "",
    files: Mapping[str, bytes] | None = None,
    **properties: str,
) -> dict[str, bytes]:
    """Return the files of a flow that routes by country, asks a shop, and has an exception sub-process.

    ``more`` tells whether a step stands behind the one for all other countries.
    """
    country = flows.table(flows.header("country", "/order/land", "xpath"))
    greeted = flows.table(flows.header("greeting", greeting), flows.header("by", "{{name}}"))
    parts = [
        flows.start(),
        flows.modifier("country", headerTable=country),
        made.router("router", "Which?", ["de", "fr", "else"], "else"),
        flows.modifier("german", headerTable=greeted),
        flows.call_step("french"),
        flows.modifier("other"),
        *([flows.modifier("more")] if more else []),
        *(flows.end(), flows.end("end2"), flows.end("end3")),
        made.route("r0", "start", "country"),
        made.route("r1", "country", "router"),
        made.route("de", "router", "german", condition, "XML", "Germany"),
        made.route("fr", "router", "french", "${header.country} = 'FR'"),
        made.route("else", "router", "other"),
        made.route("g1", "german", "end"),
        made.route("f1", "french", "end2"),
        made.route("o1", "other", "more" if more else "end3"),
        *([made.route("o2", "more", "end3")] if more else []),
        flows.handler(flows.modifier("handled", headerTable=flows.table(flows.header("h", handled)))),
    ]
    shop = {"httpAddressWithoutQuery": "{{url}}", "httpMethod": "GET", "wsdlURL": "/wsdl/shop.wsdl"}
    ways = [
        made.participant("Sender", "Sender", "EndpointSender"),
        made.participant("p-main", "Orders", "IntegrationProcess", "main"),
        made.adapter("in", "HTTPS", "Sender", "Sender", "start", urlPath=address),
        *flows.receiver("Shop", "HTTP", "french", **shop),
    ]
    flow = made.iflw(ways, [made.process("main", "Orders", parts)], diagram, **properties)
    return {
        "META-INF/MANIFEST.MF": made.manifest(own, "Orders", version),
        made.IFLW: flow,
        f"{FILES}wsdl/shop.wsdl": b'<types schemaLocation="shop.xsd"/>',
        f"{FILES}xsd/shop.xsd": b"<schema/>",
        f"{FILES}xsd/nobody.xsd": b"<schema/>",
        **made.parameter_files({"url": "https://shop.example", "name": "us", **(parameters or {})}),
        **(files or {}),
    }


def nightly(own: str = "Nightly") -> dict[str, bytes]:
    """Return the files of a flow that is started by a timer."""
    parts = flows.row([made.event("start", "Start", definition="timer"), flows.end()])
    flow = made.iflw([], [made.process("main", "Nightly", parts)])
    return {"META-INF/MANIFEST.MF": made.manifest(own), made.IFLW: flow}


CASES: dict[str, tuple[dict[str, bytes], set[str], str]] = {
    "same": (exported(), set(), ""),
    "unseen": (exported(version="2.0.0", diagram=made.diagram(made.shape("start", 1, 1))), set(), ""),
    "condition": (
        exported(condition="/order/land = 'AT'"),
        ORDERS,
        'condition of route "Germany" of router "Which?"',
    ),
    "step": (exported(greeting="Servus"), {"DE"}, 'content modifier "german"'),
    "value": (exported(parameters={"name": "them"}), {"DE"}, 'content modifier "german"'),
    "receiver": (
        exported(parameters={"url": "https://other.example"}),
        {"FR", "FR without a shop"},
        'HTTP receiver adapter of "Shop"',
    ),
    "file": (
        exported(files={f"{FILES}wsdl/shop.wsdl": b"shop.xsd"}),
        {"FR", "FR without a shop"},
        'file "wsdl/shop.wsdl" of HTTP receiver adapter of "Shop"',
    ),
    "named by a file": (
        exported(files={f"{FILES}xsd/shop.xsd": b"other"}),
        {"FR", "FR without a shop"},
        'file "xsd/shop.xsd" of HTTP receiver adapter of "Shop"',
    ),
    "handler": (exported(handled="two"), {"FR without a shop"}, 'content modifier "handled"'),
    "added": (exported(more=False), {"IT"}, 'content modifier "more" added'),
    "nobody's file": (exported(files={f"{FILES}xsd/nobody.xsd": b"other"}), ORDERS, 'file "xsd/nobody.xsd"'),
    "headers": (exported(allowedHeaderList="x"), ORDERS, "settings"),
    "sender": (exported(address="/shop/old"), ORDERS, 'HTTPS sender adapter of "Sender"'),
}
"""What the iFlow was, the countries whose scenarios pass what changed, and how the change is called."""


def ran(run: InnerRun) -> set[str]:
    """Return the scenarios that were collected and not left out, in short."""
    found = (node_id.partition("::An order of ")[2] for node_id in run.collected() if "::An order" in node_id)
    return {name.partition("[")[2].rstrip("]") or name for name in found}


@pytest.fixture(scope="module")
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with two exported iFlows that has run, and earlier states of one of them."""
    project = new_project()
    made.write(project.root / "tenants/local-flows/orders.zip", made.zipped(exported()))
    made.write(project.root / "tenants/local-flows/nightly.zip", made.zipped(nightly()))
    for name, (files, _, _) in CASES.items():
        made.write(project.root / f"old/{name}.zip", made.zipped(files))
    project.write("features/orders.feature", FEATURE)
    project.write("payloads/french.xml", "<order><land>FR</land></order>")
    whole = project.run("--tenant=local", "-n2")
    assert set(whole.statuses().values()) == {"passed"}, whole.text
    return project


def test_what_passes_a_change_runs(project: InnerProject) -> None:
    """Whatever part of an iFlow is another one; the terminal names it, and says how many are left out."""
    runs = project.collect(*([f"--changed-since=old/{name}.zip"] for name in CASES))
    for run, (name, (_, expected, words)) in zip(runs, CASES.items(), strict=True):
        assert (name, run.code, ran(run)) == (name, 0, expected)
        said = (
            f"changed since {name}.zip: {len(expected)} of 6 scenarios pass what changed in Orders: {words}"
        )
        assert (said if expected else f"changed since {name}.zip: nothing that a message can meet") in run.out
        assert f"\nleft out: {6 - len(expected)}\n" in run.out
        assert "also run" not in run.out


def test_bundles_come_as_packages_and_folders(project: InnerProject) -> None:
    """Several may be given; what is none, or of another iFlow, is refused in one sentence."""
    other = made.zipped(exported(own="Shop_Order"))
    content = {"a1": ("IFlow", "Orders", made.zipped(CASES["step"][0]))}
    made.write(project.root / "old/package.zip", made.exported_package("Shop", content))
    for path, data in CASES["handler"][0].items():
        made.write(project.root / "old/folder" / path, data)
    made.write(project.root / "old/nightly.zip", made.zipped(nightly()))
    made.write(project.root / "old/other.zip", other)
    made.write(project.root / "old/text.zip", b"no zip")
    client = '[environments.dev.clients.default]\nservice-key = "env:NO_KEY"\n'
    project.write("tenants/trial.toml", client)
    made.write(project.root / "old/bomb.zip", made.zipped({"../x": b"", **nightly()}))
    given = ["package.zip", "folder", "nightly.zip", "other.zip", "text.zip", "bomb.zip", "gone.zip"]
    *runs, twice, real, one, two = project.collect(
        *([f"--changed-since=old/{name}"] for name in given),
        ["--changed-since=old/step.zip", "--changed-since=old/handler.zip"],
        ["--changed-since=old/step.zip", "--tenant=trial"],
        ["--changed-since=old/condition.zip", "--shard=1/2"],
        ["--changed-since=old/condition.zip", "--shard=2/2"],
    )
    package, folder, timer, *refused = runs
    assert (ran(package), ran(folder), ran(timer)) == ({"DE"}, {"FR without a shop"}, set())
    wrong = "other.zip has Shop_Order, and the local tenant runs no such iFlow"
    said = [wrong, "this is no zip", "a file whose path leaves it", "there is no such file or folder"]
    for run, words in zip([*refused, twice], [*said, "the iFlow Shop_Orders is there twice"], strict=True):
        assert (run.code, words in run.err, "Traceback" in run.text) == (4, True, False), run.text
    assert 'Did you mean "Shop_Orders"' in refused[0].err
    assert "runs no exported iFlow" in real.err
    assert ran(one) | ran(two) == ORDERS
    assert ran(one) & ran(two) == set()


def test_without_a_record_all_scenarios_run(project: InnerProject) -> None:
    """One that is not there, damaged, or of another version; the terminal says which."""
    record = (project.root / "reports/local/dev/flow-paths.json").read_text(encoding="utf-8")
    cases = {
        "missing": (None, "flow-paths.json is not there"),
        "damaged": (record[:-9], "flow-paths.json cannot be read: it is no JSON"),
        "later": (record.replace('"schema":1', '"schema":2'), "it is written in schema 2"),
        "wrong": (record.replace('"runs":[', '"runs":[],"x":['), "names a run or a way that is not there"),
        "other": (record.replace('"version":"', '"version":"9.'), "is of pytest-iflow 9."),
    }
    for name, (text, _) in cases.items():
        if text is not None:
            project.write(f"{name}/local/dev/flow-paths.json", text)
    runs = project.collect(
        *(["--changed-since=old/same.zip", "-o", f"iflow_reports={name}"] for name in cases)
    )
    for run, (_, words) in zip(runs, cases.values(), strict=True):
        assert (run.code, len(run.collected()), words in run.out) == (0, 6, True), run.text
        assert "all scenarios run" in run.out


def test_runs_of_a_part_keep_the_record_of_the_rest(project: InnerProject) -> None:
    """In workers and without; where nothing changed nothing runs, and that is no failure."""
    with_change = project.run("--tenant=local", "-n1", "--changed-since=old/step.zip")
    assert with_change.code == 0, with_change.text
    assert with_change.statuses() == {"An order of DE": "passed"}
    assert "1 of 6 scenarios pass what changed in Orders" in with_change.out
    assert with_change.summary()["selection"] == "--changed-since old/step.zip"
    folder = project.root / "reports/local/dev"
    objections = [each.what for each in run_objections(RunResult.read(folder / "summary.json"), folder)]
    assert "The run left scenarios out: --changed-since old/step.zip" in objections
    nothing = project.run(
        "--tenant=local", "-n1", "--changed-since=old/same.zip", "--flow-coverage-fail-under=50"
    )
    assert (nothing.code, nothing.summary()["verdict"]) == (0, "nothing ran"), nothing.text
    assert "left out: 6" in nothing.out
    record = json.loads((project.root / "reports/local/dev/flow-paths.json").read_text(encoding="utf-8"))
    assert len(record["scenarios"]) == 6
    assert [each[0] for each in record["scenarios"].values()].count(0) == 1
    (by_word,) = project.run_several((["--tenant=local", "-k", "nobody", "--changed-since=old/step.zip"], {}))
    assert by_word.code == 5


def test_what_is_not_as_it_was_runs_too(
    project: InnerProject, new_project: Callable[[], InnerProject]
) -> None:
    """Scenarios that are new, edited or failed; all of them with another payload or state of an iFlow."""
    suite = new_project()
    shutil.copytree(project.root, suite.root, dirs_exist_ok=True)
    edited = FEATURE.replace("| IT      |", "| IT      |\n          | ES      |").replace(
        "HT-2000", "HT-2001"
    )
    suite.write("features/orders.feature", edited)
    (run,) = suite.collect(["--changed-since=old/step.zip"])
    assert ran(run) == {"DE", "ES"}
    assert "also run: 1 edited since recorded, 1 without a recorded way" in run.out
    suite.write("features/orders.feature", FEATURE.replace("status is 200", "status is 201", 1))
    assert suite.run("--tenant=local", "-k", "DE").code == 1
    (failed,) = suite.collect(["--changed-since=old/same.zip"])
    assert ran(failed) == {"DE", "IT"}  # the step is one of both rows
    assert "also run: 2 failed when recorded\n" in failed.out
    made.write(suite.root / "tenants/local-flows/orders.zip", made.zipped(exported(more=False)))
    made.write(suite.root / "tenants/local-flows/nightly.prop", b"x = y")
    (stale,) = suite.collect(["--changed-since=old/added.zip"])
    assert "also run: 1 recorded with another state of an iFlow, 1 failed when recorded\n" in stale.out
    suite.write(
        "features/lost.feature",
        """
        Feature: An address without an iFlow
          Scenario: Nobody is there
            When I send a POST request to the iFlow "/lost"
            Then the response status is 404
        """,
    )
    assert suite.run("--tenant=local", "features/lost.feature").code == 0
    made.write(
        suite.root / "tenants/local-flows/lost.zip", made.zipped(exported(own="Lost", address="/lost"))
    )
    (found,) = suite.collect(["--changed-since=old/added.zip", "features/lost.feature"])
    assert "also run: 1 recorded with another state of an iFlow\n" in found.out
    suite.write("payloads/french.xml", "<order><land>F</land></order>")
    (other,) = suite.collect(["--changed-since=old/added.zip"])
    assert "5 recorded with other files (payloads/french.xml)" in other.out


_TEXTS = ("<value>", "Expression>", ' name="', "outgoing>", ' default="', ' sourceRef="', ' targetRef="')
"""What stands before a text of a flow; the last four name routes or steps."""
_NAMED = ("end", "end3", "german", "french", "other", "more", "handled", "de", "fr", "else", "")


def _outcome(files: Mapping[str, bytes], country: str, answer: Answer | None) -> tuple[object, set[str]]:
    """Return how a message ended, and which parts it passed."""
    answers = flows.Answers(Shop=answer) if answer else flows.Answers()
    run = flows.run(files, f"<order><land>{country}</land></order>", answers)
    urls = [request.url for request in answers.requests]
    headers = [(name, str(value)) for name, value in run.message.headers.items() if "SAP" not in name]
    error = str(run.error and run.error.message)
    ended = run.status, error, run.message.binary(), headers, urls, flows.path_of(run)
    return ended, {*flows.path_of(run), *run.routes()}


def _state(files: Mapping[str, bytes]) -> FlowState:
    deployed = flows.deployed(files)
    assert deployed.package is not None
    return flow_state(deployed.package, deployed.bundle)


def test_messages_that_pass_no_change_go_as_before() -> None:
    """Whatever text of a flow is another one: what passed none of the changed parts ends as it did."""
    before = exported()
    messages = ("DE", None), ("IT", None), ("FR", Answer(200, b"sent")), ("FR", None)
    ended = [_outcome(before, *each) for each in messages]
    old, text = _state(before), before[made.IFLW].decode()
    spots = [list(re.finditer(f'(?<={each})[^<"]+', text)) for each in _TEXTS]
    random = Random(15)  # noqa: S311, the same changes each time
    same = 0
    for number in range(140):
        kind = number % len(_TEXTS)
        spot = random.choice(spots[kind])
        others = _NAMED if kind > 2 else (f"{spot[0]}x", "", random.choice(spots[kind])[0])
        changed = text[: spot.start()] + random.choice(others) + text[spot.end() :]
        after = before | {made.IFLW: changed.encode()}
        try:
            parts = changed_parts(old, _state(after)).keys()
        except BundleError:
            continue
        for each, (end, passed) in zip(messages, ended, strict=True):
            if parts.isdisjoint({"", *passed}):
                assert _outcome(after, *each)[0] == end, (changed, parts)
                same += 1
    assert same > 140


def test_a_record_does_not_grow(tmp_path: Path) -> None:
    """Of many runs the last ones are kept, and what no scenario names any more goes."""
    paths = no_paths()
    for number in range(RUNS_KEPT + 5):
        seen = {name: RecordedWay({"F": (name,)}, "t", passed=True) for name in ("always", f"once{number}")}
        paths = paths.with_run(RunState(str(number), {}, {}), seen, lambda _: False)
    assert len(paths.runs) == RUNS_KEPT
    assert len(paths.scenarios) == RUNS_KEPT + 1
    assert len(paths.ways) == RUNS_KEPT + 1
    paths = paths.with_run(RunState("last", {}, {}), {}, lambda name: name != "always")
    assert [run.started for run in paths.runs] == ["last", str(RUNS_KEPT + 4)]
    paths.write(tmp_path / "flow-paths.json")
