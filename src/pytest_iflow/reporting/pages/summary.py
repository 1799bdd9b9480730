"""The page of one run: what a lead reads first, and what a tester needs to find the cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from pytest_iflow.reporting.atomic_file import replace_text
from pytest_iflow.reporting.pages import plural, render
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.reporting.scenario_result import ScenarioResult, ScenarioStatus

SLOWEST = 10
LINKED = {
    "allure-report/index.html": "Allure report",
    "junit.xml": "JUnit XML",
    "summary.json": "Data of this page",
}


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """The scenarios of one feature file, by rule (None for those outside of a rule)."""

    name: str
    file: str
    seconds: float
    counts: Counter[ScenarioStatus]
    rules: tuple[tuple[str | None, tuple[ScenarioResult, ...]], ...]


@dataclass(frozen=True, slots=True)
class FrequentCause:
    """The first line of a cause that more than one scenario gave."""

    text: str
    scenarios: int


def write_summary(result: RunResult, folder: Path) -> Path:
    """Write ``summary.json`` and ``summary.html`` of the run into ``folder``; return the page's path.

    The page links to the Allure report and to ``junit.xml`` where these exist by now.
    Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result.write(folder / "summary.json")
    page = folder / "summary.html"
    replace_text(page, _page(result, folder))
    return page


def verdict_sentence(result: RunResult) -> str:
    """Return what became of the run, in words that need no table beside them."""
    counts = result.counts
    total = len(result.scenarios)
    scenarios = plural(total, "scenario")
    match result.verdict:
        case "failed":
            return " ".join(_what_failed(result))
        case "interrupted":
            ran = plural(total - counts["skipped"] - counts["not run"], "scenario")
            return f"The run was interrupted after {ran}; nothing failed until then, the rest is unknown."
        case "nothing ran":
            return _why_nothing_ran(result)
        case "passed" if counts["skipped"]:
            return f"{counts['passed']:,} of {scenarios} passed, {counts['skipped']:,} skipped."
        case _:
            return f"{scenarios} ran, and nothing failed."


def _why_nothing_ran(result: RunResult) -> str:
    scenarios = plural(len(result.scenarios), "scenario")
    if result.environment_problems:
        return f"The environment is broken: {scenarios} not run."
    if result.scenarios:
        return f"{scenarios} found, every one skipped: this run proves nothing."
    return "No scenario was found: this run proves nothing."


def _what_failed(result: RunResult) -> Iterable[str]:
    counts = result.counts
    if wrong := counts["failed"] + counts["broken"]:
        kinds = [f"{counts[status]:,} {status}" for status in ("failed", "broken") if counts[status]]
        yield f"{wrong:,} of {plural(len(result.scenarios), 'scenario')} did not pass: {', '.join(kinds)}."
    if result.collection_errors:
        yield f"{plural(len(result.collection_errors), 'file')} could not be collected."
    if result.interrupted:
        yield "The run was interrupted before its end."


def _page(result: RunResult, folder: Path) -> str:
    # Workers report in any order: by file and line the page of a run is the same each time.
    scenarios = sorted(
        result.scenarios, key=lambda scenario: (scenario.file, scenario.line, scenario.node_id)
    )
    failures = [scenario for scenario in scenarios if scenario.status in {"failed", "broken"}]
    ran = [scenario for scenario in scenarios if scenario.status not in {"skipped", "not run"}]
    return render(
        "summary.html",
        result=result,
        counts=result.counts,
        sentence=verdict_sentence(result),
        failures=failures,
        anchors={scenario.node_id: f"failure-{number}" for number, scenario in enumerate(failures, start=1)},
        frequent=_frequent_cause(failures),
        features=list(_by_feature(scenarios)),
        slowest=sorted(ran, key=attrgetter("seconds"), reverse=True)[:SLOWEST],
        skipped=_by_reason(scenarios),
        links={file: title for file, title in LINKED.items() if (folder / file).is_file()},
    )


def _frequent_cause(failures: Iterable[ScenarioResult]) -> FrequentCause | None:
    first_lines = Counter(failure.message.strip().partition("\n")[0] for failure in failures)
    for text, scenarios in first_lines.most_common(1):
        if text and scenarios > 1:
            return FrequentCause(text, scenarios)
    return None


def _by_feature(scenarios: Iterable[ScenarioResult]) -> Iterable[FeatureGroup]:
    for file, group in groupby(scenarios, key=attrgetter("file")):
        members = list(group)
        rules: dict[str | None, list[ScenarioResult]] = {}
        for scenario in members:
            rules.setdefault(scenario.rule, []).append(scenario)
        yield FeatureGroup(
            name=members[0].feature,
            file=file,
            seconds=sum(scenario.seconds for scenario in members),
            counts=Counter(scenario.status for scenario in members),
            rules=tuple((rule, tuple(inside)) for rule, inside in rules.items()),
        )


def _by_reason(scenarios: Iterable[ScenarioResult]) -> dict[str, list[ScenarioResult]]:
    reasons: dict[str, list[ScenarioResult]] = {}
    for scenario in scenarios:
        if scenario.status == "skipped":
            reasons.setdefault(scenario.message.strip(), []).append(scenario)
    return reasons
