"""A page that asks nobody."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.html_report import (
    AllureCommand,
    _earlier,
    make_report,
    without_foreign_hosts,
)
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import ALLURE_HISTORY, RunFolder
from tests.browser import Browser, OpenedPage
from tests.inner_project import InnerProject
from tests.reporting.mixed_suite import CONFTEST, ENVIRONMENT, FEATURE

pytest_plugins = ["tests.browser"]

TRACKING = """
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        gtag('config', 'G-1');
    </script>
"""


def page_with(body: str) -> str:
    """Return a page with this in its body."""
    return f"<!DOCTYPE html><html><head><title>t</title></head><body><h1>Report</h1>{body}</body></html>"


def as_data(script: str) -> str:
    """Return a script element that carries its script as Allure's does."""
    data = base64.b64encode(script.encode()).decode()
    return f'<script src="data:text/javascript;base64,{data}"></script>'


def test_tracking_is_cut_out_and_the_rest_stays() -> None:
    """Nothing of it is left."""
    cleaned = without_foreign_hosts(page_with(f"{TRACKING}<script>d('x')</script>"))
    assert "google" not in cleaned
    assert "dataLayer" not in cleaned
    assert "<script>d('x')</script>" in cleaned


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://tracker.example/t.js"></script>',
        '<link rel="preconnect" href="https://tracker.example">',
        "<link rel=stylesheet href=//tracker.example/font.css>",
        '<img src="http://tracker.example/pixel.gif">',
        '<iframe src="https://tracker.example/"></iframe>',
        "<script>fetch('https://tracker.example/collect')</script>",
        "<script>new WebSocket('wss://tracker.example/')</script>",
        '<script>window.x = {"to": "https:\\/\\/tracker.example\\/"}</script>',
        as_data('navigator.sendBeacon("https://TRACKER.example/")'),
    ],
)
def test_a_page_that_asks_another_host_is_refused(body: str) -> None:
    """Allure may change how it tracks; then no report goes out, and the host is named."""
    with pytest.raises(IflowError, match=r"would ask other hosts: tracker\.example; it was not kept"):
        without_foreign_hosts(page_with(body))


def test_a_page_without_a_head_is_refused() -> None:
    """It has no place for the policy."""
    with pytest.raises(IflowError, match="no head"):
        without_foreign_hosts("<h1>Report</h1>")


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://tenant.example/">a link asks nobody before it is clicked</a>',
        as_data('e("http://www.w3.org/2000/svg"); a({href:"https://allurereport.org"})'),
        '<script>d("data/x","aHR0cHM6Ly90ZW5hbnQuZXhhbXBsZS8=")</script>',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    ],
)
def test_what_only_names_a_host_is_kept(body: str) -> None:
    """Links, namespaces, and results."""
    assert body in without_foreign_hosts(page_with(body))


def test_the_browser_asks_nobody_whatever_an_attachment_holds(browser: Browser, tmp_path: Path) -> None:
    """A picture in what a script shows later is not asked for; without the policy it is."""
    late = "document.body.insertAdjacentHTML('beforeend', atob('%s'))"
    picture = base64.b64encode(b'<img src="https://tracker.example/pixel.gif">').decode()
    plain = page_with(f"<script>{late % picture}</script>")
    blocked, asked = [], []
    for name, text in (("guarded.html", without_foreign_hosts(plain)), ("plain.html", plain)):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        with browser.open(file) as opened:
            assert "Report" in opened.text
            blocked.append(any("Content Security Policy" in error for error in opened.errors))
            asked.append(bool(opened.foreign_requests))
    assert (blocked, asked) == ([True, False], [False, True])


pytest_plugins = ["tests.allure_command", "tests.browser", "tests.inner_project"]

SECOND_FEATURE = """
    Feature: Access
      Scenario: comes and goes
        When it works every second time

      Scenario: refused
        When I call the iFlow "product-details" without a token
        Then the response status is 200

      Scenario: looked up
        When the tenant shows its page
"""

MORE_STEPS = """
    from pytest_iflow.run import RUN, NoteKind

    TRIES = []

    @step("it works every second time")
    def every_second_time():
        TRIES.append(1)
        assert len(TRIES) % 2 == 0

    @step("the tenant shows its page")
    def shows_page_with(pytestconfig):
        page = "https://tenant.example/shell/monitoring/Messages/1"
        pytestconfig.stash[RUN].note("page in the Monitor", page, NoteKind.MONITOR_PAGE)
"""


@dataclass(frozen=True)
class Reported:
    """Folders of two environments of one tenant, and the reports that were made there."""

    dev: Path
    qa: Path
    started: datetime


@pytest.fixture(scope="module")
def reported(new_project: Callable[[], InnerProject], allure_command: AllureCommand) -> Reported:
    """A suite of two features, run for two environments, scenarios tried twice."""
    project = new_project()
    environments = (ENVIRONMENT.replace("NAME", name) for name in ("dev", "qa"))
    project.write("tenants/local.toml", "".join(environments))
    project.write("conftest.py", CONFTEST + MORE_STEPS)
    project.write("features/fates.feature", FEATURE)
    project.write("features/access.feature", SECOND_FEATURE)
    started = datetime.now(UTC)
    project.run_several(
        (["--tenant=local", "--environment=dev", "--reruns=1"], {}),
        (["--tenant=local", "--environment=qa", "-k", "good"], {}),
    )
    tenant = project.root / "reports" / "local"
    for name in ("dev", "qa"):
        make_report(allure_command, tenant / name, started)
    return Reported(tenant / "dev", tenant / "qa", started)


@pytest.fixture(scope="module")
def page(reported: Reported, browser: Browser) -> Iterator[OpenedPage]:
    """The report of dev, opened."""
    with browser.open(RunFolder(reported.dev).allure_report) as opened:
        opened.driven.get_by_text("wrong answer").first.wait_for()
        yield opened


def history(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a history."""
    return [json.loads(line) for line in (folder / ALLURE_HISTORY).read_text(encoding="utf-8").splitlines()]


def names(entry: dict[str, Any]) -> set[str]:
    """Return the titles that a line of a history knows."""
    return {result["name"] for result in entry["testResults"].values()}


def show(page: OpenedPage, view: str, text: str) -> str:
    """Turn to a view of the report; return what it shows once ``text`` is there."""
    page.driven.evaluate(f"location.hash = '{view}'")
    page.driven.get_by_text(text).first.wait_for()
    return page.text


def test_it_shows_the_scenarios_of_every_feature(page: OpenedPage) -> None:
    """Under the name of tenant and environment."""
    text = show(page, "", "wrong answer")
    assert "local / dev" in text
    for title in ("Every fate", "good", "broken tool", "left out", "Rows", "Access", "refused"):
        assert title in text


def test_it_shows_the_steps_of_a_failed_scenario(page: OpenedPage) -> None:
    """With what was wrong, and the scenario as written."""
    show(page, "", "wrong answer")
    page.driven.get_by_text("wrong answer").first.click()
    page.driven.get_by_text("Then the response status is 201").first.wait_for()
    text = page.text
    assert 'When I request the details of product "HT-1080"' in text
    assert "the response status is 200 OK, expected 201" in text
    assert 'And the response value at "/Products/Product/Price" is 51' in text


def test_failures_are_grouped_by_where_their_cause_lies(page: OpenedPage) -> None:
    """And by the cause that the diagnosis found."""
    text = show(page, "categories", "Token: no access token, or one that was refused")
    assert "no-authorization-header" in text
    assert "Check: the answer is not what the feature expects" in text
    assert "Test data: what the suite sends, and how it is set up" in text
    assert "Test errors" in text  # a tool that broke is no matter of any


def test_a_scenario_that_passed_when_tried_again_is_flaky(page: OpenedPage) -> None:
    """Its first try is a retry of it, no result of its own."""
    data = page.evaluate("window.allureReportData['widgets/statistic.json']")
    statistic = page.evaluate(f"JSON.parse(atob('{data}'))")
    assert statistic["flaky"] == 1
    assert statistic["total"] == 13
    assert statistic["retries"] > 1


def test_it_leads_to_the_page_of_the_tenant(page: OpenedPage) -> None:
    """The message log in the Monitor, a click away."""
    show(page, "", "looked up")
    page.driven.get_by_text("looked up").first.click()
    link = page.driven.get_by_text("message log in the Monitor").first
    link.wait_for()
    address = link.evaluate("element => element.closest('a').href")
    assert address == "https://tenant.example/shell/monitoring/Messages/1"


def test_nobody_was_asked_for_anything(page: OpenedPage) -> None:
    """Whatever was looked at: no tracking, no font, no script from elsewhere; and nothing broke for it."""
    show(page, "charts", "Current status")
    show(page, "timeline", "Timeline")
    assert page.foreign_requests == []
    assert page.errors == []


def test_each_environment_has_a_history_of_its_own(reported: Reported) -> None:
    """It knows the scenarios that ran there."""
    (dev,), (qa,) = history(reported.dev), history(reported.qa)
    assert (dev["name"], names(qa)) == ("local / dev", {"good"})
    assert {"good", "wrong answer", "comes and goes"} <= names(dev)
    assert dev["testResults"].keys().isdisjoint(qa["testResults"].keys())


def test_a_report_that_is_made_again_is_no_further_run(reported: Reported) -> None:
    """What the history has of the run by then is left out; of a later run's it is the past."""
    file = reported.qa / ALLURE_HISTORY
    assert _earlier(file, reported.started) == ""
    assert _earlier(file, datetime.now(UTC)) == file.read_text(encoding="utf-8")


def test_the_history_grows_with_each_run(reported: Reported, allure_command: AllureCommand) -> None:
    """A line that is broken does not stop it, and does not stay."""
    (first,) = history(reported.qa)
    with (reported.qa / ALLURE_HISTORY).open("a", encoding="utf-8") as file:
        file.write('{"half a li\n')
    make_report(allure_command, reported.qa, datetime.now(UTC))
    assert [entry["uuid"] for entry in history(reported.qa)][:-1] == [first["uuid"]]


def test_without_results_there_is_no_report(tmp_path: Path, allure_command: AllureCommand) -> None:
    """It says so."""
    with pytest.raises(IflowError, match="there are no Allure results"):
        make_report(allure_command, tmp_path, None)


def test_a_command_that_fails_is_quoted_and_nothing_is_touched(
    tmp_path: Path, allure_command: AllureCommand
) -> None:
    """The report and the history of before stay."""
    run = RunFolder(tmp_path)
    run.allure_results.mkdir()
    (run.allure_results / "a-result.json").write_text("{}", encoding="utf-8")
    (tmp_path / ALLURE_HISTORY).write_text("before", encoding="utf-8")
    for script, said in (
        ("console.log('no room'); process.exit(1)", "no report: no room"),
        ("process.exit(0)", "no report: it said nothing"),
    ):
        program = tmp_path / "broken.js"
        program.write_text(script, encoding="utf-8")
        with pytest.raises(IflowError, match=said):
            make_report(AllureCommand(allure_command.node, program), tmp_path, None)
    assert (tmp_path / ALLURE_HISTORY).read_text(encoding="utf-8") == "before"
    assert not run.allure_report.parent.exists()


def test_a_report_of_an_earlier_run_is_discarded_without_its_history(tmp_path: Path) -> None:
    """The summary of a run would link to it; where there is none nothing happens."""
    run = RunFolder(tmp_path)
    run.allure_report.parent.mkdir()
    run.allure_report.touch()
    (tmp_path / ALLURE_HISTORY).touch()
    run.discard_allure_report(Troubles())
    run.discard_allure_report(Troubles())
    assert [path.name for path in tmp_path.iterdir()] == [ALLURE_HISTORY]
