"""What the pages of a run cost: to make, beside the run itself, and to open in Chromium.

Makes ``summary.json``, ``summary.html`` and ``index.html`` of 1,000 and of 10,000 results, all passed and all
failed with an exchange of 4 KB each; of those that passed the first have one, as many as a run keeps. Prints
the CPU seconds and their share of a run of as many scenarios, which is measured with the suite of
``scenario_cost.py`` (1,000 that pass, so that the share of failed ones, which run longer, is overstated); the
goal is less than 10 %. Then what the browser itself says of opening ``summary.html``: first contentful paint
and the end of loading, the goal is less than 2 s; and the CPU time of the page's main thread, which other
work on the machine does not lengthen; medians. Without Chromium this part is left out. Run it as
``python -m benchmarks.summary_pages`` in the project's folder.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import playwright.sync_api as driver

from benchmarks.contenders import OURS, Suite
from benchmarks.measurement import mock_server
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.report_results import PASSED_BELOW, PASSED_CALLS
from pytest_iflow.results.changes import Change, RunChanges
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import PASSED_ROOM, ScenarioResult, StepResult

SCENARIOS = 1_000
SIZES = (1_000, 10_000)
RUNS = 3
SHARE_GOAL = 0.10
OPENING_GOAL = 2.0
STARTED = datetime(2026, 11, 3, 4, 42, tzinfo=UTC)
BODY = '{"product": "HT-1000", "price": "51.000"}\n' * 100
TIMING = """() => {
  const load = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {load: load.loadEventEnd / 1000, paint: (paint ? paint.startTime : load.loadEventEnd) / 1000};
}"""


def main() -> None:
    """Measure the run first, then the pages."""
    scenario = _cpu_of_a_scenario()
    print(f"a scenario costs {scenario * 1000:.1f} ms CPU ({SCENARIOS} measured, one process, Allure on)")
    with tempfile.TemporaryDirectory() as folder:
        pages = dict(_make(Path(folder), scenario))
        _open(pages)


def _cpu_of_a_scenario() -> float:
    with tempfile.TemporaryDirectory() as folder, mock_server(0) as server:
        cost = Suite(OURS, Path(folder) / "suite", SCENARIOS, server).run()
        return (cost.cpu or cost.wall) / SCENARIOS


def _make(reports: Path, scenario: float) -> Iterator[tuple[str, Path]]:
    for kind, failed in (("passed", False), ("failed", True)):
        for size in SIZES:
            run = _run(size, failed=failed)
            folder = reports / f"{kind}-{size}"
            seconds = statistics.median(_seconds_of_pages(run, folder) for _ in range(RUNS))
            share = seconds / (scenario * size)
            page = folder / "bench" / "dev" / "summary.html"
            megabytes = page.stat().st_size / 1e6
            print(
                f"{size:>6} {kind}: made in {seconds:.2f} s CPU, {share:.1%} of the run "
                f"(goal {SHARE_GOAL:.0%}); {megabytes:.1f} MB"
            )
            yield f"{size:>6} {kind}", page


def _seconds_of_pages(run: RunResult, reports: Path) -> float:
    started = time.process_time()
    write_summary(run, reports / run.tenant / run.environment)
    write_index(reports)
    return time.process_time() - started


def _open(pages: dict[str, Path]) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("no Chromium on this machine: opening is not measured")
        return
    with driver.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        for name, path in pages.items():
            seen = [_timing(chromium, path) for _ in range(RUNS)]
            paint, load, cpu = (
                statistics.median(each[key] for each in seen) for key in ("paint", "load", "cpu")
            )
            print(
                f"{name}: painted after {paint:.2f} s, loaded after {load:.2f} s (goal {OPENING_GOAL:g} s), "
                f"{cpu:.2f} s CPU"
            )
        chromium.close()


def _timing(chromium: driver.Browser, path: Path) -> dict[str, Any]:
    page = chromium.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    timing: dict[str, Any] = page.evaluate(TIMING)
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    page.close()
    return timing | {"cpu": metrics["TaskDuration"]}


def _run(size: int, *, failed: bool) -> RunResult:
    scenarios = tuple(_scenario(number, failed=failed) for number in range(size))
    newly: dict[str, Change] = {each.node_id: "newly failing" for each in scenarios if failed}
    changes = RunChanges(STARTED - timedelta(days=1), newly)
    return RunResult("bench", "dev", STARTED, 60.0, scenarios, {}, {}, False, (), changes=changes)


def _scenario(number: int, *, failed: bool) -> ScenarioResult:
    file = f"features/subject_{number // 100}.feature"
    status: Literal["passed", "failed"] = "failed" if failed else "passed"
    is_kept = failed or number * (PASSED_CALLS + PASSED_BELOW) < PASSED_ROOM
    below = BODY[:PASSED_BELOW] if is_kept else ""
    return ScenarioResult(
        node_id=f"{file}::A product is found[{number}]",
        feature=f"Subject {number // 100}",
        rule=None,
        scenario="A product is found by its identifier",
        example={"product": f"HT-{number}"},
        file=file,
        line=number % 100 + 12,
        tags=("smoke",),
        status=status,
        seconds=0.4,
        message="The response status is 500, expected 200." if failed else "",
        exchange=BODY if is_kept else "",
        steps=tuple(
            StepResult("Then", f"step {line}", line, status, 0.1, below if line == 0 else "")
            for line in range(4)
        ),
        iflows=("Product_Details",),
    )


if __name__ == "__main__":
    main()
