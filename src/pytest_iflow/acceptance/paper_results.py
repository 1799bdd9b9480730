"""What a record says of results: features, requirements, deviations, skipped and repeated scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pytest_iflow.acceptance.deviation import DISPOSITIONS
from pytest_iflow.acceptance.layout import Cell, Section, Table, Tone
from pytest_iflow.acceptance.record import AcceptanceRecord
from pytest_iflow.acceptance.requirements import Coverage, RequirementResult
from pytest_iflow.reporting.pages import plural
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES, ScenarioResult

TONES: dict[str, Tone] = {
    "passed": "good",
    "failed": "bad",
    "broken": "bad",
    "uncovered": "bad",
    "incomplete": "warning",
    "skipped": "quiet",
    "not run": "quiet",
}
_NOTHING = "-"
_LONGEST_CAUSE = 240
"""Characters of a cause on paper; the evidence has all."""


def features_table(run: RunResult) -> Table:
    """Return the counts of each feature, and of all."""
    by_feature: dict[tuple[str, str], Counter[str]] = {}
    for scenario in run.scenarios:
        by_feature.setdefault((scenario.file, scenario.feature), Counter())[scenario.status] += 1
    rows = [(Cell(name, file), *_count_cells(counts)) for (file, name), counts in sorted(by_feature.items())]
    rows.append((Cell("All features"), *_count_cells(Counter(run.counts))))
    return Table((("Feature", 50), *((status.capitalize(), 10) for status in SCENARIO_STATUSES)), tuple(rows))


def _count_cells(counts: Counter[str]) -> Iterator[Cell]:
    for status in SCENARIO_STATUSES:
        yield (
            Cell(f"{counts[status]:,}", tone=TONES[status])
            if counts[status]
            else Cell(_NOTHING, tone="quiet")
        )


def deviations_section(record: AcceptanceRecord) -> Section:
    """Return every deviation with what was decided about it and why."""
    if not record.deviations:
        return Section("Deviations", ("None.",))
    rows = tuple(
        (
            Cell(each.title or each.subject, each.subject if each.title else ""),
            Cell(each.status, _shortened(each.cause), TONES[each.status]),
            Cell(each.disposition or "none", DISPOSITIONS.get(each.disposition, "")),
            Cell(each.reason or _NOTHING),
        )
        for each in record.deviations
    )
    return Section(
        "Deviations",
        tables=(Table((("What", 27), ("Result", 28), ("Disposition", 18), ("Reason", 27)), rows),),
    )


def _shortened(cause: str) -> str:
    line = cause.partition("\n")[0]
    return line if len(line) <= _LONGEST_CAUSE else line[: _LONGEST_CAUSE - 1] + "…"


def requirements_section(coverage: Coverage) -> Section:
    """Return the requirements against the scenarios that are tagged with them."""
    sentences = [
        f"Listed in {coverage.source}."
        if coverage.source
        else "No list of requirements was given; these are the ones that tags of scenarios name."
        if coverage.requirements
        else "No list of requirements was given, and no scenario has a tag @REQ-…"
    ]
    if coverage.unknown_tags:
        sentences.append(
            "Tags that the list does not know: " + ", ".join(f"@{tag}" for tag in coverage.unknown_tags)
        )
    rows = tuple(
        (
            Cell(each.id),
            Cell(each.title or _NOTHING),
            Cell(each.status, tone=TONES[each.status]),
            _covering_cell(each),
        )
        for each in coverage.requirements
    )
    columns = (("Requirement", 16), ("Title", 36), ("Result", 13), ("Scenarios", 35))
    return Section("Requirements", tuple(sentences), tables=(Table(columns, rows),) if rows else ())


def _covering_cell(requirement: RequirementResult) -> Cell:
    titles = Counter(scenario.outline for scenario in requirement.scenarios)
    named = [f"{title} ({count})" if count > 1 else title for title, count in titles.items()]
    return Cell("; ".join(named) or "none")


def scenarios_sections(run: RunResult) -> Iterator[Section]:
    """Yield the scenarios that were skipped, and those that needed more than one try."""
    if skipped := [each for each in run.scenarios if each.status == "skipped"]:
        rows = tuple(
            (_scenario_cell(each), Cell(_shortened(each.message.strip()) or "no reason given"))
            for each in skipped
        )
        yield Section(
            "Skipped scenarios",
            (f"{plural(len(skipped), 'scenario')} did not run: this record says nothing about them.",),
            tables=(Table((("Scenario", 55), ("Reason", 45)), rows),),
        )
    if repeated := [each for each in run.scenarios if each.status == "passed" and each.reruns]:
        yield Section("Passed after repetition", tables=(_repeated_table(repeated),))


def _repeated_table(scenarios: Iterable[ScenarioResult]) -> Table:
    rows = tuple(
        (_scenario_cell(each), Cell(plural(each.reruns, "failed try").replace("trys", "tries")))
        for each in scenarios
    )
    return Table((("Scenario", 75), ("Before", 25)), rows)


def _scenario_cell(scenario: ScenarioResult) -> Cell:
    return Cell(scenario.scenario, scenario.node_id)
