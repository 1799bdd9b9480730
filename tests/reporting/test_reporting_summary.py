"""The page of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import lxml.html
import pytest
from lxml.html import HtmlElement

from pytest_iflow.reporting.pages.summary import verdict_sentence, write_summary
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.reporting.scenario_result import ScenarioResult, ScenarioStatus, StepResult

NASTY = "Größe <script>alert(\"x\")</script> & 'more'"
PASSED = ScenarioResult(
    node_id="features/products.feature::A product",
    feature="Products",
    rule=None,
    scenario="A product",
    example={},
    file="features/products.feature",
    line=4,
    tags=(),
    status="passed",
    seconds=1.5,
    message="",
    exchange="",
    steps=(),
)
FAILED = replace(
    PASSED,
    node_id=f"features/orders.feature::{NASTY}[P-1]",
    feature="Orders <b>",
    rule="Once <i>",
    scenario=NASTY,
    example={"<id>": "<P-1>"},
    file="features/orders.feature",
    tags=("ABC-12",),
    status="failed",
    message="The response status is <500>, expected 200.\n  where: orders.feature:7",
    exchange="GET https://runtime.example/http/orders\n\n<html>500</html>",
    steps=(
        StepResult("Given", "an access token <t>", 5, "passed", 0.5),
        StepResult("Then", "the response status is 200", 6, "failed", 0.25),
        StepResult("And", "the message is completed", 7, "skipped", 0.0),
    ),
)
SKIPPED = replace(PASSED, scenario="A refund", status="skipped", seconds=0.0, message="Only @safe runs here.")
RUN = RunResult(
    tenant="trial",
    environment="dev",
    started=datetime(2026, 11, 3, 4, 42, 7, tzinfo=UTC),
    seconds=252.0,
    scenarios=(PASSED, FAILED, SKIPPED),
    hosts={"token": "trial.authentication.example"},
    versions={"pytest-iflow": "0.1.0"},
    interrupted=False,
    collection_errors=(),
)


def page_of(run: RunResult, folder: Path) -> HtmlElement:
    """Write the page of the run and parse it."""
    return lxml.html.fromstring(write_summary(run, folder).read_text(encoding="utf-8"))


def texts(elements: Sequence[HtmlElement]) -> list[str]:
    """Return what a reader sees of each element, with single blanks."""
    return [" ".join(" ".join(map(str, element.itertext())).split()) for element in elements]


def run_of(*statuses: ScenarioStatus) -> RunResult:
    """Return a run with one scenario of each status."""
    return replace(RUN, scenarios=tuple(replace(PASSED, status=status) for status in statuses))


def test_both_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    """The folder of the environment is made, and no temporary file stays in it."""
    folder = tmp_path / "trial" / "dev"
    assert write_summary(RUN, folder) == folder / "summary.html"
    write_summary(RUN, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["summary.html", "summary.json"]
    assert RunResult.read(folder / "summary.json") == RUN


def test_the_verdict_stands_first(tmp_path: Path) -> None:
    """Verdict, sentence, numbers, tenant, environment, moment, duration and hosts open the page."""
    page = page_of(RUN, tmp_path)
    assert texts(page.cssselect("h1")) == ["✗ Failed"]
    assert texts(page.cssselect(".sentence")) == ["1 of 3 scenarios did not pass: 1 failed."]
    assert texts(page.cssselect(".counts li")) == ["1 ✓ passed", "1 ✗ failed", "0 ! broken", "1 ○ skipped"]
    assert texts(page.cssselect(".facts dd")) == [
        *("trial", "dev", "2026-11-03 04:42 UTC", "4 min 12 s"),
        "trial.authentication.example",
    ]
    assert texts(page.cssselect("title")) == ["Failed: trial / dev, 2026-11-03 04:42 UTC"]
    assert "pytest-iflow 0.1.0" in page.cssselect("footer")[0].text_content()


def test_a_failure_shows_cause_steps_and_exchange(tmp_path: Path) -> None:
    """The failed step is marked in words, and request and response wait behind a summary."""
    (failure,) = page_of(RUN, tmp_path).cssselect("article")
    assert texts(failure.cssselect("h3")) == [f"✗ failed {NASTY} <id> <P-1>"]
    assert failure.cssselect(".cause")[0].text_content() == FAILED.message
    assert texts(failure.cssselect(".steps li")) == [
        "5 Given an access token <t> ✓ passed 0.50 s",
        "6 Then the response status is 200 ✗ failed 0.25 s",
        "7 And the message is completed ○ skipped",
    ]
    assert failure.cssselect("details pre")[0].text_content() == FAILED.exchange
    place = texts(failure.cssselect(".place"))[0]
    assert place == "Orders <b> · Once <i> features/orders.feature:4 @ABC-12 1.50 s"
    assert texts(failure.cssselect(".node-id code")) == [FAILED.node_id]


def test_failures_stand_before_everything_else(tmp_path: Path) -> None:
    """A reader meets mistakes of files first, then failures, then the rest."""
    page = page_of(replace(RUN, collection_errors=("orders.feature:3 <x> no step",)), tmp_path)
    assert texts(page.cssselect("h2")) == [
        "Not collected",
        "Failures 1",
        "Features 2",
        "Slowest",
        "Skipped 1",
    ]
    assert texts(page.cssselect("#not-collected pre")) == ["orders.feature:3 <x> no step"]
    assert [link.get("href") for link in page.cssselect("nav a")] == [
        *("#not-collected", "#failures", "#features", "#slowest", "#skipped"),
        "summary.json",
    ]


def test_a_cause_that_repeats_is_said_once_for_all(tmp_path: Path) -> None:
    """When a tenant is down, the one cause is not hidden among a hundred failures."""
    broken = replace(FAILED, status="broken", message="No token.\nelsewhere")
    page = page_of(replace(RUN, scenarios=(FAILED, broken, broken)), tmp_path)
    assert texts(page.cssselect("#failures > p")) == ["2 of them give the same cause: No token."]


def test_features_list_their_scenarios_by_rule(tmp_path: Path) -> None:
    """Each feature has its numbers and a table; a failed scenario leads to its evidence."""
    later = replace(FAILED, status="passed", scenario="Twice", line=9, rule=None)
    page = page_of(replace(RUN, scenarios=(PASSED, later, FAILED, SKIPPED)), tmp_path)
    orders, products = page.cssselect("details.feature")
    assert texts(orders.cssselect("summary h3, .tally span.mark")) == [
        "Orders <b>",
        "✓ 1 passed",
        "✗ 1 failed",
    ]
    assert texts(orders.cssselect("tbody tr")) == [
        "Rule: Once <i>",
        f"{NASTY} <id> <P-1> ✗ failed 1.50 s",
        "Twice <id> <P-1> ✓ passed 1.50 s",
    ]
    (link,) = orders.cssselect("tbody a")
    assert page.get_element_by_id(link.get("href", "").lstrip("#")).tag == "article"
    assert texts(products.cssselect("tbody tr")) == ["A product ✓ passed 1.50 s", "A refund ○ skipped"]


def test_a_feature_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    """Gherkin allows a feature without a name."""
    page = page_of(replace(RUN, scenarios=(replace(PASSED, feature=""),)), tmp_path)
    assert texts(page.cssselect("details.feature h3")) == ["features/products.feature"]


def test_the_ten_slowest_are_listed_in_order(tmp_path: Path) -> None:
    """The slowest comes first; skipped scenarios took no time and are left out."""
    many = [replace(PASSED, scenario=f"S{number}", seconds=float(number)) for number in range(12)]
    page = page_of(replace(RUN, scenarios=(*many, replace(SKIPPED, seconds=99.0))), tmp_path)
    rows = texts(page.cssselect("#slowest tbody tr"))
    assert rows[0] == "S11 Products ✓ passed 11.00 s"
    assert [row.split()[0] for row in rows] == [f"S{number}" for number in range(11, 1, -1)]


def test_skipped_scenarios_stand_under_their_reason(tmp_path: Path) -> None:
    """A reason is said once with its number; a few scenarios are shown at once, many on demand."""
    silent = [replace(SKIPPED, scenario=f"S{number}", message="") for number in range(6)]
    page = page_of(replace(RUN, scenarios=(SKIPPED, *silent)), tmp_path)
    few, many = page.cssselect("details.reason")
    assert texts(few.cssselect("h3, .figure, li")) == [SKIPPED.message, "1 scenario", "A refund Products"]
    assert texts(many.cssselect("h3, .figure")) == ["No reason given", "6 scenarios"]
    assert ("open" in few.attrib, "open" in many.attrib) == (True, False)


def test_only_files_that_exist_are_linked(tmp_path: Path) -> None:
    """No link of the page leads nowhere."""
    (tmp_path / "allure-report").mkdir()
    (tmp_path / "allure-report" / "index.html").touch()
    (tmp_path / "junit.xml").touch()
    links = [link.get("href", "") for link in page_of(RUN, tmp_path).cssselect("nav a")]
    assert [link for link in links if not link.startswith("#")] == [
        *("allure-report/index.html", "junit.xml", "summary.json"),
    ]


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    """A run that found nothing says so, without empty sections."""
    page = page_of(replace(RUN, scenarios=(), hosts={}), tmp_path)
    assert texts(page.cssselect("h1")) == ["○ Nothing ran"]
    assert page.cssselect("h2, table, .counts, .hosts") == []


def test_the_page_can_be_read_by_everybody(tmp_path: Path) -> None:
    """Language, landmarks, skip link, heading order, table headers, words beside colours, unique ids."""
    page = page_of(RUN, tmp_path)
    assert page.get("lang") == "en"
    assert [len(page.cssselect(tag)) for tag in ("body > header", "main", "body > footer", "nav")] == [1] * 4
    assert page.cssselect("body > a:first-child")[0].get("href") == "#main"
    levels = [int(str(heading.tag)[1]) for heading in page.cssselect("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(header.get("scope") for header in page.cssselect("th"))
    assert all(table.cssselect("caption") for table in page.cssselect("table"))
    assert all(mark.text_content().split()[-1].isalpha() for mark in page.cssselect(".mark"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_page_asks_nothing_of_any_host(tmp_path: Path) -> None:
    """No script, no address of another host, and a policy that forbids both."""
    page = page_of(RUN, tmp_path)
    assert page.cssselect("script, link, img, iframe, object, form") == []
    assert page.xpath("//@src | //@style[contains(., 'url')]") == []
    assert not [address for address in page.xpath("//@href") if "//" in address]
    (policy,) = page.cssselect("meta[http-equiv=Content-Security-Policy]")
    assert "default-src 'none'" in policy.get("content", "")


def test_ten_thousand_scenarios_make_one_page(tmp_path: Path) -> None:
    """Each scenario has its row, none is cut off."""
    many = tuple(replace(PASSED, file=f"f{number % 50}.feature", line=number) for number in range(10_000))
    page = page_of(replace(RUN, scenarios=many), tmp_path)
    assert len(page.cssselect("details.feature tbody tr")) == 10_000
    assert texts(page.cssselect(".sentence")) == ["10,000 scenarios ran, and nothing failed."]


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (run_of("passed"), "1 scenario ran, and nothing failed."),
        (run_of("passed", "skipped"), "1 of 2 scenarios passed, 1 skipped."),
        (run_of("failed", "broken"), "2 of 2 scenarios did not pass: 1 failed, 1 broken."),
        (run_of("skipped"), "1 scenario found, every one skipped: this run proves nothing."),
        (run_of(), "No scenario was found: this run proves nothing."),
        (
            replace(run_of("not run", "not run"), environment_problems=("x",)),
            "The environment is broken: 2 scenarios not run.",
        ),
        (
            replace(run_of("passed", "not run"), interrupted=True),
            "The run was interrupted after 1 scenario; nothing failed until then, the rest is unknown.",
        ),
        (replace(run_of("passed"), collection_errors=("x", "y")), "2 files could not be collected."),
        (
            replace(run_of("passed", "skipped"), interrupted=True),
            "The run was interrupted after 1 scenario; nothing failed until then, the rest is unknown.",
        ),
        (
            replace(run_of("failed"), interrupted=True),
            "1 of 1 scenario did not pass: 1 failed. The run was interrupted before its end.",
        ),
    ],
)
def test_the_verdict_is_said_in_words(run: RunResult, sentence: str) -> None:
    """One sentence says what became of the run, with the numbers that matter."""
    assert verdict_sentence(run) == sentence


def test_a_broken_environment_is_said_before_all_else(tmp_path: Path) -> None:
    """What is broken stands first; scenarios are counted as not run, and none is a slow one."""
    broken = replace(run_of("not run"), environment_problems=("no token", "no runtime"))
    page = page_of(broken, tmp_path)
    assert texts(page.cssselect("h1")) == ["○ Nothing ran"]
    assert texts(page.cssselect(".counts li"))[-1] == "1 ○ not run"
    assert texts(page.cssselect("main section h2"))[0] == "Broken environment"
    assert texts(page.cssselect("#environment pre")) == ["no token", "no runtime"]
    assert texts(page.cssselect("nav a"))[0] == "Broken environment"
    assert page.cssselect("#slowest") == []
    assert page.cssselect(".bar span")[0].get("class") == "not-run"
