"""A broken environment: one block, an exit code of its own, and not one scenario that ran."""

from __future__ import annotations

import contextlib
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulated_tenant import name_tenant, received, undeploy
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject, InnerRun
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackProxy, LoopbackServer
from tests.loopback_tenant import TokenService

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

ACME = "acme/dev"
FEATURE = """
    Feature: Orders
      Scenario: first
        When I send a POST request to the iFlow "/echo" with the body:
          \"\"\"
          {}
          \"\"\"
        Then the response status is 200
      @skip
      Scenario: second
        Given an access token
      Scenario: third
        When I send a GET request to the iFlow "/echo"
"""
ORDERS = '[environments.dev.iflows.orders]\naddress = "/orders"\nartifact = "Orders"\nversion = "1.0.0"\n'
TITLES = ("first", "second", "third")


@pytest.fixture
def suite(project: InnerProject) -> InnerProject:
    """Three scenarios and a test in Python."""
    project.write("features/orders.feature", FEATURE)
    project.write("test_plain.py", "def test_plain():\n    raise AssertionError\n")
    return project


def expect_nothing_ran(run: InnerRun, emulator: Emulator, tenant: str = "acme") -> str:
    """Check all that a run in a broken environment leaves; return the one block of the terminal."""
    environment = f"{tenant}/dev"
    assert run.code == 7, run.text
    assert received(emulator)["messages"] == 0
    summary = run.summary(environment)
    assert summary["verdict"] == "nothing ran"
    assert summary["counts"] == {"passed": 0, "failed": 0, "broken": 0, "skipped": 0, "not run": 4}
    assert run.statuses(environment) == dict.fromkeys(("test_plain", *TITLES), "not run")
    files = run.files()
    cases = ET.fromstring(files[f"reports/{environment}/junit.xml"]).findall(".//testcase")  # noqa: S314, ours
    assert [len(case.findall("skipped")) for case in cases] == [1] * 4
    page = files[f"reports/{environment}/summary.html"]
    assert "Broken environment" in page
    assert "4 scenarios and tests not run." in page
    title = f"the environment {environment} is broken ="
    assert run.out.count(title) == 1
    assert "4 not run in " in run.out
    assert "Traceback" not in run.text
    block = run.out.partition(title)[2].partition("Not run: 4. With --no-preflight")[0]
    assert block, run.out
    problems: list[str] = summary["environment_problems"]
    for problem in problems:
        assert run.out.count(problem) == 1
        assert problem in block
    return block


def iflow_undeployed(project: InnerProject, emulator: Emulator) -> None:
    """Somebody has taken the iFlow away."""
    undeploy(emulator, "Orders")
    name_tenant(project, emulator, iflows=ORDERS)


BROKEN: Mapping[str, tuple[dict[str, str], str]] = {
    "token": (
        {"default": "integration-flow-revoked"},
        "the token service refused the request with status 401",
    ),
    "role": (
        {"default": "integration-flow-without-role"},
        'the token of client "default" grants no role',
    ),
    "undeployed": ({"iflows": ORDERS.replace("Orders", "Gone")}, 'the iFlow "orders" is not deployed'),
    "version": (
        {"iflows": ORDERS.replace("1.0.0", "1.1.0")},
        'the iFlow "orders" is deployed in version 1.0.0, expected 1.1.0',
    ),
    "unreachable": ({"default": "unreachable"}, "nothing answers at 127.0.0.1:1: the connection was refused"),
}
"""What is wrong with the tenant of this name, and what the check says of it."""


def test_a_broken_environment_is_said_once_and_nothing_runs(suite: InnerProject, emulator: Emulator) -> None:
    """The block names the problem and what to do."""
    key = {"oauth": {**emulator.key(), "url": "https://127.0.0.1:1"}}
    (emulator.keys / "unreachable.json").write_text(json.dumps(key), encoding="utf-8")
    for name, (settings, _) in BROKEN.items():
        name_tenant(suite, emulator, **settings)
        (suite.root / "tenants" / "acme.toml").rename(suite.root / "tenants" / f"{name}.toml")
    runs = suite.run_several(*(([f"--tenant={name}"], {}) for name in BROKEN))
    for run, (name, (_, said)) in zip(runs, BROKEN.items(), strict=True):
        block = expect_nothing_ran(run, emulator, name)
        assert said in block
        assert "what to do:" in block


def test_a_runtime_that_is_down_is_waited_for_and_then_said(suite: InnerProject, emulator: Emulator) -> None:
    """Its load balancer answers."""
    name_tenant(suite, emulator)
    emulator.set_faults({"runtime.status_503": 1})
    block = expect_nothing_ran(suite.run("--tenant=acme"), emulator)
    assert "the runtime is not available: it answers 503" in block


def test_the_controller_checks_once_for_all_workers(suite: InnerProject, emulator: Emulator) -> None:
    """Workers collect, and report each scenario as not run."""
    iflow_undeployed(suite, emulator)
    before = received(emulator)
    run = suite.run("--tenant=acme", "-n", "2")
    assert 'the iFlow "orders" is not deployed' in expect_nothing_ran(run, emulator)
    after = received(emulator)
    sent = {plane: after[plane] - before.get(plane, 0) for plane in ("token", "runtime", "api")}
    assert sent == {"token": 2, "runtime": 1, "api": 1}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_healthy_environment_runs(suite: InnerProject, emulator: Emulator, workers: str) -> None:
    """As ever: the check adds one call of the runtime, and two requests where there is a key of plan api."""
    name_tenant(suite, emulator, iflows=ORDERS)
    run = suite.run("--tenant=acme", "-n", workers, "features")
    assert (run.code, run.statuses(ACME)) == (0, {"first": "passed", "second": "skipped", "third": "passed"})
    assert run.summary(ACME)["environment_problems"] == []
    # The endpoints are asked for once: for the workers, else for the report, which names what was called.
    assert received(emulator) == {"token": 2, "runtime": 3, "api": 2, "messages": 2}


def test_a_check_can_be_left_out_and_asked_for(suite: InnerProject, emulator: Emulator) -> None:
    """On the tenant local it is made where it is asked for only."""
    name_tenant(suite, emulator, **BROKEN["version"][0])
    left_out = suite.run("--tenant=acme", "--no-preflight", "features")
    assert left_out.code == 0
    assert received(emulator)["messages"] == 2
    local = '[environments.dev]\n[environments.dev.clients.default]\nservice-key = "env:KEY"\n'
    suite.write("tenants/local.toml", local)
    environ = {
        "KEY": str(emulator.keys / "integration-flow-without-role.json"),
        "REQUESTS_CA_BUNDLE": str(emulator.ca),
    }
    usual, asked_for = suite.run_several(
        (["--tenant=local", "features"], environ), (["--tenant=local", "--preflight", "features"], environ)
    )
    assert (usual.code, asked_for.code) == (1, 7)


def test_nothing_is_checked_where_nothing_will_run(suite: InnerProject, emulator: Emulator) -> None:
    """Not to collect, not without a scenario, not when a file in Python is broken."""
    name_tenant(suite, emulator)
    collected, none, broken = (
        *suite.run_several(
            (["--tenant=acme", "--co", "-q"], {}), (["--tenant=acme", "--scenario=nonsense"], {})
        ),
        _with_a_broken_file(suite),
    )
    assert (collected.code, none.code, broken.code) == (0, 5, 2)
    assert received(emulator) == {"messages": 0}


def _with_a_broken_file(suite: InnerProject) -> InnerRun:
    suite.write("test_broken.py", "(\n")
    return suite.run("--tenant=acme")


def test_what_failed_last_is_still_what_failed_last(suite: InnerProject, emulator: Emulator) -> None:
    """A run that nothing ran in takes nothing away from ``--lf``."""
    name_tenant(suite, emulator)
    assert suite.run("--tenant=acme").code == 1
    name_tenant(suite, emulator, **BROKEN["token"][0])
    assert suite.run("--tenant=acme").code == 7
    name_tenant(suite, emulator)
    assert "1 failed in" in suite.run("--tenant=acme", "--lf").out


def test_verbose_lists_what_was_not_run_and_quiet_still_says_why(
    suite: InnerProject, emulator: Emulator
) -> None:
    """Without either the block alone is enough."""
    name_tenant(suite, emulator, **BROKEN["token"][0])
    usual, verbose, quiet = suite.run_several(
        *((["--tenant=acme", "features", *more], {}) for more in ([], ["-v"], ["-q"]))
    )
    assert "  not run  first" not in usual.out
    assert "  not run  first" in verbose.out
    for run in (usual, verbose, quiet):
        assert "the token service refused the request with status 401" in run.out
        assert run.code == 7


def test_a_tenant_that_cannot_start_is_no_finding(project: InnerProject) -> None:
    """It is an error of this machine: exit code 4, as without the check."""
    project.write("features/orders.feature", FEATURE)
    project.write(
        "broken/sitecustomize.py",
        """
        import os, sys

        if "pytest_iflow.emulator" in sys.orig_argv:
            os.write(2, b"no room for a tenant")
            os._exit(3)
        """,
    )
    broken = str(project.root / "broken")
    for more in ([], ["-n", "2"]):
        run = project.run("--tenant=local", "--preflight", "features", *more, PYTHONPATH=broken)
        assert run.code == 4, run.text
        assert "the local tenant did not start: no room for a tenant" in run.text


def test_a_company_network_lets_a_run_through_or_is_named(
    project: InnerProject, authority: Authority, closed_url: str
) -> None:
    """What a proxy refuses is said once, before anything runs; its password is never shown."""
    host, company = "tenant.invalid", Authority()
    key = {"url": f"https://{host}", "tokenurl": f"https://{host}/oauth/token", "clientid": "a"}
    project.write("key.json", json.dumps({"oauth": {**key, "clientsecret": "5ecret-of-a-client"}}))
    for tenant, ca in (("plain", authority), ("opened", company)):
        project.write(f"{tenant}.pem", ca.pem)
        settings = f'[environments.dev]\nca-bundle = "../{tenant}.pem"\n[environments.dev.clients.default]\n'
        project.write(f"tenants/{tenant}.toml", f'{settings}service-key = "file:../key.json"\n')
    scenario = 'When I send a GET request to the iFlow "/a"\n    Then the response status is 200\n'
    project.write("features/a.feature", f"Feature: Calls\n  Scenario: one\n    {scenario}")
    with contextlib.ExitStack() as servers:

        def place(server: LoopbackServer) -> str:
            return f"{LOOPBACK}:{servers.enter_context(contextlib.closing(server)).port}"

        target = LoopbackServer(TokenService(), authority.server_context(host))
        place(target)
        opens = company.server_context(host)
        cases = (
            (place(LoopbackProxy(target.port)), "plain", ""),
            (place(LoopbackProxy(target.port, opens=opens)), "opened", ""),
            (
                place(LoopbackProxy(target.port, opens=opens)),
                "plain",
                "is signed by a CA that is not trusted",
            ),
            (place(LoopbackProxy(0, 407, ["Basic"])), "plain", "wants to know who you are: 407"),
            (place(LoopbackProxy(0, 403)), "plain", f"does not let anybody through to {host}: 403"),
            (closed_url.removeprefix("https://"), "plain", "cannot be reached: Connection refused"),
        )
        runs = project.run_several(
            *(
                ([f"--tenant={tenant}"], {"HTTPS_PROXY": f"http://me:pa55word-of-mine@{proxy}"})
                for proxy, tenant, _ in cases
            )
        )
        paths = [received.target for received in target.received]
    assert paths == ["/oauth/token?grant_type=client_credentials", "/", "/http/a"] * 2
    for run, (_, _, said) in zip(runs, cases, strict=True):
        assert run.code == (7 if said else 0), run.text
        assert run.out.count(said or "1 passed in ") == 1
        assert ("1 not run in " in run.out) == bool(said)
        assert "pa55word" not in run.text
    assert not [name for name, text in runs[-1].files().items() if "pa55word" in text]


def test_a_scenario_says_why_it_was_not_run(suite: InnerProject, emulator: Emulator) -> None:
    """In the summary and in Allure; all further problems are counted."""
    undeploy(emulator, "Orders")
    iflows = ORDERS + '[environments.dev.iflows.gone]\nartifact = "Gone"\n'
    name_tenant(suite, emulator, iflows=iflows)
    run = suite.run("--tenant=acme", "features")
    said = 'the environment acme/dev is broken: the iFlow "orders" is not deployed (and 1 more)'
    scenario: dict[str, Any] = run.scenarios(ACME)["first"]
    assert scenario["message"] == said
    result = run.results(ACME)["first"]
    assert (result["status"], result["statusDetails"]["message"]) == ("skipped", said)
