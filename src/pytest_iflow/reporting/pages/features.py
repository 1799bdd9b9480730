"""The scenarios of a run by feature and rule, by reason and by time, and the iFlows that they called."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter

from markupsafe import Markup

from pytest_iflow.reporting.pages.failures import Failure, Failures
from pytest_iflow.reporting.pages.markup import (
    NOTHING,
    cell,
    codes,
    duration_of,
    example,
    head_of_columns,
    html,
    lines,
    mark,
    tags,
)
from pytest_iflow.reporting.pages.words import duration, plural
from pytest_iflow.results.scenario_result import (
    SCENARIO_STATUSES,
    SLOWEST,
    CallResult,
    ScenarioResult,
    ScenarioStatus,
)

OPEN_UP_TO = 25
"""Artifacts without a scenario that are shown unfolded."""


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """The scenarios of one feature file, by rule (None for those outside of a rule)."""

    name: str
    file: str
    seconds: float
    counts: Counter[ScenarioStatus]
    rules: tuple[tuple[str | None, tuple[ScenarioResult, ...]], ...]


def by_feature(scenarios: Iterable[ScenarioResult]) -> Iterable[FeatureGroup]:
    """Yield the groups of ``scenarios``, which are sorted by file."""
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
            rules=tuple((rule, tuple(members)) for rule, members in rules.items()),
        )


def by_reason(scenarios: Iterable[ScenarioResult], status: ScenarioStatus) -> dict[str, list[ScenarioResult]]:
    """Return the scenarios of ``status`` under the reason that they give."""
    reasons: dict[str, list[ScenarioResult]] = {}
    for scenario in scenarios:
        if scenario.status == status:
            reasons.setdefault(scenario.message.strip(), []).append(scenario)
    return reasons


def slowest_scenarios(scenarios: Iterable[ScenarioResult]) -> list[ScenarioResult]:
    """Return the ten scenarios that took longest, of those that ran."""
    ran = (scenario for scenario in scenarios if scenario.status not in {"skipped", "not run"})
    return heapq.nlargest(SLOWEST, ran, key=attrgetter("seconds"))


def slowest_calls(scenarios: Iterable[ScenarioResult]) -> list[tuple[CallResult, ScenarioResult]]:
    """Return the ten calls that took longest, with their scenarios."""
    calls = ((call.seconds, call, scenario) for scenario in scenarios for call in scenario.calls)
    return [(call, scenario) for _, call, scenario in heapq.nlargest(SLOWEST, calls, key=itemgetter(0))]


@dataclass(frozen=True, slots=True)
class DeployedFlow:
    """An artifact that is deployed on the tenant, with the scenarios that called it, by status."""

    id: str
    version: str
    counts: Counter[ScenarioStatus]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The deployed iFlows without and with a scenario; ``others`` were called by no id of a deployed one."""

    uncovered: tuple[DeployedFlow, ...]
    covered: tuple[DeployedFlow, ...]
    others: tuple[str, ...]


def coverage_of(scenarios: Iterable[ScenarioResult], artifacts: Mapping[str, str]) -> Coverage | None:
    """Return the coverage of ``artifacts`` (id: version); None where nothing is known to be deployed."""
    if not artifacts:
        return None
    calls: dict[str, Counter[ScenarioStatus]] = {}
    for scenario in scenarios:
        for flow in set(scenario.iflows):
            calls.setdefault(flow, Counter())[scenario.status] += 1
    deployed = [
        DeployedFlow(flow, artifacts[flow], calls.pop(flow, Counter()))
        for flow in sorted(artifacts, key=str.casefold)
    ]
    return Coverage(
        uncovered=tuple(flow for flow in deployed if not flow.counts),
        covered=tuple(flow for flow in deployed if flow.counts),
        others=tuple(sorted(calls, key=str.casefold)),
    )


def features_section(features: Sequence[FeatureGroup], title: str, failures: Failures) -> Markup:
    """Return the section with all scenarios; ``title`` is what they are called."""
    one_line = {failure.scenario.node_id: failure for failure in failures.lines}
    return html(
        """<section id="features" aria-labelledby="features-title">
<h2 id="features-title">{} <span class="total">{:,}</span></h2>
<div class="filter" role="search" id="filter" hidden>
<label for="wanted">Show scenarios with the words</label>
<input id="wanted" type="search" autocomplete="off" spellcheck="false" aria-describedby="filter-hint">
<span class="place" id="filter-hint">of title, example, tag, status, feature or file</span>
<span role="status" id="shown"></span>
</div>
{}
</section>""",
        title,
        len(features),
        lines(_feature(feature, failures, one_line) for feature in features),
    )


def _feature(feature: FeatureGroup, failures: Failures, one_line: Mapping[str, Failure]) -> Markup:
    return html(
        """<details class="feature">
<summary><h3><bdi>{name}</bdi></h3><span class="place code">{file}</span><span class="tally">{tally}</span>\
<span class="figure">{duration}</span></summary>
<table>
<caption class="hidden">Scenarios of {name}</caption>
{columns}
{rules}
</table>
</details>""",
        name=feature.name or feature.file,
        file=feature.file,
        tally=NOTHING.join(_marks(feature.counts)),
        duration=duration(feature.seconds),
        columns=head_of_columns(),
        rules=lines(_rule(rule, scenarios, failures, one_line) for rule, scenarios in feature.rules),
    )


def _rule(
    rule: str | None, scenarios: Iterable[ScenarioResult], failures: Failures, one_line: Mapping[str, Failure]
) -> Markup:
    head = '<tr><th scope="rowgroup" colspan="3" class="rule" dir="auto">Rule: {}</th></tr>\n'
    return html(
        "<tbody>\n{}{}\n</tbody>",
        NOTHING if rule is None else html(head, rule),
        lines(_row(scenario, failures, one_line.get(scenario.node_id)) for scenario in scenarios),
    )


def _row(scenario: ScenarioResult, failures: Failures, failure: Failure | None) -> Markup:
    """A row of the table; ``failure`` is what has no more than this one line."""
    anchor = html(' id="{}"', failure.anchor) if failure else NOTHING
    return html(
        '<tr{}><th scope="row" dir="auto">{}{}{}</th>{}{}</td><td class="figure">{}</td></tr>',
        anchor,
        html("{}{}", scenario.scenario, example(scenario)) if failure else failures.title(scenario),
        tags(scenario),
        html(' <span class="place">{}</span>', failure.first_line) if failure else NOTHING,
        cell(scenario.status),
        html(' <span class="place">tried {} times</span>', scenario.reruns + 1)
        if scenario.reruns
        else NOTHING,
        duration_of(scenario),
    )


def _marks(counts: Counter[ScenarioStatus]) -> Iterator[Markup]:
    return (mark(status, counts[status]) for status in SCENARIO_STATUSES if counts[status])


def coverage_section(coverage: Coverage | None, *, partial: bool) -> Markup:
    """Return the section on deployed iFlows; ``partial`` says that only a part of the suite was asked for."""
    return html(
        """<section id="coverage" aria-labelledby="coverage-title">
<h2 id="coverage-title">Coverage of deployed iFlows</h2>
{}
</section>""",
        lines(_coverage(coverage, partial=partial)),
    )


def _coverage(coverage: Coverage | None, *, partial: bool) -> Iterator[Markup]:
    if coverage is None:
        yield Markup(
            "<p>Not known: the tenant did not say what is deployed. That takes a key of plan "
            "<code>api</code> in the tenant file.</p>"
        )
        return
    uncovered, covered = coverage.uncovered, coverage.covered
    yield html(
        "<p>Scenarios of this run called {:,} of {}{}.</p>",
        len(covered),
        plural(len(covered) + len(uncovered), "deployed artifact"),
        "; only a part of the suite was asked for" if partial else "",
    )
    if uncovered:
        yield _artifacts("Without any scenario", uncovered, unfolded=len(uncovered) <= OPEN_UP_TO)
    if covered:
        yield _artifacts("Called by scenarios", covered, unfolded=False)
    if coverage.others:
        text = "<p>Also called, by names that are no ids of deployed artifacts: {}.</p>"
        yield html(text, codes(coverage.others))


def _artifacts(title: str, flows: Sequence[DeployedFlow], *, unfolded: bool) -> Markup:
    row = '<tr><th scope="row"><code>{}</code></th><td>{}</td><td class="figure">{}</td></tr>'
    return html(
        """<details class="group"{unfolded}>
<summary><h3>{title}</h3><span class="figure">{count}</span></summary>
<table class="flows">
<caption class="hidden">{title}</caption>
{columns}
<tbody>
{rows}
</tbody>
</table>
</details>""",
        unfolded=Markup(" open") if unfolded else NOTHING,
        title=title,
        count=plural(len(flows), "artifact"),
        columns=head_of_columns("Artifact", "Version", "Scenarios"),
        rows=lines(
            html(row, flow.id, flow.version, Markup(" ").join(_marks(flow.counts)) or "none")
            for flow in flows
        ),
    )


def slowest_section(scenarios: Sequence[ScenarioResult], failures: Failures) -> Markup:
    """Return the section on the calls and scenarios that took longest; nothing where none ran."""
    if not (slowest := slowest_scenarios(scenarios)):
        return NOTHING
    parts: list[Markup] = []
    if calls := slowest_calls(scenarios):
        row = (
            '<tr><th scope="row"><code>{}</code> <span class="place"><bdi>{}</bdi></span></th><td>{}</td>'
            '<td class="figure">{}</td></tr>'
        )
        rows = (
            html(row, call.call, failures.title(scenario), call.status, duration(call.seconds))
            for call, scenario in calls
        )
        caption = "The slowest calls of iFlows, the slowest first"
        parts += Markup("<h3>Calls</h3>"), _table(caption, head_of_columns("Call", "Answer", "Time"), rows)
        parts.append(Markup("<h3>Scenarios</h3>"))
    row = (
        '<tr><th scope="row" dir="auto">{} <span class="place"><bdi>{}</bdi></span></th>{}</td>'
        '<td class="figure">{}</td></tr>'
    )
    rows = (
        html(row, failures.title(each), each.feature, cell(each.status), duration_of(each))
        for each in slowest
    )
    parts.append(_table("The slowest scenarios, the slowest first", head_of_columns(), rows))
    return html(
        """<section id="slowest" aria-labelledby="slowest-title">
<h2 id="slowest-title">Slowest</h2>
{}
</section>""",
        lines(parts),
    )


def _table(caption: str, columns: Markup, rows: Iterable[Markup]) -> Markup:
    return html(
        '<table>\n<caption class="hidden">{}</caption>\n{}\n<tbody>\n{}\n</tbody>\n</table>',
        caption,
        columns,
        lines(rows),
    )
