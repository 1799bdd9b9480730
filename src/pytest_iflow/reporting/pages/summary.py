"""The page of one run: what a lead reads first, and what a tester needs to find the cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_iflow.reporting.pages import render
from pytest_iflow.reporting.pages.acceptance_link import acceptance_links
from pytest_iflow.reporting.pages.changes import change_groups
from pytest_iflow.reporting.pages.coverage import coverage_of
from pytest_iflow.reporting.pages.failures import IN_FULL, failures_of
from pytest_iflow.reporting.pages.features import by_feature, by_reason, slowest_calls, slowest_scenarios
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.run_folder import ALLURE_REPORT, COVERAGE_PAGE, JUNIT, SUMMARY, RunFolder
from pytest_iflow.results.run_result import ENGINE, RunResult
from pytest_iflow.results.scenario_result import (
    PASSED_IN_FULL,
    PASSED_ROOM,
    PASSED_ROWS,
    ScenarioResult,
    in_order_of_files,
)

LISTED = 200
"""Scenarios that a list shows which only names them."""

LINKED = {
    f"{ALLURE_REPORT}/index.html": "Allure report",
    COVERAGE_PAGE: "Flow coverage",
    JUNIT: "JUnit XML",
    SUMMARY: "Data of this page",
}


def write_summary(result: RunResult, folder: Path) -> Path:
    """Write ``summary.json`` and ``summary.html`` of the run into ``folder``; return the page's path.

    Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result.write(RunFolder(folder).summary)
    return _write_page(result, folder)


def rewrite_summary_page(folder: Path) -> Path:
    """Write ``summary.html`` anew from the ``summary.json`` in ``folder``; return the page's path.

    The page links to what stands beside it: an Allure report or an acceptance record that is made after the
    run is on it from then on. Raises IflowError if ``summary.json`` cannot be read, OSError as any write.
    """
    return _write_page(RunResult.read(RunFolder(folder).summary), folder)


def _write_page(result: RunResult, folder: Path) -> Path:
    page = RunFolder(folder).page
    replace_text(page, _page(result, folder))
    return page


def _detailed(scenarios: Iterable[ScenarioResult]) -> set[str]:
    """Return the node ids of the scenarios of which the page says how they passed.

    They are the first of very many, and of an outline the first rows: the others have the same steps.
    """
    found: set[str] = set()
    rows: Counter[tuple[str, str]] = Counter()
    room = PASSED_ROOM
    for each in scenarios:
        if each.status == "passed" and each.steps:
            if each.example:
                rows[each.file, each.outline] += 1
                if rows[each.file, each.outline] > PASSED_ROWS:
                    continue
            room -= each.room
            if room < 0 or len(found) == PASSED_IN_FULL:
                break
            found.add(each.node_id)
    return found


def failure_anchors(result: RunResult) -> dict[str, str]:
    """Return where the page of a run shows each failure, by node id."""
    return failures_of(in_order_of_files(result.scenarios), result.changes, result.options).anchors()


def _page(result: RunResult, folder: Path) -> Iterator[str]:
    scenarios = in_order_of_files(result.scenarios)
    failures = failures_of(scenarios, result.changes, result.options)
    return render(
        "summary.html",
        script="filter.js" if scenarios else "",
        result=result,
        engine=ENGINE,
        counts=result.counts,
        sentence=verdict_sentence(result),
        failures=failures,
        anchors=failures.anchors(),
        lines={failure.scenario.node_id: failure for failure in failures.lines},
        cause_anchors=failures.cause_anchors(),
        in_full=IN_FULL,
        listed=LISTED,
        detailed=_detailed(scenarios),
        change_groups=change_groups(scenarios, result.changes) if result.changes else (),
        features=list(by_feature(scenarios)),
        features_title="Features and tests" if any(each.kind == "test" for each in scenarios) else "Features",
        coverage=coverage_of(scenarios, result.artifacts),
        slowest=slowest_scenarios(scenarios),
        slowest_calls=slowest_calls(scenarios),
        reasons={status: by_reason(scenarios, status) for status in ("not run", "skipped")},
        links={file: title for file, title in LINKED.items() if (folder / file).is_file()},
        records=list(acceptance_links(folder, result.started)),
    )
