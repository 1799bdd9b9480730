"""What is other than in the run before, as the page of a run shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pytest_iflow.reporting.pages.failures import Failures
from pytest_iflow.reporting.pages.markup import LISTED, NOTHING, css_class, html, lines, mark, more
from pytest_iflow.reporting.pages.words import moment, plural
from pytest_iflow.results.changes import Change, RunChanges
from pytest_iflow.results.scenario_result import ScenarioResult

SHOWN: Mapping[Change, str] = {
    "newly failing": "passed before",
    "fixed": "failed before, passed now",
    "still failing": "failed before, too",
    "flaky": "passed only when it was tried again, or its result comes and goes",
    "new": "has no result from before",
    "gone": "was there before, is not any more",
}
"""Every change in the order of the page, with what it means."""

OPEN_UP_TO = 10
"""Scenarios with one change that are shown unfolded."""


@dataclass(frozen=True, slots=True)
class ChangedScenario:
    """A scenario with a change; one that is gone is known by its node id alone."""

    node_id: str
    scenario: ScenarioResult | None


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """All scenarios with one change."""

    change: Change
    meaning: str
    scenarios: tuple[ChangedScenario, ...]


def change_groups(scenarios: Iterable[ScenarioResult], changes: RunChanges) -> tuple[ChangeGroup, ...]:
    """Return the changes that occur, in the order of the page; scenarios keep their order."""
    order = {scenario.node_id: scenario for scenario in scenarios}
    found: dict[Change, list[ChangedScenario]] = {change: [] for change in SHOWN}
    for node_id, scenario in order.items():
        if (change := changes.scenarios.get(node_id)) is not None:
            found[change].append(ChangedScenario(node_id, scenario))
    for node_id, change in changes.scenarios.items():
        if node_id not in order:
            found[change].append(ChangedScenario(node_id, None))
    return tuple(
        ChangeGroup(change, meaning, tuple(found[change]))
        for change, meaning in SHOWN.items()
        if found[change]
    )


def changes_section(scenarios: Iterable[ScenarioResult], changes: RunChanges, failures: Failures) -> Markup:
    """Return the section of the page."""
    nothing_new = Markup("<p>Every scenario of this run ended as it did then, or was good both times.</p>")
    return html(
        """<section id="changes" aria-labelledby="changes-title">
<h2 id="changes-title">What is new since {}</h2>
{}
{}
</section>""",
        moment(changes.since),
        _updates(changes.updates),
        lines(_group(group, failures) for group in change_groups(scenarios, changes)) or nothing_new,
    )


def _updates(updates: Sequence[str]) -> Markup:
    if not updates:
        return NOTHING
    rows = lines(html("<li>{}</li>", update) for update in updates)
    return html('<ul class="updates">\n{}\n</ul>', rows)


def _group(group: ChangeGroup, failures: Failures) -> Markup:
    return html(
        """<details class="group"{unfolded}>
<summary><h3><span class="change {css_class}">{title}</span></h3><span class="place">{meaning}</span>\
<span class="figure">{count}</span></summary>
<ul>
{rows}
</ul>
{more}
</details>""",
        unfolded=Markup(" open") if len(group.scenarios) <= OPEN_UP_TO else NOTHING,
        css_class=css_class(group.change),
        title=group.change.capitalize(),
        meaning=group.meaning,
        count=plural(len(group.scenarios), "scenario"),
        rows=lines(_row(group.change, changed, failures) for changed in group.scenarios[:LISTED]),
        more=more(group.scenarios),
    )


def _row(change: Change, changed: ChangedScenario, failures: Failures) -> Markup:
    scenario = changed.scenario
    if scenario is None:
        return html("<li><code>{}</code></li>", changed.node_id)
    return html(
        '<li><bdi>{}</bdi>{} <span class="place"><bdi>{}</bdi></span></li>',
        failures.title(scenario),
        html(" {}", mark(scenario.status)) if change == "new" else NOTHING,
        scenario.feature,
    )
