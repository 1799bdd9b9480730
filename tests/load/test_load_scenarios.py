"""Scenarios under load: real users of Locust, the emulator's own counters beside them."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.load.scenarios import loadable
from tests.emulated_tenant import name_tenant
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

FEATURE = """
    Feature: Products
      @load
      Scenario: A product with its checks
        When I request the details of product "HT-2000"
        Then the response status is 200
        And the response matches the schema "product-details.schema.json"

      @load
      Scenario Outline: A product <script>, by rows
        Given the counted product "<product>"
        When I request the details of product "${product}"
        Then the response value at "/Products/Product/CurrencyCode" is "<currency>"
        Examples:
          | product | currency |
          | HT-1000 | EUR      |
          | HT-1010 | USD      |

      @load @skip(not_yet)
      Scenario: Later
        When I request the details of product "HT-1000"

      @calm @soft
      Scenario: Another one
        When I request the details of product "HT-2000"
        Then the response value at "/Products/Product/CurrencyCode" is "USD"
        And the response status is 200

      @broken
      Scenario: This step is nowhere defined
        When nobody knows this
"""
STEPS = """
    from pytest_bdd import given, parsers

    @given(parsers.parse('the counted product "{product}"'))
    def _counted(product, seen, own):
        assert own == []
        own.append(product)
        seen.append(product)
"""
CONFTEST = """
    import pathlib
    import pytest

    @pytest.fixture(scope="session")
    def seen():
        found = []
        yield found
        with pathlib.Path("seen.txt").open("a") as file:
            file.write(f"{len(found)}\\n")

    @pytest.fixture
    def own(ends):
        yield []
        ends.append("own")

    @pytest.fixture(scope="session")
    def ends():
        return []

    @pytest.fixture(autouse=True)
    def _each_time(ends, request):
        request.addfinalizer(lambda: ends.append(request.node.name))
"""
IFLOWS = """
[environments.dev.iflows.product-details]
address = "/products/details"
artifact = "Product_Details"
"""


@pytest.fixture
def project(new_project: Callable[[], InnerProject], emulator: Emulator) -> InnerProject:
    """A suite for load with the emulator as tenant "acme"."""
    project = new_project()
    name_tenant(project, emulator, iflows=IFLOWS)
    project.write("features/products.feature", FEATURE)
    project.write("steps/own.py", STEPS)
    project.write("conftest.py", CONFTEST)
    return project


def load(project: InnerProject, *arguments: str) -> InnerRun:
    """Run the command in the folder of the suite."""
    with project._start("-m", "pytest_iflow.cli.main", "load", "--tenant=acme", *arguments) as process:
        return project.finish(process)


def result(project: InnerProject) -> dict[str, Any]:
    """Return what ``load.json`` says."""
    found: dict[str, Any] = json.loads((project.root / "reports/acme/dev/load.json").read_text("utf-8"))
    return found


def counted(found: dict[str, Any], kind: str) -> int:
    """Return how many calls or scenarios were counted."""
    return sum(each["count"] for each in found["measured"]["figures"] if each["kind"] == kind)


def test_figures_agree_with_what_the_emulator_counts(project: InnerProject, emulator: Emulator) -> None:
    """Fifty users, one token, the tenant's own times beside; one row fails its check, one is left out."""
    emulator.set_faults({"latency": 0.05})
    run = load(
        project,
        *("--tag=@load", "--users=50", "--time=2", "--max-rate=150", "--i-may-load-this-tenant"),
        *("--max-failures=50%", "--max-p95=1ms"),
    )
    found, counters = result(project), emulator.counters()
    calls = counted(found, "POST")
    assert run.code == 1, run.text
    assert 50 <= calls <= 2.5 * 150 + 1
    assert counters["calls"] == {"/products/details": calls}
    assert counters["received"]["flows"] == {"/http/products/details": calls}
    assert [each["issued"] for each in counters["tokens"].values() if each["issued"]] == [1, 1]
    assert counted(found, "scenario") == calls
    (own,) = found["processing"]
    assert (own["artifact"], own["messages"], own["unfinished"]) == ("Product_Details", calls, 0)
    (seen,) = (each for each in found["measured"]["figures"] if each["kind"] == "POST")
    assert 0.05 <= seen["median"] <= seen["p95"] <= seen["p99"]
    _is_the_failing_row(found)
    assert found["measured"]["left_out"] == ["features/products.feature::Later: not yet"]
    assert "95 % took up to" in run.out
    _page_is_harmless(project)
    (seen_by_all,) = (
        (project.root / "seen.txt").read_text().split()
    )  # users share it, and it is torn down once
    assert 0 <= int(seen_by_all) - _runs_of_outline(found) <= 50  # who waited at the end had begun
    assert sorted(path.name for path in (project.root / "reports/acme/dev").iterdir()) == [
        "load.html",
        "load.json",
    ]


def _runs_of_outline(found: dict[str, Any]) -> int:
    return sum(each["count"] for each in found["measured"]["figures"] if "by rows" in each["name"])


def _is_the_failing_row(found: dict[str, Any]) -> None:
    """Each failure of the outline is that of its second row, at the step without its values."""
    (failure,) = found["measured"]["failures"]
    assert failure["count"] == pytest.approx(_runs_of_outline(found) / 2, abs=2)
    place, reason = failure["reason"].splitlines()
    step = 'Then the response value at "/Products/Product/CurrencyCode" is "<currency>"'
    assert place == f"features/products.feature:12: {step}"
    assert "/Products/Product/CurrencyCode" in reason
    assert "USD" in reason


def _page_is_harmless(project: InnerProject) -> None:
    text = (project.root / "reports/acme/dev/load.html").read_text("utf-8")
    assert html.fromstring(text).cssselect("script") == []
    assert "A product &lt;script&gt;, by rows" in text
    assert "eyJ" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of one process cannot be sent there")
def test_ctrl_c_ends_master_and_workers_and_leaves_the_page(
    project: InnerProject, emulator: Emulator
) -> None:
    """The workers of Locust share users and rate; what was under way is counted.

    The tenant file masks business data: of what an answer has nothing is told.
    """
    name_tenant(project, emulator, iflows=IFLOWS + "[masking]\nxml = ['//ProductId']\n")
    arguments = ("--tag=calm", "--users=4", "--time=60", "--workers=2", "--max-rate=20")
    with project._start("-m", "pytest_iflow.cli.main", "load", "--tenant=acme", *arguments) as process:
        ends = time.monotonic() + 30
        while sum(emulator.counters()["calls"].values()) < 10 and time.monotonic() < ends:
            time.sleep(0.1)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        run = project.finish(process)
    took = time.monotonic() - asked
    found, counters = result(project), emulator.counters()
    assert run.code == 1, run.text
    assert "acme/dev: interrupted" in run.out
    assert found["measured"]["interrupted"]
    assert counted(found, "POST") == counted(found, "scenario") == sum(counters["calls"].values()) >= 10
    assert [each["reason"] for each in found["measured"]["failures"]] == [
        'features/products.feature:25: Then the response value at "/Products/Product/CurrencyCode" is "USD"'
    ]
    assert [each["issued"] for each in counters["tokens"].values() if each["issued"]] == [1, 1]
    assert took < 10


def test_a_broken_scenario_makes_no_load(project: InnerProject, emulator: Emulator) -> None:
    """It says which, and what is wrong with it; exit code 2."""
    run = load(project, "--tag=broken")
    assert run.code == 2
    assert "features/products.feature::This step is nowhere defined" in run.err
    assert "a scenario cannot run" in run.err
    assert emulator.counters()["calls"] == {}


def test_a_tag_without_scenarios_is_an_error() -> None:
    """The way out is named."""
    with pytest.raises(ConfigurationError, match="no scenario that can run has the tag @nothing"):
        loadable([], "nothing")
